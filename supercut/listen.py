"""Films in; what is said in them, or when exactly it is said, out: as json beside each film."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from media.errors import UserError
from media.progress import OnProgress, ignore_progress
from supercut.captions import save_transcript
from supercut.inputs import find_inputs, read_transcripts
from supercut.transcript import Transcript


def transcribe_films(
    names: Sequence[Path], *, model: Path | None = None, force: bool = False, on_progress: OnProgress = ignore_progress
) -> Iterator[tuple[Path, Transcript]]:
    """Recognise what is said in each film and write it down; yields each file written.

    Raises:
        UserError: a film cannot be read or has no sound, or captions of that name are there already.
    """
    from supercut.speech.transcribe import transcribe

    for film in find_inputs(names):
        output = film.with_suffix(".json")
        _spare(output, force=force)
        transcript = replace(transcribe(film, model=model, on_progress=on_progress), captions=output)
        save_transcript(transcript, output)
        yield output, transcript


def align_films(
    names: Sequence[Path], *, captions: Sequence[Path] = (), force: bool = False, on_progress: OnProgress = ignore_progress
) -> Iterator[tuple[Path, Transcript]]:
    """Find the time of every word and phone of each film's captions and write them down; yields each file written.

    Raises:
        UserError: a film or its captions cannot be read, or a file of that name is there already.
    """
    from supercut.speech.align import align

    for transcript in read_transcripts(find_inputs(names), captions=captions):
        output = transcript.film.with_suffix(".json")
        _spare(output, force=force)
        aligned = replace(align(transcript, on_progress=on_progress), captions=output)
        save_transcript(aligned, output)
        yield output, aligned


def _spare(output: Path, *, force: bool) -> None:
    """Refuse to write over captions that somebody may have corrected by hand."""
    if output.exists() and not force:
        raise UserError(output, "this file is there already", "Write over it with --force, or move it away.")
