"""What a file holds, from its headers: exact rates, times, colour, key frames; and what is no media, told in one line."""

from __future__ import annotations

import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from media.errors import UserError
from media.probe import MediaFile, keyframe_times, probe, probe_duration
from media.span import Span

F = Fraction
Coded = Callable[..., Path]
Sweep = Callable[..., np.ndarray]
VFR = [n * 40 + n * n % 37 for n in range(60)]
OPEN_GOP = {"g": "12", "bf": "3", "x264-params": "open-gop=1:b-pyramid=normal"}


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts", ".mov", ".avi"])
@pytest.mark.parametrize("rate", [F(25), F(30000, 1001), F(24000, 1001), F(60), F(15)])
def test_constant_rates_are_exact(suffix: str, rate: Fraction, coded: Coded, tmp_path: Path) -> None:
    media = probe(coded(tmp_path / f"film{suffix}", rate=rate))
    assert media.video and (media.video.rate, media.video.is_vfr) == (rate, False)
    assert abs(media.duration - 60 / rate) <= F(1, 1000)
    assert (media.video.width, media.video.height, media.video.codec, media.sound) == (160, 96, "h264", None)


@pytest.mark.parametrize(
    ("stamps", "is_vfr"),
    [
        (VFR, True),
        ([n + (n >= 30) for n in range(60)], True),  # one frame missing
        ([n * 2 + n % 2 for n in range(60)], True),  # long, short, long, short
        ([round(n * 1001 / 60) for n in range(60)], False),  # 59.94 in whole milliseconds
    ],
)
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_varying_rates_are_seen_and_rounding_is_forgiven(suffix: str, stamps: list[int], is_vfr: bool, coded: Coded, tmp_path: Path) -> None:
    milliseconds = stamps[-1] > 200
    time_base = F(1, 1000) if milliseconds else F(1, 25)
    media = probe(coded(tmp_path / f"film{suffix}", stamps=stamps, time_base=time_base, rate=F(60000, 1001) if not is_vfr else 25))
    assert media.video and media.video.is_vfr == is_vfr
    if not is_vfr:
        assert media.video.rate == F(60000, 1001)


def test_a_long_film_that_varies_late_is_seen(coded: Coded, tmp_path: Path) -> None:
    stamps = [*range(500), *range(500, 800, 2)]
    media = probe(coded(tmp_path / "film.mp4", stamps=stamps, options={"preset": "ultrafast", "g": "250"}))
    assert media.video and media.video.is_vfr and media.video.n_frames == 650 and media.duration == F(799, 25)


def test_media_time_begins_with_what_is_shown_first(coded: Coded, sweep: Sweep, tmp_path: Path) -> None:
    # This container does not mark the encoder's priming, 1024 samples, as unheard.
    stream = probe(coded(tmp_path / "a.ts", offset_s=F(7, 5), sound=sweep(96_000), sound_offset_s=F(1024, 48_000)))
    assert stream.start == F(7, 5) and stream.video and stream.sound
    assert (stream.video.start, stream.sound.start) == (0, 0)
    late = probe(coded(tmp_path / "b.mkv", sound=sweep(48_000), sound_codec="flac", sound_offset_s=F(1, 2), offset_s=F(3)))
    assert late.start == 3 and late.sound and late.sound.start == F(1, 2)
    early = probe(coded(tmp_path / "c.mkv", sound=sweep(48_000), sound_codec="libopus"))
    assert early.start == 0 and early.video and early.video.start == 0 and early.sound and early.sound.start == 0


@pytest.mark.parametrize(("turned", "rotation"), [(0, 0), (-90, 90), (90, 270), (180, 180)])
def test_a_turned_film_is_shown_upright(turned: int, rotation: int, coded: Coded, tmp_path: Path) -> None:
    media = probe(coded(tmp_path / "film.mp4", rotation=turned, n_frames=5))
    assert media.video and media.video.rotation == rotation
    assert media.video.display_size == ((96, 160) if rotation in (90, 270) else (160, 96))


def test_wide_pixels_widen_and_tall_ones_heighten(coded: Coded, tmp_path: Path) -> None:
    wide = probe(coded(tmp_path / "wide.mp4", aspect=F(4, 3), n_frames=5)).video
    tall = probe(coded(tmp_path / "tall.mp4", aspect=F(8, 9), n_frames=5)).video
    assert wide and wide.pixel_aspect == F(4, 3) and wide.display_size == (214, 96)
    assert tall and tall.display_size == (160, 108)


def test_depth_and_colour_are_told(coded: Coded, tmp_path: Path) -> None:
    deep = probe(coded(tmp_path / "deep.mkv", pixel_format="yuv420p10le", color_range=2, color_space=1, n_frames=5)).video
    assert deep and (deep.bit_depth, deep.pixel_format, deep.color_range, deep.color_space) == (10, "yuv420p10le", "full", "bt709")
    plain = probe(coded(tmp_path / "plain.mp4", n_frames=5)).video
    assert plain and (plain.bit_depth, plain.color_range, plain.color_space) == (8, "limited", "unknown")


