"""Films and pictures are measured frame by frame at their exact times, once; what cannot be read is told in a line."""

from __future__ import annotations

import itertools
import os
import struct
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from media.cuts import find_cuts
from media.errors import UserError
from media.measure import MEASURES
from media.progress import Progress
from media.regions import Cell, Rect, Square
from media.write import FilmWriter, write_rgb
from video2midi.analysis import Analysis, analyse
from video2midi.cache import Cache
from video2midi.sources import Outline, Reading

F = Fraction
SIZE = (160, 90)
HALVES = {"left": Rect(0, 0, 0.5, 1), "right": Rect(0.5, 0, 0.5, 1)}


def flat(level: int | Sequence[int], *, size: tuple[int, int] = SIZE) -> np.ndarray:
    """A picture of one grey or one colour, (H, W, 3) uint8."""
    return np.broadcast_to(np.array(level, np.uint8), (size[1], size[0], 3)).copy()


def write_film(path: Path, pictures: Sequence[np.ndarray], *, rate: Fraction = F(25), times: Sequence[Fraction] | None = None, **more: Any) -> Path:
    size = pictures[0].shape[1], pictures[0].shape[0]
    more.setdefault("codec", "ffv1" if path.suffix == ".mkv" else None)
    with FilmWriter(path, size=size, rate=rate, time_base=F(1, 90_000) if times else None, **more) as film:
        for n, picture in enumerate(pictures):
            film.write_frame(picture, times[n] if times else None)
    return path


def stamped(path: Path) -> tuple[list[int], Fraction]:
    """The stamps of a film's frames and their unit, by libav alone."""
    with av.open(str(path)) as film:
        frames = list(film.decode(video=0))
        return [frame.pts for frame in frames if frame.pts is not None], Fraction(frames[0].time_base or 1)


def column(analysis: Analysis, name: str, region: str = "frame") -> np.ndarray:
    return analysis.raw[region][:, MEASURES.index(name)]


def cut_frames(analysis: Analysis) -> list[int]:
    return np.flatnonzero(find_cuts(column(analysis, "change"))).tolist()


def shots(*lengths: int) -> list[np.ndarray]:
    """Pictures of shots that differ in colour and brightness, with a little motion in each."""
    colors = itertools.cycle([(20, 40, 60), (200, 90, 60), (60, 160, 90), (230, 230, 190)])
    pictures = []
    for length, color in zip(lengths, colors, strict=False):
        for n in range(length):
            picture = flat(color)
            picture[20:40, 10 + 2 * n : 30 + 2 * n] = 128
            pictures.append(picture)
    return pictures


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory, film: Path) -> Analysis:
    return analyse(film, use_cache=False)


def test_every_cut_of_the_shipped_film_is_found_and_no_other(shipped: Analysis, truth: dict[str, Any]) -> None:
    assert cut_frames(shipped) == [round(cut * 25) for cut in truth["cuts"]]
    assert shipped.times == [F(n, 25) for n in range(1250)] and shipped.end == 50 and shipped.rate == 25 and not shipped.is_vfr


def test_its_stills_are_still(shipped: Analysis, truth: dict[str, Any]) -> None:
    for still in truth["stills"]:
        inside = column(shipped, "activity")[round(still["start"] * 25) + 1 : round(still["end"] * 25)]
        assert inside.max() < 0.5, still


@pytest.mark.parametrize("name", ["film.mp4", "film.mkv"])
def test_cuts_are_on_their_very_frames(name: str, tmp_path: Path) -> None:
    found = analyse(write_film(tmp_path / name, shots(9, 3, 14, 1, 12)))
    assert found.n_frames == 39 and set(found.raw) == {"frame"} and found.raw["frame"].shape == (39, len(MEASURES))
    assert cut_frames(found) == [9, 12]  # the one of one frame is a flash


