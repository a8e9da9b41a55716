"""Dreamed frames and the film that they come from go in; the film dreamed comes out, with its times and its sound."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from dream.films.crew import Task, mask_of, shrink
from dream.films.footage import Shown, read_shown
from dream.laying import lay_over, visible
from media.codecs import container_for
from media.errors import UserError
from media.frames import PICTURE_RATE
from media.join import join, may_copy_sounds
from media.pictures import is_pattern
from media.probe import probe
from media.progress import OnProgress, Progress
from media.remux import CannotCopy
from media.sound import sound_blocks
from media.span import Span
from media.write import FilmWriter, write_pictures


@dataclass(frozen=True)
class Laying:
    """How a dream is laid over a frame.

    Args:
        strength: of it, 0..1, for each frame.
    """

    task: Task
    strength: Mapping[int, float]

    def frames(self, on_progress: OnProgress) -> Iterator[Shown]:
        """Every frame of the film, timed from the beginning of the part."""
        outline, number = self.task.outline, 0
        width, height = self.task.footage.size
        mask = mask_of(self.task.job, (width, height))
        shares = None if mask is None else visible(mask)
        for frame in read_shown(self.task.footage, outline.span(0, len(outline.times))):
            if number < len(outline.times) and frame.time == outline.times[number]:
                yield Shown(frame.time - self.start, outline.duration(number), self._laid(frame.rgb, number, shares))
                number += 1
                on_progress(Progress("writing", number, len(outline.times)))
        if number < len(outline.times):
            raise UserError(self.task.footage.path, f"its frame {number} could not be read again", "Copy the film, or convert it.")

    @property
    def start(self) -> Fraction:
        """Media time that becomes 0: the film's own, or where the part begins."""
        return self.task.footage.span.start

    @property
    def is_part(self) -> bool:
        """Whether it is not the whole film."""
        part = self.task.job.part
        return bool(part.start) or part.stop is not None

    def _laid(self, rgb: np.ndarray, number: int, shares: torch.Tensor | None) -> np.ndarray:
        dreamed = self.task.work.read(number)
        if dreamed is None:
            raise UserError(self.task.work.frame_path(number), "this dreamed frame cannot be read any more", "Start again.")
        keeps_color, strength = self.task.job.where.preserve_color, self.strength[number]
        if dreamed.shape == rgb.shape and strength == 1 and not keeps_color and shares is None:
            return dreamed
        change = dreamed.astype(np.float32) - shrink(rgb, self.task.size)
        if change.shape != rgb.shape:
            change = cv2.resize(change, (rgb.shape[1], rgb.shape[0]), interpolation=cv2.INTER_CUBIC)
        laid = lay_over(_to_tensor(rgb), _to_tensor(change), strength=strength, shares=shares, keeps_color=keeps_color)
        return laid.round_().clamp_(0, 255).to(torch.uint8)[0].permute(1, 2, 0).contiguous().numpy()


def _to_tensor(image: np.ndarray) -> torch.Tensor:
    """An image (H, W, 3) as (1, 3, H, W), with the same numbers."""
    return torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1)[None]


def write_film(laying: Laying, output: Path, *, metadata: Mapping[str, str], on_progress: OnProgress) -> None:
    """Write the film, whole or not at all; sound is copied where the container allows, else coded anew.

    Raises:
        UserError: the place refuses.
    """
    task = laying.task
    if is_pattern(output):
        write_pictures(output, (shown.rgb for shown in laying.frames(on_progress)))
        return
    media = probe(task.footage.path) if task.footage.is_film else None
    has_sound = media is not None and media.sound is not None and container_for(output).sound is not None
    if media and has_sound and not laying.is_part and may_copy_sounds(media, output):
        # Matroska does not tell when pictures are decoded, which another copy would have to know.
        pictures = task.work.folder / f"pictures{'.mp4' if output.suffix.lower() == '.mkv' else output.suffix}"
        with _told_of(output, instead_of=pictures), suppress(CannotCopy):
            _write(laying, pictures, sound=None, metadata=metadata, on_progress=on_progress)
            join(pictures, task.footage.path, output, metadata=metadata)
            return
    _write(laying, output, sound=task.footage.path if has_sound else None, metadata=metadata, on_progress=on_progress)


@contextmanager
def _told_of(output: Path, *, instead_of: Path) -> Iterator[None]:
    """Faults of a file that nobody has named are those of the one that it is for."""
    try:
        yield
    except UserError as error:
        if error.where != str(instead_of):
            raise
        raise UserError(output, error.what, error.remedy) from error


def _write(laying: Laying, path: Path, *, sound: Path | None, metadata: Mapping[str, str], on_progress: OnProgress) -> None:
    footage, outline = laying.task.footage, laying.task.outline
    rate = footage.rate if len(outline.times) > 1 else PICTURE_RATE  # of a single frame there is none
    look: dict[str, Any] = {
        "size": footage.size, "rate": rate, "time_base": footage.time_base, "color": footage.color, "pixel_aspect": footage.pixel_aspect,
    }  # fmt: skip
    end = max(outline.end, min(footage.span.end, footage.duration))
    blocks = sound_blocks(sound, Span(laying.start, end)) if sound else iter(())
    with FilmWriter(path, sound=sound is not None, metadata=metadata, **look) as film:
        for shown in laying.frames(on_progress):
            # Sound keeps a little ahead, so that little waits in the muxer.
            while sound and film.sound_end <= shown.time + 1 and (block := next(blocks, None)) is not None:
                film.write_sound(block)
            film.write_frame(shown.rgb, shown.time, shown.duration)
        for block in blocks:
            film.write_sound(block)
