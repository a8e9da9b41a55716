"""An item in its place goes in; its samples come out, with its gain and its fades, and silence for what cannot be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import numpy as np

from live.sound.programme import Placed
from live.sound.ramps import db_to_gain
from live.sound.run import CHANNELS
from media.errors import UserError
from media.sound import SAMPLE_RATE, SoundReader
from media.span import Span

OnFault = Callable[[str], None]


class Lane:
    """Reads an item from a place of the programme on.

    Args:
        on_fault: told, in words, why there is silence.

    `place` is that of the next sample.
    """

    def __init__(self, placed: Placed, place: int, *, on_fault: OnFault) -> None:
        self.placed, self.place = placed, place
        self._on_fault = on_fault
        self._gain = np.float32(db_to_gain(placed.item.gain_db))
        self._reader: SoundReader | None = None
        self._pieces: Iterator[np.ndarray] | None = None
        self._kept = np.zeros((0, CHANNELS), np.float32)

    def open(self) -> None:
        """Have the file open before the first sample is wanted."""
        if self._pieces is None:
            self._pieces = self._decode(self.placed.item.path)

    def read(self, n: int, *, n_out: int = 0) -> np.ndarray:
        """The next samples, (n, 2) float32.

        Args:
            n_out: samples at its end that it shares with the item that follows.
        """
        self.open()
        raw = self._raw(n)
        at = self.place - self.placed.start
        self.place += n
        raw = raw if self._gain == 1 else raw * self._gain
        return _shaped(raw, at, self.placed, n_out)

    def close(self) -> None:
        """Let go of the file."""
        reader, self._reader, self._pieces = self._reader, None, iter(())
        if reader is not None:
            with suppress(Exception):  # it is not needed any more, whatever libav says
                reader.__exit__(None, None, None)

    def _raw(self, n: int) -> np.ndarray:
        while len(self._kept) < n and (piece := self._next_piece()) is not None:
            self._kept = piece if not len(self._kept) else np.concatenate([self._kept, piece])
        raw, self._kept = self._kept[:n], self._kept[n:]
        return raw if len(raw) == n else np.concatenate([raw, np.zeros((n - len(raw), CHANNELS), np.float32)])

    def _next_piece(self) -> np.ndarray | None:
        try:
            return next(self._pieces or iter(()), None)
        except Exception as error:  # whatever libav raises: the item goes on in silence
            self._break_off(error)
            return None

    def _decode(self, path: Path | None) -> Iterator[np.ndarray]:
        item = self.placed.item
        start = Fraction(item.first + self.place - self.placed.start, SAMPLE_RATE)
        if path is None or start >= item.span.end:
            return iter(())
        reader = SoundReader(path, channels=CHANNELS)
        try:
            reader.__enter__()
        except Exception as error:  # as above
            self._break_off(error)
            return iter(())
        self._reader = reader
        return reader.blocks(Span(start, item.span.end))

    def _break_off(self, error: Exception) -> None:
        what = str(error) if isinstance(error, UserError) else f"{self.placed.item.path}: its sound breaks off ({error!r})"
        self._on_fault(f"{what} It goes on in silence.")
        self.close()


def _shaped(samples: np.ndarray, at: int, placed: Placed, n_out: int) -> np.ndarray:
    """Samples `at`... of an item, with its fades: straight, or a quarter sine where it meets its neighbour."""
    item, n_in = placed.item, placed.n_in
    left = placed.end - placed.start - at - len(samples)
    rise = n_in or round(item.fade_in_s * SAMPLE_RATE)
    fall = n_out or round(item.fade_out_s * SAMPLE_RATE)
    if at >= rise and left >= fall:
        return samples
    places = np.arange(len(samples)) + 0.5
    gains = _fade(at + places, rise, is_crossed=n_in > 0) * _fade(left + len(samples) - places, fall, is_crossed=n_out > 0)
    return samples * gains.astype(np.float32)[:, None]


def _fade(places: np.ndarray, n: int, *, is_crossed: bool) -> np.ndarray:
    """Gains so far from an edge."""
    share = np.clip(places / n, 0, 1) if n else np.ones(len(places))
    return np.sin(share * (np.pi / 2)) if is_crossed else share
