"""What screens are shown: the colours of `media.frames`, upright, with square pixels, no larger than is of use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from live.clock import ManualClock
from media.frames import to_rgb
from media.write import FilmWriter
from projection.player.decoding import Played
from projection.player.items import Item
from projection.player.pixels import to_pixels

STAGE = (1920, 1080)
HD = (1280, 720)
UHD = (3840, 2160)
EIGHT_BITS = ("yuv420p", "yuv422p", "yuv444p", "nv12", "gray")
ITEM = Item(Path("film.mp4"))


def scene(size: tuple[int, int]) -> np.ndarray:
    """(H, W, 3) RGB: soft colours of every hue and brightness, as wide smooth areas, which no way of halving colour changes."""
    across, down = np.meshgrid(np.linspace(0, 1, 640), np.linspace(0, 1, 360))
    waves = [0.5 + 0.5 * np.sin(6.28 * (across * (1 + n) + down * (2 - n) + n / 3)) for n in range(3)]
    return cv2.resize(np.round(np.stack(waves, axis=2) * 255).astype(np.uint8), size)


def coded(rgb: np.ndarray, pixel_format: str, *, color_range: int = 1, space: int = 1) -> av.VideoFrame:
    """As a decoder would give it, with its tags."""
    frame = av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(
        format=pixel_format, dst_colorspace=space, dst_color_range=color_range, src_color_range=2
    )
    frame.colorspace, frame.color_range = {5: 6}.get(space, space), color_range
    return frame


def as_played(frame: av.VideoFrame, **more: Any) -> Played:
    return Played(Fraction(0), Fraction(1, 25), frame, more.pop("item", ITEM), **more)


def shown(frame: av.VideoFrame, stage_px: tuple[int, int] = STAGE, **more: Any) -> np.ndarray:
    """(H, W, 3) RGB of what is opaque."""
    picture, is_opaque = to_pixels(as_played(frame, **more), stage_px=stage_px)
    assert picture.dtype == np.uint8 and picture.ndim == 3 and picture.shape[2] == 4
    assert is_opaque and picture[..., 3].min() == 255
    return picture[..., 2::-1]


@pytest.mark.parametrize("pixel_format", [*EIGHT_BITS, "yuv420p10le", "p010le", "yuv422p10le", "yuv420p12le"])
@pytest.mark.parametrize("size", [HD, (320, 180), (1281, 721), (319, 181)])
def test_colours_are_those_of_the_film(pixel_format: str, size: tuple[int, int]) -> None:
    frame = coded(scene(size), pixel_format)
    off = np.abs(shown(frame).astype(int) - to_rgb(frame))
    assert off.max() <= (4 if pixel_format in EIGHT_BITS else 6) and off.mean() <= 2


@pytest.mark.parametrize(("space", "color_range"), [(1, 1), (1, 2), (5, 1), (5, 2), (9, 1)])
@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv420p10le"])
def test_tags_are_heeded(space: int, color_range: int, pixel_format: str) -> None:
    frame = coded(scene(HD), pixel_format, color_range=color_range, space=space)
    off = np.abs(shown(frame).astype(int) - to_rgb(frame))
    assert off.max() <= (4 if pixel_format in EIGHT_BITS else 6) and off.mean() <= 2


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv420p10le", "nv12"])
@pytest.mark.parametrize("size", [HD, (320, 180), UHD])
def test_black_is_black_white_is_white_and_grey_has_no_colour(pixel_format: str, size: tuple[int, int]) -> None:
    for level in (0, 60, 128, 200, 255):
        picture = shown(coded(np.full((size[1], size[0], 3), level, np.uint8), pixel_format))
        assert np.ptp(picture[::8, ::8].reshape(-1, 3).astype(int), axis=1).max() <= 1
        assert abs(int(picture.min()) - level) <= 2 and abs(int(picture.max()) - level) <= 2


@pytest.mark.parametrize(
    ("size", "stage", "expected"),
    [
        (UHD, STAGE, (1920, 1080)),
        ((4096, 2160), STAGE, (2048, 1080)),
        ((2160, 3840), STAGE, (1526, 2714)),
        ((1920, 1080), (1280, 720), (1280, 720)),
        ((1920, 1080), (1800, 1000), (1920, 1080)),
        ((640, 360), STAGE, (640, 360)),
        ((3840, 540), (960, 540), (2714, 380)),
    ],
)
def test_large_pictures_are_made_as_small_as_covers_the_stage(
    size: tuple[int, int], stage: tuple[int, int], expected: tuple[int, int]
) -> None:
    rgb = scene(size)
    picture = shown(coded(rgb, "yuv420p"), stage)
    assert (picture.shape[1], picture.shape[0]) == expected
    off = np.abs(picture.astype(int) - cv2.resize(rgb, expected, interpolation=cv2.INTER_AREA))
    assert off.mean() <= 2 and np.percentile(off, 99) <= 6


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv420p10le"])
@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_turned_films_stand_upright(turned: int, pixel_format: str) -> None:
    rgb = scene(HD)
    picture = shown(coded(rgb, pixel_format), rotation=turned)
    expected = np.rot90(rgb, -turned // 90)
    assert picture.shape == expected.shape
    assert np.abs(picture.astype(int) - expected).mean() <= 2


@pytest.mark.parametrize(
    ("aspect", "rotation", "expected"), [("64/45", 0, (1024, 576)), ("8/9", 0, (720, 648)), ("64/45", 90, (576, 1024))]
)
def test_pixels_become_square(aspect: str, rotation: int, expected: tuple[int, int]) -> None:
    picture = shown(coded(scene((720, 576)), "yuv420p"), pixel_aspect=Fraction(aspect), rotation=rotation)
    assert (picture.shape[1], picture.shape[0]) == expected


@pytest.mark.parametrize("size", [(320, 180), HD, UHD])
def test_what_is_transparent_is_so_and_its_colours_are_multiplied(size: tuple[int, int]) -> None:
    rgba = np.zeros((size[1], size[0], 4), np.uint8)
    rgba[:] = (200, 100, 40, 128)
    rgba[:, size[0] // 2 :] = (200, 100, 40, 255)
    rgba[: size[1] // 9] = (200, 100, 40, 0)
    for pixel_format in ("rgba", "yuva420p", "yuva444p10le", "gbrap", "argb"):
        frame = av.VideoFrame.from_ndarray(rgba, format="rgba").reformat(format=pixel_format, dst_colorspace=1)
        frame.colorspace = 1
        picture, is_opaque = to_pixels(as_played(frame), stage_px=STAGE)
        high, wide = picture.shape[:2]
        assert not is_opaque
        assert np.abs(picture[high // 2, wide // 6].astype(int) - (20, 50, 100, 128)).max() <= 3
        assert np.abs(picture[high // 2, wide * 5 // 6].astype(int) - (40, 100, 200, 255)).max() <= 4
        assert picture[high // 36].max() <= 1


def test_what_might_be_transparent_but_is_not_is_opaque() -> None:
    rgba = np.full((180, 320, 4), 255, np.uint8)
    assert shown(av.VideoFrame.from_ndarray(rgba, format="rgba")).min() == 255


@pytest.mark.parametrize("below_size", [HD, (640, 720)])
def test_what_fades_in_is_mixed_with_what_is_below(below_size: tuple[int, int]) -> None:
    dark, light = (np.full((size[1], size[0], 3), level, np.uint8) for size, level in ((below_size, 40), (HD, 240)))
    below = as_played(coded(dark, "yuv420p"))
    frame = as_played(coded(light, "yuv420p"))
    for share in (0.0, 0.25, 0.5, 1.0):
        picture, _ = to_pixels(replace(frame, before=below, share=share), stage_px=STAGE)
        assert picture.shape == (720, 1280, 4)
        assert abs(int(picture[360, 640, 1]) - (40 + 200 * share)) <= 3
        if below_size != HD and share == 0:
            assert not picture[360, 10, :3].any()


def test_of_a_film_turned_by_its_camera_and_of_odd_size(tmp_path: Path, watch: Callable[..., Any], clock: ManualClock) -> None:
    path = tmp_path / "turned.mp4"
    rgb = scene((320, 180))
    with av.open(str(path), "w") as film:
        video: Any = film.add_stream("libx264", rate=25, options={"crf": "10"})
        video.width, video.height, video.pix_fmt = 320, 180, "yuv420p"
        video.set_display_rotation(-90)
        for _ in range(5):
            film.mux(video.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")))
        film.mux(video.encode(None))
    frame = watch(path).player.picture(clock.now(), wait_s=20)
    picture, _ = to_pixels(frame, stage_px=STAGE)
    assert picture.shape == (320, 180, 4)
    assert np.abs(picture[..., 2::-1].astype(int) - np.rot90(rgb, -1)).mean() <= 8


def test_of_a_film_with_wide_pixels(tmp_path: Path, watch: Callable[..., Any], clock: ManualClock) -> None:
    path = tmp_path / "wide.mp4"
    with FilmWriter(path, size=(160, 96), pixel_aspect=Fraction(2)) as film:
        film.write_frame(scene((160, 96)))
    frame = watch(path).player.picture(clock.now(), wait_s=20)
    assert to_pixels(frame, stage_px=STAGE)[0].shape == (96, 320, 4)
