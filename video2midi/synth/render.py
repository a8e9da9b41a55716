"""A score goes in; its sound comes out in blocks, played by the little synthesiser: 16 kHz and 8 bits inside, 48 kHz outside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import merge

import numpy as np

from media.sound import SAMPLE_RATE
from video2midi.notes import DRUM_CHANNEL, Note, Score, Track
from video2midi.synth.curves import EXPRESSION, FINE, PAN, ROOM, VOLUME, Curves, to_sample
from video2midi.synth.drums import drum_of
from video2midi.synth.hits import drum_voice, knock_voice
from video2midi.synth.loudness import trim_db
from video2midi.synth.mix import end_at, limit, to_floats, upsample
from video2midi.synth.patches import Patch, patch_of
from video2midi.synth.space import Echo, HighPass, Room
from video2midi.synth.tables import LEVEL_BITS, RATE, SEGMENT, gain_of, look_up, pans, rounded, scramble, shift_to_zero, volumes
from video2midi.synth.voices import SPILL, Voice, WaveVoice

N_VOICES = 32
_BLOCK = 2 * RATE
_FADE = SAMPLE_RATE // 4
_MASTER_DB = 11.0
_ROOM_SEND = 40  # the value of CC91 at which a patch has the room of its recipe
_DRUM_ROOM_DB, _DRUM_ECHO_DB = -18.0, -34.0
_ECHO_S = (0.18, 0.48)


def render_score(score: Score, *, seed: int = 0, block: int = _BLOCK) -> Iterator[np.ndarray]:
    """Play a score.

    Args:
        seed: of the noise in drums and breath, and of where free waves begin.
        block: samples at 16 kHz that are made at a time, a multiple of 32; the sound does not depend on it.
    Yields:
        float32 (n, 2) at 48 kHz, whole numbers of 1/32768, within -1.5 dBFS; in all round(score.end * 48000) samples, the last
        0 after a fade of a quarter of a second. The same bytes on every machine.
    """
    n = round(score.end * SAMPLE_RATE)
    fade = max(1, min(_FADE, n // 8))
    for part in end_at(limit(upsample(_bus(score, seed, block))), n, fade=fade):
        yield to_floats(part)


def _bus(score: Score, seed: int, block: int) -> Iterator[np.ndarray]:
    """All parts in their room, int64 (2, block) at 16 kHz."""
    n = round(score.end * RATE) + 1
    block = min(block, -(-n // SEGMENT) * SEGMENT)
    orchestra = Orchestra(score, seed=seed, block=block)
    master = gain_of(_MASTER_DB + orchestra.trim_db)
    for at in range(0, n, block):
        yield shift_to_zero(orchestra.play(at) * master, LEVEL_BITS)


@dataclass
class _Part:
    """A track at play: its sound so far waits in `buffer`, whose column 0 is the first sample of the block."""

    track: Track
    patch: Patch
    curves: Curves
    sends: tuple[int, int]  # to the room and the echo
    buffer: np.ndarray
    voices: list[Voice]

    @property
    def is_drums(self) -> bool:
        return self.track.channel == DRUM_CHANNEL


class Orchestra:
    """The parts of a score, played block after block."""

    def __init__(self, score: Score, *, seed: int, block: int) -> None:
        self._seed, self._block = seed, block
        self._last = to_sample(score.end)
        curves = _curves_by_channel(score)
        self._parts = [_part(track, curves[track.channel], block) for track in score.tracks]
        self.trim_db = trim_db(score, [part.patch for part in self._parts], curves)
        self._coming = merge(*(_numbered(n, track) for n, track in enumerate(score.tracks)), key=lambda one: one[0])
        self._next = next(self._coming, None)
        self._sounding: list[Voice] = []
        self._clean, self._room, self._echo = HighPass(), Room(), Echo(_echo_delay(score))

    def play(self, at: int) -> np.ndarray:
        """The block that begins at sample `at`, int64 (2, block)."""
        while self._next is not None and self._next[0] < at + self._block:
            start, number, note = self._next
            self._begin(self._parts[number], start, note)
            self._next = next(self._coming, None)
        dry, room, echo = (np.zeros((2, self._block), np.int64) for _ in range(3))
        for part in self._parts:
            if part.voices or part.buffer.any():
                self._mix(part, at, dry, room, echo)
        wet = self._clean(np.concatenate([room, echo]))
        return dry + self._room(wet[:2]) + self._echo(wet[2:])

    def _begin(self, part: _Part, start: int, note: Note) -> None:
        key = (part.track.channel, note.pitch)
        self._sounding = [voice for voice in self._sounding if voice.end > start]
        if part.is_drums:
            self._choke(note.pitch, start)
            self._add(part, drum_voice(key=key, start=start, velocity=note.velocity, seed=self._seed))
            return
        for voice in self._sounding:
            if voice.key == key:
                voice.cut(start)
        own_seed = int(scramble(self._seed * 1_000_003 + start * 128 + note.pitch)) >> 33
        release = part.curves.sustained(to_sample(note.end), last=self._last)
        self._add(part, WaveVoice(part.patch, part.curves, key=key, start=start, release=release, velocity=note.velocity, seed=own_seed))
        if part.patch.knock:
            part.voices.append(knock_voice(part.patch, key=key, start=start, velocity=note.velocity, seed=own_seed))

    def _choke(self, pitch: int, start: int) -> None:
        """A closed hat silences an open one, whichever track it is written in."""
        choke = drum_of(pitch).choke
        for voice in self._sounding:
            if choke and voice.key[0] == DRUM_CHANNEL and drum_of(voice.key[1]).choke == choke:
                voice.cut(start)

    def _add(self, part: _Part, voice: Voice) -> None:
        if len(self._sounding) >= N_VOICES:
            victim = min(self._sounding, key=lambda one: (one.release > voice.start, one.start, one.velocity))
            victim.cut(voice.start)
            self._sounding.remove(victim)
        self._sounding.append(voice)
        part.voices.append(voice)

    def _mix(self, part: _Part, at: int, dry: np.ndarray, room: np.ndarray, echo: np.ndarray) -> None:
        for voice in part.voices:
            voice.render(part.buffer, at, at + self._block)
        part.voices = [voice for voice in part.voices if not voice.is_done]
        sound = part.buffer[:, : self._block].astype(np.int64)
        part.buffer = np.concatenate([part.buffer[:, self._block :], np.zeros((2, self._block), np.int32)], axis=1)
        points = np.arange(at, at + self._block + 1, SEGMENT, dtype=np.int64)
        levels = look_up(volumes(), part.curves.at(VOLUME, points) << 8) * look_up(volumes(), part.curves.at(EXPRESSION, points) << 8)
        pan = part.curves.at(PAN, points) << 8
        for side in range(2):
            level = (levels >> LEVEL_BITS) * look_up(pans()[side], pan) >> LEVEL_BITS
            sound[side] = sound[side] * _line(level) >> LEVEL_BITS
        dry += sound
        rooms = part.sends[0] * part.curves.at(ROOM, points) // (_ROOM_SEND * FINE)
        room += sound * _line(rooms) >> LEVEL_BITS
        echo += sound * part.sends[1] >> LEVEL_BITS


def _line(values: np.ndarray) -> np.ndarray:
    """Points to samples on straight lines, int64."""
    return (values[:-1, None] + ((values[1:] - values[:-1])[:, None] * np.arange(SEGMENT) >> 5)).reshape(-1)


def _part(track: Track, curves: Curves, block: int) -> _Part:
    patch = patch_of(track.program)
    decibels = (_DRUM_ROOM_DB, _DRUM_ECHO_DB) if track.channel == DRUM_CHANNEL else (patch.room_db, patch.echo_db)
    return _Part(track, patch, curves, (gain_of(decibels[0]), gain_of(decibels[1])), np.zeros((2, block + SPILL), np.int32), [])


def _curves_by_channel(score: Score) -> dict[int, Curves]:
    """Controls act on a channel, whichever track they are written in."""
    channels = {track.channel for track in score.tracks}
    return {
        channel: Curves(merge(*(track.controls for track in score.tracks if track.channel == channel), key=lambda control: control.time))
        for channel in channels
    }


def _numbered(number: int, track: Track) -> Iterator[tuple[int, int, Note]]:
    return ((to_sample(note.start), number, note) for note in track.notes)


def _echo_delay(score: Score) -> int:
    """Three quarters of a beat, or what is like it within reach."""
    seconds = score.tempo.changes[0].us_per_beat * 0.75e-6
    while seconds > _ECHO_S[1]:
        seconds /= 2
    return max(int(rounded(seconds * RATE)), int(_ECHO_S[0] * RATE))
