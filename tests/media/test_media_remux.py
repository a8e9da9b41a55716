"""Pictures are copied bit for bit at their times, the new sound begins at media time 0, and what cannot be copied is told."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from media.errors import UserError
from media.frames import read_frames
from media.probe import probe
from media.remux import CannotCopy, may_copy, replace_sound, stamp_unit
from media.sound import read_sound

F = Fraction
Coded = Callable[..., Path]
Numbers = Callable[[np.ndarray], int]
Sweep = Callable[..., np.ndarray]
VFR = (0, 40, 95, 130, 300, 301, 350, 420, 500, 640, 700, 901, 1000, 1200)
FILMS = {
    "ntsc.mp4": {"rate": F(30000, 1001), "n_frames": 40},
    "ntsc.mkv": {"rate": F(30000, 1001), "n_frames": 40},
    "vfr.mp4": {"stamps": VFR, "time_base": F(1, 600)},
    "stream.ts": {"rate": F(30000, 1001), "n_frames": 40, "offset_s": F(7, 5)},
    "late.mp4": {"stamps": range(10, 50)},
    "late.mkv": {"stamps": range(10, 50)},
    "turned.mp4": {"n_frames": 20, "rotation": 90},
    "wide.mov": {"n_frames": 20, "aspect": F(16, 11)},
    "deep.mkv": {"n_frames": 20, "codec": "ffv1", "pixel_format": "yuv420p10le", "options": {}},
}


def impulses(n: int) -> np.ndarray:
    """Silence with a click at sample 4800 and one at 43200."""
    sound = np.zeros((n, 2), np.float32)
    for at in (4_800, 43_200):
        sound[at : at + 24] = 0.8
    return sound


def click_places(sound: np.ndarray) -> list[int]:
    height = np.abs(sound).max(axis=1)
    return [at + int(np.argmax(height[at : at + 24_000] > 0.2)) for at in (0, 24_000)]


def blocks(sound: np.ndarray) -> Iterator[np.ndarray]:
    yield from np.array_split(sound, 7)


def coded_pictures(path: Path) -> list[bytes]:
    with av.open(str(path)) as film:
        return [bytes(packet) for packet in film.demux(video=0) if packet.size]


@pytest.mark.parametrize(("name", "suffix"), [*((name, ".mkv") for name in FILMS), *((name, ".mp4") for name in FILMS if name != "deep.mkv")])
def test_pictures_are_copied_at_their_times_and_the_sound_is_new(
    name: str, suffix: str, coded: Coded, numbers: Numbers, sweep: Sweep, tmp_path: Path
) -> None:
    source = coded(tmp_path / name, sound=None if name.startswith("vfr") else sweep(96_000), **FILMS[name])
    out = tmp_path / f"out{suffix}"
    assert may_copy(probe(source), out)
    replace_sound(source, out, blocks(impulses(60_000)), metadata={"title": "new"})
    before, after = list(read_frames(source)), list(read_frames(out))
    slack = F(1, 1999) if suffix == ".mkv" else F(0)  # Matroska counts in milliseconds
    assert [numbers(frame.y()) for frame in after] == [numbers(frame.y()) for frame in before]
    assert all(abs(new.time - old.time) <= slack for new, old in zip(after, before, strict=True))
    assert click_places(read_sound(out)) == [4_800, 43_200]
    old, new = probe(source).video, probe(out).video
    assert old and new and (old.rotation, old.pixel_aspect, old.bit_depth) == (new.rotation, new.pixel_aspect, new.bit_depth)


def test_not_a_bit_of_a_picture_changes_and_the_bytes_are_the_same_each_time(coded: Coded, sweep: Sweep, tmp_path: Path) -> None:
    source = coded(tmp_path / "film.mp4", sound=sweep(48_000))
    for name in ("a.mp4", "b.mp4"):
        replace_sound(source, tmp_path / name, blocks(impulses(60_000)))
    assert coded_pictures(source) == coded_pictures(tmp_path / "a.mp4")
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


@pytest.mark.parametrize(("name", "made", "target"), [
    ("film.avi", {"codec": "mpeg4", "options": {}}, "out.mp4"),
    ("film.mkv", {"codec": "ffv1", "options": {}}, "out.mp4"),
    ("film.mp4", {}, "out.webm"),
])  # fmt: skip
def test_what_the_container_does_not_hold_is_not_tried(name: str, made: dict[str, object], target: str, coded: Coded, tmp_path: Path) -> None:
    assert not may_copy(probe(coded(tmp_path / name, n_frames=5, **made)), tmp_path / target)


def test_sound_alone_is_no_picture(coded: Coded, sweep: Sweep, tmp_path: Path) -> None:
    source = coded(tmp_path / "sound.wav", codec=None, sound=sweep(4800), sound_codec="pcm_s16le")
    assert not may_copy(probe(source), tmp_path / "out.mp4")
    with pytest.raises(UserError, match="no picture"):
        replace_sound(source, tmp_path / "out.mp4", iter(()))


def test_a_film_that_does_not_begin_with_a_key_frame_is_not_copied(coded: Coded, tmp_path: Path) -> None:
    whole = coded(tmp_path / "whole.ts", n_frames=40)
    with av.open(str(whole)) as film:
        second = [packet.pos for packet in film.demux(video=0) if packet.size][3]
    headless = tmp_path / "headless.ts"
    content = whole.read_bytes()
    headless.write_bytes(content[: 188 * 3] + content[second:])
    with pytest.raises(CannotCopy):
        replace_sound(headless, tmp_path / "out.mp4", blocks(impulses(48_000)))
    assert not list(tmp_path.glob("*out*"))


def test_a_place_that_cannot_be_written_is_told(coded: Coded, tmp_path: Path) -> None:
    source = coded(tmp_path / "film.mp4", n_frames=5)
    with pytest.raises(UserError, match="folder does not exist"):
        replace_sound(source, tmp_path / "nowhere" / "out.mp4", iter(()))
    with pytest.raises(UserError, match="no such file"):
        replace_sound(tmp_path / "none.mp4", tmp_path / "out.mp4", iter(()))


FULL_DISK = """
    import resource, signal, sys
    import numpy as np
    from media.errors import UserError
    from media.remux import replace_sound

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
    noise = np.random.default_rng(1).normal(0, 0.2, (480_000, 2)).astype(np.float32)
    try:
        replace_sound(sys.argv[1], sys.argv[2], iter([noise]))
    except UserError as error:
        print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no limit of file sizes here")
def test_a_disk_that_fills_up_is_told_and_leaves_nothing(coded: Coded, tmp_path: Path) -> None:
    source, out = coded(tmp_path / "film.mp4", n_frames=5), tmp_path / "out.mp4"
    command = [sys.executable, "-c", textwrap.dedent(FULL_DISK), str(source), str(out)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2], timeout=60, check=False)
    assert done.stdout.startswith(str(out)) and "the file grew past" in done.stdout, done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["film.mp4"]


def test_a_unit_that_both_fit() -> None:
    assert stamp_unit(F(1, 600), F(0)) == F(1, 600)
    assert stamp_unit(F(1, 600), F(1, 25)) == F(1, 600)
    assert stamp_unit(F(1, 12800), F(1, 48000)) == F(1, 192000)
    assert stamp_unit(F(1, 90_001), F(1, 80_021)) == F(1, 90_001)
