"""Whatever breaks: the picture goes on, the next item begins, and it is told once, in a line."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from fractions import Fraction
from itertools import groupby
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from live.clock import ManualClock
from media.span import Span
from media.write import FilmWriter
from projection.player.items import Item
from projection.player.pixels import to_pixels
from projection.player.voice import SilentVoice

Films = dict[str, Path]
Watch = Callable[..., Any]
Make = Callable[..., Path]


def cut_off(film: Path, path: Path, share: float) -> Path:
    """The first part of a film's bytes."""
    path.write_bytes(film.read_bytes()[: round(film.stat().st_size * share)])
    return path


def spoil(film: Path, path: Path, start: float, end: float) -> Path:
    """A film with zeros in the middle."""
    raw = bytearray(film.read_bytes())
    first, last = round(len(raw) * start), round(len(raw) * end)
    raw[first:last] = bytes(last - first)
    path.write_bytes(raw)
    return path


def numbers(seen: list[int]) -> list[int]:
    return [number for number, _ in groupby(seen)]


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
@pytest.mark.parametrize("has_sound", [True, False])
def test_one_that_is_cut_off_ends_there_and_the_next_begins(
    suffix: str, has_sound: bool, films: Films, make: Make, tmp_path: Path, watch: Watch, told: list[str]
) -> None:
    whole = make(tmp_path / f"whole{suffix}", range(1000, 1150), sound_s=6.0 if has_sound else 0.0, options={"g": "25"})
    seen = watch(cut_off(whole, tmp_path / f"half{suffix}", 0.5), films["b"])
    got = numbers(seen.sees(every_s=0.02, n=350))
    n = got.index(100)
    # Of the last few some are missing, which later ones are needed for.
    assert got[: n - 4] == list(range(1000, 996 + n)) and got[:n] == sorted(got[:n]) and 25 < n < 120
    assert got[n:] == list(range(100, 125))
    assert len(told) == 1 and f"half{suffix}" in told[0] and "cut off after" in told[0]


def test_the_jump_over_what_is_missing_takes_less_than_a_quarter_of_a_second(
    films: Films, make: Make, tmp_path: Path, watch: Watch
) -> None:
    whole = make(tmp_path / "whole.mp4", range(1000, 1250), options={"g": "25"})
    seen = watch(cut_off(whole, tmp_path / "half.mp4", 0.5), films["b"])
    got = seen.sees(every_s=0.02, n=500)
    end = got.index(100)
    assert max(len(list(group)) for _, group in groupby(got[: end + 20])) * 0.02 <= 0.25


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_one_that_is_damaged_in_the_middle_goes_on_where_it_can(
    suffix: str, films: Films, make: Make, tmp_path: Path, watch: Watch, told: list[str]
) -> None:
    whole = make(tmp_path / f"whole{suffix}", range(1000, 1250), options={"g": "25"})
    seen = watch(spoil(whole, tmp_path / f"hurt{suffix}", 0.4, 0.5), films["b"], order="loop")
    got = seen.sees(every_s=0.04, n=2 * 275)
    assert got[:25] == list(range(1000, 1025))
    assert got[225:275] == [*range(1225, 1250), *range(100, 125)]
    assert got[500:550] == got[225:275]
    # Matroska's reader may find its way without a word.
    assert (suffix == ".mp4") <= len(told) <= 1 and all(f"hurt{suffix}" in line and "goes on" in line for line in told)


def test_one_that_is_deleted_while_it_plays_plays_to_its_end_and_is_left_out_from_then_on(
    films: Films, tmp_path: Path, watch: Watch, told: list[str]
) -> None:
    path = shutil.copy(films["long"], tmp_path / "gone.mp4")
    seen = watch(Path(path), films["b"], order="loop")
    assert seen.now() == 0
    path.unlink()
    got = numbers(seen.sees(every_s=0.04, n=600))
    b = list(range(100, 125))
    assert got == [*range(500), *b, *b, *b, *b] and len(told) == 1
    assert "gone.mp4" in told[0] and "no such file" in told[0]


def test_one_that_comes_back_plays_again_and_is_told_of_anew(films: Films, tmp_path: Path, watch: Watch, told: list[str]) -> None:
    path = tmp_path / "later.mp4"
    seen = watch(path, films["b"], order="loop")
    assert seen.now() == 100 and len(told) == 1
    shutil.copy(films["c"], path)
    seen.sees(every_s=0.04, n=250)
    assert 200 in seen.sees(every_s=0.04, n=80)
    path.unlink()
    seen.sees(every_s=0.04, n=300)
    assert len(told) == 2 and told[0] == told[1]


