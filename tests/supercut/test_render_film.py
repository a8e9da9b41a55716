"""Rendering: every frame the right one, copies untouched, sound in step, nothing half-written."""

from __future__ import annotations

import bisect
import contextlib
import itertools
import random
import shutil
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from media.conform import conform, timing_of
from media.edits import Clip, EditList, load_edit_list, save_edit_list
from media.errors import UserError
from media.frames import Frame, FrameReader, read_frames
from media.probe import probe
from media.progress import Progress
from media.sound import SAMPLE_RATE, read_sound
from media.span import Span
from supercut.cut import Outputs, write_outputs
from supercut.render import RenderSettings, prepare, render
from supercut.render.film import copyable_headers, plan_parts
from supercut.render.h264 import length_prefixed, parameter_sets
from supercut.render.parts import CopyPart

Films = Any


def clip(source: Path, first: int, end: int, *, rate: Fraction = Fraction(25), fade: Fraction = Fraction(0)) -> Clip:
    """Frames `first` to `end` of a film."""
    return Clip(source, Span(first / rate, end / rate), f"{first}-{end}", fade)


def edits_of(source: Path, *ranges: tuple[int, int]) -> EditList:
    return EditList(tuple(clip(source, first, end) for first, end in ranges))


def frames_of(*ranges: tuple[int, int]) -> list[int]:
    return [n for first, end in ranges for n in range(first, end)]


RANGES = ((0, 100), (3, 7), (24, 27), (25, 50), (20, 80), (49, 51), (26, 49), (60, 61), (74, 100), (99, 100), (0, 1), (10, 62))


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
@pytest.mark.parametrize("source_suffix", [".mp4", ".mkv"])
def test_every_frame_is_the_right_one(films: Films, tmp_path: Path, suffix: str, source_suffix: str) -> None:
    source = films.make(f"plain{source_suffix}")
    output = tmp_path / f"cut{suffix}"
    render(edits_of(source, *RANGES), output, RenderSettings())
    assert films.numbers_in(output) == frames_of(*RANGES)


def test_copied_frames_are_those_of_the_source_to_the_bit(films: Films, tmp_path: Path) -> None:
    source = films.make("plain.mp4")
    output = tmp_path / "cut.mp4"
    edits = edits_of(source, *RANGES)
    render(edits, output, RenderSettings())
    reel = prepare(edits, RenderSettings())
    parts = [part for part in plan_parts(reel, copyable_headers(reel)) if isinstance(part, CopyPart)]
    assert sum(part.n_frames for part in parts) > 200
    with FrameReader(source, threads=1) as theirs, FrameReader(output, threads=1) as ours:
        for part in parts:
            shown = ours.read(Span(part.record_start / films.rate, (part.record_start + part.n_frames) / films.rate))
            for one, other in zip(shown, theirs.read(part.span), strict=True):
                for plane, plane_of_source in zip(one.picture.planes, other.picture.planes, strict=True):
                    assert bytes(plane) == bytes(plane_of_source)


def test_whole_groups_and_beginnings_of_groups_are_copied_and_no_more(films: Films) -> None:
    source = films.make("plain.mp4")
    reel = prepare(edits_of(source, (20, 80), (26, 49), (25, 50)), RenderSettings())
    copies = [part for part in plan_parts(reel, copyable_headers(reel)) if isinstance(part, CopyPart)]
    spans = [(part.span.start * 25, part.span.end * 25) for part in copies]
    assert spans[0][0] == 25 and 75 < spans[0][1] <= 80  # from the first key frame into the last group
    assert spans[1] == (25, 50)  # (26, 49) holds no key frame: nothing to copy
    assert len(spans) == 2


@pytest.mark.parametrize("settings", [RenderSettings(recode=True), RenderSettings(quality="20"), RenderSettings(burn=True)])
def test_nothing_is_copied_when_every_frame_is_to_be_made_anew(films: Films, tmp_path: Path, settings: RenderSettings) -> None:
    source = films.make("plain.mp4")
    assert not settings.may_copy
    output = tmp_path / "cut.mp4"
    render(edits_of(source, (20, 60)), output, settings)
    assert films.numbers_in(output) == frames_of((20, 60))


