"""Picture files of any kind go in; red, green, blue and what is see-through come out, eight bits each; and back, with a recipe.

A recipe is kept inside a PNG, and in a file beside any other picture.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from media.errors import UserError, from_os_error
from media.files import atomic_path, write_text

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_PIXELS = 400_000_000
"""What claims to be larger is refused before it is decoded: a small file can unfold into all the memory there is."""
LEAST_PX = 2
_RECIPE = "dream"
_SIXTEEN_BIT = ("I;16", "I;16B", "I;16L", "I;16N", "I")
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
    """Read a picture, upright; of an animation the first frame.

    Raises:
        UserError: missing, no picture, too small or too large.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = None  # we look ourselves, and sooner
    try:
        with Image.open(path) as file:
            _require_size(path, file.width, file.height)
            return _to_picture(ImageOps.exif_transpose(file))
    except (FileNotFoundError, PermissionError, IsADirectoryError) as error:
        raise from_os_error(path, error) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise UserError(path, "this is no picture that can be read", "Check that it opens elsewhere, or convert it to PNG.") from error


def _require_size(path: Path, width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise UserError(path, f"{width}x{height} are more pixels than can be dreamed ({MOST_PIXELS // 1_000_000} million)", "Make it smaller.")
    if min(width, height) < LEAST_PX:
        raise UserError(path, f"{width}x{height} pixels are too few to see anything in", "Give a larger picture.")


def _to_picture(image: Image) -> Picture:
    if image.mode in _SIXTEEN_BIT:
        deep = np.asarray(image).astype(np.float64)
        grey = np.clip(deep / (257 if deep.max() > 255 else 1), 0, 255).round().astype(np.uint8)
        return Picture(np.repeat(grey[..., None], 3, axis=2))
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        rgba = np.asarray(image.convert("RGBA"))
        return Picture(np.ascontiguousarray(rgba[..., :3]), np.ascontiguousarray(rgba[..., 3]))
    return Picture(np.array(image.convert("RGB")))


def write_picture(path: Path, picture: Picture, *, recipe: dict[str, Any]) -> None:
    """Write a picture whole or not at all, and its recipe with it.

    Raises:
        UserError: the place refuses, or the suffix names no picture format.
    """
    from PIL import Image

    Image.init()
    suffix = path.suffix.lower()
    if suffix not in Image.EXTENSION or Image.EXTENSION[suffix] not in Image.SAVE:
        raise UserError(path, f"no picture format is known by the suffix {path.suffix!r}", "Name it .png.")
    told = json.dumps(recipe, ensure_ascii=False, sort_keys=True)
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


def recipe_beside(path: Path) -> Path:
    """Where the recipe of a picture lies that has no room for one: beside it."""
    return path.with_name(path.name + ".json")


def read_recipe(path: Path) -> dict[str, Any]:
    """The recipe of a picture that was dreamed.

    Raises:
        UserError: it has none, or none that can be read.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        if path.suffix.lower() == ".png":
            with Image.open(path) as file:
                file.load()
                told = file.info.get(_RECIPE)
        else:
            told = recipe_beside(path).read_text(encoding="utf-8")
        recipe = json.loads(told) if told else None
    except (OSError, UnidentifiedImageError, ValueError) as error:
        raise UserError(path, "it has no recipe that can be read", "Give a picture that `dream` wrote.") from error
    if not isinstance(recipe, dict):
        raise UserError(path, "it has no recipe", "Give a picture that `dream` wrote.")
    return recipe
