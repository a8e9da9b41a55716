"""Many films in; out comes what is said in them, at once, from an index kept beside them.

The index is a SQLite file, filled from the caption files and refreshed by their size and time. It only saves
reading: what comes out of it is, cue for cue, what the files say. `supercut.narrow` searches it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from media.errors import UserError
from media.files import cache_folder
from media.progress import OnProgress, Progress, ignore_progress
from media.span import Span
from supercut.captions import NoCaptions, caption_suffixes, find_all_captions, find_all_films, load_transcript
from supercut.captions.spread import spoken_tokens
from supercut.captions.stamps import seconds_to_us, us_to_seconds
from supercut.indexfile import IndexFile
from supercut.transcript import Cue, Phone, Transcript, Word, bare_word

INDEX_NAME = ".supercut-index.sqlite"
INDEX_VERSION = 1
"""Raise it whenever a caption reader reads differently or the tables change: older indexes are then made anew."""

_FILMS_A_BATCH = 50
_TABLES = """
CREATE TABLE films (id INTEGER PRIMARY KEY, path BLOB UNIQUE, stamp TEXT, error TEXT);
CREATE TABLE cues (
    id INTEGER PRIMARY KEY, film INTEGER, start_us INTEGER, end_us INTEGER, text TEXT, speaker TEXT, line INTEGER,
    words TEXT, spoken TEXT, bare TEXT
);
CREATE INDEX cues_of_film ON cues (film);
CREATE VIRTUAL TABLE said USING fts5 (bare, content='cues', content_rowid='id', detail='none', columnsize=0, tokenize='ascii')
"""


@dataclass(frozen=True)
class _Source:
    """Where the words of a film (or of a caption file given in its place) come from.

    Args:
        film: the path that was given.
        about: the film that the transcript is about.
        stamp: changes whenever the captions do.
    """

    film: Path
    about: Path
    captions: Path
    stamp: str

    @property
    def key(self) -> bytes:
        return os.fsencode(os.path.abspath(self.film))


def open_index(films: Sequence[Path]) -> CaptionIndex:
    """The index of films or lone caption files, to be used in a `with` block and filled by `refresh`.

    It lies in the folder that holds them all, if some lie in it directly and it may be written to; else in the
    user's cache folder; and in memory where neither can be written.
    """
    folders = {Path(os.path.abspath(film)).parent for film in films}
    places = [_cache_place(folders)]
    with suppress(ValueError):  # no films, or several drives
        common = Path(os.path.commonpath(folders))
        if common in folders and os.access(common, os.W_OK):
            places.insert(0, common / INDEX_NAME)
    return CaptionIndex(places)


def _cache_place(folders: Iterable[Path]) -> Path:
    """Where the index of films in these folders lies in the user's cache."""
    name = hashlib.blake2b(b"\n".join(sorted(os.fsencode(folder) for folder in folders)), digest_size=12).hexdigest()
    return cache_folder("supercut") / f"{name}.sqlite"


