"""Frames by span: exactly those asked for, whichever container, codec or way in."""

from __future__ import annotations

import itertools
import os
import random
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from media.errors import UserError
from media.frames import Frame, FrameReader, frame_at, read_frames, read_rgb
from media.span import Span

F = Fraction
Coded = Callable[..., Path]
Numbers = Callable[[np.ndarray], int]

# name: suffix, settings of the film
FILMS: dict[str, tuple[str, dict]] = {
    "b_frames": (".mp4", {}),
    "29.97": (".mp4", {"rate": F(30000, 1001)}),
    "23.976 mkv": (".mkv", {"rate": F(24000, 1001)}),
    "open gop": (".mp4", {"options": {"g": "12", "bf": "3", "x264-params": "open-gop=1:b-pyramid=normal"}}),
    "one group": (".mp4", {"options": {"g": "600", "bf": "3"}}),
    "intra refresh": (".mp4", {"options": {"g": "12", "intra-refresh": "1"}}),
    "vfr": (".mp4", {"stamps": [n * 40 + n * n % 37 for n in range(60)], "time_base": F(1, 1000)}),
    "transport stream": (".ts", {"offset_s": F(7, 5)}),
    "no b-frames": (".mov", {"options": {"g": "10", "bf": "0"}}),
    "hevc": (".mp4", {"codec": "libx265", "options": {"x265-params": "log-level=none:keyint=12:bframes=3"}}),
    "10 bit": (".mkv", {"pixel_format": "yuv420p10le"}),
    "vp9": (".webm", {"codec": "libvpx-vp9", "options": {"g": "12", "deadline": "realtime", "cpu-used": "8"}}),
    "avi": (".avi", {"codec": "mpeg4", "options": {"g": "12", "bf": "2", "b": "900000"}}),
    "h264 avi": (".avi", {}),
    "raw h264": (".h264", {}),
    "mpeg2": (".mpg", {"codec": "mpeg2video", "options": {"g": "12", "bf": "2", "b": "2000000"}}),
}


@pytest.fixture(scope="module")
def film(request: pytest.FixtureRequest, coded: Coded, tmp_path_factory: pytest.TempPathFactory) -> Path:
    suffix, settings = FILMS[request.param]
    return coded(tmp_path_factory.mktemp("films") / f"film{suffix}", **settings)


def seen(frame: Frame) -> tuple[Fraction, Fraction, bytes]:
    return frame.time, frame.duration, frame.y().tobytes()


@pytest.mark.parametrize("film", FILMS, indirect=True)
def test_every_frame_comes_once_in_order(film: Path, numbers: Numbers) -> None:
    frames = list(read_frames(film))
    assert [numbers(frame.y()) for frame in frames] == list(range(60))
    assert all(earlier.time + earlier.duration == later.time for earlier, later in itertools.pairwise(frames))
    assert frames[0].time == 0 or (film.suffix == ".avi" and frames[0].time <= F(1, 25))
    assert frames[-1].duration > 0


@pytest.mark.parametrize("film", FILMS, indirect=True)
def test_any_span_is_bit_identical_to_the_full_decode(film: Path) -> None:
    every = [seen(frame) for frame in read_frames(film, threads=1)]
    rng = random.Random(film.name)
    with FrameReader(film) as reader:
        for _ in range(12):
            start = F(rng.randrange(-300, 2600), 1000)
            span = Span(start, start + rng.choice([F(0), F(1, 1000), F(1, 25), F(1, 3), F(3)]))
            assert [seen(frame) for frame in reader.read(span)] == [frame for frame in every if frame[0] in span], span


@pytest.mark.parametrize("film", FILMS, indirect=True)
def test_a_span_begins_and_ends_at_frame_edges(film: Path, numbers: Numbers) -> None:
    times = [frame.time for frame in read_frames(film)]
    assert [numbers(frame.y()) for frame in read_frames(film, Span(times[17], times[20]))] == [17, 18, 19]
    tick = F(1, 10**9)
    assert [numbers(frame.y()) for frame in read_frames(film, Span(times[17] + tick, times[20] + tick))] == [18, 19, 20]


