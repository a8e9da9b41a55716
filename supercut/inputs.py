"""Names as typed in; the films they mean and what is said in them out."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from media.errors import UserError
from media.files import expand_paths
from media.probe import probe
from supercut.captions import FILM_SUFFIXES, caption_suffixes, load_transcript, searchable
from supercut.transcript import Transcript

MANY_FILES = 40
"""From so many on, captions are kept in an index beside them."""


def find_inputs(names: Sequence[Path]) -> list[Path]:
    """Films, and caption files whose film is absent, that names, folders and globs mean.

    Raises:
        UserError: nothing is named, or a name stands for nothing.
    """
    if not names:
        raise UserError("command line", "no film is named", "Name some: supercut cut FILM -s WORD")
    return searchable(expand_paths(names, suffixes=FILM_SUFFIXES | set(caption_suffixes())))


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
        except UserError as error:
            # Broken captions are always told; only their absence may be passed over.
            if not error.what.startswith("no captions") or (len(paths) == 1 and not optional):
                raise
            missing.append(path)
            if optional:
                found.append(Transcript(path, path, ()))
    if not found:
        raise UserError(missing[0], f"no captions found, nor for the other {len(missing) - 1} files", f"Make some with: supercut transcribe {missing[0]}")
    if missing and not optional:
        print(f"supercut: {missing[0]}: no captions found{_others(len(missing))}; left out.", file=sys.stderr)
    return found


def _others(n_missing: int) -> str:
    return f", nor for {n_missing - 1} more" if n_missing > 1 else ""


def film_durations(films: Sequence[Path]) -> dict[Path, Fraction]:
    """How long each film is; films that are not there (captions alone were given) are left out.

    Raises:
        UserError: a film cannot be read.
    """
    return {film: probe(film).duration for film in dict.fromkeys(films) if film.exists() and film.suffix.lower() not in caption_suffixes()}


__all__ = ["MANY_FILES", "film_durations", "find_inputs", "read_transcripts"]
