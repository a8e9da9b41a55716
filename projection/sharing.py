"""What an output shows goes in; other processes see it, as often as they asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from live.shared import SharedWriter


class Sharing:
    """Shares pictures under a path, of which no memory is taken before somebody wants them."""

    def __init__(self, path: Path) -> None:
        self._path, self.rate_hz = path, 0.0
        self._writer: SharedWriter | None = None
        self._put_s = float("-inf")

    def is_due(self, now_s: float) -> bool:
        """Whether anybody wants a picture now; a little early is in time."""
        return self.rate_hz > 0 and now_s >= self._put_s + 0.9 / self.rate_hz

    def put(self, picture: np.ndarray, now_s: float) -> None:
        """Share a picture, (H, W, 4) uint8.

        Raises:
            UserError: there is no memory for it.
        """
        if self._writer is None:
            self._writer = SharedWriter(self._path)
        self._writer.put(picture, time_s=now_s)
        self._put_s = now_s

    def close(self) -> None:
        """Share no more."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
