"""A film, or a caption file, in; its transcript out, from wherever its captions are."""

from __future__ import annotations

from pathlib import Path

from media.errors import UserError
from supercut.captions.find import find_captions, find_film
from supercut.captions.formats import caption_suffix, read_captions
from supercut.captions.streams import read_subtitle_stream
from supercut.transcript import Transcript


class NoCaptions(UserError):  # noqa: N818 (named as it reads in a sentence, as NothingFound is)
    """A film has no captions, neither beside it nor inside."""


def load_transcript(film: Path, *, captions: Path | None = None, language: str | None = None) -> Transcript:
    """The transcript of a film: from the captions given, else those beside it, else a subtitle stream inside it.

    A caption file may stand in for the film; then the transcript is that of the film beside it, or, where
    there is none, of the caption file itself. Neither needs the film to exist: words are searched without it.

    Args:
        language: code such as `en` or `pt-BR`, of the captions to take where there are several.
    Raises:
        NoCaptions: there are none.
        UserError: they cannot be read; names the line.
    """
    if captions is None and caption_suffix(film):
        return Transcript(find_film(film) or film, film, read_captions(film))
    captions = captions or find_captions(film, language=language)
    if captions is not None:
        return Transcript(film, captions, read_captions(captions))
    if not film.exists():
        raise UserError(film, "there is no such file", "Check the path.")
    cues = read_subtitle_stream(film, language=language)
    if cues is None:
        wanted = f"no captions in the language {language!r} found" if language else "no captions found"
        raise NoCaptions(film, wanted, f"Make some with: supercut transcribe {film}")
    return Transcript(film, film, cues)
