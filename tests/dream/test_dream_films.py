"""Films are dreamed steadily, frame for frame at their own times and with their sound, played by MIDI, and gone on with when ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import cv2
import mido
import numpy as np
import pytest
import torch

from dream.carry import Follower, carry
from dream.cli import main
from dream.films.footage import open_footage, outline_of
from dream.films.run import Dreamed, Ended, dream_film
from dream.films.settings import CarrySettings, FilmJob, PartSettings, ScoreSettings
from dream.films.tape import Note, Tape, read_tape
from dream.films.work import folder_beside
from dream.midimap import Player, default_routes, parse_route
from dream.nets.catalog import open_net
from dream.nets.motifnet import motif_net
from dream.nets.weights import save_motif_net
from dream.octaves import dream as dream_still
from dream.octaves import to_rgb, to_tensor
from dream.settings import ClimbSettings, WhereSettings, WishSettings
from dream.stills import ascent_of
from media.errors import UserError
from media.frames import read_frames
from media.probe import probe
from media.progress import Progress
from media.sound import read_sound
from media.write import FilmWriter

MOTIFS = ["eyes", "feathers", "scales", "gears", "waves"]
CLIMB = ClimbSettings(octaves=3, steps=3, jitter=4)
WIDTH, HEIGHT = 96, 64
TIME_BASE = Fraction(1, 600)

Run = Callable[..., Dreamed]


@pytest.fixture(autouse=True)
def _one_thread() -> Any:
    """Small pictures are dreamed faster so, and always alike."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(4)
    path = tmp_path_factory.mktemp("net") / "tiny.safetensors"
    save_motif_net(path, motif_net(5, widths=(8, 12, 16, 24)), MOTIFS)
    return path


