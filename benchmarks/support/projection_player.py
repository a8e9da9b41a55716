"""A film goes in; what playing it with sound costs, in parts of what bare decoding to RGB costs, comes out.

Each way runs in a process of its own: `python benchmarks/support/projection_player.py played FILM SECONDS`. What counts is processor time,
user and system, of it and of the sound process, from the first picture on; playing is in real time, 60 looks a second, and every picture is
made ready to be drawn.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.support.harness import ROOT, WORK, Figure, at_most, told

REACH = 1.6
_LOOKS_HZ = 60
_SECONDS, _QUICK_SECONDS = 20, 6


def player_figures(*, quick: bool) -> list[Figure]:
    """What playing a 1080p30 film with sound costs, without drawing, and how well it keeps time."""
    from benchmarks.support.films import SIZE, make_film

    seconds = _QUICK_SECONDS if quick else _SECONDS
    film = WORK / f"player-{seconds}.mp4"
    if not film.exists():
        make_film(film, next((ROOT / "film").glob("*.mp4")), seconds=seconds + 1)  # so that decoding ahead never ends
    pairs = [(_run("bare", film, seconds), _run("played", film, seconds)) for _ in range(2 if quick else 5)]
    ratios = [played["cpu_s"] / played["frames"] / (bare["cpu_s"] / bare["frames"]) for bare, played in pairs]
    name = f"player {SIZE[1]}p30 with sound"
    return [
        at_most(f"{name}: processor time to bare decoding", statistics.median(ratios), REACH),
        told(f"{name}: a frame", statistics.median(1000 * played["cpu_s"] / played["frames"] for _, played in pairs), "ms"),
        at_most(f"{name}: picture to sound, 99 of 100", statistics.median(1000 * played["offset_s"] for _, played in pairs), 20.0, "ms"),
        told(f"{name}: pictures left out", max(played["skipped"] for _, played in pairs), ""),
    ]


def bare(film: str, seconds: float) -> dict[str, float]:
    """Decode by PyAV, each frame to an RGB array, and nothing else."""
    import av

    begun, n = _cpu_s(), 0
    with av.open(film) as container:
        for frame in container.decode(video=0):
            if frame.time is not None and frame.time >= seconds:
                break
            frame.to_ndarray(format="rgb24")
            n += 1
    return {"cpu_s": _cpu_s() - begun, "frames": n}


def played(film: str, seconds: float) -> dict[str, float]:
    """Play once, with a sound process."""
    from live.clock import SteadyClock, ticks
    from live.sound.client import open_sounds
    from projection.player.items import Item, Programme
    from projection.player.pixels import to_pixels
    from projection.player.player import Player

    clock, offsets, shown = SteadyClock(spin_s=0), [], None
    with (
        open_sounds(tell=_ignore, clock=clock) as sounds,
        Player(Programme([Item(Path(film))]), sounds.voice(), clock=clock, tell=print) as player,
    ):
        while player.status().at_s <= 0:
            player.picture(clock.now())
            clock.sleep_until(clock.now() + 0.01)
        begun, first = _cpu_s(), player.status()
        for tick in ticks(clock, 1 / _LOOKS_HZ):
            frame = player.picture(tick.due_s)
            if frame is not None and frame is not shown:
                shown = frame
                to_pixels(frame, stage_px=(1920, 1080))
                offsets.append(abs(player.status().offset_s))
            if player.status().at_s >= seconds:
                break
        last = player.status()
        n_due = (last.at_s - first.at_s) * float(1 / shown.duration) if shown is not None else 0.0
        return {
            "cpu_s": _cpu_s() - begun,
            "frames": n_due,
            "offset_s": sorted(offsets)[len(offsets) * 99 // 100],
            "skipped": last.n_skipped - first.n_skipped,
        }


def _cpu_s() -> float:
    """Processor time of this process and those that it has started, seconds."""
    told = os.times()
    total = told.user + told.system + told.children_user + told.children_system
    for child in multiprocessing.active_children():
        stat = Path(f"/proc/{child.pid}/stat")
        if stat.exists():  # elsewhere they are counted once they end
            fields = stat.read_text().rpartition(")")[2].split()
            total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


def _ignore(line: str) -> None:
    """Where there is no sound device, nobody need know here."""


def _run(way: str, film: Path, seconds: float) -> dict[str, float]:
    command = [sys.executable, __file__, way, str(film), str(seconds)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


WAYS: dict[str, Callable[[str, float], dict[str, float]]] = {"bare": bare, "played": played}

if __name__ == "__main__":
    print(json.dumps(WAYS[sys.argv[1]](sys.argv[2], float(sys.argv[3]))))
