"""The whole program with its processes, as it is typed, and every picture that its window shows."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import Any

import numpy as np
import pytest

from live.clock import SteadyClock
from projection.following import Follower

LIMIT_S = 60.0
STALLED_S = 2.0
"""Promised are 0.25 s, and on a machine with nothing else to do it takes 0.03 to 0.07 s; a busy one must not fail a test."""
SIZE = (160, 90)
CELLS = 4
"""Stages are looked at in so many columns and rows."""
PROGRAM = """
import sys
from projection import opening
from projection.cli import main

class Shared(opening.Stage):
    def __enter__(self):
        stage = super().__enter__()
        self.share("main", 60)
        return stage

opening.Stage = Shared  # it shows as ever, and lets this test look
sys.exit(main())
"""
Cell = tuple[int, int]


@dataclass(frozen=True)
class Seen:
    """A picture, as an output showed it.

    Args:
        time_s: when.
        marks: of each cell; the same mark is the same content.
        levels: how bright each is, 0..255.
    """

    time_s: float
    marks: dict[Cell, int]
    levels: dict[Cell, float]


class Playing:
    """`projection play`, as it is typed, and all that its output shows."""

    def __init__(self, folder: Path, *words: str, **environment: str) -> None:
        settings = {"SDL_VIDEODRIVER": "dummy", "SDL_AUDIODRIVER": "dummy", "OMP_NUM_THREADS": "1"} | environment
        self._err = folder / "stderr.txt"
        command = [sys.executable, "-c", PROGRAM, "play", *words, "--window", "{}x{}".format(*SIZE), "--json"]
        with self._err.open("w") as err:
            self._process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=err, text=True, env=os.environ | settings, start_new_session=True,
                cwd=Path(__file__).parents[2],
            )  # fmt: skip
        self.pid = self._process.pid
        self.seen: list[Seen] = []
        self._ended = Event()
        self._watching = Thread(target=self._watch, daemon=True)
        self._watching.start()

    @property
    def lines(self) -> list[str]:
        """What it said."""
        return self._err.read_text().splitlines()

    def until(self, is_so: Callable[[], object]) -> None:
        """Wait for something; the limit is only for what never comes."""
        end_s = time.monotonic() + LIMIT_S
        while not is_so():
            assert time.monotonic() < end_s, f"it never came to be; it said {self.lines}"
            assert self._process.poll() is None, f"it has ended, and said {self.lines}"
            time.sleep(0.005)

    def until_told(self, *words: str) -> str:
        """Wait for a line with all these words, which is said but once."""

        def found() -> list[str]:
            return [line for line in self.lines if all(word in line for word in words)]

        self.until(found)
        assert len(found()) == 1
        return found()[0]

    def until_moving(self, *cells: Cell) -> None:
        """Wait until something moves there."""
        for cell in cells:
            self.until(partial(self._moves, cell, len(self.seen)))

    def goes_on(self, cell: Cell, *, since_s: float, for_s: float = 0.6) -> None:
        """That pictures went on being new there, from an instant until so long after now."""
        until_s = time.perf_counter() + for_s
        self.until(lambda: self.seen[-1].time_s > until_s or time.perf_counter() > until_s + STALLED_S)
        gap_s = self.longest_s(cell, since_s=since_s, until_s=until_s)
        print(f"the longest that a picture stood: {1000 * gap_s:.0f} ms")
        assert gap_s < STALLED_S

    def longest_s(self, cell: Cell, *, since_s: float, until_s: float | None = None) -> float:
        """The longest that a picture stood there, from the last one before an instant to another one, or to the latest, seconds."""
        new_s = [later.time_s for before, later in zip(self.seen, self.seen[1:], strict=False) if later.marks[cell] != before.marks[cell]]
        begin_s = max((at_s for at_s in new_s if at_s <= since_s), default=since_s)
        times_s = [begin_s, *(at_s for at_s in new_s if at_s > since_s)]
        return float(max(np.diff([*times_s, *([] if until_s is None else [until_s])])))

    def process_with(self, mark: str) -> int:
        """The process of the show that has a file of this name open, or in its memory."""
        found: list[int] = []

        def look() -> bool:
            found[:] = [pid for pid in children(self.pid) if mark in files_of(pid)]
            return len(found) == 1

        self.until(look)
        return found[0]

    def end(self) -> dict[str, Any]:
        """Ctrl+C, which is typed at all its processes; nothing is left, and it tells how it went."""
        os.killpg(self.pid, signal.SIGINT)
        out, _ = self._process.communicate(timeout=LIMIT_S)
        assert self._process.returncode == 0
        assert [line for line in self.lines if not line.startswith("projection: ")] == []
        self.until_nothing_is_left()
        self.close()
        report: dict[str, Any] = json.loads(out)
        assert report["ended"] == "SIGINT"
        return report

    @property
    def left(self) -> list[int | Path]:
        """Its processes, and where they share memory."""
        return [*alive(self.pid), *shared_by(self.pid)]

    def until_nothing_is_left(self) -> None:
        """Wait until there is no process of it, and no shared memory."""
        end_s = time.monotonic() + LIMIT_S
        while self.left:
            assert time.monotonic() < end_s, f"left: {self.left}"
            time.sleep(0.01)

    def close(self) -> None:
        """Look no more, and kill what has not ended."""
        self._ended.set()
        self._watching.join()
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.communicate()

    def _moves(self, cell: Cell, begin: int) -> bool:
        return len({seen.marks[cell] for seen in self.seen[begin:]}) > 2

    def _watch(self) -> None:
        follower, number = None, (0, 0)
        while not self._ended.wait(0.002):
            folder = next((folder for folder in shared_by(self.pid) if (folder / "shown-0").exists()), None) if follower is None else None
            if follower is None and folder is not None:
                follower = Follower(folder / "shown-0", SteadyClock())
            newest = follower.newest() if follower is not None else None
            if newest is not None and follower is not None and follower.number != number:
                picture, number = newest.picture.copy(), follower.number
                if newest.is_whole:
                    self.seen.append(look_at(picture, newest.time_s))


def look_at(picture: np.ndarray, time_s: float) -> Seen:
    """What is in each cell of a picture, but for its rims, where it meets others."""
    height, width = picture.shape[0] // CELLS, picture.shape[1] // CELLS
    cells = {
        (column, row): picture[row * height + 3 : (row + 1) * height - 3, column * width + 3 : (column + 1) * width - 3, :3]
        for column in range(CELLS)
        for row in range(CELLS)
    }
    return Seen(time_s, {at: zlib.crc32(cell.tobytes()) for at, cell in cells.items()}, {at: float(cell.mean()) for at, cell in cells.items()})


def shared_by(pid: int) -> list[Path]:
    """Folders in which a program shares pictures."""
    return [folder for base in (Path("/dev/shm"), Path(tempfile.gettempdir())) for folder in base.glob(f"media-performance-{pid}-*")]


def children(pid: int) -> list[int]:
    """Processes that a process has begun."""
    return [int(word) for task in Path(f"/proc/{pid}/task").iterdir() for word in (task / "children").read_text().split()]


def files_of(pid: int) -> str:
    """Names of files that a process has in memory, or open."""
    with suppress(OSError):
        links = [os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir()]
        return "\n".join([Path(f"/proc/{pid}/maps").read_text(), *links])
    return ""


def alive(group: int) -> list[int]:
    """Processes of a group that have not ended."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            words = stat.read_text().rpartition(")")[2].split()
            if int(words[2]) == group and words[0] != "Z":
                found.append(int(stat.parent.name))
    return found


@pytest.fixture(scope="session")
def begin_show() -> type[Playing]:
    """`begin_show(folder, file, "--record", ..., SDL_AUDIODRIVER="dummy")`; to be closed."""
    return Playing


@pytest.fixture
def play(tmp_path: Path) -> Iterator[Callable[..., Playing]]:
    """The same, in the folder of the test, and closed at its end."""
    begun: list[Playing] = []

    def begin(*words: object, **environment: str) -> Playing:
        begun.append(Playing(tmp_path, *map(str, words), **environment))
        return begun[-1]

    yield begin
    for playing in begun:
        playing.close()
