"""Small planes: the right means at the right place, whatever the format, depth, range, shape or turn of the picture."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import product
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.frames import Frame, FrameReader
from media.planes import N_PIXELS, Planes, half_size, shrink, shrink_plane, shrink_rgb, working_size

SIZE = (160, 90)
# Bars: white, an orange red, blue, black.
BARS = ((255, 255, 255), (193, 59, 31), (20, 40, 210), (0, 0, 0))
STORED = (
    *("yuv420p", "yuv422p", "yuv444p", "yuv440p", "yuv411p", "yuvj420p", "nv12", "nv21", "nv16", "nv24", "nv42"),
    *("yuv420p10le", "yuv422p12le", "yuv444p16le", "p010le", "p012le", "p016le", "p210le", "nv20le"),
)
CONVERTED = ("yuv420p10be", "p010be", "yuyv422", "uyvy422", "y210le", "yuva420p", "yuva444p10le", "rgb24", "bgr0", "gbrp", "gbrp10le", "rgba", "rgb48le")


def bars(width: int = 320, height: int = 180) -> np.ndarray:
    """(height, width, 3) uint8 RGB."""
    return np.repeat(np.array(BARS, np.uint8)[None].repeat(height, axis=0), -(-width // 4), axis=1)[:, :width]


def frame_of(picture: av.VideoFrame) -> Frame:
    return Frame(Fraction(0), Fraction(1, 25), picture)


def coded(rgb: np.ndarray, pixel_format: str, *, full: bool = False) -> Frame:
    """A picture as a decoder would hand it out, BT.709, tagged."""
    picture = av.VideoFrame.from_ndarray(rgb, format="rgb24")
    full = full or pixel_format.startswith("yuvj")
    picture = picture.reformat(format=pixel_format, dst_colorspace=1, dst_color_range=2 if full else 1, src_color_range=2)
    picture.colorspace, picture.color_range = 1, 2 if full else 1
    return frame_of(picture)


def in_bars(planes: Planes) -> np.ndarray:
    """Y, U, V in the middle of each bar, (4, 3)."""
    found = []
    for bar in range(4):
        at = [(plane[plane.shape[0] // 2, plane.shape[1] * (2 * bar + 1) // 8]) for plane in (planes.y, planes.u, planes.v)]
        found.append([int(level) for level in at])
    return np.array(found)


def expected() -> np.ndarray:
    """By the formulas of ITU-R BT.709, full range."""
    red, green, blue = np.array(BARS, float).T
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return np.stack([y, 128 + (blue - y) / 1.8556, 128 + (red - y) / 1.5748], axis=1)


@pytest.mark.parametrize(
    ("pixel_format", "size"),
    [*product(STORED, [(320, 180), (321, 179)]), *product(["yuv420p", "p010le", "nv12"], [(1920, 1080), (3840, 2160)])],
)
def test_every_stored_format_gives_the_same_planes(pixel_format: str, size: tuple[int, int]) -> None:
    planes = shrink(coded(bars(*size), pixel_format), size=SIZE)
    assert planes.size == SIZE and planes.u.shape == planes.v.shape == half_size(SIZE)[::-1]
    assert all(plane.dtype == np.uint8 for plane in (planes.y, planes.u, planes.v))
    assert np.abs(in_bars(planes) - expected()).max() <= 2


@pytest.mark.parametrize("pixel_format", CONVERTED)
def test_every_other_format_gives_them_too(pixel_format: str) -> None:
    assert np.abs(in_bars(shrink(coded(bars(), pixel_format), size=SIZE)) - expected()).max() <= 2


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv420p10le", "yuv444p16le", "p010le"])
def test_black_is_0_and_white_is_255_in_either_range(pixel_format: str) -> None:
    limited, full = (in_bars(shrink(coded(bars(), pixel_format, full=full), size=SIZE)) for full in (False, True))
    assert limited[0, 0] == full[0, 0] == 255 and limited[3, 0] == full[3, 0] == 0
    assert np.abs(limited - full).max() <= 2


@pytest.mark.parametrize("told", [0, 1, 2])
def test_grey_pictures_have_full_range(told: int) -> None:
    picture = av.VideoFrame.from_ndarray(np.full((48, 64), 200, np.uint8), format="gray")
    picture.color_range = told
    planes = shrink(frame_of(picture))
    assert planes.y[5, 5] == 200 == frame_of(picture).rgb()[5, 5, 0] and (planes.u == 128).all() and (planes.v == 128).all()


@pytest.mark.parametrize("pixel_format", ["rgba", "yuva444p"])
def test_what_is_transparent_lies_over_black(pixel_format: str) -> None:
    rgba = np.full((90, 160, 4), 200, np.uint8)
    rgba[:, :80, 3] = 0
    rgba[:, 80:, 3] = 128
    picture = av.VideoFrame.from_ndarray(rgba, format="rgba").reformat(format=pixel_format)
    planes = shrink(frame_of(picture), size=SIZE)
    assert planes.y[45, 40] == 0 and abs(int(planes.y[45, 120]) - 100) <= 1


@pytest.mark.parametrize(("rotation", "corner"), [(0, (0, 0)), (90, (0, 1)), (180, (1, 1)), (270, (1, 0))])
def test_turned_pictures_stand_upright(rotation: int, corner: tuple[int, int]) -> None:
    rgb = np.zeros((180, 320, 3), np.uint8)
    rgb[:60, :100] = (255, 0, 0)
    planes = shrink(coded(rgb, "yuv420p"), rotation=rotation)
    assert planes.size == (SIZE if rotation in (0, 180) else SIZE[::-1])
    for plane, dark in ((planes.y, 0), (planes.v, 128)):
        lit = np.array([[plane[3, 3], plane[3, -4]], [plane[-4, 3], plane[-4, -4]]]) > dark + 20
        assert lit[corner] and lit.sum() == 1


@given(width=st.integers(1, 9000), height=st.integers(1, 9000))
def test_planes_have_the_proportions_of_the_picture(width: int, height: int) -> None:
    small = working_size((width, height))
    assert min(small) >= 16 and abs(small[0] * small[1] - N_PIXELS) < 0.05 * N_PIXELS
    if max(width, height) < 50 * min(width, height):
        assert small[0] / small[1] == pytest.approx(width / height, rel=0.04)


def test_the_usual_sizes() -> None:
    assert working_size((1920, 1080)) == SIZE and working_size((1080, 1920)) == SIZE[::-1]
    assert working_size((2048, 858)) == (185, 78) and working_size((800, 100)) == (339, 42)


def ramp(size: tuple[int, int]) -> np.ndarray:
    """(h, w), 0..2 from the top left to the bottom right."""
    across, down = ((np.arange(side) + 0.5) / side for side in size)
    return np.add.outer(down, across)


@pytest.mark.parametrize("size", [(1920, 1080), (3840, 2160), (1280, 720), (1001, 563), (640, 360), (170, 95), (64, 36)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_pixel_is_the_mean_of_what_it_stands_for(size: tuple[int, int], dtype: type) -> None:
    plane, wanted = (np.rint(ramp(of) * 100).astype(dtype) for of in (size, SIZE))
    assert np.abs(shrink_plane(plane, SIZE).astype(float) - wanted).max() <= 1 + 100 / min(size)
    noise = np.random.default_rng(1).integers(0, 255, size[::-1]).astype(dtype)
    assert shrink_plane(noise, SIZE).mean() == pytest.approx(noise.mean(), abs=1.5)


def test_rgb_pictures_of_a_camera_give_the_same_planes() -> None:
    assert np.abs(in_bars(shrink_rgb(bars(1280, 720))) - expected()).max() <= 1
    assert shrink_rgb(bars(1280, 720)).size == SIZE


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_a_rough_reading_has_the_same_frames_and_means(codec: str, coded: Callable[..., Path], numbers: Callable[[np.ndarray], int], tmp_path: Path) -> None:
    options = {"x265-params": "log-level=none"} if codec == "libx265" else {"crf": "35", "bf": "2"}
    film = coded(tmp_path / "film.mp4", codec=codec, options=options)
    readings = []
    for rough in (False, True):
        with FrameReader(film, rough=rough) as reader:
            readings.append([(frame.time, numbers(frame.y()), shrink(frame).y.mean()) for frame in reader.read()])
    for exact, rough_one in zip(*readings, strict=True):
        assert exact[:2] == rough_one[:2] and exact[2] == pytest.approx(rough_one[2], abs=0.3)
