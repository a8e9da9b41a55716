"""Sound by span: the same samples however it is cut, at their places, and silence where there is none."""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from media.errors import UserError
from media.sound import SAMPLE_RATE, SoundReader, read_sound, sound_blocks
from media.span import Span

F = Fraction
Coded = Callable[..., Path]
Sweep = Callable[..., np.ndarray]
N = 48_000 * 11 + 777  # three windows of decoding, and an end inside a frame

# name: suffix, codec, options of the encoder
SOUNDS = {
    "aac": (".mp4", "aac", {}),
    "aac mkv": (".mkv", "aac", {}),
    "aac without noise": (".mp4", "aac", {"aac_pns": "0"}),
    "aac without noise mkv": (".mkv", "aac", {"aac_pns": "0"}),
    "aac stream": (".ts", "aac", {"aac_pns": "0"}),
    "mp3": (".mp3", "libmp3lame", {}),
    "flac": (".flac", "flac", {}),
    "flac mkv": (".mkv", "flac", {}),
    "wav": (".wav", "pcm_s16le", {}),
    "pcm mkv": (".mkv", "pcm_s24le", {}),
    "opus": (".webm", "libopus", {}),
    "ogg": (".ogg", "libopus", {}),
    "ac3": (".mkv", "ac3", {}),
    "vorbis": (".mkv", "vorbis", {"strict": "experimental"}),
}


@pytest.fixture(scope="module")
def heard(request: pytest.FixtureRequest, coded: Coded, sweep: Sweep, tmp_path_factory: pytest.TempPathFactory) -> Path:
    suffix, codec, options = SOUNDS[request.param]
    path = tmp_path_factory.mktemp(codec) / f"sound{suffix}"
    return coded(path, codec=None, sound=sweep(N), sound_codec=codec, sound_options=options)


def decoded_at_once(path: Path) -> np.ndarray:
    """By libav alone, from start to end."""
    with av.open(str(path)) as container:
        frames = [frame for frame in container.decode(audio=0) if frame.samples]
        parts = [frame.to_ndarray() for frame in frames]
        if not frames[0].format.is_planar:
            parts = [part.reshape(-1, 2).T for part in parts]
        whole = np.concatenate(parts, axis=1).T
    return whole / np.float32({"i2": 2**15, "i4": 2**31}[whole.dtype.str[1:]]) if whole.dtype.kind == "i" else whole


@pytest.mark.parametrize("heard", SOUNDS, indirect=True)
def test_pieces_make_the_whole_bit_for_bit(heard: Path) -> None:
    end = F(N, SAMPLE_RATE)
    whole = read_sound(heard, Span(F(0), end))
    assert whole.shape == (N, 2) and whole.dtype == np.float32
    rng = random.Random(5)
    cuts = [F(0), *sorted(F(rng.randrange(1, 11_000_000), 1_000_000) for _ in range(6)), end]
    with SoundReader(heard) as sound:
        pieces = [sound.read(Span(a, b)) for a, b in pairwise(cuts)]
        backwards = [sound.read(Span(a, b)) for a, b in reversed(list(pairwise(cuts)))][::-1]
    assert np.array_equal(np.concatenate(pieces), whole)
    assert np.array_equal(np.concatenate(backwards), whole)
    assert np.array_equal(np.concatenate([read_sound(heard, Span(a, b)) for a, b in pairwise(cuts)]), whole)


@pytest.mark.parametrize("heard", SOUNDS, indirect=True)
def test_blocks_make_the_whole_bit_for_bit(heard: Path) -> None:
    blocks = list(sound_blocks(heard, Span(F(1, 3), F(9)), block=30_011))
    assert {len(block) for block in blocks[:-1]} == {30_011}
    assert np.array_equal(np.concatenate(blocks), read_sound(heard, Span(F(1, 3), F(9))))


# AAC and AC-3 fill bands with noise that depends on all that was decoded before; without it they are exact as well.
@pytest.mark.parametrize("heard", [name for name in SOUNDS if name not in ("aac", "aac mkv", "ac3")], indirect=True)
def test_the_whole_is_what_libav_decodes_from_the_start(heard: Path) -> None:
    once = decoded_at_once(heard)
    whole = read_sound(heard, Span(F(0), F(N, SAMPLE_RATE)))
    n = min(len(once), len(whole))
    assert n >= N - 1024
    difference = np.abs(once[:n] - whole[:n])
    if heard.suffix in (".webm", ".ogg"):
        assert difference.max() < 1e-4  # Opus predicts for ever
    else:
        assert np.array_equal(once[:n], whole[:n])


@pytest.mark.parametrize("heard", SOUNDS, indirect=True)
def test_sound_lies_where_it_was_put(heard: Path, sweep: Sweep) -> None:
    original, whole = sweep(N), read_sound(heard, Span(F(0), F(N, SAMPLE_RATE)))
    shift = 1024 if heard.suffix == ".ts" else 0  # priming that this container does not mark
    lags = range(-64, 65)
    for at in (20_000, 250_000, 500_000):  # in each window of decoding
        part = original[at : at + 4000, 0]
        errors = [np.abs(whole[at + shift + lag : at + shift + lag + 4000, 0] - part).mean() for lag in lags]
        assert lags[int(np.argmin(errors))] == 0