def test_one_that_is_overwritten_while_it_plays_does_no_harm(films: Films, tmp_path: Path, watch: Watch, told: list[str]) -> None:
    path = Path(shutil.copy(films["long"], tmp_path / "changing.mp4"))
    seen = watch(path, films["b"])
    assert seen.now() == 0
    path.write_bytes(b"\0" * 20_000)
    assert 100 in seen.sees(every_s=0.04, n=560)
    assert len(told) <= 2 and all("changing.mp4" in line for line in told)


@pytest.mark.parametrize("kind", ["missing", "empty", "garbage", "folder", "no index", "text"])
def test_what_cannot_be_opened_is_left_out(kind: str, films: Films, tmp_path: Path, watch: Watch, told: list[str]) -> None:
    bad = tmp_path / "bad.mp4"
    if kind == "empty":
        bad.touch()
    elif kind == "garbage":
        bad.write_bytes(bytes(range(256)) * 300)
    elif kind == "folder":
        bad.mkdir()
    elif kind == "no index":
        bad.write_bytes(b"\0\0\0\x18ftypisom\0\0\2\0isomiso2" + b"\0\0\x08\0mdat" + bytes(2040))
    elif kind == "text":
        bad.write_text("no film\n" * 100)
    seen = watch(bad, films["b"], bad, order="loop")
    assert seen.sees(every_s=0.04, n=50) == [*range(100, 125)] * 2
    assert len(told) == 1 and "bad.mp4" in told[0]


def test_where_nothing_can_be_played_it_waits_longer_and_longer_and_begins_as_soon_as_it_can(
    films: Films, tmp_path: Path, watch: Watch, clock: ManualClock, told: list[str]
) -> None:
    path = tmp_path / "none.mp4"
    seen = watch(path, tmp_path / "neither.mp4", order="loop")
    for _ in range(100):
        clock.advance(1)
        assert seen.player.picture(clock.now(), wait_s=0.005) is None
    status = seen.player.status()
    assert status.state == "waiting" and "no such file" in status.fault and len(told) == 2
    shutil.copy(films["b"], path)
    clock.advance(10)
    assert seen.now() == 100 and seen.after(0.4) == 110
    assert seen.player.status().fault == ""


def test_the_last_picture_stays_where_everything_has_gone(films: Films, tmp_path: Path, watch: Watch, told: list[str]) -> None:
    path = Path(shutil.copy(films["b"], tmp_path / "only.mp4"))
    seen = watch(path, order="loop")
    seen.now()
    path.unlink()
    for _ in range(150):
        seen.clock.advance(0.2)
        seen.player.picture(seen.clock.now(), wait_s=0.002)
    assert seen.player.picture(seen.clock.now()) is not None
    assert seen.player.status().state == "waiting" and len(told) == 1
    shutil.copy(films["a"], path)
    seen.clock.advance(10)
    assert seen.now() == 0 and seen.after(0.4) == 10


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".m4a"])
def test_sound_without_a_picture_is_black_for_as_long_as_it_lasts(
    suffix: str, films: Films, tmp_path: Path, watch: Watch, told: list[str]
) -> None:
    path = tmp_path / f"tone{suffix}"
    with FilmWriter(path, sound=True) as film:
        film.write_sound(np.full((3 * 48_000, 2), 0.1, np.float32))
    seen = watch(path, films["b"])
    assert seen.sees(every_s=0.04, n=76) == [*[0] * 75, 100]
    assert not told


def test_sound_that_goes_on_behind_the_last_picture_is_heard_to_its_end(
    films: Films, make: Make, tmp_path: Path, watch: Watch, told: list[str]
) -> None:
    path = make(tmp_path / "early.mp4", range(25), sound_s=4.0)
    seen = watch(path, films["b"])
    got = seen.sees(every_s=0.04, n=102)
    assert got[:25] == list(range(25)) and set(got[25:99]) == {24} and 100 in got[100:]
    assert not told


def test_a_stretch_behind_the_end_is_told_and_left_out(films: Films, watch: Watch, told: list[str]) -> None:
    seen = watch(Item(films["a"], Span(Fraction(5), Fraction(6))), films["b"])
    assert seen.now() == 100
    assert len(told) == 1 and "lasts 2" in told[0]


