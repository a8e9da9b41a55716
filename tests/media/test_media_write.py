"""Films are written whole or not at all, with the colours, times and lengths that were given, the same bytes each time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from media.codecs import CONTAINERS, PRESETS, VIDEO_CODECS, Quality, container_for, encoder_options, open_video_encoder, parse_quality
from media.errors import UserError
from media.frames import read_frames, read_rgb
from media.probe import probe
from media.sound import read_sound
from media.span import Span
from media.write import FilmWriter, write_pictures, write_rgb

F = Fraction
SIZE = (160, 96)
RGB = [(200, 60, 30), (20, 220, 250), (250, 250, 250), (10, 10, 10), (40, 90, 210)]
N_SOUND = 90_123
FILMS = [suffix for suffix, container in CONTAINERS.items() if container.video and suffix != ".gif"]
SOUND_FILES = [suffix for suffix, container in CONTAINERS.items() if container.audio_only]
FAST = {"preset": "ultrafast"}
Sweep = Callable[..., np.ndarray]


def stripes(number: int = 0) -> np.ndarray:
    """Broad bars of the colours above, moved on by `number`."""
    picture = np.empty((SIZE[1], SIZE[0], 3), np.uint8)
    for n in range(5):
        picture[:, n * 32 : (n + 1) * 32] = RGB[(n + number) % 5]
    return picture


def centres(picture: np.ndarray) -> np.ndarray:
    return picture[48, 16::32].astype(int)


@pytest.mark.parametrize("suffix", FILMS)
def test_a_film_reads_back_as_written(suffix: str, sweep: Sweep, tmp_path: Path) -> None:
    path, sound = tmp_path / f"film{suffix}", sweep(N_SOUND)
    with FilmWriter(path, size=SIZE, rate=F(30000, 1001), sound=True, **FAST) as film:
        for number in range(30):
            film.write_frame(stripes(number // 10))
        assert film.picture_end == F(30 * 1001, 30000)
        for at in range(0, N_SOUND, 10_007):
            film.write_sound(sound[at : at + 10_007])
        assert film.sound_end == F(N_SOUND, 48_000)
    media = probe(path)
    assert media.video and media.sound and media.start == 0
    assert (media.video.rate, media.video.is_vfr, media.video.size, media.video.start) == (F(30000, 1001), False, SIZE, 0)
    # Matroska counts priming and the filling of its last packet.
    assert abs(media.duration - F(N_SOUND, 48_000)) <= F(1, 1000) + F(2048, 48_000) * (suffix in (".mkv", ".webm"))
    frames = list(read_frames(path))
    assert len(frames) == 30 and frames[-1].time + frames[-1].duration - F(30 * 1001, 30000) < F(1, 1000)
    for number in (5, 15, 25):
        assert np.abs(centres(frames[number].rgb()) - centres(stripes(number // 10))).max() <= 10
    heard = read_sound(path, Span(F(0), F(N_SOUND, 48_000)))
    assert np.sqrt(np.mean((heard - sound) ** 2)) < 0.02


@pytest.mark.parametrize("suffix", SOUND_FILES)
def test_a_sound_file_reads_back_as_written(suffix: str, sweep: Sweep, tmp_path: Path) -> None:
    path, sound = tmp_path / f"sound{suffix}", sweep(N_SOUND)
    with FilmWriter(path, sound=True) as film:
        film.write_sound(sound)
    media = probe(path)
    assert media.video is None and media.duration == F(N_SOUND, 48_000)
    heard = read_sound(path)
    assert heard.shape == sound.shape
    lossless = suffix in (".wav", ".flac")
    assert np.abs(heard - sound).max() <= 2**-15 if lossless else np.sqrt(np.mean((heard - sound) ** 2)) < 0.02


@pytest.mark.parametrize(
    ("name", "codec", "exact"),
    [("a.mkv", "ffv1", 3), ("a.mov", "prores", 6), ("a.mp4", "h265", 10), ("a.mp4", "av1", 10), ("a.webm", "av1", 10), ("a.webm", "vp9", 10)],
)
def test_every_codec_keeps_colours(name: str, codec: str, exact: int, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with FilmWriter(tmp_path / name, rate=F(25), codec=codec, **FAST) as film:
        for _ in range(6):
            film.write_frame(stripes())
    video = probe(tmp_path / name).video
    assert video and (video.color_space, video.color_range, video.color_primaries, video.color_transfer) == ("bt709", "limited", "bt709", "bt709")
    frames = list(read_frames(tmp_path / name))
    assert len(frames) == 6 and np.abs(centres(frames[3].rgb()) - centres(stripes())).max() <= exact
    printed = capfd.readouterr()
    assert not printed.out and not printed.err


def test_luma_is_that_of_bt709(tmp_path: Path) -> None:
    with FilmWriter(tmp_path / "a.mkv", rate=F(25), codec="ffv1", pixel_format="yuv420p") as film:
        film.write_frame(stripes())
    y = next(read_frames(tmp_path / "a.mkv")).y()[48, 16::32]
    assert np.abs(y - (16 + 219 * (np.array(RGB) / 255) @ (0.2126, 0.7152, 0.0722))).max() <= 1


def test_decoded_pictures_pass_through_untouched(tmp_path: Path) -> None:
    with FilmWriter(tmp_path / "a.mkv", rate=F(25), codec="ffv1", pixel_format="yuv420p") as film:
        film.write_frame(stripes())
    first = next(read_frames(tmp_path / "a.mkv"))
    with FilmWriter(tmp_path / "b.mkv", rate=F(25), codec="ffv1", pixel_format="yuv420p") as film:
        film.write_frame(first.picture)
    assert np.array_equal(next(read_frames(tmp_path / "b.mkv")).y(), first.y())


@pytest.mark.parametrize("suffix", [*FILMS, ".gif", ".m4a", ".mp3", ".opus", ".wav"])
def test_the_same_input_gives_the_same_bytes(suffix: str, sweep: Sweep, tmp_path: Path) -> None:
    contents = []
    for number in range(2):
        path = tmp_path / f"film{number}{suffix}"
        has_sound = CONTAINERS[suffix].sound is not None
        with FilmWriter(path, rate=F(25), sound=has_sound, metadata={"title": "Stripes"}, **FAST) as film:
            for n in range(12 if CONTAINERS[suffix].video else 0):
                film.write_frame(stripes(n))
            if has_sound:
                film.write_sound(sweep(24_000))
        contents.append(path.read_bytes())
    assert contents[0] == contents[1]


def test_the_index_comes_first_for_the_network(tmp_path: Path) -> None:
    with FilmWriter(tmp_path / "a.mp4", rate=F(25)) as film:
        film.write_frame(stripes())
    content = (tmp_path / "a.mp4").read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")


def test_frames_may_be_placed_in_time(tmp_path: Path) -> None:
    times = [F(0), F(1, 10), F(1, 8), F(3, 4)]
    with FilmWriter(tmp_path / "a.mp4", rate=F(25), time_base=F(1, 1000), **FAST) as film:
        for number, time in enumerate(times):
            film.write_frame(stripes(number), time)
        with pytest.raises(ValueError, match="order of time"):
            film.write_frame(stripes(), F(1, 2))
    assert [frame.time for frame in read_frames(tmp_path / "a.mp4")] == times


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv", ".webm", ".gif"])
def test_the_last_frame_is_shown_as_long_as_was_told(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{suffix}"
    with FilmWriter(path, rate=F(25), time_base=F(1, 1000), **FAST) as film:
        for number, (time, duration) in enumerate(((F(0), F(1, 10)), (F(1, 10), F(1, 20)), (F(3, 20), F(3, 10)))):
            film.write_frame(stripes(number), time, duration)
        assert film.picture_end == F(9, 20)
    assert probe(path).duration == F(9, 20)
    assert [frame.time for frame in read_frames(path)] == [0, F(1, 10), F(3, 20)]


def test_a_told_duration_is_one_of_a_film_that_begins_later(tmp_path: Path) -> None:
    with FilmWriter(tmp_path / "a.mp4", rate=F(25), time_base=F(1, 1000), sound=True, **FAST) as film:
        film.write_sound(np.zeros((4800, 2), np.float32))
        for number in range(8):
            film.write_frame(stripes(number), F(1) + F(number, 10), F(1, 10))
    assert abs(probe(tmp_path / "a.mp4").duration - F(9, 5)) < F(1, 1000)


def test_sound_may_come_before_the_size_is_known(sweep: Sweep, tmp_path: Path) -> None:
    with FilmWriter(tmp_path / "a.mp4", rate=F(25), sound=True, channels=1) as film:
        film.write_sound(sweep(48_000, channels=1))
        for number in range(25):
            film.write_frame(stripes(number))
    media = probe(tmp_path / "a.mp4")
    assert media.video and media.sound and media.sound.channels == 1 and media.duration == 1


def test_a_film_with_sound_and_no_picture_is_sound_in_that_container(sweep: Sweep, tmp_path: Path) -> None:
    with FilmWriter(tmp_path / "a.mp4", sound=True) as film:
        film.write_sound(sweep(4800))
    media = probe(tmp_path / "a.mp4")
    assert media.video is None and media.sound and media.sound.codec == "aac"


def test_loud_sound_is_clipped_and_not_wrapped(tmp_path: Path) -> None:
    with FilmWriter(tmp_path / "a.wav", sound=True) as film:
        film.write_sound(np.tile(np.float32([1.7, -3.0]), (100, 1)))
    assert np.allclose(read_sound(tmp_path / "a.wav"), (1, -1), atol=1e-4)


def test_a_gif_loops_for_ever_in_good_colours(tmp_path: Path) -> None:
    from PIL import Image

    with FilmWriter(tmp_path / "a.gif", rate=F(25)) as film:
        for number in range(10):
            film.write_frame(stripes(number))
    with Image.open(tmp_path / "a.gif") as gif:
        assert (gif.info["loop"], gif.n_frames, gif.info["duration"]) == (0, 10, 40)  # type: ignore[attr-defined]
        gif.seek(3)
        assert np.abs(centres(np.asarray(gif.convert("RGB"))) - centres(stripes(3))).max() <= 4
    assert os.listdir(tmp_path) == ["a.gif"]


def test_nothing_is_left_when_the_work_fails(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_text("the film before")
    for suffix in ("mp4", "mkv", "gif"):
        with pytest.raises(KeyboardInterrupt), FilmWriter(tmp_path / f"a.{suffix}", rate=F(25)) as film:
            film.write_frame(stripes())
            raise KeyboardInterrupt
    assert os.listdir(tmp_path) == ["a.mp4"] and (tmp_path / "a.mp4").read_text() == "the film before"


def test_nothing_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nothing was written"), FilmWriter(tmp_path / "a.mp4", size=SIZE, rate=F(25)):
        pass
    assert not os.listdir(tmp_path)


FULL_DISK = """
    import resource, signal, sys
    import numpy as np
    from media.errors import UserError
    from media.write import FilmWriter

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
    rng = np.random.default_rng(1)
    try:
        with FilmWriter(sys.argv[1], sound=True, size=(320, 240)) as film:
            for _ in range(60):
                film.write_frame(rng.integers(0, 255, (240, 320, 3), dtype=np.uint8))
    except UserError as error:
        print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no limit of file sizes here")
