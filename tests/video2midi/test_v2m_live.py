"""Playing live: a camera made by hand and a port that records, asserted message by message."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any

import mido
import numpy as np
import pytest

from live.clock import Clock, ManualClock, SteadyClock
from live.midi import open_output
from media.errors import UserError
from media.measure import MEASURES
from video2midi.band import Band
from video2midi.live import Edges, LiveOptions, Played, outline_of, play_live
from video2midi.mapping import load_plan
from video2midi.recording import Recording
from video2midi.settings import ScoreSettings
from video2midi.tempo import TempoMap

F = Fraction
AT = {name: n for n, name in enumerate(MEASURES)}


class Recorder:
    """A MIDI system of one port that keeps what it is sent, and may be unplugged."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.is_there = True
        recorder = self

        class Output:
            def __init__(self, name: str, **_: object) -> None:
                if not recorder.is_there:
                    raise OSError("gone")
                self.name = name

            def send(self, message: Any) -> None:
                if not recorder.is_there:
                    raise OSError("gone")
                recorder.sent.append(message)

            def close(self) -> None:
                pass

        self.module: Any = ModuleType("recorder")
        self.module.Output = Output
        self.module.get_devices = lambda **_: [{"name": "synth", "is_input": False, "is_output": True}] if recorder.is_there else []

    @property
    def sounding(self) -> set[tuple[int, int]]:
        """(channel, pitch) of what was begun and not ended."""
        on: set[tuple[int, int]] = set()
        for message in self.sent:
            if message.type == "note_on" and message.velocity:
                on.add((message.channel, message.note))
            elif message.type in ("note_on", "note_off"):
                on.discard((message.channel, message.note))
            elif message.type == "control_change" and message.control in (120, 123):
                on = {(channel, pitch) for channel, pitch in on if channel != message.channel}
        return on


