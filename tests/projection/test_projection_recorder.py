"""Recordings: every picture stands at its time, what is left out is counted, and what was written survives a full disk and a kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from threading import Event
from typing import Any

import av
import numpy as np
import pytest

from live.clock import ManualClock, SteadyClock
from live.shared import SharedWriter
from live.sound.tap import Heard, TapWriter
from media.errors import UserError
from media.frames import read_frames
from media.probe import probe
from media.sound import SAMPLE_RATE
from media.write import FilmWriter
from projection.messages import End, Recorded
from projection.recorder import Recorder, RecordWish
from projection.recording import Recording, prove_film_path
from projection.soundtrack import Soundtrack

SIZE = (64, 36)
LIMIT_S = 60.0


def grey(level: int, size: tuple[int, int] = SIZE) -> np.ndarray:
    return np.full((size[1], size[0], 4), (level, level, level, 255), np.uint8)


class Hand:
    """A wire that puts a picture at each turn of the recorder, and ends it."""

    is_broken = False

    def __init__(self, n: int, at_turn: Callable[[int], None]) -> None:
        self._n, self._at_turn, self.turn = n, at_turn, 0
        self.sent: list[Any] = []

    def send(self, message: Any, *, is_newest: bool = False) -> None:
        self.sent.append(message)

    def received(self) -> list[Any]:
        self._at_turn(self.turn)
        self.turn += 1
        return [End()] if self.turn > self._n else []


def record(path: Path, *, n: int, at_turn: Callable[[int, SharedWriter, ManualClock], None], size: tuple[int, int] = SIZE, **more: Any) -> Recorder:
    """Record n turns of a thirtieth of a second."""
    clock = ManualClock(5.0)
    with SharedWriter(path.parent / "shown", most_px=4 * size[0] * size[1]) as shown:
        shown.put(grey(0, size), time_s=0)
        hand = Hand(n, lambda turn: at_turn(turn, shown, clock))
        recorder = Recorder(RecordWish(path, path.parent / "shown", **more), hand, clock)  # type: ignore[arg-type]
        recorder.run()
    return recorder


def levels(path: Path) -> list[tuple[Fraction, int]]:
    """Time and grey of every picture of a film."""
    return [(frame.time, round(float(frame.rgb().mean()))) for frame in read_frames(path)]


def test_each_picture_stands_at_its_time(tmp_path: Path) -> None:
    def put(turn: int, shown: SharedWriter, _: ManualClock) -> None:
        shown.put(grey(2 * turn), time_s=0)

    recorder = record(tmp_path / "show.mp4", n=60, at_turn=put)
    found = levels(tmp_path / "show.mp4")
    assert [time for time, _ in found] == [Fraction(n, 30) for n in range(60)]
    assert all(abs(level - 2 * n) <= 2 for n, (_, level) in enumerate(found))
    assert recorder.told() == Recorded(60, 0, 2.0)


def test_a_show_that_ends_as_soon_as_it_is_recorded_leaves_a_film(tmp_path: Path) -> None:
    assert record(tmp_path / "show.mp4", n=0, at_turn=lambda *_: None).told() == Recorded(1, 0, 1 / 30)
    assert len(levels(tmp_path / "show.mp4")) == 1


def test_what_there_was_no_time_for_is_left_out_and_counted(tmp_path: Path) -> None:
    def put(turn: int, shown: SharedWriter, clock: ManualClock) -> None:
        shown.put(grey(4 * turn), time_s=0)
        if turn == 10:
            clock.advance(0.21)

    recorder = record(tmp_path / "show.mp4", n=30, at_turn=put)
    times = [time for time, _ in levels(tmp_path / "show.mp4")]
    assert len(times) == 30 and times[10] - times[9] == Fraction(1, 30)
    assert times[11] - times[10] == Fraction(6, 30)
    assert recorder.told().n_dropped == 5 and recorder.told().duration_s == pytest.approx(35 / 30)


def test_nothing_is_left_out_where_the_encoder_only_stumbles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_on = Event()
    write_frame = FilmWriter.write_frame

    def stumble(film: FilmWriter, frame: Any, time: Fraction) -> None:
        if time == Fraction(3, 30):
            assert looked_on.wait(LIMIT_S)  # until pictures were taken for half a second
        write_frame(film, frame, time)

    def put(turn: int, shown: SharedWriter, _: ManualClock) -> None:
        shown.put(grey(3 * turn), time_s=0)
        if turn == 18:
            looked_on.set()

    monkeypatch.setattr(FilmWriter, "write_frame", stumble)
    recorder = record(tmp_path / "show.mp4", n=40, at_turn=put)
    assert recorder.told() == Recorded(40, 0, pytest.approx(40 / 30))  # type: ignore[arg-type]
    assert all(abs(level - 3 * n) <= 2 for n, (_, level) in enumerate(levels(tmp_path / "show.mp4")))


def test_what_stands_still_is_recorded_and_odd_sizes_are_cut_to_even_ones(tmp_path: Path) -> None:
    record(tmp_path / "show.mp4", n=12, at_turn=lambda *_: None, size=(65, 37))
    video = probe(tmp_path / "show.mp4").video
    assert video is not None and (video.width, video.height) == (64, 36)
    assert len(levels(tmp_path / "show.mp4")) == 12


def test_another_size_in_the_middle_is_pulled_into_shape(tmp_path: Path) -> None:
    def put(turn: int, shown: SharedWriter, _: ManualClock) -> None:
        shown.put(grey(100, SIZE if turn < 6 else (128, 72)), time_s=0)

    record(tmp_path / "show.mp4", n=12, at_turn=put)
    assert [level for _, level in levels(tmp_path / "show.mp4")][2:] == pytest.approx([100] * 10, abs=2)


def test_the_mix_is_in_it_at_the_instants_at_which_it_is_heard(tmp_path: Path) -> None:
    TapWriter.make(tmp_path / "mix", channels=2)
    mix = TapWriter(tmp_path / "mix", channels=2)
    block = np.full((1600, 2), 0.25, np.float32)

    def put(turn: int, _shown: SharedWriter, clock: ManualClock) -> None:
        if turn >= 15:  # half a second late, for half a second
            mix.put(block if turn < 30 else 0 * block, clock.now())

    record(tmp_path / "show.mkv", n=60, at_turn=put, heard=tmp_path / "mix")
    with av.open(str(tmp_path / "show.mkv")) as film:
        sound = np.concatenate([frame.to_ndarray() for frame in film.decode(audio=0)], axis=1)[0]
    loud = np.flatnonzero(np.abs(sound) > 0.1)
    assert loud[0] / SAMPLE_RATE == pytest.approx(0.5, abs=0.04) and loud[-1] / SAMPLE_RATE == pytest.approx(1.0, abs=0.08)


def test_a_sound_track_has_no_holes_and_nothing_twice() -> None:
    track = Soundtrack(10.0)
    one, two = np.full((4800, 2), 0.1, np.float32), np.full((4800, 1), 0.2, np.float32)
    first = track.fit([Heard(one, 10.1)], 10.2)
    assert len(first) == 9600 and not first[:4800].any() and (first[4800:] == np.float32(0.1)).all()
    jittered = track.fit([Heard(two, 10.213)], 10.3)
    assert jittered.shape == (4800, 2) and (jittered == np.float32(0.2)).all()
    assert not track.fit([], 10.9).size
    assert len(track.fit([], 12.3)) == SAMPLE_RATE  # nobody sends any more: silence up to a second ago
    late = track.fit([Heard(one, 11.25)], 12.3)
    assert len(late) == 2400  # half of it was made up for by silence already


def test_a_disk_that_is_full_ends_the_recording_and_what_there_is_plays(tmp_path: Path) -> None:
    code = f"""
