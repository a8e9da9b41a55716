"""The json of a recogniser (Vosk, Whisper, WhisperX), of videogrep or of this toolkit in, its cues out."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from media.errors import UserError
from media.span import Span
from supercut.captions.markup import clean_text
from supercut.captions.spread import spread_words
from supercut.captions.stamps import LONGEST_S, make_span, number_to_us, us_to_seconds
from supercut.transcript import Cue, Phone, Timing, Word

_MEND = "Mend it, or make the captions anew."
_TIMINGS: dict[str, Timing] = {"given": "given", "aligned": "aligned", "guessed": "guessed"}
_VOSK_KEYS = ("result", "text", "partial", "alternatives")
_TELLING_KEYS = frozenset({"content", "segments", "word_segments", "transcription", *_VOSK_KEYS})
_FIRST_TABLE = re.compile(r"\s*(?:\[\s*)?\{")
_EMPTY_LIST = re.compile(r"\s*\[\s*\]\s*")
_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}:]')
_CONFIDENCE_KEYS = ("conf", "confidence", "probability", "score")
# Every number with a point stays text until we know that it is a time: "1e999999" must cost nothing.
_decoder = json.JSONDecoder(parse_float=str, parse_constant=lambda _: None)


def read_json(text: str, path: Path) -> list[Cue]:
    """Cues of any json that `FORMS` knows; a file of one json value a line, or of several, counts as their list.

    Raises:
        UserError: no json (names the line), not captions, or a cue or word that makes no sense (names it).
    """
    values = list(_json_values(text, path))
    table = values[0] if len(values) == 1 else values
    form = next((read for fits, read in FORMS.values() if values and fits(table)), None)
    if form is None:
        raise UserError(path, "this json holds no captions", f"It must be of {', '.join(FORMS)}.")
    return form(table, path)


def looks_like_transcript(head: bytes) -> bool:
    """Whether the beginning of a json file is that of captions: its own keys, or those of its first entry, tell."""
    text = head.replace(b"\0", b"").decode("utf-8-sig", errors="replace")
    opening = _FIRST_TABLE.match(text)
    if not opening:
        return bool(_EMPTY_LIST.fullmatch(text))
    depth, key = 1, ""
    for match in _TOKENS.finditer(text, opening.end()):
        token = match[0]
        depth += (token in "[{") - (token in "]}")
        if depth == 0:
            return False
        if token == ":" and depth == 1 and key in _TELLING_KEYS:
            return True
        key = token.strip('"')
    return False


def _json_values(text: str, path: Path) -> Iterator[Any]:
    """The json values that stand one after the other in a text."""
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        try:
            value, at = _decoder.raw_decode(text, at)
        except json.JSONDecodeError as error:
            raise UserError(f"{path}:{error.lineno}", f"this is not json: {error.msg}", _MEND) from error
        except (RecursionError, ValueError) as error:
            raise UserError(path, "this json is nested too deeply or holds a monstrous number", "Name a caption file.") from error
        yield value


def _are_tables(value: Any, *keys: str) -> bool:
    """Whether a value is a list of tables, the first of which holds one of the keys."""
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        return False
    return not value or any(key in value[0] for key in keys)


def _read_videogrep(entries: list[dict[str, Any]], path: Path) -> list[Cue]:
    return [_read_cue(entry, entry.get("content"), f"{path}: cue {n}") for n, entry in enumerate(entries, 1)]


def _read_whisper(table: dict[str, Any], path: Path) -> list[Cue]:
    segments = _tables(table["segments"], f"{path}: segments")
    return [_read_cue(entry, entry.get("text"), f"{path}: segment {n}") for n, entry in enumerate(segments, 1)]


def _read_word_segments(table: dict[str, Any], path: Path) -> list[Cue]:
    """One cue a word: WhisperX's words without its sentences; those without times are left out."""
    words = _read_words(table["word_segments"], None, f"{path}: word segments")
    return [Cue(word.text, word.span, (word,)) for word in words]


def _read_vosk(table: Any, path: Path) -> list[Cue]:
    results = table if isinstance(table, list) else [table]
    cues = []
    for n, result in enumerate(results, 1):
        others = result.get("alternatives")
        entry = others[0] if others and _are_tables(others, "result") else result
        words = _read_words(entry.get("result") or [], None, f"{path}: result {n}")
        if words:
            text = entry.get("text") or " ".join(word.text for word in words)
            cues.append(Cue(_text(text, f"{path}: result {n}"), Span(words[0].span.start, max(word.span.end for word in words)), words))
    return cues


