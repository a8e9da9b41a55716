"""The same two searches by videogrep, smartcut and supercut on a 300 s film; ratios of time, bytes and likeness out.

    python benchmarks/supercut.py [--quick] [--json FILE]
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import cv2
import numpy as np

from benchmarks.support.films import RATE, make_film, repeat_film, write_captions
from benchmarks.support.harness import ROOT, WORK, Figure, Run, at_least, at_most, main, peer, timed
from media.conform import conform, timing_of
from media.edits import load_edit_list
from media.frames import FrameReader, read_frames
from media.probe import probe
from media.span import Span
from supercut.render import film as rendering
from supercut.render.parts import CopyPart

SENTENCE_FRAMES, WORD_FRAMES = 67, 8
MADE_S = 60
"""Longer films repeat one of this length, which makes no program's work less."""

SUPERCUT = (sys.executable, "-m", "supercut")


@dataclass(frozen=True)
class Scale:
    """How much is measured: seconds of film, clips a search, caption files and cues in each."""

    seconds: int
    n_clips: int
    n_files: int
    n_cues: int
    longer: int
    time_reach: float = 0.1
    n_rounds: int = 3


FULL = Scale(300, 34, 1000, 100, 10)
# Of so few clips, starting up is most of our time.
QUICK = Scale(24, 3, 100, 100, 4, time_reach=0.3, n_rounds=2)


@dataclass(frozen=True)
class Search:
    """One of the two searches, in each program's words."""

    name: str
    videogrep: tuple[str, ...]
    supercut: tuple[str, ...]


SEARCHES = (
    Search("sentences", ("-s", "lantern"), ("-s", "lantern")),
    Search("words", ("-s", "ember", "-st", "fragment"), ("-s", "ember", "-t", "word")),
)


def measure(scale: Scale) -> list[Figure]:
    """Everything, in turn."""
    film = prepare_film(scale)
    figures = []
    for search in SEARCHES:
        figures += measure_search(film, search, time_reach=scale.time_reach)
    return figures + measure_length(film, scale) + measure_index(scale)


