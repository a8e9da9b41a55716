"""Files of weights go in; networks filled with them come out, once every name and shape has been compared.

A file is what `torch.save` wrote (read without running any code in it) or safetensors; its first bytes tell which.
"""

from __future__ import annotations

import json
import os
import pickle
import pickletools
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import safetensors
import safetensors.torch
import torch
from torch import Size, Tensor

from dream.nets.motifnet import LAYERS
from dream.nets.staged import Staged
from media.errors import UserError, from_os_error
from media.files import atomic_path

_DTYPES = (torch.float64, torch.float32, torch.float16, torch.bfloat16)
_REMEDY = "Save the weights alone: torch.save(net.state_dict(), FILE)."
_ZIP = b"PK\x03\x04"
_MAX_WIDTH = 65_536


@dataclass(frozen=True)
class Weights:
    """What a file holds.

    Args:
        tensors: by name; on the CPU, perhaps still on the disk.
        notes: other text, which safetensors may have.
    """

    path: Path
    tensors: Mapping[str, Tensor]
    notes: Mapping[str, str] = field(default_factory=dict)


def hub_folder() -> Path:
    """Where torch keeps weights that it has downloaded."""
    base = os.environ.get("TORCH_HOME") or os.path.join(os.environ.get("XDG_CACHE_HOME") or "~/.cache", "torch")
    return Path(os.path.expanduser(base)) / "hub" / "checkpoints"


def cached_weights(name: str) -> Path | None:
    """The newest weights of a network in that folder."""
    try:
        return max((path for path in hub_folder().glob(f"{name}-*.pth") if path.is_file()), key=_time_of, default=None)
    except OSError:
        return None


def _time_of(path: Path) -> float:
    return path.stat().st_mtime


def read_weights(path: Path) -> Weights:
    """Read a file of weights.

    Raises:
        UserError: it is missing or broken, holds code or something else than weights.
    """
    try:
        if path.exists() and not path.is_file():
            raise UserError(path, "this is no file", "Name a file of weights, .pth or .safetensors.")
        with path.open("rb") as file:
            head = file.read(9)
        if not head:
            raise UserError(path, "the file is empty (0 bytes)", "Download or copy it again.")
        # A safetensors file begins with 8 bytes that say how long its JSON is.
        return _read_safetensors(path) if head[8:] == b"{" else _read_torch(path, is_zip=head.startswith(_ZIP))
    except UserError:
        raise
    except OSError as error:
        raise from_os_error(path, error) from error
    except Exception as error:  # what a broken file makes the readers raise is not bounded
        if isinstance(error, pickle.UnpicklingError) and ("GLOBAL" in str(error) or _holds_code(path)):
            raise UserError(path, "it holds program code, which is not run", _REMEDY) from error
        raise UserError(path, "these weights cannot be read", "The file is broken or something else: download or copy it again.") from error


def _holds_code(path: Path) -> bool:
    """Whether a bare pickle, of any protocol, names something of a program's; nothing of it is run."""
    try:
        with path.open("rb") as file:
            return any(code.name in ("GLOBAL", "STACK_GLOBAL", "INST") for code, _, _ in pickletools.genops(file))
    except Exception:  # as of any broken file
        return False


def _read_safetensors(path: Path) -> Weights:
    with safetensors.safe_open(path, framework="pt") as file:
        return Weights(path, {key: file.get_tensor(key) for key in file.keys()}, file.metadata() or {})  # noqa: SIM118


def _read_torch(path: Path, *, is_zip: bool) -> Weights:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        held = torch.load(path, map_location="cpu", weights_only=True, mmap=is_zip)
    if not isinstance(held, Mapping) or not all(isinstance(tensor, Tensor) for tensor in held.values()):
        raise UserError(path, "it holds something else than weights by name", _REMEDY)
    return Weights(path, held)


