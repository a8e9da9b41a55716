"""Picture files of any kind go in; red, green, blue and what is see-through come out, eight bits each; and back, with a recipe.

A recipe is kept inside a PNG, and in a file beside anything else.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from media.errors import UserError, from_os_error
from media.files import atomic_path, check_place, write_text
from media.pictures import is_pattern

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_PIXELS = 200_000_000
"""What claims to be larger is refused before it is decoded: a small file can unfold into all the memory there is."""
LEAST_PX = 2
_FORMATS = ("AVIF", "BMP", "GIF", "ICO", "JPEG", "JPEG2000", "PNG", "PPM", "PSD", "QOI", "TGA", "TIFF", "WEBP")
"""What is read; Pillow would even start other programs for some more."""
_RECIPE = "dream"
_OPAQUE = (".jpg", ".jpeg", ".bmp", ".ppm", ".pgm")
_QUALITY = 95


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
    from PIL import Image, UnidentifiedImageError

    Image.init()
    Image.MAX_IMAGE_PIXELS = None  # we look ourselves, and sooner
    try:
        if path.exists() and not path.is_file():
            raise UserError(path, "this is no file", "Name a picture.")
        with Image.open(path, formats=[name for name in _FORMATS if name in Image.OPEN]) as image:
            _require_size(path, image.width, image.height)
            return take(image)
    except (FileNotFoundError, PermissionError) as error:
        raise from_os_error(path, error) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise UserError(path, "this is no picture that can be read", "Check that it opens elsewhere, or convert it to PNG.") from error


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
        UserError: its suffix names no picture format, or no file can be put there.
    """
    from PIL import Image

    Image.init()
    suffix = path.suffix.lower()
    if suffix not in Image.EXTENSION or Image.EXTENSION[suffix] not in Image.SAVE:
        raise UserError(path, f"no picture format is known by the suffix {path.suffix!r}", "Name it .png.")
    check_place(path)


def write_picture(path: Path, picture: Picture, *, recipe: dict[str, Any]) -> None:
    """Write a picture whole or not at all, and its recipe with it.

    Raises:
        UserError: the place refuses, or the suffix names no picture format.
    """
    from PIL import Image

    check_output(path)
    suffix = path.suffix.lower()
    told = recipe_text(recipe)
    image = Image.fromarray(picture.rgb)
    if picture.alpha is not None and suffix not in _OPAQUE:
        image.putalpha(Image.fromarray(picture.alpha))
    with atomic_path(path) as part:
        image.save(part, **_options(suffix, told))
    if suffix != ".png":
        write_text(recipe_beside(path), told + "\n")


def _options(suffix: str, told: str) -> dict[str, Any]:
    from PIL.PngImagePlugin import PngInfo

    if suffix == ".png":
        info = PngInfo()
        info.add_itxt(_RECIPE, told)
        return {"pnginfo": info, "compress_level": 4}
    return {"quality": _QUALITY} if suffix in (".jpg", ".jpeg", ".webp") else {}


def recipe_text(recipe: dict[str, Any]) -> str:
    """A recipe as it is kept."""
    return json.dumps(recipe, ensure_ascii=False, sort_keys=True)


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
        told = _told_in_png(path) if is_inside else recipe_beside(path).read_text(encoding="utf-8")
        recipe = json.loads(told) if told else None
    except (OSError, SyntaxError, ValueError) as error:
        raise UserError(path, "it has no recipe that can be read", "Give something that `dream` wrote.") from error
    if not isinstance(recipe, dict):
        raise UserError(path, "it has no recipe", "Give something that `dream` wrote.")
    return recipe


def _told_in_png(path: Path) -> str | None:
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None
    with Image.open(path, formats=["PNG"]) as image:
        told = image.info.get(_RECIPE)
    return told if isinstance(told, str) else None
