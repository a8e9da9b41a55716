"""A job and its MIDI file go in; what is dreamed of, and what plays while a frame is shown, come out."""

from __future__ import annotations

from fractions import Fraction

from dream.films.dreamer import RATE, Moment, wished_parts
from dream.films.midimap import Player, Route, default_routes, parse_route, wish_of
from dream.films.settings import FilmJob
from dream.films.tape import Tape, read_tape
from dream.nets.catalog import Net
from dream.objectives import Objective
from dream.settings import WishSettings
from dream.tables import WISHES
from dream.wishes import objective_of
from media.errors import UserError
from media.span import Span
from media.timecode import seconds_text

_MOST_PACE = 4.0
_LEADING = 3
"""Power of what is played: of several motifs at once the loudest leads, or none would be seen."""
_SOFTENED = 0.5
"""Power of the loudest that makes the size of the dream: what is played softly is still to be seen."""


class Playing:
    """The mix of a film over time: what is wished for always plays, what a MIDI file plays comes and goes.

    Raises:
        UserError: the MIDI file cannot be read, or plays something that is not the network's.
    """

    def __init__(self, net: Net, job: FilmJob) -> None:
        self._routes, self._tape = _routes(net, job)
        self._release = job.score.release
        self._player = Player(self._tape, self._routes, release_s=self._release) if self._tape else None
        self._strength = job.climb.strength
        targets = self._player.targets if self._player else ()
        steady = [] if targets and not _is_wished(job.wish) else wished_parts(net, job)
        self._steady = tuple(weight for weight, _ in steady)
        self.parts: tuple[Objective, ...] = (*(part for _, part in steady), *(_objective(net, target) for target in targets))

    @property
    def told(self) -> list[str]:
        """What the tracks of the MIDI file play where nobody has said it, in lines."""
        tape = self._tape
        return [f"{tape.path}: {_named(tape, route.track)} plays {route.target}" for route in self._routes if tape and route.track is not None]

    def warnings(self, span: Span) -> list[str]:
        """What of the MIDI file is in vain in a part of a film, in lines."""
        if self._tape is None:
            return []
        lines = [f"nothing in {self._tape.path} plays {route.source}" for route in self._routes if not route.is_in(self._tape)]
        played = [note for note in self._tape.notes if any(route.takes(note) for route in self._routes)]
        if played and not any(note.start < span.end and note.end + self._release > span.start for note in played):
            first = seconds_text(min(note.start for note in played))
            lines.append(f"no note of {self._tape.path} sounds in this film: the first begins at {first} s")
        return lines

    def moment(self, time: Fraction, duration: Fraction, *, before: Fraction | None) -> Moment:
        """What plays while a frame is shown.

        Args:
            before: when the frame before it began; None for the first of a shot.
        """
        weights = self._weights(time + duration / 2)
        turn = 0.0 if before is None else _turned(self._weights(before + (time - before) / 2), weights)
        level = 1.0 if self._steady else max(map(abs, weights), default=0.0) ** (_SOFTENED / _LEADING)
        pace = 1.0 if before is None else min(_MOST_PACE, float((time - before) * RATE))
        step = self._parameter("step-size", time, duration, otherwise=1.0)
        return Moment(weights, min(1.0, level), turn, step, pace)

    def strength(self, time: Fraction, duration: Fraction) -> float:
        """How much of the dream is laid over the frame."""
        return self._parameter("strength", time, duration, otherwise=self._strength)

    def _weights(self, time: Fraction) -> tuple[float, ...]:
        # What begins while a frame is shown is heard from its middle on: scores lie a little beside their frames.
        return (*self._steady, *(weight**_LEADING for weight in (self._player.weights(time) if self._player else ())))

    def _parameter(self, name: str, time: Fraction, duration: Fraction, *, otherwise: float) -> float:
        value = self._player.parameter(name, time + duration / 2) if self._player else None
        return otherwise if value is None else value


def _routes(net: Net, job: FilmJob) -> tuple[list[Route], Tape | None]:
    """What plays what, and the MIDI file that it does so by."""
    routes = [parse_route(text) for text in job.score.map]
    if job.score.midi is None:
        if routes:
            raise UserError("--map", "there is no MIDI file that plays", "Name it: --midi SCORE.mid.")
        return [], None
    tape = read_tape(job.score.midi)
    if routes and not any(route.is_in(tape) for route in routes):
        raise UserError(f"--map {job.score.map[0]}", f"nothing in {tape.path} plays it", _contents(tape))
    return routes or default_routes(tape, list(net.voices)), tape


def _contents(tape: Tape) -> str:
    """What a MIDI file holds, as a sentence."""
    notes, controls = ({*numbers} for numbers in ((note.pitch for note in tape.notes), (control.number for control in tape.controls)))
    held = [f"notes from {min(notes)} to {max(notes)}"] if notes else []
    held += [f"controllers {', '.join(map(str, sorted(controls)))}"] if controls else []
    return f"It holds {' and '.join(held)}." if held else "It holds neither notes nor controllers."


def _named(tape: Tape, track: int) -> str:
    """A track as a person knows it: counted from 1, and by its name."""
    name = tape.names.get(track)
    return f"track {track + 1} ({name})" if name else f"track {track + 1}"


def _objective(net: Net, target: str) -> Objective:
    try:
        return objective_of(net, wish_of(target))
    except UserError as error:
        raise UserError(f"--map {target}", error.what, error.remedy) from error


def _is_wished(wish: WishSettings) -> bool:
    return wish.guide is not None or any(getattr(wish, kind) for kind in WISHES)


def _turned(before: tuple[float, ...], after: tuple[float, ...]) -> float:
    """How much of a mix is new, 0..1: what has fallen silent makes room for it, what only swells does not."""
    totals = sum(map(abs, before)), sum(map(abs, after))
    if not all(totals):
        return 0.0
    return sum(max(0.0, abs(b) / totals[1] - abs(a) / totals[0]) for a, b in zip(before, after, strict=True))
