"""Where sound goes comes in; a voice that plays there comes out, or a silent one that keeps the same time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from live.clock import Clock
from media.errors import UserError
from projection.player.voice import SilentVoice, Voice

if TYPE_CHECKING:
    from live.sound.client import Sounds


def open_voice(sounds: Sounds | None, *, clock: Clock, channels: tuple[int, ...], tell: Callable[[str], None]) -> Voice:
    """A voice in the mix; without any, or where it has no room, a silent one.

    Args:
        channels: of the mix, from 1, where left and right go; one for both.
        tell: told why nothing is heard.
    """
    if sounds is None:
        return SilentVoice(clock)
    try:
        return sounds.voice(channels=channels)
    except UserError as error:
        tell(f"{error} It plays in silence.")
        return SilentVoice(clock)
