"""Analysis beside a bare decode and a plain cv2 loop, mapping again from the cache, memory, and the way from camera to port.

    python benchmarks/video2midi.py [--quick] [--json FILE]
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import cv2
import numpy as np

from benchmarks.support.films import make_film, repeat_film
from benchmarks.support.harness import ROOT, WORK, Figure, at_least, at_most, main, timed
from live.clock import SteadyClock
from media.frames import read_frames
from media.span import Span
from media.write import FilmWriter
from video2midi.live import Edges, LiveOptions, play_live
from video2midi.mapping import load_plan
from video2midi.settings import ScoreSettings

FILM = ROOT / "film" / "afterlight.mp4"
SMALL = (160, 90)
CRF = 17
"""Of the 1080p film: about what a camera writes, some ten megabits a second."""
_TEN_SECONDS = Span(Fraction(16), Fraction(26))


@dataclass(frozen=True)
class Scale:
    """Seconds of the 1080p film, minutes of the long small one, rounds, seconds of live playing."""

    seconds: int
    minutes: int
    n_rounds: int
    live_s: int


FULL = Scale(60, 120, 3, 20)
QUICK = Scale(10, 10, 2, 4)


def measure(scale: Scale) -> list[Figure]:
    """All figures."""
    film = WORK / f"look-{CRF}-{scale.seconds}.mp4"
    if not film.exists():
        print(f"making {scale.seconds} s of 1080p30", flush=True)
        make_film(film, FILM, seconds=scale.seconds, crf=CRF)
    return [*measure_speed(film, scale), *measure_length(scale), measure_live(scale)]


def measure_speed(film: Path, scale: Scale) -> list[Figure]:
    """Analysis against its limit and its peer, in turns."""
    took: dict[str, list[float]] = {"bare": [], "analysis": [], "cv2": [], "cv2-tuned": []}
    for n in range(scale.n_rounds):
        for way in took if n % 2 == 0 else reversed(list(took)):
            told = look(way, film)
            took[way].append(told["seconds"] / told["frames"] * 1000)
    middle = {way: statistics.median(ms) for way, ms in took.items()}
    print({way: f"{ms:.2f} ms a frame" for way, ms in middle.items()}, flush=True)
    return [
        at_most("analysis: time to a bare decode's", middle["analysis"] / middle["bare"], 1.15),
        at_least("analysis: frames a second to a plain cv2 loop's", middle["cv2"] / middle["analysis"], 4, "x"),
        at_least("the same to a tuned cv2 loop's (cv2.mean)", middle["cv2-tuned"] / middle["analysis"], 1, "x"),
    ]


def look(way: str, film: Path) -> dict[str, float]:
    """Look at a film in a process of its own."""
    done = subprocess.run(_looking(way, film), env=_surroundings(), capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def peak_of(way: str, film: Path) -> int:
    """The most memory that looking at a film takes, bytes."""
    return timed(_looking(way, film), env=_surroundings()).peak_bytes


def _looking(way: str, film: Path) -> list[str]:
    return [sys.executable, str(ROOT / "benchmarks" / "support" / "looking.py"), way, str(film)]


def _surroundings() -> dict[str, str]:
    """A cache of its own, and one thread for the arithmetic libraries unless told."""
    return {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", **os.environ, "XDG_CACHE_HOME": str(WORK / "cache")}


def measure_length(scale: Scale) -> list[Figure]:
    """A long film: memory while it is analysed, and the time to map it again."""
    short, long = WORK / "small-60.mp4", WORK / f"small-{scale.minutes * 60}.mp4"
    if not short.exists():
        _make_small(short)
    if not long.exists():
        repeat_film(short, long, times=scale.minutes)
    shutil.rmtree(WORK / "cache", ignore_errors=True)
    first, whole = peak_of("analysis", short), peak_of("cached", long)
    again = [look("remap", long)["seconds"] for _ in range(scale.n_rounds)]
    print(f"{scale.minutes} min mapped again in {', '.join(f'{s:.2f}' for s in again)} s", flush=True)
    return [
        at_most(f"memory: features of {scale.minutes} min", (whole - first) / 1e6, 200, "MB"),
        at_most(f"{scale.minutes} min mapped again from the cache", statistics.median(again), 1, "s"),
    ]


def _make_small(path: Path) -> None:
    pictures = [cv2.resize(frame.rgb(), SMALL, interpolation=cv2.INTER_AREA) for frame in read_frames(FILM)]
    with FilmWriter(path, size=SMALL, rate=Fraction(30)) as film:
        for n in range(60 * 30):
            film.write_frame(pictures[n % len(pictures)])


class SyntheticCamera:
    """Thirty pictures a second of the shipped film, 1280x720."""

    def __init__(self) -> None:
        self._pictures = [
            cv2.resize(frame.rgb()[..., ::-1], (1280, 720), interpolation=cv2.INTER_LINEAR) for frame in read_frames(FILM, _TEN_SECONDS)
        ]
        self._next_s = time.perf_counter()
        self._n = 0

    def read(self) -> tuple[bool, np.ndarray]:
        """The next picture, when it is due."""
        self._next_s += 1 / 30
        time.sleep(max(0.0, self._next_s - time.perf_counter()))
        self._n += 1
        return True, self._pictures[self._n % len(self._pictures)].copy()

    def release(self) -> None:
        """Nothing to let go of."""


def measure_live(scale: Scale) -> Figure:
    """From the arrival of a camera's picture to the last message that follows from it."""
    backend: Any = ModuleType("recorder")
    sent: list[Any] = []

    class Output:
        def __init__(self, name: str, **_: object) -> None:
            self.name = name

        def send(self, message: Any) -> None:
            sent.append(message)

        def close(self) -> None:
            pass

    backend.Output = Output
    backend.get_devices = lambda **_: [{"name": "recorder", "is_input": False, "is_output": True}]
    played = play_live(
        "camera:0", load_plan("ensemble"), ScoreSettings(), LiveOptions(port="recorder", shows_window=False, for_s=Fraction(scale.live_s)),
        say=print, edges=Edges(SteadyClock(), backend=backend, open_device=lambda *_: SyntheticCamera()),
    )  # fmt: skip
    print(f"live: {played.told()}; {len(sent)} messages", flush=True)
    return at_most("live: picture to message, median, to a frame's interval", played.latency_ms / played.interval_ms, 1)


if __name__ == "__main__":
    sys.exit(main(lambda quick: measure(QUICK if quick else FULL), about=__doc__))