@pytest.mark.parametrize("film", FILMS, indirect=True)
def test_frame_at_shows_what_a_player_shows(film: Path, numbers: Numbers) -> None:
    times = [frame.time for frame in read_frames(film)]
    tick = F(1, 10**9)
    asked = {times[0] - 1: 0, times[0]: 0, times[31]: 31, times[31] - tick: 30, times[32] - tick: 31, times[59] + 9: 59}
    assert {time: numbers(frame_at(film, time).y()) for time in asked} == asked


def test_the_real_film_is_cut_exactly(real_film: Path) -> None:
    every = {frame.time: frame.y().tobytes() for frame in read_frames(real_film, Span(F(5), F(9)))}
    assert sorted(every) == [F(n, 30) for n in range(150, 270)]
    for first in (151, 200, 239):
        got = list(read_frames(real_film, Span(F(first, 30), F(first + 2, 30))))
        assert [(frame.time, frame.y().tobytes()) for frame in got] == [(F(n, 30), every[F(n, 30)]) for n in (first, first + 1)]


def test_leaving_early_closes_the_file(coded: Coded, tmp_path: Path) -> None:
    film = coded(tmp_path / "film.mp4")
    folder = Path("/proc/self/fd")
    if not folder.exists():
        pytest.skip("open files cannot be counted here")

    def n_open() -> int:
        return sum(os.path.realpath(link) == str(film) for link in folder.iterdir())

    frames = read_frames(film)
    next(frames)
    assert n_open() == 1
    frames.close()  # type: ignore[attr-defined]
    assert n_open() == 0


def test_a_second_reading_does_not_disturb_what_was_read(coded: Coded, numbers: Numbers, tmp_path: Path) -> None:
    with FrameReader(coded(tmp_path / "film.mp4")) as reader:
        first = next(reader.read(Span(F(1), F(2))))
        assert numbers(next(reader.read(Span(F(2), F(3)))).y()) == 50
        assert numbers(first.y()) == 25
        assert numbers(reader.frame_at(F(1, 2)).y()) == 12


def test_damage_costs_only_what_is_damaged(coded: Coded, numbers: Numbers, tmp_path: Path) -> None:
    film = coded(tmp_path / "film.mkv", options={"g": "12", "bf": "0"})
    with av.open(str(film)) as container:
        spot = [packet.pos for packet in container.demux(video=0) if packet.size][30]
    content = bytearray(film.read_bytes())
    content[spot + 8 : spot + 60] = bytes(52)
    film.write_bytes(content)
    faults: list[str] = []
    read = [numbers(frame.y()) for frame in read_frames(film, on_fault=faults.append)]
    assert set(range(30)) <= set(read) and set(range(36, 60)) <= set(read)
    assert len(read) >= 54