@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.gif"])
def test_a_disk_that_fills_up_is_told_and_leaves_nothing(name: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", textwrap.dedent(FULL_DISK), str(tmp_path / name)]
    if name.endswith("gif"):
        command[2] = command[2].replace("sound=True, ", "")
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2], timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(tmp_path / name)) and "the file grew past" in done.stdout
    assert not os.listdir(tmp_path)


INTERRUPTED = """
    import sys
    import numpy as np
    from media.write import FilmWriter

    with FilmWriter(sys.argv[1], size=(320, 240)) as film:
        while True:
            film.write_frame(np.zeros((240, 320, 3), np.uint8))
            print("on", flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to send here")
def test_ctrl_c_leaves_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-c", textwrap.dedent(INTERRUPTED), str(tmp_path / "a.mp4")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=Path(__file__).parents[2]) as child:
        assert child.stdout and child.stdout.readline() == b"on\n"
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=60)
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        ({"path": "a.mp5"}, r"Did you mean \.mp"),
        ({"path": "film"}, "no suffix"),
        ({"path": "a.webm", "codec": "prores"}, r"cannot hold prores\. Name the output \.mov or \.mkv"),
        ({"path": "a.mp4", "codec": "h246"}, "Did you mean h26"),
        ({"path": "a.mp4", "preset": "fastest"}, "Did you mean fast"),
        ({"path": "a.mp4", "quality": Quality(crf=90)}, r"0 \(best\) to 51, got 90"),
        ({"path": "a.mp4", "size": (161, 90)}, "even numbers, got 161x90. Try 162x90"),
        ({"path": "a.gif", "sound": True}, "holds no sound"),
        ({"path": "a.webm", "sound": True, "sound_codec": "aac"}, "cannot hold aac"),
        ({"path": "nowhere/a.mp4"}, "output folder does not exist"),
    ],
)
def test_what_cannot_be_written_is_told_before_anything_is(settings: dict, what: str, tmp_path: Path) -> None:
    path = tmp_path / settings.pop("path")
    with pytest.raises(UserError, match=what), FilmWriter(path, **{"size": SIZE, "rate": F(25), **settings}):
        pass
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize(
    ("text", "quality"),
    [
        ("18", Quality(crf=18)),
        ("23.5", Quality(crf=23.5)),
        ("4M", Quality(bit_rate=4_000_000)),
        ("800k", Quality(bit_rate=800_000)),
        (" 1.5m ", Quality(bit_rate=1_500_000)),
    ],
)
def test_qualities_read_as_people_write_them(text: str, quality: Quality) -> None:
    assert parse_quality(text) == quality


@pytest.mark.parametrize("text", ["", "good", "-3", "4G", "0k", "18 20"])
def test_what_is_no_quality_is_told(text: str) -> None:
    with pytest.raises(UserError, match="quality"):
        parse_quality(text)


@pytest.mark.parametrize("codec", VIDEO_CODECS)
def test_every_preset_of_every_codec_is_known_to_its_encoder(codec: str) -> None:
    known = {option.name for option in (*open_one(codec).supported_options.generic, *open_one(codec).supported_options.private)}
    for preset in PRESETS:
        assert set(encoder_options(codec, preset=preset)) <= known


def open_one(codec: str) -> av.VideoCodecContext:
    return open_video_encoder(codec, size=SIZE, rate=F(25))


def test_a_better_quality_costs_more(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    pictures = [rng.integers(0, 255, (SIZE[1], SIZE[0], 3), dtype=np.uint8) for _ in range(6)]
    for name, codec in (("a.mp4", "h264"), ("a.webm", "vp9"), ("a.mov", "prores")):
        sizes = []
        for crf in (0, 3) if codec == "prores" else (15, 45):
            with FilmWriter(tmp_path / name, rate=F(25), codec=codec, quality=Quality(crf=crf), **FAST) as film:
                for picture in pictures:
                    film.write_frame(picture)
            sizes.append((tmp_path / name).stat().st_size)
        assert sizes[0] > 1.2 * sizes[1], name


def test_an_encoder_of_its_own_makes_packets_that_another_muxes() -> None:
    encoder = open_video_encoder("h264", size=SIZE, rate=F(25), preset="ultrafast")
    packets = []
    for number in range(5):
        picture = av.VideoFrame.from_ndarray(stripes(number)).reformat(format="yuv420p")
        picture.pts, picture.time_base = number, F(1, 25)
        packets += encoder.encode(picture)
    packets += encoder.encode(None)
    assert len(packets) == 5 and packets[0].is_keyframe and encoder.extradata


def test_pictures_are_numbered_and_exact(tmp_path: Path) -> None:
    written = write_pictures(tmp_path / "out" / "%03d.png", (stripes(n) for n in range(3)))
    assert [path.name for path in written] == ["001.png", "002.png", "003.png"]
    assert np.array_equal(read_rgb(written[2]), stripes(2))
    assert [path.name for path in write_pictures(tmp_path / "folder", iter([stripes()]))] == ["000001.png"]
    with pytest.raises(UserError, match="no picture format"):
        write_rgb(tmp_path / "a.xyz", stripes())
    assert container_for("A.MP4").format == "mp4"
