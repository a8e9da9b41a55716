"""A timeline in; shots, fades and stills out, and the picture of any frame."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from draw import HEIGHT_PX, WIDTH_PX, Canvas, rise
from scenes_cut import draw_bird_in, draw_bird_out, draw_day, draw_film, draw_film_cut, draw_night, draw_windows
from scenes_dream import draw_again, draw_breath, draw_dream, draw_listen, draw_machine, draw_tree
from scenes_light import draw_dark, draw_eyes, draw_river, draw_sun, draw_window
from timeline import BREATH, FRAME_RATE, Cue, Timeline

Scene = Callable[[Canvas, float, Cue], None]
CROSS, TO_BLACK, FROM_BLACK = "cross", "to black", "from black"


@dataclass(frozen=True)
class Shot:
    """A scene and the frames in which it is seen, [start, end); neighbours overlap in a cross fade."""

    name: str
    draw: Scene
    start: int
    end: int


@dataclass(frozen=True)
class Fade:
    """A fade over the frames [start, end)."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True)
class Storyboard:
    """The whole picture side of the film, in frames; in a still the clock of the picture stands."""

    shots: tuple[Shot, ...]
    fades: tuple[Fade, ...]
    stills: tuple[tuple[int, int], ...]
    n_frames: int

    @property
    def cuts(self) -> tuple[int, ...]:
        """The first frames of the shots that begin with a hard cut."""
        soft = [(fade.start, fade.end) for fade in self.fades]
        dark = [(a.start, b.end) for a in self.fades for b in self.fades if (a.kind, b.kind) == (TO_BLACK, FROM_BLACK)]
        return tuple(shot.start for shot in self.shots[1:] if not any(a <= shot.start < b for a, b in soft + dark))

    def picture_frame(self, frame: int) -> float:
        """The clock of the picture, in frames: film frames less the time that stood still before."""
        stood = sum(max(0, min(frame, end - 1) - start) for start, end in self.stills)
        return frame - stood


def to_frame(time_s: float) -> int:
    """The frame nearest to a time."""
    return round(time_s * FRAME_RATE)


def plan(timeline: Timeline) -> Storyboard:
    """Place every shot, fade and still on the words."""
    begin = timeline.line_starts_s

    def word(text: str, line: int, nth: int = 0) -> float:
        return timeline.find(text, line=line, nth=nth).start_s

    last_word_s = [timeline.spoken(line)[-1].end_s for line in range(len(begin))]
    cross = Fade(CROSS, to_frame(timeline.find("asleep", line=12).start_s + 0.3), to_frame(word("dream", 12) + 0.1))
    to_black = Fade(TO_BLACK, to_frame(word("out", 15)), to_frame(timeline.find("out", line=15).end_s + 0.3))
    again_s = begin[16] - 0.86
    from_black = Fade(FROM_BLACK, to_frame(again_s), to_frame(again_s + 0.6))
    starts: list[tuple[str, Scene, float]] = [
        ("dark", draw_dark, 0.0),
        ("window", draw_window, begin[1] - 0.2),
        ("sun", draw_sun, begin[2] - 0.14),
        ("river", draw_river, begin[3] - 0.14),
        ("eyes", draw_eyes, begin[4] - 0.3),
        ("film", draw_film, begin[5] - 0.14),
        ("film cut", draw_film_cut, word("cut", 5)),
        ("day", draw_day, begin[6] - 0.16),
        ("night", draw_night, word("we", 6, 1) - 0.04),
        ("windows", draw_windows, begin[7] - 0.14),
        ("bird out", draw_bird_out, begin[8] - 0.6),
        ("bird in", draw_bird_in, word("into", 8)),
        ("breath", draw_breath, begin[9] - 0.16),
        ("listen", draw_listen, begin[10] - 0.22),
        ("machine", draw_machine, begin[11] - 0.14),
        ("dream", draw_dream, cross.start / FRAME_RATE),
        ("tree", draw_tree, begin[13] - 0.36),
        ("again", draw_again, again_s),
    ]
    n_frames = to_frame(timeline.duration_s)
    edges = [to_frame(start_s) for _, _, start_s in starts] + [n_frames]
    ends = [cross.end if name == "machine" else edges[i + 1] for i, (name, _, _) in enumerate(starts)]
    shots = tuple(Shot(name, draw, edges[i], ends[i]) for i, (name, draw, _) in enumerate(starts))
    at = {shot.name: shot for shot in shots}
    stills = (
        (0, 26),
        (to_frame(last_word_s[4] + 0.1), at["film"].start),
        (to_frame(last_word_s[10] + 0.12), at["machine"].start),
        (to_frame(word("nothing", 14)), to_frame(word("light", 15))),
        (to_black.end, from_black.start),
        (n_frames - 27, n_frames),
    )
    return Storyboard(shots, (cross, to_black, from_black), stills, n_frames)


