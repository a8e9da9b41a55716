"""A camera, or a film in real time, goes in; a mapping is played to a MIDI port until told to stop."""

from __future__ import annotations

import statistics
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from live.capture import Capture, Captured, OpenDevice, is_camera, open_capture
from live.clock import Clock, SteadyClock
from live.lastwords import last_words
from live.meters import Lamp, Meter, Outline, Panel, Status
from live.midi import MidiOut, open_output
from live.midiclock import MidiClock
from live.stopping import Stop, stopping
from live.window import NullWindow, Window, open_window
from media.errors import UserError
from media.frames import PICTURE_RATE
from media.measure import Measurer
from media.pictures import turn_upright
from media.planes import shrink
from media.probe import upright_rotation
from media.regions import FRAME, Region
from video2midi.band import Band
from video2midi.gm import drum_name
from video2midi.mapping import Part, Plan
from video2midi.notes import DRUM_CHANNEL
from video2midi.places import check_midi_place, check_spared
from video2midi.recording import Keeper, Recording, prove_place
from video2midi.scales import note_name
from video2midi.settings import ScoreSettings
from video2midi.tempo import TempoMap, plan_tempo

NO_PORT = "none"
METERS = ("brightness", "motion", "saturation", "contrast", "detail", "centroid_x", "centroid_y")
_LONGEST_WAIT_S = 0.05
_SILENT_AFTER_S = 1.0
_SHOW_EVERY_S = 1 / 25
_N_TIMED = 2000
_OUTLINE_SIZE = (320, 180)
_SWITCH_S = 0.0005


@dataclass(frozen=True)
class LiveOptions:
    """How it is played live.

    Args:
        port: name of the MIDI port, "virtual:NAME", or "none".
        sends_clock: whether MIDI clock goes along.
        record: the file that keeps what is sent.
        for_s: ends by itself after so long.
        rate: pictures a second, for sources that are pictures.
    """

    port: str = "virtual:video2midi"
    sends_clock: bool = False
    shows_window: bool = True
    loops: bool = False
    record: Path | None = None
    for_s: Fraction | None = None
    rate: Fraction = PICTURE_RATE


@dataclass(frozen=True)
class Played:
    """How it went.

    Args:
        n_notes: those that went out; while a port is away none do.
        latency_ms: median time from a picture's arrival to the last message that follows from it.
        n_missed: pictures that came while the one before was worked on, and the film's that came too late.
        reason: why it ended.
    """

    n_frames: int
    n_missed: int
    n_notes: int
    latency_ms: float
    interval_ms: float
    reason: str

    def told(self) -> str:
        """The same in a line."""
        missed = f", {self.n_missed} missed" if self.n_missed else ""
        return f"{self.n_frames} pictures{missed}, {self.n_notes} notes; from picture to note {self.latency_ms:.1f} ms; ended: {self.reason}"


@dataclass(frozen=True)
class Edges:
    """Where it touches the machine; tests bring their own."""

    clock: Clock
    backend: ModuleType | str | None = None
    open_device: OpenDevice | None = None


def play_live(
    source: str, plan: Plan, settings: ScoreSettings, options: LiveOptions, *, say: Callable[[str], None],
    edges: Edges | None = None, say_started: Callable[[], None] = lambda: None,
) -> Played:  # fmt: skip
    """Play a live picture until Ctrl-C, the window's end, the film's, or the time given.

    Args:
        say: told, in words, of what is lost and found again.
        say_started: called once everything is open.
    Raises:
        UserError: no such camera, film or port, no MIDI on this machine, or no room for what is to be recorded.
    """
    edges = edges or Edges(SteadyClock(spin_s=0))
    plan = plan.but(**settings.overrules())
    if options.record is not None:
        check_midi_place(options.record, source)
        check_spared([options.record], plan.files)
        prove_place(options.record)
    tempo = _steady_tempo(settings, source)
    with ExitStack() as stack:
        stop = stack.enter_context(stopping(clock=edges.clock, for_s=None if options.for_s is None else float(options.for_s)))
        recording = Recording(origin_s=edges.clock.now())
        out = stack.enter_context(_open_out(options, edges, recording, say))
        capture = open_capture(
            source, clock=edges.clock, loop=options.loops, rate=options.rate, open_device=edges.open_device, on_fault=say,
            on_state=_Teller(source, say),
        )  # fmt: skip
        stack.enter_context(capture)
        stack.enter_context(out.polling())
        window: Window = open_window(f"video2midi - {source}", on_fault=say) if options.shows_window else NullWindow()
        stack.callback(window.close)
        session = _Session(plan, out, capture, window, edges.clock, recording, beat_s=tempo.first_beat_s, records=options.record is not None)
        keeper = Keeper(recording, plan, tempo, title=Path(source).name, path=options.record, clock=edges.clock, say=say)
        stack.callback(keeper.finish)
        # Whatever ends the loop: first the notes, then the file.
        stack.callback(out.all_off)
        stack.enter_context(last_words(partial(_end_at_once, out, keeper, say)))
        if options.sends_clock:
            stack.enter_context(_leading(out, bpm=60 / float(tempo.first_beat_s)))
        say_started()
        session.run(stop, keeper)
        return session.told(stop.reason)


