"""Picture files, folders of them and numbered patterns go in; their names in order and decoded pictures come out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from media.codecs import CONTAINERS
from media.errors import UserError, from_os_error

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".ppm", ".pgm", ".tga")
_PATTERN = re.compile(r"%(0?\d*)d")
_STARS = re.compile(r"[*?]+")


def find_pictures(source: Path | str) -> list[Path] | None:
    """The picture files that `source` stands for, in order: a folder, a pattern such as `%04d.png`, or one picture.

    Returns:
        None where it is none of these, hence a film.
    Raises:
        UserError: the folder or pattern holds no picture, or the pattern is one of a shell.
    """
    source = Path(source)
    if source.is_dir():
        found = [p for p in source.iterdir() if p.suffix.lower() in PICTURE_SUFFIXES and p.is_file() and not p.name.startswith(".")]
        if not found:
            raise UserError(source, "no picture in this folder", f"It must hold files such as 0001.png ({', '.join(PICTURE_SUFFIXES)}).")
        return sorted(found, key=natural_key)
    if _PATTERN.search(source.name) and not source.exists():
        return [path for _, path in _match_pattern(source)]
    if _STARS.search(source.name) and source.suffix.lower() in PICTURE_SUFFIXES and not source.exists():
        better = source.with_name(_STARS.sub("%04d", source.name, count=1))
        raise UserError(source, "there is no such file, and a star stands for nothing here", f"Write {better}, or name the folder.")
    return [source] if source.suffix.lower() in PICTURE_SUFFIXES else None


def count_missing(pattern: Path) -> int:
    """How many numbers between the first and the last one of a pattern have no picture."""
    numbers = [number for number, _ in _match_pattern(pattern)]
    return numbers[-1] - numbers[0] + 1 - len(set(numbers))


def _match_pattern(pattern: Path) -> list[tuple[int, Path]]:
    """The pictures with their numbers, in order."""
    match = _PATTERN.search(pattern.name)
    assert match
    width = int(match[1] or 0)
    number = rf"(\d{{{width},}})" if match[1].startswith("0") and width else r"(\d+)"
    name = re.compile(re.escape(pattern.name[: match.start()]) + number + re.escape(pattern.name[match.end() :]))
    try:
        hits = [(int(hit[1]), path) for path in pattern.parent.iterdir() if (hit := name.fullmatch(path.name))]
    except OSError as error:
        raise from_os_error(pattern.parent, error) from error
    if not hits:
        raise UserError(pattern, "no file matches this pattern", f"It needs names such as {numbered(pattern, 1).name}.")
    return sorted(hits)


def numbered(pattern: Path, number: int) -> Path:
    """The file that a pattern such as `frames/%04d.png` means by `number`."""
    return pattern.with_name(_PATTERN.sub(lambda match: f"{number:{match[1]}d}", pattern.name, count=1))


def is_pattern(path: Path | str) -> bool:
    """Whether the name stands for numbered pictures: it holds a place for a number, and is no film's."""
    path = Path(path)
    return bool(_PATTERN.search(path.name)) and (path.suffix.lower() not in CONTAINERS or path.suffix.lower() == ".gif")


def source_name(source: Path | str) -> str:
    """What a film, a folder or a pattern is called, without its suffix; a pattern by its folder."""
    path = Path(source)
    if is_pattern(path) and not path.exists():
        return path.resolve().parent.name
    return path.resolve().name if path.is_dir() else path.stem


def natural_key(path: Path) -> list[tuple[int, str]]:
    """Sort key by which frame 9 comes before frame 10."""
    parts = re.split(r"(\d+)", path.name.lower())
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]


def decode_picture(path: Path | str) -> VideoFrame:
    """Decode one picture file as libav sees it.

    Raises:
        UserError: missing, empty, or no picture.
    """
    import av

    path = Path(path)
    try:
        if path.stat().st_size == 0:
            raise UserError(path, "the picture is empty (0 bytes)", "Make it again.")
        # By itself libav would take a % in the name for a pattern.
        with av.open(str(path.absolute()), format="image2", options={"pattern_type": "none"}) as container:
            frame = next(container.decode(video=0), None)
    except OSError as error:
        raise from_os_error(path, error) from error
    except (av.error.FFmpegError, ValueError, IndexError) as error:
        raise UserError(path, "this is no picture that can be read", "Check that it opens elsewhere, or convert it to PNG.") from error
    if frame is None:
        raise UserError(path, "it holds no picture", "Make it again.")
    return frame


def turn_upright(image: np.ndarray, *, rotation: int) -> np.ndarray:
    """Turn an image (H, W, ...) clockwise by `rotation` degrees (0, 90, 180, 270); a view."""
    return np.rot90(image, k=-(rotation // 90))


def crop_to_fill(rgb: np.ndarray, size_px: tuple[int, int]) -> np.ndarray:
    """A picture (H, W, 3) uint8 scaled, and cropped about its middle, to (width, height)."""
    import cv2

    high, wide = rgb.shape[:2]
    scale = max(size_px[0] / wide, size_px[1] / high)
    keep_wide, keep_high = (min(side, max(1, round(kept / scale))) for side, kept in zip((wide, high), size_px, strict=True))
    left, top = (wide - keep_wide) // 2, (high - keep_high) // 2
    part = np.ascontiguousarray(rgb[top : top + keep_high, left : left + keep_wide])
    return cv2.resize(part, size_px, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)


def read_rgb(path: Path | str) -> np.ndarray:
    """Read a picture file as (H, W, 3) uint8 RGB, upright.

    Raises:
        UserError: missing, empty, or no picture.
    """
    from media.frames import to_rgb
    from media.probe import upright_rotation

    picture = decode_picture(path)
    return np.ascontiguousarray(turn_upright(to_rgb(picture), rotation=upright_rotation(picture)))
