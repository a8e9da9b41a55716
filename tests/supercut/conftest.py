"""Films whose every frame says its number, with a click at every second."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from media.codecs import Quality
from media.frames import read_frames
from media.write import FilmWriter

BITS = 10
SIZE = (160, 96)
RATE = Fraction(25)


def picture_of(number: int, *, size: tuple[int, int] = SIZE) -> np.ndarray:
    """A picture, (H, W, 3) uint8, that holds a number as light and dark bars, the highest bit left."""
    width, height = size
    bars = np.array([number >> (BITS - 1 - bit) & 1 for bit in range(BITS)], np.uint8) * 160 + 40
    row = np.repeat(bars, width // BITS)
    row = np.pad(row, (0, width - len(row)), constant_values=40)
    shade = np.linspace(0, 30, height, dtype=np.uint8)[:, None]
    return np.repeat((row[None, :] + shade)[:, :, None], 3, axis=2)


def number_of(luma: np.ndarray) -> int:
    """The number that a picture holds, read off its middle rows, (H, W) uint8."""
    height, width = luma.shape
    bars = luma[height // 3 : 2 * height // 3, : width // BITS * BITS].astype(float).mean(axis=0).reshape(BITS, -1)
    inner = bars[:, bars.shape[1] // 4 : -bars.shape[1] // 4 or None].mean(axis=1)
    return int("".join("1" if bar > 125 else "0" for bar in inner), 2)


class NumberedFilms:
    """Makes numbered films in a folder, each once, and reads numbers back."""

    rate = RATE
    size = SIZE

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def make(
        self,
        name: str,
        *,
        n_frames: int = 100,
        rate: Fraction = RATE,
        size: tuple[int, int] = SIZE,
        gop: int = 25,
        sound: str | None = "stereo",
        sample_rate: int = 48_000,
    ) -> Path:
        """A film of `n_frames` frames with a key frame every `gop`; `sound` is "stereo", "mono" or None."""
        path = self.folder / name
        if path.exists():
            return path
        channels = 1 if sound == "mono" else 2
        options = {"g": str(gop), "keyint_min": str(gop), "sc_threshold": "0", "bf": "3"} if path.suffix in (".mp4", ".mkv", ".mov") else {}
        writer = FilmWriter(
            path, size=size, rate=rate, quality=Quality(crf=16) if options else None, sound=bool(sound), channels=channels,
            sample_rate=sample_rate, options=options, threads=1,
        )  # fmt: skip
        with writer as film:
            for n in range(n_frames):
                film.write_frame(picture_of(n, size=size))
            if sound:
                film.write_sound(clicks(round(n_frames / rate * sample_rate), sample_rate, channels))
        return path

    @staticmethod
    def encode(path: Path, codec: str, *, n_frames: int, options: dict[str, str] | None = None, stamps_ms: Sequence[int] | None = None) -> Path:
        """A numbered film without sound by any encoder, in a container by its suffix, its frames stamped at will."""
        with av.open(str(path), "w") as out:
            stream = out.add_stream(codec, rate=RATE, options={"crf": "16"} if codec == "libx264" else {})
            stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
            stream.options = {**stream.options, **(options or {})}
            stream.codec_context.time_base = Fraction(1, 1000) if stamps_ms else 1 / RATE
            for n in range(n_frames):
                frame = av.VideoFrame.from_ndarray(picture_of(n), format="rgb24").reformat(format="yuv420p")
                frame.pts, frame.time_base = (stamps_ms[n], Fraction(1, 1000)) if stamps_ms else (n, 1 / RATE)
                out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
        return path

    @staticmethod
    def numbers_in(path: Path) -> list[int]:
        """The numbers of all frames of a film of the usual size."""
        return [number_of(frame.y()) for frame in read_frames(path, threads=1)]


def clicks(n_samples: int, sample_rate: int, channels: int) -> np.ndarray:
    """A quiet tone with a 4 ms click at every whole second, (n, channels) float32."""
    time = np.arange(n_samples) / sample_rate
    tone = 0.1 * np.sin(2 * np.pi * 440 * time)
    tone[time % 1 < 0.004] = 0.8
    return np.repeat(tone[:, None], channels, axis=1).astype(np.float32)


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> NumberedFilms:
    """Makes numbered films and reads them back."""
    return NumberedFilms(tmp_path_factory.mktemp("films"))