import resource, signal, sys
import numpy as np
sys.path.insert(0, {str(Path(__file__).parent)!r})
from pathlib import Path
from test_projection_recorder import record
from media.errors import UserError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
noise = np.random.default_rng(1).integers(0, 256, (36 * 4, 64 * 4, 4)).astype(np.uint8)
def put(turn, shown, clock):
    shown.put(np.roll(noise, 7 * turn, axis=1), time_s=0)
    if turn == 1:
        resource.setrlimit(resource.RLIMIT_FSIZE, (700_000, 700_000))
try:
    record(Path({str(tmp_path)!r}) / "show.mp4", n=400, at_turn=put, size=(256, 144))
except UserError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, cwd=Path(__file__).parents[2])
    assert done.stdout.startswith(f"{tmp_path / 'show.mp4'}: the file grew past what this disk") and done.stderr == ""
    n_left = 0
    with av.open(str(tmp_path / "show.mp4")) as film:
        try:
            for _ in film.decode(video=0):
                n_left += 1
        except av.error.FFmpegError:
            pass  # the last picture may be cut through
    assert n_left >= 20


def until(is_so: Callable[[], object]) -> None:
    end = time.monotonic() + LIMIT_S
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_recorder_that_is_killed_leaves_a_film_and_the_show_is_told(tmp_path: Path) -> None:
    said: list[str] = []
    with SharedWriter(tmp_path / "shown", most_px=SIZE[0] * SIZE[1]) as shown:
        shown.put(np.random.default_rng(1).integers(0, 256, (SIZE[1], SIZE[0], 4)).astype(np.uint8), time_s=0)
        recording = Recording(tmp_path / "show.mp4", tmp_path / "shown", None, clock=SteadyClock(), say=said.append)

        def has_written() -> bool:
            recording.look()
            path = tmp_path / "show.mp4"
            return path.exists() and path.stat().st_size > 4000

        until(has_written)
        assert recording.pid is not None
        os.kill(recording.pid, signal.SIGKILL)

        def is_told() -> bool:
            recording.look()
            return bool(said)

        until(is_told)
        recording.finish()
        recording.end()
    assert said == [f"{tmp_path / 'show.mp4'}: the recording has ended. The show goes on; what was recorded until then can be played."]
    assert levels(tmp_path / "show.mp4")[0][1] == pytest.approx(127, abs=8)


