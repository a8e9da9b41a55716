"""The sound process with a device of SDL, whose cable is pulled, and which is killed and stopped."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from live.clock import SteadyClock
from live.sound.client import Item, Sounds, Voice, open_sounds
from live.sound.clockfile import ClockFile
from live.sound.tap import TapReader

RATE = 48_000
FADE = RATE // 100
Make = Callable[..., Item]
Noises = dict[str, tuple[Path, np.ndarray]]
Wait = Callable[..., None]
CLOCK = SteadyClock()


@pytest.fixture
def begun(told: list[str]) -> Iterator[Callable[..., Sounds]]:
    """`open_sounds`, closed at the end."""
    opened: list[Sounds] = []

    def begin(**options: Any) -> Sounds:
        opened.append(open_sounds(tell=told.append, **options))
        return opened[-1]

    yield begin
    for sounds in opened:
        sounds.close()


LONG = 100


def playing(sounds: Sounds, *items: Item, times: int = 1) -> Voice:
    voice = sounds.voice()
    for item in items * times:
        voice.append(item)
    voice.play()
    return voice


def position(voice: Voice) -> float:
    return voice.position(CLOCK.now())


def state(voice: Voice) -> str:
    return voice.state(CLOCK.now())


def process_id(sounds: Sounds) -> int:
    return sounds._host.process_id  # type: ignore[attr-defined]


def place_of(piece: np.ndarray, whole: np.ndarray) -> int:
    """Where a stretch of noise lies in a longer one."""
    found = [
        at
        for at in np.flatnonzero(whole[: len(whole) - len(piece) + 1, 0] == piece[0, 0])
        if np.array_equal(whole[at : at + len(piece)], piece)
    ]
    assert len(found) == 1
    return int(found[0])


def turned(seconds: Any) -> Any:
    """The same in rounds of four seconds, counted from the middle of one."""
    return (seconds + 2) % 4 - 2


class Follower:
    """Reads positions as a film would, and keeps how they lie against the clock."""

    def __init__(self, voice: Voice) -> None:
        self.voice = voice
        self.lags_s: list[float] = []

    def follow(self, until: Callable[[], bool], *, limit_s: float = 30.0) -> None:
        begin_s = time.monotonic()
        while not until():
            assert time.monotonic() < begin_s + limit_s, "it never came"
            now_s = CLOCK.now()
            self.lags_s.append(now_s - self.voice.position(now_s))
            time.sleep(0.004)

    @property
    def worst_s(self) -> float:
        """By how much the position left the clock, at most: by a leap, or because it stood still."""
        return float(np.abs(turned(np.array(self.lags_s) - self.lags_s[0])).max())


def sounds_on(cable: Any, n: int) -> bool:
    """Whether the device has got so many samples of noise at last."""
    return bool(cable.heard()[-n:].any(axis=1).mean() > 0.99) if len(cable.heard()) > n else False


def test_the_device_gets_every_sample(
    cable: Any, begun: Callable[..., Sounds], noises: Noises, item: Make, wait_until: Wait, told: list[str]
) -> None:
    (a, heard_a), (b, heard_b) = noises["a"], noises["b"]
    sounds = begun()
    voice = playing(sounds, item(a, 0, "1/3"), item(b, 1, "4/3"), item(a, "1/3", "2/3"))
    wait_until(lambda: state(voice) == "ended")
    assert position(voice) == 1
    wanted = np.concatenate([heard_a[:16_000], heard_b[48_000:64_000], heard_a[16_000:32_000]])[FADE:]
    wait_until(lambda: len(np.flatnonzero(cable.heard()[:, 0])) > 47_900)
    sounds.close()
    played = cable.heard()
    at = place_of(wanted[:50], played)
    if sounds.status.n_stalls or voice.n_gaps:
        pytest.skip("this machine is too busy: it stood still for a quarter of a second and more")
    assert np.array_equal(played[at : at + len(wanted)], wanted)
    assert not played[at + len(wanted) :].any()
    assert not played[: at - FADE].any()
    assert (told, sounds.status.device, sounds.status.n_errors) == ([], "", 0)


def test_other_processes_read_positions_and_the_mix(
    cable: Any, begun: Callable[..., Sounds], noises: Noises, item: Make, wait_until: Wait
) -> None:
    sounds = begun()
    voice = playing(sounds, item(noises["a"][0], 0, 4))
    wait_until(lambda: position(voice) > 0.1)
    tap, clock_file = TapReader(sounds.tap_path), ClockFile(sounds.clock_path)
    now_s = CLOCK.now()
    assert clock_file.read(voice.slot).place_at(now_s) / RATE == pytest.approx(voice.position(now_s), abs=0.01)
    mixed = []
    wait_until(lambda: len(mixed.extend(tap.read()) or mixed) > 8)
    at = place_of(mixed[-1].samples[:50], noises["a"][1])
    assert at / RATE == pytest.approx(voice.position(mixed[-1].instant_s), abs=0.02)
    assert sounds.status.device == "the default device"
    assert sounds.status.latency_s > 0


def test_gain_in_what_the_device_gets(cable: Any, begun: Callable[..., Sounds], steady: Path, item: Make, wait_until: Wait) -> None:
    sounds = begun(ceiling_db=-9.0)
    playing(sounds, item(steady, 0, 3), times=LONG)
    limit = np.float32(10 ** (-9 / 20))
    wait_until(lambda: len(cable.heard()) > 0 and cable.heard()[-1, 0] == limit)  # half of full scale is above it
    sounds.set_gain(-6)
    wait_until(lambda: 0.25 < cable.heard()[-1, 0] < 0.26)
    sounds.set_gain(-60, over_s=0.2)
    wait_until(lambda: cable.heard()[-1, 0] < 0.001)
    played = cable.heard()[:, 0]
    steps = np.abs(np.diff(played[np.argmax(played == limit) :]))
    assert steps.max() <= 0.0005 + 1e-7  # a thousandth of what plays
    last = steps[np.flatnonzero(played[np.argmax(played == limit) :] > 0.2501)[-1] + 1 :]
    assert last.max() <= 0.5 * (0.501187 - 0.001) / (0.2 * RATE) + 1e-7


def test_a_process_that_is_killed_comes_back_where_the_voice_would_be(
    cable: Any, begun: Callable[..., Sounds], noises: Noises, item: Make, wait_until: Wait, told: list[str]
) -> None:
    a, heard = noises["a"]
    sounds = begun()
    voice = playing(sounds, item(a, 0, 4), times=LONG)
    wait_until(lambda: position(voice) > 0.2)
    follower = Follower(voice)
    follower.follow(lambda: position(voice) > 0.3)
    n_before = len(cable.heard())
    os.kill(process_id(sounds), signal.SIGKILL)
    follower.follow(lambda: sounds.status.n_lives == 2 and len(cable.heard()) > n_before + 24_000 and sounds_on(cable, 12_000))
    assert follower.worst_s < 0.25
    piece = cable.heard()[-6100:-6050]
    now_s = CLOCK.now()
    at = place_of(piece, heard) / RATE
    assert turned(voice.position(now_s) - at) == pytest.approx(0, abs=0.25)
    assert told == ["sound: its process ended (SIGKILL); it is begun anew."]


@pytest.mark.slow
def test_a_process_that_hangs_is_replaced(cable: Any, begun: Callable[..., Sounds], noises: Noises, item: Make, wait_until: Wait) -> None:
    sounds = begun()
    voice = playing(sounds, item(noises["a"][0], 0, 4), times=LONG)
    wait_until(lambda: position(voice) > 0.2)
    follower = Follower(voice)
    os.kill(process_id(sounds), signal.SIGSTOP)
    for n in range(5000):
        voice.set_gain(-n / 1000)  # more than a pipe holds: nobody waits
    follower.follow(lambda: sounds.status.n_lives == 2 and sounds.status.device != "" and state(voice) == "playing")
    voice.pause()
    wait_until(lambda: state(voice) == "paused")
    assert follower.worst_s < 0.25


def test_without_a_device_the_show_goes_on_in_silence(
    begun: Callable[..., Sounds], noises: Noises, item: Make, wait_until: Wait, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SDL_AUDIODRIVER", "no such driver")
    sounds = begun()
    voice = playing(sounds, item(noises["a"][0], 0, 4))
    wait_until(lambda: position(voice) > 0.2)
    follower = Follower(voice)
    tap = TapReader(sounds.tap_path)
    follower.follow(lambda: position(voice) > 0.7)
    assert follower.worst_s < 0.25
    assert any(heard.samples.any() for heard in tap.read())  # a recording has it all the same
    assert told == [
        "sound: there is no sound device on this machine now. Plug one in. Nothing is heard until there is one; everything else goes on."
    ]
    assert sounds.status.device == ""


@pytest.mark.parametrize("fault", ["unplug", "clog"])
def test_a_device_that_is_lost_leaves_pictures_alone(
    cable: Any, begun: Callable[..., Sounds], noises: Noises, item: Make, wait_until: Wait, told: list[str], fault: str
) -> None:
    sounds = begun()
    voice = playing(sounds, item(noises["a"][0], 0, 4), times=LONG)
    wait_until(lambda: position(voice) > 0.2)
    follower = Follower(voice)
    follower.follow(lambda: len(follower.lags_s) > 20)
    getattr(cable, fault)()
    follower.follow(lambda: sounds.status.n_lives == 2 and state(voice) == "playing" and sounds.status.device == "")
    follower.follow(lambda: len(follower.lags_s) % 100 == 0)
    assert follower.worst_s < 0.25
    why = {"unplug": "it is gone", "clog": "it takes no more sound"}[fault]
    assert told == [f"sound: the default device: {why}. Nothing is heard until it is back; everything else goes on."]


@pytest.mark.slow
def test_a_device_that_comes_back_plays_again(
    cable: Any, begun: Callable[..., Sounds], noises: Noises, item: Make, wait_until: Wait, told: list[str]
) -> None:
    a, heard = noises["a"]
    sounds = begun()
    voice = playing(sounds, item(a, 0, 4), times=LONG)
    wait_until(lambda: position(voice) > 0.2)
    cable.unplug()
    wait_until(lambda: sounds.status.n_lives == 2 and state(voice) == "playing")
    follower = Follower(voice)
    follower.follow(lambda: len(follower.lags_s) > 1500)  # it is looked for in vain meanwhile
    n_before = len(cable.heard())
    cable.plug()
    follower.follow(lambda: len(cable.heard()) > n_before + 24_000 and sounds_on(cable, 12_000))
    piece = cable.heard()[-6100:-6050]
    assert turned(position(voice) - place_of(piece, heard) / RATE) == pytest.approx(0, abs=0.25)
    follower.follow(lambda: len(told) > 1)
    assert follower.worst_s < 0.25
    assert [line.split(".")[0] for line in told] == ["sound: the default device: it is gone", "sound: the default device plays"]


def test_what_is_asked_while_there_is_no_process_is_done(
    cable: Any, begun: Callable[..., Sounds], noises: Noises, item: Make, wait_until: Wait
) -> None:
    a = noises["a"][0]
    sounds = begun()
    voice, still = playing(sounds, item(a, 0, 1)), playing(sounds, item(a, 0, 4))
    wait_until(lambda: position(still) > 0.1)
    os.kill(process_id(sounds), signal.SIGKILL)
    wait_until(lambda: sounds.is_alone)
    voice.seek(0.5)
    for _ in range(LONG):
        voice.append(item(noises["b"][0], 0, 2))
    still.pause()
    stood = position(still)
    assert state(still) == "paused"
    assert 0.5 <= position(voice) < 0.6
    assert state(voice) == "playing"
    wait_until(lambda: not sounds.is_alone and state(voice) == "playing")
    assert position(still) == pytest.approx(stood, abs=1e-4)
    n = len(cable.heard())
    wait_until(lambda: cable.heard()[n:].any())


def test_the_end_is_quiet_and_leaves_nothing(cable: Any, begun: Callable[..., Sounds], steady: Path, item: Make, wait_until: Wait) -> None:
    sounds = begun()
    playing(sounds, item(steady, 0, 3), times=LONG)
    wait_until(lambda: len(cable.heard()) > 0 and cable.heard()[-1, 0] == 0.5)
    process, folder = process_id(sounds), sounds.clock_path.parent
    sounds.close()
    played = cable.heard()[:, 0]
    assert np.abs(np.diff(played[FADE:])).max() <= 0.5 / FADE + 1e-6
    assert played[-1] == 0
    assert not folder.exists()
    assert not Path(f"/proc/{process}").exists()


@pytest.mark.slow
def test_a_hundred_voices_leave_nothing_behind(cable: Any, begun: Callable[..., Sounds], film: Path, item: Make, wait_until: Wait) -> None:
    sounds = begun()

    def play(n: int) -> tuple[int, int]:
        for _ in range(n):
            voice = playing(sounds, item(film, 0, 3), item(film, 3, 6))
            wait_until(lambda voice=voice: state(voice) == "playing")  # type: ignore[misc]
            voice.close()
        time.sleep(0.5)
        process = Path(f"/proc/{process_id(sounds)}")
        return len(list((process / "fd").iterdir())), len(list((process / "task").iterdir()))

    play(10)
    assert play(10) == play(100)
