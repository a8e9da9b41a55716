"""A MIDI file and the score it was made from go in; how far its worst note is from the planned instant comes out."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import floor, isinf
from pathlib import Path

import numpy as np

from media.errors import UserError, from_os_error
from media.timecode import clock_text
from video2midi.notes import Score, Track

_REMEDY = "This is a defect of the program; nothing was written. Please report it with the command."
_N_DATA_BYTES = {0x80: 2, 0x90: 2, 0xA0: 2, 0xB0: 2, 0xC0: 1, 0xD0: 1, 0xE0: 2}
_END_OF_TRACK, _SET_TEMPO = 0x2F, 0x51
_USUAL_BEAT_US = 500_000
_MOST_PARTS = 2**52 - 1
_TRIFLE = 1e-6  # of a part, for what floats lose


@dataclass(frozen=True)
class Check:
    """What reading a file back told.

    Args:
        n_notes: in the file.
        worst_ms: the largest distance of a note's start from the instant planned for it.
        n_merged: planned notes that another of the same pitch on the same channel stands for, at the same tick.
    """

    n_notes: int
    worst_ms: float
    n_merged: int = 0

    def told(self, *, planned: str = "its frame") -> str:
        """The finding in one line.

        Args:
            planned: what the notes were planned for.
        """
        if not self.n_notes:
            return "no notes"
        merged = f"; {self.n_merged:,} more fell on one of the same pitch" if self.n_merged else ""
        if self.n_notes == 1:
            return f"1 note, {self.worst_ms:.2f} ms from {planned}{merged}"
        return f"{self.n_notes:,} notes; the worst is {self.worst_ms:.2f} ms from {planned}{merged}"


@dataclass(frozen=True)
class _Tempo:
    """The file's own tempo map, in parts of a second of which a tick has as many as a beat has microseconds.

    Args:
        per_second: such parts.
        ticks, us, starts: (n,) int64; where each tempo begins, microseconds of its beat, and parts since tick 0.
    """

    per_second: int
    ticks: np.ndarray
    us: np.ndarray
    starts: np.ndarray

    def at(self, ticks: np.ndarray) -> np.ndarray:
        """Parts at ticks."""
        n = np.searchsorted(self.ticks, ticks, side="right") - 1
        return self.starts[n] + (ticks - self.ticks[n]) * self.us[n]

    def us_at(self, parts: np.ndarray) -> np.ndarray:
        """Microseconds of a beat, and so parts of a tick."""
        return self.us[np.searchsorted(self.starts, parts, side="right") - 1]


@dataclass
class _ReadTrack:
    """What the check needs of a track.

    Args:
        notes: every note message in order, as tick * 4096 + channel * 256 + pitch * 2 + (1 if it starts).
        tempos: tick and microseconds.
        end_tick: of its end event; -1 without one.
    """

    notes: list[int] = field(default_factory=list)
    tempos: list[tuple[int, int]] = field(default_factory=list)
    end_tick: int = -1


@dataclass(frozen=True)
class _Starts:
    """The starts of notes; each field is (n,) int64: channel * 128 + pitch, and the instant in parts of a second."""

    key: np.ndarray
    part: np.ndarray


def check(path: Path, score: Score, *, where: str = "") -> Check:
    """Read a file back and compare it with the plan.

    Every note of the score must start within half a tick of its instant (0 for what lies before the film), in the
    track of its name, or coincide with a louder one of its pitch and channel. No other notes may be there, each must
    end, none may start while another of its pitch sounds on its channel, and every track must reach the film's end.

    Args:
        where: what to call the file in errors; its path by default.
    Raises:
        UserError: it cannot be read, or any of this is not so.
    """
    name = where or str(path)
    try:
        tempo, tracks = _read(path.read_bytes())
    except OSError as error:
        raise from_os_error(path, error) from error
    except (IndexError, KeyError, ValueError, struct.error) as error:
        raise UserError(name, f"the file does not read back ({error})", _REMEDY) from error
    voices = tracks[1:]
    if len(voices) != len(score.tracks):
        raise UserError(name, f"the file has {len(voices)} voices, planned were {len(score.tracks)}", _REMEDY)
    _require_closed(voices, name)
    _require_length(tracks, tempo, score.end, name)
    return _compare(voices, tempo, score, name)


def _read(content: bytes) -> tuple[_Tempo, list[_ReadTrack]]:
    """The tempo map and the tracks of a file of type 1."""
    kind, length, form, n_tracks, ppq = struct.unpack_from(">4sLHHH", content)
    if kind != b"MThd" or form != 1 or not 0 < ppq < 0x8000:
        raise ValueError("its header is not one of type 1 in ticks a beat")
    tracks, at = [], 8 + length
    for _ in range(n_tracks):
        kind, length = struct.unpack_from(">4sL", content, at)
        if kind != b"MTrk":
            raise ValueError("a track does not begin where it should")
        tracks.append(_read_track(content, at + 8, at + 8 + length))
        at += 8 + length
    if at != len(content):
        raise ValueError("it goes on after its last track")
    return _read_tempo(tracks[0].tempos, ppq), tracks


def _read_tempo(tempos: list[tuple[int, int]], ppq: int) -> _Tempo:
    """120 beats a minute till the first event; of two at one tick the later counts."""
    changes = sorted({0: _USUAL_BEAT_US, **dict(tempos)}.items())
    ticks, us = np.array(changes, dtype=np.int64).T
    starts = np.concatenate([[0], np.cumsum(np.diff(ticks) * us[:-1])])
    return _Tempo(ppq * 1_000_000, ticks, us, starts)


def _read_track(content: bytes, at: int, end: int) -> _ReadTrack:
    """Sum up the delta times of a track and keep its notes and tempos."""
    track = _ReadTrack()
    keep, sizes = track.notes.append, _N_DATA_BYTES
    tick, status = 0, 0
    while at < end:
        delta, at = _variable(content, at) if content[at] & 0x80 else (content[at], at + 1)
        tick += delta
        if content[at] & 0x80:
            status, at = content[at], at + 1
        if status >= 0xF0:
            at = _read_other(content, at, status, tick, track)
            status = 0
            continue
        kind = status & 0xF0
        if kind == 0x80 or kind == 0x90:
            keep(tick << 12 | (status & 15) << 8 | content[at] << 1 | (kind == 0x90 and content[at + 1] > 0))
        at += sizes[kind]
    if at != end or track.end_tick != tick:
        raise ValueError("a track does not end where it should")
    return track


def _read_other(content: bytes, at: int, status: int, tick: int, track: _ReadTrack) -> int:
    """Take in a meta event, pass over system exclusive; returns where the next begins."""
    kind = content[at] if status == 0xFF else -1
    length, at = _variable(content, at + (status == 0xFF))
    if kind == _SET_TEMPO:
        track.tempos.append((tick, int.from_bytes(content[at : at + length], "big")))
    elif kind == _END_OF_TRACK:
        track.end_tick = tick
    return at + length


def _variable(content: bytes, at: int) -> tuple[int, int]:
    """A number in groups of seven bits, and where it ends."""
    number = 0
    while True:
        byte = content[at]
        number, at = number << 7 | byte & 0x7F, at + 1
        if byte < 0x80:
            return number, at


def _require_closed(voices: list[_ReadTrack], where: str) -> None:
    """Every start is followed by its end before the next of its key, as a player merges tracks: at equal ticks in order."""
    messages = np.array([message for voice in voices for message in voice.notes], dtype=np.int64)
    tick, key, starts = messages >> 12, messages >> 1 & 0x7FF, messages & 1
    order = np.lexsort((tick, key))
    wrong = starts[order] == np.arange(len(order)) % 2
    wrong[1::2] |= key[order][1::2] != key[order][:-1:2][: len(wrong) // 2]
    if wrong.any() or len(order) % 2:
        n = order[int(wrong.argmax())]
        which = f"pitch {key[n] & 127} on channel {(key[n] >> 7) + 1}"
        raise UserError(where, f"{which} overlaps itself or does not end, near tick {tick[n]}", _REMEDY)


def _require_length(tracks: list[_ReadTrack], tempo: _Tempo, end: Fraction, where: str) -> None:
    part = floor(end * tempo.per_second)
    ends = tempo.at(np.array([track.end_tick for track in tracks]))
    if 2 * (part - ends.min()) > tempo.us_at(np.array([part]))[0]:
        raise UserError(where, f"track {ends.argmin()} ends before the film does", _REMEDY)


def _compare(voices: list[_ReadTrack], tempo: _Tempo, score: Score, where: str) -> Check:
    """Pair every planned note with the nearest start of its pitch in its track."""
    worst_ms = 0.0
    unpaired: list[tuple[Track, _Starts]] = []
    starts = [_starts(voice, tempo) for voice in voices]
    taken = [np.zeros(len(of_track.key), dtype=bool) for of_track in starts]
    for track, of_track, in_use in zip(score.tracks, starts, taken, strict=True):
        nearest, error_ms = _nearest(of_track, track, tempo, half_ticks=1)
        paired = nearest >= 0
        in_use[nearest[paired]] = True
        unpaired += [(replace(track, notes=(track.notes[n],)), of_track) for n in np.flatnonzero(~paired)]
        worst_ms = max(worst_ms, float(error_ms[paired].max(initial=0.0)))
    if unpaired:
        _require_stood_for(unpaired, starts, taken, tempo, where)
    n_left = sum(int((~in_use).sum()) for in_use in taken)
    if n_left:
        raise UserError(where, f"it holds {n_left} notes that were not planned", _REMEDY)
    n_notes = sum(len(in_use) for in_use in taken)
    return Check(n_notes, worst_ms, score.n_notes - n_notes)


def _starts(voice: _ReadTrack, tempo: _Tempo) -> _Starts:
    messages = np.array(voice.notes, dtype=np.int64)
    messages = messages[messages & 1 == 1]
    return _Starts(messages >> 1 & 0x7FF, tempo.at(messages >> 12))


def _nearest(starts: _Starts, track: Track, tempo: _Tempo, *, half_ticks: int) -> tuple[np.ndarray, np.ndarray]:
    """For every note of a track, the nearest start of its key and how far it is in ms.

    Returns:
        (n,) indices among the starts, -1 where none is as near as so many half ticks, and (n,) ms.
    """
    key, part, rest = _planned(track, tempo)
    order = np.lexsort((starts.part, starts.key))
    # One number that sorts by key, then by instant: 11 bits over the 52 that 2**28 ticks of 2**24 us take.
    after = np.searchsorted((starts.key << 52 | starts.part)[order], key << 52 | part)
    nearest, distance = np.full(len(key), -1), np.full(len(key), np.inf)
    for at in (after - 1, after):
        inside = (at >= 0) & (at < len(order))
        start = order[at[inside]]
        far = np.abs(part[inside] - starts.part[start] + rest[inside])
        # Of two equally far the later, as halves are rounded up.
        closer = (starts.key[start] == key[inside]) & (far <= distance[inside])
        here = np.flatnonzero(inside)[closer]
        nearest[here], distance[here] = start[closer], far[closer]
    nearest[distance * 2 > half_ticks * tempo.us_at(part) + _TRIFLE] = -1
    return nearest, distance / tempo.per_second * 1000


def _planned(track: Track, tempo: _Tempo) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each note of the score: its key, its start in whole parts of a second, and what is left of a part (0..1)."""
    key = np.array([track.channel << 7 | note.pitch for note in track.notes], dtype=np.int64)
    starts = [(max(0, count) * tempo.per_second, parts) for count, parts in (note.start.as_integer_ratio() for note in track.notes)]
    whole = np.array([count // parts for count, parts in starts], dtype=np.int64)
    rest = np.array([count % parts / parts for count, parts in starts], dtype=np.float64)
    return key, np.minimum(whole, _MOST_PARTS), rest


def _require_stood_for(
    unpaired: list[tuple[Track, _Starts]], starts: list[_Starts], taken: list[np.ndarray], tempo: _Tempo, where: str
) -> None:
    """A note that was not written must have another planned one of its pitch and channel in its place, a tick away at most.

    Args:
        unpaired: such notes, each as a track of one, and what the file holds of their tracks.
    """
    in_use = np.concatenate(taken)
    planned = _Starts(np.concatenate([of.key for of in starts])[in_use], np.concatenate([of.part for of in starts])[in_use])
    for track, of_track in unpaired:
        if _nearest(planned, track, tempo, half_ticks=3)[0][0] >= 0:
            continue
        error_ms = _nearest(of_track, track, tempo, half_ticks=1)[1][0]
        fault = "is missing" if isinf(error_ms) else f"is off by {error_ms:.2f} ms"
        raise UserError(where, f"the note at {clock_text(track.notes[0].start)} of track {track.name!r} {fault}", _REMEDY)
