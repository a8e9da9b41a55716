"""Wishes in words and a network go in; the objective that they stand for comes out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from media.errors import UserError

if TYPE_CHECKING:
    from dream.nets.catalog import Net
    from dream.objectives import Objective
    from dream.settings import WishSettings

_DEEP = {"motif": "things", "googlenet": "inception4c", "vgg16": "relu4_3", "vgg19": "relu4_4", "squeezenet1_1": "fire6"}
"""The layer that is dreamed where nothing is wished for."""


@dataclass(frozen=True)
class Wish:
    """One of the things that are dreamed at once: what, and how much of it."""

    what: str
    weight: float


def parse_wish(flag: str, text: str) -> Wish:
    """`eyes`, `eyes=0.4`, `shapes:17=-1`.

    Raises:
        UserError: the weight is no number.
    """
    what, equals, weight = text.partition("=")
    try:
        amount = float(weight) if equals else 1.0
    except ValueError:
        amount = float("nan")
    if not what.strip() or not abs(amount) < 1e6:
        raise UserError(f"{flag} {text}", "the weight is no number", f"Write {flag} {what.strip() or 'NAME'}=0.5.") from None
    return Wish(what.strip(), amount)


def objective_of(net: Net, settings: WishSettings, *, guide: Objective | None = None) -> Objective:
    """What all wishes together stand for.

    Raises:
        UserError: a layer, channel or motif is not the network's.
    """
    from dream.objectives import Mix

    parts = [*_parts(net, settings), *([(1.0, guide)] if guide else [])]
    if not parts:
        parts = [(1.0, _default(net))]
    return parts[0][1] if len(parts) == 1 and parts[0][0] == 1 else Mix(tuple(parts))


def _parts(net: Net, settings: WishSettings) -> Iterator[tuple[float, Objective]]:
    from dream.nets.catalog import layer_named, voice_named
    from dream.objectives import Channel, Energy, Neuron, Voice

    for text in settings.motif:
        wish = parse_wish("--motif", text)
        number = voice_named(net, wish.what)
        assert net.voice_layer is not None
        yield wish.weight, Voice(net.voice_layer, number)
    for text in settings.layer if settings.guide is None else ():
        wish = parse_wish("--layer", text)
        yield wish.weight, Energy(layer_named(net, wish.what))
    for flag, texts, kind in (("--channel", settings.channel, Channel), ("--neuron", settings.neuron, Neuron)):
        for text in texts:
            wish = parse_wish(flag, text)
            yield wish.weight, kind(*_channel_named(net, flag, wish.what))


def _channel_named(net: Net, flag: str, text: str) -> tuple[str, int]:
    from dream.nets.catalog import layer_named

    match = re.fullmatch(r"(.+):(\d{1,6})", text)
    if not match:
        raise UserError(f"{flag} {text}", "this names no channel", f"Write a layer and a number, such as {net.staged.layers[-2]}:17.")
    layer, number = layer_named(net, match[1]), int(match[2])
    n = net.n_channels(layer)
    if number >= n:
        raise UserError(f"{flag} {text}", f"{layer} has {n} channels", f"Choose a number from 0 to {n - 1}.")
    return layer, number


def _default(net: Net) -> Objective:
    from dream.objectives import Energy

    return Energy(_DEEP.get(net.name, net.staged.layers[len(net.staged.layers) * 2 // 3]))


def guide_layer(net: Net, settings: WishSettings) -> str:
    """The layer through whose eyes a guide is seen."""
    from dream.nets.catalog import layer_named

    return layer_named(net, settings.layer[0]) if settings.layer else _DEEP.get(net.name, net.staged.layers[-1])
