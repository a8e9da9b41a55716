"""Whole films stretched: lengths, sync, sameness, provenance, every effect alone, and what is refused."""

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from media.errors import UserError
from media.files import fingerprint
from media.frames import read_frames
from media.probe import probe
from media.progress import Progress
from media.sound import read_sound
from media.write import FilmWriter
from supercut.stretch.run import stretch
from supercut.stretch.settings import StretchSettings

RATE, SIZE, N_FRAMES, FLASH = Fraction(25), (96, 64), 50, 30


def draw(n: int) -> np.ndarray:
    """Stripes that move, and one white frame."""
    if n == FLASH:
        return np.full((SIZE[1], SIZE[0], 3), 255, np.uint8)
    columns = np.arange(SIZE[0], dtype=np.float32)[None, :, None]
    wave = 90 + 60 * np.sin((columns - 2 * n) / 6)
    return np.broadcast_to(wave, (SIZE[1], SIZE[0], 3)).astype(np.uint8)


def sounding() -> np.ndarray:
    """Silence with a click where the white frame is."""
    sound = np.zeros((48_000 * N_FRAMES // 25, 2), np.float32)
    at = FLASH * 1920
    sound[at : at + 200] = 0.5 * np.random.default_rng(0).standard_normal((200, 1))
    return sound


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("stretch") / "flash.mp4"
    with FilmWriter(path, size=SIZE, rate=RATE, sound=True) as writer:
        for n in range(N_FRAMES):
            writer.write_frame(draw(n))
        writer.write_sound(sounding())
    return path


@pytest.fixture
def stretched(film: Path, tmp_path: Path) -> Callable[..., Path]:
    def run(source: Path | None = None, name: str = "out.mp4", **settings: Any) -> Path:
        stretch(source or film, tmp_path / name, StretchSettings(preset="ultrafast", **settings))
        return tmp_path / name

    return run


@pytest.mark.parametrize("motion", ["flow", "interpolate", "blend", "repeat"])
@pytest.mark.parametrize("sound", ["stretch", "varispeed"])
def test_picture_and_sound_stay_together(stretched: Callable[..., Path], motion: str, sound: str) -> None:
    out = stretched(speed=Fraction(1, 4), motion=motion, sound=sound)
    frames = [frame.rgb().mean() for frame in read_frames(out)]
    heard = read_sound(out)
    assert len(frames) == 4 * N_FRAMES
    assert abs(len(heard) - 4 * N_FRAMES * 1920) <= 960
    click_s = np.abs(heard[:, 0]).argmax() / 48_000
    assert abs(click_s - 4 * FLASH / 25) < 0.5 / 25
    assert int(np.argmax(frames)) == 4 * FLASH


@pytest.mark.parametrize(
    ("speed", "rate", "n_frames"), [("1/4", None, 200), ("0.3", None, 167), ("2", None, 25), ("1", "50", 100), ("7", "30000/1001", 9)]
)
def test_lengths_are_exact_to_half_a_frame(stretched: Callable[..., Path], speed: str, rate: str | None, n_frames: int) -> None:
    media = probe(stretched(speed=speed, rate=rate, motion="repeat"))
    assert media.video is not None and media.video.n_frames == n_frames
    assert abs(media.duration - n_frames / media.video.rate) < 1 / (2 * media.video.rate)


def test_the_same_seed_makes_the_same_film_and_another_another(stretched: Callable[..., Path]) -> None:
    films = [stretched(name=f"{n}.mp4", nervous=8, seed=seed).read_bytes() for n, seed in enumerate((1, 1, 2))]
    assert films[0] == films[1]
    assert films[0] != films[2]


def test_nervous_alone_shows_frames_of_the_film_and_leaves_the_sound(film: Path, stretched: Callable[..., Path]) -> None:
    out = stretched(nervous=10, quality="1")
    own = [frame.rgb().astype(int) for frame in read_frames(film)]
    nearest = []
    for frame in read_frames(out):
        distances = [np.abs(frame.rgb() - other).mean() for other in own]
        nearest.append(int(np.argmin(distances)))
        assert min(distances) < 3
    assert nearest != sorted(nearest)
    assert all(0 <= n - shown < 10 for n, shown in enumerate(nearest))
    assert np.corrcoef(read_sound(out)[:90_000, 0], read_sound(film)[:90_000, 0])[0, 1] > 0.95


def test_size_alone_makes_a_strip_of_the_middle(stretched: Callable[..., Path]) -> None:
    media = probe(stretched(size="192x48"))
    assert media.video is not None and media.video.size == (192, 48) and media.video.n_frames == N_FRAMES


def test_a_span_is_cut_out(stretched: Callable[..., Path]) -> None:
    out = stretched(start="1.2", end="1.6", speed="1/2", motion="repeat")
    frames = [frame.rgb().mean() for frame in read_frames(out)]
    assert len(frames) == 20
    assert frames[0] > 240 and frames[1] > 240 and max(frames[2:]) < 130


def test_a_cut_stays_hard_unless_it_is_to_melt(tmp_path: Path, stretched: Callable[..., Path]) -> None:
    source = tmp_path / "cut.mp4"
    with FilmWriter(source, size=SIZE, rate=RATE) as writer:
        for n in range(20):
            writer.write_frame(np.full((SIZE[1], SIZE[0], 3), 30 if n < 10 else 220, np.uint8))
    hard, soft = (
        [frame.rgb().mean() for frame in read_frames(stretched(source, speed="1/4", motion="blend", morph_cuts=melt))]
        for melt in (False, True)
    )
    assert all(abs(level - (30 if n < 40 else 220)) < 4 for n, level in enumerate(hard))
    assert sum(40 < level < 210 for level in soft) == 3


def test_sound_alone_becomes_a_sound_file(stretched: Callable[..., Path]) -> None:
    out = stretched(name="slow.wav", speed="1/3")
    media = probe(out)
    assert media.video is None and len(read_sound(out)) == 3 * 96_000
    longer = stretched(out, name="slower.wav", speed="1/2")
    assert len(read_sound(longer)) == 6 * 96_000


def test_a_film_without_sound_stays_silent(stretched: Callable[..., Path]) -> None:
    silent = stretched(name="silent.mp4", sound="none")
    assert probe(silent).sound is None
    assert probe(stretched(silent, name="slow.mp4", speed="1/2")).sound is None


def test_pictures_go_in_and_out(stretched: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "row").mkdir()
    stretched(name="row/%04d.png", end="0.4")
    assert len(list((tmp_path / "row").iterdir())) == 10
    media = probe(stretched(tmp_path / "row", name="row.mp4", speed="1/2"))
    assert media.video is not None and media.video.n_frames == 20


def test_the_film_says_how_to_make_it_again(film: Path, stretched: Callable[..., Path]) -> None:
    with av.open(str(stretched(speed="1/2", nervous=3, seed=5, motion="repeat"))) as container:
        made = json.loads(container.metadata["comment"])
    assert made["fingerprint"] == fingerprint(film)
    settings = StretchSettings(**made["settings"])
    assert (settings.speed, settings.nervous, settings.seed, settings.motion) == (Fraction(1, 2), 3, 5, "repeat")


def test_progress_reaches_the_end(film: Path, tmp_path: Path) -> None:
    seen: list[Progress] = []
    stretch(film, tmp_path / "out.mp4", StretchSettings(motion="repeat"), on_progress=seen.append)
    assert seen[-1].done == seen[-1].total == N_FRAMES
    assert [progress.done for progress in seen] == sorted(progress.done for progress in seen)


@pytest.mark.parametrize(
    ("name", "settings", "said"),
    [
        ("out.mp4", {"start": Fraction(5)}, "ends at 2 s, before 5"),
        ("out.xyz", {}, "suffix"),
        ("no/out.mp4", {}, "folder does not exist"),
        ("out.wav", {"sound": "none"}, "no sound in it, or none was wanted"),
        ("out.mp4", {"quality": "fine"}, "quality"),
        ("out.mp4", {"preset": "hasty"}, "there is no preset"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(film: Path, tmp_path: Path, name: str, settings: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=said):
        stretch(film, tmp_path / name, StretchSettings(**settings))
    assert list(tmp_path.iterdir()) == []


def test_the_source_is_never_written_over(film: Path) -> None:
    before = film.read_bytes()
    with pytest.raises(UserError, match="the output is the film"):
        stretch(film, film)
    assert film.read_bytes() == before


def test_sound_does_not_become_a_film(stretched: Callable[..., Path]) -> None:
    sound = stretched(name="only.wav")
    with pytest.raises(UserError, match="there is no picture in it"):
        stretched(sound, name="film.mp4")


def test_a_fault_on_the_way_leaves_nothing_half_written(film: Path, tmp_path: Path) -> None:
    def stop(progress: Progress) -> None:
        if progress.done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stretch(film, tmp_path / "out.mp4", on_progress=stop)
    assert list(tmp_path.iterdir()) == []
