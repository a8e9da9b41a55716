"""What a person calls a channel goes in, its number comes out; sound of some channels goes in, the same in fewer or more comes out.

Channels are counted from 1 in the order of WAV files, SDL, CoreAudio and WASAPI: left, right, center, lfe, back left, back right, side
left, side right. On an interface of loudspeakers without names a number is that of its socket.
"""

from __future__ import annotations

from functools import lru_cache
from math import sqrt
from typing import Any

import numpy as np

from media.errors import did_you_mean

MOST_CHANNELS = 64
_NAMES = ("left", "right", "center", "lfe", "back left", "back right", "side left", "side right")
_BOTH = (_NAMES.index("center"), _NAMES.index("lfe"))


def parse_channel(value: Any) -> int:
    """Read a channel: its number, from 1, or its name.

    Raises:
        ValueError: there is none such.
    """
    if isinstance(value, str) and not value.strip().isdecimal():
        name = " ".join(value.lower().replace("centre", "center").replace("-", " ").replace("_", " ").split())
        if name not in _NAMES:
            raise ValueError(f"a channel is a number from 1 on or a name, got {value!r}. {did_you_mean(name, _NAMES)}")
        return _NAMES.index(name) + 1
    if isinstance(value, (float, bool)) or not str(value).strip().isdecimal() or not 1 <= int(value) <= MOST_CHANNELS:
        raise ValueError(f"a channel is a number from 1 to {MOST_CHANNELS} or a name, got {value!r}")
    return int(value)


def fold(samples: np.ndarray, n: int) -> np.ndarray:
    """Sound (m, channels) as (m, n) float32: nothing of it is lost where these are fewer; where they are more, the others are silent."""
    return samples if samples.shape[1] == n else samples @ _matrix(samples.shape[1], n)


@lru_cache(maxsize=16)
def _matrix(n_from: int, n_to: int) -> np.ndarray:
    """How much of each channel is heard in each of the others, (n_from, n_to).

    Source: ITU-R BS.775-4, annex 4, with the deep channel as the center, as somebody has put sound there.
    """
    if n_from == 1:
        return np.ones((1, n_to), np.float32) * (np.arange(n_to) < 2)
    if n_to == 1:
        return _matrix(n_from, 2).mean(axis=1, keepdims=True)
    matrix = np.eye(n_from, n_to, dtype=np.float32)
    for channel in range(n_to, n_from):
        matrix[channel, :2] = 1.0 if channel in _BOTH else (channel % 2 == 0, channel % 2 == 1)
        matrix[channel] *= sqrt(0.5)
    return matrix
