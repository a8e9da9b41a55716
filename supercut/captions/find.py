"""A film in, the caption file beside it out (or the film of a caption file), by the usual names."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from media.container import FILM_SUFFIXES, SOUND_SUFFIXES
from supercut.captions.formats import READERS, caption_suffix, caption_suffixes, format_of

MEDIA_SUFFIXES = FILM_SUFFIXES | SOUND_SUFFIXES
"""Endings of the files that are films or sound."""

_LANGUAGE = re.compile(r"[a-z]{2,3}(?:[-_][a-z0-9]{2,8})*", re.IGNORECASE)
_HEARING_TAGS = frozenset({"cc", "hi", "sdh"})
_USUAL = "aligned auto captions default forced full orig original subs transcript vosk whisper whisperx words"
_USUAL_TAGS = _HEARING_TAGS.union(_USUAL.split())
_LETTERS_2_AND_3 = """ar:ara cs:ces cs:cze da:dan de:deu de:ger el:ell el:gre en:eng es:spa fi:fin fr:fra fr:fre he:heb hi:hin hu:hun it:ita
    ja:jpn ko:kor nl:dut nl:nld no:nor pl:pol pt:por ro:ron ro:rum ru:rus sv:swe tr:tur uk:ukr zh:chi zh:zho"""
_THREE_TO_TWO = {three: two for two, _, three in (pair.partition(":") for pair in _LETTERS_2_AND_3.split())}
_ORDER = ("json with words", "vtt with words", "json", "srt", "vtt", "ass", "ttml", "transcript")
_HEAD_BYTES = 1 << 16


def find_captions(film: Path, *, prefer: str | None = None, language: str | None = None) -> Path | None:
    """The caption file beside a film, or None.

    A caption file belongs to `film.mp4` if its name is `film` or `film.mp4`, then any tags between dots, then an
    ending that `READERS` knows in any case: `film.srt`, `film.mp4.vtt`, `film.eng.forced.vtt`. It does not if
    another film's name fits more of it. Json counts only if it holds a transcript.

    Of several, the order is: no forced captions; tags that are usual; no language or English before others;
    json with words, WebVTT with word stamps, other json, SRT, WebVTT, ASS, TTML, pocketsphinx; fewer tags; name.

    Args:
        prefer: format (a key of `READERS`) that comes before the others.
        language: code such as `en`, `eng` or `pt-BR`; captions that are tagged with another are left out.
    """
    return find_all_captions([film], prefer=prefer, language=language)[film]


def find_all_captions(films: Iterable[Path], *, prefer: str | None = None, language: str | None = None) -> dict[Path, Path | None]:
    """What `find_captions` finds for each of many films, reading every folder once."""
    folder_of = cache(_Folder.read)
    found: dict[Path, Path | None] = {}
    for film in films:
        fitting = [one for one in folder_of(film.parent).candidates(film) if language is None or one.speaks(language)]
        found[film] = _best(fitting, prefer)
    return found


def find_film(captions: Path) -> Path | None:
    """The film or sound file beside a caption file, the one whose name fits most of the caption file's; or None."""
    return find_all_films([captions])[captions]


def find_all_films(captions: Iterable[Path]) -> dict[Path, Path | None]:
    """What `find_film` finds for each of many caption files, reading every folder once."""
    folder_of = cache(_Folder.read)
    return {path: folder_of(path.parent).film(path.name) for path in captions}


def searchable(paths: Iterable[Path]) -> list[Path]:
    """Films and caption files in, what is to be searched out: caption files whose film is among them fall away.

    Of several caption files of one absent film (`film.srt`, `film.en.vtt`) the one stays that would be taken for it.
    """
    chosen = list(dict.fromkeys(paths))
    known = set(chosen)
    films = find_all_films(path for path in chosen if caption_suffix(path))
    absent = {path: path.with_name(f"{_bare_base(path)}.absent") for path, film in films.items() if film not in known}
    best = find_all_captions(dict.fromkeys(absent.values()))
    taken = {path for path, film in absent.items() if best[film] not in absent or best[film] == path}
    return [path for path in chosen if path not in films or path in taken]


