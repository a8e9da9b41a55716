"""Notes and controls go in, MIDI messages go out to a port; whatever happens to the port or to us, no note stays on.

A port that is lost (unplugged, its synth ended) is told once and waited for; the show goes on meanwhile.
"""

from __future__ import annotations

import atexit
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, RLock, Thread
from types import ModuleType
from typing import Any, Literal

from live.clock import Clock, SteadyClock
from live.midiports import VIRTUAL, Driver, OpenPort, Ports, find_driver, list_ports, match_again, match_port, virtual_name
from media.errors import UserError

__all__ = ["VIRTUAL", "MidiOut", "PortState", "Ports", "list_ports", "open_output"]

PortState = Literal["open", "lost", "closed"]
OnPortState = Callable[[PortState], None]
OnSent = Callable[[Any, float], None]

LOOK_EVERY_S = 1.0
CONTROL_RATE_HZ = 50
SUSTAIN, ALL_SOUND_OFF, ALL_NOTES_OFF = 64, 120, 123
_FIRST_MODE = 120  # controllers from here on are commands, not settings
_Key = tuple[str, int, int]


def ignore_state(state: PortState) -> None:
    """The callback of those who do not ask."""


def ignore_sent(message: Any, instant_s: float) -> None:
    """The callback of those who do not ask."""


def open_output(
    name: str,
    *,
    virtual: bool = False,
    wait: bool = False,
    program: str = "live",
    backend: ModuleType | str | None = None,
    clock: Clock | None = None,
    on_state: OnPortState = ignore_state,
    on_sent: OnSent = ignore_sent,
) -> MidiOut:
    """Open a MIDI port to send to.

    Args:
        name: the port's name or a part of it; "virtual" or "virtual:NAME" makes a port that other programs connect to.
        virtual: make a port called `name`.
        wait: a port that is not there yet is waited for, as if it were lost.
        program: what a virtual port is called that has no other name.
        backend: a mido backend, as `find_driver` takes it.
        on_state: told each change of state, once, by the thread that finds it.
        on_sent: told each message that went out with its instant, in order: what a recorder wants.
    Raises:
        UserError: no sequencer, no such port, several such ports, or it cannot be opened.
    """
    driver, ports = find_driver(backend)
    ours = name if virtual else virtual_name(name, default=program)
    clock = clock or SteadyClock()
    out = MidiOut(driver, ours or name, is_virtual=ours is not None, clock=clock, on_state=on_state, on_sent=on_sent)
    try:
        out.connect(ours or match_port(name, ports.outputs))
    except UserError:
        if not wait:
            raise
        on_state("lost")
    atexit.register(out.close)
    return out