def texture(seed: int, size: tuple[int, int] = (WIDTH * 2, HEIGHT * 2)) -> np.ndarray:
    """Soft blots, (H, W, 3) uint8."""
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 256, (size[1] // 16, size[0] // 16, 3), dtype=np.uint8)
    return cv2.resize(small, size, interpolation=cv2.INTER_CUBIC)


def passing(n: int, *, seed: int = 1) -> list[np.ndarray]:
    """A camera that moves over a texture, two pixels across and one down a frame."""
    ground = texture(seed)
    return [ground[k : k + HEIGHT, 2 * k : 2 * k + WIDTH] for k in range(n)]


def uneven(n: int) -> list[Fraction]:
    """Times of frames that come at no steady rate."""
    return [Fraction(24 * k + 7 * (k % 3), 600) for k in range(n)]


def shoot(path: Path, pictures: Sequence[np.ndarray], times: Sequence[Fraction] | None = None, *, sound: bool = True) -> Path:
    """Write a film; the sound is a tone that rises."""
    times = times or [Fraction(k, 25) for k in range(len(pictures))]
    end = times[-1] + Fraction(1, 25)
    with FilmWriter(path, size=(WIDTH, HEIGHT), rate=Fraction(25), time_base=TIME_BASE, sound=sound) as film:
        if sound:
            at = np.arange(int(end * 48_000)) / 48_000
            film.write_sound(np.repeat(0.3 * np.sin(900 * at * (1 + at))[:, None], 2, axis=1).astype(np.float32))
        for picture, when in zip(pictures, times, strict=True):
            film.write_frame(np.ascontiguousarray(picture), when)
    return path


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Two shots of six frames each, at uneven times, with sound."""
    return shoot(tmp_path / "film.mp4", [*passing(6), *(255 - picture for picture in passing(6, seed=2))], uneven(12))


@pytest.fixture
def run(weights: Path) -> Run:
    def dream(source: Path, output: Path, *, wish: dict[str, Any] | None = None, n_workers: int = 1, on_progress: Any = None, **groups: Any) -> Dreamed:
        job = FilmJob(wish=WishSettings(weights=weights, **(wish or {})), **{"climb": CLIMB, **groups})
        return dream_film(source, output, job, device="cpu", n_workers=n_workers, **({"on_progress": on_progress} if on_progress else {}))

    return dream


@pytest.fixture
def command(weights: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """`dream video` with the tiny network: status, what it printed, and its errors."""

    def typed(*words: object) -> tuple[int, str, str]:
        flags = ["--weights", weights, "--octaves", "2", "--steps", "2", "--jitter", "4", "-d", "cpu"]
        status = main(["video", *map(str, [*words, *flags])])
        told = capsys.readouterr()
        return status, told.out, told.err

    return typed


def pictures_of(path: Path) -> list[np.ndarray]:
    return [frame.rgb() for frame in read_frames(path)]


def times_of(path: Path) -> list[Fraction]:
    return [frame.time for frame in read_frames(path)]


# The carry


def test_what_moves_takes_its_dream_along() -> None:
    before, after = (texture(3)[20 : 20 + HEIGHT, at : at + WIDTH] for at in (40, 35))
    change = np.random.default_rng(0).normal(0, 0.2, (HEIGHT, WIDTH, 3)).astype(np.float32)
    change = cv2.GaussianBlur(change, (0, 0), 2)
    carried = carry(change, Follower()(before, after))
    inside = np.s_[8:-8, 13:-8]
    assert np.abs(carried[inside] - np.roll(change, 5, axis=1)[inside]).mean() < 0.1 * np.abs(change).mean()


def test_what_stands_still_keeps_it_to_the_bit_beside_what_moves() -> None:
    ground = np.full((HEIGHT, WIDTH, 3), (40, 90, 160), np.uint8)
    ground[:, : WIDTH // 3] = texture(3)[:HEIGHT, : WIDTH // 3]
    pictures = [ground.copy(), ground.copy()]
    for picture, at in zip(pictures, (60, 64), strict=True):
        cv2.circle(picture, (at, 32), 9, (230, 40, 30), -1)
    change = np.random.default_rng(0).normal(0, 0.2, (HEIGHT, WIDTH, 3)).astype(np.float32)
    carried = carry(change, Follower()(*pictures))
    assert np.array_equal(carried[:, :24], change[:, :24])


def test_nothing_is_carried_to_what_was_hidden() -> None:
    before = np.full((HEIGHT, WIDTH, 3), 30, np.uint8)
    after = before.copy()
    after[20:44, 30:60] = 220
    followed = Follower()(before, after)
    carried = carry(np.ones((HEIGHT, WIDTH, 3), np.float32), followed)
    assert np.all(carried[26:38, 36:54] < 0.05)
    assert np.all(carried[:, :16] == 1)
    assert followed.wear[32, 45] > 2 > followed.wear[5, 5] + 1


@pytest.mark.parametrize("size", [(2, 2), (3, 40), (200, 4)])
def test_any_size_can_be_followed(size: tuple[int, int]) -> None:
    picture = np.random.default_rng(0).integers(0, 255, (*size, 3), dtype=np.uint8)
    assert carry(np.ones((*size, 3), np.float32), Follower()(picture, picture)).shape == (*size, 3)


# How it looks


def unsteadiness(dreams: Sequence[np.ndarray]) -> float:
    """Mean difference of each dream from the one before it, moved as the camera moves."""
    return float(np.mean([np.abs(after[1:-2, 2:-3].astype(float) - before[2:-1, 4:-1]).mean() for before, after in pairwise(dreams)]))


def test_a_film_is_steadier_than_its_frames_and_says_as_much(run: Run, weights: Path, tmp_path: Path) -> None:
    """At most 40 % of what frames dreamed alone differ by, at 80 % or more of their objective (and most of what they gain of it)."""
    seen = passing(12)
    folder = tmp_path / "frames"
    folder.mkdir()
    for n, picture in enumerate(seen):
        cv2.imwrite(str(folder / f"{n:03d}.png"), picture[..., ::-1])
    wish = WishSettings(weights=weights, layer=("shapes",))
    alone_by, net = ascent_of(open_net("motif", weights), wish, CLIMB, device="cpu"), CLIMB
    alone = [
        to_rgb(dream_still(to_tensor(picture.copy()), alone_by, octaves=net.octaves, scale=net.scale, steps=net.steps, step_size=net.step_size)).numpy()
        for picture in seen
    ]
    run(folder, tmp_path / "dream" / "%03d.png", wish={"layer": ("shapes",)})
    together = [cv2.imread(str(path))[..., ::-1] for path in sorted((tmp_path / "dream").glob("*.png"))]
    judge = ascent_of(open_net("motif", weights), wish, ClimbSettings(jitter=0), device="cpu")
    scores = [np.mean([float(judge.gradient(to_tensor(picture.copy()))[0]) for picture in some]) for some in (seen, alone, together)]
    assert unsteadiness(together) < 0.4 * unsteadiness(alone)
    assert scores[2] > 0.8 * scores[1] > 0
    assert scores[2] - scores[0] > 0.6 * (scores[1] - scores[0]) > 0


def test_the_dream_neither_fades_nor_runs_away(run: Run, tmp_path: Path) -> None:
    still = shoot(tmp_path / "still.mkv", [passing(1)[0]] * 40, sound=False)
    run(still, tmp_path / "out" / "%02d.png")
    dreams = [cv2.imread(str(path))[..., ::-1].astype(float) for path in sorted((tmp_path / "out").glob("*.png"))]
    sizes = [np.square(dream - picture).mean() ** 0.5 for dream, picture in zip(dreams, pictures_of(still), strict=True)]
    assert min(sizes) > 0.75 * sizes[0] > 0
    assert max(sizes) < 1.1 * sizes[0]


def test_a_cut_begins_anew(run: Run, film: Path, tmp_path: Path) -> None:
    assert run(film, tmp_path / "both" / "%02d.png").n_shots == 2
    second = times_of(film)[6]
    run(film, tmp_path / "second" / "%02d.png", part=PartSettings(start=second))
    for n in range(6):
        pair = [cv2.imread(str(tmp_path / place)) for place in (f"both/{n + 7:02d}.png", f"second/{n + 1:02d}.png")]
        assert np.array_equal(*pair)


def test_cuts_are_those_of_the_film(film: Path, root: Path, truth: dict[str, Any]) -> None:
    footage = open_footage(root / "film" / "afterlight.mp4", PartSettings(start=Fraction(15), length=Fraction(4)))
    outline = outline_of(footage)
    assert [float(outline.times[first]) for first, _ in outline.shots[1:]] == [cut for cut in truth["cuts"] if 15 < cut < 19]


# What it writes


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_every_frame_comes_out_at_its_time_with_the_sound_as_it_is(run: Run, film: Path, tmp_path: Path, suffix: str) -> None:
    film = film if suffix == ".mp4" else shoot(tmp_path / "film.mkv", passing(6), uneven(6))
    out = tmp_path / f"out{suffix}"
    run(film, out)
    assert times_of(out) == times_of(film)
    heard, dreamed = read_sound(film), read_sound(out)
    n = min(len(heard), len(dreamed))
    assert n > 9000 and np.array_equal(heard[:n], dreamed[:n])
    assert not folder_beside(out).exists()
    assert any(np.abs(a.astype(int) - b).mean() > 5 for a, b in zip(pictures_of(film), pictures_of(out), strict=True))


def test_another_kind_of_container_keeps_times_and_sound_too(run: Run, film: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.webm"
    run(film, out)
    assert [round(time, 2) for time in times_of(out)] == [round(time, 2) for time in times_of(film)]
    heard, dreamed = read_sound(film), read_sound(out)
    assert np.corrcoef(heard[:20000, 0], dreamed[:20000, 0])[0, 1] > 0.99


def test_a_part_has_its_own_frames_and_sound(run: Run, film: Path, tmp_path: Path) -> None:
    out, times = tmp_path / "out.mp4", times_of(film)
    made = run(film, out, part=PartSettings(start=times[3], end=times[8]))
    assert made.n_frames == 5
    assert times_of(out) == [time - times[3] for time in times[3:8]]
    heard, first = read_sound(film), round(times[3] * 48_000)
    assert np.corrcoef(heard[first : first + 6000, 0], read_sound(out)[:6000, 0])[0, 1] > 0.98


def test_a_turned_film_with_long_pixels_and_ten_bits_is_shown_as_it_was(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "turned.mkv"
    with av.open(str(path.with_suffix(".mp4")), "w") as film:
        stream = film.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p10le"
        stream.codec_context.sample_aspect_ratio = Fraction(4, 3)
        stream.set_display_rotation(-90)
        for picture in passing(3):
            film.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24").reformat(format="yuv420p10le")))
        film.mux(stream.encode(None))
    source, out = path.with_suffix(".mp4"), tmp_path / "out.mp4"
    run(source, out, climb=CLIMB.model_copy(update={"strength": 0.0}))
    video = probe(out).video
    assert video and video.size == (HEIGHT, WIDTH) and video.rotation == 0 and video.pixel_aspect == Fraction(3, 4)
    upright = np.rot90(pictures_of(source)[0], k=-1)
    assert np.abs(pictures_of(out)[0].astype(int) - upright).mean() < 6


def test_a_large_film_is_dreamed_small_and_stays_sharp(run: Run, film: Path, tmp_path: Path) -> None:
    run(film, tmp_path / "out" / "%02d.png", carry=CarrySettings(size=(48, 32)))
    change = cv2.imread(str(tmp_path / "out" / "04.png"))[..., ::-1].astype(float) - pictures_of(film)[3]
    coarse = cv2.resize(cv2.resize(change, (48, 32), interpolation=cv2.INTER_AREA), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    assert np.abs(change).mean() > 5
    assert np.abs(change - coarse).mean() < 0.35 * np.abs(change).mean()  # what is fine is the film's own


def test_only_where_the_mask_is_bright_and_in_the_films_own_colours(run: Run, film: Path, tmp_path: Path) -> None:
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[:, WIDTH // 2 :] = 255
    cv2.imwrite(str(tmp_path / "mask.png"), mask)
    run(film, tmp_path / "out" / "%02d.png", where=WhereSettings(mask=tmp_path / "mask.png", preserve_color=True))
    change = cv2.imread(str(tmp_path / "out" / "04.png"))[..., ::-1].astype(float) - pictures_of(film)[3]
    assert np.abs(change[:, : WIDTH // 2 - 1]).max() == 0 < np.abs(change[:, WIDTH // 2 :]).mean()
    inner = change[8:-8, WIDTH // 2 + 8 : -8]
    assert np.median(np.ptp(inner, axis=2)) <= 1  # all colours by the same


# Played by MIDI


def score(path: Path, *, tempo_us: int = 500_000) -> Path:
    """Beats 0 to 1 note 60, 1 to 2 note 62 on another track; the tempo doubles on beat 1; controller 1 falls to 0 on beat 2."""
    file = mido.MidiFile(ticks_per_beat=480)
    conductor, first, second = mido.MidiTrack(), mido.MidiTrack(), mido.MidiTrack()
    conductor += [mido.MetaMessage("set_tempo", tempo=tempo_us), mido.MetaMessage("set_tempo", tempo=tempo_us // 2, time=480)]
    first += [mido.Message("note_on", note=60, velocity=127), mido.Message("note_off", note=60, time=480)]
    second += [mido.Message("note_on", note=62, velocity=100, channel=1, time=480), mido.Message("note_on", note=62, velocity=0, channel=1, time=480)]
    second += [mido.Message("control_change", control=1, value=0, channel=1)]
    file.tracks += [conductor, first, second]
    file.save(path)
    return path


def test_notes_are_read_at_their_exact_times(tmp_path: Path) -> None:
    tape = read_tape(score(tmp_path / "a.mid", tempo_us=333_333))
    beat = Fraction(333_333, 1_000_000)
    assert [(note.start, note.end, note.pitch, note.channel, note.track) for note in tape.notes] == [
        (Fraction(0), beat, 60, 0, 1),
        (beat, beat + Fraction(166_666, 1_000_000), 62, 1, 2),
    ]
    assert [control.time for control in tape.controls] == [beat + Fraction(166_666, 1_000_000)]


def one_note(start: int, end: int, *, pitch: int = 60, velocity: int = 127) -> Tape:
    return Tape(Path("one.mid"), (Note(Fraction(start), Fraction(end), pitch, velocity, 0, 0),), (), 1)


def test_a_motif_swells_with_its_note_and_falls_when_it_ends() -> None:
    player = Player(one_note(1, 2, velocity=64), [parse_route("midi.note.60=motif.eyes")], release_s=Fraction(1, 2))
    loud = [player.weights(Fraction(time, 100))[0] for time in (99, 100, 150, 199, 225, 250, 300)]
    assert loud[0] == 0 and loud[1] == 64 / 127
    assert loud[1] > loud[2] > loud[3] > loud[4] > loud[5] == loud[6] == 0


def test_routes_listen_to_what_they_name() -> None:
    routes = [parse_route(text) for text in ("midi.note.36-48=motif.eyes", "midi.ch.2.note.*=layer.shapes", "midi.cc.74=step-size:0.5..1.5")]
    assert [route.target for route in routes] == ["motif.eyes", "layer.shapes", "step-size"]
    low, other = one_note(0, 1, pitch=48).notes[0], one_note(0, 1, pitch=49).notes[0]
    assert (routes[0].takes(low), routes[0].takes(other), routes[1].takes(low)) == (True, False, False)
    assert routes[2].span == (0.5, 1.5)


def test_each_track_plays_a_motif_of_its_own_by_default(tmp_path: Path) -> None:
    routes = default_routes(read_tape(score(tmp_path / "a.mid")), MOTIFS)
    assert [(route.track, route.target) for route in routes] == [(1, "motif.eyes"), (2, "motif.feathers")]


def test_the_score_plays_the_dream(run: Run, tmp_path: Path) -> None:
    """Nothing sounds at first, then a note, then nothing again; and the strength is brought to 0 in the end."""
    film = shoot(tmp_path / "film.mkv", [passing(1)[0]] * 40, sound=False)
    file = mido.MidiFile(ticks_per_beat=500)  # with the usual tempo a tick is a millisecond
    file.tracks.append(mido.MidiTrack())
    file.tracks[0] += [mido.Message("note_on", note=60, velocity=120, time=400), mido.Message("note_off", note=60, time=400)]
    file.tracks[0] += [mido.Message("note_on", note=60, velocity=120, time=500), mido.Message("control_change", control=7, value=0, time=100)]
    file.save(tmp_path / "a.mid")
    routes = ("midi.note.60=motif.eyes", "midi.cc.7=strength")
    run(film, tmp_path / "out" / "%02d.png", score=ScoreSettings(midi=tmp_path / "a.mid", map=routes, release=Fraction(1, 5)))
    dreams = [cv2.imread(str(path))[..., ::-1].astype(float) for path in sorted((tmp_path / "out").glob("*.png"))]
    sizes = [float(np.abs(dream - picture).mean()) for dream, picture in zip(dreams, pictures_of(film), strict=True)]
    assert max(sizes[:10]) == 0
    assert min(sizes[13:20]) > 3
    assert max(sizes[25:32]) < 0.5
    assert sizes[34] > 1 and max(sizes[36:]) == 0


# Ended and gone on with


def ended_after(n_frames: int) -> Callable[[Progress], None]:
    """Ctrl-C when so many frames have been dreamed."""

    def look(progress: Progress) -> None:
        if progress.what == "dreaming" and progress.done == n_frames:
            raise KeyboardInterrupt

    return look


@pytest.mark.parametrize("n_frames", [1, 4, 8])
def test_what_was_ended_goes_on_to_the_same_end(run: Run, film: Path, tmp_path: Path, n_frames: int) -> None:
    whole, halved = tmp_path / "whole.mp4", tmp_path / "halved.mp4"
    run(film, whole)
    with pytest.raises(Ended) as ended:
        run(film, halved, on_progress=ended_after(n_frames))
    assert (ended.value.n_done, ended.value.n_frames) == (n_frames, 12)
    assert not halved.exists()
    if n_frames == 4:  # the machine went down while a frame was being kept
        (folder_beside(halved) / "0000003.png").write_bytes(b"")
    assert run(film, halved).n_kept == n_frames
    assert all(np.array_equal(a, b) for a, b in zip(pictures_of(whole), pictures_of(halved), strict=True))
    assert not folder_beside(halved).exists()


def test_after_kill_9_it_goes_on_to_the_same_end(film: Path, weights: Path, tmp_path: Path, command: Any) -> None:
    whole, killed = tmp_path / "whole.mp4", tmp_path / "killed.mp4"
    words = ["video", film, "-o", killed, "--weights", weights, "--octaves", "2", "--steps", "2", "--jitter", "4", "-d", "cpu"]
    code = "import sys, time; from dream.films.work import Work; keep = Work.write\n"
    code += "Work.write = lambda *a: (keep(*a), time.sleep(0.3))[0]\n"  # slow enough to be met
    code += "import torch; torch.set_num_threads(1); from dream.cli import main; sys.exit(main(sys.argv[1:]))"
    process = subprocess.Popen([sys.executable, "-c", code, *map(str, words)], stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while len(list(tmp_path.glob("killed.mp4.dreaming/*.png"))) < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not killed.exists() and 3 <= len(list(tmp_path.glob("killed.mp4.dreaming/*.png"))) < 12
    status, told, _ = command(film, "-o", killed)
    assert status == 0 and "from before" in told
    assert command(film, "-o", whole)[0] == 0
    assert all(np.array_equal(a, b) for a, b in zip(pictures_of(whole), pictures_of(killed), strict=True))


def test_other_settings_begin_anew(run: Run, film: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    with pytest.raises(Ended):
        run(film, out, on_progress=ended_after(4))
    assert run(film, out, wish={"motif": ("gears",)}).n_kept == 0


def test_two_runs_do_not_dream_the_same_film(run: Run, film: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"

    def start_another(_progress: Progress) -> None:
        with pytest.raises(UserError, match="another run"):
            run(film, out)

    run(film, out, on_progress=start_another)


def test_what_somebody_else_keeps_in_the_folder_is_left_alone(run: Run, film: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    folder_beside(out).mkdir()
    (folder_beside(out) / "mine.txt").write_text("mine")
    run(film, out)
    assert [path.name for path in folder_beside(out).iterdir()] == ["mine.txt"]


def test_ctrl_c_says_how_to_go_on(command: Any, film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def end(*_: object, **__: object) -> None:
        raise Ended(3, 12, tmp_path / "x.dreaming")

    monkeypatch.setattr("dream.films.run.dream_film", end)
    status, _, told = command(film, "-o", tmp_path / "out.mp4")
    assert status == 130 and "3 of 12 frames are kept" in told and "goes on from there" in told


def test_several_workers_dream_the_same(run: Run, film: Path, tmp_path: Path) -> None:
    alone, many = tmp_path / "alone.mp4", tmp_path / "many.mp4"
    run(film, alone)
    run(film, many, n_workers=2)
    assert all(np.array_equal(a, b) for a, b in zip(pictures_of(alone), pictures_of(many), strict=True))


# Bad input


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["missing.mp4"], "missing.mp4: there is no such file"),
        (["noise.mp4"], "noise.mp4: this is no film"),
        (["sound.wav"], "sound.wav: it holds no picture"),
        (["film.mp4", "-o", "film.mp4"], "the output is the film that is read"),
        (["film.mp4", "-o", "out.wav"], "this is the name of a sound file"),
        (["film.mp4", "-o", "nowhere/out.mp4"], "the output folder does not exist"),
        (["film.mp4", "--motif", "eye"], "motif has none of this name. Did you mean eyes?"),
        (["film.mp4", "--map", "midi.note.60=motif.eyes"], "there is no MIDI file that plays"),
        (["film.mp4", "--midi", "a.mid", "--map", "note60=motif.eyes"], "'note60' is nothing that MIDI plays"),
        (["film.mp4", "--midi", "a.mid", "--map", "midi.note.200=motif.eyes"], "go from 0 to 127"),
        (["film.mp4", "--midi", "a.mid", "--map", "midi.cc.1=strenght"], "Did you mean strength?"),
        (["film.mp4", "--midi", "a.mid", "--map", "midi.cc.1=strength:0..3"], "strength goes from 0 to 1"),
        (["film.mp4", "--midi", "a.mid", "--map", "midi.note.1=motif.gear"], "Did you mean gears?"),
        (["film.mp4", "--midi", "noise.mp4"], "this is no MIDI file that can be read"),
        (["film.mp4", "--midi", "missing.mid"], "there is no such file"),
        (["film.mp4", "--from", "9"], "before 9"),
        (["film.mp4", "--to", "1", "--for", "1"], "give --to or --for"),
        (["film.mp4", "--keep", "2"], "--keep must be less than or equal to 1"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(
    words: list[str], told: str, film: Path, command: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("noise.mp4").write_bytes(bytes(range(256)) * 20)
    with FilmWriter("sound.wav", sound=True) as sound:
        sound.write_sound(np.zeros((4800, 2), np.float32))
    score(Path("a.mid"))
    before = sorted(path.name for path in tmp_path.iterdir())
    status, _, error = command(*words)
    assert status == 2 and told in error and error.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_tiny_film_and_a_single_picture_come_out_too(run: Run, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "one.png"), passing(1)[0])
    assert run(tmp_path / "one.png", tmp_path / "one.gif").n_frames == 1
    with FilmWriter(tmp_path / "tiny.mkv", size=(6, 4), rate=Fraction(25)) as film:
        for n in range(3):
            film.write_frame(np.full((4, 6, 3), 60 * n, np.uint8))
    assert run(tmp_path / "tiny.mkv", tmp_path / "out.mkv").n_frames == 3
