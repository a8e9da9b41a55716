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
from media.frames import PICTURE_RATE
from media.pictures import find_pictures
from media.progress import progress_bar
from media.settings import FLATTEN, Rate, first_comment, flag, shipped_configs
from video2midi.flags import FileFlags, LiveFlags
from video2midi.mapping import DEFAULT_MAPPING, Plan, load_plan
from video2midi.settings import ScoreSettings

if TYPE_CHECKING:
    from video2midi.live import LiveOptions
    from video2midi.run import Outputs

app = make_app("video2midi", "Turn the changes of a picture into a score that stays in time with it.")


@app.default
def video2midi(
    source: Annotated[str | None, Parameter(help="A film, a folder of pictures, a pattern such as frames/%04d.png, or camera:0.")] = None,
    /,
    *,
    output: Annotated[Path | None, flag("-o", help="The MIDI file; named as the source by default.")] = None,
    mapping: Annotated[str, flag("-m", help="What is heard as what: a shipped mapping by name (--list-mappings), or a TOML file.")] = DEFAULT_MAPPING,
    set: Annotated[tuple[str, ...], flag(help="Change a key of the mapping, such as voices.melody.polarity=down; may be repeated.")] = (),
    scoring: Annotated[ScoreSettings, FLATTEN] = ScoreSettings(),
    files: Annotated[FileFlags, FLATTEN] = FileFlags(),
    rate: Annotated[Rate | None, flag(help="Pictures a second, for sources that are pictures; 25 by default.")] = None,
    cache: Annotated[bool, flag(negative="--no-cache", help="Keep the analysis, so that another mapping takes no time.")] = True,
    live: Annotated[LiveFlags, FLATTEN] = LiveFlags(),
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
    if rate is not None and (is_camera(source) or find_pictures(source) is None):
        raise UserError("--rate", f"{source} has a rate of its own", "Leave it out.")
    plan, pace = load_plan(mapping, changes=set), rate or PICTURE_RATE
    if live.port is not None or is_camera(source):
        _refuse_file_flags(files, scoring, {"--output": output, "--json": json, "--no-cache": not cache})
        return _play(source, plan, scoring, _live_options(live, pace), quiet=quiet)
    _refuse_live_flags(live)
    _refuse_lone_flags(files, scoring)
    return _make(source, plan, scoring, _outputs(source, output, files), rate=pace, cache=cache, json=json, quiet=quiet)


def _refuse_file_flags(files: FileFlags, scoring: ScoreSettings, more: Mapping[str, object]) -> None:
    of_files = {"--roll": files.roll, "--proof": files.proof, "--soundfont": files.soundfont, "--film-gain": files.film_gain, "--csv": files.csv}
    of_scores = {"--quantise": scoring.quantise, "--strength": "strength" in scoring.model_fields_set}
    what = "this is for files made of films, and we play live"
    _refuse({**more, **of_files, **of_scores}, what, "Leave it out; --record out.mid keeps what is played.")


def _refuse_live_flags(live: LiveFlags) -> None:
    flags = {"--clock": live.clock, "--loop": live.loop, "--record": live.record, "--for": live.seconds, "--no-window": not live.window}
    _refuse(flags, "this is for playing live", "Add --port NAME (--list-ports tells which there are).")


def _refuse_lone_flags(files: FileFlags, scoring: ScoreSettings) -> None:
    """Refuse what says something of a thing that is not wanted."""
    if files.proof is None:
        _refuse({"--soundfont": files.soundfont, "--film-gain": files.film_gain}, "this is for the proof", "Add --proof FILM.")
    if scoring.quantise is None:
        _refuse({"--strength": "strength" in scoring.model_fields_set}, "there is no grid to pull notes to", "Add --quantise 1/16.")


def _refuse(flags: Mapping[str, object], what: str, remedy: str) -> None:
    """Refuse the first flag that was given: 0 is a value, too."""
    for name, value in flags.items():
        if value is not None and value is not False:
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


def _outputs(source: str, output: Path | None, files: FileFlags) -> Outputs:
    from video2midi.run import Outputs, default_output

    return Outputs(
        midi=output or default_output(source),
        roll=files.roll,
        proof=files.proof,
        soundfont=files.soundfont,
        film_gain_db=files.film_gain,
        csv=files.csv,
    )


def _make(
    source: str, plan: Plan, scoring: ScoreSettings, outputs: Outputs, *, rate: Fraction, cache: bool, json: bool, quiet: bool
) -> int:
    from video2midi import run

    with progress_bar(quiet=quiet) as on_progress:
        made = run.make(source, plan, scoring, outputs, rate=rate, use_cache=cache, on_progress=on_progress, on_warning=_warn)
    if json:
        sys.stdout.write(run.told_as_json(made))
    elif not quiet:
        print(run.told(made))
    return 0


def _live_options(live: LiveFlags, rate: Fraction) -> LiveOptions:
    from video2midi.live import LiveOptions

    return LiveOptions(
        port=live.port or LiveOptions.port,
        sends_clock=live.clock,
        shows_window=live.window,
        loops=live.loop,
        record=live.record,
        for_s=live.seconds,
        rate=rate,
    )


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
