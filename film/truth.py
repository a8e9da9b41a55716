"""A timeline and a storyboard in; the captions and the ground truth out, as plain values ready for JSON."""

from __future__ import annotations

import json
from pathlib import Path

from score import LINES
from storyboard import Storyboard
from timeline import BREATH, FRAME_RATE, Timeline

CAPTION_HOLD_S = 0.3
MIN_CAPTION_S = 2.0


def frame_to_s(frame: int) -> float:
    """The time of a frame in seconds."""
    return round(frame / FRAME_RATE, 4)


def span(start_s: float, end_s: float) -> dict[str, float]:
    """A span for JSON, to a tenth of a millisecond."""
    return {"start": round(start_s, 4), "end": round(end_s, 4)}


def list_captions(timeline: Timeline) -> list[dict[str, object]]:
    """Captions in videogrep's form: a cue a sentence, each with its words."""
    cues: list[dict[str, object]] = []
    for index, line in enumerate(LINES):
        words = timeline.spoken(index)
        start_s = words[0].start_s
        free_until_s = timeline.line_starts_s[index + 1] if index + 1 < len(LINES) else timeline.duration_s
        end_s = min(max(words[-1].end_s + CAPTION_HOLD_S, start_s + MIN_CAPTION_S), free_until_s)
        listed = [{"word": word.text, **span(word.start_s, word.end_s), "conf": 1.0} for word in words]
        cues.append({"content": line.text, **span(start_s, end_s), "words": listed})
    return cues


def list_truth(timeline: Timeline, board: Storyboard) -> dict[str, object]:
    """All that is known of the film because it was made so."""
    return {
        "rate": str(FRAME_RATE),
        "duration": timeline.duration_s,
        "words": [{"word": w.text, **span(w.start_s, w.end_s), "sentence": w.line} for w in timeline.words],
        "phones": [{"phone": p.name, **span(p.start_s, p.end_s), "word_index": p.word} for p in timeline.phones],
        "breaths": [span(s.start_s, s.end_s) for s in timeline.sounds if s.kind == BREATH],
        "silences": [span(*silence) for silence in timeline.silences],
        "noises": [{**span(s.start_s, s.end_s), "kind": s.kind} for s in timeline.sounds if s.kind != BREATH],
        "cuts": [frame_to_s(cut) for cut in board.cuts],
        "fades": [{**span(frame_to_s(f.start), frame_to_s(f.end)), "kind": f.kind} for f in board.fades],
        "stills": [span(frame_to_s(start), frame_to_s(end)) for start, end in board.stills],
        "scenes": [{**span(frame_to_s(s.start), frame_to_s(s.end)), "name": s.name} for s in board.shots],
    }


def write_json(path: Path, value: object) -> None:
    """Write JSON with one short value a line, through a draft beside it."""
    draft = path.with_suffix(".part")
    draft.write_text(dump_rows(value) + "\n", encoding="utf-8")
    draft.replace(path)


def dump_rows(value: object) -> str:
    """JSON in which a list shows one item a line, and so does the outer dictionary: small, and easy to read in a diff."""
    if isinstance(value, dict):
        return "{\n" + ",\n".join(f"{json.dumps(key)}: {dump_rows(item)}" for key, item in value.items()) + "\n}"
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n" + ",\n".join(json.dumps(item) for item in value) + "\n]"
    return json.dumps(value)
