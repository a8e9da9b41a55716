"""Sound at another speed: its pitch, its attacks, its image, its length, its level."""

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest

from supercut.stretch.attacks import Attacks
from supercut.stretch.buffer import SoundBuffer
from supercut.stretch.sound import SOUNDS, change_speed

RATE = 48_000


def tone(hz: float, *, seconds: float = 2, level: float = 0.5) -> np.ndarray:
    at = np.arange(round(seconds * RATE)) / RATE
    return (level * np.sin(2 * np.pi * hz * at)).astype(np.float32)[:, None]


def blocks_of(sound: np.ndarray, size: int = 4800) -> Iterator[np.ndarray]:
    return (sound[n : n + size] for n in range(0, len(sound), size))


def changed(sound: np.ndarray, speed: Fraction, *, how: str = "stretch", size: int = 4800, n: int | None = None) -> np.ndarray:
    n = round(len(sound) / speed) if n is None else n
    blocks = change_speed(blocks_of(sound, size), speed=speed, n_samples=n, sound=how, channels=sound.shape[1])
    return np.concatenate(list(blocks))


def level_db(sound: np.ndarray) -> float:
    return 10 * np.log10(np.square(sound, dtype=np.float64).mean())


def peak_hz_and_purity_db(sound: np.ndarray) -> tuple[float, float]:
    """The strongest frequency of the middle half, and the power of all but 12 Hz around it, in dB to it."""
    middle = sound[len(sound) // 4 : 3 * len(sound) // 4, 0]
    power = np.abs(np.fft.rfft(middle * np.blackman(len(middle)))) ** 2
    hz = np.fft.rfftfreq(len(middle), 1 / RATE)
    near = np.abs(hz - hz[power.argmax()]) < 12
    return float(hz[power.argmax()]), float(10 * np.log10(power[~near].sum() / power[near].sum()))


@pytest.mark.parametrize("speed", [Fraction(1, 10), Fraction(1, 4), Fraction(1, 2), Fraction(2)])
@pytest.mark.parametrize("hz", [110.0, 440.0, 3000.0])
def test_a_sine_stays_that_sine(hz: float, speed: Fraction) -> None:
    played = changed(tone(hz), speed)
    found_hz, purity_db = peak_hz_and_purity_db(played)
    assert abs(found_hz - hz) < 1.1
    assert purity_db < -60  # ffmpeg's atempo reaches -26..-57 here
    assert abs(level_db(played) - level_db(tone(hz))) < 0.2


@pytest.mark.parametrize("speed", [Fraction(1, 4), Fraction(3, 4), Fraction(2)])
def test_noise_keeps_its_level(speed: Fraction) -> None:
    noise = (0.1 * np.random.default_rng(1).standard_normal((RATE * 2, 1))).astype(np.float32)
    assert abs(level_db(changed(noise, speed)) - level_db(noise)) < 0.6


@pytest.mark.parametrize("speed", [Fraction(1, 10), Fraction(1, 4), Fraction(2)])
@pytest.mark.parametrize("drone", [0.0, 0.1])
def test_clicks_stay_sharp_and_fall_where_they_should(speed: Fraction, drone: float) -> None:
    rng = np.random.default_rng(2)
    places = [12_000, 28_000, 44_000, 60_000]
    sound = tone(300, seconds=1.5, level=drone) if drone else np.zeros((72_000, 1), np.float32)
    for place in places:
        sound[place : place + 240, 0] += 0.25 * rng.standard_normal(240) * np.exp(-np.arange(240) / 60)
    played = np.diff(changed(sound, speed)[:, 0].astype(np.float64), 2) ** 2
    for place in places:
        due = round(place / speed)
        around = played[due - 2400 : due + 2400]
        assert around[2400 - 96 : 2400 + 384].sum() > 0.99 * around.sum()


def test_attacks_are_found_where_they_are_and_a_tone_has_none() -> None:
    sound = tone(200, seconds=1, level=0.05)
    sound[20_000:20_400, 0] += 0.5 * np.random.default_rng(0).standard_normal(400).astype(np.float32)
    attacks = Attacks(SoundBuffer(blocks_of(sound, 777)))
    # The tone itself sets in at sample 0, out of silence.
    assert attacks.next_after(1000, until=19_000) is None
    found = attacks.next_after(1000, until=48_000)
    assert found is not None and abs(found - 20_000) < 12
    assert attacks.next_after(found, until=48_000) is None


def test_the_stereo_image_stays_where_it_is() -> None:
    rng = np.random.default_rng(3)
    left = (0.2 * rng.standard_normal(RATE)).astype(np.float32)
    played = changed(np.stack([left, -0.5 * left], axis=1), Fraction(1, 3))
    assert np.allclose(played[:, 1], -0.5 * played[:, 0], atol=1e-5)


def test_a_quarter_turn_between_the_sides_survives() -> None:
    at = np.arange(RATE) / RATE
    both = 0.4 * np.stack([np.sin(2 * np.pi * 500 * at), np.cos(2 * np.pi * 500 * at)], axis=1)
    played = changed(both.astype(np.float32), Fraction(1, 4))[RATE : 3 * RATE]
    assert abs(np.corrcoef(played.T)[0, 1]) < 0.01
    assert np.allclose(np.hypot(*played.T), 0.4, atol=0.02)


@pytest.mark.parametrize("how", sorted(SOUNDS))
@pytest.mark.parametrize("n", [1, 4799, 100_003])
def test_as_many_samples_as_asked_for(how: str, n: int) -> None:
    assert changed(tone(440, seconds=0.5), Fraction(1, 4), how=how, n=n).shape == (n, 1)


@pytest.mark.parametrize("length", [0, 1, 100, 3000])
def test_hardly_any_sound_is_no_trouble(length: int) -> None:
    assert changed(tone(440)[:length], Fraction(1, 4), n=500).shape == (500, 1)


@pytest.mark.parametrize("how", sorted(SOUNDS))
def test_the_size_of_blocks_does_not_matter(how: str) -> None:
    sound = tone(440, seconds=1)
    sound[20_000:20_400, 0] += 0.3 * np.random.default_rng(0).standard_normal(400).astype(np.float32)
    assert np.allclose(changed(sound, Fraction(2, 5), how=how, size=700), changed(sound, Fraction(2, 5), how=how, size=48_000), atol=1e-6)


@pytest.mark.parametrize("how", sorted(SOUNDS))
def test_at_its_own_speed_it_is_itself(how: str) -> None:
    sound = tone(440)
    assert np.array_equal(changed(sound, Fraction(1), how=how), sound)


def test_loud_sound_does_not_clip() -> None:
    loud = np.random.default_rng(5).uniform(-1, 1, (RATE, 1)).astype(np.float32)
    assert np.abs(changed(loud, Fraction(1, 3))).max() <= 1


@pytest.mark.parametrize("speed", [Fraction(1, 2), Fraction(3, 7), Fraction(2)])
def test_varispeed_moves_the_pitch_with_the_speed(speed: Fraction) -> None:
    found_hz, purity_db = peak_hz_and_purity_db(changed(tone(1000), speed, how="varispeed"))
    assert abs(found_hz - 1000 * speed) < 1
    assert purity_db < -60


def test_varispeed_keeps_a_click_in_its_place() -> None:
    sound = np.zeros((RATE, 1), np.float32)
    sound[30_000] = 0.5
    played = changed(sound, Fraction(1, 4), how="varispeed")
    assert abs(int(np.abs(played[:, 0]).argmax()) - 120_000) <= 2


def test_long_sound_is_read_only_as_far_as_it_is_needed() -> None:
    n_read = 0

    def endless() -> Iterator[np.ndarray]:
        nonlocal n_read
        while True:
            n_read += 4800
            yield tone(440, seconds=0.1)

    stretched = change_speed(endless(), speed=Fraction(1, 4), n_samples=40 * RATE, sound="stretch", channels=1)
    n_played = 0
    for block in stretched:
        n_played += len(block)
        assert n_read < n_played / 4 + 1.2 * RATE
    assert n_played == 40 * RATE
