"""The notes of a score go in; they are drawn as bars in the film's colours, with their voices named beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from math import ceil, floor

import numpy as np

from video2midi.gm import drum_name
from video2midi.notes import DRUM_CHANNEL, Note, Score, Track
from video2midi.roll.canvas import Box
from video2midi.roll.layout import Plate
from video2midi.roll.palette import lift
from video2midi.scales import note_name

# All tuned by eye on films of three seconds to two hours.
_LIGHTS = 0.66, 0.86  # lightness of the lowest and the highest notes
_LEAST_ROWS, _MARGIN_ROWS = 24, 2
_HAIR = 2.2  # units: no note is narrower
_THICKEST = 36.0
_NAME_SIZE = 21.0
_NAME_GAP = 70.0
_SAMPLE = 44.0


class Form(Enum):
    """What the notes of a voice look like; the voices of a score take turns, in its order."""

    BAR = 0
    BEAD = 1
    """A head with a thin tail."""
    TWIN = 2
    """Two strings."""
    VEIL = 3
    """Thin, under a bright edge."""


def forms_of(score: Score) -> dict[str, Form]:
    """The form of each voice that has pitched notes, by its name."""
    names = [track.name for track in score.tracks if track.notes and track.channel != DRUM_CHANNEL]
    return {name: Form(n % len(Form)) for n, name in enumerate(names)}


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
        plate.label(y, note_name(pitch), size=18, ink=0.45, gap=16)


def draw_notes(plate: Plate, score: Score) -> None:
    """All pitched notes, the longest first, so that none hides behind a chord."""
    forms = forms_of(score)
    notes = pitched(score)
    of_note = [forms[track.name] for track, _ in score.notes() if track.channel != DRUM_CHANNEL]
    starts, ends = _seconds(notes)
    pitches = np.array([note.pitch for note in notes])
    colours = _colours(plate, starts, np.array([plate.height(note.pitch) for note in notes]))
    for number in np.lexsort((pitches, starts, starts - ends)):
        _draw_note(plate, notes[number], float(starts[number]), float(ends[number]), colours[number], of_note[number])


def _seconds(notes: Sequence[Note]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([float(note.start) for note in notes]), np.array([float(note.end) for note in notes])


def _colours(plate: Plate, starts: np.ndarray, heights: np.ndarray) -> np.ndarray:
    """The film's colour where each note begins, as high in the picture as the note is in the roll."""
    return lift(plate.moments.colours(starts, heights), _LIGHTS[0] + (_LIGHTS[1] - _LIGHTS[0]) * heights)


def _draw_note(plate: Plate, note: Note, start: float, end: float, colour: np.ndarray, form: Form) -> None:
    roll, hair = plate.layout.roll, _HAIR * plate.unit
    left, right = max(roll.left, plate.x(start)), min(roll.right, plate.x(end))
    if left >= roll.right:
        return
    if right - left > 6 * hair:
        right -= 0.9 * hair  # a breath, so that repeated notes stay apart
    y, half = plate.y(note.pitch), _thickness(plate, note, end - start) / 2
    box = Box(left, y - half, max(right, left + hair), y + half)
    peak = _peak(note, end - start)
    if box.width > 3 * hair:
        _draw_form(plate, form, box, colour, alpha=peak * _dying(plate, box, end - start))
    else:
        # Drawn wider than it is, it gives as much less light, so that many make a tone rather than a wall.
        plate.canvas.bar(box, colour, corner=7 * plate.unit, alpha=peak * max(0.4, min(1.0, (right - left) / hair)))


def _draw_form(plate: Plate, form: Form, box: Box, colour: np.ndarray, *, alpha: np.ndarray) -> None:
    """A note in the form of its voice.

    Args:
        alpha: for each column that the box touches.
    """
    canvas, corner, radius = plate.canvas, 7 * plate.unit, box.height / 2
    if form is Form.BAR:
        canvas.bar(box, colour, corner=corner, alpha=alpha)
    elif form is Form.BEAD:
        if box.width > 2 * radius:
            tail = Box(box.left, box.middle - 0.3 * radius, box.right, box.middle + 0.3 * radius)
            canvas.bar(tail, colour, corner=corner, alpha=0.8 * alpha)
        head = box.left + radius
        canvas.dot(head, box.middle, radius + 2 * plate.unit, plate.palette.ground, alpha=0.5)  # lest it sinks into a bar
        canvas.dot(head, box.middle, radius, colour, alpha=float(alpha[0]))
    elif form is Form.TWIN:
        for top in (box.top, box.top + 1.24 * radius):
            canvas.bar(Box(box.left, top, box.right, top + 0.76 * radius), colour, corner=corner, alpha=alpha)
    else:
        canvas.bar(box, colour, corner=corner, alpha=0.5 * alpha)
        canvas.bar(Box(box.left, box.top, box.right, box.top + 0.3 * radius), colour, corner=0.0, alpha=alpha)


