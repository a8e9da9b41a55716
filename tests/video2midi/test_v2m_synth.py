"""The synthesiser: the same bytes everywhere, in tune, in time, silent in rests, never too loud."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np
import pytest

from video2midi.notes import BEND, Control, Note, Score, Track, tell_bend_reach
from video2midi.synth import render_score, tables, waves
from video2midi.synth.curves import Curves
from video2midi.synth.mix import limit, upsample
from video2midi.synth.patches import PATCHES, name_of, patch_of
from video2midi.tempo import TempoChange, TempoMap

F = Fraction
RATE = 48_000
VIBRAPHONE, ORGAN, STEEL, PAD, BASS, FLUTE, MARIMBA = 11, 16, 25, 89, 33, 73, 12
Play = Callable[..., np.ndarray]


def play(*tracks: Track, end: F | int = 3, seed: int = 0, block: int | None = None) -> np.ndarray:
    """The sound as whole numbers, (n, 2)."""
    score = Score(tracks, (), F(end), TempoMap((TempoChange(0, 500_000),)))
    options = {} if block is None else {"block": block}
    sound = np.concatenate(list(render_score(score, seed=seed, **options)))
    assert sound.dtype == np.float32
    assert np.array_equal(sound * 32768, np.rint(sound * 32768)), "samples are whole numbers of 1/32768"
    return (sound * 32768).astype(np.int64)


def one(
    pitch: int = 69,
    *,
    program: int | None = ORGAN,
    start: F = Fraction(1, 4),
    length: F = Fraction(1),
    velocity: int = 90,
    channel: int = 0,
    controls: Sequence[Control] = (),
) -> Track:
    return Track("one", channel, program, (Note(start, start + length, pitch, velocity),), tuple(controls))


def set_to(**values: int) -> tuple[Control, ...]:
    numbers = {"modulation": 1, "volume": 7, "pan": 10, "expression": 11, "resonance": 71, "cutoff": 74, "room": 91}
    return tuple(Control(F(0), numbers[name], value) for name, value in values.items())


def first_heard(sound: np.ndarray) -> int:
    return int(np.argmax(np.abs(sound).max(axis=1) > 0))


def loudness(sound: np.ndarray) -> float:
    return float(np.sqrt((sound.astype(np.float64) ** 2).mean()))


def spectrum(sound: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    middle = sound.mean(axis=1) * np.blackman(len(sound))
    return np.fft.rfftfreq(4 * len(sound), 1 / RATE), np.abs(np.fft.rfft(middle, 4 * len(sound)))


def centroid(sound: np.ndarray) -> float:
    hz, size = spectrum(sound)
    return float((hz * size**2).sum() / (size**2).sum())


def heard_pitch(sound: np.ndarray, near_hz: float) -> float:
    """The frequency of the strongest partial within a tone of one, by a parabola through the peak."""
    hz, size = spectrum(sound)
    peak = int(np.argmax(size * (np.abs(np.log2(np.maximum(hz, 1) / near_hz)) < 1 / 6)))
    a, b, c = np.log(size[peak - 1 : peak + 2])
    return float((peak + 0.5 * (a - c) / (a - 2 * b + c)) * (hz[1] - hz[0]))


def cents(hz: float, of_hz: float) -> float:
    return 1200 * float(np.log2(hz / of_hz))


def little_piece() -> tuple[Track, ...]:
    melody = tuple(Note(F(n, 3), F(n, 3) + F(1, 4), 62 + 5 * n % 12, 70 + 9 * n) for n in range(5))
    wheel = tuple(Control(F(n, 20), BEND, 300 * n - 3000) for n in range(20))
    pad = (Note(F(0), F(3, 2), 50, 70), Note(F(0), F(3, 2), 57, 70))
    drums = tuple(Note(F(n, 4), F(n, 4) + F(1, 8), key, 90) for n, key in enumerate((36, 42, 38, 46, 42, 39, 49, 56)))
    return (
        Track("melody", 0, VIBRAPHONE, melody, (*set_to(pan=30), *wheel)),
        Track("flute", 1, FLUTE, melody[::2], set_to(modulation=90, cutoff=80)),
        Track("pad", 2, PAD, pad, set_to(volume=80, resonance=110)),
        Track("drums", 9, None, drums),
    )


def test_the_same_bytes_on_every_machine() -> None:
    sound = play(*little_piece(), end=2)
    assert hashlib.blake2b(sound.astype("<i2").tobytes(), digest_size=16).hexdigest() == HASH


HASH = "dd15e6d8bb50b9adaf4949fa89e03922"


@pytest.mark.parametrize("block", [320, 4096, 160_000])
def test_the_sound_does_not_depend_on_the_blocks(block: int) -> None:
    assert np.array_equal(play(*little_piece(), end=2), play(*little_piece(), end=2, block=block))


def test_tables_are_rounded_far_from_ties(monkeypatch: pytest.MonkeyPatch) -> None:
    nearest = 1e9

    def watched(values: np.ndarray | float) -> np.ndarray:
        nonlocal nearest
        whole = np.asarray(values, np.float64) + (0.5 + 2.0**-20)
        nearest = min(nearest, float((np.abs(whole - np.rint(whole)) / np.spacing(np.maximum(np.abs(whole), 128))).min()))
        return np.floor(whole).astype(np.int64)

    monkeypatch.setattr(tables, "rounded", watched)
    monkeypatch.setattr(waves, "rounded", watched)
    tables.sine.__wrapped__(7)
    for name in ("_increments", "fading", "rising", "releasing", "velocities", "volumes", "pans"):
        getattr(tables, name).__wrapped__()
    for wave in waves.WAVES:
        for zone in (8, 17, 20, 30):
            waves.bank.__wrapped__(wave, zone, zone % 4)
    assert nearest > 50, "the last bits of a sine could change a table"


@pytest.mark.parametrize(("program", "pitch"), [(ORGAN, 69), (VIBRAPHONE, 69), (FLUTE, 81), (38, 45), (80, 33)])
def test_notes_are_in_tune(program: int, pitch: int) -> None:
    sound = play(one(pitch, program=program, length=F(4), controls=set_to(room=0)), end=5)[RATE // 2 : RATE * 4]
    of_hz = 440 * 2 ** ((pitch - 69) / 12)
    assert abs(cents(heard_pitch(sound, of_hz), of_hz)) < 2


def test_the_wheel_bends_by_two_semitones_unless_told_and_the_modulation_wheel_sways() -> None:
    up = play(one(69, program=80, length=F(2), controls=(Control(F(0), BEND, 8191),)))[RATE : 2 * RATE]
    assert cents(heard_pitch(up, 494), 440) == pytest.approx(200, abs=3)
    octave = (*tell_bend_reach(F(0), 12), Control(F(0), BEND, -8191))
    down = play(one(69, program=80, length=F(2), controls=octave))[RATE : 2 * RATE]
    assert cents(heard_pitch(down, 220), 440) == pytest.approx(-1200, abs=3)
    steady, swaying = (play(one(69, program=80, length=F(2), controls=set_to(modulation=depth)))[RATE : 2 * RATE] for depth in (0, 127))
    assert spread(swaying) > 3 * spread(steady)


def spread(sound: np.ndarray) -> float:
    """Width of the fundamental's line: the share of its energy that lies beside its peak."""
    hz, size = spectrum(sound)
    near, peak = np.abs(hz - 440) < 40, np.abs(hz - 440) < 4
    return float((size[near & ~peak] ** 2).sum() / (size[near] ** 2).sum())