def _end_at_once(out: MidiOut, keeper: Keeper, say: Callable[[str], None]) -> None:
    """The process is ended beneath us, as by Xlib where the screen is gone: first the notes, then the file."""
    out.close()
    try:
        keeper.finish()
        say("the screen is gone, and this program with it; all notes are ended, and what was to be recorded is saved")
    except UserError as error:
        say(str(error))


def _steady_tempo(settings: ScoreSettings, source: str) -> TempoMap:
    if not isinstance(settings.tempo, Fraction):
        raise UserError(f"--tempo {settings.tempo}", "live there is no rate to lock to, nor a cut to fit to", "Name beats a minute.")
    return plan_tempo(settings.tempo, rate=PICTURE_RATE, is_vfr=False, cuts=(), end=Fraction(1), where=source)


def _open_out(options: LiveOptions, edges: Edges, recording: Recording, say: Callable[[str], None]) -> MidiOut:
    """The port; what goes out to it is recorded."""
    return open_output(
        options.port, program="video2midi", backend=_silent_backend() if options.port == NO_PORT else edges.backend, clock=edges.clock,
        on_sent=recording.hear,
        on_state=_Teller(f"the port {options.port}", say, on_lost=lambda: recording.interrupt(edges.clock.now())),
    )  # fmt: skip


@contextmanager
def _leading(out: MidiOut, *, bpm: float) -> Iterator[None]:
    """MIDI clock goes along while the block runs."""
    usual_s = sys.getswitchinterval()
    # Its thread must not wait for ours to give up the interpreter: at the usual 5 ms pulses come 4 ms late.
    sys.setswitchinterval(_SWITCH_S)
    try:
        with MidiClock(out.send, clock=SteadyClock(), bpm=bpm) as clock:
            clock.start()
            yield
    finally:
        sys.setswitchinterval(usual_s)


class _Teller:
    """Says when a device is lost, and when it is there again."""

    def __init__(self, name: str, say: Callable[[str], None], *, on_lost: Callable[[], None] = lambda: None) -> None:
        self._name, self._say, self._on_lost, self._was_lost = name, say, on_lost, False

    def __call__(self, state: str) -> None:
        if state == "lost":
            self._say(f"{self._name} is lost; waiting for it")
            self._on_lost()
        elif state == "open" and self._was_lost:
            self._say(f"{self._name} is there again")
        self._was_lost = state == "lost"


