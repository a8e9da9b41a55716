"""The program `supercut`: words on the command line in, films and exit status out.

`supercut -i FILM -s WORD`, without a command, takes videogrep's flags and means what videogrep means by them.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from media.command import make_app, run_app
from media.errors import UserError, did_you_mean
from media.progress import progress_bar
from media.settings import FLATTEN, first_comment, flag, shipped_configs
from supercut.render.settings import RenderSettings
from supercut.settings import SearchSettings, ShapeSettings
from supercut.stretch.settings import StretchSettings

app = make_app("supercut", "Find words, sounds and silences in captioned video and cut them into films.")

Films = Annotated[tuple[Path, ...], flag("-i", consume_multiple=True, help="Films, sound files, folders or globs; the same as naming them.")]
Quiet = Annotated[bool, flag(help="Print nothing but errors.")]
Search = Annotated[SearchSettings, FLATTEN]
Shape = Annotated[ShapeSettings, FLATTEN]
Render = Annotated[RenderSettings, FLATTEN]
Output = Annotated[Path | None, flag("-o", help="Film, sound file, or a timeline by its suffix (.edl .fcpxml .xml .otio .m3u .mpv.edl .csv .vtt).")]


@app.command
def cut(
    *films: Path,
    input: Films = (),
    transcript: Annotated[tuple[Path, ...], flag("--subs", help="Caption file of each film, where it is not found beside it.")] = (),
    looking: Search = SearchSettings(),
    shaping: Shape = ShapeSettings(),
    output: Output = None,
    rendering: Render = RenderSettings(),
    clips: Annotated[bool, flag("--export-clips", "-ec", help="Write every clip as a film of its own.")] = False,
    captions: Annotated[bool, flag("--export-vtt", "-ev", help="Write WebVTT captions of the result beside it.")] = False,
    edl: Annotated[bool, flag(help="Write a CMX3600 edit decision list beside it.")] = False,
    fcpxml: Annotated[bool, flag(help="Write a timeline for Resolve and Final Cut beside it.")] = False,
    xml: Annotated[bool, flag(help="Write a Final Cut 7 timeline, for Premiere, beside it.")] = False,
    otio: Annotated[bool, flag(help="Write an OpenTimelineIO timeline beside it.")] = False,
    m3u: Annotated[bool, flag(help="Write a playlist for VLC beside it.")] = False,
    mpv_edl: Annotated[bool, flag(help="Write an edit decision list for mpv beside it.")] = False,
    csv: Annotated[bool, flag(help="Write a table of the clips beside it.")] = False,
    dry_run: Annotated[bool, flag("--demo", "-d", help="Print what is found, and write nothing.")] = False,
    preview: Annotated[bool, flag("-pr", help="Play what is found, and write nothing.")] = False,
    json: Annotated[bool, flag(help="Print what is found as JSON.")] = False,
    quiet: Quiet = False,
) -> int:
    """Search films and cut what is found into one; or render an edit list (EDIT.json) again."""
    from supercut import cut as work

    chosen = {"captions": captions, "edl": edl, "fcpxml": fcpxml, "xml": xml, "otio": otio, "m3u": m3u, "mpv-edl": mpv_edl, "csv": csv}
    beside = tuple(name for name, wanted in chosen.items() if wanted)
    named = [*films, *input]
    again = _edit_list_among(named)
    if again is not None:
        edits, rendering = work.load_again(again, rendering)
        output = output or work.output_of(again)
    else:
        seed = shaping.seed if shaping.seed is not None else random.SystemRandom().randrange(100_000)
        with progress_bar(quiet=quiet) as on_progress:
            edits = work.search_and_plan(named, transcript, looking, shaping, rendering, seed=seed, on_progress=on_progress)
    if json:
        sys.stdout.write(work.hits_json(edits.clips))
    if dry_run and not json:
        sys.stdout.write(work.hits_table(edits.clips))
    if dry_run:
        return 0
    work.require_films(edits)
    if preview:
        from supercut.preview import preview as play

        play(edits.clips)
        return 0
    with progress_bar(quiet=quiet) as on_progress:
        outputs = work.Outputs(output or work.default_output(edits.clips), clips, beside)
        written = work.write_outputs(edits, outputs, rendering, on_progress=on_progress)
    if not quiet and not json:
        print(work.told(edits, written))
    return 0


def _edit_list_among(named: Sequence[Path]) -> Path | None:
    """The edit list that is to be rendered again, if one is named."""
    from media.edits import is_edit_list

    lists = [path for path in named if path.suffix.lower() == ".json" and is_edit_list(path)]
    if lists and len(named) > 1:
        raise UserError(lists[0], "an edit list is rendered by itself", "Name it alone.")
    return lists[0] if lists else None


@app.command
def transcribe(
    *films: Path,
    input: Films = (),
    model: Annotated[Path | None, flag("-mo", help="Folder of a Vosk model; pocketsphinx's English one where not given.")] = None,
    force: Annotated[bool, flag("-f", help="Write over captions that are there.")] = False,
    quiet: Quiet = False,
) -> int:
    """Write down what is said: FILM.json beside each film, with the time of every word."""
    from supercut.listen import transcribe_films

    with progress_bar(quiet=quiet) as on_progress:
        for path, transcript in transcribe_films([*films, *input], model=model, force=force, on_progress=on_progress):
            if not quiet:
                print(f"{path}: {len(transcript.words)} words in {len(transcript.cues)} captions")
    return 0


@app.command
def align(
    *films: Path,
    input: Films = (),
    transcript: Annotated[tuple[Path, ...], flag("--subs", help="Caption file of each film, where it is not found beside it.")] = (),
    force: Annotated[bool, flag("-f", help="Write over a FILM.json that is there.")] = False,
    quiet: Quiet = False,
) -> int:
    """Find the time of every word of captions that have none: FILM.json beside each film."""
    from supercut.listen import align_films

    with progress_bar(quiet=quiet) as on_progress:
        for path, aligned in align_films([*films, *input], captions=transcript, force=force, on_progress=on_progress):
            if not quiet:
                guessed = sum(word.timing == "guessed" for word in aligned.words)
                print(f"{path}: {len(aligned.words)} words" + (f", {guessed} of them guessed" if guessed else ""))
    return 0


@app.command
def words(
    *films: Path,
    input: Films = (),
    transcript: Annotated[tuple[Path, ...], flag("--subs", help="Caption file of each film, where it is not found beside it.")] = (),
    ngrams: Annotated[int, flag("-n", help="Words a group.")] = 1,
    top: Annotated[int, flag("-m", help="At most so many; 0 is no limit.")] = 100,
    case: Annotated[bool, flag(help="Capitals matter.")] = False,
    min_letters: Annotated[int, flag(help="Leave out groups whose words are all shorter.")] = 1,
    without: Annotated[str, flag(help="Leave out words that say little: english or none.")] = "none",
    csv: Annotated[bool, flag(help="Print CSV.")] = False,
    json: Annotated[bool, flag(help="Print JSON with every place.")] = False,
    picture: Annotated[Path | None, flag(help="Draw where in the films each falls (PNG).")] = None,
    quiet: Quiet = False,
) -> int:
    """Count words or groups of words, most frequent first."""
    from supercut.counting import count_films, draw_films, format_counts

    counts, transcripts = count_films([*films, *input], captions=transcript, n=ngrams, case=case, min_letters=min_letters, without=without)
    shown = counts[:top] if top > 0 else counts
    if picture is not None:
        with progress_bar(quiet=quiet) as on_progress:
            draw_films(shown, transcripts, picture, on_progress=on_progress)
    if not quiet and (picture is None or csv or json):
        sys.stdout.write(format_counts(shown, "csv" if csv else "json" if json else "table"))
    elif not quiet:
        print(picture)
    return 0


@app.command
def stretch(
    source: Path,
    output: Annotated[Path, flag("-o", help="Film, GIF, sound file or numbered pictures (%04d.png).")] = Path("stretched.mp4"),
    *,
    look: Annotated[str | None, flag("-l", help="A preset by name or path (`supercut looks` lists them); flags win over it.")] = None,
    stretching: Annotated[StretchSettings, FLATTEN] = StretchSettings(),
    quiet: Quiet = False,
) -> int:
    """Play a film slower, faster, nervously, or cropped to a strip, with its sound."""
    from supercut.stretch.run import stretch as work
    from supercut.stretch.settings import load_preset, merge

    with progress_bar(quiet=quiet) as on_progress:
        work(source, output, merge(load_preset(look), stretching) if look else stretching, on_progress=on_progress)
    if not quiet:
        print(output)
    return 0


@app.command
def looks() -> int:
    """List the presets of stretch, each with what it looks and sounds like."""
    for name, path in shipped_configs("supercut").items():
        print(f"{name:16} {first_comment(path)}")
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Run `supercut`; returns the exit status."""
    tokens = list(sys.argv[1:] if argv is None else argv)
    if tokens in (["-v"], ["-V"]):
        tokens = ["--version"]
    if tokens and tokens[0] not in app and not _asks_for_help(tokens):
        if not tokens[0].startswith("-") and not Path(tokens[0]).exists():
            names = [name for name in app if not name.startswith("-")]
            print(f"supercut: {UserError(tokens[0], 'there is no such command or film', did_you_mean(tokens[0], names))}", file=sys.stderr)
            return 2
        from supercut.videogrep import translate

        tokens = translate(tokens)
    return run_app(app, tokens)


def _asks_for_help(tokens: Sequence[str]) -> bool:
    return tokens[0] in ("--help", "-h", "--version")

