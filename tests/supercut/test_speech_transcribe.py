"""Recognition of a part of the shipped film, of sounds in which nobody speaks, and what is refused."""

from __future__ import annotations

import difflib
import json
import sys
import wave
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from media.errors import NothingFound, UserError
from media.progress import Progress
from media.span import Span
from supercut.speech.hear import VOICE_RATE_HZ, VoiceReader
from supercut.speech.transcribe import CUE_PAUSE_S, LONGEST_CUE_S, group_cues, transcribe
from supercut.speech.utterances import utterances
from supercut.transcript import Transcript, Word

SECONDS = 9


def write_wave(path: Path, sound: np.ndarray) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(VOICE_RATE_HZ)
        file.writeframes(sound.astype("<i2").tobytes())
    return path


@pytest.fixture(scope="module")
def opening(film: Path) -> np.ndarray:
    """The first seconds of the film's sound, int16 at 16 kHz."""
    with VoiceReader(film) as voice:
        return voice.read(Span(Fraction(0), Fraction(SECONDS)))


@pytest.fixture(scope="module")
def heard(opening: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> tuple[Transcript, list[Progress]]:
    told: list[Progress] = []
    path = write_wave(tmp_path_factory.mktemp("speech") / "opening.wav", opening)
    return transcribe(path, on_progress=told.append), told


def test_most_words_are_heard_and_on_time(heard: tuple[Transcript, list[Progress]], truth: dict[str, Any]) -> None:
    words = heard[0].words
    true = [word for word in truth["words"] if word["end"] < SECONDS]
    blocks = difflib.SequenceMatcher(
        None, [word["word"] for word in true], [word.text.lower() for word in words], autojunk=False
    ).get_matching_blocks()
    pairs = [(true[block.a + n], words[block.b + n]) for block in blocks for n in range(block.size)]
    assert len(pairs) >= 0.85 * len(true)
    errors = sorted(abs(float(word.span.start) - one["start"]) for one, word in pairs)
    assert errors[len(errors) // 2] < 0.03


def test_words_are_clean(heard: tuple[Transcript, list[Progress]]) -> None:
    for cue in heard[0].cues:
        assert cue.text == " ".join(word.text for word in cue.words)
        assert cue.span == Span(cue.words[0].span.start, cue.words[-1].span.end)
        for word in cue.words:
            assert word.text.replace("'", "").replace(".", "").isalpha()
            assert 0 <= word.confidence <= 1
            assert word.span.duration > 0
    assert sum(bool(word.phones) for word in heard[0].words) > 0.9 * len(heard[0].words)


def test_progress_ends_at_the_end(heard: tuple[Transcript, list[Progress]]) -> None:
    done = [progress.done for progress in heard[1]]
    assert done == sorted(done) and done[-1] == heard[1][-1].total == SECONDS


def tone(hz: float, seconds: float) -> np.ndarray:
    return 3_000 * np.sin(2 * np.pi * hz * np.arange(round(seconds * VOICE_RATE_HZ)) / VOICE_RATE_HZ)


@pytest.mark.parametrize(
    "sound", [np.zeros(48_000), np.zeros(50), np.zeros(0), tone(509, 3)], ids=["silence", "too short", "empty", "tone"]
)
def test_where_nobody_speaks_nothing_is_found(sound: np.ndarray, tmp_path: Path) -> None:
    with pytest.raises(NothingFound, match="nobody is heard"):
        transcribe(write_wave(tmp_path / "sound.wav", sound))


def test_speech_up_to_the_last_sample_is_kept(opening: np.ndarray) -> None:
    spoken = opening[round(1.3 * VOICE_RATE_HZ) : round(2.5 * VOICE_RATE_HZ)]
    frame = VOICE_RATE_HZ * 3 // 100
    whole = spoken[: len(spoken) // frame * frame]
    (utterance,) = utterances([whole])
    assert len(utterance.sound) == len(whole)


def test_utterances_do_not_depend_on_blocks(opening: np.ndarray) -> None:
    whole, pieces = list(utterances([opening])), list(utterances(np.array_split(opening, 23)))
    assert [utterance.start_s for utterance in whole] == [utterance.start_s for utterance in pieces]
    assert all(np.array_equal(one.sound, other.sound) for one, other in zip(whole, pieces, strict=True))
    for utterance in whole:
        first = round(utterance.start_s * VOICE_RATE_HZ)
        assert np.array_equal(utterance.sound, opening[first : first + len(utterance.sound)])


def test_endless_speech_is_cut(opening: np.ndarray) -> None:
    spoken = opening[round(1.4 * VOICE_RATE_HZ) : round(2.8 * VOICE_RATE_HZ)]
    found = list(utterances([np.tile(spoken, 30)]))
    assert len(found) > 2
    assert all(len(utterance.sound) <= 15.1 * VOICE_RATE_HZ for utterance in found)
    assert sum(len(utterance.sound) for utterance in found) >= 0.95 * 30 * len(spoken)


def words_at(*starts: float, length: float = 0.3) -> list[Word]:
    return [Word(f"w{n}", Span(Fraction(str(start)), Fraction(str(start)) + Fraction(str(length)))) for n, start in enumerate(starts)]


def test_cues_end_at_pauses() -> None:
    assert [len(group) for group in group_cues(words_at(0, 0.4, 0.8, 2.0, 2.4))] == [3, 2]
    assert group_cues([]) == []


def test_long_cues_are_cut_at_their_longest_pause() -> None:
    starts = [n * 0.4 for n in range(12)] + [5.1 + n * 0.4 for n in range(12)]
    groups = group_cues(words_at(*starts))
    assert [len(group) for group in groups] == [12, 12]
    assert float(CUE_PAUSE_S) > 0.4
    for group in group_cues(words_at(*[n * 0.35 for n in range(100)])):
        assert 2 <= group[-1].span.end - group[0].span.start <= LONGEST_CUE_S


def test_a_folder_that_is_no_model_is_refused(film: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="not the folder of a Vosk model"):
        transcribe(film, model=tmp_path)
    with pytest.raises(UserError, match="not the folder of a Vosk model"):
        transcribe(film, model=tmp_path / "absent")


def test_a_model_without_vosk_is_refused(film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "am").mkdir()
    monkeypatch.setitem(sys.modules, "vosk", None)
    with pytest.raises(UserError, match="pip install vosk"):
        transcribe(film, model=tmp_path)


class PretendRecogniser:
    """What vosk hands out, saying two words at the end."""

    def __init__(self, model: str, rate: int) -> None:
        assert Path(model).is_dir() and rate == VOICE_RATE_HZ

    def SetWords(self, wanted: bool) -> None:  # noqa: N802
        assert wanted

    def AcceptWaveform(self, sound: bytes) -> bool:  # noqa: N802
        return len(sound) == 0

    def FinalResult(self) -> str:  # noqa: N802
        return json.dumps(
            {"result": [{"word": "guten", "start": 0.5, "end": 0.9, "conf": 0.8}, {"word": "tag", "start": 2.5, "end": 2.8, "conf": 1.2}]}
        )


@pytest.fixture
def pretend_vosk(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    module = ModuleType("vosk")
    module.KaldiRecognizer = PretendRecogniser  # type: ignore[attr-defined]
    module.Model = str  # type: ignore[attr-defined]
    module.SetLogLevel = lambda _level: None  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "vosk", module)
    yield


@pytest.mark.usefixtures("pretend_vosk")
def test_words_of_vosk_are_taken_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "am").mkdir()
    transcript = transcribe(write_wave(tmp_path / "sound.wav", np.zeros(48_000)), model=tmp_path)
    assert [cue.text for cue in transcript.cues] == ["guten", "tag"]
    assert transcript.words[0] == Word("guten", Span(Fraction(1, 2), Fraction(9, 10)), 0.8)
    assert transcript.words[1].confidence == 1


def test_a_film_without_sound_is_refused(tmp_path: Path) -> None:
    import av

    path = tmp_path / "mute.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25, width=64, height=64, pix_fmt="yuv420p")
        for _ in range(3):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8))))
        container.mux(stream.encode())
    with pytest.raises(UserError, match="it has no sound"):
        transcribe(path)


@pytest.mark.slow
def test_real_speech(test_media: Path) -> None:
    words = [word.text.lower() for word in transcribe(test_media / "example.mp4").words]
    text = "hello this is an example video for your convenience and pleasure you are allowed to use this voice for any purpose"
    expected = text.split()
    assert difflib.SequenceMatcher(None, expected, words[: len(expected)], autojunk=False).ratio() > 0.85
    assert words[-1] == "banana"
