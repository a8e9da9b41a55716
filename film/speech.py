"""Text in; flite's voice out, as samples with exact times of every phone and word."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import wave
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

VOICE_RATE_HZ = 16_000
PAUSE = "pau"
LEAD_S, TAIL_S = 0.012, 0.02
VOWELS = frozenset(["aa", "ae", "ah", "ao", "aw", "ax", "axr", "ay", "eh", "er", "ey", "ih", "iy", "ow", "oy", "uh", "uw"])


class SpeechError(RuntimeError):
    """The voice could not be made; the message is one line for the person at the terminal."""


@dataclass(frozen=True)
class Phone:
    """One sound of a word, in seconds from the start of its sentence; `word` indexes the sentence's words."""

    name: str
    start_s: float
    end_s: float
    word: int


@dataclass(frozen=True)
class Utterance:
    """A spoken sentence: mono samples at 16 kHz in [-1, 1], and which phone sounds when.

    The first phone starts at 0 s, which is sample `n_lead`: the voice's own attack and decay lie around the phones.
    """

    text: str
    samples: np.ndarray
    n_lead: int
    phones: tuple[Phone, ...]

    @property
    def words(self) -> tuple[tuple[str, float, float], ...]:
        """(word, start_s, end_s) in spoken order, words in lower case without punctuation."""
        spans = []
        for index, word in enumerate(split_words(self.text)):
            own = [phone for phone in self.phones if phone.word == index]
            spans.append((word, own[0].start_s, own[-1].end_s))
        return tuple(spans)


def split_words(text: str) -> list[str]:
    """The words of a text, in lower case, without punctuation."""
    return re.findall(r"[a-z']+", text.lower())


def find_flite() -> str:
    """The path of the flite program.

    Raises:
        SpeechError: it is not installed.
    """
    program = shutil.which("flite")
    if program is None:
        raise SpeechError("film: the voice needs the program flite, got none on PATH. Install it: apt-get install flite")
    return program


def run_flite(text: str, *flags: str) -> str:
    """What flite prints for a text, spoken by the voice slt."""
    command = [find_flite(), "-voice", "slt", *flags, "-t", text]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SpeechError(f"film: flite failed on {text!r}, got {done.stderr.strip()!r}. Try it by hand: flite -voice slt -t hello")
    return done.stdout


@cache
def phones_alone(word: str) -> tuple[str, ...]:
    """The phones of a word that is spoken by itself."""
    return tuple(name for name in run_flite(word, "-ps", "-o", "none").split() if name != PAUSE)


def phone_cost(said: str, expected: str) -> float:
    """How unlike two phones are: a vowel may turn into another vowel, rarely into a consonant."""
    if said == expected:
        return 0.0
    return 0.5 if (said in VOWELS) == (expected in VOWELS) else 2.0


def assign_words(said: list[str], words: list[str]) -> list[int]:
    """Tell which word every phone of a sentence belongs to.

    flite prints the phones of a sentence without word borders, and running speech changes some of them ("the" before
    a vowel), so the sentence is aligned with the words spoken one by one (edit distance; an extra phone costs one).
    """
    expected = [(name, index) for index, word in enumerate(words) for name in phones_alone(word)]
    cost = np.full((len(said) + 1, len(expected) + 1), np.inf)
    cost[:, 0] = np.arange(len(said) + 1)
    cost[0, :] = np.arange(len(expected) + 1)
    for i, name in enumerate(said, 1):
        for j, (other, _) in enumerate(expected, 1):
            cost[i, j] = min(cost[i - 1, j - 1] + phone_cost(name, other), cost[i - 1, j] + 1, cost[i, j - 1] + 1)
    owners = [0] * len(said)
    i, j = len(said), len(expected)
    while i:
        owners[i - 1] = expected[max(j - 1, 0)][1]
        if j and np.isclose(cost[i, j], cost[i - 1, j - 1] + phone_cost(said[i - 1], expected[j - 1][0])):
            i, j = i - 1, j - 1
        elif np.isclose(cost[i, j], cost[i - 1, j] + 1):
            i -= 1
        else:
            j -= 1
    return owners


def parse_segments(printed: str) -> list[tuple[str, float, float]]:
    """flite's `-psdur` line ("pau:0.225 l:0.310 ...", end times) as (name, start_s, end_s)."""
    segments, start_s = [], 0.0
    for name, end in re.findall(r"([a-z]+):([0-9.]+)", printed):
        segments.append((name, start_s, float(end)))
        start_s = float(end)
    return segments


def read_wave(path: Path) -> np.ndarray:
    """Mono samples of a 16-bit WAV file in [-1, 1]."""
    with wave.open(str(path), "rb") as file:
        return np.frombuffer(file.readframes(file.getnframes()), np.int16) / 32768.0


def speak(text: str, *, stretch: float) -> Utterance:
    """Speak one sentence.

    Args:
        text: the sentence; its punctuation shapes the melody.
        stretch: duration relative to the voice's own; above 1 is slower.
    Returns:
        the sentence without the pauses around it.
    Raises:
        SpeechError: flite is missing or fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "voice.wav"
        printed = run_flite(text, "--setf", f"duration_stretch={stretch}", "-psdur", "-o", str(path))
        samples = read_wave(path)
    sounding = [segment for segment in parse_segments(printed) if segment[0] != PAUSE]
    owners = assign_words([name for name, _, _ in sounding], split_words(text))
    begin_s, finish_s = sounding[0][1], sounding[-1][2]
    phones = tuple(Phone(n, s - begin_s, e - begin_s, w) for (n, s, e), w in zip(sounding, owners, strict=True))
    first, last = round((begin_s - LEAD_S) * VOICE_RATE_HZ), round((finish_s + TAIL_S) * VOICE_RATE_HZ)
    return Utterance(text, samples[first:last] * edge_ramp(last - first), round(LEAD_S * VOICE_RATE_HZ), phones)


def edge_ramp(n_samples: int) -> np.ndarray:
    """Gain that fades in over the lead and out over the tail, so that a sentence neither starts nor ends in a click."""
    at = np.arange(n_samples) / VOICE_RATE_HZ
    rise = np.clip(at / LEAD_S, 0, 1)
    fall = np.clip((n_samples / VOICE_RATE_HZ - at) / TAIL_S, 0, 1)
    return np.sin(rise * np.pi / 2) * np.sin(fall * np.pi / 2)