@pytest.mark.parametrize("name", PATCHES)
def test_a_note_begins_at_its_instant(name: str) -> None:
    program = next(number for number in range(128) if name_of(number) == name)
    sound = play(one(64, program=program, start=F(30011, 90000), length=F(1, 2), velocity=64), end=F(1, 2))
    assert abs(first_heard(sound) - 30011 * RATE / 90000) < RATE / 1000


@pytest.mark.parametrize(("program", "channel", "pitch"), [
    (VIBRAPHONE, 0, 72), (STEEL, 0, 60), (MARIMBA, 0, 67), (0, 0, 64), (BASS, 0, 38), (108, 0, 70), (45, 0, 60),
    *((None, 9, key) for key in (36, 37, 38, 42, 45, 46, 51, 56, 76)),
])  # fmt: skip
def test_what_is_struck_is_at_its_height_within_ten_ms(program: int | None, channel: int, pitch: int) -> None:
    start = RATE // 4
    height = np.abs(play(one(pitch, program=program, channel=channel), end=1)).max(axis=1)[start : start + RATE // 10]
    assert height[:480].max() > 0.8 * height.max()


def test_every_onset_of_a_score_is_heard_in_its_place() -> None:
    instants = [F(n * 1001, 2997) + F(1, 7) for n in range(12)]  # on frames of 29.97, never on a sample
    notes = tuple(Note(at, at + F(1, 10), 60 + n % 5 * 3, 60 + 5 * n) for n, at in enumerate(instants))
    pad = (Note(F(0), F(9, 2), 38, 60),)
    sound = play(Track("pluck", 0, STEEL, notes), Track("pad", 1, BASS, pad), end=5)
    # A pluck's first ms is brighter than all that still rings: differences show it.
    sharp = np.abs(np.diff(sound.sum(axis=1), n=2))
    for at in instants:
        place = round(at * RATE)
        before, here = sharp[place - 480 : place - 24].max(), sharp[place - 24 : place + 240]
        assert here.max() > 1.5 * before
        assert np.argmax(here > 1.2 * before) - 24 < RATE / 1000


def test_rests_are_silent_to_the_last_bit() -> None:
    tracks = [one(program=program, channel=n, velocity=127) for n, program in enumerate((VIBRAPHONE, STEEL, BASS, PAD))]
    sound = play(*tracks, one(49, channel=9, velocity=127), end=9)
    assert np.abs(sound[: RATE // 5]).max() == 0
    assert np.abs(sound[RATE * 11 // 2 :]).max() == 0
    assert np.abs(play(Track("nothing", 0, 0), end=1)).max() == 0


def test_it_is_as_long_as_the_film_and_ends_in_silence() -> None:
    end = F(100_100, 60_000)
    sound = play(one(length=F(9)), end=end)
    assert len(sound) == round(end * RATE)
    assert not sound[-1].any() and np.abs(sound[-RATE // 100 :]).max() < 2000
    assert loudness(sound[-RATE // 20 :]) < loudness(sound[-RATE // 4 : -RATE // 5]) / 3
    assert len(play(one(), end=F(1, 25))) == 1920
    assert list(render_score(Score((one(),), (), F(0), TempoMap()))) == []


def test_a_brutal_score_stays_under_one_decibel_below_full() -> None:
    all_at_once = tuple(Note(F(1, 4), F(1), pitch, 127) for pitch in range(128))
    hits = tuple(Note(F(n, 50), F(n, 50) + F(1, 100), 36 + n % 20, 127) for n in range(60))
    loud = set_to(volume=127, expression=127, resonance=127, cutoff=127, room=127)
    tracks = [Track(str(n), n, program, all_at_once, loud) for n, program in enumerate((80, 55, PAD, 30))]
    sound = play(*tracks, Track("drums", 9, None, hits, loud), end=2)
    assert 20_000 < np.abs(sound).max() <= 32768 * 10 ** (-1 / 20)


def test_sides() -> None:
    left, right = (play(one(program=MARIMBA, controls=set_to(pan=pan, room=0))) for pan in (0, 127))
    assert loudness(left[:, 0]) > 5 * loudness(left[:, 1])
    assert loudness(right[:, 1]) > 5 * loudness(right[:, 0])


def test_controllers_are_heard() -> None:
    dark, plain, bright = (play(one(57, program=81, controls=set_to(cutoff=value)))[RATE // 2 : RATE] for value in (20, 64, 110))
    assert centroid(dark) * 1.2 < centroid(plain) and centroid(plain) * 1.2 < centroid(bright)
    ringing = play(one(57, program=81, controls=set_to(resonance=127)))[RATE // 2 : RATE]
    assert centroid(ringing) > 1.1 * centroid(plain)
    held = play(one(length=F(1, 4), controls=(Control(F(0), 64, 127), Control(F(2), 64, 0))), end=4)
    assert loudness(held[RATE * 3 // 2 : RATE * 7 // 4]) > 0.5 * loudness(held[RATE // 2 : RATE * 3 // 4])
    assert loudness(held[RATE * 3 :]) < 0.05 * loudness(held[RATE * 3 // 2 : RATE * 7 // 4])


def test_louder_notes_are_louder_and_brighter() -> None:
    notes = tuple(Note(F(n), F(n) + F(1, 2), 60, velocity) for n, velocity in enumerate((30, 70, 110)))
    sound = play(Track("t", 0, STEEL, notes, set_to(room=0)), end=4)
    parts = [sound[n * RATE : n * RATE + RATE // 4] for n in range(3)]
    assert 2 * loudness(parts[0]) < loudness(parts[1]) and 1.4 * loudness(parts[1]) < loudness(parts[2])
    assert centroid(parts[0]) < centroid(parts[1]) < centroid(parts[2])


def test_families_are_about_as_loud_as_one_another() -> None:
    heard = {}
    for program in (0, 4, 11, 16, 24, 25, 40, 48, 52, 56, 61, 68, 73, 80, 81, 89, 96, 108):
        sound = play(one(62, program=program, controls=set_to(room=0)), end=2)
        heard[program] = 20 * np.log10(loudness(sound[RATE // 4 : RATE]))
    middle = np.median(list(heard.values()))
    assert all(abs(level - middle) < 4.5 for level in heard.values()), heard


def test_a_lone_line_is_lifted_and_a_crowd_is_not() -> None:
    line = Track("line", 0, VIBRAPHONE, tuple(Note(F(n, 2), F(n, 2) + F(2, 5), 60 + n, 50) for n in range(8)))
    chord = tuple(Note(F(n), F(n + 1), 50 + n, 120) for n in range(4))
    crowd = [Track(str(n), n, program, chord) for n, program in enumerate((16, 48, 81, 33, 61))]
    quiet, loud = loudness(play(line, end=5)[: 4 * RATE]), loudness(play(*crowd, end=5)[: 4 * RATE])
    assert loud < 3.2 * quiet


def test_drums_hang_on_the_seed_and_on_nothing_else() -> None:
    snare = one(38, channel=9)
    assert np.array_equal(play(snare, end=1), play(snare, end=1))
    assert not np.array_equal(play(snare, end=1), play(snare, end=1, seed=1))
    organ = one()
    assert np.array_equal(play(organ, end=1), play(organ, end=1, seed=1)), "what has no noise needs no seed"


def test_every_key_of_the_kit_and_every_program_sounds() -> None:
    hits = tuple(Note(F(key, 16), F(key, 16) + F(1, 32), key, 100) for key in range(128))
    sound = play(Track("drums", 9, None, hits), end=9)
    for key in range(128):
        assert np.abs(sound[key * 3000 : key * 3000 + 960]).max() > 300, key
    assert {name_of(program) for program in range(128)} == set(PATCHES)
    assert patch_of(None) is patch_of(0)


def test_a_closed_hat_stops_an_open_one() -> None:
    open_hat, closed = Note(F(0), F(1, 10), 46, 110), Note(F(1, 8), F(1, 4), 44, 20)
    rings = play(Track("d", 9, None, (open_hat,), set_to(room=0)), end=1)
    stopped = play(Track("d", 9, None, (open_hat, closed), set_to(room=0)), end=1)
    two = play(Track("d", 9, None, (open_hat,), set_to(room=0)), Track("e", 9, None, (closed,)), end=1)
    assert np.abs(stopped - two).max() <= 2, "whichever track it is written in"  # each is rounded by itself
    after = slice(RATE // 5, RATE // 4)
    assert loudness(stopped[after]) < 0.3 * loudness(rings[after])


@pytest.mark.parametrize("program", [ORGAN, 80, PAD, VIBRAPHONE, BASS, FLUTE])
def test_nothing_clicks_at_a_note_s_end_or_repeat(program: int) -> None:
    notes = (Note(F(1, 4), F(1, 2), 57, 100), Note(F(1, 2), F(3, 4), 57, 100))
    sound = play(Track("t", 0, program, notes, set_to(room=0)), end=2).sum(axis=1).astype(np.float64)
    # A click is a step: its fourth difference towers over those of the note itself.
    steps = np.abs(np.diff(sound, n=4))
    held = steps[RATE * 13 // 40 : RATE * 19 // 40].max()
    assert steps[RATE * 3 // 4 - 100 : RATE].max() < 1.6 * held
    assert steps[RATE // 2 + 200 : RATE // 2 + 2000].max() < 2.5 * held or program in (VIBRAPHONE, BASS, FLUTE)


def test_beyond_32_voices_the_oldest_make_room() -> None:
    notes = tuple(Note(F(n, 40), F(3), 30 + n, 60) for n in range(60))
    sound = play(Track("t", 0, ORGAN, notes, set_to(room=0)), end=3)
    hz, size = spectrum(sound[2 * RATE : RATE * 5 // 2])

    def strength(pitch: int) -> float:
        of_hz = 440 * 2 ** ((pitch - 69) / 12)
        return float(size[np.abs(hz - of_hz) < 3].max())

    assert min(strength(pitch) for pitch in (88, 86, 84)) > 10 * strength(33)


def test_the_room_answers_and_the_echo_goes_from_side_to_side() -> None:
    dry, wet = (play(one(program=MARIMBA, length=F(1, 8), controls=set_to(room=room)), end=4) for room in (0, 127))
    tail = slice(RATE * 9 // 16, RATE * 5 // 8)  # the note is over, the echo is not yet there
    assert loudness(wet[tail]) > 2 * loudness(dry[tail])
    first, second = (dry[RATE // 4 + RATE * 3 * n // 8 :][: RATE // 20] for n in (1, 2))
    assert loudness(first[:, 0]) > 1.5 * loudness(first[:, 1]) and loudness(second[:, 1]) > 1.5 * loudness(second[:, 0])


def test_controls_of_another_track_on_the_same_channel_count() -> None:
    notes, controls = one(program=MARIMBA), Track("cc", 0, MARIMBA, (), set_to(pan=0))
    assert np.array_equal(play(notes, controls, end=1), play(one(program=MARIMBA, controls=set_to(pan=0)), end=1))


def test_a_control_glides_and_is_there_in_time() -> None:
    curves = Curves([Control(F(0), 7, 20), Control(F(1), 7, 120), Control(F(1), 7, 60), Control(F(1) + F(1, 500), 7, 80)])
    at = np.array([0, 15_999, 16_000, 16_016, 16_032, 16_112, 16_192, 16_500, 99_999])
    assert list(curves.at(7, at) // 256) == [20, 20, 20, 40, 60, 70, 80, 80, 80]
    assert curves.value(7, 15_999) == 20 and curves.value(7, 16_000) == 60 and curves.value(10, 5) == 64


def test_upsampling_keeps_every_sample_and_levels() -> None:
    rng = np.random.default_rng(1)
    sound = rng.integers(-9000, 9000, (2, 1000))
    pieces = np.concatenate(list(upsample(np.array_split(sound, [1, 4, 300, 301], axis=1))), axis=1)
    assert pieces.shape == (2, 3000) and np.array_equal(pieces[:, ::3], sound)
    level = np.concatenate(list(upsample([np.full((2, 100), 5000)])), axis=1)
    assert (level[:, 30:270] == 5000).all()


def test_the_limiter_touches_only_what_is_too_loud() -> None:
    quiet = np.random.default_rng(2).integers(-400_000, 400_000, (2, 50_000))
    assert np.array_equal(np.concatenate(list(limit(np.array_split(quiet, 7, axis=1))), axis=1), quiet)
    loud = quiet.copy()
    loud[:, 20_000:20_010] = 2_000_000
    held = np.concatenate(list(limit(np.array_split(loud, 9, axis=1))), axis=1)
    assert np.abs(held).max() <= 27_600 << 4
    assert np.array_equal(held[:, :19_000], quiet[:, :19_000]) and held.shape == loud.shape
    whole = np.concatenate(list(limit([loud])), axis=1)
    assert np.array_equal(held, whole)
