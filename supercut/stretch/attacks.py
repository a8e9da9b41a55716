"""Sound in, the samples at which something is struck, plucked or clicked out."""

from __future__ import annotations

from collections import deque

import numpy as np

from supercut.stretch.buffer import SoundBuffer

STEP = 96
"""2 ms at 48 kHz."""
_BEFORE = 16
_RISING = 2
_RISE = 16.0
_FLOOR = 1e-4
_DECAY = 0.5 ** (STEP / 48_000)
_APART = 2400
_INAUDIBLE = 1e-10


class Attacks:
    """Finds attacks while sound is read: a rise of 12 dB in the upper spectrum within 4 ms, out of 28 ms of less.

    The first difference weighs the spectrum by frequency, so that a stick is heard through a drone.
    A low, creaky voice (50 Hz) has pulses 20 ms apart: they are no attacks. At most one in 50 ms.
    """

    def __init__(self, source: SoundBuffer) -> None:
        self._source = source
        self._found: deque[int] = deque()
        self._energies: deque[float] = deque([0.0] * _BEFORE, maxlen=_BEFORE + _RISING)
        self._peak = 0.0
        self._searched = 0
        self._last = -_APART

    def next_after(self, sample: int, *, until: int) -> int | None:
        """The first attack in (sample, until], or None. `sample` never goes back."""
        while True:
            while self._found and self._found[0] <= sample:
                self._found.popleft()
            if self._found or self._searched >= until or self._at_end():
                return self._found[0] if self._found and self._found[0] <= until else None
            self._search_on()

    def _at_end(self) -> bool:
        return self._source.n_read_to(self._searched + STEP) < self._searched + STEP

    def _search_on(self) -> None:
        """Judge a tenth of a second, or what is left."""
        n_steps = max(1, (self._source.n_read_to(self._searched + 50 * STEP) - self._searched) // STEP)
        first = self._searched - _RISING * STEP
        sound = self._source.take(first - 1, self._searched + n_steps * STEP)
        squares = np.square(np.diff(sound, axis=0)).mean(axis=1)
        energies = squares.reshape(-1, STEP).mean(axis=1)
        for n, energy in enumerate(energies[_RISING:].tolist()):
            before = self._judge(energy)
            if before is not None:
                self._place(first + (n + 1) * STEP, squares[(n + 1) * STEP : (n + 1 + _RISING) * STEP], before)
        self._searched += n_steps * STEP

    def _judge(self, energy: float) -> float | None:
        """Take the next step in; the energy before the attack where there is one."""
        self._energies.append(energy)
        self._peak = max(energy, self._peak * _DECAY)
        before = max(list(self._energies)[:-_RISING])
        loud = energy > max(_INAUDIBLE, self._peak * _FLOOR)
        return before if loud and energy > _RISE * before else None

    def _place(self, start: int, squares: np.ndarray, before: float) -> None:
        """The attack begins at the first sample from `start` on that stands out."""
        stands_out = squares > max(_RISE * before, 0.02 * float(squares.max()))
        sample = start + int(np.argmax(stands_out)) - 1
        if sample - self._last >= _APART:
            self._found.append(sample)
            self._last = sample
