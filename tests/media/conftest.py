"""Small films, drawn and coded for the tests: each frame bears its number in bars that survive compression."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

WIDTH, HEIGHT = 160, 96
_N_BITS, _BAR_PX = 12, 12


def draw_number(number: int) -> np.ndarray:
    """(H, W) luma with `number` as bars, low bit first, over a ramp that moves."""
    luma = np.empty((HEIGHT, WIDTH), np.uint8)
    luma[:] = 60 + (np.arange(WIDTH) + 3 * number) % 100
    for bit in range(_N_BITS):
        luma[8:40, 4 + bit * _BAR_PX : 4 + (bit + 1) * _BAR_PX] = 235 if number >> bit & 1 else 16
    return luma


def number_in(luma: np.ndarray) -> int:
    """Read back what `draw_number` drew."""
    bars = [luma[16:32, 8 + bit * _BAR_PX : 12 + bit * _BAR_PX].mean() > 128 for bit in range(_N_BITS)]
    return sum(bool(bar) << bit for bit, bar in enumerate(bars))


def tone(n: int, *, rate: int = 48_000, channels: int = 2, seed: int = 1) -> np.ndarray:
    """(n, channels) float32: a chirp and a little noise, different at every place."""
    at = np.arange(n) / rate
    sides = [0.3 * np.sin(2 * np.pi * (200 + 60 * at + 90 * side) * at) for side in range(channels)]
    noise = np.random.default_rng(seed).normal(0, 0.01, (n, channels))
    return (np.stack(sides, axis=1) + noise).astype(np.float32)


def make_film(
    path: Path,
    *,
    n_frames: int = 60,
    rate: Fraction | int = 25,
    codec: str | None = "libx264",
    pixel_format: str = "yuv420p",
    options: dict[str, str] | None = None,
    stamps: Sequence[int] | None = None,
    time_base: Fraction | None = None,
    offset_s: Fraction = Fraction(0),
    rotation: int = 0,
    aspect: Fraction | None = None,
    color_range: int = 1,
    color_space: int = 2,
    sound: np.ndarray | None = None,
    sound_codec: str = "aac",
    sound_rate: int = 48_000,
    sound_offset_s: Fraction = Fraction(0),
    sound_options: dict[str, str] | None = None,
) -> Path:
    """Code a film by libav alone, so that what is tested is not what makes it."""
    time_base = time_base or 1 / Fraction(rate)
    with av.open(str(path), "w") as film:
        video: Any = None
        if codec:
            video = film.add_stream(codec, rate=Fraction(rate), options=options or {"g": "12", "bf": "2", "crf": "18"})
            video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, pixel_format
            video.codec_context.time_base = time_base
            video.codec_context.color_range, video.codec_context.colorspace = color_range, color_space
            if aspect:
                video.codec_context.sample_aspect_ratio = aspect
            if rotation:
                video.set_display_rotation(rotation)
        audio: Any = None
        if sound is not None:
            audio = film.add_stream(sound_codec, rate=sound_rate, options=sound_options or {})
            audio.layout = "mono" if sound.shape[1] == 1 else "stereo"
        if video:
            for n, stamp in enumerate(stamps or range(n_frames)):
                picture = _picture(n, pixel_format)
                picture.pts, picture.time_base = stamp + round(offset_s / time_base), time_base
                film.mux(video.encode(picture))
        if audio:
            film.mux(audio.encode(_sound_frame(sound, sound_rate, offset_s + sound_offset_s)))
        for stream in (video, audio):
            if stream:
                film.mux(stream.encode(None))
    return path


def _picture(number: int, pixel_format: str) -> av.VideoFrame:
    luma = draw_number(number)
    if pixel_format == "rgb24":
        return av.VideoFrame.from_ndarray(np.repeat(luma[..., None], 3, axis=2), format="rgb24")
    if pixel_format == "yuv420p10le":
        planes = np.full((HEIGHT * 3 // 2, WIDTH), 512, np.uint16)
        planes[:HEIGHT] = luma.astype(np.uint16) << 2
        return av.VideoFrame.from_ndarray(planes, format="yuv420p10le")
    planes = np.full((HEIGHT * 3 // 2, WIDTH), 128, np.uint8)
    planes[:HEIGHT] = luma
    return av.VideoFrame.from_ndarray(planes, format="yuv420p").reformat(format=pixel_format)


def _sound_frame(sound: np.ndarray, rate: int, offset_s: Fraction) -> av.AudioFrame:
    layout = "mono" if sound.shape[1] == 1 else "stereo"
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound.T), format="fltp", layout=layout)
    frame.sample_rate, frame.time_base = rate, Fraction(1, rate)
    frame.pts = round(offset_s * rate)
    return frame


@pytest.fixture(scope="session")
def coded() -> Callable[..., Path]:
    """`make_film`."""
    return make_film


@pytest.fixture(scope="session")
def numbers() -> Callable[[np.ndarray], int]:
    """`number_in`."""
    return number_in


@pytest.fixture(scope="session")
def sweep() -> Callable[..., np.ndarray]:
    """`tone`."""
    return tone


@pytest.fixture
def real_film() -> Path:
    """A film with speech that a camera made; the test is skipped where it is absent."""
    import os

    folder = Path(os.environ.get("TEST_MEDIA", Path(__file__).parents[2].parent / "shared" / "media"))
    film = folder / "example.mp4"
    if not film.exists():
        pytest.skip(f"no {film}: set TEST_MEDIA to a folder that holds example.mp4")
    return film
