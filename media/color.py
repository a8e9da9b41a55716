"""Colour tags of a film as words, and as the numbers that libav wants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from av.video.codeccontext import VideoCodecContext
    from av.video.frame import VideoFrame

UNKNOWN = "unknown"

# Numbers of ITU-T H.273, which libav shares.
SPACES = {
    "rgb": 0, "bt709": 1, UNKNOWN: 2, "fcc": 4, "bt470bg": 5, "smpte170m": 6, "smpte240m": 7, "ycgco": 8, "bt2020nc": 9, "bt2020c": 10,
}  # fmt: skip
PRIMARIES = {"bt709": 1, UNKNOWN: 2, "bt470m": 4, "bt470bg": 5, "smpte170m": 6, "smpte240m": 7, "film": 8, "bt2020": 9, "smpte432": 12}
TRANSFERS = {
    "bt709": 1, UNKNOWN: 2, "gamma22": 4, "gamma28": 5, "smpte170m": 6, "smpte240m": 7, "linear": 8, "iec61966-2-1": 13,
    "bt2020-10": 14, "bt2020-12": 15, "smpte2084": 16, "arib-std-b67": 18,
}  # fmt: skip
RANGES = {"limited": 1, "full": 2}

# The matrices that libswscale knows, by the space of the film (SWS_CS_*).
_MATRICES = {"bt709": 1, "fcc": 4, "bt470bg": 5, "smpte170m": 5, "smpte240m": 7, "bt2020nc": 9, "bt2020c": 9}
_HD_HEIGHT_PX = 720
_HD_WIDTH_PX = 1280


@dataclass(frozen=True)
class Color:
    """How the numbers of a picture stand for light.

    The defaults are what this toolkit writes at every size.
    """

    space: str = "bt709"
    range: str = "limited"
    primaries: str = "bt709"
    transfer: str = "bt709"

    def tag(self, target: VideoCodecContext | VideoFrame) -> None:
        """Write the tags into an encoder that is not open yet, or into a picture (some encoders go by that)."""
        target.colorspace = SPACES.get(self.space, SPACES[UNKNOWN])
        target.color_primaries = PRIMARIES.get(self.primaries, PRIMARIES[UNKNOWN])
        target.color_trc = TRANSFERS.get(self.transfer, TRANSFERS[UNKNOWN])
        target.color_range = RANGES[self.range]


def read_color(space: int, color_range: int, primaries: int, transfer: int, *, pixel_format: str) -> Color:
    """Name the numbers of a stream or frame; those that it leaves open are `unknown`, an open range is told by the format."""
    full = color_range == RANGES["full"] or pixel_format.startswith(("yuvj", "rgb", "bgr", "gbr", "pal8"))
    return Color(
        space=_name(SPACES, space),
        range="full" if full else "limited",
        primaries=_name(PRIMARIES, primaries),
        transfer=_name(TRANSFERS, transfer),
    )


def space_of(space: str, *, size: tuple[int, int]) -> str:
    """The space that a film's numbers are in; one that does not tell has BT.709 if it is HD, else BT.601.

    Args:
        size: (width, height) in pixels.
    """
    if space in _MATRICES:
        return space
    return "bt709" if size[0] >= _HD_WIDTH_PX or size[1] >= _HD_HEIGHT_PX else "smpte170m"


def matrix_of(space: str, *, size: tuple[int, int]) -> int:
    """libswscale's number of the YUV matrix of a film; of one that does not tell, as `space_of`."""
    return _MATRICES[space_of(space, size=size)]


def _name(table: dict[str, int], number: int) -> str:
    return next((name for name, value in table.items() if value == number), UNKNOWN)
