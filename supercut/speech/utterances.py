"""Sound in, blocks of any length; stretches in which somebody speaks out, none too long for a recogniser."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from supercut.speech.hear import VOICE_RATE_HZ
from supercut.speech.levels import frame_levels_db

_FRAME_S = 0.03
_PAUSE_S = 0.36  # a shorter pause does not end an utterance
_PADDING_S = 0.21
_LEAST_SPEECH_S = 0.12
_LONGEST_S = 15.0
_WANTED_S = 9.0  # a longer one is cut at its quietest place behind this
_SILENT_DB = -70.0  # voice detectors err on digital silence


@dataclass(frozen=True)
class Utterance:
    """A stretch of speech; `start_s` is where its samples (int16 at 16 kHz) begin in the sound."""

    start_s: float
    sound: np.ndarray


def utterances(blocks: Iterable[np.ndarray]) -> Iterator[Utterance]:
    """Cut a sound into utterances at its pauses; at a quiet place where none comes for too long.

    Args:
        blocks: int16 at 16 kHz, consecutive; no more than an utterance and a block of it are kept.
    """
    import pocketsphinx

    # The detector as it is, and not pocketsphinx's Segmenter: that loses an utterance which lasts to the end of the sound.
    detector = pocketsphinx.Vad(mode=pocketsphinx.Vad.LOOSE, sample_rate=VOICE_RATE_HZ, frame_length=_FRAME_S)
    collector = _Collector()
    for frames in _frames(blocks, detector.frame_bytes // 2):
        levels = frame_levels_db(frames.reshape(-1), hop=frames.shape[1])
        for frame, level in zip(frames, levels, strict=True):
            yield from collector.take(
                frame, is_speech=bool(level > _SILENT_DB and detector.is_speech(frame.tobytes())), level_db=float(level)
            )
    yield from collector.end()


def _frames(blocks: Iterable[np.ndarray], length: int) -> Iterator[np.ndarray]:
    """The same sound as int16 (n, length); the last frame is filled up with silence."""
    rest = np.zeros(0, np.int16)
    for block in blocks:
        joined = np.concatenate([rest, block])
        whole = len(joined) // length * length
        yield joined[:whole].reshape(-1, length)
        rest = joined[whole:]
    if len(rest):
        yield np.pad(rest, (0, length - len(rest))).reshape(1, length)


class _Collector:
    """Frames of an utterance under way, with those just before it."""

    def __init__(self) -> None:
        self._frames: list[np.ndarray] = []
        self._levels: list[float] = []
        self._first = 0  # number of the first frame kept
        self._n_speech = 0
        self._n_pause = 0

    def take(self, frame: np.ndarray, *, is_speech: bool, level_db: float) -> Iterator[Utterance]:
        """Look at the next frame; give an utterance that ends with it."""
        self._frames.append(frame)
        self._levels.append(level_db)
        if is_speech:
            self._n_speech, self._n_pause = self._n_speech + 1, 0
        else:
            self._n_pause += 1
        if not self._n_speech:
            self._drop(len(self._frames) - _frames_in(_PADDING_S))
        elif self._n_pause >= _frames_in(_PAUSE_S):
            yield from self._give(len(self._frames) - self._n_pause + _frames_in(_PADDING_S))
            self._n_speech = 0
        elif len(self._frames) >= _frames_in(_LONGEST_S):
            yield from self._give(self._quietest_cut())
            self._n_speech = len(self._frames) - self._n_pause

    def end(self) -> Iterator[Utterance]:
        """What is left when the sound ends."""
        if self._n_speech:
            yield from self._give(len(self._frames))

    def _quietest_cut(self) -> int:
        """Number of frames up to the quietest fifth of a second in the later part."""
        smooth = np.convolve(10 ** (np.array(self._levels) / 10), np.ones(5), "same")
        first = _frames_in(_WANTED_S)
        return first + int(np.argmin(smooth[first:-5]))

    def _give(self, n_frames: int) -> Iterator[Utterance]:
        if self._n_speech >= _frames_in(_LEAST_SPEECH_S):
            yield Utterance(self._first * _FRAME_S, np.concatenate(self._frames[:n_frames]))
        self._drop(n_frames)

    def _drop(self, n_frames: int) -> None:
        if n_frames > 0:
            del self._frames[:n_frames], self._levels[:n_frames]
            self._first += n_frames


def _frames_in(seconds: float) -> int:
    return round(seconds / _FRAME_S)