def test_a_film_cut_off_yields_what_is_there(coded: Coded, numbers: Numbers, tmp_path: Path) -> None:
    film = coded(tmp_path / "film.mkv")
    film.write_bytes(film.read_bytes()[: film.stat().st_size * 2 // 3])
    read = [numbers(frame.y()) for frame in read_frames(film)]
    assert read[:30] == list(range(30)) and read == sorted(set(read)) and len(read) < 60
    assert numbers(frame_at(film, F(50)).y()) == read[-1]


def test_luma_is_the_decoders_memory_and_cannot_be_drawn_on(coded: Coded, tmp_path: Path) -> None:
    frame = next(read_frames(coded(tmp_path / "film.mp4")))
    assert frame.y() is frame.y() and frame.rgb() is frame.rgb()
    assert frame.y().base is not None and frame.y().shape == (96, 160)
    with pytest.raises(ValueError):
        frame.y()[0, 0] = 1


KR_KB = {"bt601": (0.299, 0.114), "bt709": (0.2126, 0.0722)}
RGB = np.array((193, 59, 31))


def to_yuv(rgb: np.ndarray, matrix: str, *, full: bool) -> tuple[int, ...]:
    """By the formulas of ITU-R BT.601 and BT.709."""
    red, green, blue = rgb / 255
    kr, kb = KR_KB[matrix]
    y = kr * red + (1 - kr - kb) * green + kb * blue
    u, v = (blue - y) / (2 - 2 * kb), (red - y) / (2 - 2 * kr)
    return (round(255 * y), round(128 + 255 * u), round(128 + 255 * v)) if full else (round(16 + 219 * y), round(128 + 224 * u), round(128 + 224 * v))


@pytest.mark.parametrize(
    ("size", "space", "full", "matrix"),
    [
        ((640, 360), 2, False, "bt601"),  # says nothing, small
        ((1280, 720), 2, False, "bt709"),  # says nothing, HD
        ((640, 360), 1, False, "bt709"),
        ((1280, 720), 6, False, "bt601"),
        ((640, 360), 6, True, "bt601"),
        ((640, 360), 1, True, "bt709"),
    ],
)
def test_rgb_obeys_matrix_and_range(size: tuple[int, int], space: int, full: bool, matrix: str) -> None:
    picture = av.VideoFrame(*size, "yuv420p")
    yuv = to_yuv(RGB, matrix, full=full)
    for plane, level in zip(picture.planes, yuv, strict=True):
        plane.update(bytes([level]) * plane.buffer_size)
    picture.colorspace, picture.color_range = space, 2 if full else 1
    frame = Frame(F(0), F(1, 25), picture)
    assert np.abs(frame.rgb()[100, 100].astype(int) - RGB).max() <= 2
    assert np.abs(frame.rgba()[100, 100].astype(int) - (*RGB, 255)).max() <= 2
    assert frame.y()[100, 100] == yuv[0]


def test_ten_bits_become_eight_by_shifting(coded: Coded, tmp_path: Path) -> None:
    frame = next(read_frames(coded(tmp_path / "film.mkv", pixel_format="yuv420p10le", options={"qp": "0"})))
    assert frame.y().dtype == np.uint8 and frame.y()[20, 10] == 16
    assert frame.rgb()[20, 10].max() <= 1


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    from PIL import Image

    for number in (1, 2, 3, 9, 10, 11):
        Image.new("RGB", (32, 24), (number * 20, 0, 255 - number * 20)).save(tmp_path / f"frame{number}.png")
    return tmp_path


def reds(source: Path, span: Span | None = None, **more: Fraction) -> list[int]:
    return [int(frame.rgb()[0, 0, 0]) // 20 for frame in read_frames(source, span, **more)]  # type: ignore[arg-type]


def test_folders_and_patterns_count_as_people_do(folder: Path) -> None:
    assert reds(folder) == reds(folder / "frame%d.png") == [1, 2, 3, 9, 10, 11]
    assert reds(folder, Span(F(1, 10), F(4, 10)), rate=F(10)) == [2, 3, 9]
    assert reds(folder / "frame%02d.png") == [10, 11]
    assert reds(folder / "frame9.png") == [9]
    assert frame_at(folder, F(5), rate=F(10)).rgb()[0, 0, 0] == 220


def test_a_percent_in_a_name_is_only_a_name(folder: Path) -> None:
    odd = folder / "100%d.png"
    (folder / "frame3.png").rename(odd)
    assert reds(odd) == [3]
    assert read_rgb(odd).shape == (24, 32, 3)


@pytest.mark.parametrize(
    ("name", "what"),
    [("empty", "no picture in this folder"), ("shot%04d.png", "no file matches"), ("nope.png", "no such file"), ("bad.png", "no picture")],
)
def test_missing_pictures_are_told(tmp_path: Path, name: str, what: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "bad.png").write_text("this is text")
    with pytest.raises(UserError, match=what):
        list(read_frames(tmp_path / name))


def test_a_picture_that_cannot_be_read_is_told_and_skipped(folder: Path) -> None:
    """Unless nobody asks, or it is the last hope."""
    for number in (1, 9):
        (folder / f"frame{number}.png").write_text("this is text")
    faults: list[str] = []
    frames = list(read_frames(folder, rate=F(10), on_fault=faults.append))
    assert [frame.time for frame in frames] == [F(1, 10), F(2, 10), F(4, 10), F(5, 10)]
    assert ["frame1.png" in faults[0], "frame9.png" in faults[1], len(faults)] == [True, True, 2]
    with pytest.raises(UserError, match=r"frame1\.png"):
        list(read_frames(folder))
    with pytest.raises(UserError, match=r"frame1\.png"):
        list(read_frames(folder, Span(F(0), F(1, 25)), on_fault=faults.append))
    assert len(faults) == 2


def test_sound_alone_has_no_frames(coded: Coded, sweep: Callable[..., np.ndarray], tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no picture"):
        list(read_frames(coded(tmp_path / "a.wav", codec=None, sound=sweep(4800), sound_codec="pcm_s16le")))
