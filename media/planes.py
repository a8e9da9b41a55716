"""A decoded picture goes in; its luma and colour as three small planes, upright, 0 black to 255 white, come out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from media.color import read_color, space_of
from media.frames import Frame, to_rgb, to_rgba
from media.pictures import turn_upright

if TYPE_CHECKING:
    from av.video.frame import VideoFrame
    from av.video.plane import VideoPlane

N_PIXELS = 14_400
"""About as many as planes have: 160x90 at 16:9. Finer costs time and tells nothing more about a picture as a whole."""

_ROWS_A_PIXEL = 4
_LEAST_SIDE = 16  # what the search for flow needs
_NEUTRAL = 128
_SEMIPLANAR = ("nv", "p0", "p2", "p4")
_SAMPLES_AT_TOP = ("p0", "p2", "p4")  # p010 and its kin keep their bits at the upper end of 16
_CHROMA_SWAPPED = frozenset({"nv21", "nv42"})
_LIMITED = {"luma": (16, 219), "chroma": (_NEUTRAL, 224)}
# Red's and blue's share of luma (ITU-R BT.601, BT.709, BT.2020, SMPTE 240M, FCC).
_KR_KB = {
    "bt709": (0.2126, 0.0722), "fcc": (0.30, 0.11), "bt470bg": (0.299, 0.114), "smpte170m": (0.299, 0.114),
    "smpte240m": (0.212, 0.087), "bt2020nc": (0.2627, 0.0593), "bt2020c": (0.2627, 0.0593),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Planes:
    """Luma and colour of one picture, uint8.

    Args:
        y: (h, w), 0 black .. 255 white, whatever range the film has.
        u: `half_size` of it, blue less luma, 128 is grey.
        v: `half_size` of it, red less luma, 128 is grey.
    """

    y: np.ndarray
    u: np.ndarray
    v: np.ndarray

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the luma in pixels."""
        return self.y.shape[1], self.y.shape[0]


def working_size(display_size: tuple[int, int]) -> tuple[int, int]:
    """The (width, height) of planes for pictures shown at `display_size`: its proportions, about N_PIXELS, no side under 16."""
    width, height = display_size
    scale = (N_PIXELS / (width * height)) ** 0.5
    if min(width, height) * scale >= _LEAST_SIDE:
        return round(width * scale), round(height * scale)
    longest = N_PIXELS // _LEAST_SIDE
    return (longest, _LEAST_SIDE) if width > height else (_LEAST_SIDE, longest)


def half_size(size: tuple[int, int]) -> tuple[int, int]:
    """The (width, height) of the colour of planes of `size`: as in film, half of the luma's is enough."""
    return (size[0] + 1) // 2, (size[1] + 1) // 2


def shrink(frame: Frame, *, size: tuple[int, int] | None = None, rotation: int = 0) -> Planes:
    """The planes of a decoded picture, each pixel the mean of those that it stands for.

    YUV is read where the decoder left it and never becomes RGB; deeper samples are rounded to 8 bits after the mean, and
    HDR stays as stored. What is transparent lies over black.

    Args:
        size: (width, height) of the planes, upright; None is `working_size` of the picture's own pixels.
        rotation: degrees clockwise that show the picture upright: 0, 90, 180, 270.
    """
    picture = frame.picture
    if size is None:
        upright = (picture.width, picture.height) if rotation in (0, 180) else (picture.height, picture.width)
        size = working_size(upright)
    coded = size if rotation in (0, 180) else (size[1], size[0])
    layout = _layout_of(picture.format.name)
    planes = _shrink_converted(picture, coded) if layout is None else _shrink_stored(picture, layout, coded)
    if not rotation:
        return planes
    return Planes(*(np.ascontiguousarray(turn_upright(plane, rotation=rotation)) for plane in (planes.y, planes.u, planes.v)))


def shrink_rgb(rgb: np.ndarray, *, size: tuple[int, int] | None = None, space: str = "bt709") -> Planes:
    """The planes of an (H, W, 3) uint8 RGB picture, full range, by the matrix of `space` (a name in media.color.SPACES).

    Args:
        size: (width, height) of the planes; None is `working_size` of the picture's.
    """
    size = size or working_size((rgb.shape[1], rgb.shape[0]))
    kr, kb = _KR_KB[space_of(space, size=(rgb.shape[1], rgb.shape[0]))]
    red, green, blue = np.moveaxis(shrink_plane(rgb, size).astype(np.float32), -1, 0)
    y = kr * red + (1 - kr - kb) * green + kb * blue
    u, v = ((blue - y) / (2 - 2 * kb), (red - y) / (2 - 2 * kr))
    return Planes(_to_bytes(y), *(_to_bytes(shrink_plane(plane, half_size(size)) + _NEUTRAL) for plane in (u, v)))


