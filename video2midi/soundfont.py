"""A score and a soundfont file go in; the score played with its instruments comes out in blocks of 48 kHz.

The playing is done by tinysoundfont (MIT), which this toolkit does not ask for: it is used where somebody has installed it.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import merge
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from media.errors import UserError, from_os_error
from media.sound import SAMPLE_RATE
from video2midi.notes import BEND, DRUM_CHANNEL, Score, Track
from video2midi.synth.mix import end_at, limit_floats, to_floats

_GAIN_DB = 5.0  # a piece of five parts comes out near -16 LUFS; measured with TimGM6mb
_N_VOICES = 256
_FADE = SAMPLE_RATE // 4
_OFF, _CONTROL, _ON = range(3)  # in this order where they fall together

Event = tuple[int, int, int, int, int]
"""Sample, kind, channel and two values."""


def render_soundfont(score: Score, path: Path | str) -> Iterator[np.ndarray]:
    """Play a score with a soundfont.

    Args:
        path: an .sf2 or .sf3 file.
    Yields:
        float32 (n, 2) at 48 kHz, within -1.5 dBFS, in all round(score.end * 48000) samples, the last 0. Notes begin on the
        very sample.
    Raises:
        UserError: tinysoundfont is not installed; the file is missing or no soundfont, or lacks the instruments of a General
            MIDI set.
    """
    synth = _open(Path(path))
    for track in score.tracks:
        _choose(synth, track, Path(path))
    return _limited(_play(synth, score), n=round(score.end * SAMPLE_RATE))


def _open(path: Path) -> Any:
    try:
        tinysoundfont = import_module("tinysoundfont")
    except ImportError as error:
        remedy = "Type: pip install --no-deps tinysoundfont - or leave the soundfont out: the built-in synthesiser then plays."
        raise UserError(path, "to play a soundfont takes the package tinysoundfont, which is not installed", remedy) from error
    try:
        content = path.read_bytes()
    except OSError as error:
        raise from_os_error(path, error) from error
    synth = tinysoundfont.Synth(gain=_GAIN_DB, samplerate=SAMPLE_RATE)
    try:
        synth.sfload(content, max_voices=_N_VOICES)
    except RuntimeError as error:
        raise UserError(path, "this is no soundfont that can be read", "Name an .sf2 file.") from error
    return synth


def _choose(synth: Any, track: Track, path: Path) -> None:
    """Give a track's channel its instrument, or the font's first one where it lacks that."""
    is_drums = track.channel == DRUM_CHANNEL
    wanted = [(128, track.program or 0), (128, 0), (0, 0)] if is_drums else [(0, track.program or 0), (0, 0)]
    for bank, program in wanted:
        try:
            synth.program_select(track.channel, 0, bank, program, is_drums)
            return
        except RuntimeError:
            continue
    raise UserError(path, f"it holds no instrument for the track {track.name!r}", "Name a General MIDI soundfont.")


def _events(track: Track) -> Iterator[Event]:
    """What happens to a track's channel, in order."""
    told: list[Event] = []
    for note in track.notes:
        start = round(note.start * SAMPLE_RATE)
        told.append((start, _ON, track.channel, note.pitch, note.velocity))
        told.append((max(start + 1, round(note.end * SAMPLE_RATE)), _OFF, track.channel, note.pitch, 0))
    for control in track.controls:
        told.append((max(0, round(control.time * SAMPLE_RATE)), _CONTROL, track.channel, control.number, control.value))
    # Controls of one instant keep their order.
    return iter(sorted(told, key=lambda event: event[:2]))


def _play(synth: Any, score: Score) -> Iterator[np.ndarray]:
    """float32 (n, 2), as the soundfont has it, a second or less at a time."""
    end, at = round(score.end * SAMPLE_RATE), 0
    for sample, kind, channel, number, value in merge(*map(_events, score.tracks), key=lambda event: event[:2]):
        for part in _pieces(at, min(sample, end)):
            yield _generate(synth, part)
        at = max(at, min(sample, end))
        _send(synth, kind, channel, number, value)
    for part in _pieces(at, end):
        yield _generate(synth, part)


def _pieces(start: int, end: int) -> Iterator[int]:
    for at in range(start, end, SAMPLE_RATE):
        yield min(SAMPLE_RATE, end - at)


def _generate(synth: Any, n: int) -> np.ndarray:
    return np.frombuffer(synth.generate_simple(n), np.float32).reshape(-1, 2)


def _send(synth: Any, kind: int, channel: int, number: int, value: int) -> None:
    if kind == _ON:
        synth.noteon(channel, number, value)
    elif kind == _OFF:
        synth.noteoff(channel, number)
    elif number == BEND:
        synth.pitchbend(channel, value + 8192)
    else:
        synth.control_change(channel, number, value)


def _limited(blocks: Iterator[np.ndarray], *, n: int) -> Iterator[np.ndarray]:
    for part in end_at(limit_floats(blocks), n, fade=max(1, min(_FADE, n // 8))):
        yield to_floats(part)
