"""A film goes on where it was ended, however that was, and is made again by its recipe: the same to the bit, whoever works on it."""

from __future__ import annotations

import errno
import os
import pickle
import queue
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from dream.again import dream_again
from dream.films import work as works
from dream.films.crew import _sendable, _work
from dream.films.run import Dreamed, Ended
from dream.films.work import Work, folder_beside, open_work
from dream.pictures import read_recipe
from dream.settings import ClimbSettings
from dream.tiles import TILE_PX, boxes
from media.errors import UserError
from media.progress import Progress

Run = Callable[..., Dreamed]
Command = Callable[..., tuple[int, str, str]]
LONGEST_S = 60

SLOW = """
import os, sys, time
from dream.films.work import Work

keep = Work.write
Work.write = lambda *what: (keep(*what), time.sleep(float(os.environ["SLOW_S"])))[0]  # slow enough to be met, in every process
if __name__ == "__main__":
    import torch
    from dream.cli import main
    torch.set_num_threads(1)
    sys.exit(main(sys.argv[1:]))
"""
IN_TERMINAL = "import os, sys; os.login_tty(int(sys.argv[1])); os.execv(sys.executable, [sys.executable, *sys.argv[2:]])"
unix_only = pytest.mark.skipif(sys.platform == "win32", reason="no such terminals and signals here")


# Ended and gone on with


def ended_after(n_frames: int) -> Callable[[Progress], None]:
    """Ctrl-C when so many frames have been dreamed."""

    def look(progress: Progress) -> None:
        if progress.what == "dreaming" and progress.done == n_frames:
            raise KeyboardInterrupt

    return look


@pytest.mark.parametrize("n_frames", [1, 4, 8])
def test_what_was_ended_goes_on_to_the_same_end(run: Run, short: Path, tmp_path: Path, n_frames: int) -> None:
    whole, halved = tmp_path / "whole.mp4", tmp_path / "halved.mp4"
    run(short, whole)
    with pytest.raises(Ended) as ended:
        run(short, halved, on_progress=ended_after(n_frames))
    assert (ended.value.n_done, ended.value.n_frames) == (n_frames, 12)
    assert not halved.exists()
    assert run(short, halved).n_kept == n_frames
    assert whole.read_bytes() == halved.read_bytes()
    assert not folder_beside(halved).exists()


def test_tiles_lie_alike_whoever_dreamed_the_frames_before(run: Run, short: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, halved, tile_px = tmp_path / "whole.mp4", tmp_path / "halved.mp4", TILE_PX // 8
    monkeypatch.setattr("dream.tiles.AT_ONCE_PX", 1000)
    monkeypatch.setattr("dream.octaves.TILE_PX", tile_px)
    seen: list[tuple[int, int]] = []
    monkeypatch.setattr("dream.tiles.boxes", lambda size_px, side, shift: (seen.append(shift), boxes(size_px, side, shift))[1])
    run(short, whole)
    shifts = seen.copy()
    assert len(set(shifts)) > 1  # they move from frame to frame, or their edges would stay where they are
    with pytest.raises(Ended):
        run(short, halved, on_progress=ended_after(4))
    seen.clear()
    run(short, halved)
    assert seen and shifts[-len(seen) :] == seen
    assert whole.read_bytes() == halved.read_bytes()


BREAKS: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda kept: b"", "nought": lambda kept: bytes(len(kept)), "cut": lambda kept: kept[:-4],
    "holed": lambda kept: kept[:2000] + bytes(512) + kept[2512:],
}  # fmt: skip


@pytest.mark.parametrize("how", BREAKS)
def test_frames_that_broke_when_the_machine_went_down_are_dreamed_again(run: Run, short: Path, tmp_path: Path, how: str) -> None:
    whole, broken = tmp_path / "whole.mp4", tmp_path / "broken.mp4"
    run(short, whole)
    with pytest.raises(Ended):
        run(short, broken, on_progress=ended_after(12))
    for number in (2, 3, 11):  # amid a shot, and at its end
        path = folder_beside(broken) / f"{number:07d}.png"
        path.write_bytes(BREAKS[how](path.read_bytes()))
    seen: list[Progress] = []
    assert run(short, broken, on_progress=seen.append).n_kept == 9
    assert whole.read_bytes() == broken.read_bytes()
    assert [progress.done for progress in seen if progress.what == "dreaming"] == [9, 10, 11, 12]