@dataclass(frozen=True)
class _Candidate:
    """A caption file that belongs to a film, and the tags in its name, lower case."""

    path: Path
    tags: tuple[str, ...]

    @property
    def languages(self) -> list[str]:
        return [tag for tag in self.tags if _LANGUAGE.fullmatch(tag) and tag not in _HEARING_TAGS]

    def speaks(self, language: str) -> bool:
        """Whether its tags say so, or do not say."""
        return not self.languages or any(same_language(tag, language) for tag in self.languages)

    @cached_property
    def head(self) -> bytes:
        """The first bytes of the file; none where it cannot be read."""
        try:
            with self.path.open("rb") as file:
                return file.read(_HEAD_BYTES)
        except OSError:
            return b""

    @property
    def looks_right(self) -> bool:
        """Whether it holds captions, as far as its ending and its beginning tell."""
        test = READERS[format_of(self.path)].looks_right
        return test is None or test(self.head)

    @cached_property
    def kind(self) -> str:
        """Its format in the words of `_ORDER`."""
        name = format_of(self.path)
        words = READERS[name].has_words
        return f"{name} with words" if words and words.search(self.head) else name

    def rank(self, prefer: str | None) -> tuple[object, ...]:
        strange = any(tag not in _USUAL_TAGS for tag in self.tags if tag not in self.languages)
        foreign = bool(self.languages) and not any(same_language(tag, "en") for tag in self.languages)
        preferred = prefer is not None and self.kind.split()[0] != prefer
        place = _ORDER.index(self.kind) if self.kind in _ORDER else len(_ORDER)
        return ("forced" in self.tags, strange, preferred, foreign, place, len(self.tags), self.path.name)


@dataclass(frozen=True)
class _Folder:
    """Caption files and films of a folder, by the beginning of their names up to the first dot."""

    path: Path
    captions: dict[str, list[str]]
    films: dict[str, list[str]]

    @classmethod
    def read(cls, path: Path) -> _Folder:
        captions: dict[str, list[str]] = {}
        films: dict[str, list[str]] = {}
        endings = caption_suffixes()
        for name in _names(path):
            group = captions if name.lower().endswith(endings) else films if _is_film(name) else None
            if group is not None:
                group.setdefault(name.partition(".")[0], []).append(name)
        return cls(path, captions, films)

    def film(self, captions_name: str) -> Path | None:
        """The film whose name fits most of a caption file's."""
        base = _base(captions_name)
        fitting = [name for name in self.films.get(base.partition(".")[0], []) if _tags(base, name) is not None]
        return self.path / max(fitting, key=lambda name: (name == base, len(Path(name).stem), name)) if fitting else None

    def candidates(self, film: Path) -> Iterator[_Candidate]:
        key = film.name.partition(".")[0]
        others = [name for name in self.films.get(key, []) if name != film.name]
        for name in self.captions.get(key, []):
            base = _base(name)
            tags = _tags(base, film.name)
            if name == film.name or tags is None or any(_fits_better(base, other, film.name) for other in others):
                continue
            candidate = _Candidate(self.path / name, tags)
            if candidate.looks_right:
                yield candidate


def _best(candidates: list[_Candidate], prefer: str | None) -> Path | None:
    # A lone candidate needs no ranking, which would open it: a thousand films are looked up in one go.
    if len(candidates) < 2:
        return candidates[0].path if candidates else None
    return min(candidates, key=lambda candidate: candidate.rank(prefer)).path


def _base(name: str) -> str:
    """A caption file's name without its ending."""
    return name[: len(name) - len(caption_suffix(Path(name)))]


def _bare_base(captions: Path) -> str:
    """A caption file's name without its ending and the usual tags before it."""
    base = _base(captions.name)
    while True:
        rest, dot, tag = base.rpartition(".")
        usual = tag.lower() in _USUAL_TAGS or f".{tag.lower()}" in MEDIA_SUFFIXES or _LANGUAGE.fullmatch(tag)
        if not (dot and rest and usual):
            return base
        base = rest


def _tags(base: str, film_name: str) -> tuple[str, ...] | None:
    """What stands between the film's name and the ending, lower case; None where the name is another's."""
    for whole in (film_name, Path(film_name).stem):
        if base == whole or base.startswith(f"{whole}."):
            tags = tuple(base[len(whole) + 1 :].lower().split(".")) if base != whole else ()
            return None if any(f".{tag}" in MEDIA_SUFFIXES for tag in tags) else tags
    return None


def _fits_better(base: str, other: str, film_name: str) -> bool:
    """Whether a caption file's name says that it belongs to another film of a longer name."""
    return _tags(base, other) is not None and len(Path(other).stem) > len(Path(film_name).stem)


def _is_film(name: str) -> bool:
    return os.path.splitext(name)[1].lower() in MEDIA_SUFFIXES


def same_language(one: str, other: str) -> bool:
    """Whether two codes name one language, whatever the country: `en`, `eng` and `en-GB` do."""
    return _primary(one) == _primary(other)


def _primary(language: str) -> str:
    """The first part of a language code, in two letters where there are such."""
    first = re.split(r"[-_]", language.lower())[0]
    return _THREE_TO_TWO.get(first, first)


def _names(folder: Path) -> list[str]:
    """Names of the files in a folder; none where it cannot be read."""
    try:
        return sorted(entry.name for entry in os.scandir(folder) if not entry.name.startswith(".") and entry.is_file())
    except OSError:
        return []
