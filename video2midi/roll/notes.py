"""The notes of a score go in; they are drawn as bars in the film's colours, with their voices named beside them."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor

import numpy as np

from video2midi.roll.canvas import Box
from video2midi.roll.layout import Plate
from video2midi.roll.palette import lift
from video2midi.score import DRUM_CHANNEL, Note, Score, Track

# All tuned by eye on films of three seconds to two hours.
_LIGHTS = 0.66, 0.86  # lightness of the lowest and the highest notes
_LEAST_ROWS, _MARGIN_ROWS = 24, 2
_HAIR = 2.2  # units: no note is narrower
_THICKEST = 26.0
_NAME_SIZE = 21.0
_NAME_GAP = 70.0


def pitched(score: Score) -> list[Note]:
    """All notes but those of drums."""
    return [note for track, note in score.notes() if track.channel != DRUM_CHANNEL]


def drums(score: Score) -> list[Note]:
    """The strokes of drums."""
    return [note for track, note in score.notes() if track.channel == DRUM_CHANNEL]


def pitch_rows(score: Score) -> tuple[int, int]:
    """The pitch of the lowest row, and how many rows all notes need, with a margin."""
    pitches = [note.pitch for note in pitched(score)] or [60]
    low, high = min(pitches) - _MARGIN_ROWS, max(pitches) + _MARGIN_ROWS
    n_rows = max(_LEAST_ROWS, high - low + 1)
    return low - (n_rows - (high - low + 1)) // 2, n_rows


def draw_octaves(plate: Plate) -> None:
    """A hair line at every C, with its name (C4 is the middle one)."""
    roll, half = plate.layout.roll, 0.5 * plate.unit
    for pitch in range(12 * ceil(plate.low / 12), plate.low + plate.n_rows, 12):
        y = plate.y(pitch)
        plate.canvas.fill(Box(roll.left, y - half, roll.right, y + half), plate.palette.ink, alpha=0.10)
        plate.label(y, f"C{pitch // 12 - 1}", size=18, ink=0.45, gap=16)


def draw_notes(plate: Plate, score: Score) -> None:
    """All pitched notes, the longest first, so that none hides behind a chord."""
    notes = sorted(pitched(score), key=lambda note: (note.start - note.end, note.start, note.pitch))
    heights = np.array([plate.height(note.pitch) for note in notes])
    for note, colour in zip(notes, _colours(plate, notes, heights), strict=True):
        _draw_note(plate, note, colour)


def _colours(plate: Plate, notes: Sequence[Note], heights: np.ndarray) -> np.ndarray:
    """The film's colour where each note begins, as high in the picture as the note is in the roll."""
    starts = np.array([float(note.start) for note in notes])
    return lift(plate.moments.colours(starts, heights), _LIGHTS[0] + (_LIGHTS[1] - _LIGHTS[0]) * heights)


def _draw_note(plate: Plate, note: Note, colour: np.ndarray) -> None:
    start, end = float(note.start), float(note.end)
    left, right, hair = plate.x(start), plate.x(end), _HAIR * plate.unit
    if right - left > 6 * hair:
        right -= 0.9 * hair  # a breath, so that repeated notes stay apart
    half = _thickness(plate, note) / 2
    y = plate.y(note.pitch)
    box = Box(left, y - half, max(right, left + hair), y + half)
    alpha = _dying(plate, note, box) if box.width > 3 * hair else _peak(note) * _share(right - left, hair)
    plate.canvas.bar(box, colour, corner=7 * plate.unit, alpha=alpha)


def _share(width: float, hair: float) -> float:
    """A note drawn wider than it is gives as much less light, so that many make a tone rather than a wall."""
    return max(0.4, min(1.0, width / hair)) if hair else 1.0


def _thickness(plate: Plate, note: Note) -> float:
    """It tells velocity; low notes are heavier, and held ones lie wide behind the rest."""
    force, depth, held = note.velocity / 127, 1 - plate.height(note.pitch), min(1.0, float(note.end - note.start) / 4)
    full = min(1.25 * plate.row_px, _THICKEST * plate.unit)
    return full * (0.45 + 0.55 * force) * (0.9 + 0.4 * depth) * (1 + 0.5 * held)


def _peak(note: Note) -> float:
    """Opacity where a note is struck: the longer it lasts, the thinner its colour."""
    return (0.78 + 0.22 * note.velocity / 127) / (1 + 0.12 * min(5.0, max(0.0, float(note.end - note.start) - 1)))


def _dying(plate: Plate, note: Note, box: Box) -> np.ndarray:
    """Opacity along a note: it dies away as a string does."""
    length = float(note.end - note.start)
    columns = np.arange(floor(box.left), ceil(box.right)) + 0.5 - box.left
    seconds = np.maximum(0, columns) * plate.end / plate.layout.roll.width
    left_over = 0.40 + 0.46 * min(1.0, 0.5 / length)
    return _peak(note) * (left_over + (1 - left_over) * np.exp(-seconds / (0.25 + 0.45 * length)))


def draw_drums(plate: Plate, score: Score) -> None:
    """A dot for every stroke, a row for each drum, the lowest at the foot."""
    strokes, box = drums(score), plate.layout.drums
    pitches = sorted({note.pitch for note in strokes})
    rows, row = {pitch: n for n, pitch in enumerate(pitches)}, box.height / max(1, len(pitches))
    for note, colour in zip(strokes, _colours(plate, strokes, np.full(len(strokes), 0.75)), strict=True):
        y = box.bottom - (rows[note.pitch] + 0.5) * row
        radius = min(0.42 * row, 8.5 * plate.unit) * (0.45 + 0.55 * note.velocity / 127)
        plate.canvas.dot(plate.x(float(note.start)), y, radius, colour, alpha=0.92)


def draw_names(plate: Plate, score: Score) -> None:
    """The name of each voice beside its notes, moved apart where two would touch."""
    sounding = [track for track in score.tracks if track.notes]
    wanted = [_name_y(plate, track) for track in sounding]
    within = plate.layout.roll.top, max(plate.layout.drums.middle, plate.layout.roll.bottom)
    for track, y in zip(sounding, spread(wanted, least=1.5 * _NAME_SIZE * plate.unit, within=within), strict=True):
        plate.label(y, track.name.upper(), size=_NAME_SIZE, ink=0.9, gap=_NAME_GAP, spacing=0.14)


def _name_y(plate: Plate, track: Track) -> float:
    if track.channel == DRUM_CHANNEL:
        return plate.layout.drums.middle
    return plate.y(float(np.median([note.pitch for note in track.notes])))


def spread(wanted: Sequence[float], *, least: float, within: tuple[float, float]) -> list[float]:
    """Move places apart until neighbours are `least` from one another, near to where they were wanted.

    They stay within two bounds, and closer together where these leave no room.
    """
    if not wanted:
        return []
    order = np.argsort(wanted, kind="stable")
    least = min(least, (within[1] - within[0]) / max(1, len(wanted) - 1))
    steps = least * np.arange(len(wanted))
    # Less its step, no place may lie before the one above it: what does is pooled with it, as in isotonic regression.
    pools: list[list[float]] = []
    for place in np.array(wanted, float)[order] - steps:
        pools.append([place])
        while len(pools) > 1 and np.mean(pools[-2]) >= np.mean(pools[-1]):
            last = pools.pop()
            pools[-1] += last
    level = np.concatenate([np.full(len(pool), np.mean(pool)) for pool in pools])
    places = np.clip(level, within[0], max(within[0], within[1] - steps[-1])) + steps
    found = np.empty(len(wanted))
    found[order] = places
    return [float(place) for place in found]