def test_other_settings_do_not_throw_away_what_is_kept(run: Run, short: Path, tmp_path: Path) -> None:
    """A flag that was mistyped would cost a night of dreaming."""
    out = tmp_path / "out.mp4"
    with pytest.raises(Ended):
        run(short, out, on_progress=ended_after(4))
    with pytest.raises(UserError, match=r"4 frames dreamed by other settings or another version are kept in .*out\.mp4\.dreaming"):
        run(short, out, wish={"motif": ("gears",)})
    assert n_kept(out) == 4
    assert run(short, out).n_kept == 4


def test_other_settings_begin_anew_where_no_frame_is_kept(run: Run, short: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    folder_beside(out).mkdir()
    (folder_beside(out) / "job.json").write_text("{}")
    (folder_beside(out) / "outline.json").write_text("{}")
    assert run(short, out).n_frames == 12


def test_a_full_disk_is_told_of_the_film_and_how_to_go_on(run: Run, short: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out, write = tmp_path / "out.mp4", Work.write

    def fill(work: Work, number: int, rgb: np.ndarray) -> None:
        if number == 5:
            monkeypatch.setattr(Path, "write_bytes", refuse)
        write(work, number, rgb)

    def refuse(path: Path, _bytes: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    with monkeypatch.context(), pytest.raises(UserError) as full:
        monkeypatch.setattr(Work, "write", fill)
        run(short, out)
    assert str(full.value).startswith(f"{out}: the disk is full. Make room")
    assert str(full.value).endswith("5 of 12 frames are kept: the same command goes on from there.")
    assert n_kept(out) == 5


def test_a_run_does_not_hold_a_lock_that_another_has_taken_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that comes to its end between our opening the lock and our taking it."""
    out, hold, n_held = tmp_path / "out.mp4", works._hold, 0

    def ended_meanwhile(lock: Any, output: Path) -> None:
        nonlocal n_held
        n_held += 1
        if n_held == 1:
            (folder_beside(out) / "lock").unlink()
            folder_beside(out).rmdir()
        hold(lock, output)

    monkeypatch.setattr(works, "_hold", ended_meanwhile)
    with open_work(out, {}), pytest.raises(UserError, match="another run"), open_work(out, {}):
        pass
    assert n_held == 3


def test_faults_of_other_files_are_not_blamed_on_the_folder(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), open_work(tmp_path / "out.mp4", {}):
        (tmp_path / "missing.png").read_bytes()


def test_two_runs_do_not_dream_the_same_film(run: Run, short: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"

    def start_another(_progress: Progress) -> None:
        with pytest.raises(UserError, match="another run"):
            run(short, out)

    run(short, out, on_progress=start_another)


def test_what_somebody_else_keeps_in_the_folder_is_left_alone(run: Run, short: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    folder_beside(out).mkdir()
    mine = {"mine.txt", "sketch.png", "notes.json"}
    for name in mine:
        (folder_beside(out) / name).write_text("mine")
    run(short, out)
    assert {path.name for path in folder_beside(out).iterdir()} == mine


# Ended from outside


@pytest.fixture
def slow(tmp_path: Path, root: Path, weights: Path, quick: list[str], short: Path) -> Callable[..., tuple[list[str], dict[str, str]]]:
    """The words and the environment of a process that dreams the short film slowly."""

    def words(output: Path, *, n_workers: int, slow_s: float) -> tuple[list[str], dict[str, str]]:
        script = tmp_path / "slow.py"
        script.write_text(SLOW)
        typed = ["video", short, "-o", output, "-w", n_workers, "--weights", weights, *quick]
        return [str(script), *map(str, typed)], {**os.environ, "PYTHONPATH": str(root), "SLOW_S": str(slow_s)}

    return words


def n_kept(output: Path) -> int:
    return len(list(folder_beside(output).glob("*.png")))


def type_ctrl_c(words: Sequence[str], env: dict[str, str], *, when: Callable[[], bool], n_times: int = 1) -> tuple[int, str]:
    """Run Python in a terminal of its own and type Ctrl-C there, a quarter of a second apart.

    Returns:
        Its exit status, and what is to be read when all have left.
    """
    here, there = os.openpty()
    process = subprocess.Popen([sys.executable, "-c", IN_TERMINAL, str(there), *words], env=env, pass_fds=[there])
    os.close(there)
    seen, n_typed, deadline = b"", 0, time.monotonic() + LONGEST_S
    due = 0.0
    while time.monotonic() < deadline:
        if n_typed < n_times and time.monotonic() >= due and when():
            os.write(here, b"\x03")
            n_typed, due = n_typed + 1, time.monotonic() + 0.25
        if select.select([here], [], [], 0.02)[0]:
            try:
                block = os.read(here, 1 << 16)
            except OSError:  # how Linux says that nobody is there any more
                break
            if not block:
                break
            seen += block
    os.close(here)
    return process.wait(LONGEST_S), re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen.decode())


def lines_beside_bars(seen: str) -> list[str]:
    lines = [line.strip().removeprefix("^C") for line in seen.splitlines()]
    return [line for line in lines if line and not re.search(r"(looking for cuts|dreaming) .*%", line)]


@unix_only
@pytest.mark.parametrize("n_workers", [1, 2])
def test_ctrl_c_at_a_terminal_says_how_to_go_on(slow: Any, video: Command, short: Path, tmp_path: Path, n_workers: int) -> None:
    whole, ended = tmp_path / "whole.mp4", tmp_path / "ended.mp4"
    words, env = slow(ended, n_workers=n_workers, slow_s=0.1)
    status, seen = type_ctrl_c(words, env, when=lambda: n_kept(ended) >= 3)
    assert status == 130 and not ended.exists() and 3 <= n_kept(ended) < 12
    kept = f"{n_kept(ended)} of 12 frames are kept in {folder_beside(ended)}"
    assert lines_beside_bars(seen) == [f"dream: {ended}: stopped; {kept}. The same command goes on from there."]
    status, told, _ = video(short, "-o", ended, "-w", n_workers)
    assert status == 0 and "from before" in told
    assert video(short, "-o", whole)[0] == 0
    assert whole.read_bytes() == ended.read_bytes()


@unix_only
@pytest.mark.parametrize("n_workers", [1, 2])
def test_more_of_ctrl_c_do_no_harm(slow: Any, tmp_path: Path, n_workers: int) -> None:
    ended = tmp_path / "ended.mp4"
    status, seen = type_ctrl_c(*slow(ended, n_workers=n_workers, slow_s=0.1), when=lambda: n_kept(ended) >= 3, n_times=4)
    assert status == 130 and "Traceback" not in seen and "stopped" in seen, seen
    assert folder_beside(ended).exists()


@unix_only
def test_ctrl_c_while_workers_are_being_started_is_heard_by_the_first_process_alone(slow: Any, tmp_path: Path) -> None:
    ended = tmp_path / "ended.mp4"
    status, seen = type_ctrl_c(*slow(ended, n_workers=2, slow_s=LONGEST_S), when=(folder_beside(ended) / "outline.json").exists)
    assert status == 130 and lines_beside_bars(seen) == ["dream: stopped; nothing was left half-written."]
    assert not ended.exists() and not folder_beside(ended).exists()


@unix_only
@pytest.mark.parametrize("n_workers", [1, 2])
def test_after_kill_9_nobody_works_on_and_it_goes_on_to_the_same_end(
    slow: Any, video: Command, short: Path, tmp_path: Path, n_workers: int
) -> None:
    whole, killed = tmp_path / "whole.mp4", tmp_path / "killed.mp4"
    words, env = slow(killed, n_workers=n_workers, slow_s=3 * LONGEST_S)
    with subprocess.Popen([sys.executable, *words], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        deadline = time.monotonic() + LONGEST_S
        while n_kept(killed) < n_workers and time.monotonic() < deadline:
            time.sleep(0.02)
        process.kill()
        process.communicate(timeout=LONGEST_S)  # what it prints has an end only when no worker is left that could print
    assert not killed.exists() and n_kept(killed) == n_workers
    status, told, _ = video(short, "-o", killed)
    assert status == 0 and f"{n_workers} of them from before" in told
    assert video(short, "-o", whole)[0] == 0
    assert whole.read_bytes() == killed.read_bytes()


def test_a_worker_sends_whatever_it_meets_with() -> None:
    class OddError(Exception):
        """One that another process cannot know."""

    told: queue.SimpleQueue[Any] = queue.SimpleQueue()
    before = signal.getsignal(signal.SIGINT)
    try:
        _work(None, None, told, torch.get_num_threads())  # type: ignore[arg-type]
    finally:
        signal.signal(signal.SIGINT, before)
    error = pickle.loads(pickle.dumps(told.get_nowait()))
    assert isinstance(error, AttributeError) and "crew.py" in error.__notes__[0]  # the lines that led to it
    assert isinstance(_sendable(OddError("odd")), RuntimeError) and "odd" in str(_sendable(OddError("odd")))
    assert isinstance(_sendable(UserError("here", "wrong")), UserError)


# Made by others, and made again


def test_several_workers_dream_the_same(studio: Any, run: Run, tmp_path: Path) -> None:
    """Also where one thread would round sums otherwise than two: pictures are large enough for that."""
    pictures = [*studio.passing(2, scale=3), *(255 - picture for picture in studio.passing(2, seed=2, scale=3))]
    film = studio.keep(tmp_path / "film", pictures)
    climb = ClimbSettings(octaves=2, steps=2, jitter=4)
    torch.set_num_threads(2)
    assert run(film, tmp_path / "alone" / "%03d.png", climb=climb).n_shots == 2
    run(film, tmp_path / "many" / "%03d.png", climb=climb, n_workers=2)
    assert studio.are_same(tmp_path / "alone", tmp_path / "many")


@pytest.fixture
def folder(studio: Any, short: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with film.mp4, a score that plays it, and a mask for it."""
    studio.score(short.parent / "a.mid")
    cv2.imwrite(str(short.parent / "mask.png"), np.repeat(np.linspace(0, 255, 96, dtype=np.uint8)[None], 64, axis=0))
    monkeypatch.chdir(short.parent)
    return short.parent


def test_a_film_is_made_again_to_the_byte(folder: Path, video: Command, dream: Command) -> None:
    words = ["film.mp4", "-o", "out.mp4", "--midi", "a.mid", "--map", "midi.note.*=motif.eyes", "--mask", "mask.png", "-w", "2", "--from", "0.04"]
    assert video(*words)[0] == 0
    assert set(read_recipe(Path("out.mp4"))["files"]) == {"source", "weights", "midi", "mask"}
    assert dream("again", "out.mp4")[:2] == (0, "out-again.mp4\n")
    assert Path("out-again.mp4").read_bytes() == Path("out.mp4").read_bytes()
    assert read_recipe(Path("out-again.mp4")) == read_recipe(Path("out.mp4"))


def test_what_a_film_was_made_of_may_move_but_not_change(studio: Any, folder: Path, video: Command, dream: Command) -> None:
    assert video("film.mp4", "-o", "out.mp4", "--midi", "a.mid")[0] == 0
    Path("elsewhere").mkdir()
    for name in ("a.mid", "out.mp4", "out.mp4.json"):
        shutil.move(name, "elsewhere")
    Path("film.mp4").rename("other.mp4")
    status, _, told = dream("again", "elsewhere/out.mp4")
    assert status == 2 and "source is not there any more. Say where it is: --source FILE." in told
    assert dream("again", "elsewhere/out.mp4", "--source", "other.mp4")[0] == 0
    assert studio.are_same(Path("elsewhere/out-again.mp4"), Path("elsewhere/out.mp4"))
    studio.score(Path("elsewhere/a.mid"), tempo_us=400_000)
    status, _, told = dream("again", "elsewhere/out.mp4", "--source", "other.mp4")
    assert status == 2 and "the recipe's midi is not the same any more" in told


def test_numbered_pictures_are_made_again_of_a_folder_of_pictures(studio: Any, folder: Path, video: Command, dream: Command) -> None:
    studio.keep(folder / "frames", studio.passing(3))
    assert video("frames", "-o", "out/%02d.png")[0] == 0
    assert dream("again", "out/%02d.png")[:2] == (0, "out-again/%02d.png\n")
    assert len(list(Path("out-again").glob("*.png"))) == 3 and studio.are_same(Path("out-again"), Path("out"))
    cv2.imwrite("frames/001.png", studio.passing(1)[0])
    status, _, told = dream("again", "out/%02d.png")
    assert status == 2 and "the recipe's source is not the same any more" in told


def test_a_film_that_is_made_again_can_be_ended_and_gone_on_with(folder: Path, video: Command, dream: Command) -> None:
    assert video("film.mp4", "-o", "out.mp4")[0] == 0
    with pytest.raises(Ended):
        dream_again(Path("out.mp4"), Path("out-again.mp4"), on_progress=ended_after(2))
    assert n_kept(Path("out-again.mp4")) == 2
    assert dream("again", "out.mp4")[0] == 0
    assert Path("out-again.mp4").read_bytes() == Path("out.mp4").read_bytes()
