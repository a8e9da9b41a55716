"""A film and its words in; the breaths, silences and noises between the words out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

import numpy as np

from media.errors import UserError, did_you_mean
from media.progress import OnProgress, Progress, ignore_progress
from media.settings import Seconds, Settings, setting
from media.span import Span
from supercut.speech.hear import VOICE_RATE_HZ, VoiceReader
from supercut.speech.levels import SILENT_DB
from supercut.speech.texture import HOP_S, Texture, listen
from supercut.transcript import Word

Kind = Literal["breath", "silence", "noise"]

KINDS: dict[Kind, str] = {
    "breath": "an unvoiced, even swell of noise, well below the speech",
    "silence": "nothing above the noise of the room",
    "noise": "sound that no word covers and that is no breath: hums, clicks, partial words",
}

_NEIGHBOURHOOD_S = 60  # the floor is that of the minute around
_FLOOR_PERCENTILE, _SPEECH_PERCENTILE = 10, 75
_ENOUGH_FRAMES = 50
_JOIN_TIGHT, _JOIN_LOOSE = 4, 15  # frames of quiet inside one event; between the parts of one noise
_SPILL = 12  # frames: sound that touches a word and is shorter belongs to it
_VOICED = 0.5
_INAUDIBLE_DB = -85.0
_SMOOTH = 5
_FRAME_RATE = round(1 / HOP_S)


class NonwordSettings(Settings):
    """What counts as breath, silence and noise."""

    above_floor: float = setting(6.0, ge=1, le=40, unit="dB", help="Sound is what lies this far above the noise of the room.")
    below_speech: float = setting(45.0, ge=10, le=90, unit="dB", help="Whatever lies further than this below the speech is silence.")
    breath_below: float = setting(10.0, ge=0, le=60, unit="dB", help="A breath lies at least this far below the speech.")
    breath_noisiness: float = setting(0.1, ge=0, le=0.6, help="How noise-like a breath is: 0 a tone, 0.56 white noise.")
    breath_unevenness: float = setting(8.0, ge=0, le=60, unit="dB", help="How much a breath may go up and down besides its one swell.")
    breath_shortest: Seconds = setting(Fraction(12, 100), gt=0, unit="s", help="A shorter one is a noise.")
    breath_longest: Seconds = setting(Fraction(9, 10), gt=0, unit="s", help="A longer one is a noise.")
    silence_shortest: Seconds = setting(Fraction(1, 4), gt=0, unit="s", help="A shorter pause is no silence.")
    noise_shortest: Seconds = setting(Fraction(1, 10), gt=0, unit="s", help="A shorter sound is no noise.")
    word_overrun: Seconds = setting(Fraction(8, 100), ge=0, unit="s", help="How far captions let words reach into the pauses around them.")


@dataclass(frozen=True)
class _Scene:
    """A sound with what is known of it, a value a frame: its texture, which frames no word covers, what counts as sound."""

    texture: Texture
    is_free: np.ndarray
    is_sound: np.ndarray
    speech_db: float
    settings: NonwordSettings


def find_nonwords(
    path: Path,
    words: Sequence[Word],
    *,
    kinds: Collection[Kind] = tuple(KINDS),
    min_s: Fraction = Fraction(0),
    settings: NonwordSettings = NonwordSettings(),  # noqa: B008 - frozen
    on_progress: OnProgress = ignore_progress,
) -> list[tuple[Kind, Span, float]]:
    """Find what lies between the words of a film.

    Levels are judged by the film's own speech and by the quietest of the minute around, so neither a low recording
    nor a noisy room needs other settings.

    Args:
        words: all words of the film, in order; without any, speech counts as noise.
        kinds: which to look for, of `KINDS`.
        min_s: shorter ones are left out, beside what the settings say.
    Returns:
        (kind, span, level in dB below full scale) in order of time.
    Raises:
        UserError: an unknown kind; the film cannot be read or has no sound.
    """
    for kind in kinds:
        if kind not in KINDS:
            raise UserError(f"kind {kind!r}", "there is no such kind of non-word", did_you_mean(kind, KINDS))
    with VoiceReader(path) as voice:
        texture = listen(_reported(voice, on_progress))
        end = voice.duration
    found = nonwords_in(texture, words, settings=settings)
    spans = ((kind, Span(_time(first), min(_time(last), end)), level) for kind, first, last, level in found if kind in kinds)
    return [(kind, span, level) for kind, span, level in spans if span.duration > 0 and span.duration >= min_s]


def _reported(voice: VoiceReader, on_progress: OnProgress) -> Iterator[np.ndarray]:
    done = 0
    for block in voice.blocks():
        yield block
        done += len(block)
        on_progress(Progress("listen", done / VOICE_RATE_HZ, float(voice.duration)))


def _time(frame: int) -> Fraction:
    return Fraction(int(frame), _FRAME_RATE)


def _frame(time: Fraction) -> int:
    return round(time * _FRAME_RATE)


def nonwords_in(texture: Texture, words: Sequence[Word], *, settings: NonwordSettings) -> list[tuple[Kind, int, int, float]]:
    """Breaths, silences and noises of a texture as (kind, first frame, last frame exclusive, level in dB)."""
    if not len(texture):
        return []
    scene = _look(texture, words, settings)
    runs = _runs(_closed(scene.is_sound & scene.is_free, _JOIN_TIGHT, scene.is_free))
    events = [cut for event in runs if (cut := _without_spill(scene, *event)) is not None]
    breaths = [event for event in events if _is_breath(scene, *event)]
    noises = _noises(scene, [event for event in events if event not in breaths])
    kinds: dict[Kind, list[tuple[int, int]]] = {"breath": breaths, "noise": noises, "silence": _silences(scene, breaths + noises)}
    return sorted(((kind, *run, _level(texture, *run)) for kind, runs in kinds.items() for run in runs), key=lambda found: found[1:3])


def _look(texture: Texture, words: Sequence[Word], settings: NonwordSettings) -> _Scene:
    covered = _covered(words, len(texture))
    said = texture.level_db[covered]
    loud = texture.level_db[texture.level_db > SILENT_DB]
    speech_db = float(np.percentile(said if len(said) else loud, _SPEECH_PERCENTILE)) if len(loud) else SILENT_DB
    threshold = np.maximum(_floor_db(texture.level_db, ~covered) + settings.above_floor, speech_db - settings.below_speech)
    # What is nearly as loud as the speech is always sound, and what nobody could hear never is.
    is_sound = _smoothed(texture.level_db, 3) > np.maximum(np.minimum(threshold, speech_db - 6), _INAUDIBLE_DB)
    is_free = _released(texture, ~covered, is_sound, speech_db, settings)
    return _Scene(texture, is_free, is_sound, speech_db, settings)


def _covered(words: Sequence[Word], n_frames: int) -> np.ndarray:
    """Which frames a word covers, bool (n,)."""
    covered = np.zeros(n_frames, bool)
    for word in words:
        covered[max(0, _frame(word.span.start)) : max(0, _frame(word.span.end))] = True
    return covered


def _floor_db(level_db: np.ndarray, is_free: np.ndarray) -> np.ndarray:
    """The noise of the room around every frame: a low percentile of what no word covers, else of everything."""
    everywhere = level_db[is_free] if is_free.sum() >= _ENOUGH_FRAMES else level_db
    overall = np.percentile(everywhere, _FLOOR_PERCENTILE)
    hop = round(_NEIGHBOURHOOD_S / HOP_S / 4)
    centres = np.arange(0, len(level_db) + hop, hop)
    floors = []
    for centre in centres:
        around = slice(max(0, centre - 2 * hop), centre + 2 * hop)
        near = level_db[around][is_free[around]]
        floors.append(np.percentile(near, _FLOOR_PERCENTILE) if len(near) >= _ENOUGH_FRAMES else overall)
    return np.interp(np.arange(len(level_db)), centres, floors)


def _smoothed(level_db: np.ndarray, n_frames: int) -> np.ndarray:
    """Levels averaged in power over an odd number of frames."""
    power = np.pad(10 ** (level_db.astype(np.float64) / 10), n_frames // 2, "edge")
    return 10 * np.log10(np.convolve(power, np.full(n_frames, 1 / n_frames), "valid"))


def _released(texture: Texture, is_free: np.ndarray, is_sound: np.ndarray, speech_db: float, settings: NonwordSettings) -> np.ndarray:
    """The free frames, and those at the edges of words in which nothing like speech sounds: captions are loose there."""
    released = is_free.copy()
    quiet = ~is_sound | ((texture.pitch < _VOICED) & (texture.level_db < speech_db - settings.breath_below))
    reach = round(float(settings.word_overrun) / HOP_S)
    for first, last in _runs(~is_free):
        for frames in (range(last - 1, max(first, last - 1 - reach), -1), range(first, min(last, first + reach))):
            for frame in frames:
                if not quiet[frame]:
                    break
                released[frame] = True
    return released


def _runs(mask: np.ndarray) -> list[tuple[int, int]]:
    """The runs of True in a mask as (first, last exclusive)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    return [(int(first), int(last)) for first, last in edges.reshape(-1, 2)]


