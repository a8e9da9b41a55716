"""A size and a seed go in; a canvas comes out that a dream can begin with where there is no picture."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from torch import Tensor

_CONTRAST = 0.1


def noise(size: int, *, seed: object) -> Tensor:
    """Soft clouds of all sizes in faint colours, (1, 3, size, size) of 0..1."""
    rng = np.random.default_rng(seed)  # type: ignore[arg-type]
    total = np.zeros((size, size, 3), np.float32)
    for octave in range(1, 6):
        n = 3 * 2**octave
        total += cv2.resize(rng.normal(0, 1, (n, n, 3)).astype(np.float32), (size, size), interpolation=cv2.INTER_CUBIC) * 0.6**octave
    return torch.from_numpy(np.clip(0.5 + _CONTRAST * total / total.std(), 0, 1)).permute(2, 0, 1)[None].contiguous()