def shrink_plane(plane: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Bring a plane, (H, W) or (H, W, n), uint8, uint16 or float32, to (width, height) by the mean over each pixel's area.

    Of a large plane rows are left out: four for each pixel tell its mean, and most of the memory need not be read. Halving
    has a quick way in OpenCV, and so have whole factors; what is left for the slow way is little. An odd last row or column
    of a half is left out.
    """
    import cv2

    plane = plane[:: max(1, plane.shape[0] // (size[1] * _ROWS_A_PIXEL))]
    while not _is_odd_multiple(plane, size) and plane.shape[1] >= 2 * size[0] and plane.shape[0] >= 2 * size[1]:
        height, width = plane.shape[0] // 2, plane.shape[1] // 2
        plane = cv2.resize(plane[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA)
    return cv2.resize(plane, size, interpolation=cv2.INTER_AREA)


def _is_odd_multiple(plane: np.ndarray, size: tuple[int, int]) -> bool:
    """Whether both sides are whole multiples, and halving would end that."""
    (across, left), (down, over) = divmod(plane.shape[1], size[0]), divmod(plane.shape[0], size[1])
    return left == over == 0 and (across % 2 == 1 or down % 2 == 1)


@dataclass(frozen=True)
class _Layout:
    """How a YUV format keeps its samples: all little-endian, of `bits` bits, which begin at `shift`."""

    bits: int
    shift: int
    is_gray: bool
    is_semiplanar: bool
    swaps_chroma: bool


@lru_cache(maxsize=64)
def _layout_of(name: str) -> _Layout | None:
    """The layout of a format whose planes can be read as they are; None for those that must be converted."""
    from av import VideoFormat

    pixel_format = VideoFormat(name)
    components = pixel_format.components
    bits = components[0].bits
    is_gray, is_semiplanar = name.startswith("gray"), name.startswith(_SEMIPLANAR)
    is_planar = name.startswith("yuv") and [component.plane for component in components] == [0, 1, 2]
    odd = pixel_format.is_big_endian or not 8 <= bits <= 16 or any(component.is_alpha for component in components)
    if odd or name.endswith("msble") or not (is_gray or is_semiplanar or is_planar):
        return None
    shift = 16 - bits if name.startswith(_SAMPLES_AT_TOP) else 0
    return _Layout(bits, shift, is_gray, is_semiplanar, name in _CHROMA_SWAPPED)


def _shrink_stored(picture: VideoFrame, layout: _Layout, size: tuple[int, int]) -> Planes:
    is_full = _is_full_range(picture, layout)
    top = layout.bits - 8 + layout.shift
    y = _to_eight(shrink_plane(_view(picture.planes[0], layout), size), top=top, kind="luma", is_full=is_full)
    if layout.is_gray:
        grey = np.full(half_size(size)[::-1], _NEUTRAL, np.uint8)
        return Planes(y, grey, grey)
    size = half_size(size)
    if layout.is_semiplanar:
        both = shrink_plane(_view(picture.planes[1], layout, n_channels=2), size)
        chroma = [both[..., 1], both[..., 0]] if layout.swaps_chroma else [both[..., 0], both[..., 1]]
    else:
        chroma = [shrink_plane(_view(plane, layout), size) for plane in picture.planes[1:]]
    u, v = (_to_eight(plane, top=top, kind="chroma", is_full=is_full) for plane in chroma)
    return Planes(y, u, v)


def _is_full_range(picture: VideoFrame, layout: _Layout) -> bool:
    """Grey pictures have full range whatever they tell, as libswscale takes and makes them."""
    told = read_color(picture.colorspace, picture.color_range, 2, 2, pixel_format=picture.format.name)
    return layout.is_gray or told.range == "full"


def _view(plane: VideoPlane, layout: _Layout, *, n_channels: int = 1) -> np.ndarray:
    """The decoder's own memory as (H, W) or (H, W, n_channels), without the padding."""
    dtype = np.dtype(np.uint8 if layout.bits == 8 else "<u2")
    rows = np.frombuffer(memoryview(plane), dtype).reshape(plane.height, plane.line_size // dtype.itemsize)
    rows = rows[:, : plane.width * n_channels]
    if n_channels == 1:
        return rows
    return np.lib.stride_tricks.as_strided(
        rows, (plane.height, plane.width, n_channels), (rows.strides[0], n_channels * dtype.itemsize, dtype.itemsize), writeable=False
    )


def _to_eight(plane: np.ndarray, *, top: int, kind: str, is_full: bool) -> np.ndarray:
    """Samples of 8 + `top` bits as 8 bits of full range."""
    if top == 0:
        import cv2

        return cv2.LUT(np.ascontiguousarray(plane), _table(kind, is_full))
    low, span = (0, 255) if is_full and kind == "luma" else (_NEUTRAL, 255) if is_full else _LIMITED[kind]
    middle = 0 if kind == "luma" else _NEUTRAL
    # In full range the highest sample is 255 and all ones, 2**n - 1, rather than 255 * 2**(n - 8).
    scale = 255 / (2 ** (8 + top) - 1) if is_full and kind == "luma" else 0.5**top
    return _to_bytes((plane.astype(np.float32) * np.float32(scale) - low) * np.float32(255 / span) + middle)


@lru_cache(maxsize=4)
def _table(kind: str, is_full: bool) -> np.ndarray:
    """What each 8-bit sample becomes in full range, (256,) uint8."""
    levels = np.arange(256, dtype=np.float32)
    if is_full:
        return levels.astype(np.uint8)
    low, span = _LIMITED[kind]
    return _to_bytes((levels - low) * np.float32(255 / span) + (0 if kind == "luma" else _NEUTRAL))


def _to_bytes(values: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _shrink_converted(picture: VideoFrame, size: tuple[int, int]) -> Planes:
    """Of packed, RGB and transparent pictures, through RGB."""
    space = read_color(picture.colorspace, picture.color_range, 2, 2, pixel_format=picture.format.name).space
    if picture.format.is_rgb or picture.format.has_palette:
        space = "bt709"
    if picture.format.has_palette or any(component.is_alpha for component in picture.format.components):
        return shrink_rgb(_over_black(to_rgba(picture)), size=size, space=space)
    return shrink_rgb(to_rgb(picture), size=size, space=space)


def _over_black(rgba: np.ndarray) -> np.ndarray:
    """(H, W, 4) RGB and opacity as (H, W, 3) RGB over black."""
    import cv2

    return cv2.cvtColor(rgba, cv2.COLOR_RGBA2mRGBA)[..., :3]