def _closed(mask: np.ndarray, n_frames: int, within: np.ndarray) -> np.ndarray:
    """A mask with gaps of up to `n_frames` filled where `within` allows."""
    closed = mask.copy()
    for first, last in _runs(~mask):
        if first and last < len(mask) and last - first <= n_frames and within[first:last].all():
            closed[first:last] = True
    return closed


def _without_spill(scene: _Scene, first: int, last: int) -> tuple[int, int] | None:
    """An event without the beginning or end of a word that it touches; None where nothing else is left.

    The cut is the quietest place within `_SPILL` frames of the word.
    """
    touches_before = first > 0 and not scene.is_free[first - 1]
    touches_after = last < len(scene.is_free) and not scene.is_free[last]
    if (touches_before or touches_after) and last - first <= _SPILL:
        return None
    level = _smoothed(scene.texture.level_db[first:last], 3)
    start, end = 0, len(level)
    if touches_before:
        start = int(np.argmin(level[:_SPILL]))
    if touches_after:
        end = len(level) - int(np.argmin(level[::-1][:_SPILL]))
    return (first + start, first + end) if end - start > 2 else None


def _is_breath(scene: _Scene, first: int, last: int) -> bool:
    """Whether an event is noise without pitch, swells once, lies well below speech, and is as long as a breath."""
    settings, part = scene.settings, slice(first, last)
    length = (last - first) * HOP_S
    if not float(settings.breath_shortest) <= length <= float(settings.breath_longest):
        return False
    level = scene.texture.level_db[part]
    weight = 10 ** (level / 20)
    weight = weight / weight.sum()
    flatness = float((scene.texture.flatness[part] * weight).sum())
    pitch = float((scene.texture.pitch[part] * weight).sum())
    loudest = float(_smoothed(level, _SMOOTH).max())
    return (
        loudest <= scene.speech_db - settings.breath_below
        and flatness >= settings.breath_noisiness
        and pitch < _VOICED
        and unevenness_db(level) <= settings.breath_unevenness
    )