def prepare_film(scale: Scale) -> Path:
    """The captioned film, made on first use."""
    film = WORK / f"film-{scale.seconds}.mp4"
    if not film.exists():
        print(f"making {film.name} (once, some minutes)", flush=True)
        length = min(scale.seconds, MADE_S)
        made = WORK / f"film-{length}.mp4"
        if not made.exists():
            make_film(made, next((ROOT / "film").glob("*.mp4")), seconds=length)
        if made != film:
            repeat_film(made, film, times=scale.seconds // length)
    write_captions(film.with_suffix(".json"), seconds=scale.seconds, n_clips=scale.n_clips, sentence_frames=SENTENCE_FRAMES, word_frames=WORD_FRAMES)
    return film


def measure_search(film: Path, search: Search, *, time_reach: float) -> list[Figure]:
    """One search by all three programs, in turn, and how alike their films are to the source."""
    ours, theirs, smart = (WORK / f"{search.name}-{name}.mp4" for name in ("supercut", "videogrep", "smartcut"))
    timed([*SUPERCUT, "cut", film, *search.supercut, "-o", ours, "--quiet"])  # not counted: it warms the disk for all three
    videogrep = timed([peer("videogrep", "videogrep==2.3.0") / "videogrep", "-i", film, *search.videogrep, "-o", theirs])
    edits = load_edit_list(ours.with_suffix(".edit.json"))
    keep = ",".join(f"{float(t):.6f}" for clip in edits.clips for t in (clip.span.start, clip.span.end))
    smartcut = timed([peer("smartcut", "smartcut==1.7") / "smartcut", film, smart, "--keep", keep])
    own = timed([*SUPERCUT, "cut", film, *search.supercut, "-o", ours, "--quiet"])
    print(f"{search.name}: supercut {own.seconds:.1f} s, videogrep {videogrep.seconds:.1f} s, smartcut {smartcut.seconds:.1f} s", flush=True)
    like_ours, like_theirs = (likeness(film, ours), likeness(film, theirs, edits_of=ours))
    n_copied, n_wrong = compare_copied(film, ours)
    print(f"  SSIM {like_ours:.4f} against {like_theirs:.4f}; {n_copied} frames copied", flush=True)
    return [
        at_most(f"{search.name}: time to videogrep's", own.seconds / videogrep.seconds, time_reach),
        at_most(f"{search.name}: time to smartcut's", own.seconds / smartcut.seconds, 1.0),
        at_least(f"{search.name}: SSIM above videogrep's", like_ours - like_theirs, 0.0),
        at_most(f"{search.name}: bytes to videogrep's", ours.stat().st_size / theirs.stat().st_size, 1.5),
        at_most(f"{search.name}: copied frames that differ", n_wrong, 0, f"/{n_copied}"),
        at_most(f"{search.name}: memory", own.peak_bytes / 1e6, 600, "MB"),
    ]


def _clip_frames(result: Path) -> list[tuple[Fraction, int]]:
    """Media time of the first frame and number of frames of every clip of a result of ours."""
    edits = load_edit_list(result.with_suffix(".edit.json"))
    media = {source: probe(source) for source in edits.sources}
    placed = conform(edits, {path: timing_of(one) for path, one in media.items()}, rate=Fraction(RATE))
    return [(clip.source_start, clip.n_frames) for clip in placed]


def likeness(film: Path, result: Path, *, edits_of: Path | None = None, every: int = 6) -> float:
    """Mean SSIM of a result's luma to the source's, over every sixth frame.

    A program may be a frame early or late at a clip's edges: the nearest of three source frames counts.
    """
    clips = _clip_frames(edits_of or result)
    wanted = [start + Fraction(n, RATE) for start, n_frames in clips for n in range(n_frames)]
    scores = []
    with FrameReader(film, threads=1) as source:
        for n, frame in enumerate(read_frames(result)):
            if n % every or n >= len(wanted):
                continue
            near = source.read(Span(max(Fraction(0), wanted[n] - Fraction(3, 2 * RATE)), wanted[n] + Fraction(3, 2 * RATE)))
            scores.append(max(ssim(frame.y(), other.y()) for other in near))
    return float(np.mean(scores))


def ssim(one: np.ndarray, other: np.ndarray) -> float:
    """Structural similarity of two pictures, (H, W) uint8. Source: Wang et al. 2004, Gaussian window of 1.5 px."""
    a, b = one.astype(np.float32), other.astype(np.float32)

    def blur(picture: np.ndarray) -> np.ndarray:
        return cv2.GaussianBlur(picture, (11, 11), 1.5)

    mean_a, mean_b = blur(a), blur(b)
    var_a, var_b, covar = blur(a * a) - mean_a**2, blur(b * b) - mean_b**2, blur(a * b) - mean_a * mean_b
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    return float(np.mean((2 * mean_a * mean_b + c1) * (2 * covar + c2) / ((mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2))))


def compare_copied(film: Path, result: Path) -> tuple[int, int]:
    """How many frames of a result were copied, and how many of those do not decode to the very source frame."""
    n_copied = n_wrong = 0
    with FrameReader(film, threads=1) as source, FrameReader(result, threads=1) as made:
        for part in copied_parts(result):
            shown = made.read(Span(Fraction(part.record_start, RATE), Fraction(part.record_start + part.n_frames, RATE)))
            for ours, theirs in zip(shown, source.read(part.span), strict=True):
                n_copied += 1
                n_wrong += any(bytes(one) != bytes(other) for one, other in zip(ours.picture.planes, theirs.picture.planes, strict=True))
    return n_copied, n_wrong


def copied_parts(result: Path) -> Iterator[CopyPart]:
    """The stretches of a result of ours whose pictures were copied."""
    edits = load_edit_list(result.with_suffix(".edit.json"))
    reel = rendering.prepare(edits, rendering.RenderSettings())
    return (part for part in rendering.plan_parts(reel, rendering.copyable_headers(reel)) if isinstance(part, CopyPart))


def measure_length(film: Path, scale: Scale) -> list[Figure]:
    """The same cut out of a film that is ten times longer."""
    long_film = WORK / f"{film.stem}-x{scale.longer}.mp4"
    if not long_film.exists():
        repeat_film(film, long_film, times=scale.longer)
    total = scale.seconds * scale.longer
    long_film.with_suffix(".json").write_text(json.dumps(spread(json.loads(film.with_suffix(".json").read_text()), scale)))
    runs: dict[Path, list[Run]] = {film: [], long_film: []}
    for _ in range(scale.n_rounds):
        for one, kept in runs.items():
            kept.append(timed([*SUPERCUT, "cut", one, "-s", "lantern", "-o", WORK / "length.mp4", "--quiet"]))
    short, long = (min(run.seconds for run in kept) for kept in runs.values())
    print(f"length: {short:.1f} s out of {scale.seconds} s, {long:.1f} s out of {total} s", flush=True)
    return [
        at_most(f"same cut from a {scale.longer}x longer film", long / short, 1.3),
        at_most("memory on the longer film", max(run.peak_bytes for run in runs[long_film]) / 1e6, 600, "MB"),
    ]


def spread(cues: list[dict[str, Any]], scale: Scale) -> list[dict[str, Any]]:
    """The same cues over the longer film, each in another repeat of the shorter one: the same pictures are cut."""
    for n, cue in enumerate(cues):
        later = n * scale.longer // len(cues) * scale.seconds
        for one in (cue, *cue["words"]):
            one["start"], one["end"] = one["start"] + later, one["end"] + later
    return cues


def measure_index(scale: Scale) -> list[Figure]:
    """Searching many cues in many caption files, first and once indexed."""
    corpus = WORK / f"corpus-{scale.n_files}"
    write_corpus(corpus, n_files=scale.n_files, n_cues=scale.n_cues)
    for path in corpus.glob(".supercut*"):
        path.unlink()
    command = [*SUPERCUT, "cut", corpus, "-s", "zeppelin", "-t", "word", "--dry-run"]
    first = timed(command)
    later = min(timed(command).seconds for _ in range(3))
    n = scale.n_files * scale.n_cues
    print(f"index: {first.seconds:.1f} s for {n} cues, then {later:.2f} s", flush=True)
    return [at_most(f"indexing {n} cues", first.seconds, 60, "s"), at_most(f"searching {n} cues, indexed", later, 1.0, "s")]


def write_corpus(folder: Path, *, n_files: int, n_cues: int) -> None:
    """SRT files of drawn words, one of which is said in one of a hundred cues."""
    if folder.exists():
        return
    rng = random.Random(7)
    letters = "bcdfghklmnprst"
    lexicon = ["".join(rng.choice(letters) + rng.choice("aeiou") for _ in range(rng.randint(1, 4))) for _ in range(5000)]
    folder.mkdir(parents=True)
    for number in range(n_files):
        lines = []
        for n in range(n_cues):
            words = rng.choices(lexicon, k=rng.randint(4, 12)) + (["zeppelin"] if rng.random() < 0.01 else [])
            lines.append(f"{n + 1}\n{_stamp(n * 3)} --> {_stamp(n * 3 + 2)}\n{' '.join(words)}\n")
        (folder / f"film{number:04d}.srt").write_text("\n".join(lines))


def _stamp(seconds: int) -> str:
    return time.strftime("%H:%M:%S", time.gmtime(seconds)) + ",000"


if __name__ == "__main__":
    sys.exit(main(lambda quick: measure(QUICK if quick else FULL), about=__doc__))
