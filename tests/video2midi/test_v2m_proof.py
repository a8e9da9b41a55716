"""The proof: every picture at its time, every note at its instant, and faults told in one line with nothing left behind."""

from __future__ import annotations

import json
import struct
import sys
import types
from collections.abc import Sequence
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from media.errors import UserError
from media.frames import read_frames
from media.probe import probe
from media.sound import read_sound
from media.write import FilmWriter, write_rgb
from video2midi.notes import BEND, Control, Note, Score, Track
from video2midi.proof import write_proof
from video2midi.soundfont import render_soundfont
from video2midi.synth import render_score
from video2midi.tempo import TempoMap

F = Fraction
RATE = 48_000
SIZE = (96, 64)
NTSC = F(30000, 1001)
VFR = [F(n, 600) for n in (0, 40, 95, 130, 300, 301, 350, 420, 500, 640, 700, 901)]
RIM = 37


def picture(number: int, *, size: tuple[int, int] = SIZE) -> np.ndarray:
    """(H, W, 3) uint8 with a number as bars."""
    image = np.full((size[1], size[0], 3), 60, np.uint8)
    for bit in range(6):
        image[:, bit * 16 : bit * 16 + 16] = 200 if number >> bit & 1 else 30
    return image


def number_in(luma: np.ndarray) -> int:
    return sum(bool(luma[16:48, bit * 16 + 4 : bit * 16 + 12].mean() > 110) << bit for bit in range(6))


