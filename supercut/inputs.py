"""Names as typed in; the films they mean and what is said in them out."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from media.errors import UserError
from media.files import expand_paths
from media.probe import probe
from media.progress import OnProgress, ignore_progress
from supercut.captions import MEDIA_SUFFIXES, NoCaptions, caption_suffixes, load_transcript, searchable
from supercut.index import open_index
from supercut.narrow import narrow
from supercut.search import Query
from supercut.transcript import Transcript


def find_inputs(names: Sequence[Path]) -> list[Path]:
    """Films, and caption files whose film is absent, that names, folders and globs mean.

    Raises:
        UserError: nothing is named, or a name stands for nothing.
    """
    if not names:
        raise UserError("command line", "no film is named", "Name some: supercut cut FILM -s WORD")
    return searchable(expand_paths(names, suffixes=MEDIA_SUFFIXES | set(caption_suffixes())))


def read_transcripts(paths: Sequence[Path], *, captions: Sequence[Path] = (), optional: bool = False) -> list[Transcript]:
    """What is said in each film.

    Args:
        captions: caption files, one a film in the same order, where they are not those found beside it.
        optional: films without captions count as wordless rather than as faults.
    Raises:
        UserError: captions cannot be read, or no film has any.
    """
    if captions:
        if len(captions) != len(paths):
            raise UserError("--transcript", f"{len(captions)} caption files for {len(paths)} films", "Give one for each film, in the same order.")
        return [load_transcript(film, captions=own) for film, own in zip(paths, captions, strict=True)]
    found, missing = [], []
    for path in paths:
        try:
            found.append(load_transcript(path))
        except NoCaptions:
            if len(paths) == 1 and not optional:
                raise
            missing.append(path)
            if optional:
                found.append(Transcript(path, path, ()))
    if not optional:
        _tell_missing(missing, n_films=len(paths))
    return found


def _tell_missing(missing: Sequence[Path], *, n_films: int) -> None:
    """Say which films are left out for want of captions.

    Raises:
        UserError: all of them.
    """
    if not missing:
        return
    others = f", nor for {len(missing) - 1} more" if len(missing) > 1 else ""
    if len(missing) == n_films:
        raise UserError(missing[0], f"no captions found{others}", f"Make some with: supercut transcribe {missing[0]}")
    print(f"supercut: {missing[0]}: no captions found{others}; left out.", file=sys.stderr)


def film_durations(films: Sequence[Path]) -> dict[Path, Fraction]:
    """How long each film is; films that are not there (captions alone were given) are left out.

    Raises:
        UserError: a film cannot be read.
    """
    return {film: probe(film).duration for film in dict.fromkeys(films) if film.exists() and film.suffix.lower() not in caption_suffixes()}


def read_likely_transcripts(paths: Sequence[Path], query: Query, *, kind: str, on_progress: OnProgress = ignore_progress) -> list[Transcript]:
    """Of many films, what is said where a query may find something, from an index beside them.

    A film may be there several times. The same hits are found in these as in all transcripts.

    Raises:
        UserError: captions cannot be read, no film has any, or a pattern is no regular expression.
    """
    with open_index(paths) as index:
        problems = index.refresh(paths, on_progress=on_progress)
        broken = next((error for error in problems.values() if not isinstance(error, NoCaptions)), None)
        if broken is not None:
            raise broken
        _tell_missing(list(problems), n_films=len(paths))
        return narrow(index, [path for path in paths if path not in problems], query, kind=kind)
