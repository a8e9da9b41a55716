"""A frame that plays goes in; what a screen shows of it comes out: blue, green, red and how opaque, upright, its pixels square.

`media.frames` converts colours to the last digit, which takes three times as long as decoding at 1080p. Here large films take libswscale's
quick way, a few of 255 from that and grey still grey; those that are to be smaller are made so before, as they were coded. Films that
screens enlarge, and single pictures, are converted as there.
"""

from __future__ import annotations

from collections import OrderedDict
from fractions import Fraction
from math import floor, sqrt
from threading import local
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from media.color import RANGES, matrix_of, read_color
from projection.player.decoding import Played
from projection.player.hdr import PIXEL_FORMAT, is_hdr, to_screen
from projection.player.opening import is_picture

if TYPE_CHECKING:
    from av.video.frame import VideoFrame
    from av.video.plane import VideoPlane

_EXACT_PX = 640 * 480
_SLOW = ("nv", "uyvy", "yuyv")  # 8 bits and quick once they are planar
_YUV = ("yuv", "nv", "p0", "p2", "p4", "gray", "uyvy", "yuyv")
_WEBM = "yuva420p"  # what transparent films that are made to be played have; quick as well
_WORTH_IT = 0.8  # smaller steps are for who draws
_N_KEPT = 8
_threads = local()


def to_pixels(frame: Played, *, stage_px: tuple[int, int]) -> tuple[np.ndarray, bool]:
    """What a screen shows, and whether it is opaque everywhere; of one that fades in, the mean with the one below it.

    Args:
        stage_px: (width, height) of where it is shown; larger pictures are made as small as still covers that.
    Returns:
        (H, W, 4) uint8, colours multiplied by opaqueness; memory that nobody else writes to.
    """
    picture, is_opaque = _alone(frame, stage_px)
    if frame.before is None or frame.share >= 1:
        return picture, is_opaque
    below, is_below_opaque = _alone(frame.before, stage_px)
    return _mean(picture, below, frame.share), is_opaque and is_below_opaque


def _alone(frame: Played, stage_px: tuple[int, int]) -> tuple[np.ndarray, bool]:
    picture = frame.picture
    has_alpha = picture.format.has_palette or any(component.is_alpha for component in picture.format.components)
    size = _size(picture, frame.pixel_aspect, stage_px if frame.rotation in (0, 180) else stage_px[::-1])
    is_small, is_webm = picture.width * picture.height <= _EXACT_PX, picture.format.name == _WEBM
    if is_hdr(picture.color_trc):
        bgra, has_alpha = _from_hdr(picture, size), False
    elif is_small or is_picture(frame.item.path) or (has_alpha and not is_webm):
        bgra = _exact(picture, size)
    else:
        bgra = _quick(picture, size, planar=_WEBM if is_webm else "yuv420p")
    is_opaque = not has_alpha or int(bgra[..., 3].min()) == 255
    if not is_opaque:
        bgra = cv2.cvtColor(bgra, cv2.COLOR_RGBA2mRGBA)  # it does not matter to it which colour is which
    turn = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}.get(frame.rotation)
    return (bgra if turn is None else cv2.rotate(bgra, turn)), is_opaque


def _mean(picture: np.ndarray, below: np.ndarray, share: float) -> np.ndarray:
    """A picture over another one, so far as it has come in; the other one is fitted about its middle where its shape is another."""
    if below.shape != picture.shape:
        high, wide = picture.shape[:2]
        scale = min(wide / below.shape[1], high / below.shape[0])
        fitted = cv2.resize(below, (max(1, round(below.shape[1] * scale)), max(1, round(below.shape[0] * scale))))
        top, left = (high - fitted.shape[0]) // 2, (wide - fitted.shape[1]) // 2
        below = np.zeros_like(picture)
        below[..., 3] = 255
        below[top : top + fitted.shape[0], left : left + fitted.shape[1]] = fitted
    mixed: np.ndarray = cv2.addWeighted(picture, share, below, 1 - share, 0)
    return mixed