def test_an_earlier_recording_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "show.mp4").write_text("last night")
    (tmp_path / "show-2.mp4").write_text("the night before")
    with SharedWriter(tmp_path / "shown", most_px=SIZE[0] * SIZE[1]) as shown:
        shown.put(grey(90), time_s=0)
        recording = Recording(tmp_path / "show.mp4", tmp_path / "shown", None, clock=SteadyClock(), say=print)

        def is_going() -> bool:
            recording.look()
            return recording.recorded.n_frames > 2

        until(is_going)
        recording.end()
    assert recording.path == tmp_path / "show-3.mp4" and len(levels(recording.path)) == recording.recorded.n_frames
    assert (tmp_path / "show.mp4").read_text() == "last night"


@pytest.mark.parametrize(("name", "told"), [("show.gif", "webm"), ("show.wav", "webm"), ("show.mp5", "mp4"), ("show.txt", "mkv")])
def test_what_is_no_film_is_refused_before_the_show(tmp_path: Path, name: str, told: str) -> None:
    with pytest.raises(UserError, match=f"cannot be recorded in this format.*{told}") as refused:
        prove_film_path(tmp_path / name)
    assert not any(suffix in refused.value.remedy for suffix in (".gif", ".wav", ".mp3"))  # only what works is offered
    with pytest.raises(UserError, match="does not exist"):
        prove_film_path(tmp_path / "no" / "show.mp4")


def test_a_place_that_takes_no_film_is_refused_before_the_show_and_one_that_does_is_left_as_it_was(tmp_path: Path) -> None:
    if Path("/proc/self").is_dir():
        with pytest.raises(UserError, match=r"/proc/show\.mp4"):
            prove_film_path(Path("/proc/show.mp4"))
    (tmp_path / "show.mp4").write_text("last night")
    prove_film_path(tmp_path / "show.mp4")
    assert [path.name for path in tmp_path.iterdir()] == ["show.mp4"] and (tmp_path / "show.mp4").read_text() == "last night"
