"""Flags of the program: where pictures are shown, what is shown, and how it ends; one declaration for each."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from media.settings import Seconds, Settings, Size, flag, setting

OptionalPath = Path | None


class WindowFlags(Settings):
    """Where pictures are shown."""

    display: Annotated[tuple[str, ...], flag("-d")] = setting(
        (), help="Display, by number or name (projection displays lists them); left=1 shows the output called left there; may be repeated."
    )
    window: Annotated[Size | None, flag("-w")] = setting(None, help="A window of this size, to rehearse in, instead of a whole display.")
    gl: Annotated[bool | None, flag(negative="--no-gl")] = setting(
        None, help="Draw with the graphics card, or without; chosen by itself where left out."
    )


class RunFlags(Settings):
    """How a show runs."""

    seconds: Annotated[Seconds | None, flag("--for")] = setting(None, ge=0, help="End by itself so long after the start.")
    seed: Annotated[int, flag()] = setting(0, ge=0, help="Chance begins here: the same seed shows the same.")


class PlayFlags(Settings):
    """How it is shown and heard, and what is kept of it."""

    size: Annotated[Size | None, flag()] = setting(None, help="Size of the stage on which layers lie; the first output's where left out.")
    record: Annotated[OptionalPath, flag("-r")] = setting(None, help="Record what the first output shows, with what is heard, as a film.")
    mute: Annotated[bool, flag()] = setting(False, help="Play without sound.")
    sound: Annotated[str, flag()] = setting("", help="Play to this sound device, by name or number (projection sounds lists them).")
