"""A score, its film and what was seen in it go in; the whole roll comes out, as a picture or a file."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np

from media.fonts import face_for
from media.frames import PICTURE_RATE
from media.pictures import source_name
from media.progress import OnProgress, ignore_progress
from media.timecode import short_clock_text
from video2midi.notes import Score
from video2midi.roll.canvas import Box, Canvas
from video2midi.roll.film import open_view
from video2midi.roll.lanes import (
    Curve,
    Lane,
    controllers,
    curves_of,
    draw_axis,
    draw_curve,
    draw_cuts,
    draw_light,
    shot_tints,
    still_share,
)
from video2midi.roll.layout import Layout, Plate, lay_out
from video2midi.roll.lettering import Lettering
from video2midi.roll.moments import Moments, gather, moment_edges, shot_edges, slit_scan, still_edges
from video2midi.roll.notes import draw_drums, draw_names, draw_notes, draw_octaves, drums, pitch_rows, pitched
from video2midi.roll.palette import palette_of

SIZE_PX = (3840, 2160)
"""Of a roll unless told: fills a screen of today, and prints 65 by 37 cm at 150 dots an inch."""
_CLOSE_S = 0.25  # from one moment to the next: what moves then runs together


def draw_roll(
    score: Score,
    source: Path | str,
    *,
    seconds: np.ndarray,
    lanes: Sequence[Lane] = (),
    cuts: Sequence[Fraction] = (),
    moving: np.ndarray | None = None,
    facts: Sequence[str] = (),
    rate: Fraction = PICTURE_RATE,
    size_px: tuple[int, int] = SIZE_PX,
    on_progress: OnProgress = ignore_progress,
) -> np.ndarray:
    """Draw a score over its film: stills of the shots, a ribbon of every moment, notes, features, all on one line of time.

    Notes have the colour that the film has where they begin, as high in the picture as they are in the roll; light
    falls from the ribbon, and goes out where the picture stands still.

    Args:
        source: a film, or a folder or pattern of pictures.
        seconds: media times of the frames, (N,).
        lanes: features, from top to bottom.
        cuts: media times at which shots begin.
        moving: whether the picture moves at each frame, (N,) bool; None: always.
        facts: told beside the film's length: its key, say.
        rate: pictures a second, for sources that are pictures.
        size_px: (width, height).
    Returns:
        (height, width, 3) uint8; the same for the same input.
    Raises:
        UserError: the film cannot be read.
    """
    seconds, end = np.asarray(seconds, float), max(float(score.end), 1e-3)
    curves = curves_of(score, lanes, seconds)
    layout = _layout_for(score, size_px, n_lanes=len(curves))
    view = open_view(source, rate=rate)
    edges = moment_edges(seconds, cuts, end, n_most=view.n_most)
    slots = still_edges(cuts, end, n_fitting=layout.strip.width / (layout.strip.height * view.proportions))
    heights_px = round(layout.ribbon.height), round(1.5 * layout.strip.height)
    moments, stills = gather(view, edges, slots, heights_px=heights_px, on_progress=on_progress)
    words = title_of(score, source), line_of_facts(score, cuts, facts)
    plate = _plate(score, layout, moments, size_px=size_px, end=end, words=words)
    draw_light(plate, still_share(seconds, moving, end=end, n_columns=plate.n_columns))
    draw_cuts(plate, cuts)
    _draw_stills(plate, stills, slots, cuts)
    _draw_ribbon(plate, cuts)
    _draw_music(plate, score, curves, cuts)
    _draw_title(plate, *words)
    return plate.canvas.finished()


def _layout_for(score: Score, size_px: tuple[int, int], *, n_lanes: int) -> Layout:
    strokes = {note.pitch for note in drums(score)}
    return lay_out(size_px, n_lanes=n_lanes, n_drums=len(strokes), drums_only=bool(strokes) and not pitched(score))


def _draw_music(plate: Plate, score: Score, curves: Sequence[Curve], cuts: Sequence[Fraction]) -> None:
    if pitched(score) or not drums(score):
        draw_octaves(plate)
    draw_notes(plate, score)
    draw_drums(plate, score)
    draw_names(plate, score)
    tints = shot_tints(plate, cuts)
    for curve, box in zip(curves, plate.layout.lanes, strict=True):
        draw_curve(plate, curve, box, tints)
    draw_axis(plate)


def title_of(score: Score, source: Path | str) -> str:
    """The film's name without the ending of a file."""
    return source_name(source) if score.title in ("", Path(source).name) else score.title


def line_of_facts(score: Score, cuts: Sequence[Fraction], facts: Sequence[str]) -> str:
    """What there is to tell of it in a line."""
    end = float(score.end)
    length = short_clock_text(round(end)) if end >= 10 else f"{end:.2g} s"
    sounding = _count(score.n_notes, "note") or _count(len(list(controllers(score))), "controller") or "silence"
    counts = [sounding, _count(len(cuts), "cut")]
    return "   ·   ".join([length, *facts, *filter(None, counts)])


def _count(n: int, what: str) -> str:
    return f"{n} {what}{'' if n == 1 else 's'}" if n else ""


def _plate(score: Score, layout: Layout, moments: Moments, *, size_px: tuple[int, int], end: float, words: Sequence[str]) -> Plate:
    palette = palette_of(moments.means, moments.bands)
    low, n_rows = pitch_rows(score)
    canvas = Canvas(size_px, palette.ground, Lettering(face_for([*words, *(track.name for track in score.tracks)])))
    return Plate(canvas, layout, palette, moments, end, low, n_rows)


def _draw_stills(plate: Plate, stills: Sequence[np.ndarray], slots: np.ndarray, cuts: Sequence[Fraction]) -> None:
    strip, shots = plate.layout.strip, set(shot_edges(cuts, plate.end))
    for rgb, first, last in zip(stills, slots[:-1], slots[1:], strict=True):
        left = plate.x(first)
        plate.canvas.picture(rgb, Box(left, strip.top, plate.x(last), strip.bottom))
        half = (1.5 if first in shots else 0.75) * plate.unit
        if first > 0:
            plate.canvas.fill(Box(left - half, strip.top, left + half, strip.bottom), plate.palette.ground)


def _draw_ribbon(plate: Plate, cuts: Sequence[Fraction]) -> None:
    """Where moments follow closely, a slit that the film runs past; else a slice of each."""
    ribbon, moments = plate.layout.ribbon, plate.moments
    if np.median(np.diff(moments.edges)) <= _CLOSE_S:
        plate.canvas.picture(slit_scan(moments, plate.column_times, shot_edges(cuts, plate.end)), ribbon)
        return
    for rgb, (first, last) in zip(moments.slices, pairwise(moments.edges), strict=True):
        plate.canvas.picture(rgb, Box(plate.x(first), ribbon.top, plate.x(last), ribbon.bottom))


def _draw_title(plate: Plate, title: str, facts: str) -> None:
    layout, unit, lettering = plate.layout, plate.unit, plate.canvas.lettering
    facts_size = 30 * unit
    room = layout.strip.width - lettering.width(facts, size=facts_size) - 80 * unit
    size = 84 * unit * min(1.0, max(0.5, room / max(1.0, lettering.width(title, size=84 * unit))))
    fitting = lettering.shorten(title, size=size, within=room)
    plate.canvas.text(layout.strip.left - 0.06 * size, layout.title_y, fitting, size=size, colour=plate.palette.ink)
    plate.canvas.text(layout.strip.right, layout.title_y, facts, size=facts_size, colour=plate.palette.mix(0.62), anchor="r")