def unevenness_db(level_db: np.ndarray) -> float:
    """How far a level goes up and down beyond one rise and one fall, in its upper 15 dB."""
    smooth = _smoothed(level_db, _SMOOTH)
    upper = np.flatnonzero(smooth > smooth.max() - 15)
    swell = smooth[upper[0] : upper[-1] + 1]
    return float(np.abs(np.diff(swell)).sum() - (2 * swell.max() - swell[0] - swell[-1]))


def _noises(scene: _Scene, events: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Events that are no breaths, near ones joined (the clicks of a machine), short ones left out."""
    mask = np.zeros(len(scene.is_free), bool)
    for first, last in events:
        mask[first:last] = True
    joined = _runs(_closed(mask, _JOIN_LOOSE, scene.is_free))
    return [(first, last) for first, last in joined if (last - first) * HOP_S >= float(scene.settings.noise_shortest)]


def _silences(scene: _Scene, events: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Free stretches without sound; a blip too short for a noise does not end one."""
    quiet = scene.is_free & ~scene.is_sound
    blips = scene.is_free & scene.is_sound
    for first, last in events:
        blips[first:last] = False
        quiet[first:last] = False
    for first, last in _runs(blips):
        inside = first > 0 and last < len(quiet) and quiet[first - 1] and quiet[last]
        quiet[first:last] = inside and last - first <= _JOIN_TIGHT
    return [(first, last) for first, last in _runs(quiet) if (last - first) * HOP_S >= float(scene.settings.silence_shortest) - HOP_S / 2]


def _level(texture: Texture, first: int, last: int) -> float:
    return round(float(10 * np.log10(np.mean(10 ** (texture.level_db[first:last].astype(np.float64) / 10)))), 1)
