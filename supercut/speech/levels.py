"""Samples in, the level of every frame out."""

from __future__ import annotations

import numpy as np

SILENT_DB = -100.0


def frame_levels_db(sound: np.ndarray, *, hop: int) -> np.ndarray:
    """Root mean square of consecutive frames.

    Args:
        sound: int16 (n,).
        hop: samples a frame; what is left over at the end is not looked at.
    Returns:
        float64 (n // hop,), dB below full scale, not under SILENT_DB.
    """
    frames = sound[: len(sound) // hop * hop].reshape(-1, hop).astype(np.float64) / 32768
    power = np.mean(frames**2, axis=1) if hop else np.zeros(0)
    return 10 * np.log10(np.maximum(power, 10 ** (SILENT_DB / 10)))
