"""What is asked for beside a score: files made of a film, or how it is played live; one declaration for each flag."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from media.settings import Seconds, Settings, flag, setting

OptionalPath = Path | None


class FileFlags(Settings):
    """What is written beside the score of a film."""

    roll: Annotated[OptionalPath, flag()] = setting(None, help="Draw the score over a strip of the film (.png .jpg .webp .bmp).")
    proof: Annotated[OptionalPath, flag()] = setting(
        None, help="Write the film with its score heard (.mp4 .mov .mkv .webm), or its sound alone (.wav .flac .m4a .mp3 .ogg .opus)."
    )
    soundfont: Annotated[OptionalPath, flag()] = setting(None, help="Instruments for the proof (.sf2), instead of the synthesiser built in.")
    film_gain: Annotated[float | None, flag()] = setting(
        None, help="Let the film's own sound be heard in the proof at so many dB, such as -12."
    )
    csv: Annotated[bool, flag()] = setting(False, help="Write tables of features and of events beside the MIDI file.")


class LiveFlags(Settings):
    """How it is played live."""

    port: Annotated[str | None, flag("-p")] = setting(None, help="Play live to this MIDI port, or virtual:NAME; a film plays in real time.")
    clock: Annotated[bool, flag()] = setting(False, help="Send MIDI clock, live.")
    window: Annotated[bool, flag(negative="--no-window")] = setting(True, help="Show the picture with regions and meters, live.")
    loop: Annotated[bool, flag()] = setting(False, help="Begin a film again at its end, live.")
    record: Annotated[OptionalPath, flag()] = setting(None, help="Keep what is sent live in this MIDI file.")
    seconds: Annotated[Seconds | None, flag("--for")] = setting(None, help="End by itself so long after the start, live.")
