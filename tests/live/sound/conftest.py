"""Small sounds and films, made for the tests, and a sound device of an imagined machine whose cable can be pulled."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from threading import Event, Thread
from typing import Any

import av
import numpy as np
import pytest

from live.clock import ManualClock
from live.sound.local import LocalSounds
from live.sound.programme import Item
from media.span import Span

RATE = 48_000


def make_sound(
    path: Path, samples: np.ndarray, *, layout: str = "stereo", codec: str = "pcm_s16le", options: dict[str, str] | None = None
) -> Path:
    """Write (n, channels) by libav alone; in 16 bits, so that whole steps of 1/32768 come back as they were."""
    with av.open(str(path), "w") as file:
        stream: Any = file.add_stream(codec, rate=RATE, options=options or {})
        stream.layout = layout
        if codec == "pcm_s16le":
            whole = np.round(samples * 32768).clip(-32768, 32767).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(whole.reshape(1, -1)), format="s16", layout=layout)
        else:
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples.T.astype(np.float32)), format="fltp", layout=layout)
        frame.sample_rate, frame.time_base, frame.pts = RATE, Fraction(1, RATE), 0
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path


def make_silent_film(path: Path, *, n_frames: int = 25) -> Path:
    """A film of a second that has no sound."""
    with av.open(str(path), "w") as file:
        stream: Any = file.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(n_frames):
            file.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((72, 64), np.uint8), format="yuv420p")))
        file.mux(stream.encode(None))
    return path


def noise(n: int, *, seed: int = 1, channels: int = 2) -> np.ndarray:
    """(n, channels) float32 in whole steps of 16 bits, different at every place."""
    return (np.random.default_rng(seed).integers(-9000, 9000, (n, channels)) / 32768).astype(np.float32)


def span(start: Any, end: Any) -> Span:
    """Seconds."""
    return Span(Fraction(start), Fraction(end))


@pytest.fixture(scope="session")
def noises(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, np.ndarray]]:
    """Four seconds each of "a" and "b": the file and its samples."""
    folder = tmp_path_factory.mktemp("noises")
    made = {name: noise(4 * RATE, seed=seed) for seed, name in enumerate("ab")}
    return {name: (make_sound(folder / f"{name}.wav", samples), samples) for name, samples in made.items()}


@pytest.fixture(scope="session")
def steady(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds at a half of full scale, without any movement: what is done to it is seen in each sample."""
    return make_sound(tmp_path_factory.mktemp("steady") / "steady.wav", np.full((3 * RATE, 2), 0.5))


@pytest.fixture
def sounds(clock: ManualClock, told: list[str]) -> Iterator[LocalSounds]:
    with LocalSounds(clock, tell=told.append) as sounds:
        yield sounds


@pytest.fixture(scope="session")
def item() -> Callable[..., Item]:
    """`item(path, 0, "1/3", gain_db=-6)`."""

    def made(path: Path | None, start: Any, end: Any, **options: float) -> Item:
        return Item(path, span(start, end), **options)

    return made


class Cable:
    """A sound device at the edge of the operating system: SDL's disk driver writes into a pipe, and this is its other end."""

    def __init__(self, folder: Path) -> None:
        self._socket, self._away = folder / "socket", folder / "away"
        self._socket.mkdir()
        self.path = self._socket / "out"
        self._taken: list[bytes] = []
        self._end: Any = None
        self.plug()

    def plug(self) -> None:
        """The device is there."""
        if self._away.exists():
            self._away.rename(self._socket)
        os.mkfifo(self.path)
        self._descriptor = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK)
        self._end = Event()
        self._listener = Thread(target=self._listen, args=(self._descriptor, self._end), daemon=True)
        self._listener.start()

    def clog(self) -> None:
        """It takes no more."""
        self._end.set()

    def unplug(self) -> None:
        """It is gone."""
        os.unlink(self.path)
        self._socket.rename(self._away)
        self.close()

    def close(self) -> None:
        """Nobody listens any more."""
        self._end.set()
        self._listener.join()
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1

    def heard(self) -> np.ndarray:
        """All that has come out of it, (n, 2) float32."""
        whole = b"".join(self._taken)
        return np.frombuffer(whole[: len(whole) // 8 * 8], np.float32).reshape(-1, 2)

    def _listen(self, descriptor: int, end: Event) -> None:
        while not end.wait(0.005):
            with suppress(OSError):
                self._taken.append(os.read(descriptor, 1 << 20))


@pytest.fixture
def cable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cable]:
    """A device that the programs begun by this test will find."""
    made = Cable(tmp_path)
    monkeypatch.setenv("SDL_AUDIODRIVER", "disk")
    monkeypatch.setenv("SDL_DISKAUDIOFILE", str(made.path))
    yield made
    made.close()


@pytest.fixture(scope="session")
def write_sound() -> Callable[..., Path]:
    """`make_sound`."""
    return make_sound


@pytest.fixture(scope="session")
def write_silent_film() -> Callable[..., Path]:
    """`make_silent_film`."""
    return make_silent_film