def _size(picture: VideoFrame, aspect: Fraction, stage_px: tuple[int, int]) -> tuple[int, int]:
    """(width, height) in square pixels, as it lies in the file; even where it is not as it is."""
    wide, high = picture.width * max(float(aspect), 1.0), picture.height / min(float(aspect), 1.0)
    # Of one that is much longer one way than the stage, twice the stage's pixels are enough.
    scale = min(max(stage_px[0] / wide, stage_px[1] / high), sqrt(2 * stage_px[0] * stage_px[1] / (wide * high)))
    if aspect == 1 and scale >= _WORTH_IT:
        return picture.width, picture.height
    scale = scale if scale < _WORTH_IT else 1.0
    return _even(wide * scale), _even(high * scale)


def _even(length: float) -> int:
    return max(2, floor(length / 2 + 1e-6) * 2)


def _exact(picture: VideoFrame, size: tuple[int, int]) -> np.ndarray:
    from av.video.reformatter import Interpolation

    how = Interpolation.BILINEAR | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
    return _as_array(_convert(picture, picture, "bgra", size, how))


def _quick(picture: VideoFrame, size: tuple[int, int], *, planar: str) -> np.ndarray:
    from av.video.reformatter import Interpolation

    name, is_whole = picture.format.name, size == (picture.width, picture.height)
    if not name.startswith(_YUV) or (is_whole and (picture.width % 2 or picture.height % 2)):
        return _exact(picture, size)
    how = Interpolation.BILINEAR | Interpolation.ACCURATE_RND  # without which black would get spots
    plain = picture if is_whole and not name.startswith(_SLOW) else _convert(picture, picture, planar, size, how)
    return _as_array(_convert(plain, picture, "bgra", size, Interpolation.BILINEAR))


def _from_hdr(picture: VideoFrame, size: tuple[int, int]) -> np.ndarray:
    from av.video.reformatter import Interpolation

    planar = _convert(picture, picture, PIXEL_FORMAT, size, Interpolation.BILINEAR | Interpolation.ACCURATE_RND)
    green, blue, red = (_rows(plane, np.uint16)[:, : planar.width] for plane in planar.planes)
    return to_screen((green, blue, red), picture.color_trc)


def _convert(picture: VideoFrame, tagged: VideoFrame, pixel_format: str, size: tuple[int, int], how: Any) -> VideoFrame:
    """Bring a picture to another format and size, its colours read as the tags of the frame that was decoded have them."""
    name = tagged.format.name
    color = read_color(tagged.colorspace, tagged.color_range, 2, 2, pixel_format=name)
    matrix = matrix_of(color.space, size=(tagged.width, tagged.height))
    converted: VideoFrame = _converter(picture, pixel_format, size).reformat(
        picture,
        width=size[0],
        height=size[1],
        format=pixel_format,
        src_colorspace=matrix,
        dst_colorspace=matrix,
        src_color_range=RANGES[color.range],
        dst_color_range=RANGES[color.range if pixel_format.startswith("yuv") else "full"],
        interpolation=how,
        threads=1,
    )
    return converted


def _converter(picture: VideoFrame, pixel_format: str, size: tuple[int, int]) -> Any:
    """One a thread and task: each keeps the tables of its last conversion."""
    from av.video.reformatter import VideoReformatter

    if not hasattr(_threads, "converters"):
        _threads.converters = OrderedDict()
    converters: OrderedDict[object, VideoReformatter] = _threads.converters
    task = (picture.format.name, picture.width, picture.height, pixel_format, size)
    if task not in converters:
        converters[task] = VideoReformatter()
        if len(converters) > _N_KEPT:
            converters.popitem(last=False)
    converters.move_to_end(task)
    return converters[task]


def _as_array(picture: VideoFrame) -> np.ndarray:
    """(H, W, 4) uint8 where it lies."""
    return _rows(picture.planes[0], np.uint8)[:, : picture.width * 4].reshape(picture.height, picture.width, 4)


def _rows(plane: VideoPlane, kind: type[np.generic]) -> np.ndarray:
    """The rows of a plane where they lie, with what fills them up."""
    return np.frombuffer(memoryview(plane), kind).reshape(-1, plane.line_size // np.dtype(kind).itemsize)[: plane.height]
