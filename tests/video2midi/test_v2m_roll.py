"""The roll: everything stands at its instant, silence is seen, and any film and score make a picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from media.errors import UserError
from media.oklab import lab_to_rgb, rgb_to_lab
from media.progress import Progress
from media.write import write_rgb
from video2midi.notes import Control, Note, Score, Track
from video2midi.roll import Lane, draw_roll
from video2midi.roll import film as film_module
from video2midi.roll.film import open_view
from video2midi.roll.lanes import per_column, still_share
from video2midi.roll.layout import Layout, lay_out
from video2midi.roll.lettering import Lettering
from video2midi.roll.moments import moment_edges, still_edges
from video2midi.roll.notes import spread
from video2midi.roll.palette import band_colours, lift
from video2midi.roll.poster import line_of_facts, title_of
from video2midi.tempo import TempoMap

SIZE = 720, 540
END = 4
FRAMES = np.arange(100) / 25


Draw = Callable[..., np.ndarray]


@pytest.fixture(scope="module")
def draw(tmp_path_factory: pytest.TempPathFactory) -> Draw:
    """Draws a score over a grey picture, or another source."""
    grey = tmp_path_factory.mktemp("grey") / "grey.png"
    Image.new("RGB", (64, 36), (90, 90, 90)).save(grey)

    def draw(score: Score, source: Path = grey, **more: Any) -> np.ndarray:
        return draw_roll(score, source, **{"seconds": FRAMES, "size_px": SIZE, **more})

    return draw


@pytest.fixture(scope="module")
def red_then_blue(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Two seconds of each."""
    folder = tmp_path_factory.mktemp("two")
    for name, colour in (("0.png", (220, 0, 0)), ("1.png", (0, 0, 220))):
        Image.new("RGB", (64, 36), colour).save(folder / name)
    return {"source": folder, "rate": Fraction(1, 2)}


def score_of(*notes: Note, channel: int = 0, end: Fraction | int = END, controls: tuple[Control, ...] = (), title: str = "") -> Score:
    return Score((Track("voice", channel, None, notes, controls),), (), Fraction(end), TempoMap(), title)


def note(start: float, end: float, pitch: int = 60, velocity: int = 100) -> Note:
    return Note(Fraction(start), Fraction(end), pitch, velocity)


def layout(**more: int) -> Layout:
    return lay_out(SIZE, **{"n_lanes": 0, "n_drums": 0, **more})


def x_of(second: float) -> float:
    box = layout().roll
    return box.left + second / END * box.width


