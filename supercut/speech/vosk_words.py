"""A voice and the folder of a Vosk model in, recognised words out; only where the package vosk is installed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from media.errors import UserError
from media.progress import OnProgress, Progress
from media.span import Span
from media.timecode import to_microsecond
from supercut.speech.hear import VOICE_RATE_HZ, VoiceReader

_PARTS = ("am", "conf", "final.mdl", "graph")  # any of these makes a folder look like a model
_FEED = VOICE_RATE_HZ // 4


def vosk_words(voice: VoiceReader, model: Path, *, on_progress: OnProgress) -> Iterator[tuple[str, Span, float]]:
    """Every word that Vosk hears: text, span, confidence.

    Raises:
        UserError: vosk is missing, or the folder is no model.
    """
    recogniser = load_recogniser(model)
    done = 0
    for block in voice.blocks():
        for start in range(0, len(block), _FEED):
            if recogniser.AcceptWaveform(block[start : start + _FEED].tobytes()):
                yield from _read_result(recogniser.Result())
        done += len(block)
        on_progress(Progress("transcribe", done / VOICE_RATE_HZ, float(voice.duration)))
    yield from _read_result(recogniser.FinalResult())


def load_recogniser(model: Path) -> Any:
    """A Vosk recogniser that tells word times.

    Raises:
        UserError: vosk is missing, or the folder is no model.
    """
    if not model.is_dir() or not any((model / part).exists() for part in _PARTS):
        raise UserError(
            model, "this is not the folder of a Vosk model", "Unpack a model from alphacephei.com/vosk/models and name its folder."
        )
    try:
        import vosk
    except ImportError as error:
        raise UserError(model, "a Vosk model needs the package vosk, which is not installed", "Install it: pip install vosk") from error
    vosk.SetLogLevel(-1)
    try:
        recogniser = vosk.KaldiRecognizer(vosk.Model(str(model)), VOICE_RATE_HZ)
    except Exception as error:  # vosk raises bare Exception
        raise UserError(model, "Vosk cannot load this model", "Unpack it again, or choose another.") from error
    recogniser.SetWords(True)
    return recogniser


def _read_result(text: str) -> Iterator[tuple[str, Span, float]]:
    for entry in json.loads(text).get("result", ()):
        start, end = (to_microsecond(Fraction(str(entry[key]))) for key in ("start", "end"))
        yield entry["word"], Span(start, max(start, end)), min(1.0, max(0.0, float(entry.get("conf", 1.0))))