class Camera:
    """A hundred pictures a second of a bar that moves over changing ground; broken for a while if told so."""

    def __init__(self) -> None:
        self.n = 0
        self.is_broken = False

    def read(self) -> tuple[bool, np.ndarray | None]:
        time.sleep(0.01)
        if self.is_broken:
            return False, None
        self.n += 1
        picture = np.full((90, 160, 3), (self.n // 20) * 60 % 200, np.uint8)
        picture[:, self.n * 3 % 140 : self.n * 3 % 140 + 20] = 255
        return True, picture

    def release(self) -> None:
        pass


def play(recorder: Recorder, camera: Any, *, for_s: Fraction = F(7, 10), say: Callable[[str], None] = lambda text: None, **options: Any) -> Played:
    edges = Edges(SteadyClock(), backend=recorder.module, open_device=lambda *_: camera)
    chosen = LiveOptions(port="synth", shows_window=False, for_s=for_s, **options)
    return play_live("camera:0", load_plan(), ScoreSettings(), chosen, say=say, edges=edges)


def test_a_camera_is_played_and_nothing_goes_on_sounding(tmp_path: Path) -> None:
    recorder = Recorder()
    played = play(recorder, Camera(), record=tmp_path / "played.mid")
    assert played.reason == "time"
    assert played.n_frames > 20
    notes = [message for message in recorder.sent if message.type == "note_on"]
    assert len(notes) >= 4
    assert recorder.sounding == set()
    programs = {message.program for message in recorder.sent if message.type == "program_change"}
    assert programs == {11, 108, 35, 89}
    kept = mido.MidiFile(tmp_path / "played.mid")
    assert sum(message.type == "note_on" and message.velocity > 0 for track in kept.tracks for message in track) == len(notes)
    assert [track.name for track in kept.tracks][1:] == ["melody", "pulse", "bass", "pad"]


def test_clock_goes_along() -> None:
    recorder = Recorder()
    play(recorder, Camera(), sends_clock=True, for_s=F(1, 2))
    kinds = [message.type for message in recorder.sent]
    assert kinds.count("start") == kinds.count("stop") == 1
    assert 15 <= kinds.count("clock") <= 30


def test_an_error_in_the_middle_leaves_no_note(monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder()

    class Fatal(Camera):
        def read(self) -> tuple[bool, np.ndarray | None]:
            return super().read()

    count = 0
    original = Band.hear

    def breaks(self: Band, *args: Any) -> None:
        nonlocal count
        count += 1
        original(self, *args)
        if count == 30:
            raise RuntimeError("a defect of ours")

    monkeypatch.setattr(Band, "hear", breaks)
    with pytest.raises(RuntimeError):
        play(recorder, Fatal())
    assert any(message.type == "note_on" for message in recorder.sent)
    assert recorder.sounding == set()


def test_a_port_that_is_not_there_is_one_line_with_the_nearest() -> None:
    recorder = Recorder()
    edges = Edges(SteadyClock(), backend=recorder.module, open_device=lambda *_: Camera())
    with pytest.raises(UserError, match="synth"):
        play_live("camera:0", load_plan(), ScoreSettings(), LiveOptions(port="sinth", shows_window=False), say=print, edges=edges)


def test_a_film_plays_in_real_time_and_ends(make_film: Callable[..., Path], tmp_path: Path) -> None:
    pictures = []
    for n in range(20):
        picture = np.full((90, 160, 3), 40 + 100 * (n // 10), np.uint8)
        picture[:, 6 * n : 6 * n + 20] = 250
        pictures.append(picture)
    options = LiveOptions(port="none", shows_window=False, record=tmp_path / "o.mid")
    settings = ScoreSettings(key=1, scale=(0, 7))
    played = play_live(str(make_film(pictures, rate=F(50))), load_plan(), settings, options, say=print)
    assert played.reason == "the film is over"
    assert played.n_frames + played.n_missed == 20
    kept = mido.MidiFile(tmp_path / "o.mid")
    assert kept.length > 0.3
    assert {message.note % 12 for message in kept if message.type == "note_on"} <= {1, 8}


def row(**measures: float) -> dict[str, np.ndarray]:
    found = np.zeros(len(MEASURES), np.float32)
    for name, value in measures.items():
        found[AT[name]] = value
    return {"frame": found}


def band_of(text: str, tmp_path: Path, recorder: Recorder, *, clock: Clock | None = None, virtual: bool = False) -> Band:
    path = tmp_path / "m.toml"
    path.write_text(text, encoding="utf-8")
    return Band(load_plan(str(path)), open_output("synth", virtual=virtual, backend=recorder.module, clock=clock), beat_s=F(1, 2))


HITS = '[voices.v]\nplay = "hits"\nfeature = "cut"\nnotes = ["C3"]\nlength = "200ms"\nvelocity = 80\nrests = false\ndebounce = 0\n'


def test_notes_end_when_they_are_due(tmp_path: Path) -> None:
    recorder = Recorder()
    band = band_of(HITS, tmp_path, recorder)
    for n in range(10):
        band.hear(F(n, 25), row(change=90.0 if n == 5 else 0.0, activity=9))
    assert band.next_end == F(2, 5)
    band.play_due(F(39, 100))
    assert recorder.sounding == {(0, 48)}
    band.play_due(F(2, 5))
    assert recorder.sounding == set()
    assert band.next_end is None


def test_a_note_struck_again_is_not_ended_by_the_one_before(tmp_path: Path) -> None:
    recorder = Recorder()
    band = band_of(HITS, tmp_path, recorder)
    for n in range(12):
        band.hear(F(n, 25), row(change=90.0 if n in (4, 8) else 0.0, activity=9))
    assert recorder.sounding == {(0, 48)}
    assert band.next_end is not None
    band.play_due(F(8, 25) + F(1, 5))
    assert recorder.sounding == set()


def test_rest_silences_at_once_and_music_goes_on_after_it(tmp_path: Path) -> None:
    recorder = Recorder()
    band = band_of(HITS, tmp_path, recorder)
    band.hear(F(0), row(activity=9))
    band.hear(F(1, 25), row(change=90.0, activity=9))
    band.rest()
    assert recorder.sounding == set()
    for n in range(2, 6):
        band.hear(F(n, 25), row(activity=9))
    band.hear(F(6, 25), row(change=90.0, activity=9))
    assert recorder.sounding == {(0, 48)}


SHARED = HITS + """
program = "vibraphone"
channel = 1
[voices.other]
play = "hits"
feature = "cut"
notes = ["C4"]
rests = false
channel = "v"
[voices.third]
play = "hits"
feature = "cut"
notes = ["C5"]
rests = false
channel = 1
"""


def test_a_channel_keeps_the_instrument_that_one_of_its_voices_names(tmp_path: Path) -> None:
    """At the beginning, and named anew for who connects to a virtual port in a pause."""
    recorder = Recorder()
    band = band_of(SHARED, tmp_path, recorder, virtual=True)
    band.set_up()
    for n in range(100):
        band.hear(F(n, 25), row(change=90.0 if n in (4, 90) else 0.0, activity=9))
    assert [message.program for message in recorder.sent if message.type == "program_change"] == [11, 11]
    assert len([message for message in recorder.sent if message.type == "note_on"]) == 6


def test_the_wheel_goes_on_after_a_rest(tmp_path: Path) -> None:
    recorder, clock = Recorder(), ManualClock()
    band = band_of('[voices.v]\nplay = "bend"\nfeature = "flow_x"\n', tmp_path, recorder, clock=clock)
    for n in range(4):
        clock.advance(1 / 25)
        band.hear(F(n, 25), row(flow_x=0.1, activity=9))
        if n == 2:
            band.mute()
            band.mute()
    bends = [message.pitch for message in recorder.sent if message.type == "pitchwheel"]
    assert bends == [8191, 0, 8191]


def test_a_recording_is_what_was_sent() -> None:
    recording = Recording(origin_s=100.0)
    for message, at in [
        (mido.Message("program_change", channel=0, program=11), 100.0),
        (mido.Message("note_on", channel=0, note=60, velocity=90), 100.5),
        (mido.Message("control_change", channel=0, control=74, value=3), 100.75),
        (mido.Message("note_off", channel=0, note=60), 101.0),
        (mido.Message("note_on", channel=0, note=62, velocity=70), 101.0),
        (mido.Message("control_change", channel=0, control=123, value=0), 101.2),
        (mido.Message("clock"), 101.3),
    ]:
        recording.hear(message, at)
    made = recording.score(load_plan(), end_s=102.0, tempo=TempoMap(), title="x")
    assert made.end == 2
    track = made.tracks[0]
    assert (track.name, track.program) == ("melody", 11)
    assert [(note.start, note.end, note.pitch) for note in track.notes] == [(F(1, 2), 1, 60), (1, 2, 62)]
    assert [(control.time, control.number, control.value) for control in track.controls] == [(F(3, 4), 74, 3)]


def test_outlines_of_regions() -> None:
    plan = load_plan("drum-grid")
    corners = outline_of(plan.regions["pads.1"])
    assert len(corners) == 4
    assert max(x for x, _ in corners) == pytest.approx(0.25, abs=0.01)
    assert max(y for _, y in corners) == pytest.approx(0.25, abs=0.01)


def test_every_channel_learns_how_far_its_wheel_reaches(tmp_path: Path) -> None:
    """At the beginning, and anew for who connects to a virtual port in a pause."""
    recorder = Recorder()
    band = band_of(HITS + '[voices.b]\nplay = "bend"\nfeature = "flow_x"\nsemitones = 7\nchannel = "v"\n', tmp_path, recorder, virtual=True)
    band.set_up()
    for n in range(100):
        band.hear(F(n, 25), row(change=90.0 if n in (4, 90) else 0.0, activity=9))
    told = [(message.control, message.value) for message in recorder.sent if message.type == "control_change"]
    assert told == [(101, 0), (100, 0), (6, 7), (38, 0)] * 2


def test_a_take_in_which_nothing_was_played_replaces_none(tmp_path: Path) -> None:
    path, said = tmp_path / "k.mid", []
    play(Recorder(), Camera(), record=path, for_s=F(0), say=said.append)
    assert mido.MidiFile(path).length == pytest.approx(0, abs=0.5)
    path.write_bytes(b"a good take")
    play(Recorder(), Camera(), record=path, for_s=F(0), say=said.append)
    assert path.read_bytes() == b"a good take"
    assert said == [f"{path}: nothing was played, so it stays as it was"]


def test_controls_alone_are_a_take() -> None:
    recording = Recording(origin_s=0.0)
    for number, value in ((101, 0), (100, 0), (6, 2), (38, 0), (64, 0)):
        recording.hear(mido.Message("control_change", channel=0, control=number, value=value), 1.0)
    recording.hear(mido.Message("program_change", channel=0, program=4), 1.0)
    assert recording.is_empty
    recording.hear(mido.Message("control_change", channel=0, control=74, value=0), 2.0)
    assert not recording.is_empty


def test_notes_that_nobody_could_hear_are_not_counted() -> None:
    recorder = Recorder()

    class Watched(Camera):
        def read(self) -> tuple[bool, np.ndarray | None]:
            recorder.is_there = sum(message.type == "note_on" for message in recorder.sent) < 3
            return super().read()

    played = play(recorder, Watched())
    assert played.n_notes == sum(message.type == "note_on" for message in recorder.sent) < 10


def test_a_place_that_cannot_be_written_is_told_before_anything_is_played(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="no limits to the size of files on this system")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    recorder = Recorder()
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, limits[1]))
    try:
        with pytest.raises(UserError, match=r"k\.mid: the file grew past what this disk or account allows"):
            play(recorder, Camera(), record=tmp_path / "k.mid")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert recorder.sent == []
    assert list(tmp_path.iterdir()) == []


def test_what_its_place_refuses_in_the_end_is_kept_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place, elsewhere, recorder = tmp_path / "place", tmp_path / "elsewhere", Recorder()
    place.mkdir()
    elsewhere.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(elsewhere))

    class Removing(Camera):
        def read(self) -> tuple[bool, np.ndarray | None]:
            if self.n == 5:
                place.rmdir()
            return super().read()

    with pytest.raises(UserError, match=r"the output folder does not exist\. What was played is kept as .*k\.mid\.") as raised:
        play(recorder, Removing(), record=place / "k.mid")
    (kept,) = elsewhere.glob("*/k.mid")
    assert str(kept) in str(raised.value)
    n_notes = sum(message.type == "note_on" for message in recorder.sent)
    assert sum(message.type == "note_on" for message in mido.MidiFile(kept)) == n_notes > 0
    assert recorder.sounding == set()


DYING = """
import ctypes, runpy, sys
from fractions import Fraction
from pathlib import Path
test = runpy.run_path("tests/video2midi/test_v2m_live.py")
recorder = test["Recorder"]()

class Dying(recorder.module.Output):
    def send(self, message):
        super().send(message)
        if message.type == "note_on" and len(recorder.sounding) == 2:
            ctypes.CDLL(None).exit(3)  # as Xlib does where its screen is gone

    def close(self):
        print(recorder.sounding, flush=True)

recorder.module.Output = Dying
test["play"](recorder, test["Camera"](), for_s=Fraction(60), record=Path(sys.argv[1]), say=print)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no last words are heard")
def test_a_process_that_c_ends_leaves_no_note_and_keeps_the_take(root: Path, tmp_path: Path) -> None:
    env = {**os.environ, "PYTHONPATH": str(root)}
    command = [sys.executable, "-c", DYING, str(tmp_path / "k.mid")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=env, cwd=root)
    assert (done.stdout.splitlines()[0], done.returncode) == ("set()", 3)
    assert "the screen is gone" in done.stdout
    assert sum(message.type == "note_on" for message in mido.MidiFile(tmp_path / "k.mid")) >= 1


@pytest.mark.slow
def test_a_camera_lost_and_found_again_plays_on() -> None:
    recorder, camera, said = Recorder(), Camera(), []
    from threading import Timer

    Timer(1.0, lambda: setattr(camera, "is_broken", True)).start()
    Timer(4.5, lambda: setattr(camera, "is_broken", False)).start()
    quiet: list[set[tuple[int, int]]] = []
    Timer(4.0, lambda: quiet.append(recorder.sounding)).start()
    play(recorder, camera, for_s=F(9), say=said.append)
    assert quiet == [set()]
    assert any("lost" in text for text in said)
    assert any("there again" in text for text in said)
    assert recorder.sounding == set()


@pytest.mark.slow
def test_a_port_unplugged_and_plugged_in_again_plays_on() -> None:
    recorder, said = Recorder(), []
    from threading import Timer

    Timer(1.0, lambda: setattr(recorder, "is_there", False)).start()
    Timer(3.5, lambda: setattr(recorder, "is_there", True)).start()
    before: list[int] = []
    Timer(3.4, lambda: before.append(len(recorder.sent))).start()
    play(recorder, Camera(), for_s=F(8), say=said.append)
    assert [text for text in said if "lost" in text]
    assert [text for text in said if "there again" in text]
    assert len(recorder.sent) > before[0] + 5
    assert recorder.sounding == set()