def _thickness(plate: Plate, note: Note, length: float) -> float:
    """It tells velocity; low notes are heavier, and held ones lie wide behind the rest."""
    force, depth, held = note.velocity / 127, 1 - plate.height(note.pitch), min(1.0, length / 4)
    full = min(1.25 * plate.row_px, _THICKEST * plate.unit)
    return full * (0.45 + 0.55 * force) * (0.9 + 0.4 * depth) * (1 + 0.5 * held)


def _peak(note: Note, length: float) -> float:
    """Opacity where a note is struck: the longer it lasts, the thinner its colour."""
    return (0.78 + 0.22 * note.velocity / 127) / (1 + 0.12 * min(5.0, max(0.0, length - 1)))


def _dying(plate: Plate, box: Box, length: float) -> np.ndarray:
    """What is left of a note in each column: it dies away as a string does."""
    columns = np.arange(floor(box.left), ceil(box.right)) + 0.5 - box.left
    seconds = np.maximum(0, columns) * plate.end / plate.layout.roll.width
    left_over = 0.40 + 0.46 * min(1.0, 0.5 / length)
    return left_over + (1 - left_over) * np.exp(-seconds / (0.25 + 0.45 * length))


def draw_drums(plate: Plate, score: Score) -> None:
    """A dot for every stroke, a row for each drum, the lowest at the foot; named where there is room."""
    strokes, box, unit = drums(score), plate.layout.drums, plate.unit
    pitches = sorted({note.pitch for note in strokes})
    row = box.height / max(1, len(pitches))
    rows = {pitch: box.bottom - (n + 0.5) * row for n, pitch in enumerate(pitches)}
    for note, colour in zip(strokes, _colours(plate, _seconds(strokes)[0], _levels(strokes, rows, box)), strict=True):
        radius = min(0.42 * row, (8.5 if row < 40 * unit else 14) * unit) * (0.45 + 0.55 * note.velocity / 127)
        plate.canvas.dot(plate.x(float(note.start)), rows[note.pitch], radius, colour, alpha=0.92)
    for pitch in pitches if row >= 30 * unit else ():
        plate.canvas.fill(Box(box.left, rows[pitch] - 0.5 * unit, box.right, rows[pitch] + 0.5 * unit), plate.palette.ink, alpha=0.08)
        plate.label(rows[pitch], drum_name(pitch), size=18, ink=0.62, gap=16)


def _levels(strokes: Sequence[Note], rows: Mapping[int, float], box: Box) -> np.ndarray:
    """How high in the picture each stroke finds its colour."""
    return np.array([(box.bottom - rows[note.pitch]) / box.height for note in strokes])


def draw_names(plate: Plate, score: Score) -> None:
    """The name of each voice beside its notes, with a note as it draws them, moved apart where two would touch."""
    sounding = [track for track in score.tracks if track.notes]
    if not pitched(score) and len(sounding) == 1:
        return  # its drums have names
    wanted = [_name_y(plate, track) for track in sounding]
    # A single voice need not be told apart.
    forms = forms_of(score) if len(sounding) > 1 else {}
    within = plate.layout.roll.top, max(plate.layout.drums.middle, plate.layout.roll.bottom)
    for track, y in zip(sounding, spread(wanted, least=1.5 * _NAME_SIZE * plate.unit, within=within), strict=True):
        if track.name in forms:
            right = plate.layout.roll.left - _NAME_GAP * plate.unit
            box = Box(right - _SAMPLE * plate.unit, y - 0.4 * _NAME_SIZE * plate.unit, right, y + 0.4 * _NAME_SIZE * plate.unit)
            _draw_form(plate, forms[track.name], box, plate.palette.mix(0.75), alpha=np.ones(ceil(box.right) - floor(box.left)))
        gap = _NAME_GAP + (1.5 * _SAMPLE if forms else 0)
        plate.label(y, track.name.upper(), size=_NAME_SIZE, ink=0.9, gap=gap, spacing=0.14)


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
