"""The finished mix goes in at the sound process, block by block; a recorder in another reads it, with the instants at which it is heard.

Nobody waits: who does not read for some seconds has lost what was written over meanwhile, and is told how much.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from live.memory import make_room
from media.errors import UserError, from_os_error

MOST = 4096
"""Samples of a block at most."""
N_BLOCKS = 192
_KIND = int.from_bytes(b"the mix", "little")
_HEAD = np.dtype([("kind", "<u8"), ("channels", "<u8"), ("newest", "<u8")])
_ENTRY = np.dtype([("number", "<u8"), ("n", "<u8"), ("heard_s", "<f8")])


@dataclass(frozen=True, eq=False)
class Heard:
    """A block of the mix.

    Args:
        samples: (n, channels) float32 at 48 kHz.
        instant_s: of the clock, when the first of them is heard.
    """

    samples: np.ndarray
    instant_s: float


class _Mapped:
    """The file as arrays."""

    def __init__(self, path: Path, channels: int, *, is_writer: bool) -> None:
        whole = np.asarray(np.memmap(path, np.uint8, "r+" if is_writer else "r"))  # plain arrays are quicker
        self.head = whole[: _HEAD.itemsize].view(_HEAD)
        channels = channels or int(self.head["channels"][0])
        end = _HEAD.itemsize + N_BLOCKS * _ENTRY.itemsize
        self.entries = whole[_HEAD.itemsize : end].view(_ENTRY)
        self.samples = whole[end:].view("<f4").reshape(N_BLOCKS, MOST, channels)


class TapWriter:
    """Where the mix is put. A file that is there already is gone on with, as after a crash; so `make` it first."""

    def __init__(self, path: Path, *, channels: int) -> None:
        self._mapped = _Mapped(path, channels, is_writer=True)
        self._number = int(self._mapped.head["newest"][0])

    @staticmethod
    def make(path: Path, *, channels: int) -> None:
        """Make the file.

        Raises:
            UserError: there is no room for it.
        """
        make_room(path, _HEAD.itemsize + N_BLOCKS * (_ENTRY.itemsize + MOST * channels * 4))
        head = np.memmap(path, np.uint8, "r+")[: _HEAD.itemsize].view(_HEAD)
        head["channels"], head["kind"] = channels, _KIND

    def put(self, block: np.ndarray, instant_s: float) -> None:
        """Add (n, channels) float32, n at most MOST."""
        number = self._number + 1
        slot = number % N_BLOCKS
        self._mapped.entries[slot] = (number, len(block), instant_s)
        self._mapped.samples[slot, : len(block)] = block
        self._mapped.head["newest"] = self._number = number


class TapReader:
    """Reads the mix from now on.

    Raises:
        UserError: there is no such file, or another one.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._mapped = _Mapped(path, 0, is_writer=False)
        except (OSError, ValueError) as error:
            raise from_os_error(path, error if isinstance(error, OSError) else FileNotFoundError(2, "")) from error
        if int(self._mapped.head["kind"][0]) != _KIND:
            raise UserError(path, "this holds no mix of sounds", "Name the file that another program of this toolkit tells.")
        self._number = self._newest
        self.n_lost = 0
        """Blocks that were written over before they were read."""

    def read(self) -> list[Heard]:
        """The blocks that have come since the last call."""
        newest = self._newest
        first = max(self._number + 1, newest - N_BLOCKS + 2)
        found = [self._read(number) for number in range(first, newest + 1)]
        whole = [heard for heard in found if heard is not None]
        self.n_lost += newest - self._number - len(whole)
        self._number = newest
        return whole

    @property
    def _newest(self) -> int:
        return int(self._mapped.head["newest"][0])

    def _read(self, number: int) -> Heard | None:
        slot = number % N_BLOCKS
        _, n, instant_s = self._mapped.entries[slot].item()
        samples = self._mapped.samples[slot, :n].copy()
        return Heard(samples, instant_s) if int(self._mapped.entries["number"][slot]) == number else None