def click(path: Path, coded: Coded, *, rate: int, channels: int = 1) -> Path:
    sound = np.zeros((rate * 12, channels), np.float32)
    sound[[rate // 2, rate * 6 + rate // 4, rate * 11]] = 0.9  # whole or half samples
    return coded(path, codec=None, sound=sound, sound_codec="pcm_s16le", sound_rate=rate)


@pytest.mark.parametrize("rate", [48_000, 44_100, 22_050, 8_000, 96_000, 11_025])
def test_a_click_stays_at_its_time_at_any_rate(rate: int, coded: Coded, tmp_path: Path) -> None:
    film = click(tmp_path / "click.wav", coded, rate=rate)
    whole = read_sound(film, channels=1)[:, 0]
    assert len(whole) == 12 * SAMPLE_RATE
    for place in (rate // 2, rate * 6 + rate // 4, rate * 11):
        at = round(F(place * SAMPLE_RATE, rate))
        assert abs(int(np.argmax(np.abs(whole[at - 500 : at + 500]))) - 500) <= (0 if rate == 48_000 else 1)
    pieces = [read_sound(film, Span(a, b), channels=1) for a, b in pairwise([F(0), F(1, 7), F(5), F(6251, 1000), F(12)])]
    assert np.array_equal(np.concatenate(pieces)[:, 0], whole)


def test_sides_are_copied_and_averaged(coded: Coded, tmp_path: Path) -> None:
    mono = coded(tmp_path / "mono.wav", codec=None, sound=np.full((4800, 1), 0.5, np.float32), sound_codec="pcm_s16le")
    assert np.allclose(read_sound(mono), 0.5, atol=1e-4) and read_sound(mono).shape == (4800, 2)
    sides = np.tile(np.float32([0.5, -0.25]), (4800, 1))
    stereo = coded(tmp_path / "stereo.wav", codec=None, sound=sides, sound_codec="pcm_s16le")
    assert np.allclose(read_sound(stereo, channels=1), 0.125, atol=1e-4)
    assert np.allclose(read_sound(stereo), sides, atol=1e-4)


def test_five_channels_and_a_half_are_mixed_down(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "surround.wav"), "w") as film:
        stream = film.add_stream("pcm_s16le", rate=48_000)
        stream.layout = "5.1"
        planes = np.zeros((6, 4800), np.float32)
        planes[2] = 0.5  # the voice, in the middle
        frame = av.AudioFrame.from_ndarray(planes, format="fltp", layout="5.1")
        frame.sample_rate = 48_000
        film.mux(stream.encode(frame))
        film.mux(stream.encode(None))
    assert np.allclose(read_sound(tmp_path / "surround.wav")[100:-100], 0.5 * 2**-0.5, atol=1e-3)
    assert np.allclose(read_sound(tmp_path / "surround.wav", channels=1)[100:-100], 0.5, atol=1e-3)


@pytest.mark.parametrize("suffix", [".mp4", ".ts", ".mkv"])
def test_there_is_silence_before_and_after_sound(suffix: str, coded: Coded, tmp_path: Path) -> None:
    # The picture runs 2 s; the sound begins 0.5 s late and lasts 1 s.
    sound = np.full((48_000, 2), 0.25, np.float32)
    offset = F(7, 5) if suffix == ".ts" else F(0)
    film = coded(tmp_path / f"late{suffix}", n_frames=50, sound=sound, sound_offset_s=F(1, 2), offset_s=offset, sound_codec="aac")
    heard = np.abs(read_sound(film, Span(F(-1), F(3)))[:, 0])
    assert len(heard) == 4 * 48_000
    assert not heard[: 48_000 + 22_000].any() and not heard[48_000 * 3 :].any()
    assert heard[48_000 * 3 // 2 + 2000 : 48_000 * 5 // 2 - 2000].min() > 0.2


def test_a_silent_film_is_silent(coded: Coded, tmp_path: Path) -> None:
    film = coded(tmp_path / "mute.mp4")
    assert read_sound(film).shape == (round(F(60, 25) * 48_000), 2) and not read_sound(film).any()
    assert [len(block) for block in sound_blocks(film, Span(F(0), F(3, 2)))] == [48_000, 24_000]


def test_lengths_follow_from_the_edges_so_that_neighbours_fit(coded: Coded, tmp_path: Path) -> None:
    film = coded(tmp_path / "mute.mp4")
    edges = [F(n * 1001, 30_000) for n in range(9)]
    assert [len(read_sound(film, Span(a, b))) for a, b in pairwise(edges)] == [round(b * 48_000) - round(a * 48_000) for a, b in pairwise(edges)]


def test_damage_leaves_the_rest_in_place(coded: Coded, sweep: Sweep, tmp_path: Path) -> None:
    film = coded(tmp_path / "sound.mkv", codec=None, sound=sweep(48_000 * 4), sound_codec="flac")
    clean = read_sound(film)
    with av.open(str(film)) as container:
        packets = [packet.pos for packet in container.demux(audio=0) if packet.size]
    content = bytearray(film.read_bytes())
    content[packets[8] + 10 : packets[8] + 900] = bytes(890)
    film.write_bytes(content)
    hurt = read_sound(film)
    same = (hurt == clean).all(axis=1)
    assert hurt.shape == clean.shape and not same.all()
    assert same[:30_000].all() and same[-90_000:].all()


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        read_sound(tmp_path / "nope.wav")


def test_the_real_film_is_what_libav_decodes(real_film: Path) -> None:
    once = decoded_at_once(real_film)
    assert np.array_equal(read_sound(real_film, Span(F(17), F(19))), once[17 * 48_000 : 19 * 48_000])
