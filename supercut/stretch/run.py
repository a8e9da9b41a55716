"""A film, sound file or row of pictures in, the same at another speed, shape and temper out, with flat memory."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from random import Random

import numpy as np

from media.ahead import work_ahead
from media.codecs import container_for, parse_quality
from media.command import toolkit_version
from media.errors import UserError
from media.files import fingerprint
from media.frames import PICTURE_RATE, read_frames
from media.pictures import find_pictures, is_pattern, read_rgb, turn_upright
from media.probe import MediaFile, probe
from media.progress import OnProgress, Progress, ignore_progress
from media.sound import SAMPLE_RATE, sound_blocks
from media.span import Span
from media.timecode import seconds_text
from media.write import FilmWriter, write_pictures
from supercut.stretch.fit import fit_picture, working_size
from supercut.stretch.motion import Frames, fill_motion
from supercut.stretch.nervous import make_nervous
from supercut.stretch.settings import StretchSettings
from supercut.stretch.shots import Picture, mark_shots, spread_endings
from supercut.stretch.sound import change_speed

_N_AHEAD = 2


def stretch(
    source: Path | str, output: Path | str, settings: StretchSettings | None = None, *, on_progress: OnProgress = ignore_progress
) -> None:
    """Write `source` to `output` at another speed, with pictures in between and its sound stretched.

    Args:
        source: a film, a sound file (to a sound file), a folder of pictures or a pattern such as `%04d.png`.
        output: a film, GIF or sound file by its suffix, or a pattern for numbered pictures.
    Raises:
        UserError: the source cannot be read, the place cannot be written, or the two do not go together.
    """
    source, output = Path(source), Path(output)
    settings = settings or StretchSettings()
    plan = _plan(source, output, settings)
    if is_pattern(output):
        write_pictures(output, _counted(_frames(plan), plan.n_frames, on_progress))
        return
    with FilmWriter(
        output,
        size=plan.size if plan.has_picture else None,
        rate=plan.rate if plan.has_picture else None,
        quality=parse_quality(settings.quality) if settings.quality else None,
        preset=settings.preset,
        sound=plan.has_sound,
        metadata={"comment": _provenance(plan)},
    ) as film:
        _write(film, plan, on_progress)


@dataclass(frozen=True)
class _Plan:
    """All that is known before the work begins.

    Args:
        span: what is read of the source.
        source_rate: frames a second of the source.
        source_size: of its pictures, upright and with square pixels, (width, height).
        size: of the result.
    """

    source: Path
    settings: StretchSettings
    span: Span
    source_rate: Fraction
    rate: Fraction
    source_size: tuple[int, int]
    rotation: int
    size: tuple[int, int]
    has_picture: bool
    has_sound: bool

    @property
    def n_frames(self) -> int:
        return max(1, round(self.span.duration / self.settings.speed * self.rate))

    @property
    def n_samples(self) -> int:
        if not self.has_sound:
            return 0
        seconds = self.n_frames / self.rate if self.has_picture else self.span.duration / self.settings.speed
        return round(seconds * SAMPLE_RATE)

    @property
    def working_size(self) -> tuple[int, int]:
        """The size of pictures in between: what is to be enlarged is enlarged last."""
        return working_size(self.source_size, self.size, fit=self.settings.fit)

    @property
    def step(self) -> Fraction:
        """Seconds of the source from one frame of the result to the next."""
        return self.settings.speed / self.rate


def _plan(source: Path, output: Path, settings: StretchSettings) -> _Plan:
    if source.exists() and output.exists() and output.samefile(source):
        raise UserError(output, "the output is the film that is read", "Choose another name.")
    pictures = find_pictures(source)
    if pictures is not None:
        rate = settings.rate or PICTURE_RATE
        height, width = read_rgb(pictures[0]).shape[:2]
        even = (max(2, width // 2 * 2), max(2, height // 2 * 2))
        span = _span(source, settings, len(pictures) / rate)
        return _Plan(source, settings, span, rate, rate, even, 0, settings.size or even, has_picture=True, has_sound=False)
    media = probe(source)
    has_picture, has_sound = _holds(media, output, settings)
    video = media.video if has_picture else None
    size = video.display_size if video else (2, 2)
    source_rate = video.rate if video else PICTURE_RATE
    return _Plan(
        source, settings, _span(source, settings, media.duration), source_rate, settings.rate or source_rate, size,
        video.rotation if video else 0, settings.size or size, has_picture=has_picture, has_sound=has_sound,
    )  # fmt: skip


def _holds(media: MediaFile, output: Path, settings: StretchSettings) -> tuple[bool, bool]:
    """Whether the result has picture, and sound."""
    to_pictures = is_pattern(output)
    only_sound = not to_pictures and container_for(output).audio_only
    has_picture = media.video is not None and not only_sound
    has_sound = media.sound is not None and settings.sound != "none" and not to_pictures and container_for(output).sound is not None
    if not has_picture and not only_sound:
        raise UserError(media.path, "there is no picture in it", "Name a sound file as output, such as slow.wav.")
    if only_sound and not has_sound:
        raise UserError(media.path, "there is no sound in it, or none was wanted", "Name a film as output, such as slow.mp4.")
    return has_picture, has_sound


def _span(source: Path, settings: StretchSettings, duration: Fraction) -> Span:
    if settings.start >= duration:
        raise UserError(source, f"it ends at {seconds_text(duration)} s, before {seconds_text(settings.start)}", "Begin earlier: --from.")
    return Span(settings.start, min(duration, settings.end or duration))


def _write(film: FilmWriter, plan: _Plan, on_progress: OnProgress) -> None:
    """Frames and sound side by side, so that players find them so."""
    with closing(_sound(plan)) as sound:
        if not plan.has_picture:
            for block in sound:
                film.write_sound(block)
                on_progress(Progress("stretch", float(film.sound_end), plan.n_samples / SAMPLE_RATE))
            return
        with closing(_counted(_frames(plan), plan.n_frames, on_progress)) as frames:
            for frame in frames:
                film.write_frame(frame)
                while film.sound_end < min(film.picture_end, plan.n_samples / Fraction(SAMPLE_RATE)):
                    film.write_sound(next(sound))
        for block in sound:
            film.write_sound(block)


def _counted(frames: Frames, n_frames: int, on_progress: OnProgress) -> Frames:
    for n, frame in enumerate(frames, 1):
        yield frame
        on_progress(Progress("stretch", n, n_frames))


def _sound(plan: _Plan) -> Generator[np.ndarray, None, None]:
    """The sound of the result, `plan.n_samples` long; nothing where there is to be none."""
    if plan.has_sound:
        blocks = sound_blocks(plan.source, plan.span)
        yield from change_speed(blocks, speed=plan.settings.speed, n_samples=plan.n_samples, sound=plan.settings.sound)


def _frames(plan: _Plan) -> Frames:
    """The frames of the result, `plan.n_frames` of them."""
    settings = plan.settings
    with closing(work_ahead(_pictures(plan), n=_N_AHEAD)) as pictures:
        frames = fill_motion(pictures, step=plan.step, n_frames=plan.n_frames, motion=settings.motion)
        if settings.nervous:
            frames = make_nervous(frames, n_frames=settings.nervous, style=settings.nervous_style, rng=Random(settings.seed))
        for frame in frames:
            yield fit_picture(frame, plan.size, fit="stretch")


def _pictures(plan: _Plan) -> Iterator[Picture]:
    """The source's pictures in the shape of the result (before anything costly is done to them), shot by shot."""
    pictures: Iterator[Picture] = _read(plan)
    if plan.settings.morph_cuts:
        return pictures
    pictures = mark_shots(pictures)
    if plan.settings.motion == "repeat":
        return pictures
    return spread_endings(pictures, end=plan.span.duration, step=plan.step)


def _read(plan: _Plan) -> Iterator[Picture]:
    # The frame that shows at the start may have begun before it.
    span = Span(max(Fraction(0), plan.span.start - 1 / plan.source_rate), plan.span.end)
    for frame in read_frames(plan.source, span, rate=plan.source_rate):
        rgb = _to_square(turn_upright(frame.rgb(), rotation=plan.rotation), plan.source_size)
        yield Picture(frame.time - plan.span.start, fit_picture(rgb, plan.working_size, fit=plan.settings.fit, at=plan.settings.crop_at))


def _to_square(rgb: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Square pixels and even sides, where a film has neither."""
    return fit_picture(rgb, size, fit="stretch")


def _provenance(plan: _Plan) -> str:
    """How to make the same film again: program, version, settings that differ from the defaults, the source's fingerprint."""
    made = {
        "program": "supercut stretch",
        "version": toolkit_version(),
        "source": plan.source.name,
        "fingerprint": fingerprint(plan.source) if plan.source.is_file() else None,
        "settings": {**plan.settings.model_dump(mode="json", exclude_defaults=True), "seed": plan.settings.seed},
    }
    return json.dumps(made, ensure_ascii=False)