def _read_whisper_cpp(table: dict[str, Any], path: Path) -> list[Cue]:
    cues = []
    for n, entry in enumerate(_tables(table["transcription"], f"{path}: transcription"), 1):
        where = f"{path}: transcription {n}"
        offsets = entry.get("offsets")
        times_ms = [offsets[key] for key in ("from", "to") if isinstance(offsets.get(key), int)] if isinstance(offsets, dict) else []
        if len(times_ms) != 2 or not 0 <= min(times_ms) <= max(times_ms) <= LONGEST_S * 1000:
            raise UserError(where, "it has no offsets in milliseconds", _MEND)
        cues.append(Cue(_text(entry.get("text"), where), make_span(times_ms[0] * 1000, times_ms[1] * 1000, where)))
    return cues


Form = tuple[Callable[[Any], bool], Callable[[Any, Path], list[Cue]]]
FORMS: dict[str, Form] = {
    "videogrep": (lambda table: _are_tables(table, "content"), _read_videogrep),
    "Whisper or WhisperX": (lambda table: isinstance(table, dict) and "segments" in table, _read_whisper),
    "WhisperX words": (lambda table: isinstance(table, dict) and "word_segments" in table, _read_word_segments),
    "whisper.cpp": (lambda table: isinstance(table, dict) and "transcription" in table, _read_whisper_cpp),
    "Vosk": (lambda table: _are_tables(table if isinstance(table, list) else [table], *_VOSK_KEYS), _read_vosk),
}
"""Each kind of json by name: what tells it, and what reads it. The first that fits counts."""


def _read_cue(entry: dict[str, Any], text: Any, where: str) -> Cue:
    """The cue of a table with start, end, text and perhaps words and speaker."""
    span = _span(entry, where)
    words = _read_words(entry.get("words") or [], span, where)
    speaker = entry.get("speaker") or ""
    return Cue(_text(text, where), span, words, speaker=_text(speaker, f"{where}: speaker"))


def _read_words(entries: Any, within: Span | None, where: str) -> tuple[Word, ...]:
    """The words of one cue; those without times share the gap around them by their letters.

    Args:
        within: the cue, where its times are known.
    """
    read = [_read_word(entry, f"{where}: word {n}") for n, entry in enumerate(_tables(entries, f"{where}: words"), 1)]
    words: list[Word] = []
    waiting: list[str] = []
    for text, word in read:
        if word is None:
            waiting.append(text)
        elif word.text:
            words += [*_fill_gap(words, waiting, word.span, within), word]
            waiting = []
    return tuple(words + _fill_gap(words, waiting, None, within))


def _fill_gap(before: list[Word], texts: list[str], after: Span | None, within: Span | None) -> list[Word]:
    """Words without times laid between the word before and the one after, or the edge of their cue."""
    if not texts or not (before or after or within):
        return []
    start = before[-1].span.end if before else within.start if within else after.start if after else us_to_seconds(0)
    end = after.start if after else within.end if within else start
    return list(spread_words(texts, Span(start, max(start, end))))


def _read_word(entry: dict[str, Any], where: str) -> tuple[str, Word | None]:
    """Text of a word, and the word unless it has no times."""
    text = _text(entry.get("word", entry.get("text")), where)
    if entry.get("start") is None and entry.get("end") is None:
        return text, None
    timing = _TIMINGS.get(entry.get("timing", "given")) if isinstance(entry.get("timing", ""), str) else None
    if timing is None:
        raise UserError(f"{where}: timing", f"it must be one of {', '.join(_TIMINGS)}, got {entry['timing']!r}", _MEND)
    phones = _read_phones(entry["phones"], where) if entry.get("phones") else ()
    return text, Word(text, _span(entry, where), _confidence(entry), timing, phones)


def _read_phones(entries: Any, where: str) -> tuple[Phone, ...]:
    numbered = enumerate(_tables(entries, f"{where}: phones"), 1)
    return tuple(Phone(_text(entry.get("phone"), f"{where}: phone {n}"), _span(entry, f"{where}: phone {n}")) for n, entry in numbered)


def _confidence(entry: dict[str, Any]) -> float:
    """0 to 1; 1 where the table does not say."""
    value = next((entry[key] for key in _CONFIDENCE_KEYS if entry.get(key) is not None), 1.0)
    try:
        return min(max(float(value), 0.0), 1.0)
    except (TypeError, ValueError, OverflowError):
        return 1.0


def _span(entry: dict[str, Any], where: str) -> Span:
    start_us, end_us = number_to_us(entry.get("start")), number_to_us(entry.get("end"))
    if start_us is None or end_us is None:
        key = "start" if start_us is None else "end"
        raise UserError(f"{where}: {key}", f"it must be a number of seconds from 0 on, got {entry.get(key)!r:.60}", _MEND)
    return make_span(start_us, end_us, where)


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise UserError(where, f"its text is missing, got {value!r:.60}", _MEND)
    return clean_text(value)


def _tables(value: Any, where: str) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise UserError(where, "it must be a list of tables", _MEND)
    return value
