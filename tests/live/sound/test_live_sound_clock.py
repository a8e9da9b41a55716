"""Where voices are, to whoever asks, and how steady that is."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.clock import ManualClock
from live.sound.blockclock import BlockClock
from live.sound.clockfile import N_VOICES, ClockFile, Pulse, Reading
from live.sound.local import LocalSounds
from live.sound.programme import Item
from live.sound.sinks import BLOCK, NullSink
from live.sound.tap import N_BLOCKS, TapReader, TapWriter
from media.errors import UserError

RATE = 48_000
Make = Callable[..., Item]
Noises = dict[str, tuple[Path, np.ndarray]]


@pytest.fixture
def clock_file(tmp_path: Path) -> ClockFile:
    return ClockFile.make(tmp_path / "clock")


def test_what_is_written_is_read_elsewhere(clock_file: ClockFile) -> None:
    reader = ClockFile(clock_file.path)
    assert (reader.read(0), reader.pulse) == (Reading(), Pulse())
    readings = [Reading(n + 1, n, "playing", 1000.5, n * 1e9 + 0.25, 48e3, 1.0, inf, 7) for n in range(N_VOICES)]
    for slot, reading in enumerate(readings):
        for _ in range(slot % 3 + 1):
            clock_file.write(slot, reading)
    clock_file.beat(Pulse(3.5, 0.04, 12, 1, 2))
    assert [reader.read(slot) for slot in range(N_VOICES)] == readings
    assert reader.pulse == Pulse(3.5, 0.04, 12, 1, 2)


def test_a_writer_that_dies_in_the_middle_leaves_what_was_before(clock_file: ClockFile) -> None:
    for number in (1, 2):
        clock_file.write(0, Reading(number))
    whole = np.memmap(clock_file.path, np.uint8, "r+")
    at = next(at for at in range(0, len(whole) - 8, 8) if whole[at : at + 16].view("<u8").tolist() == [1, 1])
    whole[at : at + 8] = 0  # it was about to write over the first
    assert clock_file.read(0) == Reading(2)
    clock_file.write(0, Reading(3))
    assert clock_file.read(0) == Reading(3)


def test_a_reader_never_sees_a_half(clock_file: ClockFile) -> None:
    reader, n = ClockFile(clock_file.path), 5000

    def write() -> None:
        for number in range(1, n + 1):
            clock_file.write(0, Reading(number, number, "playing", number, number, number, number, number))

    writer = Thread(target=write)
    writer.start()
    seen = [reader.read(0)]
    while seen[-1].voice < n:
        seen.append(reader.read(0))
    writer.join()
    assert all({r.voice, r.seek, r.instant_s, r.place, r.speed, r.behind, r.beyond} == {r.voice} for r in seen if r.voice)
    assert [r.voice for r in seen] == sorted(r.voice for r in seen)


def test_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"x" * 100)
    (tmp_path / "empty").touch()
    for name in ("other", "empty", "missing"):
        with pytest.raises(UserError):
            ClockFile(tmp_path / name)
        with pytest.raises(UserError):
            TapReader(tmp_path / name)


@given(st.floats(0, 1e6), st.floats(-100, 100), st.floats(0, 1e5), st.floats(0, 1e6), st.sampled_from([12e3, 48e3, 192e3]))
def test_positions_between_tidings_stay_where_sound_can_be(
    place: float, after_s: float, behind: float, beyond: float, speed: float
) -> None:
    reading = Reading(1, 0, "playing", 500.0, place, speed, behind, beyond)
    found = reading.place_at(500 + after_s)
    assert place - behind - 1e-6 <= found <= place + beyond + 1e-6
    if -behind < after_s * speed < beyond:
        assert found == pytest.approx(place + after_s * speed, abs=1e-3)


@pytest.mark.parametrize(("crystal", "late_s", "n_at_once"), [(0, 0, 0), (1e-4, 0.001, 0), (-1e-4, 0.003, 2), (0.01, 0.001, 0)])
def test_instants_of_blocks_are_steady_though_a_machine_is_busy(crystal: float, late_s: float, n_at_once: int) -> None:
    period_s = BLOCK / RATE * (1 + crystal)
    late = np.random.default_rng(3).exponential(late_s, 3000)
    due = (np.arange(3000) - n_at_once) * period_s
    clock = BlockClock()
    found = np.array([clock.begin(100 + max(at, 0.0) + lag, BLOCK) for at, lag in zip(due, late, strict=True)]) - 100 - late_s
    error = np.abs(found - due)
    assert error[700:].max() <= max(1e-9, 0.7 * late_s)
    assert error[120:].max() <= max(1e-9, 2 * late_s)
    assert (np.diff(found) > 0).all()


def test_a_device_that_stood_still_is_followed_anew() -> None:
    clock = BlockClock()
    for n in range(100):
        clock.begin(n * BLOCK / RATE, BLOCK)
        assert clock.has_jumped == (n == 0)
    assert clock.begin(50.0, BLOCK) == 50.0
    assert clock.has_jumped


@pytest.mark.parametrize("duration_s", [60, pytest.param(3600, marks=pytest.mark.slow)])
def test_sound_and_clock_do_not_drift_apart(sounds: LocalSounds, item: Make, clock: ManualClock, noises: Noises, duration_s: int) -> None:
    voice = sounds.voice()
    voice.append(item(noises["a"][0], 0, "10/3"))
    for _ in range(duration_s // 3):
        voice.append(item(None, "1/7", "22/7"))
    voice.play()
    begin_s = clock.now()
    for n in range(duration_s * 2 // 5):
        sounds.render_until(begin_s + (n + 1) * 2.5)
        error = (voice.position(clock.now() + 0.01) - (clock.now() + 0.01 - begin_s)) * RATE
        assert abs(error) < 1


def test_silence_is_paced_by_the_clock(clock: ManualClock) -> None:
    asked: list[float] = []
    sink = NullSink(channels=2, clock=clock)

    def fill(block: np.ndarray, now_s: float) -> None:
        asked.append(now_s)
        if len(asked) == 1000:
            sink._ended.set()

    sink._play(fill)
    assert np.allclose(np.array(asked) - asked[0], np.arange(1000) * BLOCK / RATE, atol=1e-9)


def test_the_mix_is_tapped_with_its_instants(sounds: LocalSounds, noises: Noises, item: Make, clock: ManualClock) -> None:
    voice = sounds.voice()
    voice.append(item(noises["a"][0], 0, 4))
    voice.play()
    before = TapReader(sounds.tap_path)
    begin_s = clock.now()
    played = [sounds.render(0.7)]
    late = TapReader(sounds.tap_path)
    first = before.read()
    played.append(sounds.render(1))
    whole = [*first, *before.read()]
    assert np.array_equal(np.concatenate([heard.samples for heard in whole]), np.concatenate(played))
    ends = np.cumsum([len(heard.samples) for heard in whole])
    assert np.allclose([heard.instant_s for heard in whole][1:], begin_s + ends[:-1] / RATE, atol=1e-6)
    assert np.array_equal(np.concatenate([heard.samples for heard in late.read()]), played[1])
    assert before.read() == []
    assert (before.n_lost, late.n_lost) == (0, 0)


def test_a_tap_that_is_read_too_late_tells_what_is_lost(tmp_path: Path) -> None:
    TapWriter.make(tmp_path / "mix", channels=2)
    writer, reader = TapWriter(tmp_path / "mix", channels=2), TapReader(tmp_path / "mix")
    for number in range(300):
        writer.put(np.full((10, 2), number, np.float32), number)
    heard = reader.read()
    assert [block.instant_s for block in heard] == list(range(300 - len(heard), 300))
    assert all((block.samples == block.instant_s).all() for block in heard)
    assert N_BLOCKS - 2 <= len(heard) < N_BLOCKS
    assert reader.n_lost == 300 - len(heard)
    again = TapWriter(tmp_path / "mix", channels=2)  # its process died
    again.put(np.ones((4, 2), np.float32), 400.0)
    assert [block.instant_s for block in reader.read()] == [400.0]
