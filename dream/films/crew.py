"""Shots and how they are dreamed go in; their frames are dreamed into the work folder, by this process or several."""

from __future__ import annotations

import multiprocessing as mp
import os
import pickle
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Empty
from typing import Any

import cv2
import numpy as np
import torch

from dream.films.dreamer import Dreamer, Measure
from dream.films.footage import Footage, Outline, read_shown
from dream.films.playing import Playing
from dream.films.settings import FilmJob
from dream.films.work import Work
from dream.laying import read_mask
from dream.nets.catalog import open_net
from live.workers import deaf, serve_parent
from media.errors import UserError
from media.flow import one_thread

OnFrame = Callable[[], None]
_LOOK_S = 0.5
_WAITING = "OMP_WAIT_POLICY"


@dataclass(frozen=True)
class Task:
    """What every one of the crew must know.

    Args:
        size: (width, height) at which frames are dreamed.
        device: where to compute: cpu, cuda, mps.
    """

    footage: Footage
    outline: Outline
    work: Work
    job: FilmJob
    size: tuple[int, int]
    device: str


def shrink(rgb: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A frame as it is dreamed, of (width, height)."""
    return rgb if (rgb.shape[1], rgb.shape[0]) == size else cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)


def mask_of(job: FilmJob, size: tuple[int, int]) -> torch.Tensor | None:
    """As `read_mask`, for frames of (width, height); None where all is dreamed."""
    if job.where.mask is None:
        return None
    return read_mask(job.where.mask, (size[1], size[0])).float()


def dream_shots(task: Task, *, n_workers: int, on_frame: OnFrame) -> None:
    """Dream all that is not there yet.

    Raises:
        UserError: as `Playing`; a frame cannot be read or kept.
    """
    missing = [n for n, (first, end) in enumerate(task.outline.shots) if not all(task.work.has(number) for number in range(first, end))]
    if not missing:
        return
    n_workers = min(n_workers, len(missing))
    if n_workers > 1:
        _share_out(task, missing, n_workers=n_workers, on_frame=on_frame)
        return
    with one_thread():
        hand = _Hand(task)
        for shot in missing:
            hand.dream_shot(shot, on_frame)


class _Hand:
    """One of the crew."""

    def __init__(self, task: Task) -> None:
        self._task = task
        net = open_net(task.job.wish.net, task.job.wish.weights)
        self._playing = Playing(net, task.job)
        self._dreamer = Dreamer(net, self._playing.parts, task.job, device=task.device, mask=mask_of(task.job, task.size))

    def dream_shot(self, shot: int, on_frame: OnFrame) -> None:
        """Dream what is missing of a shot."""
        task, work = self._task, self._task.work
        first, end = task.outline.shots[shot]
        number, dreamed, measure = self._resume(shot)
        numbers = {time: n for n, time in enumerate(task.outline.times[first:end], first)}
        before: np.ndarray | None = None
        for frame in read_shown(task.footage, task.outline.span(max(first, number - 1), end)):
            rgb = shrink(frame.rgb, task.size)
            if numbers.get(frame.time) == number:
                kept = work.read(number) if measure else None
                if kept is None:
                    kept, measure = self._dream(shot, number, (before, dreamed, rgb), measure)
                    work.write(number, kept)
                    on_frame()
                dreamed = kept
                number += 1
            before = rgb
        if number < end:
            raise UserError(task.footage.path, f"its frame {number} could not be read again", "Copy the film, or convert it.")

    def _resume(self, shot: int) -> tuple[int, np.ndarray | None, Measure | None]:
        """The first frame of a shot that is missing, what became of the one before, and what was found in the first."""
        first, end = self._task.outline.shots[shot]
        measure = self._task.work.read_measure(shot)
        number = next(n for n in range(first, end) if not self._task.work.has(n)) if measure else first
        dreamed = self._task.work.read(number - 1) if number > first else None
        return (first, None, None) if dreamed is None else (number, dreamed, measure)

    def _dream(
        self, shot: int, number: int, seen: tuple[np.ndarray | None, np.ndarray | None, np.ndarray], measure: Measure | None
    ) -> tuple[np.ndarray, Measure]:
        """A frame's dream, from (the frame before, what became of it, the frame)."""
        outline = self._task.outline
        before, dreamed, rgb = seen
        is_first = number == outline.shots[shot][0]
        moment = self._playing.moment(outline.times[number], outline.duration(number), before=None if is_first else outline.times[number - 1])
        if is_first:
            made, measure = self._dreamer.begin(rgb, moment)
            self._task.work.write_measure(shot, measure)
            return made, measure
        assert before is not None and dreamed is not None and measure is not None
        return self._dreamer.go_on(before, dreamed, rgb, moment, measure, number=number - outline.shots[shot][0]), measure


def _share_out(task: Task, shots: Sequence[int], *, n_workers: int, on_frame: OnFrame) -> None:
    """The longest shots first, so that all end at about the same time."""
    context = mp.get_context("spawn")
    todo: Any = context.Queue()
    told: Any = context.Queue()
    todo.cancel_join_thread()  # when the run is ended nobody takes the rest
    for shot in sorted(shots, key=lambda n: task.outline.shots[n][0] - task.outline.shots[n][1]):
        todo.put(shot)
    for _ in range(n_workers):
        todo.put(None)
    # As many threads as this process would have: sums are rounded by how they are shared out.
    workers = [context.Process(target=_work, args=(task, todo, told, torch.get_num_threads()), daemon=True) for _ in range(n_workers)]
    try:
        with _birth():
            for worker in workers:
                worker.start()
        _listen(workers, told, on_frame)
    finally:
        with deaf():  # to one more Ctrl-C, which would leave some behind
            begun = [worker for worker in workers if worker.pid is not None]
            for worker in begun:
                worker.terminate()
            for worker in begun:
                worker.join()


@contextmanager
def _birth() -> Iterator[None]:
    """What processes that are started meanwhile inherit: to be deaf to Ctrl-C, and that threads which wait do not use up a core."""
    policy = os.environ.get(_WAITING)
    os.environ.setdefault(_WAITING, "PASSIVE")  # together they have more threads than there are cores
    try:
        with deaf():
            yield
    finally:
        if policy is None:
            del os.environ[_WAITING]


def _listen(workers: Sequence[Any], told: Any, on_frame: OnFrame) -> None:
    """Until all have said that they are done.

    Raises:
        UserError: what one of them has met with, as anything else that it has.
    """
    n_working = len(workers)
    while n_working:
        try:
            said = told.get(timeout=_LOOK_S)
        except Empty:
            if any(worker.exitcode not in (None, 0) for worker in workers):
                raise UserError("--workers", "one of them was ended from outside, perhaps for lack of memory", "Try again with fewer.") from None
            continue
        if isinstance(said, BaseException):
            raise said
        if said == "frame":
            on_frame()
        else:
            n_working -= 1


def _work(task: Task, todo: Any, told: Any, n_threads: int) -> None:
    """What a worker does."""
    serve_parent()
    torch.set_num_threads(n_threads)
    cv2.setNumThreads(1)
    try:
        hand = _Hand(task)
        while (shot := todo.get()) is not None:
            hand.dream_shot(shot, lambda: told.put("frame"))
        told.put("done")
    except Exception as error:  # whatever it is, it is told to the person and not to this process alone
        told.put(_sendable(error))


def _sendable(error: Exception) -> Exception:
    """An error as another process can have it; of a defect of ours with the lines that led to it."""
    if isinstance(error, UserError):
        return error
    error.add_note("".join(traceback.format_exception(error)))
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # what pickling refuses or cannot bring back is not bounded
        return RuntimeError("".join(traceback.format_exception(error)))
    return error