class MidiOut:
    """An open output, made by `open_output`: `with open_output("fluid") as out: out.note_on(0, 60, 100)`.

    Every method may be called from any thread. The block's end, an exception, `close` and the interpreter's end all
    switch off what sounds. Call `poll` now and then, or let `polling` do it.
    """

    def __init__(self, driver: Driver, name: str, *, is_virtual: bool, clock: Clock, on_state: OnPortState, on_sent: OnSent) -> None:
        self.name, self.is_virtual = name, is_virtual
        self.state: PortState = "lost"
        self._driver, self._clock, self._on_state, self._on_sent = driver, clock, on_state, on_sent
        self._asked_name, self._known_name = name, ""
        self._port: OpenPort | None = None
        self._lock, self._looking = RLock(), RLock()
        self._look_at_s = clock.now() + LOOK_EVERY_S
        self._sounding: dict[tuple[int, int], None] = {}
        self._channels: set[int] = set()
        # Controllers, bends and programs: what the port should have, and what it was sent last, and when.
        self._wanted: dict[_Key, Any] = {}
        self._sent: dict[_Key, tuple[Any, float]] = {}

    def __enter__(self) -> MidiOut:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def sounding(self) -> tuple[tuple[int, int], ...]:
        """(channel, pitch) of each note that is on, oldest first."""
        with self._lock:
            return tuple(self._sounding)

    # Playing. Channels are 0 to 15, as in mido.

    def note_on(self, channel: int, pitch: int, velocity: int) -> None:
        """Begin a note; one that sounds already at this pitch ends first. Velocity 0 ends it."""
        self.send(_message("note_on", channel=channel, note=pitch, velocity=velocity))

    def note_off(self, channel: int, pitch: int) -> None:
        """End a note, if it sounds."""
        self.send(_message("note_off", channel=channel, note=pitch, velocity=0))

    def control(self, channel: int, controller: int, value: int) -> None:
        """Set a controller: sent where it changes, 50 times a second at most, and the last value always arrives."""
        self._set(("control_change", channel, controller), _message("control_change", channel=channel, control=controller, value=value))

    def bend(self, channel: int, value: int) -> None:
        """Bend the pitch, -8192 to 8191; sent as controllers are."""
        self._set(("pitchwheel", channel, 0), _message("pitchwheel", channel=channel, pitch=value))

    def program(self, channel: int, number: int) -> None:
        """Choose the instrument, 0 to 127."""
        self.send(_message("program_change", channel=channel, program=number))

    def send(self, message: Any) -> None:
        """Send any mido message at once, keeping count of what sounds; a lost port swallows it.

        Controllers and programs are kept for a lost port's return; a note that begins meanwhile is left out.
        """
        with self._lock:
            if message.type in ("note_on", "note_off"):
                self._send_note(message)
            elif (key := _key(message)) is not None:
                self._wanted[key] = message
                self._send_setting(key, message)
            else:
                self._put(message)

    def all_off(self) -> None:
        """End every note, and hold pedal and notes of unknown origin on every channel used."""
        with self._lock:
            for channel, pitch in tuple(self._sounding):
                self.note_off(channel, pitch)
            for channel in sorted(self._channels):
                if self._has_bent(channel):
                    self.send(_message("pitchwheel", channel=channel, pitch=0))
                for controller in (SUSTAIN, ALL_NOTES_OFF):
                    self.send(_message("control_change", channel=channel, control=controller, value=0))

    def panic(self) -> None:
        """Silence on all sixteen channels, tails of notes included."""
        with self._lock:
            self._channels.update(range(16))
            self.all_off()
            for channel in range(16):
                self.send(_message("control_change", channel=channel, control=ALL_SOUND_OFF, value=0))

    def close(self) -> None:
        """Switch off what sounds and let go of the port; a second time does nothing."""
        with self._lock:
            if self.state == "closed":
                return
            self.all_off()
            port, self._port, self.state = self._port, None, "closed"
        with self._looking:  # nobody asks a port that is being closed
            _let_go(port)
        atexit.unregister(self.close)
        self._on_state("closed")

    # Watching the port.

    @contextmanager
    def polling(self, *, every_s: float = 1 / CONTROL_RATE_HZ) -> Iterator[None]:
        """Poll in a thread of its own while the block runs, so that looking for a lost port never holds up the show."""
        ended = Event()

        def poll_on() -> None:
            while not ended.wait(every_s):
                self.poll()

        thread = Thread(target=poll_on, name=f"MIDI {self.name}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join(timeout=1.0)

    def poll(self) -> None:
        """Send what controllers held back, and see once a second whether the port is there, or there again."""
        now_s = self._clock.now()
        with self._lock:
            if self.state == "open":
                self._flush(now_s)
        if not self._looking.acquire(blocking=False):
            return  # another thread is at it
        try:
            if now_s >= self._look_at_s:
                self._look_at_s = now_s + LOOK_EVERY_S
                self._look()
        finally:
            self._looking.release()

    def _look(self) -> None:
        port = self._port
        if self.state == "open" and port is not None:
            with suppress(OSError, RuntimeError):
                if self._driver.sees(port, self.name, virtual=self.is_virtual):
                    return
            self._lose(port)
        elif self.state == "lost":
            with suppress(OSError, RuntimeError, UserError):
                known = self.name if self.is_virtual else match_again(self._known_name, self._asked_name, self._driver.ports().outputs)
                if known is not None:
                    self.connect(known)

    def connect(self, name: str) -> None:
        """Open the port of this exact name; silence what it may still hold, then give it all settings.

        Raises:
            UserError: it cannot be opened.
        """
        try:
            port = self._driver.open(name, virtual=self.is_virtual)
        except (OSError, RuntimeError, NotImplementedError) as error:
            remedy = "This system knows no virtual ports: name one of --list-ports." if self.is_virtual else "Close what else uses it."
            raise UserError(f"MIDI port {name!r}", f"it cannot be opened ({error})", remedy) from error
        with self._lock:
            if self.state == "closed":
                _let_go(port)
                return
            self._port, self.state = port, "open"
            self.name = self._known_name = name
            settings = dict(self._wanted)
            self.all_off()
            self._wanted, self._sent = settings, {}
            self._flush(self._clock.now())
        self._on_state("open")

    def _lose(self, port: OpenPort) -> None:
        with self._lock:
            if self._port is not port:
                return
            self._port, self.state = None, "lost"
        _let_go(port)  # before a new client of JACK is made: that one would clear this one away
        self._on_state("lost")

    # Sending, under the lock.

    def _send_note(self, message: Any) -> None:
        note = message.channel, message.note  # the end of a note that does not sound is not sent
        begins = message.type == "note_on" and message.velocity > 0
        if note in self._sounding and self._put(_message("note_off", channel=note[0], note=note[1], velocity=0) if begins else message):
            del self._sounding[note]
        if begins and self._put(message):
            self._sounding[note] = None

    def _set(self, key: _Key, message: Any) -> None:
        with self._lock:
            self._wanted[key] = message
            sent, sent_s = self._sent.get(key, (None, -1.0))
            if sent is None or (sent != message and self._clock.now() - sent_s >= 1 / CONTROL_RATE_HZ):
                self._send_setting(key, message)

    def _flush(self, now_s: float) -> None:
        for key, message in self._wanted.items():
            sent, sent_s = self._sent.get(key, (None, -1.0))
            if sent is None or (sent != message and now_s - sent_s >= 1 / CONTROL_RATE_HZ):
                self._send_setting(key, message)

    def _send_setting(self, key: _Key, message: Any) -> None:
        if self._put(message):
            self._sent[key] = message, self._clock.now()

    def _has_bent(self, channel: int) -> bool:
        bent = self._wanted.get(("pitchwheel", channel, 0))
        return bent is not None and bent.pitch != 0

    def _put(self, message: Any) -> bool:
        """Hand a message to the port; tells whether it took it."""
        port = self._port
        if port is None:
            return False
        if hasattr(message, "channel"):
            self._channels.add(message.channel)
        try:
            port.send(message)
        except Exception:  # whatever a driver raises when its device is gone: the show goes on
            self._lose(port)
            return False
        self._on_sent(message, self._clock.now())
        return True


def _key(message: Any) -> _Key | None:
    """What a message sets, for as long as nothing else sets it; None for one that passes."""
    if message.type == "control_change":
        return (message.type, message.channel, message.control) if message.control < _FIRST_MODE else None
    return (message.type, message.channel, 0) if message.type in ("pitchwheel", "program_change") else None


def _message(kind: str, **fields: int) -> Any:
    from mido import Message

    return Message(kind, **fields)


def _let_go(port: OpenPort | None) -> None:
    if port is not None:
        with suppress(Exception):  # a port that is gone may say so once more
            port.close()
