"""How a network is trained: one declaration for flags and Python alike."""

from __future__ import annotations

from typing import Literal

from media.settings import Settings, setting

Robust = Literal["free", "pgd", "noise", "plain"]


class TrainSettings(Settings):
    """A training. The same settings give the same network on the same machine."""

    steps: int = setting(20_000, ge=1, help="Updates of the network.")
    batch: int = setting(64, ge=2, help="Pictures an update.")
    fresh: int = setting(24, ge=1, help="Of these, how many were never seen before; the rest are drawn from those kept.")
    keep: int = setting(16_384, ge=64, help="Pictures kept to be seen again, 0.05 MB each on disk.")
    size: int = setting(112, ge=32, le=512, help="Side of the pictures.", unit="px")
    robust: Robust = setting("free", help="free: every batch several times, each time a step harder; pgd: the hardest step found; noise; plain.")
    radius: float = setting(1.5, gt=0, help="Length of the hardest step, of pictures of 0..1.")
    replays: int = setting(4, ge=1, le=64, help="How often free sees a batch, or how many looks pgd takes.")
    rate: float = setting(3e-3, gt=0, help="Highest learning rate.")
    seed: int = setting(0, ge=0, help="Draws the pictures and all that is left to chance.")