def test_a_second_rendering_is_the_same_to_the_byte(films: Films, tmp_path: Path) -> None:
    source = films.make("plain.mp4")
    chance = random.Random(3)
    ranges = [(first, first + chance.randint(1, 40)) for first in (chance.randint(0, 59) for _ in range(12))]
    render(edits_of(source, *ranges), tmp_path / "one.mp4", RenderSettings())
    save_edit_list(edits_of(source, *ranges), tmp_path / "cut.edit.json")
    render(load_edit_list(tmp_path / "cut.edit.json"), tmp_path / "two.mp4", RenderSettings())
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()


def test_picture_and_sound_stay_together_over_a_thousand_clips(films: Films, tmp_path: Path) -> None:
    rate = Fraction(30000, 1001)
    source = films.make("ntsc.mp4", rate=rate, n_frames=90, size=(80, 48))
    chance = random.Random(5)
    starts = [Fraction(chance.randint(0, 2_800_000), 1_000_000) for _ in range(1000)]
    spans = [Span(start, start + Fraction(chance.randint(40_000, 130_000), 1_000_000)) for start in starts]
    output = tmp_path / "cut.mp4"
    render(EditList(tuple(Clip(source, span) for span in spans)), output, RenderSettings())
    n_frames = sum(1 for _ in read_frames(output, threads=1))
    picture = n_frames / rate
    n_samples = _last_sound(output)
    assert abs(Fraction(n_samples, SAMPLE_RATE) - picture) < 1 / (2 * rate)
    assert abs(picture - sum((span.duration for span in spans), Fraction(0))) < 1 / rate  # rounding does not add up


def _last_sound(path: Path) -> int:
    """Number of samples up to the last that is not silent, over the whole film."""
    sound = np.abs(read_sound(path, channels=1)[:, 0])
    return int(np.flatnonzero(sound > 1e-3)[-1]) + 1


def test_clicks_are_heard_with_the_frames_they_belong_to(films: Films, tmp_path: Path) -> None:
    source = films.make("plain.mp4")
    output = tmp_path / "cut.mp4"
    render(edits_of(source, (20, 30), (45, 55), (70, 80), (20, 30)), output, RenderSettings())
    sound = read_sound(output, channels=1)[:, 0]
    onsets = [n for n in np.flatnonzero(np.abs(sound) > 0.45) if np.all(np.abs(sound[max(0, n - 2000) : n]) < 0.45)]
    # Frames 25, 50, 75, 25 of the source are the sixth of each ten-frame clip.
    assert [n / SAMPLE_RATE for n in onsets] == pytest.approx([5 / 25, 15 / 25, 25 / 25, 35 / 25], abs=0.002)


def test_no_join_clicks(films: Films, tmp_path: Path) -> None:
    source = films.make("plain.mp4")
    render(edits_of(source, (3, 11), (30, 37), (57, 66)), tmp_path / "cut.wav", RenderSettings())
    sound = read_sound(tmp_path / "cut.wav", channels=1)[:, 0]
    for join in (8 / 25, 15 / 25):
        at = round(join * SAMPLE_RATE)
        assert np.abs(sound[at - 12 : at + 12]).max() < 0.012  # a tone of 0.1, faded over 5 ms on both sides
        assert np.abs(sound[at + 400 : at + 1200]).max() > 0.08


def test_crossfades_overlap_picture_and_sound(films: Films, tmp_path: Path) -> None:
    dark, light = films.make("plain.mp4"), films.make("plain.mp4")
    edits = EditList((clip(dark, 0, 25), clip(light, 50, 75, fade=Fraction(10, 25)), clip(dark, 25, 50)))
    output = tmp_path / "cut.mp4"
    render(edits, output, RenderSettings())
    shown = list(read_frames(output, threads=1))
    assert len(shown) == 65
    middle = shown[20].y().astype(int)
    before, after = (next(iter(read_frames(dark, Span(n / films.rate, (n + 1) / films.rate)))).y().astype(int) for n in (20, 55))
    assert np.abs(middle - (5 * before + 6 * after) / 11).mean() < 3  # the sixth of ten steps from one to the other
    assert np.abs(middle - before).mean() > 8 < np.abs(middle - after).mean()
    # Equal power, and the two tones add up: nowhere silence, nowhere more than both.
    level = np.abs(read_sound(output, Span(Fraction(16, 25), Fraction(24, 25)), channels=1)).max()
    assert 0.08 < level < 0.16