class CaptionIndex:
    """What is said in many films. Several programs may use one at a time; one that is damaged is made anew.

    Args:
        places: files to keep it in, the first that can be used counts; memory where none can.
    """

    def __init__(self, places: Sequence[Path]) -> None:
        self._file = IndexFile(places, version=INDEX_VERSION, tables=_TABLES)
        self._sources: dict[Path, _Source] = {}
        self._by_number: dict[int, Path] = {}
        self._numbers: dict[Path, int] = {}

    def __enter__(self) -> Self:
        self._file.open()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()

    @property
    def place(self) -> Path | None:
        """The file in use; None while there is only memory."""
        return self._file.place

    def refresh(
        self, films: Iterable[Path], *, language: str | None = None, on_progress: OnProgress = ignore_progress
    ) -> dict[Path, UserError]:
        """Read the captions of those films that are new or whose captions have changed; forget films that are gone.

        Args:
            language: as for `load_transcript`.
        Returns:
            The films that cannot be searched, and why; `NoCaptions` for those that have none.
        """
        self._sources = {source.film: source for source in _find_sources(films, language)}
        self._file.fill_with(lambda: self._read_changed(language, on_progress))
        return self._file.safely(self._errors)

    def transcript(self, film: Path, *, only: Collection[int] | None = None) -> Transcript:
        """The cues of a film; with `only`, those whose numbers are in it.

        Raises:
            KeyError: the film was not among those refreshed last, or cannot be searched.
        """
        source = self._sources[film]
        rows = self._rows("id, start_us, end_us, text, speaker, line, words", film)
        return Transcript(
            source.about, source.captions, tuple(_row_to_cue(*row) for number, *row in rows if only is None or number in only)
        )

    def texts(self, film: Path) -> list[tuple[int, str]]:
        """Number and text of each cue of a film, in order."""
        return self._rows("id, text", film)

    def spoken(self, film: Path, *, speaker: str = "") -> list[tuple[int, str]]:
        """Number and words (one a line, "" for none) of each cue of a film, in order; of one speaker if named."""
        rows = self._rows("id, coalesce(spoken, replace(text, ' ', char(10))), speaker", film)
        return [(number, words) for number, words, name in rows if not speaker or name.casefold() == speaker.casefold()]

    def saying(self, word: str) -> dict[Path, set[int]]:
        """Numbers of the cues in which a bare word (see `bare_word`) is said, by film; capitals do not count."""
        question = "SELECT film, id FROM said JOIN cues ON cues.id = said.rowid WHERE said MATCH ?"
        found: dict[Path, set[int]] = {}
        for film, number in self._file.safely(lambda: self._file.run(question, (f'"{_token(word)}"',)).fetchall()):
            if film in self._by_number:
                found.setdefault(self._by_number[film], set()).add(number)
        return found

    def _rows(self, columns: str, film: Path) -> list[Any]:
        question = f"SELECT {columns} FROM cues WHERE film = ? ORDER BY id"
        return self._file.safely(lambda: self._file.run(question, (self._numbers[film],)).fetchall())

    def _read_changed(self, language: str | None, on_progress: OnProgress) -> None:
        known = dict(self._file.run("SELECT path, stamp FROM films").fetchall())
        changed = [source for source in self._sources.values() if known.get(source.key) != source.stamp]
        for first in range(0, len(changed), _FILMS_A_BATCH):
            on_progress(Progress("reading captions", first, len(changed)))
            batch = [(source, _read(source, language)) for source in changed[first : first + _FILMS_A_BATCH]]
            with self._file.transaction():
                for source, content in batch:
                    self._store(source, content)
        if changed:
            on_progress(Progress("reading captions", len(changed), len(changed)))
        self._forget_absent(known.keys() - {source.key for source in self._sources.values()})
        self._look_up_numbers()

    def _store(self, source: _Source, content: Transcript | UserError) -> None:
        """Put a film's cues in, unless another program has meanwhile; a film that is known keeps its number, which others may be using."""
        known = self._file.run("SELECT id, stamp FROM films WHERE path = ?", (source.key,)).fetchone()
        if known and known[1] == source.stamp:
            return
        error = _error_to_text(content) if isinstance(content, UserError) else None
        if known:
            film = known[0]
            self._forget_cues(film)
            self._file.run("UPDATE films SET stamp = ?, error = ? WHERE id = ?", (source.stamp, error, film))
        else:
            film = self._file.run("INSERT INTO films (path, stamp, error) VALUES (?, ?, ?)", (source.key, source.stamp, error)).lastrowid
        if isinstance(content, Transcript):
            columns = "film, start_us, end_us, text, speaker, line, words, spoken, bare"
            rows = [(film, *_cue_to_row(cue)) for cue in content.cues]
            self._file.run_many(f"INSERT INTO cues ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
            self._file.run("INSERT INTO said (rowid, bare) SELECT id, bare FROM cues WHERE film = ?", (film,))

    def _forget_absent(self, keys: Iterable[bytes]) -> None:
        gone = [key for key in keys if not os.path.exists(key)]
        if gone:
            with self._file.transaction():
                for key in gone:
                    self._forget(key)

    def _forget(self, key: bytes) -> None:
        for (film,) in self._file.run("SELECT id FROM films WHERE path = ?", (key,)).fetchall():
            self._forget_cues(film)
            self._file.run("DELETE FROM films WHERE id = ?", (film,))

    def _forget_cues(self, film: int) -> None:
        # A table without contents of its own must be told what to take out.
        self._file.run("INSERT INTO said (said, rowid, bare) SELECT 'delete', id, bare FROM cues WHERE film = ?", (film,))
        self._file.run("DELETE FROM cues WHERE film = ?", (film,))

    def _look_up_numbers(self) -> None:
        by_key = dict(self._file.run("SELECT path, id FROM films WHERE error IS NULL").fetchall())
        self._numbers = {source.film: by_key[source.key] for source in self._sources.values() if source.key in by_key}
        self._by_number = {number: film for film, number in self._numbers.items()}

    def _errors(self) -> dict[Path, UserError]:
        stored = dict(self._file.run("SELECT path, error FROM films WHERE error IS NOT NULL").fetchall())
        return {source.film: _text_to_error(stored[source.key], source) for source in self._sources.values() if source.key in stored}


def _find_sources(films: Iterable[Path], language: str | None) -> Iterator[_Source]:
    """Films with the captions that they have now; where they have none, with themselves (there may be some inside)."""
    films = list(dict.fromkeys(films))
    lone = find_all_films(film for film in films if film.name.lower().endswith(caption_suffixes()))
    beside = find_all_captions((film for film in films if film not in lone), language=language)
    for film in films:
        captions = film if film in lone else beside[film] or film
        try:
            status = captions.stat()
            state = [status.st_size, status.st_mtime_ns]
        except OSError:
            state = []
        yield _Source(film, lone.get(film) or film, captions, json.dumps([os.path.abspath(captions), language, *state]))


def _read(source: _Source, language: str | None) -> Transcript | UserError:
    """The transcript of a film, or why there is none."""
    try:
        return load_transcript(source.film, captions=source.captions if source.captions != source.film else None, language=language)
    except UserError as error:
        return error


def _error_to_text(error: UserError) -> str:
    return json.dumps([isinstance(error, NoCaptions), error.where, error.what, error.remedy])


def _text_to_error(text: str, source: _Source) -> UserError:
    absent, where, what, remedy = json.loads(text)
    return NoCaptions(source.film, what, remedy) if absent else UserError(where, what, remedy)


def _cue_to_row(cue: Cue) -> tuple[Any, ...]:
    """A cue as the columns from `start_us` on: its words as json, one a line, and as tokens for the full-text search."""
    texts = [word.text for word in cue.words] if cue.words else spoken_tokens(cue.text.split())
    spoken: str | None = "\n".join(texts)
    if spoken == cue.text.replace(" ", "\n"):
        spoken = None
    words = json.dumps([_word_to_list(word) for word in cue.words], separators=(",", ":")) if cue.words else None
    bare = " ".join(sorted({_token(bare_word(text)) for text in texts}))
    return (*_span_to_list(cue.span), cue.text, cue.speaker, cue.line, words, spoken, bare)


def _row_to_cue(start_us: int, end_us: int, text: str, speaker: str, line: int, words: str | None) -> Cue:
    read = tuple(_list_to_word(*word) for word in json.loads(words)) if words else ()
    return Cue(text, _us_to_span(start_us, end_us), read, speaker, line)


def _word_to_list(word: Word) -> list[Any]:
    phones = [[phone.name, *_span_to_list(phone.span)] for phone in word.phones]
    return [word.text, *_span_to_list(word.span), word.confidence, word.timing, phones]


def _list_to_word(text: str, start_us: int, end_us: int, confidence: float, timing: Any, phones: list[Any]) -> Word:
    read = tuple(Phone(name, _us_to_span(start, end)) for name, start, end in phones)
    return Word(text, _us_to_span(start_us, end_us), confidence, timing, read)


def _span_to_list(span: Span) -> list[int]:
    return [seconds_to_us(span.start), seconds_to_us(span.end)]


def _us_to_span(start_us: int, end_us: int) -> Span:
    return Span(us_to_seconds(start_us), us_to_seconds(end_us))


@lru_cache(maxsize=1 << 16)
def _token(bare: str) -> str:
    """A bare word as one word of plain letters and digits, whatever SQLite takes for a letter."""
    small = bare.casefold()
    return small if small.isascii() and small.isalnum() else f"x{small.encode('utf-8', 'surrogatepass').hex()}"
