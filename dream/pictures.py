"""Picture files of any kind go in; red, green, blue and what is see-through come out, eight bits each; and back, with a recipe.

A recipe is kept inside a PNG, and in a file beside anything else.
"""

from __future__ import annotations

import io
import json
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from media.codecs import CONTAINERS
from media.errors import UserError, from_os_error
from media.files import atomic_path, check_place, make_folder, write_text
from media.pictures import is_pattern, numbered

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_PIXELS = 200_000_000
"""What claims to be larger is refused before it is decoded: a small file can unfold into all the memory there is."""
LEAST_PX = 2
SHEET = "sheet.png"
"""Of the pictures of a folder."""
_FORMATS = ("AVIF", "BMP", "GIF", "ICO", "JPEG", "JPEG2000", "PNG", "PPM", "PSD", "QOI", "TGA", "TIFF", "WEBP")
"""What is read; Pillow would even start other programs for some more."""
_FILMS = frozenset(suffix for suffix, kind in CONTAINERS.items() if not kind.audio_only and suffix != ".gif")
_RECIPE = "dream"


@dataclass(frozen=True)
class Written:
    """A kind of file that pictures are written in.

    Args:
        is_opaque: whether nothing in it is see-through.
        most_px: a side of it at most.
        options: of Pillow's `save`.
    """

    is_opaque: bool = False
    most_px: int = 1 << 31
    options: dict[str, Any] = field(default_factory=dict)


_JPEG = Written(is_opaque=True, most_px=65_500, options={"quality": 95})
WRITTEN: dict[str, Written] = {
    ".png": Written(options={"compress_level": 4}), ".jpg": _JPEG, ".jpeg": _JPEG, ".webp": Written(most_px=16_383, options={"quality": 95}),
    ".tif": Written(), ".tiff": Written(), ".tga": Written(most_px=65_535), ".bmp": Written(is_opaque=True), ".ppm": Written(is_opaque=True),
}  # fmt: skip
"""By suffix: what keeps every pixel and all its colours. Pillow knows more, which reduce the one or the other, or fail in the end."""


@dataclass(frozen=True)
class Picture:
    """A picture: `rgb` (H, W, 3) uint8, and `alpha` (H, W) uint8 where it is not opaque."""

    rgb: np.ndarray
    alpha: np.ndarray | None = None

    @property
    def size_px(self) -> tuple[int, int]:
        """(height, width)."""
        return self.rgb.shape[0], self.rgb.shape[1]


def read_picture(path: Path) -> Picture:
    """Read a picture, upright and in sRGB; of an animation the first frame.

    Raises:
        UserError: missing, no picture, too small or too large.
    """
    from PIL import ImageOps

    return _read(path, lambda image: _to_picture(ImageOps.exif_transpose(_in_srgb(image))))


def read_size(path: Path) -> tuple[int, int]:
    """(height, width) as a picture's file tells them, which is quick: nothing is decoded.

    Raises:
        UserError: as `read_picture`.
    """
    return _read(path, lambda image: (image.height, image.width))


def _read(path: Path, take: Any) -> Any:
    try:
        if path.exists() and not path.is_file():
            raise UserError(path, "this is no file", "Name a picture.")
        with _open(path, _FORMATS) as image:
            _require_size(path, image.width, image.height)
            return take(image)
    except UserError:
        raise
    except (FileNotFoundError, PermissionError) as error:
        raise from_os_error(path, error) from error
    except Exception as error:  # what a broken file makes decoders raise is not bounded
        if path.suffix.lower() in _FILMS:
            raise UserError(path, "this is a film, and a picture is wanted", "Name a picture; dream video dreams films.") from error
        raise UserError(path, "this is no picture that can be read", "Check that it opens elsewhere, or convert it to PNG.") from error


@contextmanager
def _open(path: Path, formats: Sequence[str]) -> Iterator[Image]:
    """A picture's file, nothing of which is decoded yet."""
    from PIL import Image

    Image.init()
    most, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None  # we look ourselves, and sooner
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what is odd in a file, but can be read all the same
            with Image.open(path, formats=[name for name in formats if name in Image.OPEN]) as image:
                yield image
    finally:
        Image.MAX_IMAGE_PIXELS = most  # other parts of a program may count on it


