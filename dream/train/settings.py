"""How a network is trained: one declaration for flags and Python alike."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from media.settings import Settings, setting

Robust = Literal["free", "pgd", "noise", "plain"]
PLACE_PX = 16
"""What the network halves four times: the side of what it names as one place."""


class TrainSettings(Settings):
    """A training. The same settings give the same network on the same machine."""

    steps: int = setting(10_000, ge=1, help="Updates of the network; free sees its last batch as often as any, so up to --replays - 1 more.")
    batch: int = setting(64, ge=2, help="Pictures an update.")
    fresh: int = setting(12, ge=1, help="Of these, how many were never seen before; the rest are drawn from those kept.")
    keep: int = setting(16_384, ge=64, help="Pictures kept to be seen again, 0.035 MB each on disk at 96 px.")
    size: int = setting(96, ge=32, le=512, multiple_of=PLACE_PX, help=f"Side of the pictures, a multiple of {PLACE_PX}.", unit="px")
    robust: Robust = setting("free", help="free: every batch several times, each time a step harder; pgd: the hardest step found; noise; plain.")
    radius: float = setting(2.0, gt=0, le=100, help="Length of the hardest step, of pictures of 0..1; it grows to that over the first half.")
    replays: int = setting(3, ge=1, le=64, help="How often free sees a batch, or how many looks pgd takes.")
    rate: float = setting(3e-3, gt=0, le=1, help="Highest learning rate.")
    seed: int = setting(0, ge=0, lt=2**32, help="Draws the pictures and all that is left to chance.")

    @model_validator(mode="after")
    def _keeps_enough(self) -> TrainSettings:
        if self.keep < 4 * self.n_fresh:
            raise ValueError(f"--keep must be at least four times --fresh ({4 * self.n_fresh}), got {self.keep}")
        return self

    @property
    def n_fresh(self) -> int:
        """Pictures of a batch that were never seen before."""
        return min(self.fresh, self.batch)