class Projector:
    """Draws any frame of a storyboard; `loudness` is the voice's level, 0 to 1, frame by frame."""

    def __init__(self, board: Storyboard, timeline: Timeline, loudness: np.ndarray) -> None:
        self.board, self.loudness = board, loudness
        self.cues = {shot.name: self._cue(shot, timeline) for shot in board.shots}

    def _cue(self, shot: Shot, timeline: Timeline) -> Cue:
        def local(time_s: float) -> float:
            low = int(time_s * FRAME_RATE)
            part = time_s * FRAME_RATE - low
            now = self.board.picture_frame(low) * (1 - part) + self.board.picture_frame(low + 1) * part
            return (now - self.board.picture_frame(shot.start)) / FRAME_RATE

        span_s = (shot.start / FRAME_RATE - 0.06, shot.end / FRAME_RATE)
        words = tuple((word.text, local(word.start_s)) for word in timeline.words if span_s[0] <= word.start_s < span_s[1])
        inside = [s for s in timeline.sounds if s.kind == BREATH and span_s[0] <= s.start_s < span_s[1]]
        return Cue(local(span_s[1]), words, tuple((local(s.start_s), local(s.end_s)) for s in inside))

    def _shot_picture(self, shot: Shot, frame: int) -> np.ndarray:
        time_s = (self.board.picture_frame(frame) - self.board.picture_frame(shot.start)) / FRAME_RATE
        canvas = Canvas()
        shot.draw(canvas, time_s, replace(self.cues[shot.name], loud=float(self.loudness[frame])))
        return canvas.picture()

    def picture(self, frame: int) -> np.ndarray:
        """The picture of a frame: float32 (360, 640, 3) RGB, 0 to 255, the same array values all through a still."""
        frame = next((start for start, end in self.board.stills if start <= frame < end), frame)
        light = 1.0
        for fade in self.board.fades:
            if fade.kind == TO_BLACK and frame >= fade.start:
                light = 1 - rise(frame + 1, fade.start, fade.end)
            elif fade.kind == FROM_BLACK and frame >= fade.start:
                light = rise(frame, fade.start, fade.end)
        if light <= 0:
            return np.zeros((HEIGHT_PX, WIDTH_PX, 3), np.float32)
        seen = [shot for shot in self.board.shots if shot.start <= frame < shot.end]
        picture = self._shot_picture(seen[0], frame)
        if len(seen) == 2:
            share = (frame + 1 - seen[1].start) / (seen[0].end - seen[1].start + 1)
            picture += (self._shot_picture(seen[1], frame) - picture) * share
        return picture * light


def frame_loudness(sound: np.ndarray, *, sound_rate_hz: int, n_frames: int) -> np.ndarray:
    """How loud a sound is at every frame, 0 to 1: its level over 100 ms on a scale of 30 dB."""
    power = np.pad((sound**2).mean(0), sound_rate_hz)
    total = np.concatenate([[0.0], np.cumsum(power)])
    middle = np.arange(n_frames) * sound_rate_hz // FRAME_RATE + sound_rate_hz
    half = sound_rate_hz // 20
    level_db = 10 * np.log10((total[middle + half] - total[middle - half]) / (2 * half) + 1e-12)
    return np.clip((level_db + 42) / 30, 0, 1)