def _require_size(path: Path, width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise UserError(path, f"{width}x{height} are more pixels than can be dreamed ({MOST_PIXELS // 1_000_000} million)", "Make it smaller.")
    if min(width, height) < LEAST_PX:
        raise UserError(path, f"{width}x{height} pixels are too few to see anything in", "Give a larger picture.")


def _in_srgb(image: Image) -> Image:
    """A picture with a colour profile of its own (a telephone's, a press's) in the colours that all screens mean."""
    from PIL import ImageCms

    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "RGBA", "CMYK"):
        return image
    try:
        own, screen = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
        turned = ImageCms.profileToProfile(image, own, screen, outputMode="RGBA" if image.mode == "RGBA" else "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image  # a broken profile is as good as none
    assert turned is not None
    turned.info.update(image.info)
    return turned


def _to_picture(image: Image) -> Picture:
    if image.mode.startswith("I") or image.mode == "F":
        return Picture(np.repeat(_to_eight_bits(np.asarray(image).astype(np.float64), image.mode)[..., None], 3, axis=2))
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        rgba = np.asarray(image.convert("RGBA"))
        return Picture(np.ascontiguousarray(rgba[..., :3]), np.ascontiguousarray(rgba[..., 3]))
    return Picture(np.array(image.convert("RGB")))


def _to_eight_bits(deep: np.ndarray, mode: str) -> np.ndarray:
    """Grey of 16 bits, or of numbers whose white is 1, 255 or 65535: the least of them that nothing is brighter than."""
    deep = np.nan_to_num(deep)
    brightest = float(deep.max())
    white = 65535 if mode.startswith("I;16") or brightest > 255 else 1 if mode == "F" and brightest <= 1 else 255
    return np.clip(deep * (255 / white), 0, 255).round().astype(np.uint8)


def check_output(path: Path) -> None:
    """Refuse a place for a picture before the work is done that would fill it.

    Raises:
        UserError: its suffix names no format that we write, or no file can be put there.
    """
    kind_of(path)
    check_place(path)


def place_of(output: Path, name: str) -> Path:
    """Where one thing goes: to a place as it is named, or by the name into a folder, which is made; what has no suffix is one.

    Raises:
        UserError: the folder cannot be made.
    """
    if output.suffix and not output.is_dir():
        return output
    make_folder(output)
    return output / name


def kind_of(path: Path) -> Written:
    """The kind of file that a name means.

    Raises:
        UserError: its suffix names no format that we write.
    """
    kind = WRITTEN.get(path.suffix.lower())
    if kind is None:
        raise UserError(path, f"pictures cannot be written with the suffix {path.suffix!r}", f"Name it .png, or one of {', '.join(list(WRITTEN)[1:])}.")
    return kind


def check_room(path: Path, size_px: tuple[int, int]) -> None:
    """Refuse a picture of (height, width) that is larger than its format can hold.

    Raises:
        UserError: it is.
    """
    most = kind_of(path).most_px
    if max(size_px) > most:
        raise UserError(path, f"{size_px[1]}x{size_px[0]} pixels are more than {path.suffix} holds ({most} a side)", "Name it .png.")


def write_picture(path: Path, picture: Picture, *, recipe: dict[str, Any]) -> None:
    """Write a picture whole or not at all, and its recipe with it.

    Raises:
        UserError: the place refuses, or its suffix names no format that we write, or one that is too small for it.
    """
    from PIL import Image

    check_output(path)
    check_room(path, picture.size_px)
    kind = kind_of(path)
    image = Image.fromarray(picture.rgb)
    if picture.alpha is not None and not kind.is_opaque:
        image.putalpha(Image.fromarray(picture.alpha))
    is_inside = path.suffix.lower() == ".png"
    with atomic_path(path) as part:
        image.save(part, **kind.options, **(_inside(recipe) if is_inside else {}))
    if not is_inside:
        write_recipe_beside(path, recipe)


def _inside(recipe: dict[str, Any]) -> dict[str, Any]:
    """How a PNG is told its recipe."""
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_itxt(_RECIPE, _recipe_text(recipe))
    return {"pnginfo": info}


def _recipe_text(recipe: dict[str, Any]) -> str:
    return json.dumps(recipe, ensure_ascii=False, sort_keys=True)


def write_recipe_beside(path: Path, recipe: dict[str, Any]) -> None:
    """Write the recipe of a picture or film, or of numbered pictures, into a file beside it.

    Raises:
        UserError: the place refuses.
    """
    write_text(recipe_beside(path), _recipe_text(recipe) + "\n")


def recipe_beside(path: Path) -> Path:
    """Where the recipe of a picture or film lies that has no room for one: beside it."""
    return path.with_name(path.name + ".json")


def read_recipe(path: Path) -> dict[str, Any]:
    """The recipe of something that was dreamed.

    Raises:
        UserError: it has none, or none that can be read.
    """
    is_many = is_pattern(path) and recipe_beside(path).exists()
    if not path.exists() and not is_many:
        raise from_os_error(path, FileNotFoundError(2, ""))
    try:
        is_inside = path.suffix.lower() == ".png" and not is_many
        told = _told_in_png(path) if is_inside else _told_beside(path)
        recipe = json.loads(told) if told else None
    except Exception as error:  # as of any picture that is read
        raise UserError(path, "it has no recipe that can be read", "Give something that `dream` wrote.") from error
    if not isinstance(recipe, dict):
        raise UserError(path, "it has no recipe", _where_instead(path))
    return recipe


def _where_instead(path: Path) -> str:
    """Where the recipe may be that something has not, a sentence."""
    whole, of_it = _numbered_with(path), path.with_suffix("")
    if whole:
        return f"It is one of many, which have one together: {whole}."
    if path.is_dir() and (path / SHEET).exists():
        return f"Name a picture in this folder: {path / SHEET}."
    if recipe_beside(of_it) == path and of_it.exists():
        return f"It is the recipe of {of_it}: name that."
    if path.suffix.lower() in (*WRITTEN, *CONTAINERS) and path.suffix.lower() != ".png":
        return f"Its recipe must lie beside it: {recipe_beside(path)}."
    return "Give something that `dream` wrote."


def _numbered_with(path: Path) -> Path | None:
    """The pattern of numbered pictures that have a recipe together, if a picture is one of them."""
    numbers = [int(digits) for digits in re.findall(r"[0-9]+", path.name)]
    for beside in sorted(path.parent.glob("*.json")):
        pattern = beside.with_suffix("")
        if is_pattern(pattern) and any(numbered(pattern, number) == path for number in numbers):
            return pattern
    return None


def _told_beside(path: Path) -> str | None:
    beside = recipe_beside(path)
    return beside.read_text(encoding="utf-8") if beside.exists() else None


def _told_in_png(path: Path) -> str | None:
    with _open(path, ["PNG"]) as image:
        told = image.info.get(_RECIPE)
    return told if isinstance(told, str) else None
