"""The text of a TTML file in (also DFXP and IMSC), its cues out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import NoReturn
from xml.parsers import expat

from media.errors import UserError
from media.span import Span
from supercut.captions.markup import plain_text, split_speaker
from supercut.captions.stamps import LONGEST_S, make_span, number_to_us, seconds_to_us, stamp_to_us
from supercut.transcript import Cue, Word

_FRAMES = re.compile(r"(\d{1,6}):(\d{2}):(\d{2}):(\d{1,4})(?:\.(\d{1,4}))?")
_AMOUNT = re.compile(r"(\d{1,18}(?:\.\d{1,18})?)(h|ms|m|s|f|t)")
_UNITS = {"h": Fraction(3600), "m": Fraction(60), "s": Fraction(1), "ms": Fraction(1, 1000)}
_TIMED = frozenset({"body", "div", "p", "span"})
_DEEPEST = 64


def read_ttml(text: str, path: Path) -> list[Cue]:
    """Cues of the paragraphs of a TTML file; spans with times of their own inside them are its words.

    Times count from the parent's, as the standard has it; a time that would then lie behind its parent's end but
    lies inside it as it stands is taken as absolute, which is how lyrics are often written.

    Raises:
        UserError: no XML, a time that cannot be read, or a paragraph without an end; names the line.
    """
    document = _Document(path)
    parser = expat.ParserCreate("utf-8", " ")
    parser.StartElementHandler = lambda tag, attributes: document.start(tag, attributes, parser.CurrentLineNumber)
    parser.EndElementHandler = lambda tag: document.end(tag)
    parser.CharacterDataHandler = document.characters
    parser.EntityDeclHandler = lambda *_: document.refuse(parser.CurrentLineNumber, "it declares entities")
    try:
        parser.Parse(text.encode("utf-8", errors="replace"), True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        line = getattr(error, "lineno", parser.CurrentLineNumber)
        raise UserError(f"{path}:{line}", f"this is not XML: {str(error).partition(':')[0]}", "Mend the line.") from error
    return document.cues


@dataclass
class _Element:
    """An open element: what it is, where it starts and ends in media time, and what was said in it so far."""

    name: str
    start: Fraction
    end: Fraction | None
    line: int
    sequential: bool = False
    timed: bool = False
    speaker: str = ""
    next_start: Fraction = Fraction(0)
    said: list[str] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)


class _Document:
    """Takes what the parser meets; holds the cues at the end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.cues: list[Cue] = []
        self._open: list[_Element] = [_Element("", Fraction(0), None, 0)]
        self._frame_rate, self._sub_frames, self._ticks = Fraction(30), 1, Fraction(1)
        self._agents: dict[str, str] = {}
        self._agent = ""

    def refuse(self, line: int, what: str) -> NoReturn:
        raise UserError(f"{self.path}:{line}", what, "Mend the line.")

    def start(self, tag: str, attributes: dict[str, str], line: int) -> None:
        name = _local(tag)
        values = {_local(key): value for key, value in attributes.items()}
        if len(self._open) > _DEEPEST:
            self.refuse(line, "this is nested too deeply")
        if name == "tt":
            self._set_rates(values, line)
        if name == "agent":
            self._agent = values.get("id", "")
        if name == "br":
            self.characters(" ")
        parent = self._open[-1]
        self._open.append(self._timed_element(name, values, line) if name in _TIMED else _Element(name, parent.start, parent.end, line))

    def characters(self, said: str) -> None:
        self._open[-1].said.append(said)

    def end(self, _tag: str) -> None:
        element, parent = self._open.pop(), self._open[-1]
        said = "".join(element.said)
        parent.next_start = max(parent.next_start, element.end or element.start)
        if element.name == "name" and self._agent:
            self._agents[self._agent] = plain_text(said)
        elif element.name == "p":
            self._add_cue(element, said)
        elif element.name in ("span", "br"):
            self._end_span(element, parent, said)

    def _end_span(self, span: _Element, parent: _Element, said: str) -> None:
        spoken = plain_text(said)
        if span.timed and spoken and span.end is not None and not span.words:
            parent.words.append(Word(spoken, self._span(span.start, span.end, span.line)))
        parent.words += span.words
        parent.said.append(said)

    def _add_cue(self, element: _Element, said: str) -> None:
        named, spoken = split_speaker(plain_text(said))
        if not spoken:
            return
        words = tuple(element.words)
        start, end = (element.start, element.end) if element.timed or not words else (words[0].span.start, words[-1].span.end)
        if end is None:
            self.refuse(element.line, "this caption has no end")
        speaker = self._agents.get(element.speaker, element.speaker) or named
        self.cues.append(Cue(spoken, self._span(start, end, element.line), words, speaker=speaker, line=element.line))

    def _timed_element(self, name: str, values: dict[str, str], line: int) -> _Element:
        parent = self._open[-1]
        times = {key: self._time(values[key], line) for key in ("begin", "end", "dur") if key in values}
        begin, end, duration = times.get("begin"), times.get("end"), times.get("dur")
        base = max(parent.next_start, parent.start) if parent.sequential else parent.start
        if begin is not None and parent.end is not None and base + begin >= parent.end and parent.start <= begin < parent.end:
            base = Fraction(0)
        start = base + (begin or 0)
        ends = [base + end] if end is not None else []
        ends += [start + duration] if duration is not None else []
        last = min(ends) if ends else parent.end
        timed = begin is not None or bool(ends)
        sequential = values.get("timeContainer") == "seq"
        return _Element(name, start, last, line, sequential, timed, values.get("agent", parent.speaker), start)

    def _set_rates(self, values: dict[str, str], line: int) -> None:
        try:
            multiplier = Fraction(*(int(part) for part in values.get("frameRateMultiplier", "1 1").replace(":", " ").split()[:2]))
            self._frame_rate = int(values.get("frameRate", "30")) * multiplier
            self._sub_frames = int(values.get("subFrameRate", "1"))
            ticks = int(values.get("tickRate", "0"))
        except (ValueError, ZeroDivisionError, TypeError):
            self.refuse(line, "the frame rate cannot be read")
        default_ticks = self._frame_rate * self._sub_frames if "frameRate" in values else Fraction(1)
        self._ticks = Fraction(ticks) if ticks else default_ticks
        if self._frame_rate <= 0 or self._sub_frames <= 0 or self._ticks <= 0:
            self.refuse(line, "rates must be positive")

    def _time(self, text: str, line: int) -> Fraction:
        """Seconds of a time expression: 00:01:02.5, 00:01:02:12 (frames), 1.5s, 12f, 900t."""
        text = text.strip()
        if match := _AMOUNT.fullmatch(text):
            unit = {**_UNITS, "f": 1 / self._frame_rate, "t": 1 / self._ticks}[match[2]]
            seconds = Fraction(match[1]) * unit
        elif match := _FRAMES.fullmatch(text):
            hours, minutes, whole, frames, parts = (int(part or 0) for part in match.groups())
            seconds = (hours * 60 + minutes) * 60 + whole + (frames + Fraction(parts, self._sub_frames)) / self._frame_rate
        else:
            us = stamp_to_us(text)
            us = number_to_us(text) if us is None else us
            if us is None:
                self.refuse(line, f"this time cannot be read, got {text[:40]!r}")
            seconds = Fraction(us, 1_000_000)
        return min(Fraction(LONGEST_S), seconds)

    def _span(self, start: Fraction, end: Fraction, line: int) -> Span:
        return make_span(seconds_to_us(start), seconds_to_us(end), f"{self.path}:{line}")


def _local(tag: str) -> str:
    """A name without its namespace."""
    return tag.rpartition(" ")[2].rpartition(":")[2]
