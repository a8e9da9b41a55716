"""What there is to be learnt goes in; endless labelled pictures of it come out: motifs that are drawn, and pictures of yours.

Of as many numbers as there are names, that follow one another from a multiple of that, each name has one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import blake2b
from pathlib import Path

import numpy as np

from dream.motifs.sample import draw_motif, finish
from dream.motifs.table import MOTIFS, Motif
from dream.pictures import read_picture
from dream.stopping import IsStopped, Stopped, never
from media.errors import UserError
from media.files import fingerprint
from media.pictures import find_pictures, natural_key
from media.progress import OnProgress, Progress, ignore_progress

_LEAST_SHARE = 0.4
"""The smallest part of a picture of yours that is shown at once."""
_KEPT = 64
_SIGNS = ("=", "..")
"""What a wish's weight and the two ends of a sweep are told by."""
_SHOWN_PX = 640
_AS_IT_IS = Motif(draw=lambda _scene: None, turns=0.15)


@dataclass(frozen=True)
class Named:
    """Something to be learnt: a motif that we draw, or, where there are files, pictures of it."""

    name: str
    files: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Pictures:
    """Endless pictures of all that is to be learnt.

    Args:
        size: of a picture, pixels a side.
    """

    seed: int
    size: int
    names: tuple[Named, ...]

    @property
    def titles(self) -> tuple[str, ...]:
        """What the names are, by label."""
        return tuple(named.name for named in self.names)

    @cached_property
    def fingerprint(self) -> str:
        """Names all that the pictures follow from: those of another source are not to be taken for these."""
        told = [self.seed, self.size, [[named.name, *map(fingerprint, named.files)] for named in self.names]]
        return blake2b(json.dumps(told).encode(), digest_size=16).hexdigest()

    def label(self, number: int) -> int:
        """Which of the names a picture shows."""
        turn, at = divmod(number, len(self.names))
        return int(_order(self.seed, turn, len(self.names))[at])

    def draw(self, number: int) -> np.ndarray:
        """(size, size, 3) uint8 RGB, always the same for the same number."""
        named, rng = self.names[self.label(number)], np.random.default_rng((self.seed, 2, number))
        if not named.files:
            return draw_motif(named.name, rng, size=self.size)
        whole = _read(named.files[int(rng.integers(len(named.files)))])
        return finish(_cut_out(whole, rng, size=round(self.size * 1.6)), rng, _AS_IT_IS, size=self.size)


@lru_cache(maxsize=1024)
def _order(seed: int, turn: int, n: int) -> tuple[int, ...]:
    return tuple(np.random.default_rng((seed, 1, turn)).permutation(n).tolist())


@lru_cache(maxsize=_KEPT)
def _read(path: Path) -> np.ndarray:
    """A picture, no larger than needed, so that many stay at hand."""
    import cv2

    rgb = read_picture(path).rgb
    shrunk = min(1.0, _SHOWN_PX / min(rgb.shape[:2]))
    size = max(1, round(rgb.shape[1] * shrunk)), max(1, round(rgb.shape[0] * shrunk))
    return cv2.resize(rgb, size, interpolation=cv2.INTER_AREA) if shrunk < 1 else rgb


def _cut_out(whole: np.ndarray, rng: np.random.Generator, *, size: int) -> np.ndarray:
    """A square part of a picture, any, at (size, size)."""
    import cv2

    side = max(1, round(min(whole.shape[:2]) * rng.uniform(_LEAST_SHARE, 1.0)))
    top, left = (int(rng.integers(0, length - side + 1)) for length in whole.shape[:2])
    part = whole[top : top + side, left : left + side]
    return cv2.resize(part, (size, size), interpolation=cv2.INTER_AREA if side > size else cv2.INTER_CUBIC)


def drawn_motifs() -> tuple[Named, ...]:
    """All motifs that we draw, in the order of the shipped network."""
    return tuple(Named(name) for name in MOTIFS)


def motifs_in(folder: Path) -> tuple[Named, ...]:
    """A motif for each sub-folder, by its name, of the pictures in it.

    Raises:
        UserError: there is no sub-folder, one without pictures, or one with a name that no motif can be asked for by.
    """
    if not folder.is_dir():
        raise UserError(folder, "there is no such folder", "Name one that holds a folder of pictures for each motif.")
    parts = sorted((part for part in folder.iterdir() if part.is_dir() and not part.name.startswith(".")), key=natural_key)
    if not parts:
        raise UserError(folder, "it holds no folders", "Put the pictures of each motif into a folder of its name, inside this one.")
    _check_names(folder, [part.name for part in parts])
    return tuple(Named(part.name, tuple(find_pictures(part) or ())) for part in parts)


def _check_names(folder: Path, names: Sequence[str]) -> None:
    """Refuse what `-m` and `--sweep` would read as something else, and what they could not tell apart."""
    heard: dict[str, str] = {}
    for name in names:
        if name != name.strip() or not name.isprintable() or any(sign in name for sign in _SIGNS):
            what = f"no motif can be asked for by the name {name!r}"
            raise UserError(folder, what, f"Rename the folder: no {' and no '.join(_SIGNS)}, no line ends, no space before or after.")
        other = heard.setdefault(name.casefold(), name)
        if other != name:
            raise UserError(folder, f"{other} and {name} differ in case alone, which motifs are asked for without", "Rename one of them.")


def check_pictures(names: Iterable[Named], *, is_stopped: IsStopped = never, on_progress: OnProgress = ignore_progress) -> None:
    """Read every file once: a broken one is not to be met with when hours have gone.

    Raises:
        UserError: one cannot be read.
        Stopped: before all were read.
    """
    paths = [path for named in names for path in named.files]
    for n, path in enumerate(paths, 1):
        if is_stopped():
            raise Stopped
        read_picture(path)
        on_progress(Progress("reading pictures", n, len(paths)))
