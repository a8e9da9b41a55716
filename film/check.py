"""The finished film and its truth in; what an eye, an ear and a recogniser find in the file out, one line each.

python film/check.py           exit 1 when something is not as the truth says
"""

from __future__ import annotations

import difflib
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pocketsphinx
from score import TITLE

EAR_HZ = 16_000
EDGE_TOLERANCE_S = 0.03  # a weak "th" or "m" fades in and out of the room tone
VOICED_DB = -55.0
STILL_LEVELS = 1.0


def read_pictures(path: Path) -> tuple[np.ndarray, list[int], list[Fraction]]:
    """Luma of every frame as (n, H, W) uint8, the numbers of the key frames, and the times."""
    lumas, keys, times = [], [], []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            lumas.append(frame.to_ndarray()[: frame.height])
            times.append(Fraction(frame.pts or 0) * (frame.time_base or 0))
            if frame.key_frame:
                keys.append(len(lumas) - 1)
    return np.stack(lumas), keys, times


def read_sound(path: Path) -> np.ndarray:
    """Mono float samples at 16 kHz, sample 0 at 0 s."""
    parts: list[np.ndarray] = []
    with av.open(str(path)) as container:
        resampler = av.AudioResampler("fltp", "stereo", EAR_HZ)
        for frame in container.decode(audio=0):
            parts += [part.to_ndarray().mean(0) for part in resampler.resample(frame)]
        parts += [part.to_ndarray().mean(0) for part in resampler.resample(None)]
    return np.concatenate(parts)


def level_db(sound: np.ndarray, start_s: float, end_s: float) -> float:
    """The level of a span of sound."""
    part = sound[max(0, round(start_s * EAR_HZ)) : round(end_s * EAR_HZ)]
    return float(10 * np.log10(np.mean(part**2) + 1e-12)) if len(part) else -120.0


def sentence_edges(truth: dict[str, Any], sound: np.ndarray) -> list[float]:
    """How far the first and last sound of each sentence are from where the truth says, in seconds."""
    edges: dict[int, list[float]] = {}
    for word in truth["words"]:
        edges.setdefault(word["sentence"], [word["start"], word["end"]])[1] = word["end"]
    errors = []
    for start_s, end_s in edges.values():
        steps = np.arange(start_s - 0.09, end_s + 0.12, 0.005)
        loud = np.array([level_db(sound, step, step + 0.01) for step in steps]) > VOICED_DB
        errors += [steps[loud.argmax()] - start_s, steps[len(loud) - 1 - loud[::-1].argmax()] + 0.01 - end_s]
    return errors


def count_recognised(truth: dict[str, Any], sound: np.ndarray) -> tuple[int, str]:
    """How many words of the truth pocketsphinx hears without help, and all that it heard."""
    decoder = pocketsphinx.Decoder(samprate=EAR_HZ, loglevel="FATAL")
    decoder.start_utt()
    decoder.process_raw((sound.clip(-1, 1) * 32767).astype("<i2").tobytes(), full_utt=True)
    decoder.end_utt()
    heard = decoder.hyp().hypstr.split()
    expected = [word["word"] for word in truth["words"]]
    matcher = difflib.SequenceMatcher(None, expected, heard, autojunk=False)
    return sum(block.size for block in matcher.get_matching_blocks()), " ".join(heard)


def check_pictures(truth: dict[str, Any], path: Path) -> list[tuple[bool, str]]:
    """Frames, times, key frames, cuts, stills."""
    lumas, keys, times = read_pictures(path)
    rate = int(truth["rate"])
    change = np.abs(np.diff(lumas.astype(np.int16), axis=0)).mean((1, 2))
    cuts = [round(cut * rate) for cut in truth["cuts"]]
    stills = [(round(s["start"] * rate), round(s["end"] * rate)) for s in truth["stills"]]
    restless = [float(change[start : end - 1].max()) for start, end in stills]
    listed = [f"{(b - a) / rate:.2f} s, at most {r:.2f} levels" for (a, b), r in zip(stills, restless, strict=True)]
    widest = max(np.diff([*keys, len(lumas)]))
    return [
        (len(lumas) == round(truth["duration"] * rate), f"frames: {len(lumas)}, {lumas.shape[2]}x{lumas.shape[1]}"),
        (times == [Fraction(n, rate) for n in range(len(times))], "times: constant rate from 0"),
        (set(cuts) <= set(keys) and widest <= 2 * rate, f"key frames: {len(keys)}, at most {widest / rate:.2f} s apart, one at each cut"),
        (min(change[cut - 1] for cut in cuts) > 8, f"cuts: {len(cuts)}, smallest change {min(change[cut - 1] for cut in cuts):.1f} levels"),
        (max(restless) < STILL_LEVELS, "stills: " + "; ".join(listed)),
    ]


def check_sound(truth: dict[str, Any], path: Path) -> list[tuple[bool, str]]:
    """Length, levels, edges of the sentences, recognition."""
    sound = read_sound(path)
    errors = np.abs(sentence_edges(truth, sound))
    silent = [level_db(sound, s["start"] + 0.06, s["end"] - 0.06) for s in truth["silences"]]
    breaths = [level_db(sound, b["start"], b["end"]) for b in truth["breaths"]]
    apart = min(max(w["start"] - s["end"], s["start"] - w["end"]) for s in truth["breaths"] + truth["noises"] for w in truth["words"])
    peak_db = 20 * np.log10(np.abs(sound).max())
    found, heard = count_recognised(truth, sound)
    share = found / len(truth["words"])
    return [
        (abs(len(sound) / EAR_HZ - truth["duration"]) < 0.05, f"sound: {len(sound) / EAR_HZ:.3f} s, peak {peak_db:.1f} dBFS"),
        (errors.max() < EDGE_TOLERANCE_S, f"sentence edges: worst {errors.max() * 1000:.0f} ms, mean {errors.mean() * 1000:.0f} ms"),
        (max(silent) < -60, f"silences: {len(silent)}, loudest {max(silent):.0f} dBFS"),
        (min(breaths) > -50 and max(breaths) < -30, f"breaths: {len(breaths)}, {min(breaths):.0f} to {max(breaths):.0f} dBFS"),
        (apart >= 0.06, f"breaths and noises: at least {apart * 1000:.0f} ms from words"),
        (share >= 0.85, f"recognised: {found} of {len(truth['words'])} words ({share:.0%}): {heard}"),
    ]


def main() -> int:
    """Check the film beside this file."""
    folder = Path(__file__).parent
    truth = json.loads((folder / f"{TITLE}.truth.json").read_text(encoding="utf-8"))
    film = folder / f"{TITLE}.mp4"
    results = [*check_pictures(truth, film), *check_sound(truth, film)]
    for good, line in results:
        print("ok  " if good else "FAIL", line)
    return 0 if all(good for good, _ in results) else 1


if __name__ == "__main__":
    raise SystemExit(main())