def test_sources_of_every_kind_are_conformed(films: Films, tmp_path: Path) -> None:
    sources = [
        films.make("plain.mp4"),
        films.make("tall.mp4", size=(96, 160), rate=Fraction(30), sound="mono", sample_rate=44_100),
        films.make("mute.mp4", size=(320, 96), rate=Fraction(24000, 1001), sound=None),
        films.make("web.webm", rate=Fraction(50)),
    ]
    output = tmp_path / "cut.mp4"
    edits = EditList(tuple(Clip(source, Span(Fraction(1, 2), Fraction(3, 2))) for source in sources))
    render(edits, output, RenderSettings())
    found = probe(output)
    assert found.video is not None and found.video.size == (160, 96) and found.video.rate == 25
    shown = list(read_frames(output, threads=1))
    assert len(shown) == 100
    assert shown[30].y()[:, :20].max() < 24  # pillars beside the tall one
    assert shown[60].y()[:10].max() < 24 and shown[60].y()[48].max() > 60  # bars over the wide one
    levels = [np.abs(read_sound(output, Span(Fraction(n) + Fraction(1, 4), Fraction(n) + Fraction(3, 4)))).max() for n in range(4)]
    assert levels[0] > 0.08 and levels[1] > 0.08 and levels[2] < 1e-3 and levels[3] > 0.05


def test_another_rate_shows_each_moment_of_the_source(films: Films, tmp_path: Path) -> None:
    source = films.make("plain.mp4")
    render(edits_of(source, (10, 35)), tmp_path / "cut.mp4", RenderSettings(rate=Fraction(50)))
    assert films.numbers_in(tmp_path / "cut.mp4") == [10 + n // 2 for n in range(50)]
    render(edits_of(source, (10, 60)), tmp_path / "slow.mp4", RenderSettings(rate=Fraction(25, 2)))
    assert films.numbers_in(tmp_path / "slow.mp4") == [10 + 2 * n for n in range(25)]


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("old.avi", "mpeg4", {"g": "12"}),
        ("x264.avi", "libx264", {"g": "25", "bf": "2"}),
        ("cast.ts", "libx264", {"g": "25", "bf": "2"}),
        ("deep.mkv", "ffv1", {}),
        ("open.mp4", "libx264", {"g": "20", "bf": "3", "x264-params": "open-gop=1:scenecut=0"}),
    ],
)
def test_films_of_other_make_are_cut_to_the_frame(films: Films, tmp_path: Path, name: str, codec: str, options: dict[str, str]) -> None:
    source = films.encode(tmp_path / name, codec, n_frames=90, options=options)
    ranges = ((0, 10), (33, 47), (20, 70), (60, 61), (85, 90))
    render(edits_of(source, *ranges), tmp_path / "cut.mp4", RenderSettings())
    late = name == "x264.avi"  # AVI stamps H.264 by the order of coding: libav shows all of it a frame late
    assert films.numbers_in(tmp_path / "cut.mp4") == [max(0, n - late) for n in frames_of(*ranges)]


def test_frames_that_come_unsteadily_are_shown_at_their_times(films: Films, tmp_path: Path) -> None:
    stamps = [n * 40 + (400 if n >= 30 else 0) for n in range(60)]  # a picture that stands for 0.44 s
    source = films.encode(tmp_path / "phone.mkv", "libx264", n_frames=60, stamps_ms=stamps)
    output = tmp_path / "cut.mp4"
    render(EditList((Clip(source, Span(Fraction("1.0"), Fraction("2.0"))),)), output, RenderSettings(rate=Fraction(25)))
    assert films.numbers_in(output) == [25, 26, 27, 28, *[29] * 11, *range(30, 40)]