def names_in_file(net: Staged, origins: Mapping[str, str]) -> dict[str, str]:
    """What a file calls each of a network's weights, by what the network calls it.

    Args:
        origins: what the file calls a layer, where it is not called the same.
    """
    names = {}
    for key in net.state_dict():
        _, layer, rest = key.split(".", 2)
        if rest.split(".")[-1] != "num_batches_tracked":  # counts training; old files lack it
            names[key] = f"{origins.get(layer, layer)}.{rest}"
    return names


def misfit(weights: Weights, net: Staged, origins: Mapping[str, str]) -> str | None:
    """The first thing by which a file does not fit a network, in words; None where it fits. What it has beyond is ignored.

    Args:
        net: may be on torch's meta device.
    """
    wanted = net.state_dict()
    for key, name in names_in_file(net, origins).items():
        tensor = weights.tensors.get(name)
        if tensor is None:
            return f"{name} is missing"
        if tensor.shape != wanted[key].shape:
            return f"{name} is {_written(tensor.shape)} and should be {_written(wanted[key].shape)}"
        if tensor.dtype not in _DTYPES or tensor.layout is not torch.strided or tensor.is_meta:
            return f"{name} holds {tensor.dtype} in a way that is not known here"
        if not torch.isfinite(tensor).all():
            return f"{name} holds values that are no numbers"
    return None


def _written(shape: Size) -> str:
    return "x".join(map(str, shape)) or "a single number"


def fill(net: Staged, weights: Weights, origins: Mapping[str, str]) -> Staged:
    """Give a network the weights of a file that fits, and make it ready for dreaming: they change no more."""
    held = {key: weights.tensors[name] for key, name in names_in_file(net, origins).items()}
    net.load_state_dict(held, strict=False)
    return net.eval().requires_grad_(False)


def save_motif_net(path: Path, net: Staged, motifs: Sequence[str]) -> None:
    """Write a motif network in half precision, whole or not at all; the same network gives the same bytes.

    Args:
        motifs: names of what its last layer says, in order.
    Raises:
        UserError: the file cannot be written.
        ValueError: there are more or fewer motifs than the network knows.
    """
    *widths, n_motifs = (next(stage.parameters()).shape[0] for stage in net.stages.values())
    if len(motifs) != n_motifs:
        raise ValueError(f"{len(motifs)} names for {n_motifs} motifs")
    state = net.state_dict()
    tensors = {name: _halved(state[key]) for key, name in names_in_file(net, {}).items()}
    notes = {"motifs": json.dumps(list(motifs)), "widths": json.dumps(widths)}
    with atomic_path(path) as part:
        part.write_bytes(_notes_in_order(safetensors.torch.save(tensors, notes)))


def _halved(tensor: Tensor) -> Tensor:
    """Norms are small, and their spread may be out of half precision's reach: they stay."""
    return (tensor.half() if tensor.ndim > 1 else tensor.float()).cpu().contiguous()


def _notes_in_order(raw: bytes) -> bytes:
    """A safetensors file whose notes are sorted; the library writes them in any order."""
    end = 8 + int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8:end])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # what follows is to lie on a boundary of 8 bytes
    return len(text).to_bytes(8, "little") + text + raw[end:]


def motif_notes(weights: Weights) -> tuple[list[str], list[int]] | None:
    """Names of the motifs and widths of the layers that a file of a motif network tells; None where it is no such file."""
    try:
        motifs, widths = (json.loads(weights.notes[key]) for key in ("motifs", "widths"))
    except (KeyError, ValueError, RecursionError):
        return None
    if not isinstance(motifs, list) or not all(isinstance(motif, str) and motif for motif in motifs):
        return None
    if not isinstance(widths, list) or not all(isinstance(width, int) and 0 < width <= _MAX_WIDTH for width in widths):
        return None
    if len(widths) != len(LAYERS) - 1:
        return None
    return (motifs, widths) if motifs and len(set(motifs)) == len(motifs) else None