def test_a_header_that_promises_ages_takes_no_memory(tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.mkv", shots(4, 4))
    content = bytearray(film.read_bytes())
    at = content.index(b"\x44\x89\x88") + 3  # Matroska's duration: a double, ms
    content[at : at + 8] = struct.pack(">d", 1e15)
    film.write_bytes(content)
    assert analyse(film, regions=HALVES).n_frames == 8


@pytest.mark.parametrize("rate", [F(24000, 1001), F(25), F(30000, 1001), F(60000, 1001)])
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_times_are_those_of_the_stamps(rate: Fraction, suffix: str, tmp_path: Path) -> None:
    film = write_film(tmp_path / f"film{suffix}", shots(10, 10), rate=rate)
    found = analyse(film)
    stamps, unit = stamped(film)
    assert found.times == [stamp * unit for stamp in stamps] and found.rate == rate and not found.is_vfr
    assert abs(found.end - 20 / rate) <= F(2, 1000)
    if suffix == ".mp4":
        assert found.times == [n / rate for n in range(20)]
    assert np.allclose(found.seconds, [float(time) for time in found.times], rtol=0, atol=1e-12)


def test_uneven_times_are_exact(tmp_path: Path) -> None:
    times = [F(n * 3600 + n * n * 37 % 1700, 90_000) for n in range(60)]
    found = analyse(write_film(tmp_path / "film.mp4", shots(30, 30), times=times))
    assert found.times == times and found.is_vfr
    assert cut_frames(found) == [30]


@pytest.mark.parametrize("lead", [F(0), F(1001, 48_000), F(1, 3)])
def test_time_begins_with_the_earliest_of_picture_and_sound(lead: Fraction, tmp_path: Path) -> None:
    """The film starts at 7/5 s, its picture `lead` after its sound (to a millisecond: so edit lists are timed)."""
    path = tmp_path / "film.mov"
    start = F(7, 5)
    with av.open(str(path), "w") as film:
        video, sound = film.add_stream("libx264", rate=25, options={"bf": "0"}), film.add_stream("pcm_s16le", rate=48_000)
        video.width, video.height, video.pix_fmt = *SIZE, "yuv420p"
        video.codec_context.time_base = F(1, 90_000)
        noise = av.AudioFrame.from_ndarray(np.zeros((1, 48_000), np.int16), format="s16", layout="mono")
        noise.sample_rate, noise.time_base, noise.pts = 48_000, F(1, 48_000), round(start * 48_000)
        film.mux(sound.encode(noise))
        for n in range(12):
            picture = av.VideoFrame.from_ndarray(flat(10 * n), format="rgb24").reformat(format="yuv420p")
            picture.time_base, picture.pts = F(1, 90_000), round((start + lead + F(n, 25)) * 90_000)
            film.mux(video.encode(picture))
        for stream in (video, sound):
            film.mux(stream.encode(None))
    found = analyse(path)
    stamps, unit = stamped(path)
    with av.open(str(path)) as film:
        begin = min(stream.start_time * stream.time_base for stream in film.streams)
    assert found.times == [stamp * unit - begin for stamp in stamps]
    assert abs(found.times[0] - lead) < F(1, 900) and found.times[1] - found.times[0] == F(1, 25)


def test_a_flash_is_no_cut_and_a_change_of_colour_alone_is_one(tmp_path: Path) -> None:
    red, green, grey = flat((200, 0, 0)), flat((0, 59, 0)), flat(42)
    found = analyse(write_film(tmp_path / "film.mkv", [red] * 8 + [green] * 8 + [grey] * 4 + [flat(255)] + [grey] * 7))
    assert np.abs(np.diff(column(found, "brightness")[:20])).max() < 3
    assert cut_frames(found) == [8, 16]


def test_wide_pictures_and_named_regions(tmp_path: Path) -> None:
    size = (480, 200)
    picture = flat(0, size=size)
    picture[:24, :24] = 255
    regions = {"square": Square("small", "topleft"), "right": Rect(0.5, 0, 0.5, 1), "same": Rect(0.5, 0, 0.5, 1)}
    found = analyse(write_film(tmp_path / "film.mkv", [flat(0, size=size), picture, picture]), regions=regions)
    assert set(found.raw) == {"frame", "square", "right", "same"}
    assert column(found, "brightness", "square") == pytest.approx([0, 255, 255], abs=1)
    assert not column(found, "brightness", "right").any() and not column(found, "brightness", "same").any()


@pytest.mark.parametrize("pixel_format", ["yuv420p10le", "yuv422p10le", "gray", "yuv444p"])
def test_deeper_and_grey_films_have_the_brightness_that_was_drawn(pixel_format: str, tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.mkv", [flat(level) for level in (0, 100, 255)], pixel_format=pixel_format)
    assert column(analyse(film), "brightness") == pytest.approx([0, 100, 255], abs=1)


@pytest.mark.parametrize("turned", [-90, 90, 180])
def test_a_turned_film_is_measured_upright(turned: int, tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    with av.open(str(path), "w") as film:
        video = film.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt = *SIZE, "yuv420p"
        video.set_display_rotation(turned)
        for n in range(4):
            picture = flat(0)
            picture[:, :40] = 255  # its left quarter
            picture[0, 0] = n
            film.mux(video.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        film.mux(video.encode(None))
    quarters = {"top": Rect(0, 0, 1, 0.25), "bottom": Rect(0, 0.75, 1, 0.25), "left": Rect(0, 0, 0.25, 1), "right": Rect(0.75, 0, 0.25, 1)}
    found = analyse(path, regions=quarters)
    lit = max(quarters, key=lambda name: column(found, "brightness", name)[0])
    assert lit == {-90: "top", 90: "bottom", 180: "right"}[turned]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six pictures, each 20 brighter than the last, with nothing in their left half."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for n in range(6):
        picture = np.full((90, 160, 4), 40 + 20 * n, np.uint8)
        picture[..., 3] = 255
        picture[:, :80, 3] = 0
        write_rgb(folder / f"{n:04d}.png", picture)
    return folder


@pytest.mark.parametrize("name", ["pictures", "pictures/%04d.png"])
def test_pictures_are_shown_at_the_rate_asked_for(name: str, folder: Path) -> None:
    found = analyse(folder.parent / name, rate=F(30000, 1001), regions=HALVES)
    assert found.times == [n * F(1001, 30000) for n in range(6)] and found.end == 6 * F(1001, 30000)
    assert (found.rate, found.is_vfr, found.n_frames) == (F(30000, 1001), False, 6)
    assert column(found, "brightness", "right") == pytest.approx([40 + 20 * n for n in range(6)], abs=1)
    assert column(found, "brightness", "left") == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("broken", [0, 2, 5])
def test_an_unreadable_picture_is_left_out_by_name_and_the_others_keep_their_times(broken: int, folder: Path) -> None:
    (folder / f"{broken:04d}.png").write_bytes(b"no picture")
    for _ in range(2):  # measured, and from the cache
        told: list[str] = []
        found = analyse(folder, on_warning=told.append)
        assert found.times == [F(n, 25) for n in range(6) if n != broken] and found.end == F(6, 25)
        assert len(told) == 1 and f"{broken:04d}.png: " in told[0] and "\n" not in told[0]


def test_pictures_of_other_sizes_take_the_shape_of_the_first(folder: Path) -> None:
    write_rgb(folder / "0001.png", flat(77, size=(33, 400)))
    found = analyse(folder)
    assert column(found, "brightness")[1] == pytest.approx(77, abs=1)


def damaged(path: Path) -> Path:
    """A film of a hundred frames, every one a key frame, with some of it overwritten."""
    write_film(path, [flat(n) for n in range(100)], codec="h264", options={"g": "1"})
    with av.open(str(path)) as film:
        spots = [packet.pos for packet in film.demux(video=0) if packet.size]
    content = bytearray(path.read_bytes())
    for spot in spots[40:43]:
        content[spot + 4 : spot + 40] = bytes(36)
    path.write_bytes(content)
    return path


def test_damage_is_told_once_and_stops_nothing(tmp_path: Path) -> None:
    told: list[str] = []
    found = analyse(damaged(tmp_path / "film.mkv"), on_warning=told.append)
    assert found.n_frames >= 90 and {F(30, 25), F(60, 25)} <= set(found.times)
    assert len(told) == 1 and "film.mkv: a damaged packet at 1.6" in told[0]


def sound_only(folder: Path) -> Path:
    with FilmWriter(folder / "sound.wav", sound=True) as film:
        film.write_sound(np.zeros((4800, 2), np.float32))
    return folder / "sound.wav"


def unreadable(folder: Path) -> Path:
    (folder / "bad").mkdir()
    for n in range(3):
        (folder / "bad" / f"{n}.png").write_text("this is text")
    return folder / "bad"


def cut_off(folder: Path) -> Path:
    film = write_film(folder / "film.mp4", shots(20))
    film.write_bytes(film.read_bytes()[:300])
    return film


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda folder: folder / "absent.mp4", "there is no such file"),
        (lambda folder: folder, "no picture in this folder"),
        (lambda folder: folder / "%04d.png", "no file matches this pattern"),
        (sound_only, "it holds sound but no picture"),
        (lambda folder: write_film(folder / "one.mp4", shots(1)), "at least two frames .* got 1"),
        (lambda folder: write_film(folder / "one.gif", shots(1)), "at least two frames .* got 1"),
        (lambda folder: write_rgb(folder / "one.png", flat(9)) or folder / "one.png", "at least two frames .* got 1"),
        (unreadable, r"none of its pictures can be read \(3, 0.png first\)"),
        (cut_off, "neither picture nor sound"),
    ],
)
def test_what_cannot_be_measured_is_told_in_one_line(make: Callable[[Path], Path], what: str, tmp_path: Path) -> None:
    source = make(tmp_path)
    with pytest.raises(UserError, match=what) as raised:
        analyse(source)
    assert "\n" not in str(raised.value) and str(source) in str(raised.value)


class Decoding:
    """Counts whether anything was decoded, by the progress that is told."""

    def __init__(self) -> None:
        self.told: list[Progress] = []

    def __call__(self, progress: Progress) -> None:
        self.told.append(progress)

    def happened(self) -> bool:
        told, self.told = self.told, []
        assert all(0 <= progress.done <= progress.total for progress in told)
        return bool(told)


def same(first: Analysis, second: Analysis) -> bool:
    return (
        first.times == second.times
        and (first.end, first.rate, first.is_vfr, first.fingerprint)
        == (second.end, second.rate, second.is_vfr, second.fingerprint)
        and all(np.array_equal(first.raw[name], rows) for name, rows in second.raw.items())
    )


def test_what_was_measured_once_is_not_decoded_again(tmp_path: Path) -> None:
    film, decoding = write_film(tmp_path / "film.mp4", shots(10, 10)), Decoding()
    first = analyse(film, on_progress=decoding)
    assert decoding.happened()
    assert same(analyse(film, on_progress=decoding), first) and not decoding.happened()
    assert same(analyse(film.rename(tmp_path / "other.mp4"), on_progress=decoding), first) and not decoding.happened()
    both = analyse(tmp_path / "other.mp4", regions=HALVES, on_progress=decoding)
    assert decoding.happened() and same(both, first)
    alone = analyse(tmp_path / "other.mp4", regions={"another name": HALVES["right"]}, on_progress=decoding)
    assert not decoding.happened() and np.array_equal(alone.raw["another name"], both.raw["right"])
    assert same(analyse(tmp_path / "other.mp4", regions=HALVES, use_cache=False, on_progress=decoding), both) and decoding.happened()


def test_another_film_by_the_same_name_is_decoded(tmp_path: Path) -> None:
    first = analyse(write_film(tmp_path / "film.mp4", shots(10, 10)))
    second = analyse(write_film(tmp_path / "film.mp4", shots(12, 8)))
    assert (cut_frames(first), cut_frames(second)) == ([10], [12])


def test_pictures_at_another_rate_are_not_decoded_again_but_changed_ones_are(folder: Path) -> None:
    decoding = Decoding()
    analyse(folder, on_progress=decoding)
    assert decoding.happened()
    assert analyse(folder, rate=F(12), on_progress=decoding).times[1] == F(1, 12) and not decoding.happened()
    write_rgb(folder / "0003.png", flat(0, size=(161, 90)))
    assert column(analyse(folder, on_progress=decoding), "brightness")[3] == 0 and decoding.happened()


@pytest.mark.parametrize("damage", ["empty", "cut", "text", "bits", "folder"])
def test_a_damaged_cache_is_made_anew(damage: str, tmp_path: Path, own_cache: Path) -> None:
    film, decoding = write_film(tmp_path / "film.mp4", shots(10, 10)), Decoding()
    first = analyse(film, regions=HALVES)
    kept = sorted(own_cache.rglob("*.npz"))
    assert len(kept) == 4
    for path in kept:
        content = path.read_bytes()
        path.unlink()
        if damage == "folder":
            path.mkdir()
        else:
            spoilt = {"empty": b"", "cut": content[: len(content) // 2], "text": b"text", "bits": content[:200] + bytes(40) + content[240:]}
            path.write_bytes(spoilt[damage])
        assert same(analyse(film, regions=HALVES, on_progress=decoding), first) and decoding.happened()
        if damage != "folder":
            assert same(analyse(film, regions=HALVES, on_progress=decoding), first) and not decoding.happened()


def test_a_cache_that_cannot_be_written_is_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert analyse(write_film(tmp_path / "film.mp4", shots(10, 10))).n_frames == 20


def test_the_cache_forgets_what_was_not_used_for_longest(tmp_path: Path) -> None:
    def cache(film: str) -> Cache:
        return Cache(tmp_path / "cache", film, most_bytes=150_000)

    reading = Reading(Outline(F(1, 25), SIZE, F(25), False, F(40)), np.arange(1000), F(40), ("a warning",))
    rows = np.zeros((1000, len(MEASURES)), np.float32)
    for name in ("first", "second"):
        cache(name).save_reading(reading)
        cache(name).save_rows("frame", rows)
    for n, path in enumerate((tmp_path / "cache").iterdir()):
        os.utime(path, (n, n))
    assert cache("first").load_rows("frame", n_frames=1000) is not None  # used again
    cache("third").save_rows("frame", rows)
    cache("third").forget_oldest()
    left = {name: cache(name).load_rows("frame", n_frames=1000) is not None for name in ("first", "second", "third")}
    assert left == {"first": True, "second": False, "third": True}
    assert sum(path.stat().st_size for path in (tmp_path / "cache").iterdir()) <= 150_000


def test_a_film_of_more_frames_than_it_tells_is_measured_to_its_end(tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.mkv", [flat(n % 256, size=(16, 16)) for n in range(1400)], rate=F(1000))
    content = film.read_bytes()
    duration = content.index(b"\x44\x89\x88") + 3  # Matroska's Duration, a double of milliseconds
    film.write_bytes(content[:duration] + struct.pack(">d", 100.0) + content[duration + 8 :])
    decoding = Decoding()
    found = analyse(film, regions={f"{n}": Cell(n // 4, n % 4, 4, 4) for n in range(16)}, on_progress=decoding)
    assert found.n_frames == 1400 and decoding.happened()
    assert all(rows.shape == (1400, len(MEASURES)) for rows in found.raw.values())
    assert column(found, "brightness", "7") == pytest.approx([n % 256 for n in range(1400)], abs=2)