class _Session:
    """The loop: newest picture in, messages out, notes ended in time, window drawn in between."""

    def __init__(
        self, plan: Plan, out: MidiOut, capture: Capture, window: Window, clock: Clock, recording: Recording, *, beat_s: Fraction, records: bool
    ) -> None:
        self._plan, self._out, self._capture, self._window, self._clock, self._records = plan, out, capture, window, clock, records
        self._recording = recording
        self._band = Band(plan, out, beat_s=beat_s)
        self._view = _View(plan)
        self._origin_s = clock.now()
        self._measurer: Measurer | None = None
        self._rows: Mapping[str, np.ndarray] = {}
        self._last: Captured | None = None
        self._heard_s = clock.now()
        self._is_resting = False
        self._time = Fraction(0)
        self._shown_s = float("-inf")
        self._n_frames = 0
        self._latencies_s: deque[float] = deque(maxlen=_N_TIMED)

    def run(self, stop: Stop, keeper: Keeper) -> None:
        """Play until told to stop, or the film is over."""
        self._band.set_up()
        while not stop.asked:
            captured = self._capture.newest(timeout_s=self._patience_s())
            if captured is not None:
                self._hear(captured)
            elif self._capture.state == "ended":
                stop.ask("the film is over")
            self._band.play_due(self._now())
            self._rest_if_lost()
            self._show(stop)
            keeper.save_sometimes()

    def told(self, reason: str) -> Played:
        """How it went."""
        rate_hz = self._capture.rate_hz
        return Played(
            n_frames=self._n_frames,
            n_missed=self._capture.n_missed + self._capture.n_skipped,
            n_notes=self._recording.n_notes,
            latency_ms=1000 * statistics.median(self._latencies_s or [0.0]),
            interval_ms=1000 / rate_hz if rate_hz else 0.0,
            reason=reason,
        )

    def _now(self) -> Fraction:
        return self._to_time(self._clock.now())

    def _to_time(self, instant_s: float) -> Fraction:
        return Fraction(round((instant_s - self._origin_s) * 1_000_000), 1_000_000)

    def _patience_s(self) -> float:
        """How long to wait for a picture: until a note is due to end at most."""
        due = self._band.next_end
        wait_s = _LONGEST_WAIT_S if due is None else float(due - self._now())
        return min(max(wait_s, 0.001), _LONGEST_WAIT_S)

    def _hear(self, captured: Captured) -> None:
        rotation = upright_rotation(captured.frame.picture)
        planes = shrink(captured.frame, size=self._measurer.size if self._measurer else None, rotation=rotation)
        if self._measurer is None:
            self._measurer = Measurer(self._plan.regions, planes.size)
        rows = self._measurer(planes)
        self._rows = dict(zip(self._measurer.names, rows, strict=True))
        if self._last is None and not is_camera(self._capture.name):
            self._recording.begin_at(captured.arrived_s - float(captured.frame.time))
        # A film that came late may put a picture a little before the last one: time never goes back.
        self._time = max(self._time, self._to_time(captured.arrived_s))
        if self._band.hear(self._time, self._rows):
            self._recording.mark(captured.arrived_s)
        self._last, self._heard_s, self._is_resting = captured, self._clock.now(), False
        self._n_frames += 1
        self._latencies_s.append(self._heard_s - captured.arrived_s)

    def _rest_if_lost(self) -> None:
        """Without pictures for a while nothing may go on sounding."""
        rate_hz = self._capture.rate_hz
        patience_s = max(_SILENT_AFTER_S, 3 / rate_hz if rate_hz else 0.0)
        if not self._is_resting and self._clock.now() - self._heard_s > patience_s:
            self._is_resting = True
            self._band.rest()

    def _show(self, stop: Stop) -> None:
        if isinstance(self._window, NullWindow):
            return  # a picture that nobody sees would only delay the notes
        now_s = self._clock.now()
        if now_s - self._shown_s < _SHOW_EVERY_S:
            return
        self._shown_s = now_s
        for key in self._window.pressed():
            if key == "space":
                self._band.mute()
            elif key in ("q", "ctrl+q"):
                stop.ask("asked")
        rgb = None if self._last is None else _upright(self._last)
        lost = self._capture.state == "lost"
        status = (
            Status(f"{self._capture.rate_hz:.0f} pictures/s", "warn" if lost else "on"),
            Status(self._out.name, "on" if self._out.state == "open" else "warn"),
            *([Status("recording", "record")] if self._records else []),
            *([Status("silent", "warn")] if self._band.is_muted else []),
        )
        self._window.show(rgb, self._view.panel(self._band, self._rows, status, "waiting for the camera" if lost else ""))
        if self._window.closed:
            stop.ask("the window was closed")


class _View:
    """What the window shows around the picture."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._outlines = {name: outline_of(region) for name, region in plan.regions.items() if region != FRAME}

    def panel(self, band: Band, rows: Mapping[str, np.ndarray], status: tuple[Status, ...], message: str) -> Panel:
        """Regions, meters and lamps of this moment."""
        meters = [Meter(name, band.rolling.value(name, "frame")) for name in METERS] if rows else []
        outlines = [
            Outline(name, points, band.rolling.value("motion", name) if name in rows else 0.0)
            for name, points in self._outlines.items()
            if points
        ]
        lamps = [self._lamp(part, band) for part in self._plan.parts if part.pitches]
        return Panel(outlines, meters, lamps, status, (("space", "silence"), ("q", "quit")), message)

    def _lamp(self, part: Part, band: Band) -> Lamp:
        lit = band.lit.get(part.name)
        if lit is None:
            return Lamp(part.name)
        named = drum_name(lit[0]) if part.channel == DRUM_CHANNEL else note_name(lit[0])
        return Lamp(part.name, named, lit[1] / 127)


def _upright(captured: Captured) -> np.ndarray:
    frame = captured.frame
    return np.ascontiguousarray(turn_upright(frame.rgb(), rotation=upright_rotation(frame.picture)))


def outline_of(region: Region) -> tuple[tuple[float, float], ...]:
    """Corners of a region's largest part, (x, y) in 0..1."""
    import cv2

    width, height = _OUTLINE_SIZE
    inside = (region.weights(_OUTLINE_SIZE) > 0.5).astype(np.uint8)
    contours, _ = cv2.findContours(inside, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    if not contours:
        return ()
    largest = cv2.approxPolyDP(max(contours, key=cv2.contourArea), 1.0, True)[:, 0]
    return tuple((float(x) / (width - 1), float(y) / (height - 1)) for x, y in largest)


def _silent_backend() -> ModuleType:
    """A MIDI system with one port that nobody hears: for recording alone."""
    backend: Any = ModuleType("silent")

    class Output:
        def __init__(self, name: str, **_: object) -> None:
            self.name = name

        def send(self, message: object) -> None:
            """Nobody hears."""

        def close(self) -> None:
            """Nothing is open."""

    backend.Output = Output
    backend.get_devices = lambda **_: [{"name": NO_PORT, "is_input": False, "is_output": True}]
    return backend