def test_crop_fills_the_frame(films: Films, tmp_path: Path) -> None:
    tall = films.make("tall.mp4", size=(96, 160), rate=Fraction(30), sound="mono", sample_rate=44_100)
    render(edits_of(tall, (0, 5)), tmp_path / "cut.mp4", RenderSettings(fit="crop", size="160x96"))
    shown = next(iter(read_frames(tmp_path / "cut.mp4")))
    assert shown.y().shape == (96, 160) and shown.y()[:, :4].min() > 24


def test_burning_writes_low_in_the_picture_and_nowhere_else(films: Films, tmp_path: Path) -> None:
    source = films.make("plain.mp4")
    render(edits_of(source, (10, 15)), tmp_path / "plain.mp4", RenderSettings(recode=True, quality="12"))
    render(edits_of(source, (10, 15)), tmp_path / "burnt.mp4", RenderSettings(burn=True, quality="12"))
    plain, burnt = (next(iter(read_frames(tmp_path / name))).y().astype(int) for name in ("plain.mp4", "burnt.mp4"))
    changed = np.abs(plain - burnt)
    assert changed[70:].max() > 80
    assert changed[:48].max() < 16


@pytest.mark.parametrize(("name", "codec"), [("a.mov", "prores"), ("a.mkv", "ffv1"), ("a.webm", "vp9"), ("a.gif", "gif"), ("a.mp4", "hevc")])
def test_other_codecs_show_the_same_frames(films: Films, tmp_path: Path, name: str, codec: str) -> None:
    source = films.make("plain.mp4")
    wanted = {"hevc": "h265", "prores": "prores", "ffv1": "ffv1"}.get(codec)
    output = tmp_path / name
    render(edits_of(source, (20, 30), (60, 65)), output, RenderSettings(codec=wanted, preset="ultrafast"))
    found = probe(output)
    assert found.video is not None and found.video.codec == codec
    assert films.numbers_in(output) == frames_of((20, 30), (60, 65))


@pytest.mark.parametrize("suffix", [".wav", ".mp3", ".m4a"])
def test_sound_alone(films: Films, tmp_path: Path, suffix: str) -> None:
    source = films.make("plain.mp4")
    output = tmp_path / f"cut{suffix}"
    render(edits_of(source, (20, 45), (70, 95)), output, RenderSettings())
    found = probe(output)
    assert found.video is None and float(found.duration) == pytest.approx(2.0, abs=0.03)


def test_a_sound_file_is_cut_to_the_millisecond(films: Films, tmp_path: Path) -> None:
    render(edits_of(films.make("plain.mp4"), (0, 100)), tmp_path / "all.wav", RenderSettings())
    edits = EditList((Clip(tmp_path / "all.wav", Span(Fraction("0.9995"), Fraction("1.2345"))),))
    render(edits, tmp_path / "cut.wav", RenderSettings())
    assert len(read_sound(tmp_path / "cut.wav")) == round(Fraction("0.235") * SAMPLE_RATE)


def test_sound_files_make_no_film(films: Films, tmp_path: Path) -> None:
    render(edits_of(films.make("plain.mp4"), (0, 50)), tmp_path / "all.wav", RenderSettings())
    with pytest.raises(UserError, match="no picture"):
        render(edits_of(tmp_path / "all.wav", (0, 25)), tmp_path / "cut.mp4", RenderSettings())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["all.wav"]


def test_the_source_is_never_written_over(films: Films, tmp_path: Path) -> None:
    source = films.make("plain.mp4")
    before = source.read_bytes()
    (tmp_path / "link.mp4").symlink_to(source)
    for output in (source, tmp_path / "link.mp4"):
        with pytest.raises(UserError, match="one of the films"):
            write_outputs(edits_of(source, (0, 25)), Outputs(output), RenderSettings())
    assert source.read_bytes() == before


