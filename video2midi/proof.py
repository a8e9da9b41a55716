"""A film and the score made from it go in; the film with its score heard comes out, or the score's sound alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from media.codecs import container_for
from media.errors import UserError
from media.frames import PICTURE_RATE, read_frames, to_rgb
from media.pictures import decode_picture, find_pictures, turn_upright
from media.probe import MediaFile, probe, upright_rotation
from media.progress import OnProgress, Progress, ignore_progress
from media.remux import CannotCopy, may_copy, replace_sound, stamp_unit
from media.sound import SAMPLE_RATE, sound_blocks
from media.span import Span
from media.write import FilmWriter
from video2midi.notes import Score
from video2midi.places import check_proof_place

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

MakeSound = Callable[[], Iterator[np.ndarray]]
_PRESET = "veryfast"  # a proof is looked at once or twice
_SYNTH_SEED = 0


def write_proof(
    source: Path | str,
    score: Score,
    path: Path | str,
    *,
    soundfont: Path | str | None = None,
    film_gain_db: float | None = None,
    rate: Fraction = PICTURE_RATE,
    on_progress: OnProgress = ignore_progress,
) -> None:
    """Write the pictures that a score was made from with the score as their sound; media time 0 is 0 of both.

    Coded pictures are copied where the container of `path` can hold them, and coded anew at their exact times elsewhere. In place
    of a picture of a sequence that cannot be read the one before it stays on.

    Args:
        source: a film, a folder of pictures, a pattern or a picture.
        path: .mp4, .mov, .mkv, .webm for a film; .wav, .flac, .mp3, .m4a and so on for the sound alone.
        soundfont: what plays instead of the built-in synthesiser.
        film_gain_db: mixes the film's own sound in at this gain; None leaves it out.
        rate: pictures a second, for sources that are pictures.
    Raises:
        UserError: the source cannot be read; as `check_proof_place` and `render_soundfont`.
    """
    source, path = Path(source), Path(path)
    check_proof_place(path, source, soundfont=soundfont, film_gain_db=film_gain_db)
    make_sound = _sound_maker(source, score, soundfont=soundfont, film_gain_db=film_gain_db)
    metadata = _metadata(score, soundfont=soundfont, film_gain_db=film_gain_db)
    if container_for(path).audio_only:
        _write_sound(path, make_sound, score, metadata, on_progress)
        return
    pictures = find_pictures(source)
    if pictures is not None:
        _write_pictures(pictures, path, make_sound, metadata, rate=Fraction(rate), on_progress=on_progress)
        return
    media = probe(source)
    if may_copy(media, path):
        try:
            replace_sound(source, path, make_sound(), metadata=metadata, on_progress=on_progress)
            return
        except CannotCopy:
            pass
    _write_film(media, path, make_sound, metadata, on_progress)


def _metadata(score: Score, *, soundfont: Path | str | None, film_gain_db: float | None) -> dict[str, str]:
    """What it takes to make the proof again."""
    played: dict[str, str | float] = {"soundfont": Path(soundfont).name} if soundfont else {"synth_seed": _SYNTH_SEED}
    if film_gain_db is not None:
        played["film_gain_db"] = film_gain_db
    try:
        made_by = json.loads(score.made_by or "null")
    except ValueError:
        made_by = score.made_by
    return {"title": score.title, "comment": json.dumps({"proof": played, "score": made_by}, sort_keys=True)}


def _sound_maker(source: Path, score: Score, *, soundfont: Path | str | None, film_gain_db: float | None) -> MakeSound:
    """What makes the proof's sound, from its start each time it is called."""
    if soundfont is not None:
        from video2midi.soundfont import render_soundfont

        font = soundfont
        first: list[Iterator[np.ndarray]] = [render_soundfont(score, font)]  # a faulty font is told before anything is written

        def play() -> Iterator[np.ndarray]:
            return first.pop() if first else render_soundfont(score, font)
    else:
        from video2midi.synth import render_score

        def play() -> Iterator[np.ndarray]:
            return render_score(score, seed=_SYNTH_SEED)

    if film_gain_db is None:
        return play
    gain = 10 ** (film_gain_db / 20)
    return lambda: _mixed(play(), sound_blocks(source, Span(Fraction(0), score.end)), gain)


def _mixed(score: Iterable[np.ndarray], film: Iterator[np.ndarray], gain: float) -> Iterator[np.ndarray]:
    """The score over the film's sound, limited."""
    from video2midi.synth.mix import FULL_SCALE, limit_floats

    both = (ours + theirs * np.float32(gain) for ours, theirs in zip(_in_seconds(score), film, strict=True))
    for block in limit_floats(both):
        yield (block.T / FULL_SCALE).astype(np.float32)


