"""A transcript in, its json out: videogrep's form, which videogrep reads, and more beside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from media.files import write_text
from media.span import Span
from media.timecode import seconds_text
from supercut.transcript import Cue, Phone, Transcript, Word


def save_transcript(transcript: Transcript, path: Path) -> None:
    """Write the cues of a transcript as json, one cue a line; whole or not at all.

    The form is videogrep's; timing and phones of a word and the speaker of a cue are keys of our own.
    Times are rounded to the microsecond; the lines of the captions that it was read from are not kept.

    Raises:
        UserError: the place cannot be written.
    """
    write_text(path, transcript_text(transcript))


def transcript_text(transcript: Transcript) -> str:
    """The json that `save_transcript` writes."""
    return "[\n" + ",\n".join(f"  {_cue_text(cue)}" for cue in transcript.cues) + "\n]\n" if transcript.cues else "[]\n"


def _cue_text(cue: Cue) -> str:
    fields = {"content": _quoted(cue.text), **_times(cue.span)}
    if cue.speaker:
        fields["speaker"] = _quoted(cue.speaker)
    if cue.words:
        fields["words"] = _list_text(_word_text(word) for word in cue.words)
    return _table_text(fields)


def _word_text(word: Word) -> str:
    fields = {"word": _quoted(word.text), **_times(word.span), "conf": json.dumps(word.confidence)}
    if word.timing != "given":
        fields["timing"] = _quoted(word.timing)
    if word.phones:
        fields["phones"] = _list_text(_phone_text(phone) for phone in word.phones)
    return _table_text(fields)


def _phone_text(phone: Phone) -> str:
    return _table_text({"phone": _quoted(phone.name), **_times(phone.span)})


def _times(span: Span) -> dict[str, str]:
    return {"start": seconds_text(span.start), "end": seconds_text(span.end)}


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _list_text(items: Any) -> str:
    return f"[{', '.join(items)}]"


def _table_text(fields: dict[str, str]) -> str:
    return "{" + ", ".join(f'"{key}": {value}' for key, value in fields.items()) + "}"
