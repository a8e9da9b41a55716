"""Films and a search in; clips, and from them a film, single clips, timelines, captions or a table out."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import log10
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from media.command import toolkit_version
from media.edits import Clip, EditList, load_edit_list, place_clips, save_edit_list
from media.errors import NothingFound, UserError
from media.files import fingerprint
from media.keep import KeepOpen
from media.probe import probe
from media.progress import OnProgress, ignore_progress
from media.settings import validation_to_user_error
from media.sound import SoundReader
from media.span import Span
from media.timecode import clock_text, seconds_text
from supercut.captions import caption_suffixes
from supercut.export import EXPORTERS, exporter_for, source_facts, write_export
from supercut.inputs import film_durations, find_inputs, read_likely_transcripts, read_transcripts
from supercut.plan import Shape, add_crossfades, plan_clips
from supercut.render import RenderSettings, render
from supercut.search import SEARCH_TYPES, Query, check_search, search
from supercut.settings import SearchSettings, ShapeSettings
from supercut.transcript import Transcript

DEFAULT_OUTPUT = "supercut.mp4"
SOUND_OUTPUT = "supercut.mp3"
MANY_FILMS = 50
"""From so many on, captions are searched through an index beside them."""


@dataclass(frozen=True)
class Outputs:
    """What is to be written.

    Args:
        path: the film, or a timeline by its suffix.
        clips: single films, numbered, instead of one.
        beside: names in `EXPORTERS` that are written beside it.
    """

    path: Path
    clips: bool = False
    beside: tuple[str, ...] = ()


def find_clips(
    transcripts: Sequence[Transcript], query: Query, looking: SearchSettings, shaping: ShapeSettings, *, films: Sequence[Path]
) -> list[Clip]:
    """Search transcripts of films and shape what is found into clips.

    Raises:
        NothingFound: no hit, or none is left.
        UserError: the search or the media make no sense.
    """
    hits = search(transcripts, query, kind=looking.search_type)
    durations = film_durations([one.film for one in transcripts] if looking.invert else [hit.film for hit in hits])
    shape = Shape(
        padding=shaping.padding,
        resync=shaping.resync,
        shortest=shaping.min,
        longest=shaping.max,
        order="random" if shaping.randomize else shaping.order,
        max_clips=shaping.max_clips,
        merge=not SEARCH_TYPES[looking.search_type].keeps_order,
        invert=looking.invert,
    )
    with KeepOpen(lambda path: SoundReader(path, channels=1)) as sounds:
        clips = plan_clips(
            hits,
            shape,
            durations=durations,
            rng=query.rng or random.Random(0),
            loudness=lambda clip: level_db(sounds[clip.source].read(clip.span)),
            label=lambda film, span: words_within(transcripts, film, span),
        )
    if not clips:
        wanted = ", ".join(repr(pattern) for pattern in looking.search) or looking.search_type
        what = "everything is a hit; nothing else is left" if looking.invert and hits else f"nothing found for {wanted}"
        raise NothingFound(_named(films), what, "`supercut words` lists what is said." if looking.search and not hits else "")
    return add_crossfades(clips, shaping.crossfade)


def _named(films: Sequence[Path]) -> str:
    return str(films[0]) if len(films) == 1 else f"{len(films)} films"


def level_db(samples: np.ndarray) -> float:
    """Root mean square of a stretch of sound in dB below full scale."""
    power = float(np.vdot(samples, samples)) / samples.size if samples.size else 0.0
    return 10 * log10(max(power, 1e-12))


def words_within(transcripts: Sequence[Transcript], film: Path, span: Span) -> str:
    """What is said in a stretch of a film."""
    transcript = next((one for one in transcripts if one.film == film), None)
    if transcript is None:
        return ""
    return " ".join(cue.text if not cue.words else _within(cue.words, span) for cue in transcript.cues if cue.span.overlaps(span)).strip()


def _within(words: Sequence[Any], span: Span) -> str:
    return " ".join(word.text for word in words if (word.span.start + word.span.end) / 2 in span)


def search_and_plan(
    names: Sequence[Path],
    captions: Sequence[Path],
    looking: SearchSettings,
    shaping: ShapeSettings,
    rendering: RenderSettings,
    *,
    seed: int,
    on_progress: OnProgress = ignore_progress,
) -> EditList:
    """Everything from names and a search to an edit list.

    Raises:
        NothingFound: no hit, or none is left.
        UserError: names, captions, search or media make no sense.
    """
    check_search(looking.search_type, looking.search)
    films = find_inputs(names)
    query = Query(looking.search, looking.case, looking.speaker, looking.takes, looking.distance, random.Random(seed))
    if len(films) >= MANY_FILMS and not captions and not looking.invert and SEARCH_TYPES[looking.search_type].needs_pattern:
        transcripts = read_likely_transcripts(films, query, kind=looking.search_type, on_progress=on_progress)
    else:
        transcripts = read_transcripts(films, captions=captions, optional=not SEARCH_TYPES[looking.search_type].needs_pattern)
    clips = find_clips(transcripts, query, looking, shaping, films=films)
    searched = {
        "search": looking.model_dump(mode="json", exclude_defaults=True),
        "shape": shaping.model_dump(mode="json", exclude_defaults=True),
        **({"seed": seed} if _by_chance(looking, shaping) else {}),
        "captions": list(dict.fromkeys(one.captions.as_posix() for one in transcripts if any(clip.source == one.film for clip in clips))),
    }
    return make_edit_list(clips, rendering, searched=searched)


def make_edit_list(clips: Sequence[Clip], render_settings: RenderSettings, *, searched: dict[str, Any]) -> EditList:
    """The clips with all that is needed to render them again, byte for byte."""
    edits = EditList(tuple(clips))
    sources = {source.as_posix(): fingerprint(source) for source in edits.sources if source.exists()}
    chosen = render_settings.model_dump(mode="json", exclude_defaults=True)
    return replace(edits, settings=chosen, made={"by": f"supercut {toolkit_version()}", **searched, "sources": sources})


def load_again(path: Path, rendering: RenderSettings) -> tuple[EditList, RenderSettings]:
    """An edit list, and how it was rendered; what is given on the command line wins.

    Raises:
        UserError: it cannot be read, or its settings are not known.
    """
    edits = load_edit_list(path)
    given = rendering.model_dump(include=rendering.model_fields_set)
    try:
        merged = RenderSettings.model_validate({**edits.settings, **given})
        return replace(edits, settings=merged.model_dump(mode="json", exclude_defaults=True)), merged
    except ValidationError as error:
        raise validation_to_user_error(error, RenderSettings, where=f"{path}: settings", text=" ") from error


def output_of(edit_list: Path) -> Path:
    """The film that an edit list lies beside: cut.edit.json -> cut.mp4."""
    name = edit_list.name.removesuffix(".json").removesuffix(".edit")
    return edit_list.with_name(f"{name}.mp4")


def write_outputs(
    edits: EditList, outputs: Outputs, settings: RenderSettings, *, on_progress: OnProgress = ignore_progress
) -> list[Path]:
    """Write everything that was asked for; returns what was written, the main thing first.

    Raises:
        UserError: a place cannot be written, a source cannot be read, or the two are one.
    """
    export = exporter_for(outputs.path)
    names = [*([export] if export else []), *(name for name in outputs.beside if name != export)]
    exports = {name: outputs.path if name == export else beside(outputs.path, EXPORTERS[name].suffixes[0]) for name in names}
    captions = [Path(name) for name in edits.made.get("captions") or ()]
    check_spared([outputs.path, *exports.values()], [*edits.sources, *captions])
    written = []
    if outputs.clips:
        written += _write_clips(edits, outputs.path, settings, on_progress)
    elif export is None:
        render(edits, outputs.path, settings, on_progress=on_progress)
        written.append(outputs.path)
    if written:
        written.append(edit_list_path(outputs.path))
        save_edit_list(edits, written[-1])
    if exports:
        facts = {source: source_facts(probe(source)) for source in edits.sources}
        for name, path in exports.items():
            write_export(name, edits, path, facts=facts, rate=settings.rate, size=settings.size)
            written.append(path)
    return written


def beside(output: Path, suffix: str) -> Path:
    """A file of another kind beside the output, by its name: cut.mp4 -> cut.vtt."""
    export = exporter_for(output)
    ending = next((own for own in EXPORTERS[export].suffixes if output.name.lower().endswith(own)), "") if export else output.suffix
    return output.with_name(output.name[: len(output.name) - len(ending)] + suffix)


def edit_list_path(output: Path) -> Path:
    """Where the edit list of a film lies: cut.mp4 -> cut.edit.json."""
    return beside(output, ".edit.json")


def check_spared(written: Iterable[Path], read: Iterable[Path]) -> None:
    """Refuse to write over what was read.

    Raises:
        UserError: an output is one of the films or caption files.
    """
    there = [path for path in dict.fromkeys(read) if path.exists()]
    for output in written:
        if output.exists() and any(output.samefile(path) for path in there):
            raise UserError(output, "the output is one of the films or captions that are being cut", "Choose another name: -o NAME")


def _write_clips(edits: EditList, output: Path, settings: RenderSettings, on_progress: OnProgress) -> list[Path]:
    """Every clip as a film of its own, numbered as videogrep does: cut_00000.mp4."""
    written = []
    for n, clip in enumerate(edits.clips):
        path = output.with_name(f"{output.stem}_{n:05d}{output.suffix}")
        one = replace(edits, clips=(replace(clip, fade=Fraction(0)),))
        check_spared([path], edits.sources)
        render(one, path, settings, on_progress=on_progress)
        written.append(path)
    return written


def hits_table(clips: Sequence[Clip]) -> str:
    """Clips as a table: film, start, end, length, words."""
    rows = [("film", "start", "end", "length", "text")]
    rows += [
        (str(clip.source), clock_text(clip.span.start), clock_text(clip.span.end), f"{float(clip.span.duration):.3f}", " ".join(clip.label.split()))
        for clip in clips
    ]
    widths = [max(len(row[n]) for row in rows) for n in range(4)]
    lines = ["  ".join([row[0].ljust(widths[0]), *(row[n].rjust(widths[n]) for n in (1, 2, 3)), row[4]]).rstrip() for row in rows]
    total = sum((clip.span.duration - clip.fade for clip in clips), Fraction(0))
    return "\n".join([*lines, f"{len(clips)} clip{'s' if len(clips) != 1 else ''}, {clock_text(total)}", ""])


def hits_json(clips: Sequence[Clip]) -> str:
    """Clips as JSON, a line a clip, with where each lies in the result."""
    lines = [
        json.dumps({"source": str(clip.source)}, ensure_ascii=False)[:-1]
        + f', "start": {seconds_text(clip.span.start)}, "end": {seconds_text(clip.span.end)}, "at": {seconds_text(place.start)}, '
        + json.dumps({"text": clip.label}, ensure_ascii=False)[1:]
        for clip, place in place_clips(clips)
    ]
    return "[\n" + ",\n".join(lines) + "\n]\n"


def default_output(clips: Sequence[Clip]) -> Path:
    """`supercut.mp4`, or `.mp3` where no source has a picture, as videogrep does.

    Raises:
        UserError: a source cannot be read.
    """
    sources = dict.fromkeys(clip.source for clip in clips)
    return Path(DEFAULT_OUTPUT if any(probe(source).video for source in sources) else SOUND_OUTPUT)


def require_films(edits: EditList) -> None:
    """Refuse to render what was found in captions alone.

    Raises:
        UserError: a film is not there.
    """
    for source in edits.sources:
        if source.name.lower().endswith(caption_suffixes()):
            raise UserError(source, "there is no film of that name beside these captions", "Put it there, or search with --dry-run.")
        if not source.exists():
            raise UserError(source, "there is no such film to cut", "Correct the path, or search with --dry-run.")


def told(edits: EditList, written: Sequence[Path]) -> str:
    """One line on what was made."""
    n = len(edits.clips)
    seed = edits.made.get("seed")
    chance = f", seed {seed}" if seed is not None else ""
    return f"{', '.join(str(path) for path in written)}: {n} clip{'s' if n != 1 else ''}, {clock_text(edits.duration)}{chance}"


def _by_chance(looking: SearchSettings, shaping: ShapeSettings) -> bool:
    """Whether another seed would give another film."""
    return shaping.randomize or shaping.order == "random" or (looking.search_type == "mash" and looking.takes == "random")