def test_a_fault_midway_leaves_nothing_behind(films: Films, tmp_path: Path) -> None:
    source = films.make("plain.mp4")

    def fail(progress: Progress) -> None:
        if progress.done > progress.total / 5:
            raise KeyboardInterrupt

    for name in ("cut.mp4", "cut.webm", "cut.mp3"):
        with pytest.raises(KeyboardInterrupt):
            render(edits_of(source, *[(0, 100)] * 4), tmp_path / name, RenderSettings(), on_progress=fail)
    assert list(tmp_path.iterdir()) == []


def test_a_phones_film_is_cut_to_the_frame_in_many_clips(films: Films, tmp_path: Path) -> None:
    chance = random.Random(9)
    stamps = list(itertools.accumulate((chance.choice([33, 33, 40, 17, 50, 250]) for _ in range(89)), initial=0))
    source = films.encode(tmp_path / "phone.mkv", "libx264", n_frames=90, stamps_ms=stamps)
    starts = [Fraction(chance.randint(0, stamps[-1] - 500), 1000) for _ in range(25)]
    output = tmp_path / "cut.mp4"
    render(EditList(tuple(Clip(source, Span(start, start + Fraction(2, 5))) for start in starts)), output, RenderSettings(rate=Fraction(25)))
    late = Fraction(1, 100)  # a quarter of a frame of patience
    wanted = [bisect.bisect_right(stamps, (start + Fraction(n, 25) + late) * 1000) - 1 for start in starts for n in range(10)]
    assert films.numbers_in(output) == wanted


def test_what_a_source_lacks_is_no_other_clips_to_fill(films: Films) -> None:
    source = films.make("plain.mp4")
    timings = {source: timing_of(probe(source))}
    placed = conform(edits_of(source, (90, 140), (10, 20), (30, 40)), timings, rate=films.rate)
    assert [clip.n_frames for clip in placed] == [10, 10, 10]


@pytest.mark.parametrize("times", [("5", "6"), ("3.5", "9")])
def test_an_edit_list_that_runs_past_the_end_is_refused(films: Films, tmp_path: Path, times: tuple[str, str]) -> None:
    edits = EditList((Clip(films.make("plain.mp4"), Span(Fraction(times[0]), Fraction(times[1]))),))
    with pytest.raises(UserError, match=r"clip 1 .*beyond its end at 0:00:04\.000"):
        render(edits, tmp_path / "cut.mp4", RenderSettings())


def test_a_film_that_changes_its_parameter_sets_on_the_way_is_encoded(films: Films, tmp_path: Path) -> None:
    kinds = ({}, {"refs": "4", "coder": "0"})
    two = [films.encode(tmp_path / f"{n}.mkv", "libx264", n_frames=50, options={"g": "25", "bf": "0", **more}) for n, more in enumerate(kinds)]
    joined = tmp_path / "joined.mp4"
    with av.open(str(two[0])) as first, av.open(str(two[1])) as second, av.open(str(joined), "w") as out:
        stream = out.add_stream_from_template(first.streams.video[0])
        for n, part in enumerate((first, second)):
            header = parameter_sets(part.streams.video[0].codec_context.extradata or b"")
            for packet in part.demux(video=0):
                if packet.size:
                    inband = length_prefixed((*header.sps, *header.pps)) if packet.is_keyframe and n else b""
                    copy = av.Packet(inband + bytes(packet))
                    copy.stream, copy.time_base, copy.is_keyframe = stream, packet.time_base, packet.is_keyframe
                    copy.pts = copy.dts = packet.pts + n * 2000
                    out.mux(copy)
    shown = films.numbers_in(joined)
    render(edits_of(joined, (10, 90)), tmp_path / "cut.mp4", RenderSettings())
    assert films.numbers_in(tmp_path / "cut.mp4") == shown[10:90] == [*range(10, 50), *range(40)]