def changed(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Columns and rows of the roll in which two pictures differ for all to see."""
    box = layout().roll
    parts = [image[round(box.top) : round(box.bottom), round(box.left) :].astype(int) for image in (first, second)]
    differs = np.abs(parts[0] - parts[1]).max(axis=2) > 12
    return np.flatnonzero(differs.any(axis=0)) + round(box.left), np.flatnonzero(differs.any(axis=1)) + round(box.top)


@pytest.mark.parametrize(("start", "end"), [(0.0, 1.0), (1.3, 2.7), (2.0, 2.1), (3.5, 9.0)])
def test_a_note_stands_from_its_onset_to_its_end(draw: Draw, start: float, end: float) -> None:
    columns, _ = changed(draw(score_of()), draw(score_of(note(start, end))))
    assert abs(columns[0] - x_of(start)) <= 1
    assert abs(columns[-1] + 1 - x_of(min(end, END))) <= 2  # less the breath before the next one


def test_higher_is_higher_and_louder_is_thicker(draw: Draw) -> None:
    frame = (note(0, 0.2, 40), note(0, 0.2, 80))
    empty = draw(score_of(*frame))
    rows = {n: changed(empty, draw(score_of(*frame, note(2, 3, *n))))[1] for n in ((50, 100), (70, 100), (70, 20))}
    assert rows[70, 100].mean() < rows[50, 100].mean()
    assert len(rows[70, 100]) > len(rows[70, 20])


def test_voices_are_told_apart_by_the_form_of_their_notes(draw: Draw) -> None:
    tracks = [Track(f"v{n}", n, None, (note(n * 0.9 + 0.1, n * 0.9 + 0.8),)) for n in range(4)]
    rgb = draw(Score(tuple(tracks), (), Fraction(END), TempoMap()))
    box = layout().roll
    wide = round(x_of(0.6)) - round(x_of(0.0))
    forms = [rgb[round(box.top) : round(box.bottom), round(x_of(n * 0.9 + 0.1)) :][:, :wide].astype(int) for n in range(4)]
    for first, second in combinations(forms, 2):
        assert (np.abs(first - second).max(axis=2) > 24).sum() > 20


def test_notes_take_the_colour_of_the_film_at_their_onset_also_at_a_cut(draw: Draw, red_then_blue: dict[str, Any]) -> None:
    image = draw(score_of(note(0.5, 0.9), note(2, 2.4)), **red_then_blue, cuts=[Fraction(2)])
    box = layout().roll
    roll = image[round(box.top + 0.4 * box.height) : round(box.bottom)].astype(int)
    red, blue = (roll[:, round(x_of(second))] for second in (0.7, 2.2))
    assert (red[:, 0] - red[:, 2]).max() > 60
    assert (blue[:, 2] - blue[:, 0]).max() > 60
    assert (blue[:, 0] - blue[:, 2]).max() < 10


def test_a_cut_is_a_line_at_its_instant(draw: Draw) -> None:
    score = score_of(note(0, 4))
    columns, rows = changed(draw(score), draw(score, cuts=[Fraction(5, 4)]))
    assert np.abs(columns + 0.5 - x_of(1.25)).max() <= 1.5
    assert len(rows) > 0.9 * layout().roll.height


def test_where_the_picture_rests_the_light_goes_out(draw: Draw) -> None:
    moving = ~((FRAMES >= 1) & (FRAMES < 2))
    columns, _ = changed(draw(score_of()), draw(score_of(), moving=moving))
    image, box = draw(score_of(), moving=moving), layout().roll
    assert abs(columns[0] - x_of(1)) <= 1 and abs(columns[-1] + 1 - x_of(2)) <= 1
    line = image[round(box.top) + 2].mean(axis=1)
    assert line[round(x_of(1.5))] < 0.5 * line[round(x_of(0.5))]


def test_the_strip_and_the_ribbon_show_the_film_where_it_is(draw: Draw, red_then_blue: dict[str, Any]) -> None:
    image = draw(score_of(), **red_then_blue, cuts=[Fraction(2)])
    at = round(x_of(2))
    for box, gap in ((layout().strip, 2), (layout().ribbon, 1)):
        line = image[round(box.middle)].astype(int)
        assert line[at - 1 - gap, 0] > 200 > 20 > line[at - 1 - gap, 2]
        assert line[at + gap, 2] > 200 > 20 > line[at + gap, 0]


def test_a_lane_is_as_high_as_its_values(draw: Draw) -> None:
    lane = Lane("brightness", (FRAMES >= 2).astype(float))
    with_lane, box = draw(score_of(), lanes=[lane]), layout(n_lanes=1).lanes[0]
    lit = with_lane[round(box.top) + 4 : round(box.bottom) - 4].mean(axis=(0, 2))
    assert lit[round(x_of(3))] > 2 * lit[round(x_of(1))]


@pytest.mark.parametrize("kind", ["level", "signed", "circle"])
def test_every_kind_of_lane_is_drawn(draw: Draw, kind: Any) -> None:
    lane, flat = Lane("x", np.linspace(0, 1, 100), kind), Lane("x", np.zeros(100), kind)
    assert (draw(score_of(), lanes=[lane]) != draw(score_of(), lanes=[flat])).any()


def test_controllers_that_move_have_a_lane_of_their_own(draw: Draw) -> None:
    still = score_of(controls=(Control(Fraction(0), 74, 5), Control(Fraction(1), 74, 5)))
    moved = score_of(controls=(Control(Fraction(0), 74, 5), Control(Fraction(2), 74, 120)))
    assert np.array_equal(draw(still), draw(score_of()))
    box = layout(n_lanes=1).lanes[0]
    lit = draw(moved)[round(box.top) : round(box.top + 0.2 * box.height)].mean(axis=(0, 2))
    assert lit[round(x_of(3))] > lit[round(x_of(1.9))]


def test_drums_have_a_row_each_and_alone_the_whole_roll(draw: Draw) -> None:
    strokes = (note(1, 1.1, 36), note(2, 2.1, 42))
    box = layout(n_drums=2, drums_only=True).drums
    image = draw(score_of(*strokes, channel=9))
    for number, second in enumerate((1, 2)):
        y = round(box.bottom - (number + 0.5) * box.height / 2)
        assert image[y, round(x_of(second))].max() > 120 > image[y, round(x_of(3))].max()


@pytest.mark.parametrize("shape", [(90, 40), (40, 400), (1, 1)])
@pytest.mark.parametrize("size", [(640, 360), (300, 900), (80, 60)])
def test_any_film_and_size_make_a_picture(draw: Draw, shape: tuple[int, int], size: tuple[int, int], tmp_path: Path) -> None:
    Image.new("RGB", shape[::-1], (128, 128, 128)).save(tmp_path / "film.png")
    image = draw(score_of(note(0, 9)), tmp_path / "film.png", size_px=size, lanes=[Lane("x", FRAMES / 4)])
    assert image.shape == (size[1], size[0], 3) and image.dtype == np.uint8


@pytest.mark.parametrize("end", [Fraction(1, 25), Fraction(1001, 30000), Fraction(7200)])
def test_any_length_makes_a_picture(draw: Draw, end: Fraction) -> None:
    seconds = np.linspace(0, float(end), 300, endpoint=False)
    cuts = [end * n / 1000 for n in range(1, 1000)]
    image = draw(score_of(*(Note(cut, cut + end / 50, 60, 90) for cut in cuts[:900]), end=end), seconds=seconds, cuts=cuts, moving=seconds > 0)
    assert image.std() > 1


def test_silence_without_frames_is_a_picture_too(draw: Draw) -> None:
    empty = Score((), (), Fraction(0), TempoMap())
    assert draw(empty, seconds=np.zeros(0), moving=np.zeros(0, bool)).shape == (540, 720, 3)
    assert "silence" in line_of_facts(empty, [], ["C major"])


def test_the_same_is_drawn_twice(draw: Draw, red_then_blue: dict[str, Any]) -> None:
    arguments = {"cuts": [Fraction(2)], "moving": FRAMES > 1, "lanes": [Lane("x", FRAMES / 4)], "facts": ["D dorian"]}
    first, second = (draw(score_of(note(0, 1), title="film"), **red_then_blue, **arguments) for _ in range(2))
    assert np.array_equal(first, second)


@pytest.mark.parametrize("title", ["静けさ", "Портрет", "ö" * 300, "a\u0301 b"])
def test_any_title_can_be_written(draw: Draw, title: str) -> None:
    assert (draw(score_of(title=title)) != draw(score_of())).any()


def test_the_line_of_facts_and_the_title() -> None:
    score = score_of(note(0, 1), title="film.mp4", end=75)
    assert line_of_facts(score, [Fraction(1), Fraction(2)], ["D dorian", "120 BPM"]).split("   ·   ") == ["1:15", "D dorian", "120 BPM", "1 note", "2 cuts"]
    assert title_of(score, "/somewhere/film.mp4") == "film"
    assert title_of(score, "/somewhere/other.mp4") == "film.mp4"
    assert title_of(score_of(title="%04d.png"), "/somewhere/day/%04d.png") == "day"


def test_progress_rises_to_its_end(draw: Draw) -> None:
    told: list[Progress] = []
    draw(score_of(), on_progress=told.append)
    assert [step.done for step in told] == sorted(step.done for step in told)
    assert told[-1].done == told[-1].total


# --- files


def test_it_is_written_whole_in_the_format_of_its_suffix(draw: Draw, tmp_path: Path) -> None:
    for name in ("roll.png", "roll.jpg", "roll.webp"):
        write_rgb(tmp_path / name, draw(score_of(note(0, 1))))
        assert Image.open(tmp_path / name).size == SIZE


@pytest.mark.parametrize(("name", "cause"), [("roll.xyz", "no picture format"), ("nowhere/roll.png", "folder does not exist")])
def test_what_cannot_be_written_is_told_in_a_line(draw: Draw, name: str, cause: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=cause) as fault:
        write_rgb(tmp_path / name, draw(score_of()))
    assert "\n" not in str(fault.value) and not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["missing.mp4", "words.txt"])
def test_what_cannot_be_read_is_told_in_a_line(draw: Draw, name: str, tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("no film")
    with pytest.raises(UserError, match=name):
        draw(score_of(), tmp_path / name)


# --- looking at films


def code(path: Path, *, n_frames: int = 50, rotation: int = 0, size: tuple[int, int] = (64, 48), gop: int = 10) -> Path:
    """A film whose frames are as light as their number, 2 levels each."""
    with av.open(str(path), "w") as film:
        stream: Any = film.add_stream("libx264", rate=25, options={"g": str(gop), "bf": "2", "crf": "10", "sc_threshold": "0"})
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        if rotation:
            stream.set_display_rotation(rotation)
        for number in range(n_frames):
            picture = av.VideoFrame.from_ndarray(np.full((size[1], size[0], 3), 20 + 2 * number, np.uint8), format="rgb24")
            film.mux(stream.encode(picture))
        film.mux(stream.encode(None))
    return path


def numbers_at(view_look: Callable[..., Any], times: Sequence[float]) -> list[tuple[int, int]]:
    return [(seen.number, round((float(seen.rgb.mean()) - 20) / 2)) for seen in view_look([Fraction(t) for t in times], [24] * len(times))]


def test_a_film_is_looked_at_frame_by_frame(tmp_path: Path) -> None:
    view = open_view(code(tmp_path / "film.mp4"))
    assert numbers_at(view.look, [0.0, 0.5, 0.5, 1.3, 99.0]) == [(0, 0), (1, 12), (2, 12), (3, 32), (4, 49)]


def test_of_a_long_film_places_before_the_wanted_times_are_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(film_module, "_PIXELS_READ", 0)
    view = open_view(code(tmp_path / "film.mp4"))
    wanted = [Fraction(n, 10) for n in range(20)]
    seen = list(view.look(wanted, [24] * 20))
    assert [each.number for each in seen] == list(range(20))
    for each in seen:
        assert each.since is not None and wanted[each.number] - Fraction(10, 25) <= each.since <= wanted[each.number]
        assert round((float(each.rgb.mean()) - 20) / 2) == each.since * 25
    assert numbers_at(view.look_closely, [0.5, 1.3]) == [(0, 12), (1, 32)]
    assert draw_roll(score_of(end=2), tmp_path / "film.mp4", seconds=FRAMES[:50], cuts=[Fraction(17, 25)], size_px=SIZE).std() > 1


def test_a_long_film_whose_first_frame_is_damaged_is_drawn_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(film_module, "_PIXELS_READ", 0)
    path = code(tmp_path / "film.mp4")
    with av.open(str(path)) as film:
        first = bytes(next(film.demux(video=0)))
    content = path.read_bytes()
    words = 4 + int.from_bytes(first[:4], "big")  # what x264 says of itself; then the picture's length and kind, and the picture
    path.write_bytes(content.replace(first[words + 5 :], b"\xff" * len(first[words + 5 :])))
    assert not list(open_view(path).look([Fraction(0)], [24]))
    assert draw_roll(score_of(end=2), path, seconds=FRAMES[:50], size_px=SIZE).std() > 1


@pytest.mark.parametrize("long", [False, True])
def test_a_turned_film_is_looked_at_upright(long: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if long:
        monkeypatch.setattr(film_module, "_PIXELS_READ", 0)
    view = open_view(code(tmp_path / "film.mp4", rotation=90, n_frames=5))
    assert view.proportions == 48 / 64
    for look in (view.look, view.look_closely):
        assert next(iter(look([Fraction(0)], [32]))).rgb.shape == (32, 24, 3)


def test_a_folder_is_looked_at_with_the_nearest_in_place_of_a_damaged_picture(tmp_path: Path) -> None:
    for number in range(4):
        Image.new("P" if number == 2 else "RGB", (30, 20), 60 * number).save(tmp_path / f"{number}.png")
    (tmp_path / "0.png").write_bytes(b"no picture")
    found = [float(seen.rgb[0, 0, 0]) for seen in open_view(tmp_path, rate=Fraction(2)).look([Fraction(0), Fraction(1, 2), Fraction(3, 2)], [20] * 3)]
    assert found == [60, 60, 180]


# --- laws


times = st.lists(st.fractions(0, 100, max_denominator=1000), max_size=40, unique=True).map(sorted)


@given(times, st.floats(0.5, 60), st.integers(8, 200))
def test_no_moment_reaches_over_a_cut(cuts: list[Fraction], n_fitting: float, n_most: int) -> None:
    edges = moment_edges(np.arange(2500) / 25, cuts, 100.0, n_most=n_most)
    assert edges[0] == 0 and edges[-1] == 100 and (np.diff(edges) > 0).all()
    if len(cuts) < n_most // 2:
        assert len(edges) <= n_most + 3
        assert all(np.abs(edges - float(cut)).min() < 2e-6 for cut in cuts)
    slots = still_edges(cuts, 100.0, n_fitting=n_fitting)
    assert slots[0] == 0 and slots[-1] == 100 and (np.diff(slots) > 0).all()
    assert len(slots) - 1 <= 3 * max(4, n_fitting) + 1


def test_each_shot_has_a_still_unless_shots_are_too_short() -> None:
    cuts = [Fraction(1), Fraction(2), Fraction(7)]
    assert set(map(float, cuts)) <= set(still_edges(cuts, 10.0, n_fitting=10))
    many = [Fraction(n, 10) for n in range(1, 100)]
    assert np.allclose(np.diff(still_edges(many, 10.0, n_fitting=5)), 2)


@given(st.lists(st.booleans(), min_size=1, max_size=200), st.integers(1, 300))
def test_rests_take_the_time_they_take(moving: list[bool], n_columns: int) -> None:
    share = still_share(np.arange(len(moving)) / 10, np.array(moving), end=len(moving) / 10, n_columns=n_columns)
    assert share.min() >= 0 and share.max() <= 1
    assert share.mean() == pytest.approx(1 - np.mean(moving), abs=1e-6)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=300), st.integers(1, 100))
def test_columns_keep_the_range_of_a_curve(values: list[float], n_columns: int) -> None:
    means, peaks = per_column(np.arange(len(values)) / 25, np.array(values), end=len(values) / 25, n_columns=n_columns)
    assert min(values) - 1e-9 <= means.min() and peaks.max() <= max(values) + 1e-9
    assert (peaks >= means - 1e-9).all()
    if len(values) > n_columns:
        assert peaks.max() == pytest.approx(max(values))


@given(st.lists(st.floats(-50, 150), max_size=20), st.floats(0.1, 30))
def test_names_stay_apart_in_order_and_in_bounds(wanted: list[float], least: float) -> None:
    places = spread(wanted, least=least, within=(0, 100))
    gap = min(least, 100 / max(1, len(wanted) - 1))
    assert all(-1e-6 <= place <= 100 + 1e-6 for place in places)
    ordered = np.array(places)[np.argsort(wanted, kind="stable")] if wanted else np.zeros(0)
    assert (np.diff(ordered) >= gap - 1e-6).all()


def test_names_that_do_not_touch_stay_where_they_are() -> None:
    assert spread([80.0, 10.0, 40.0], least=10, within=(0, 100)) == [80.0, 10.0, 40.0]


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_colours_survive_oklab(rgb: tuple[int, int, int]) -> None:
    assert np.allclose(lab_to_rgb(rgb_to_lab(np.array(rgb))), rgb, atol=0.6)


def test_a_lifted_colour_reads_and_grey_stays_grey() -> None:
    lifted = lift(rgb_to_lab(np.array([[30, 0, 60], [20, 20, 20]])), 0.8)
    assert rgb_to_lab(lifted)[:, 0] == pytest.approx([0.8, 0.8], abs=0.01)
    assert lifted[0, 2] - lifted[0, 1] > 20
    assert np.ptp(lifted[1]) < 2


def test_bands_name_the_strongest_colour_rather_than_the_mean() -> None:
    picture = np.zeros((36, 64, 3), np.uint8)
    picture[:, :40, 0], picture[:, 40:, 1:] = 200, 200
    top, foot = lab_to_rgb(band_colours(picture))[[0, -1]]
    assert top[0] > 150 and top[1:].max() < 60 and foot[0] > 150


def test_lines_are_cut_where_room_ends() -> None:
    lettering = Lettering()
    assert lettering.shorten("short", size=20, within=500) == "short"
    cut = lettering.shorten("a line that is far too long", size=20, within=90)
    assert cut.endswith("...") and lettering.width(cut, size=20) <= 90
    assert lettering.shorten("no room at all", size=20, within=3) == ""
    assert lettering.shorten_name("a line that is far too long 7", size=20, within=90).endswith("7")