def film(path: Path, times: Sequence[F], *, sound: bool = False, **settings: Any) -> Path:
    settings = {"rate": F(25), "time_base": F(1, 600), "preset": "ultrafast", **settings}
    with FilmWriter(path, size=SIZE, sound=sound, **settings) as writer:
        for number, time in enumerate(times):
            writer.write_frame(picture(number), time)
        if sound:
            tone = np.sin(2 * np.pi * 1000 * np.arange(RATE * 3 // 2) / RATE)
            writer.write_sound(np.repeat(0.5 * tone[:, None], 2, axis=1).astype(np.float32))
    return path


def late_film(path: Path) -> Path:
    """Sound from 0 on, the first picture two fifths of a second later: what FilmWriter alone writes, too."""
    return film(path, [F(2, 5) + n / NTSC for n in range(30)], sound=True, rate=NTSC, time_base=1 / (NTSC * 1001 * 10))


def rims(end: F) -> Score:
    """A click at each of some instants that are neither on frames nor on beats."""
    instants = [F(1, 7) + n * F(1001, 5000) for n in range(20)]
    notes = tuple(Note(at, at + F(1, 20), RIM, 120) for at in instants if at + F(2, 5) < end)
    return Score((Track("rim", 9, None, notes),), (), end, TempoMap(), title="rims", made_by='{"seed": 1}')


def onset_errors_ms(sound: np.ndarray, score: Score) -> list[float]:
    """How far the sharpest rise near each note lies from its planned instant."""
    height = np.abs(sound).max(axis=1)
    errors = []
    for _, note in score.notes():
        place = round(note.start * RATE)
        near = height[max(0, place - 2400) : place + 2400]
        errors.append((int(np.argmax(near > 0.15 * near.max())) - min(place, 2400)) / 48)
    return errors


@pytest.mark.parametrize(("make", "target", "slack_ms"), [
    (lambda folder: film(folder / "vfr.mp4", VFR), "proof.mp4", 0),
    (lambda folder: film(folder / "vfr.mkv", VFR, codec="ffv1"), "proof.mp4", 0),
    (lambda folder: film(folder / "ntsc.mp4", [n / NTSC for n in range(40)], rate=NTSC, time_base=None), "proof.mov", 0),
    (lambda folder: film(folder / "ntsc.mp4", [n / NTSC for n in range(40)], rate=NTSC, time_base=None), "proof.mkv", 0.51),
    (lambda folder: late_film(folder / "late.mp4"), "proof.mp4", 0.002),
    (lambda folder: late_film(folder / "late.mp4"), "proof.mkv", 0.51),
    (lambda folder: film(folder / "vfr.mp4", VFR), "proof.webm", 0.51),
])  # fmt: skip
def test_pictures_and_notes_are_at_their_times(make: Any, target: str, slack_ms: float, tmp_path: Path) -> None:
    source, out = make(tmp_path), tmp_path / target
    score = rims(probe(source).duration)
    write_proof(source, score, out)
    before, after = list(read_frames(source)), list(read_frames(out))
    assert [number_in(frame.y()) for frame in after] == list(range(len(before)))
    assert max(abs(new.time - old.time) * 1000 for new, old in zip(after, before, strict=True)) <= slack_ms
    assert max(map(abs, onset_errors_ms(read_sound(out), score))) < 1


def test_a_stream_that_starts_at_1_4_seconds(tmp_path: Path) -> None:
    source = tmp_path / "stream.ts"
    with av.open(str(source), "w") as stream:
        video: Any = stream.add_stream("mpeg2video", rate=25)
        video.width, video.height, video.pix_fmt = 96, 64, "yuv420p"
        for number in range(30):
            frame = av.VideoFrame.from_ndarray(picture(number), format="rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = 35 + number, F(1, 25)
            stream.mux(video.encode(frame))
        stream.mux(video.encode(None))
    score = rims(F(6, 5))
    write_proof(source, score, tmp_path / "proof.mp4")
    assert [frame.time for frame in read_frames(tmp_path / "proof.mp4")] == [F(n, 25) for n in range(30)]
    assert max(map(abs, onset_errors_ms(read_sound(tmp_path / "proof.mp4"), score))) < 1


@pytest.mark.parametrize("name", ["score.wav", "score.flac", "score.m4a", "score.mp3"])
def test_a_sound_file_holds_the_score_alone(name: str, tmp_path: Path) -> None:
    source, out = film(tmp_path / "film.mp4", VFR), tmp_path / name
    score = rims(F(3, 2))
    write_proof(source, score, out)
    assert probe(out).video is None
    sound = read_sound(out)[: RATE * 3 // 2]
    assert max(map(abs, onset_errors_ms(sound, score))) < 1
    if name.endswith((".wav", ".flac")):
        assert np.array_equal(sound, np.concatenate(list(render_score(score))))


def test_the_same_input_gives_the_same_bytes_and_tells_how_it_was_made(tmp_path: Path) -> None:
    source = film(tmp_path / "film.mp4", VFR)
    for name in ("a.mp4", "b.mp4"):
        write_proof(source, rims(F(3, 2)), tmp_path / name)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()
    with av.open(str(tmp_path / "a.mp4")) as container:
        assert container.metadata["title"] == "rims"
        assert json.loads(container.metadata["comment"]) == {"proof": {"synth_seed": 0}, "score": {"seed": 1}}


def test_the_film_s_own_sound_is_left_out_unless_it_is_asked_for(tmp_path: Path) -> None:
    source = film(tmp_path / "film.mp4", VFR, sound=True)
    score = Score((Track("rest", 0, 0),), (), F(3, 2), TempoMap())
    write_proof(source, score, tmp_path / "alone.mp4")
    write_proof(source, score, tmp_path / "both.mp4", film_gain_db=-12)
    assert not read_sound(tmp_path / "alone.mp4")[: RATE * 3 // 2].any()
    own, both = (read_sound(tmp_path / name)[RATE // 4 : RATE] for name in ("film.mp4", "both.mp4"))
    assert 20 * np.log10(both.std() / own.std()) == pytest.approx(-12, abs=0.3)


def test_a_loud_mix_does_not_clip(tmp_path: Path) -> None:
    source = film(tmp_path / "film.mp4", VFR, sound=True)
    write_proof(source, rims(F(3, 2)), tmp_path / "loud.wav", film_gain_db=12)
    assert 0.7 < np.abs(read_sound(tmp_path / "loud.wav")).max() <= 10 ** (-1 / 20)


def test_pictures_in_a_folder_are_shown_at_the_rate_and_faulty_ones_are_stepped_over(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(12):
        write_rgb(folder / f"{number:03d}.png", picture(number, size=(97, 65) if number != 5 else (50, 40)))
    (folder / "003.png").write_bytes(b"no picture")
    score = rims(F(12, 10))
    write_proof(folder, score, tmp_path / "proof.mp4", rate=F(10))
    frames = list(read_frames(tmp_path / "proof.mp4"))
    assert [frame.time for frame in frames] == [F(n, 10) for n in range(12) if n != 3]
    assert [number_in(frame.y()) for n, frame in enumerate(frames) if n != 4] == [n for n in range(12) if n not in (3, 5)]
    assert max(map(abs, onset_errors_ms(read_sound(tmp_path / "proof.mp4"), score))) < 1


def test_pictures_none_of_which_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"no picture")
    with pytest.raises(UserError, match="none of its pictures can be read"):
        write_proof(tmp_path, rims(F(1)), tmp_path / "proof.mp4")
    assert not (tmp_path / "proof.mp4").exists()


def test_faults_are_told_and_leave_nothing(tmp_path: Path) -> None:
    source, score = film(tmp_path / "film.mp4", VFR), rims(F(3, 2))
    content = source.read_bytes()
    faults = {"film.mp4": "this is the source", "a.gif": "holds no sound", "a.xyz": "no format", "no/a.mp4": "does not exist"}
    for name, said in faults.items():
        with pytest.raises(UserError, match=said):
            write_proof(source, score, tmp_path / name)
    with pytest.raises(UserError, match="has no sound"):
        write_proof(source, score, tmp_path / "a.mp4", film_gain_db=-12)
    with pytest.raises(UserError, match="no such file"):
        write_proof(tmp_path / "none.mp4", score, tmp_path / "a.mp4")
    with pytest.raises(UserError, match="no picture"):
        write_proof(sound_file(tmp_path / "sound.wav"), score, tmp_path / "a.mp4")
    assert source.read_bytes() == content
    assert sorted(path.name for path in tmp_path.iterdir()) == ["film.mp4", "sound.wav"]


def sound_file(path: Path) -> Path:
    with FilmWriter(path, sound=True) as writer:
        writer.write_sound(np.zeros((4800, 2), np.float32))
    return path


class RecordingSynth:
    """What tinysoundfont is to us; notes what it is told, and makes an impulse at each note."""

    told: list[tuple[Any, ...]]

    def __init__(self, gain: float, samplerate: int) -> None:
        assert samplerate == RATE and abs(gain) < 20
        type(self).told, self._at, self._struck = [], 0, False

    def sfload(self, content: bytes, max_voices: int) -> int:
        assert max_voices >= 128
        if not content.startswith(b"RIFF"):
            raise RuntimeError("Could not load SoundFont")
        return 0

    def program_select(self, *choice: Any) -> None:
        if choice[3] == 99:
            raise RuntimeError("no such preset")
        self.told.append(("program", *choice))

    def generate_simple(self, n: int) -> memoryview:
        samples = np.zeros((n, 2), np.float32)
        samples[0] = 0.5 * self._struck
        self._at, self._struck = self._at + n, False
        return memoryview(samples.tobytes())

    def noteon(self, *note: int) -> None:
        self._struck = True
        self.told.append((self._at, "on", *note))

    def noteoff(self, *note: int) -> None:
        self.told.append((self._at, "off", *note))

    def pitchbend(self, *bend: int) -> None:
        self.told.append((self._at, "bend", *bend))

    def control_change(self, *control: int) -> None:
        self.told.append((self._at, "control", *control))


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> type[RecordingSynth]:
    module: Any = types.ModuleType("tinysoundfont")
    module.Synth = RecordingSynth
    monkeypatch.setitem(sys.modules, "tinysoundfont", module)
    return RecordingSynth


def test_a_soundfont_is_told_everything_at_its_sample(recorder: type[RecordingSynth], tmp_path: Path) -> None:
    font = tmp_path / "font.sf2"
    font.write_bytes(b"RIFF")
    melody = (Note(F(1, 3), F(2, 3), 60, 90), Note(F(2, 3), F(1), 60, 80))
    track = Track("m", 2, 99, melody, (Control(F(0), 7, 90), Control(F(2, 3), BEND, -8192)))
    drums = Track("d", 9, None, (Note(F(2, 3), F(2, 3), 36, 100),))
    sound = np.concatenate(list(render_soundfont(Score((track, drums), (), F(3, 2), TempoMap()), font)))
    assert sound.shape == (RATE * 3 // 2, 2) and not sound[-1].any()
    assert list(np.flatnonzero(sound[:, 0])) == [16_000, 32_000]
    assert recorder.told == [
        ("program", 2, 0, 0, 0, False), ("program", 9, 0, 128, 0, True),
        (0, "control", 2, 7, 90), (16_000, "on", 2, 60, 90),
        (32_000, "off", 2, 60), (32_000, "bend", 2, 0), (32_000, "on", 2, 60, 80), (32_000, "on", 9, 36, 100),
        (32_001, "off", 9, 36), (48_000, "off", 2, 60),
    ]  # fmt: skip


def test_faults_of_soundfonts_are_told(recorder: type[RecordingSynth], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    source, score, out = film(tmp_path / "film.mp4", VFR), rims(F(1)), tmp_path / "proof.mp4"
    with pytest.raises(UserError, match=r"font\.sf2: there is no such soundfont"):
        write_proof(source, score, out, soundfont=tmp_path / "font.sf2")
    with pytest.raises(UserError, match=r"film\.mp4: this is no soundfont"):
        write_proof(source, score, out, soundfont=source)
    monkeypatch.setitem(sys.modules, "tinysoundfont", None)
    (tmp_path / "font.sf2").write_bytes(b"RIFF")
    with pytest.raises(UserError, match=r"font\.sf2: .*not installed\. Type: pip install --no-deps tinysoundfont"):
        write_proof(source, score, out, soundfont=tmp_path / "font.sf2")
    assert not out.exists()


def chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def tiny_soundfont() -> bytes:
    """One instrument, one sample: a click that dies away (SoundFont 2.01, ch. 7)."""
    wave = np.zeros(4000, "<i2")
    wave[:2000] = 20_000 * np.exp(-np.arange(2000) / 300) * np.cos(np.arange(2000) * 0.3)

    def named(text: str) -> bytes:
        return text.encode().ljust(20, b"\0")

    hydra = {
        b"phdr": struct.pack("<20sHHHIII", named("click"), 0, 0, 0, 0, 0, 0) + struct.pack("<20sHHHIII", named("EOP"), 0, 0, 1, 0, 0, 0),
        b"pbag": struct.pack("<HHHH", 0, 0, 1, 0),
        b"pmod": bytes(10),
        b"pgen": struct.pack("<HHHH", 41, 0, 0, 0),
        b"inst": struct.pack("<20sH", named("click"), 0) + struct.pack("<20sH", named("EOI"), 1),
        b"ibag": struct.pack("<HHHH", 0, 0, 1, 0),
        b"imod": bytes(10),
        b"igen": struct.pack("<HHHH", 53, 0, 0, 0),
        b"shdr": struct.pack("<20sIIIIIBbHH", named("click"), 0, 2000, 0, 0, RATE, 60, 0, 0, 1) + named("EOS") + bytes(26),
    }
    info = chunk(b"ifil", struct.pack("<HH", 2, 1)) + chunk(b"isng", b"EMU8000\0") + chunk(b"INAM", b"tiny\0\0")
    lists = {b"INFO": info, b"sdta": chunk(b"smpl", wave.tobytes()), b"pdta": b"".join(chunk(*part) for part in hydra.items())}
    return chunk(b"RIFF", b"sfbk" + b"".join(chunk(b"LIST", name + content) for name, content in lists.items()))


@pytest.mark.skipif(find_spec("tinysoundfont") is None, reason="tinysoundfont is not installed: pip install --no-deps tinysoundfont")
def test_a_real_soundfont_is_in_time(tmp_path: Path) -> None:
    font = tmp_path / "tiny.sf2"
    font.write_bytes(tiny_soundfont())
    source, score = film(tmp_path / "film.mp4", VFR), rims(F(3, 2))
    score = Score(tuple(Track(track.name, 0, 0, track.notes) for track in score.tracks), (), score.end, TempoMap())
    write_proof(source, score, tmp_path / "proof.mp4", soundfont=font)
    assert max(map(abs, onset_errors_ms(read_sound(tmp_path / "proof.mp4"), score))) < 1