def test_a_picture_that_is_called_a_film_is_shown_for_a_while(
    films: Films, tmp_path: Path, watch: Watch, number_picture: Any, told: list[str]
) -> None:
    path = tmp_path / "photo.mp4"
    cv2.imwrite(str(tmp_path / "photo.png"), number_picture(33))
    (tmp_path / "photo.png").rename(path)
    seen = watch(path, films["b"])
    assert seen.sees(every_s=0.5, n=10) == [33] * 10 and seen.after(0.55) == 101
    assert not told


def test_a_damaged_picture_file_is_left_out(films: Films, tmp_path: Path, watch: Watch, told: list[str]) -> None:
    still = tmp_path / "still.png"
    still.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    seen = watch(films["b"], Item(still, Span(Fraction(0), Fraction(5))), films["b"])
    got = numbers(seen.sees(every_s=0.04, n=100))
    assert got == [*range(100, 125), *range(100, 125)]
    assert len(told) == 1 and "still.png" in told[0]


class Broken(SilentVoice):
    """A voice that fails where it is told to."""

    def __init__(self, clock: ManualClock, where: str) -> None:
        super().__init__(clock)
        self.where = where

    def position(self, now_s: float) -> float:
        if self.where == "position":
            raise RuntimeError("the sound has gone")
        return super().position(now_s)

    def set_rate(self, rate: float) -> None:
        if self.where == "rate":
            raise ValueError("no such rate")
        super().set_rate(rate)


def test_a_voice_that_fails_never_gets_into_the_picture(films: Films, watch: Watch, clock: ManualClock, told: list[str]) -> None:
    voice = Broken(clock, "rate")
    seen = watch(films["a"], voice=voice)
    assert seen.now() == 0
    seen.player.set_rate(1000)
    assert seen.after(0.4) == 10 and len(told) == 1
    voice.where = "position"
    frame = seen.player.picture(clock.now())
    assert frame is seen.player.picture(clock.now() + 1) and frame is not None
    voice.where = ""
    assert seen.after(0.4) == 20


@pytest.mark.parametrize("kind", ["10 bits and HDR", "odd size", "5.1 sound", "44.1 kHz mono", "picture begins late"])
def test_unusual_films_play_as_any(kind: str, films: Films, tmp_path: Path, watch: Watch, number_picture: Any, told: list[str]) -> None:
    size = (161, 97) if kind == "odd size" else (160, 96)
    path = tmp_path / "film.mkv"
    with av.open(str(path), "w") as film:
        codec = "libx265" if kind.startswith("10") else "libx264"
        video: Any = film.add_stream(codec, rate=25, options={"x265-params": "log-level=none"} if codec == "libx265" else {})
        video.width, video.height = size
        video.pix_fmt = {"10 bits and HDR": "yuv420p10le", "odd size": "yuv444p"}.get(kind, "yuv420p")
        if kind.startswith("10"):
            video.codec_context.color_primaries, video.codec_context.color_trc, video.codec_context.colorspace = 9, 16, 9
        layout, rate = {"5.1 sound": ("5.1", 48_000), "44.1 kHz mono": ("mono", 44_100)}.get(kind, ("stereo", 48_000))
        sound: Any = film.add_stream("pcm_s16le", rate=rate, layout=layout)
        late = 10 if kind == "picture begins late" else 0
        for number in range(25):
            picture = av.VideoFrame.from_ndarray(number_picture(number, size), format="rgb24")
            picture.pts, picture.time_base = number + late, Fraction(1, 25)
            film.mux(video.encode(picture))
        film.mux(video.encode(None))
        n_channels = {"5.1": 6, "mono": 1}.get(layout, 2)
        block = av.AudioFrame.from_ndarray(np.zeros((1, (rate + late * rate // 25) * n_channels), np.int16), format="s16", layout=layout)
        block.sample_rate, block.pts = rate, 0
        film.mux([*sound.encode(block), *sound.encode(None)])
    seen = watch(path, films["b"])
    assert seen.sees(every_s=0.04, n=27 + late) == [*[0] * late, *range(25), 100, 101]
    frame = seen.player.picture(seen.clock.now())
    assert to_pixels(frame, stage_px=(640, 360))[0].shape == (96, 160, 4)
    assert not told
