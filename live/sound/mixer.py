"""Voices' blocks go in; what the device plays comes out: side by side or one over the other, the gain last, and never above the ceiling."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from live.sound.channels import fold
from live.sound.ramps import Ramp, amplified, db_to_gain


class Mixer:
    """Mixes blocks of float32 at 48 kHz.

    Args:
        channels: of the mix.
        ceiling_db: no sample goes beyond it, in decibels of full scale.
    """

    def __init__(self, channels: int, *, ceiling_db: float = 0.0) -> None:
        self.channels = channels
        self.gain = Ramp(1.0)
        self._ceiling = db_to_gain(ceiling_db)

    def mix(self, block: np.ndarray, parts: Iterable[tuple[np.ndarray, tuple[int, ...]]]) -> None:
        """Fill a block, (n, channels).

        Args:
            parts: blocks (n, 2) with the channels, from 0, where their sides go; one for both. True zero where there is none.
        """
        gain = self.gain.next(len(block))
        block.fill(0)
        is_silent = True
        for samples, outs in parts:
            is_silent = False
            self._add(block, samples, outs)
        if is_silent:
            return
        np.clip(amplified(block, gain), -self._ceiling, self._ceiling, out=block)

    def fold(self, mixed: np.ndarray, block: np.ndarray) -> None:
        """Fill a device's block, (n, channels of it), with a mix of more channels, or fewer."""
        np.clip(fold(mixed, block.shape[1]), -self._ceiling, self._ceiling, out=block)

    def _add(self, block: np.ndarray, samples: np.ndarray, outs: tuple[int, ...]) -> None:
        if outs == (0, 1) and self.channels == 2:
            block += samples
        elif len(outs) == 1:
            block[:, outs[0]] += samples.mean(axis=1)
        else:
            for side, out in enumerate(outs):
                block[:, out] += samples[:, side]