def test_sound_files_have_no_picture(coded: Coded, sweep: Sweep, tmp_path: Path) -> None:
    media = probe(coded(tmp_path / "a.flac", codec=None, sound=sweep(44_100, channels=1, rate=44_100), sound_rate=44_100, sound_codec="flac"))
    assert media.video is None and media.sound and (media.sound.sample_rate, media.sound.channels) == (44_100, 1)
    assert media.duration == probe_duration(media.path) == 1


def test_a_cover_picture_is_no_film(sweep: Sweep, tmp_path: Path) -> None:
    from av.stream import Disposition

    with av.open(str(tmp_path / "song.mp3"), "w") as song:
        voice, cover = song.add_stream("libmp3lame", rate=48_000), song.add_stream("png", rate=1)
        cover.width, cover.height, cover.pix_fmt, cover.disposition = 64, 64, "rgb24", Disposition.attached_pic
        song.mux(cover.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8))))
        song.mux(cover.encode(None))
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sweep(48_000).T), format="fltp", layout="stereo")
        frame.sample_rate = 48_000
        song.mux(voice.encode(frame))
        song.mux(voice.encode(None))
    with av.open(str(tmp_path / "song.mp3")) as song:
        assert song.streams.video, "the test lost its cover"
    media = probe(tmp_path / "song.mp3")
    assert media.video is None and media.sound and media.duration == 1


def true_keys(path: Path, media: MediaFile) -> tuple[Fraction, ...]:
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size and packet.is_keyframe]
        return tuple(sorted(packet.pts * packet.time_base - media.start for packet in packets if packet.pts is not None))


KEYED = {
    "closed": (".mp4", {}),
    "open": (".mp4", {"options": OPEN_GOP}),
    "every frame": (".mp4", {"options": {"g": "1"}}),
    "vfr": (".mp4", {"stamps": VFR, "time_base": F(1, 1000)}),
    "one": (".mov", {"options": {"g": "600"}}),
    "mkv": (".mkv", {"rate": F(30000, 1001)}),
    "ts": (".ts", {"offset_s": F(7, 5), "options": OPEN_GOP}),
    "webm": (".webm", {"codec": "libvpx-vp9", "options": {"g": "12", "deadline": "realtime", "cpu-used": "8"}}),
}


@pytest.mark.parametrize("name", KEYED)
def test_key_frames_are_told_by_when_they_are_shown(name: str, coded: Coded, tmp_path: Path) -> None:
    suffix, settings = KEYED[name]
    film = coded(tmp_path / f"film{suffix}", **settings)
    keys = keyframe_times(film)
    assert keys == true_keys(film, probe(film)) and keys[0] == 0
    for start, end in ((F(0), F(1, 100)), (F(1), F(3, 2)), (keys[-1], F(9)), (F(5), F(6))):
        needed = [time for time in keys if time <= start][-1:] + [time for time in keys if start < time < end]
        assert keyframe_times(film, within=Span(start, end)) == tuple(needed)


def test_the_real_film(real_film: Path) -> None:
    media = probe(real_film)
    assert media.video and media.sound
    assert (media.video.size, media.video.rate, media.video.is_vfr, media.duration) == ((1280, 720), 30, False, F(212, 5))
    assert (media.video.color_space, media.sound.sample_rate, media.sound.language) == ("bt709", 48_000, "eng")
    assert keyframe_times(real_film) == tuple(F(2 * n) for n in range(22))


def cut_off(folder: Path, coded: Coded) -> Path:
    film = coded(folder / "cut.mp4")  # the index is written last
    film.write_bytes(film.read_bytes()[: film.stat().st_size // 2])
    return film


def written(name: str, content: bytes) -> Callable[[Path, Coded], Path]:
    def write(folder: Path, _: Coded) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return write


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda folder, _: folder / "nope.mp4", "no such file"),
        (lambda folder, _: folder, "folder, not a film"),
        (written("empty.mp4", b""), "empty"),
        (written("text.mp4", b"this is no film\n" * 50), "no film or sound"),
        (written("text.txt", b"this is no film\n" * 50), "neither picture nor sound"),
        (written("noise.mkv", bytes(range(256)) * 200), "no film or sound"),
        (written("lines.srt", b"1\n00:00:01,000 --> 00:00:02,000\nHello\n\n"), "neither picture nor sound"),
        (cut_off, r"cut off: its index \(moov\) is missing"),
    ],
)
def test_what_is_no_media_is_told_in_one_line(make: Callable[[Path, Coded], Path], what: str, coded: Coded, tmp_path: Path) -> None:
    path = make(tmp_path, coded)
    with pytest.raises(UserError, match=what) as told:
        probe(path)
    assert str(path) in str(told.value) and "\n" not in str(told.value) and told.value.remedy


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="nothing is unreadable to this user")
def test_a_file_that_may_not_be_read_is_told(coded: Coded, tmp_path: Path) -> None:
    film = coded(tmp_path / "film.mp4", n_frames=2)
    film.chmod(0)
    with pytest.raises(UserError, match="permission denied"):
        probe(film)


def test_odd_names_are_only_names(coded: Coded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film = coded(tmp_path / "film.mp4", n_frames=5)
    monkeypatch.chdir(tmp_path)
    for name in ("12:30 a talk.mp4", "50%03d.mp4", "-i.mp4", "größe ☂.mp4", "data:x.mp4"):
        film = film.rename(tmp_path / name)
        assert probe(Path(name)).duration == F(1, 5)
