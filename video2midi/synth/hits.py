"""A drum's key or a patch with a knock goes in; a voice that plays a ready sound comes out."""

from __future__ import annotations

import numpy as np

from video2midi.synth.drums import drum_of, drum_sound, knock_sound
from video2midi.synth.patches import Patch
from video2midi.synth.tables import LEVEL_BITS, SEGMENT, gain_of, rounded, velocities
from video2midi.synth.voices import CUT_SEGMENTS

_DRUMS_DB = -13.0
_KNOCK_DB = -8.0
_TO_BUS = 4  # bits, from 16-bit sound


class SampleVoice:
    """A drum, or the knock of a hammer: a ready sound at a gain.

    Args:
        sound: int32 (n,), 2**15 at full.
        gains: left and right, FULL for full scale.
    """

    def __init__(self, sound: np.ndarray, gains: tuple[int, int], *, key: tuple[int, int], start: int, velocity: int) -> None:
        self.key, self.start, self.velocity = key, start, velocity
        self.release = start  # it rings by itself
        self.is_done = False
        self._sound, self._gains = sound, gains
        self._done, self._end = 0, len(sound)
        self._cut = len(sound)

    @property
    def end(self) -> int:
        return self.start + self._end

    def cut(self, at: int) -> None:
        self._cut = min(self._cut, max(0, at - self.start))
        self._end = min(self._end, self._cut + CUT_SEGMENTS * SEGMENT) if self._cut else 0
        self.is_done = self._end <= self._done

    def render(self, buffer: np.ndarray, base: int, until: int) -> None:
        last, fade = min(self._end, until - self.start), CUT_SEGMENTS * SEGMENT
        if last > self._done:
            sound = self._sound[self._done : last].astype(np.int64) << _TO_BUS
            if last > self._cut:
                sound = sound * np.clip(self._cut + fade - np.arange(self._done, last), 0, fade) // fade
            at = self.start + self._done - base
            for side, gain in enumerate(self._gains):
                buffer[side, at : at + len(sound)] += (sound * gain >> LEVEL_BITS).astype(np.int32)
            self._done = last
        self.is_done = self._done >= self._end


def drum_voice(*, key: tuple[int, int], start: int, velocity: int, seed: int) -> SampleVoice:
    """A hit on the drum of `key` = (channel, key)."""
    side = drum_of(key[1]).side
    gain = int(velocities()[velocity]) * gain_of(_DRUMS_DB) >> LEVEL_BITS
    gains = (gain * min(256, int(rounded(256 * (1 - side)))) >> 8, gain * min(256, int(rounded(256 * (1 + side)))) >> 8)
    return SampleVoice(drum_sound(key[1], seed), gains, key=key, start=start, velocity=velocity)


def knock_voice(patch: Patch, *, key: tuple[int, int], start: int, velocity: int, seed: int) -> SampleVoice:
    """The noise at the start of a note; harder knocks stand out more."""
    volume = int(velocities()[velocity])
    gain = (volume * gain_of(patch.knock_db + patch.gain_db + _KNOCK_DB) >> LEVEL_BITS) * (64 + velocity) // 154
    return SampleVoice(knock_sound(patch.knock, seed & 3), (gain, gain), key=key, start=start, velocity=velocity)
