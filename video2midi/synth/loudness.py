"""A score goes in; by how much to turn all of it up or down, so that a lone line and a full kit are about as loud, comes out.

What is estimated is the mean energy while anything sounds, from velocities, volumes and lengths alone: a film of any
length is judged without being rendered twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import merge
from math import log10

from video2midi.notes import DRUM_CHANNEL, Note, Score, Track
from video2midi.synth.curves import EXPRESSION, VOLUME, Curves, to_sample
from video2midi.synth.patches import Patch
from video2midi.synth.tables import FULL, LEVEL_BITS, RATE, rounded, velocities, volumes

_USUAL_DB = -4.5  # the estimate that comes out near -16 LUFS untouched; measured
_MOST_DB = 6
_A_HALVING_TO_ENERGY = 0.72  # a level halved every t has the energy of t * 0.72 at full: 1 / (2 ln 2)
_DRUM_S = 0.06
_RING_S = 0.25


def trim_db(score: Score, patches: list[Patch], curves: dict[int, Curves]) -> float:
    """Decibels to add, in halves, within 6 up or down; 0 for a score without notes.

    Args:
        patches: of the tracks, in their order.
        curves: of the channels.
    """
    energy, sounding, until = 0, 0, 0
    told = (_judged(track, patch, curves[track.channel]) for track, patch in zip(score.tracks, patches, strict=True))
    for start, length, level in merge(*told):
        energy += (level * level >> LEVEL_BITS) * length
        ring = start + length + int(_RING_S * RATE)
        sounding += max(0, ring - max(start, until))
        until = max(until, ring)
    if not energy:
        return 0.0
    loudness_db = 10 * log10(energy / sounding / FULL)
    return max(-_MOST_DB * 2, min(_MOST_DB * 2, int(rounded(2 * (_USUAL_DB - loudness_db))))) / 2


def _judged(track: Track, patch: Patch, curves: Curves) -> Iterator[tuple[int, int, int]]:
    """Start, length (in samples, as if at full all along) and level of each note."""
    longest = RATE * _DRUM_S if track.channel == DRUM_CHANNEL else _longest_s(patch) * RATE
    for note in track.notes:
        yield to_sample(note.start), min(int(longest), _held(note)), _level(note, curves)


def _held(note: Note) -> int:
    return to_sample(note.end) - to_sample(note.start) + RATE // 20


def _longest_s(patch: Patch) -> float:
    """For how long at full a note of this patch has the energy that it has when it is held for ever."""
    if patch.sustain and not patch.fade_ms:
        return 3600.0
    return _A_HALVING_TO_ENERGY * (patch.decay_ms * (1 - patch.sustain) + patch.fade_ms * patch.sustain) / 1000


def _level(note: Note, curves: Curves) -> int:
    start = to_sample(note.start)
    volume = int(volumes()[curves.value(VOLUME, start)]) * int(volumes()[curves.value(EXPRESSION, start)]) >> LEVEL_BITS
    return int(velocities()[note.velocity]) * volume >> LEVEL_BITS
