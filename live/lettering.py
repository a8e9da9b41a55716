"""Words, a height and a colour go in, a picture of them comes out, kept for the next time."""

from __future__ import annotations

from functools import lru_cache
from math import ceil
from typing import TYPE_CHECKING, Any

from media.fonts import face_for, load_font, shorten

if TYPE_CHECKING:
    from PIL.Image import Image
    from pygame import Surface

_N_KEPT = 512
_FINER = 3  # drawn so much larger first: letters may then be bolder by parts of a pixel
_SMALLEST_PX = 7
_CUT = ".."  # the ellipsis is in few faces
_SIGNS = "♯♭"
_SHADOW = (0, 0, 0)


class Lettering:
    """Draws words for a screen: half bold, all in one line, in whatever script."""

    def __init__(self) -> None:
        self.text = lru_cache(maxsize=_N_KEPT)(self._draw)
        """`text(words, size_px, color, widest_px=..., has_shadow=...)`: a surface, not to be drawn on."""
        self._face = lru_cache(maxsize=_N_KEPT)(face_for)
        for sign in _SIGNS:  # to look for a face takes a tenth of a second: not in the middle of a show
            self._face(frozenset(sign))

    def width_px(self, words: str, size_px: float) -> int:
        """How wide the words are at a size."""
        return ceil(self._fine_width_px(words, round(size_px)) / _FINER)

    def size_to_fit(self, words: str, size_px: float, *, widest_px: float) -> int:
        """The size, `size_px` at most, at which the words fit a width, down to half of it."""
        wide_px = self.width_px(words, size_px)
        return round(size_px if wide_px <= widest_px else max(size_px / 2, 0.97 * size_px * widest_px / wide_px))

    def _fine_width_px(self, words: str, size_px: int) -> int:
        return round(self._font(words, size_px).getlength(words)) + 2 * _stroke_px(size_px) if words else 1

    def _font(self, words: str, size_px: int) -> Any:
        return load_font(_FINER * max(_SMALLEST_PX, size_px), self._face(frozenset(character for character in words if not character.isascii())))

    def _draw(
        self, words: str, size_px: int, color: tuple[int, int, int], *, widest_px: int | None = None, has_shadow: bool = False
    ) -> Surface:
        """Words cut short with dots where they are too wide; as high as the font's line, whatever the words."""
        from PIL import Image, ImageChops, ImageDraw
        from pygame import image

        if widest_px is not None:
            words = shorten(words, fits=lambda line: self.width_px(line, size_px) <= widest_px, dots=_CUT)
        font, stroke_px = self._font(words, size_px), _stroke_px(size_px)
        ascent, descent = font.getmetrics()
        letters = Image.new("L", (self._fine_width_px(words, size_px) + 2 * _FINER, ascent + descent + 2 * _FINER))
        ImageDraw.Draw(letters).text((stroke_px, stroke_px), words, font=font, fill=255, stroke_width=stroke_px)
        mask = letters.reduce(_FINER)
        drawn = _colored(mask, color)
        if has_shadow:
            shift = max(1, size_px // 16)
            shadow = _colored(ImageChops.offset(mask, shift, shift).point(lambda level: level * 2 // 3), _SHADOW)
            drawn = Image.alpha_composite(shadow, drawn)
        return image.frombytes(drawn.tobytes(), drawn.size, "RGBA")


def _colored(mask: Image, color: tuple[int, int, int]) -> Image:
    from PIL import Image

    drawn = Image.new("RGBA", mask.size, color)
    drawn.putalpha(mask)
    return drawn


def _stroke_px(size_px: int) -> int:
    """Of the line around the enlarged letters that makes them bolder."""
    return round(_FINER * size_px / 50)
