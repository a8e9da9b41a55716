"""One way of looking at every frame of a film, by its name; the seconds that it took as JSON out.

Run in a process of its own each, so that none warms another: `python benchmarks/support/looking.py bare FILM`.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))


def bare(path: str) -> int:
    """Decode by PyAV and nothing else: the limit."""
    import av

    with av.open(path) as film:
        film.streams.video[0].thread_type = "AUTO"
        return sum(1 for _ in film.decode(video=0))


def plain_cv2(path: str) -> int:
    """What a first script does: read, convert to HSV, take the mean as arrays do."""
    import cv2

    return _cv2_loop(path, lambda picture: cv2.cvtColor(picture, cv2.COLOR_BGR2HSV).mean(axis=(0, 1)))


def tuned_cv2(path: str) -> int:
    """The same by someone who knows that OpenCV has a mean of its own."""
    import cv2

    return _cv2_loop(path, lambda picture: cv2.mean(cv2.cvtColor(picture, cv2.COLOR_BGR2HSV)))


def _cv2_loop(path: str, measure: Callable[[Any], Any]) -> int:
    import cv2

    film, means = cv2.VideoCapture(path), []
    while True:
        there, picture = film.read()
        if not there:
            return len(means)
        means.append(measure(picture))


def analysis(path: str) -> int:
    """Every feature of the ensemble, as video2midi looks."""
    from video2midi.analysis import analyse
    from video2midi.mapping import load_plan

    return analyse(path, regions=load_plan("ensemble").regions, use_cache=False).n_frames


def cached(path: str) -> int:
    """The same, kept in the cache."""
    from video2midi.analysis import analyse
    from video2midi.mapping import load_plan

    return analyse(path, regions=load_plan("ensemble").regions).n_frames


def remap(path: str) -> int:
    """From the cache to a checked MIDI file."""
    from video2midi.analysis import analyse
    from video2midi.mapping import load_plan
    from video2midi.midifile import write
    from video2midi.scoring import score

    plan = load_plan("ensemble")
    analysis = analyse(path, regions=plan.regions)
    write(score(analysis, plan), Path(path).with_suffix(".mid"))
    return analysis.n_frames


WAYS: dict[str, Callable[[str], int]] = {"bare": bare, "cv2": plain_cv2, "cv2-tuned": tuned_cv2, "analysis": analysis, "cached": cached, "remap": remap}


def main(way: str, path: str) -> None:
    """Look, and tell how long it took; imports are not counted, as all ways but one have next to none."""
    import av  # noqa: F401
    import cv2  # noqa: F401

    import video2midi.analysis
    import video2midi.midifile
    import video2midi.scoring  # noqa: F401

    start = time.perf_counter()
    n = WAYS[way](path)
    took = time.perf_counter() - start
    print(json.dumps({"frames": n, "seconds": took}))


if __name__ == "__main__":
    main(*sys.argv[1:])
