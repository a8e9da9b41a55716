"""What has been dreamed of a film so far, kept in a folder beside it, so that a run that was ended goes on where it was.

Every frame is a picture of its own, whole or not there. Nothing else is carried from frame to frame: what goes on from these
pictures comes to the same as what was never ended.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import cv2
import numpy as np

from dream.films.dreamer import Measure
from dream.films.footage import Outline
from dream.kept import SUFFIX
from media.errors import UserError, from_os_error
from media.files import make_folder, write_text
from media.progress import counted

_LAST = b"\0\0\0\0IEND\xaeB`\x82"
"""The last part of every PNG."""
_OURS = ("[0-9]*.png", "[0-9]*.part", "shot-*.json", "outline.json", "job.json", "pictures.*", "lock")
_N_TRIES = 100
_QUICK = [cv2.IMWRITE_PNG_COMPRESSION, 1]


def folder_beside(output: Path) -> Path:
    """Where the work on a film is kept."""
    return output.with_name(output.name + SUFFIX)


@dataclass(frozen=True)
class Work:
    """A folder of dreamed frames, of the film that is to be `output`."""

    folder: Path
    output: Path

    def frame_path(self, number: int) -> Path:
        """The picture of a frame."""
        return self.folder / f"{number:07d}.png"

    def has(self, number: int) -> bool:
        """Whether a frame has been dreamed."""
        return self.frame_path(number).is_file()

    def read(self, number: int) -> np.ndarray | None:
        """A dreamed frame, (h, w, 3) uint8; None where it is not there or broken."""
        bgr = cv2.imread(str(self.frame_path(number)), cv2.IMREAD_COLOR) if self.has(number) else None
        return None if bgr is None else cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)

    def write(self, number: int, rgb: np.ndarray) -> None:
        """Keep a dreamed frame; it is not waited for until the disk has it, which `drop_broken` makes up for.

        Raises:
            UserError: the disk is full, or refuses.
        """
        path = self.frame_path(number)
        part = path.with_suffix(".part")
        try:
            part.write_bytes(cv2.imencode(".png", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), _QUICK)[1].tobytes())
            os.replace(part, path)
        except OSError as error:
            raise from_os_error(self.output, error) from error

    def read_measure(self, shot: int) -> Measure | None:
        """What was found in the first frame of a shot; None where it has not been dreamed."""
        told = _read_json(self.folder / f"shot-{shot}.json")
        return Measure(told["size"], tuple(told["pulls"])) if told else None

    def write_measure(self, shot: int, measure: Measure) -> None:
        """Keep what was found in the first frame of a shot."""
        self._write_json(f"shot-{shot}.json", {"size": measure.size, "pulls": measure.pulls})

    def read_outline(self) -> Outline | None:
        """Where frames and shots are; None where nobody has looked."""
        told = _read_json(self.folder / "outline.json")
        if told is None:
            return None
        return Outline(tuple(map(Fraction, told["times"])), Fraction(told["end"]), tuple((first, end) for first, end in told["shots"]))

    def write_outline(self, outline: Outline) -> None:
        """Keep where frames and shots are."""
        told = {"times": [str(time) for time in outline.times], "end": str(outline.end), "shots": outline.shots}
        self._write_json("outline.json", told)

    def take_on(self, job: Mapping[str, Any]) -> None:
        """Make this the work on a job.

        Raises:
            UserError: frames of another are kept, which would be lost.
        """
        if _read_json(self.folder / "job.json") == job:
            return
        n = len(list(self.folder.glob("[0-9]*.png")))
        if n:
            what = f"{counted(n, 'frame')} dreamed by other settings or another version {'is' if n == 1 else 'are'} kept in {self.folder}"
            raise UserError(self.output, what, "With the same flags it goes on from there. Else choose another -o, or delete the folder.")
        for path in self._ours():
            if path.name != "lock":
                path.unlink()
        self._write_json("job.json", job)

    def _write_json(self, name: str, value: Any) -> None:
        try:
            write_text(self.folder / name, json.dumps(value, ensure_ascii=False))
        except UserError as error:
            raise UserError(self.output, error.what, error.remedy) from error

    def n_done(self, n_frames: int) -> int:
        """How many frames have been dreamed."""
        return sum(self.has(number) for number in range(n_frames))

    def drop_broken(self) -> None:
        """Take away frames that are not whole, of when the machine went down: they are dreamed again."""
        for path in self.folder.glob("[0-9]*.png"):
            if not _is_whole(path):
                path.unlink()

    def remove(self) -> None:
        """Take away what we put there, and the folder if nothing else is in it."""
        for path in self._ours():
            with suppress(OSError):
                path.unlink()
        with suppress(OSError):
            self.folder.rmdir()

    def _ours(self) -> list[Path]:
        return [path for pattern in _OURS for path in self.folder.glob(pattern)]


@contextmanager
def open_work(output: Path, job: Mapping[str, Any]) -> Iterator[Work]:
    """The work on a film, as far as it is.

    Args:
        job: all that the dream depends on, as JSON has it.
    Raises:
        UserError: the place refuses, another run works there, or what is there was dreamed for another job.
    """
    work = Work(folder_beside(output), output)
    new = [place for place in work.folder.parents if not place.exists()]
    try:
        with _locked(work):
            try:
                work.take_on(job)
                work.drop_broken()
            except OSError as error:
                raise from_os_error(output, error) from error
            yield work
    finally:
        for place in new:
            with suppress(OSError):  # it is not empty
                place.rmdir()


@contextmanager
def _locked(work: Work) -> Iterator[None]:
    """Keep others out until this process ends, however it does."""
    for _ in range(_N_TRIES):
        with _open_lock(work) as lock:
            _hold(lock, work.output)
            if _is_in_place(lock, work.folder / "lock"):
                yield
                return
    raise _another(work.output)


def _open_lock(work: Work) -> IO[str]:
    try:
        make_folder(work.folder)
        return (work.folder / "lock").open("a")
    except UserError as error:
        raise UserError(work.output, error.what, error.remedy) from error
    except OSError as error:
        raise from_os_error(work.output, error) from error


def _hold(lock: IO[str], output: Path) -> None:
    try:
        import fcntl
    except ImportError:  # Windows: there it is left to good sense
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise _another(output) from None


def _is_in_place(lock: IO[str], path: Path) -> bool:
    """Whether a file that is open still has its name: a run that came to its end has taken its own away."""
    try:
        return os.path.samestat(os.fstat(lock.fileno()), path.stat())
    except OSError:
        return False


def _another(output: Path) -> UserError:
    return UserError(output, "another run is dreaming this already", "Wait for it, or choose another output.")


def _is_whole(path: Path) -> bool:
    """Whether a PNG has all its bytes as they were written; nothing is decoded for that."""
    from PIL import Image

    kept = path.read_bytes()
    try:
        with Image.open(BytesIO(kept), formats=["PNG"]) as image:
            image.verify()  # by the checksums of all its parts but the last
    except Exception:  # what a broken file makes its readers raise is not bounded
        return False
    return kept.endswith(_LAST)


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
