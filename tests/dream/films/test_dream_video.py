"""A dreamed film has the frames of the film that it is of, at their times and with their sound; what cannot be is told in a line."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from PIL import Image

from dream.films.run import Dreamed
from dream.films.settings import CarrySettings, PartSettings
from dream.films.work import folder_beside
from dream.settings import DreamSettings, WhereSettings, WishSettings
from dream.stills import dream_still
from media.probe import probe
from media.sound import read_sound
from media.write import FilmWriter

Run = Callable[..., Dreamed]
Command = Callable[..., tuple[int, str, str]]

# What it writes


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_every_frame_comes_out_at_its_time_with_the_sound_as_it_is(studio: Any, run: Run, short: Path, tmp_path: Path, suffix: str) -> None:
    film = short if suffix == ".mp4" else studio.shoot(tmp_path / "film.mkv", studio.passing(6), studio.uneven(6))
    out = tmp_path / f"out{suffix}"
    run(film, out)
    assert studio.times(out) == studio.times(film)
    heard, dreamed = read_sound(film), read_sound(out)
    n = min(len(heard), len(dreamed))
    assert n > 9000 and np.array_equal(heard[:n], dreamed[:n])
    assert not folder_beside(out).exists()
    assert any(np.abs(a.astype(int) - b).mean() > 5 for a, b in zip(studio.pictures(film), studio.pictures(out), strict=True))


def test_another_kind_of_container_keeps_times_and_sound_too(studio: Any, run: Run, short: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.webm"
    run(short, out)
    assert [round(time, 2) for time in studio.times(out)] == [round(time, 2) for time in studio.times(short)]
    heard, dreamed = read_sound(short), read_sound(out)
    assert np.corrcoef(heard[:20000, 0], dreamed[:20000, 0])[0, 1] > 0.99


def test_a_part_has_its_own_frames_and_sound(studio: Any, run: Run, short: Path, tmp_path: Path) -> None:
    out, times = tmp_path / "out.mp4", studio.times(short)
    made = run(short, out, part=PartSettings(start=times[3], end=times[8]))
    assert made.n_frames == 5
    assert studio.times(out) == [time - times[3] for time in times[3:8]]
    heard, first = read_sound(short), round(times[3] * 48_000)
    assert np.corrcoef(heard[first : first + 6000, 0], read_sound(out)[:6000, 0])[0, 1] > 0.98


def test_a_part_may_begin_and_end_within_a_frame_that_is_held(studio: Any, run: Run, tmp_path: Path) -> None:
    """A show of pictures, a second each: what is on the screen then is there from the first moment on, and its sound with it."""
    film = studio.shoot(tmp_path / "slides.mp4", studio.passing(3), [Fraction(0), Fraction(1), Fraction(2)])
    out = tmp_path / "out.mp4"
    assert run(film, out, part=PartSettings(start=Fraction(1, 2), length=Fraction(1))).n_frames == 2
    assert studio.times(out) == [0, Fraction(1, 2)]
    assert abs(probe(out).duration - 1) < Fraction(1, 20)
    heard, dreamed = read_sound(film)[24_000:], read_sound(out)
    assert np.corrcoef(heard[:20_000, 0], dreamed[:20_000, 0])[0, 1] > 0.98
    within, bare = PartSettings(start=Fraction(6, 5), length=Fraction(1, 2)), studio.climb.model_copy(update={"strength": 0.0})
    run(film, tmp_path / "one" / "%d.png", part=within, climb=bare)
    (one,) = studio.pictures(tmp_path / "one")
    assert np.abs(one.astype(int) - studio.pictures(film)[1]).mean() < 2


def test_a_part_that_begins_just_before_a_frame_begins_with_it(studio: Any, run: Run, tmp_path: Path) -> None:
    film = studio.shoot(tmp_path / "film.mkv", studio.passing(6), sound=False)
    out = tmp_path / "out.mp4"
    assert run(film, out, part=PartSettings(start=Fraction(799, 10_000), end=Fraction(1603, 10_000))).n_frames == 3
    assert [round(time, 2) for time in studio.times(out)] == [0, Fraction(4, 100), Fraction(8, 100)]


def test_every_frame_of_a_gif_is_shown_as_long_as_it_was(studio: Any, run: Run, tmp_path: Path) -> None:
    times_ms, film = [100, 50, 200, 300], tmp_path / "film.gif"
    first, *others = map(Image.fromarray, studio.passing(4))
    first.save(film, save_all=True, append_images=others, duration=times_ms, loop=0)
    for suffix in (".gif", ".mp4"):
        run(film, tmp_path / f"out{suffix}")
        assert probe(tmp_path / f"out{suffix}").duration == Fraction(65, 100)
    shown_ms = []
    with Image.open(tmp_path / "out.gif") as gif:
        for n in range(getattr(gif, "n_frames", 1)):
            gif.seek(n)
            shown_ms.append(gif.info["duration"])
    assert shown_ms == times_ms


def test_a_size_that_is_odd_stays_so_where_it_may(studio: Any, run: Run, tmp_path: Path) -> None:
    odd = [np.ascontiguousarray(picture[:61, :93]) for picture in studio.passing(2)]
    frames = studio.keep(tmp_path / "frames", odd)
    sizes = {"out/%d.png": (61, 93), "out.gif": (61, 93), "out.mp4": (60, 92)}
    for name, size in sizes.items():
        run(frames, tmp_path / name)
        assert studio.pictures((tmp_path / name).parent if "%" in name else tmp_path / name)[0].shape[:2] == size


def test_a_film_that_is_damaged_cut_off_or_deep_says_so(
    studio: Any, run: Run, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    film = studio.shoot(tmp_path / "film.mkv", [picture for seed in range(5) for picture in studio.passing(8, seed=seed)], sound=False)
    run(film, tmp_path / "whole" / "%d.png", part=PartSettings(length=Fraction(1, 10)))
    assert not caplog.messages
    whole = film.read_bytes()
    film.write_bytes(whole[: len(whole) // 2])
    run(film, tmp_path / "cut" / "%d.png")
    assert len(caplog.messages) == 1 and "its picture ends at" in caplog.messages[0] and "is it cut off?" in caplog.messages[0]
    caplog.clear()
    film.write_bytes(whole)
    with av.open(str(film)) as container:
        packet = [packet for packet in container.demux(video=0) if packet.pos][20]
    assert packet.pos is not None
    film.write_bytes(whole[: packet.pos + 12] + bytes(packet.size - 12) + whole[packet.pos + packet.size :])
    run(film, tmp_path / "broken" / "%d.png")
    assert any("it is damaged" in line for line in caplog.messages)


def test_a_turned_film_with_long_pixels_and_ten_bits_is_shown_as_it_was(
    studio: Any, run: Run, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "turned.mkv"
    with av.open(str(path.with_suffix(".mp4")), "w") as film:
        stream = film.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = studio.width, studio.height, "yuv420p10le"
        stream.codec_context.sample_aspect_ratio = Fraction(4, 3)
        stream.set_display_rotation(-90)
        for picture in studio.passing(3):
            film.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p10le")))
        film.mux(stream.encode(None))
    source, out = path.with_suffix(".mp4"), tmp_path / "out.mp4"
    run(source, out, climb=studio.climb.model_copy(update={"strength": 0.0}))
    assert [line for line in caplog.messages if "its 10 bits a colour become 8" in line]
    video = probe(out).video
    assert video and video.size == (studio.height, studio.width) and video.rotation == 0 and video.pixel_aspect == Fraction(3, 4)
    upright = np.rot90(studio.pictures(source)[0], k=-1)
    assert np.abs(studio.pictures(out)[0].astype(int) - upright).mean() < 6


def test_a_large_film_is_dreamed_small_and_stays_sharp(studio: Any, run: Run, short: Path, tmp_path: Path) -> None:
    run(short, tmp_path / "out" / "%02d.png", carry=CarrySettings(size=(48, 32)))
    change = studio.pictures(tmp_path / "out")[3].astype(float) - studio.pictures(short)[3]
    coarse = cv2.resize(cv2.resize(change, (48, 32), interpolation=cv2.INTER_AREA), (studio.width, studio.height), interpolation=cv2.INTER_CUBIC)
    assert np.abs(change).mean() > 5
    assert np.abs(change - coarse).mean() < 0.35 * np.abs(change).mean()  # what is fine is the film's own


@pytest.mark.parametrize("kind", ["grey", "see-through", "half"])
def test_a_mask_is_to_a_film_what_it_is_to_a_still(studio: Any, run: Run, weights: Path, tmp_path: Path, kind: str) -> None:
    mask = np.full((studio.height, studio.width, 4), 255, np.uint8)
    mask[..., :3] = 128 if kind == "grey" else 255
    mask[:, : studio.width // 2, 3] = 0 if kind == "see-through" else 255
    mask[:, : studio.width // 2, :3] //= 2 if kind == "half" else 1
    where = WhereSettings(mask=tmp_path / "mask.png")
    cv2.imwrite(str(where.mask), mask)
    film = studio.keep(tmp_path / "film", studio.passing(1))
    run(film, tmp_path / "out" / "%03d.png", where=where)
    settings = DreamSettings(wish=WishSettings(weights=weights), climb=studio.climb, where=where)
    dream_still(film / "000.png", tmp_path / "out.png", settings, device="cpu")
    still, first = cv2.imread(str(tmp_path / "out.png"))[..., ::-1].astype(int), studio.pictures(tmp_path / "out")[0]
    assert np.abs(still - first).max() <= 1
    assert np.abs(still - studio.passing(1)[0]).mean() > 2


def test_only_where_the_mask_is_bright_and_in_the_films_own_colours(studio: Any, run: Run, short: Path, tmp_path: Path) -> None:
    mask = np.zeros((studio.height, studio.width), np.uint8)
    mask[:, studio.width // 2 :] = 255
    cv2.imwrite(str(tmp_path / "mask.png"), mask)
    run(short, tmp_path / "out" / "%02d.png", where=WhereSettings(mask=tmp_path / "mask.png", preserve_color=True))
    change = studio.pictures(tmp_path / "out")[3].astype(float) - studio.pictures(short)[3]
    assert np.abs(change[:, : studio.width // 2 - 1]).max() == 0 < np.abs(change[:, studio.width // 2 :]).mean()
    inner = change[8:-8, studio.width // 2 + 8 : -8]
    assert np.median(np.ptp(inner, axis=2)) <= 1  # all colours by the same


# Bad input


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["missing.mp4"], "missing.mp4: there is no such file"),
        (["noise.mp4"], "noise.mp4: this is no film"),
        (["sound.wav"], "sound.wav: it holds no picture"),
        (["film.mp4", "-o", "film.mp4"], "it would take the place of what it is made of"),
        (["frames", "-o", "frames/%03d.png"], "it would take the place of what it is made of: frames/000.png"),
        (["frames/%03d.png", "-o", "frames/%d.png"], "it would take the place of what it is made of: frames/000.png"),
        (["frames", "-o", "frames/x%03d.png"], "it would lie among the pictures that it is made of"),
        (["film.mp4", "-o", "out/%03d.xyz"], "cannot be written with the suffix '.xyz'"),
        (["film.mp4", "-o", "out.wav"], "this is a format for sound"),
        (["film.mp4", "-o", "nowhere/out.mp4"], "the output folder does not exist"),
        (["film.mp4", "-o", "x.png"], "one picture cannot hold a film. Name a film or GIF, or many: x/%04d.png."),
        (["film.mp4", "-o", "out/%03d.png", "--motif", "eye"], "Did you mean eyes?"),
        (["film.mp4", "-o", f"{'n' * 250}.mp4"], f"dream: {'n' * 250}.mp4: the name is too long"),
        (["film.mp4", "--rate", "5"], "film.mp4 is a film, and keeps its own"),
        (["moving.png"], "moving.png: an animated PNG cannot be read as a film"),
        (["moving.webp"], "moving.webp: an animated WebP cannot be read as a film"),
        (["film.mp4", "-w", "0"], "-w"),
        (["film.mp4", "--motif", "eye"], "the network motif has no such motif. Did you mean eyes?"),
        (["film.mp4", "--map", "midi.note.60=motif.eyes"], "there is no MIDI file that plays"),
        (["film.mp4", "--midi", "a.mid", "--map", "note60=motif.eyes"], "'note60' is nothing that MIDI plays"),
        (["film.mp4", "--midi", "a.mid", "--map", "midi.note.200=motif.eyes"], "go from 0 to 127"),
        (["film.mp4", "--midi", "a.mid", "--map", "midi.note.60-50=motif.eyes"], "its range runs backwards, got 60-50. Write it 50-60."),
        (["film.mp4", "--midi", "a.mid", "--map", "midi.note.60=MOTIF.EYE"], "Did you mean eyes?"),
        (["film.mp4", "--midi", "a.mid", "--map", "midi.note.60=motif.eyes=motif.gears"], "Give --map once for each"),
        (["film.mp4", "--midi", "a.mid", "--map", "midi.note.7=motif.eyes"], "nothing in a.mid plays it. It holds notes from 60 to 62 and controllers 1."),
        (["film.mp4", "--midi", "a.mid", "--map", "midi.cc.1=strenght"], "Did you mean strength?"),
        (["film.mp4", "--midi", "a.mid", "--map", "midi.cc.1=strength:0..3"], "strength goes from 0 to 1"),
        (["film.mp4", "--midi", "a.mid", "--map", "midi.note.60=motif.gear"], "Did you mean gears?"),
        (["film.mp4", "--midi", "a.mid", "--map", "midi.note.1=motif.eyes:0..9999999"], "its range is no two numbers"),
        (["film.mp4", "--midi", "noise.mp4"], "this is no MIDI file that can be read"),
        (["film.mp4", "--midi", "missing.mid"], "there is no such file"),
        (["film.mp4", "--from", "9"], "before 9"),
        (["film.mp4", "--to", "1", "--for", "1"], "give --to or --for"),
        (["film.mp4", "--keep", "2"], "--keep must be less than or equal to 1"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(
    studio: Any, words: list[str], told: str, short: Path, video: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("noise.mp4").write_bytes(bytes(range(256)) * 20)
    with FilmWriter("sound.wav", sound=True) as sound:
        sound.write_sound(np.zeros((4800, 2), np.float32))
    studio.score(Path("a.mid"))
    studio.keep(Path("frames"), studio.passing(1))
    first, *others = map(Image.fromarray, studio.passing(3))
    for name in ("moving.png", "moving.webp"):
        first.save(name, save_all=True, append_images=others)
    before = sorted(tmp_path.rglob("*"))
    status, _, error = video(*words)
    assert status == 2 and told in error and error.count("\n") == 1
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(("name", "at"), [("frames", "."), ("frames/%03d.png", "."), (".", "frames")])
def test_a_folder_of_pictures_has_its_dream_beside_it(
    studio: Any, video: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, at: str
) -> None:
    studio.keep(tmp_path / "frames", studio.passing(2))
    monkeypatch.chdir(tmp_path / at)
    assert video(name)[0] == 0
    assert {path.name for path in tmp_path.iterdir()} >= {"frames", "frames-dream.mp4", "frames-dream.mp4.json"}
    assert len(list((tmp_path / "frames").iterdir())) == 2


def test_a_name_of_two_lines_is_told_in_one(studio: Any, video: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    film = studio.shoot(Path("two\nlines.mp4"), studio.passing(1), sound=False)
    status, told, _ = video(film)
    assert status == 0 and told == "two lines-dream.mp4: 1 frame in 1 shot; on cpu\n"


def test_a_tiny_film_and_a_single_picture_come_out_too(studio: Any, run: Run, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "one.png"), studio.passing(1)[0])
    assert run(tmp_path / "one.png", tmp_path / "one.gif").n_frames == 1
    with FilmWriter(tmp_path / "tiny.mkv", size=(6, 4), rate=Fraction(25)) as film:
        for n in range(3):
            film.write_frame(np.full((4, 6, 3), 60 * n, np.uint8))
    assert run(tmp_path / "tiny.mkv", tmp_path / "out.mkv").n_frames == 3
