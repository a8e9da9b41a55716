"""What a training must know to go on goes in and comes out again, by way of a file that is whole or not there."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import torch
from torch import nn

from media.errors import UserError, from_os_error
from media.files import atomic_path

BEGIN_ANEW = "Remove it to begin anew, or choose another folder."
"""What to do about a checkpoint that nothing can go on from."""


def is_sound(net: nn.Module) -> bool:
    """Whether all numbers of a network are such as files of weights can hold, which are in half precision but for norms."""
    numbers = (tensor for tensor in net.state_dict().values() if tensor.is_floating_point())
    return all(bool(torch.isfinite(tensor.half() if tensor.ndim > 1 else tensor).all()) for tensor in numbers)


def write_checkpoint(path: Path, kept: dict[str, Any]) -> None:
    """Write it, whole or not at all.

    Args:
        kept: tensors and plain values by name; "told" says what training they are of.
    Raises:
        UserError: there is no room for it.
    """
    written = io.BytesIO()  # of a file that cannot be written torch does not say why
    torch.save(kept, written)
    with atomic_path(path) as part:
        part.write_bytes(written.getbuffer())


def read_checkpoint(path: Path) -> dict[str, Any] | None:
    """What was written, on the processor; None where there is nothing.

    Raises:
        UserError: it is broken, or something else.
    """
    try:
        kept = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise from_os_error(path, error) from error
    except Exception as error:  # what a broken file makes the reader raise is not bounded
        raise UserError(path, "this checkpoint cannot be read", BEGIN_ANEW) from error
    if not isinstance(kept, dict) or not isinstance(kept.get("told"), dict):
        raise UserError(path, "this is no checkpoint of a training", BEGIN_ANEW)
    return kept
