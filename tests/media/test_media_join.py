"""Pictures of one film and all sounds of another are put together bit for bit at their times, and what cannot be copied is told."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from media.errors import UserError
from media.frames import read_frames
from media.join import join, may_copy_sounds
from media.probe import probe
from media.remux import CannotCopy
from media.sound import read_sound

F = Fraction
Coded = Callable[..., Path]
Numbers = Callable[[np.ndarray], int]
Sweep = Callable[..., np.ndarray]


def packets(path: Path, kind: str) -> list[bytes]:
    with av.open(str(path)) as film:
        return [bytes(packet) for packet in film.demux(**{kind: 0}) if packet.size]


@pytest.mark.parametrize(("suffix", "offset_s"), [(".mp4", F(0)), (".mov", F(0)), (".mkv", F(0)), (".mkv", F(7, 5))])
def test_both_are_copied_at_their_times(suffix: str, offset_s: Fraction, coded: Coded, numbers: Numbers, sweep: Sweep, tmp_path: Path) -> None:
    pictures = coded(tmp_path / "pictures.mp4", n_frames=40, rate=F(30000, 1001))
    source = coded(tmp_path / f"source{suffix}", n_frames=40, sound=sweep(64_000), offset_s=offset_s)
    out = tmp_path / f"out{suffix}"
    assert may_copy_sounds(probe(source), out)
    join(pictures, source, out, metadata={"title": "both"})
    assert packets(out, "video") == packets(pictures, "video") and packets(out, "audio") == packets(source, "audio")
    slack = F(1, 1999) if suffix == ".mkv" else F(0)  # Matroska counts in milliseconds
    seen, meant = list(read_frames(out)), list(read_frames(pictures))
    assert [numbers(frame.y()) for frame in seen] == list(range(40))
    assert all(abs(frame.time - other.time) <= slack for frame, other in zip(seen, meant, strict=True))
    heard, wanted = read_sound(out), read_sound(source)
    n = min(len(heard), len(wanted))
    assert n > 60_000 and np.array_equal(heard[:n], wanted[:n])
    with av.open(str(out)) as film:
        assert film.metadata["title" if "title" in film.metadata else "TITLE"] == "both"


def test_the_bytes_are_the_same_each_time(coded: Coded, sweep: Sweep, tmp_path: Path) -> None:
    pictures, source = coded(tmp_path / "pictures.mp4", n_frames=10), coded(tmp_path / "source.mp4", n_frames=10, sound=sweep(20_000))
    for name in ("a.mp4", "b.mp4"):
        join(pictures, source, tmp_path / name)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


def test_every_sound_comes_along_with_its_language(coded: Coded, sweep: Sweep, tmp_path: Path) -> None:
    source = tmp_path / "two.mkv"
    with av.open(str(source), "w") as film:
        streams = [film.add_stream("aac", rate=48_000) for _ in range(2)]
        for number, stream in enumerate(streams):
            stream.layout, stream.metadata["language"] = "stereo", ("eng", "deu")[number]
        for number, stream in enumerate(streams):
            block = av.AudioFrame.from_ndarray(np.ascontiguousarray(sweep(24_000, seed=number).T), format="fltp", layout="stereo")
            block.sample_rate, block.pts, block.time_base = 48_000, 0, F(1, 48_000)
            film.mux(stream.encode(block))
            film.mux(stream.encode(None))
    join(coded(tmp_path / "pictures.mp4", n_frames=12), source, tmp_path / "out.mkv")
    assert len(probe(tmp_path / "out.mkv").sounds) == 2
    with av.open(str(tmp_path / "out.mkv")) as film:
        assert [stream.metadata["language"] for stream in film.streams.audio] == ["eng", "deu"]


@pytest.mark.parametrize(("source", "codec", "target", "may"), [
    ("film.mp4", "aac", "out.mov", True),
    ("film.mp4", "aac", "out.mkv", False),  # the two tell in different ways what is not to be heard
    ("film.mkv", "libopus", "out.webm", True),
    ("film.mkv", "libopus", "out.mp4", False),
    ("film.mov", "pcm_s16le", "out.mkv", True),
    ("film.mov", "pcm_s16le", "out.mp4", False),
    ("film.mp4", "aac", "out.webm", False),
])  # fmt: skip
def test_only_what_is_heard_alike_is_copied(source: str, codec: str, target: str, may: bool, coded: Coded, sweep: Sweep, tmp_path: Path) -> None:
    path = coded(tmp_path / source, n_frames=5, sound=sweep(9600), sound_codec=codec)
    assert may_copy_sounds(probe(path), tmp_path / target) is may


def test_what_the_container_refuses_is_told_and_leaves_nothing(coded: Coded, sweep: Sweep, tmp_path: Path) -> None:
    source = coded(tmp_path / "film.mov", n_frames=5, sound=sweep(9600), sound_codec="pcm_s16le")
    with pytest.raises(CannotCopy):
        join(source, source, tmp_path / "out.webm")
    with pytest.raises(UserError, match="folder does not exist"):
        join(source, source, tmp_path / "nowhere" / "out.mov")
    with pytest.raises(UserError, match="no such file"):
        join(source, tmp_path / "none.mp4", tmp_path / "out.mov")
    assert [path.name for path in tmp_path.iterdir()] == ["film.mov"]


FULL_DISK = """
    import resource, signal, sys
    from media.errors import UserError
    from media.join import join

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
    try:
        join(sys.argv[1], sys.argv[1], sys.argv[2])
    except UserError as error:
        print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no limit of file sizes here")
def test_a_disk_that_fills_up_is_told_and_leaves_nothing(coded: Coded, sweep: Sweep, tmp_path: Path) -> None:
    source, out = coded(tmp_path / "film.mov", sound=sweep(96_000), sound_codec="pcm_s16le"), tmp_path / "out.mov"
    command = [sys.executable, "-c", textwrap.dedent(FULL_DISK), str(source), str(out)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2], timeout=60, check=False)
    assert done.stdout.startswith(str(out)) and "the file grew past" in done.stdout, done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["film.mov"]
