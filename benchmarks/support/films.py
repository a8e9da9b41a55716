"""A length and a rate in; a captioned 1080p film out, made from the shipped film, to measure cutting on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from media.codecs import Quality
from media.files import atomic_path
from media.frames import read_frames
from media.sound import SAMPLE_RATE, read_sound
from media.write import FilmWriter

RATE = 30
GOP_FRAMES = 2 * RATE
SIZE = (1920, 1080)
_N_GRAIN = 16


def make_film(path: Path, source: Path, *, seconds: int, crf: int = 23) -> None:
    """Write the shipped film over and over at 1080p30 with fine grain: H.264 (faster), a key frame every 2 s.

    Grain makes it cost what filmed pictures cost; drawn ones alone would flatter every encoder.
    """
    rng = np.random.default_rng(1)
    grain = [cv2.GaussianBlur(rng.normal(0, 4, (SIZE[1], SIZE[0])).astype(np.float32), (0, 0), 0.8).astype(np.int16) for _ in range(_N_GRAIN)]
    sound = read_sound(source)
    options = {"g": str(GOP_FRAMES), "keyint_min": str(GOP_FRAMES), "sc_threshold": "0"}
    with FilmWriter(path, size=SIZE, rate=Fraction(RATE), sound=True, quality=Quality(crf=crf), preset="faster", options=options) as film:
        for n, picture in enumerate(_endless(source)):
            if n == seconds * RATE:
                break
            film.write_frame(_grainy(picture, grain[n * 7 % _N_GRAIN]))
            if n % RATE == 0:
                at = n // RATE * SAMPLE_RATE % len(sound)
                film.write_sound(np.resize(np.roll(sound, -at, axis=0)[:SAMPLE_RATE], (SAMPLE_RATE, 2)))


def _endless(source: Path) -> Iterator[np.ndarray]:
    while True:
        for frame in read_frames(source):
            yield cv2.resize(frame.rgb(), SIZE, interpolation=cv2.INTER_CUBIC)


def _grainy(picture: np.ndarray, grain: np.ndarray) -> np.ndarray:
    return cv2.add(picture, cv2.merge([grain, grain, grain]), dtype=cv2.CV_8U)


def write_captions(path: Path, *, seconds: int, n_clips: int, sentence_frames: int, word_frames: int, period_s: int | None = None) -> None:
    """Write captions in which `lantern` is said in `n_clips` sentences and `ember` once in each other one.

    Every time lies on a frame of the film, so that any program can be compared frame by frame.
    """
    cues = []
    spacing = (period_s or seconds) * RATE // n_clips
    for n in range(seconds * RATE // spacing):
        start = n * spacing + (n * 17) % max(1, spacing - 2 * sentence_frames)
        cues.append(_cue("the lantern in the window", start, sentence_frames))
        cues.append(_cue("an ember glows", start + sentence_frames + 5, 3 * word_frames))
    path.write_text(json.dumps(cues))


def _cue(text: str, start_frame: int, n_frames: int) -> dict[str, object]:
    words = text.split()
    edges = [start_frame + n_frames * k // len(words) for k in range(len(words) + 1)]
    spoken = [{"word": word, "start": a / RATE, "end": b / RATE, "conf": 1.0} for word, a, b in zip(words, edges, edges[1:], strict=False)]
    return {"content": text, "start": start_frame / RATE, "end": (start_frame + n_frames) / RATE, "words": spoken}


def repeat_film(source: Path, path: Path, *, times: int) -> None:
    """Write a film `times` over, its coded pictures and sound copied; it lasts a whole number of frames and of seconds."""
    with atomic_path(path) as part, av.open(str(source)) as first, av.open(str(part), "w", format="mp4") as out:
        copies = {stream.index: out.add_stream_from_template(stream) for stream in first.streams if stream.type in ("video", "audio")}
        seconds = round(first.streams.video[0].frames / RATE)
        packets = [packet for packet in first.demux() if packet.size and packet.stream_index in copies]
        shown = {packet: (packet.pts, packet.dts, packet.time_base) for packet in packets}
        for n in range(times):
            for packet in packets:
                pts, dts, tick = shown[packet]
                # The last piece of sound runs past the end, where the next round begins.
                if pts is None or dts is None or (packet.stream.type == "audio" and (pts < 0 or pts * tick >= seconds - Fraction(1, 20)) and n < times - 1):
                    continue
                copy = av.Packet(bytes(packet))
                copy.stream, copy.time_base, copy.duration, copy.is_keyframe = copies[packet.stream_index], tick, packet.duration, packet.is_keyframe
                copy.pts, copy.dts = pts + round(n * seconds / tick), dts + round(n * seconds / tick)
                out.mux(copy)
