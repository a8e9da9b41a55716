"""What the tests of dreamed films share: small films that are shot for them, and ways to dream them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import mido
import numpy as np
import pytest
import torch

from dream.films.run import Dreamed, dream_film
from dream.films.settings import FilmJob
from dream.settings import ClimbSettings, WishSettings
from media.frames import read_frames
from media.write import FilmWriter


class Studio:
    """Shoots small films, and looks at films."""

    width, height = 96, 64
    climb = ClimbSettings(octaves=3, steps=3, jitter=4)

    def texture(self, seed: int, *, scale: int = 1) -> np.ndarray:
        """Soft blots of 16 pixels, (H, W, 3) uint8, twice as wide and high as a film."""
        width, height = 2 * self.width * scale, 2 * self.height * scale
        small = np.random.default_rng(seed).integers(0, 256, (height // 16, width // 16, 3), dtype=np.uint8)
        return cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)

    def passing(self, n: int, *, seed: int = 1, scale: int = 1) -> list[np.ndarray]:
        """A camera that moves over a texture, two pixels across and one down a frame; `scale` times as wide and high as a film."""
        ground = self.texture(seed, scale=scale)
        return [np.ascontiguousarray(ground[k : k + self.height * scale, 2 * k : 2 * k + self.width * scale]) for k in range(n)]

    def uneven(self, n: int) -> list[Fraction]:
        """Times of frames that come at no steady rate."""
        return [Fraction(24 * k + 7 * (k % 3), 600) for k in range(n)]

    def shoot(self, path: Path, pictures: Sequence[np.ndarray], times: Sequence[Fraction] | None = None, *, sound: bool = True) -> Path:
        """Write a film; the sound is a tone that rises."""
        times = times or [Fraction(k, 25) for k in range(len(pictures))]
        end = times[-1] + Fraction(1, 25)
        with FilmWriter(path, size=(self.width, self.height), rate=Fraction(25), time_base=Fraction(1, 600), sound=sound) as film:
            if sound:
                at = np.arange(int(end * 48_000)) / 48_000
                film.write_sound(np.repeat(0.3 * np.sin(900 * at * (1 + at))[:, None], 2, axis=1).astype(np.float32))
            for picture, when in zip(pictures, times, strict=True):
                film.write_frame(picture, when)
        return path

    def keep(self, folder: Path, pictures: Sequence[np.ndarray]) -> Path:
        """Write pictures into a new folder."""
        folder.mkdir()
        for n, picture in enumerate(pictures):
            cv2.imwrite(str(folder / f"{n:03d}.png"), picture[..., ::-1])
        return folder

    def pictures(self, path: Path) -> list[np.ndarray]:
        """The pictures of a film, or those in a folder."""
        if path.is_dir():
            return [np.asarray(cv2.imread(str(one)))[..., ::-1] for one in sorted(path.glob("*.png"))]
        return [frame.rgb() for frame in read_frames(path)]

    def times(self, path: Path) -> list[Fraction]:
        """When the frames of a film are shown."""
        return [frame.time for frame in read_frames(path)]

    def are_same(self, one: Path, other: Path) -> bool:
        """Whether two films, or two folders of pictures, have the same pictures to the bit."""
        return all(np.array_equal(a, b) for a, b in zip(self.pictures(one), self.pictures(other), strict=True))

    def score(self, path: Path, *, tempo_us: int = 500_000) -> Path:
        """Beats 0 to 1 note 60, 1 to 2 note 62 on another track; the tempo doubles on beat 1; controller 1 falls to 0 on beat 2."""
        file = mido.MidiFile(ticks_per_beat=480)
        conductor, first, second = mido.MidiTrack(), mido.MidiTrack(), mido.MidiTrack()
        conductor += [mido.MetaMessage("set_tempo", tempo=tempo_us), mido.MetaMessage("set_tempo", tempo=tempo_us // 2, time=480)]
        first += [mido.Message("note_on", note=60, velocity=127), mido.Message("note_off", note=60, time=480)]
        second += [mido.Message("note_on", note=62, velocity=100, channel=1, time=480)]
        second += [mido.Message("note_on", note=62, velocity=0, channel=1, time=480), mido.Message("control_change", control=1, value=0, channel=1)]
        file.tracks += [conductor, first, second]
        file.save(path)
        return path


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Small pictures are dreamed faster so, and always alike."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def studio() -> Studio:
    return Studio()


@pytest.fixture
def short(studio: Studio, tmp_path: Path) -> Path:
    """Two shots of six frames each, at uneven times, with sound."""
    pictures = [*studio.passing(6), *(255 - picture for picture in studio.passing(6, seed=2))]
    return studio.shoot(tmp_path / "film.mp4", pictures, studio.uneven(12))


@pytest.fixture
def run(studio: Studio, weights: Path) -> Callable[..., Dreamed]:
    """Dream a film with the tiny network: `run(source, output, wish={...}, n_workers=1, on_progress=..., **groups of settings)`."""

    def dream(source: Path, output: Path, *, wish: dict[str, Any] | None = None, n_workers: int = 1, on_progress: Any = None, **groups: Any) -> Dreamed:
        job = FilmJob(wish=WishSettings(weights=weights, **(wish or {})), **{"climb": studio.climb, **groups})
        return dream_film(source, output, job, device="cpu", n_workers=n_workers, **({"on_progress": on_progress} if on_progress else {}))

    return dream


@pytest.fixture(scope="session")
def quick() -> list[str]:
    """Flags for a dream that is soon over."""
    return ["--octaves", "2", "--steps", "2", "--jitter", "4", "-d", "cpu"]


@pytest.fixture
def video(dream: Callable[..., tuple[int, str, str]], quick: list[str]) -> Callable[..., tuple[int, str, str]]:
    """`dream video` with the tiny network: status, what it printed, and its errors."""
    return lambda *words: dream("video", *map(str, words), *quick)