def _in_seconds(blocks: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    """The same sound in blocks of a second, the last one shorter."""
    held = np.zeros((0, 2), np.float32)
    for block in blocks:
        held = np.concatenate([held, block])
        while len(held) >= SAMPLE_RATE:
            yield held[:SAMPLE_RATE]
            held = held[SAMPLE_RATE:]
    if len(held):
        yield held


def _write_sound(path: Path, make_sound: MakeSound, score: Score, metadata: dict[str, str], on_progress: OnProgress) -> None:
    with FilmWriter(path, sound=True, metadata=metadata) as writer:
        for block in make_sound():
            writer.write_sound(block)
            on_progress(Progress("playing", float(writer.sound_end), float(score.end)))


def _write_film(media: MediaFile, path: Path, make_sound: MakeSound, metadata: dict[str, str], on_progress: OnProgress) -> None:
    """Code a film's pictures anew, each at its own time, upright."""
    video = media.video
    if video is None:
        raise UserError(media.path, "it holds no picture", "Name a film, or the proof .wav.")
    size = _upright_size(video.size, video.rotation)
    aspect = 1 / video.pixel_aspect if video.rotation in (90, 270) else video.pixel_aspect
    unit = stamp_unit(video.time_base, media.start)
    frames = ((frame.time, fit_picture(frame.picture, size, rotation=video.rotation)) for frame in read_frames(media.path))
    settings: dict[str, Any] = {"size": size, "rate": video.rate, "time_base": unit, "color": video.color, "pixel_aspect": aspect}
    with FilmWriter(path, preset=_PRESET, sound=True, metadata=metadata, **settings) as writer:
        _write_both(writer, frames, make_sound(), on_progress, total=float(media.duration))


def _write_pictures(
    pictures: list[Path],
    path: Path,
    make_sound: MakeSound,
    metadata: dict[str, str],
    *,
    rate: Fraction,
    on_progress: OnProgress,
) -> None:
    """Code a sequence of pictures, all of the first one's size."""
    readable = _readable(pictures)
    first = next(readable, None)
    if first is None:
        raise UserError(pictures[0].parent, "none of its pictures can be read", "Check that they open elsewhere.")
    size = _upright_size((first[1].width, first[1].height), upright_rotation(first[1]))
    shown = chain([first], readable)
    frames = ((number / rate, fit_picture(picture, size, rotation=upright_rotation(picture))) for number, picture in shown)
    with FilmWriter(path, size=size, rate=rate, preset=_PRESET, sound=True, metadata=metadata) as writer:
        _write_both(writer, frames, make_sound(), on_progress, total=float(len(pictures) / rate))


def _readable(pictures: list[Path]) -> Iterator[tuple[int, VideoFrame]]:
    for number, picture in enumerate(pictures):
        with suppress(UserError):  # it was named when the pictures were looked at
            yield number, decode_picture(picture)


def _upright_size(size: tuple[int, int], rotation: int) -> tuple[int, int]:
    """(width, height) as it is shown, even, as encoders want it."""
    width, height = size[::-1] if rotation in (90, 270) else size
    return max(2, width // 2 * 2), max(2, height // 2 * 2)


def fit_picture(picture: VideoFrame, size: tuple[int, int], *, rotation: int) -> np.ndarray | VideoFrame:
    """A decoded picture upright and of a size (width, height): itself where it is so, less a row where that is odd, else scaled."""
    if rotation == 0 and (picture.width, picture.height) == size:
        return picture
    image = turn_upright(to_rgb(picture), rotation=rotation)
    height, width = image.shape[:2]
    if abs(width - size[0]) <= 1 and abs(height - size[1]) <= 1 and width >= size[0] and height >= size[1]:
        return image[: size[1], : size[0]]
    from PIL import Image

    return np.asarray(Image.fromarray(np.ascontiguousarray(image)).resize(size, Image.Resampling.LANCZOS))


def _write_both(
    writer: FilmWriter, frames: Iterable[tuple[Fraction, Any]], sound: Iterator[np.ndarray], on_progress: OnProgress, *, total: float
) -> None:
    """Frames with the sound a little ahead of them, so that little waits in the muxer."""
    for time, picture in frames:
        while writer.sound_end <= time + 1 and (block := next(sound, None)) is not None:
            writer.write_sound(block)
        writer.write_frame(picture, time)
        on_progress(Progress("coding", min(float(time), total), total))
    for block in sound:
        writer.write_sound(block)