def test_a_picture_that_begins_after_the_sound_keeps_its_place(films: Films, tmp_path: Path) -> None:
    source = tmp_path / "late.mkv"
    with av.open(str(films.make("plain.mp4"))) as film, av.open(str(source), "w") as out:
        copies = {stream.index: out.add_stream_from_template(stream) for stream in film.streams}
        for packet in film.demux():
            if packet.size:
                late = round(Fraction(12, 25) / packet.time_base) if packet.stream.type == "video" else 0
                packet.stream = copies[packet.stream_index]
                packet.pts, packet.dts = packet.pts + late, packet.dts + late
                out.mux(packet)
    render(EditList((Clip(source, Span(Fraction("0.9"), Fraction("1.3"))),)), tmp_path / "cut.mp4", RenderSettings())
    assert films.numbers_in(tmp_path / "cut.mp4")[:3] == [10, 11, 12]  # 0.48 s late, so 0.9 s shows the frame of 0.42 s (10.5)
    sound = np.abs(read_sound(tmp_path / "cut.mp4", channels=1)[:, 0])
    assert np.flatnonzero(sound > 0.45)[0] / SAMPLE_RATE == pytest.approx(0.1, abs=0.03)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".webm", ".mov"])
@pytest.mark.parametrize("output", ["cut.mp4", "cut.wav"])
def test_a_film_that_is_cut_off_is_refused(films: Films, tmp_path: Path, suffix: str, output: str) -> None:
    data = films.make(f"plain{suffix}").read_bytes()
    source = tmp_path / f"cut-off{suffix}"
    source.write_bytes(data[: len(data) * 55 // 100])
    with pytest.raises(UserError, match="cut off"):
        render(edits_of(source, (80, 100)), tmp_path / output, RenderSettings())
    assert not (tmp_path / output).exists()


def test_any_damage_gives_a_film_or_a_line(films: Films, tmp_path: Path) -> None:
    data = films.make("plain.mp4").read_bytes()
    chance = random.Random(11)
    for n in range(24):
        broken = bytearray(data)
        for _ in range(chance.choice([3, 30, 300])):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        source = tmp_path / f"{n}.mp4"
        source.write_bytes(broken)
        with contextlib.suppress(UserError):
            render(edits_of(source, (3, 20), (30, 80)), tmp_path / "cut.mp4", RenderSettings())
            assert probe(tmp_path / "cut.mp4").duration > 2
    assert not [path.name for path in tmp_path.iterdir() if ".part" in path.name]


def test_the_last_of_a_thousand_clips_is_heard_with_its_picture(films: Films, tmp_path: Path) -> None:
    source = films.make("plain.mp4")
    span = Span(Fraction("0.92"), Fraction("1.04"))  # three frames; the click at 1 s lies on the last
    output = tmp_path / "cut.mp4"
    render(EditList((Clip(source, span),) * 1000), output, RenderSettings())
    tail = Span(Fraction("118.8"), Fraction(120))
    pictures = [float(frame.time) for frame in read_frames(output, tail, threads=1) if number_of(frame) == 25]
    sound = np.abs(read_sound(output, tail, channels=1)[:, 0])
    clicks = [118.8 + n / SAMPLE_RATE for n in np.flatnonzero(sound > 0.45) if sound[max(0, n - 2000) : n].max(initial=0) < 0.45]
    assert len(pictures) == len(clicks) == 10
    assert clicks == pytest.approx(pictures, abs=1 / 50)


def number_of(frame: Frame) -> int:
    """The number that a frame of the usual size holds."""
    bars = frame.y()[32:64].astype(float).mean(axis=0).reshape(10, -1)[:, 4:-4].mean(axis=1)
    return int("".join("1" if bar > 125 else "0" for bar in bars), 2)


@pytest.mark.slow
def test_memory_does_not_grow_with_the_number_of_films(films: Films, tmp_path: Path) -> None:
    sources = [shutil.copy(films.make("hd.mp4", n_frames=50, size=(1920, 1080)), tmp_path / f"{n}.mp4") for n in range(12)]
    code = f"""
import resource
from fractions import Fraction as F
from pathlib import Path
from media.edits import Clip, EditList
from media.span import Span
from supercut.render import RenderSettings, render
clips = tuple(Clip(Path(p), Span(F(n % 3, 4), F(n % 3, 4) + F(1, 2))) for n, p in enumerate({[str(path) for path in sources]!r} * 2))
render(EditList(clips), Path({str(tmp_path / "out.mp4")!r}), RenderSettings(size=(1280, 720)))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    assert int(done.stdout) < 600
