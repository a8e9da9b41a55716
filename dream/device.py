"""A machine goes in; what of it dreams are computed on, and in how many bits, comes out."""

from __future__ import annotations

import torch

from media.errors import UserError


def device_named(name: str) -> torch.device:
    """Where to compute.

    Raises:
        UserError: this machine has no such thing.
    """
    if name == "auto":
        return _settled(best_device())
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if not there.get(name, False):
        raise UserError(f"--device {name}", "this machine has none, or torch was built without", "Leave it out, or choose cpu.")
    return _settled(torch.device(name))


def _settled(device: torch.device) -> torch.device:
    """The same, from now on with the same result every time."""
    if device.type == "cuda":
        torch.backends.cudnn.deterministic = True
    return device


def best_device() -> torch.device:
    """CUDA, else Apple's, else the processor."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def best_precision(device: torch.device) -> torch.dtype:
    """Half the bits where the machine counts with them as fast or faster; with the range of all of them where it can."""
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float16
    if device.type == "mps":
        return torch.float16
    return torch.bfloat16 if _has_bfloat16() else torch.float32


def _has_bfloat16() -> bool:
    tests = (getattr(torch.cpu, name, None) for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"))
    return any(test() for test in tests if test)


def memory_format(device: torch.device) -> torch.memory_format:
    """How pictures best lie in memory: colour by colour only on Apple's, where pools and norms of the other go wrong (pytorch #175190)."""
    return torch.contiguous_format if device.type == "mps" else torch.channels_last
