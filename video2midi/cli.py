"""The program `video2midi`: a film, pictures or a camera on the command line in, a score or live MIDI and exit status out."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from live.capture import is_camera
from media.command import make_app, run_app
from media.errors import UserError
from media.pictures import find_pictures
from media.progress import progress_bar
from media.settings import FLATTEN, Rate, Seconds, first_comment, flag, shipped_configs
from video2midi.mapping import DEFAULT_MAPPING
from video2midi.settings import ScoreSettings

if TYPE_CHECKING:
    from video2midi.live import LiveOptions
    from video2midi.mapping import Plan

app = make_app("video2midi", "Turn the changes of a picture into a score that stays in time with it.")

OptionalPath = Path | None
DEFAULT_RATE = Fraction(25)


@app.default
def video2midi(
    source: Annotated[str | None, Parameter(help="A film, a folder of pictures, a pattern such as frames/%04d.png, or camera:0.")] = None,
    /,
    *,
    output: Annotated[OptionalPath, flag("-o", help="The MIDI file; named as the source by default.")] = None,
    mapping: Annotated[str, flag("-m", help="What is heard as what: a shipped mapping by name (--list-mappings), or a TOML file.")] = DEFAULT_MAPPING,
    set: Annotated[tuple[str, ...], flag(help="Change a key of the mapping, such as voices.melody.polarity=down; may be repeated.")] = (),
    scoring: Annotated[ScoreSettings, FLATTEN] = ScoreSettings(),
    roll: Annotated[OptionalPath, flag(help="Draw the score over a strip of the film (PNG, JPG or WebP).")] = None,
    proof: Annotated[OptionalPath, flag(help="Write the film with its score heard (.mp4 .mov .mkv .webm), or its sound alone (.wav .flac .m4a).")] = None,
    soundfont: Annotated[OptionalPath, flag(help="Instruments for the proof (.sf2), instead of the synthesiser built in.")] = None,
    film_gain: Annotated[float | None, flag(help="Let the film's own sound be heard in the proof at so many dB, such as -12.")] = None,
    csv: Annotated[bool, flag(help="Write tables of features and of events beside the MIDI file.")] = False,
    rate: Annotated[Rate | None, flag(help="Pictures a second, for sources that are pictures; 25 by default.")] = None,
    cache: Annotated[bool, flag(negative="--no-cache", help="Keep the analysis, so that another mapping takes no time.")] = True,
    port: Annotated[str | None, flag("-p", help="Play live to this MIDI port, or virtual:NAME; a film plays in real time.")] = None,
    clock: Annotated[bool, flag(help="Send MIDI clock, live.")] = False,
    window: Annotated[bool, flag(negative="--no-window", help="Show the picture with regions and meters, live.")] = True,
    loop: Annotated[bool, flag(help="Begin a film again at its end, live.")] = False,
    record: Annotated[OptionalPath, flag(help="Keep what is sent live in this MIDI file.")] = None,
    seconds: Annotated[Seconds | None, flag("--for", help="End by itself after so long, live.")] = None,
    list_ports: Annotated[bool, flag(help="List MIDI ports.")] = False,
    list_mappings: Annotated[bool, flag(help="List the mappings that come with it.")] = False,
    json: Annotated[bool, flag(help="Print what was made as JSON.")] = False,
    quiet: Annotated[bool, flag(help="Print nothing but errors.")] = False,
) -> int:
    """Turn a film, a folder or pattern of pictures, or camera:0 into MIDI."""
    if list_mappings:
        return _list_mappings()
    if list_ports:
        return _list_ports()
    if source is None:
        raise UserError("command line", "there is no film", "Name one, a folder of pictures, or camera:0; see --help.")
    from video2midi.mapping import load_plan

    plan = load_plan(mapping, changes=set).but(**scoring.overrules())
    if rate is not None and not is_camera(source) and find_pictures(source) is None:
        raise UserError("--rate", f"{source} has a rate of its own", "Leave it out.")
    pace = rate or DEFAULT_RATE
    live_only: dict[str, object] = {"--clock": clock, "--loop": loop, "--record": record, "--for": seconds, "--no-window": not window}
    files: dict[str, object] = {"--output": output, "--roll": roll, "--proof": proof, "--csv": csv, "--json": json, "--no-cache": not cache}
    files |= {"--soundfont": soundfont, "--film-gain": film_gain, "--quantise": scoring.quantise}
    if port is not None or is_camera(source):
        _refuse(files, "this is for files made of films, and we play live", "Leave it out; --record out.mid keeps what is played.")
        from video2midi.live import LiveOptions

        options = LiveOptions(port or LiveOptions.port, clock, window, loop, record, seconds, pace)
        return _play(source, plan, scoring, options, quiet=quiet)
    _refuse(live_only, "this is for playing live", "Add --port NAME (--list-ports tells which there are).")
    if proof is None:
        _refuse({"--soundfont": soundfont, "--film-gain": film_gain}, "this is for the proof", "Add --proof FILM.")
    if scoring.quantise is None and "strength" in scoring.model_fields_set:
        raise UserError("--strength", "there is no grid to pull notes to", "Add --quantise 1/16.")
    from video2midi import run

    outputs = run.Outputs(output or run.default_output(source), roll, proof, soundfont, film_gain, csv)
    with progress_bar(quiet=quiet) as on_progress:
        made = run.make(source, plan, scoring, outputs, rate=pace, use_cache=cache, on_progress=on_progress, on_warning=_warn)
    if json:
        sys.stdout.write(run.told_as_json(made))
    elif not quiet:
        print(run.told(made))
    return 0


def _refuse(flags: Mapping[str, object], what: str, remedy: str) -> None:
    for name, value in flags.items():
        if value not in (None, False):
            raise UserError(name, what, remedy)


def _warn(text: str) -> None:
    print(f"video2midi: {text}", file=sys.stderr)


def _list_mappings() -> int:
    for name, path in shipped_configs("video2midi").items():
        print(f"{name:14} {first_comment(path)}")
    return 0


def _list_ports() -> int:
    from live.midi import list_ports

    ports = list_ports()
    for name in ports.outputs:
        print(name)
    if not ports.outputs:
        print("video2midi: there is no MIDI port to send to; --port virtual makes one.", file=sys.stderr)
    return 0


def _play(source: str, plan: Plan, scoring: ScoreSettings, options: LiveOptions, *, quiet: bool) -> int:
    from video2midi.live import play_live

    def say_started() -> None:
        if not quiet:
            print(f"playing {source} to {options.port}; Ctrl-C ends it", flush=True)

    played = play_live(source, plan, scoring, options, say=_warn, say_started=say_started)
    if not quiet:
        print(played.told())
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Run `video2midi`; returns the exit status."""
    return run_app(app, sys.argv[1:] if argv is None else argv)
