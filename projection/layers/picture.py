"""Pictures, or folders of them, go in; one stands, or each becomes the next after a while."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np

from media.ahead import work_ahead
from media.errors import UserError
from media.pictures import decode_picture, find_pictures, turn_upright
from media.settings import Fit, setting
from projection.layers.layer import Drawn, LayerSettings, Paths, Room
from projection.layers.showing import shown_size


class PictureSettings(LayerSettings):
    """A picture, or several in turn."""

    files: Paths = setting(min_length=1, help="A picture, a folder of them, a pattern such as shots/%04d.png, or a list of these.")
    seconds: float = setting(8.0, ge=0.1, le=86_400, unit="s", live=True, help="How long from one to the next.")
    crossfade: float = setting(2.0, ge=0, le=3600, unit="s", live=True, help="How long one takes to become the next.")
    shuffle: bool = setting(False, help="Whether several are mixed anew each time round; else they come by name, in the order of the list.")
    seed: int = setting(0, ge=0, help="Another number mixes them another way.")

    def make(self, room: Room) -> PictureLayer:
        return PictureLayer(self, room)


@dataclass(frozen=True, eq=False)
class _Image:
    """(H, W, 4) uint8 as `live.shared` has them."""

    picture: np.ndarray
    is_opaque: bool


class PictureLayer:
    """One picture as it is; several are each laid on a picture of the stage's size, so that they can become one another."""

    def __init__(self, settings: PictureSettings, room: Room) -> None:
        self._settings, self._room = settings, room
        self._paths = [room.path(name) for name in settings.files]
        self._is_alone = len(self._paths) == 1 and _find(self._paths) == self._paths
        self._before: _Image | None = None
        self._now: _Image | None = None
        self._begun_s = 0.0
        self._told: set[str] = set()
        if self._is_alone:
            self._coming: Iterator[_Image] = iter([_made_smaller(_read(self._paths[0]), room.size_px)])
        else:
            self._mixed = np.empty((*room.size_px[::-1], 4), np.uint8)
            self._coming = work_ahead(self._all(), n=1)

    def set(self, settings: PictureSettings) -> None:
        self._settings = settings

    def draw(self, at_s: float) -> Drawn | None:
        if self._now is None:
            self._now, self._begun_s = next(self._coming), at_s
            return Drawn(self._now.picture, self._now.is_opaque)
        if self._is_alone:
            return None
        late_s = at_s - self._begun_s - self._settings.seconds
        if late_s >= 0:
            self._before, self._now = self._now, next(self._coming)
            self._begun_s = at_s - (late_s if late_s < self._settings.seconds else 0.0)
        return self._become(at_s)

    def close(self) -> None:
        if not self._is_alone:
            self._coming.close()  # type: ignore[attr-defined]

    def _become(self, at_s: float) -> Drawn | None:
        """The picture on its way from the one before; None where it is there."""
        import cv2

        if self._before is None or self._now is None:
            return None
        before, now = self._before, self._now
        fade_s = min(self._settings.crossfade, self._settings.seconds)
        share = min(1.0, (at_s - self._begun_s) / fade_s) if fade_s else 1.0
        if share == 1.0:
            self._before = None
            return Drawn(now.picture, now.is_opaque)
        share *= share * (3 - 2 * share)  # it begins and ends gently
        cv2.addWeighted(before.picture, 1 - share, now.picture, share, 0, dst=self._mixed)
        return Drawn(self._mixed, before.is_opaque and now.is_opaque)

    def _all(self) -> Iterator[_Image]:
        """All pictures, again and again; those that cannot be read are told of and left out.

        Raises:
            UserError: none can be.
        """
        rng = Random(f"{self._room.seed} {self._settings.seed}")
        latest: Path | None = None
        while True:
            n_read = 0
            for path in _in_order(_find(self._paths), rng if self._settings.shuffle else None, latest):
                try:
                    image = _read(path)
                except UserError as error:
                    self._tell(error)
                    continue
                n_read += 1
                latest = path
                yield _laid_out(image, self._room.size_px, self._settings.fit)
            if not n_read:
                raise UserError(self._paths[0], "none of these pictures can be read", "Check that they open elsewhere.")

    def _tell(self, error: UserError) -> None:
        if str(error) not in self._told:
            self._told.add(str(error))
            self._room.tell(f"{self._settings.name}: {error} It is left out.")


def _find(paths: list[Path]) -> list[Path]:
    """All pictures that they stand for.

    Raises:
        UserError: one stands for none.
    """
    found: list[Path] = []
    for path in paths:
        pictures = find_pictures(path)
        if pictures is None:
            raise UserError(path, "this is no picture", "Show films with a layer of the kind film.")
        found += pictures
    return found


def _in_order(pictures: list[Path], rng: Random | None, latest: Path | None) -> list[Path]:
    """A pass of all; mixed, none follows itself."""
    if rng is None:
        return pictures
    mixed = rng.sample(pictures, len(pictures))
    if len(mixed) > 1 and mixed[0] == latest:
        mixed.append(mixed.pop(0))
    return mixed


def _read(path: Path) -> _Image:
    """Read a picture, upright.

    Raises:
        UserError: it cannot be.
    """
    import cv2

    from media.frames import to_rgba
    from media.probe import upright_rotation

    frame = decode_picture(path)
    rgba = np.ascontiguousarray(turn_upright(to_rgba(frame), rotation=upright_rotation(frame)))
    if int(rgba[..., 3].min()) == 255:
        return _Image(cv2.cvtColor(rgba, cv2.COLOR_RGBA2BGRA), is_opaque=True)
    return _Image(cv2.cvtColor(cv2.cvtColor(rgba, cv2.COLOR_RGBA2mRGBA), cv2.COLOR_RGBA2BGRA), is_opaque=False)


def _made_smaller(image: _Image, stage_px: tuple[int, int]) -> _Image:
    height, width = image.picture.shape[:2]
    return _Image(_resized(image.picture, shown_size((width, height), stage_px)), image.is_opaque)


def _laid_out(image: _Image, stage_px: tuple[int, int], fit: Fit) -> _Image:
    """A picture in the middle of one of the stage's size, which is clear around it."""
    (height, width), (stage_width, stage_height) = image.picture.shape[:2], stage_px
    scales = stage_width / width, stage_height / height
    across, down = scales if fit == "stretch" else (max(scales),) * 2 if fit == "crop" else (min(scales),) * 2
    fitted = _resized(image.picture, (max(1, round(width * across)), max(1, round(height * down))))
    (height, width), picture = fitted.shape[:2], np.zeros((stage_height, stage_width, 4), np.uint8)
    rows, columns = min(height, stage_height), min(width, stage_width)
    source = fitted[(height - rows) // 2 :, (width - columns) // 2 :][:rows, :columns]
    picture[(stage_height - rows) // 2 :, (stage_width - columns) // 2 :][:rows, :columns] = source
    return _Image(picture, image.is_opaque and (rows, columns) == (stage_height, stage_width))


def _resized(picture: np.ndarray, size_px: tuple[int, int]) -> np.ndarray:
    import cv2

    if picture.shape[1::-1] == size_px:
        return picture
    return cv2.resize(picture, size_px, interpolation=cv2.INTER_AREA if size_px[0] < picture.shape[1] else cv2.INTER_CUBIC)
