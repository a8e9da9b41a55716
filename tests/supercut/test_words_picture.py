"""The picture of words: marks where the words are said, in the film's colours; a whole file or none."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from media.errors import NothingFound, UserError
from media.fonts import face_for
from media.progress import Progress
from media.span import Span
from supercut.transcript import Cue, Transcript, Word
from supercut.words import Count, Place, count_words, spoken_words
from supercut.words_layout import LEADING, Strip, choose_rows, lay_out, wrap
from supercut.words_picture import draw_words, picture_of_words
from supercut.words_sheet import Palette, Sheet, palette_of, vivid_colour

RED, BLUE = (220, 30, 40), (30, 60, 220)
SIZE = (960, 540)


def flat(colour: tuple[int, int, int]) -> np.ndarray:
    return np.full((36, 64, 3), colour, np.uint8)


def said(*words: str, name: str = "film.mp4", every_s: int = 2) -> Transcript:
    """A film in which a word is said for a second, then nothing for a second."""
    spans = [Span(Fraction(n * every_s), Fraction(n * every_s + 1)) for n in range(len(words))]
    cues = tuple(Cue(word, span, (Word(word, span),)) for word, span in zip(words, spans, strict=True))
    return Transcript(Path(name), Path(name).with_suffix(".srt"), cues)


def strip(transcript: Transcript, *frames: np.ndarray) -> Strip:
    spoken = tuple(spoken_words(transcript))
    return Strip(transcript.film, spoken[-1][1].end + 1, spoken, tuple((cue.span, cue.text) for cue in transcript.cues), frames)


def pixels_of_marks(counts: list[Count], strips: list[Strip], word: str) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """What the picture has in the middle of each mark of a word, and half a second after it, in each band."""
    picture = np.asarray(picture_of_words(counts, strips, size=SIZE))
    sheet = Sheet(SIZE, Palette())
    bands, rows = lay_out(sheet, counts, strips, root=122)  # the text of few words fits below
    if len(bands) > 1:
        bands, rows = lay_out(sheet, counts, strips, root=24)
    row = next(row for row in rows if row.count.words == word)
    inside, after = [], []
    for band in bands:
        for film, span in row.count.places:
            if film == band.strip.film:
                y = (band.y(row) - row.size * 0.25) / 2
                inside.append(picture[round(y), round(band.x((span.start + span.end) / 2) / 2)])
                after.append(picture[round(y), round(band.x(span.end + Fraction(1, 2)) / 2)])
    return inside, after


def is_like(pixel: np.ndarray, colour: tuple[int, int, int]) -> bool:
    return int(np.argmax(pixel)) == int(np.argmax(colour)) and int(pixel.max()) > 150


def test_marks_stand_where_words_are_said_in_the_colour_of_the_film_there() -> None:
    transcript = said("light", "dark", "light", "dark", "light", "light")
    inside, after = pixels_of_marks(count_words([transcript]), [strip(transcript, flat(RED), flat(BLUE))], "light")
    assert [is_like(pixel, RED) for pixel in inside] == [True, True, False, False]
    assert [is_like(pixel, BLUE) for pixel in inside] == [False, False, True, True]
    assert all(pixel.max() < 60 for pixel in after)


def test_each_film_has_a_band_of_its_own() -> None:
    one, two = said("light", "light", name="one.mp4"), said("dark", "light", name="two.mp4")
    counts = count_words([one, two])
    inside, _ = pixels_of_marks(counts, [strip(one, flat(RED)), strip(two, flat(BLUE))], "light")
    assert [is_like(pixel, RED) for pixel in inside] == [True, True, False]
    assert is_like(inside[2], BLUE)


def test_bands_share_one_clock_and_stay_on_the_sheet() -> None:
    one, two = said(*"abcdef", name="one.mp4"), said("a", name="two.mp4")
    sheet = Sheet((1920, 1080), Palette())
    bands, _ = lay_out(sheet, count_words([one, two]), [strip(one), strip(two)], root=24)
    assert bands[0].x(Fraction(1)) == bands[1].x(Fraction(1))
    assert bands[0].right == pytest.approx(sheet.width - 96)
    assert bands[0].strip_bottom < bands[1].top
    assert bands[1].strip_bottom < 1080


def test_long_words_leave_room_for_the_film() -> None:
    long = said("x" * 120, "x" * 120)
    bands, rows = lay_out(Sheet(SIZE, Palette()), count_words([long]), [strip(long)], root=24)
    assert bands[0].right - bands[0].left > 0.5 * 1920
    assert Sheet(SIZE, Palette()).text_width(rows[0].count.words, rows[0].size) <= 0.33 * 1920  # small type is hinted to whole pixels


@given(st.lists(st.integers(1, 500), min_size=1, max_size=40), st.floats(20, 800))
def test_rows_shrink_with_their_counts_and_fit(numbers: list[int], height: float) -> None:
    place = Place(Path("a"), Span(Fraction(0), Fraction(1)))
    counts = [Count(f"w{n}", (place,) * number) for n, number in enumerate(sorted(numbers, reverse=True))]
    rows = choose_rows(counts, height=height)
    sizes = [row.size for row in rows]
    assert rows
    assert [row.count for row in rows] == counts[: len(rows)]
    assert sizes == sorted(sizes, reverse=True)
    assert sum(sizes) * LEADING <= height * 1.001
    assert rows[-1].foot == pytest.approx(1)


def test_words_are_wrapped_or_refused() -> None:
    assert wrap(["a", "bb", "ccc", "d"], width=4, measure=len) == [["a", "bb"], ["ccc"], ["d"]]
    assert wrap(["a", "toolong"], width=4, measure=len) is None
    assert wrap([], width=4, measure=len) == []


def test_colour_of_a_frame_is_its_strongest_not_its_mean() -> None:
    frame = flat((128, 128, 128))
    frame[:, :20] = RED
    frame[:, 20:30] = BLUE
    red, green, blue = vivid_colour(frame, (1, 2, 3))
    assert red > 200
    assert red > 2 * max(green, blue) - 40
    assert vivid_colour(flat((128, 128, 128)), (1, 2, 3)) == (1, 2, 3)


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_ground_is_dark_and_ink_is_light_whatever_the_film(colour: tuple[int, int, int]) -> None:
    palette = palette_of([flat(colour)])
    assert max(palette.ground) <= 20
    assert min(palette.ink) >= 160
    weights = np.array((0.2126, 0.7152, 0.0722))
    assert np.array(vivid_colour(flat(colour), palette.ink)) @ weights > 90


def test_type_beyond_ascii_is_set_in_one_face_for_all() -> None:
    assert face_for(["light", "don't"]) == ""
    assert isinstance(face_for(["Größe", "light"]), str)


def test_film_that_is_not_at_hand_is_drawn_without_frames(tmp_path: Path) -> None:
    transcript = said("light", "dark", "light", name=str(tmp_path / "gone.mp4"))
    steps: list[Progress] = []
    out = tmp_path / "words.png"
    draw_words(count_words([transcript]), [transcript], out, size=SIZE, on_progress=steps.append)
    assert Image.open(out).size == SIZE
    assert (steps[-1].done, steps[-1].total) == (1, 1)
    assert [path.name for path in tmp_path.iterdir()] == ["words.png"]


def test_shipped_film_is_drawn_alike_twice(film: Path, tmp_path: Path) -> None:
    from supercut.captions import load_transcript

    transcript = load_transcript(film)
    counts = count_words([transcript], min_letters=4)
    for name in ("one.png", "two.png"):
        draw_words(counts, [transcript], tmp_path / name, size=SIZE)
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
    colours = np.asarray(Image.open(tmp_path / "one.png").convert("HSV"))
    vivid = (colours[..., 1] > 120) & (colours[..., 2] > 120)
    assert 0.02 < vivid.mean() < 0.5


def test_more_films_than_bands_keep_those_that_say_most(tmp_path: Path) -> None:
    films = [said(*["light"] * (n + 1), name=str(tmp_path / f"{n}.mp4")) for n in range(15)]
    draw_words(count_words(films), films, tmp_path / "many.png", size=SIZE)
    assert Image.open(tmp_path / "many.png").size == SIZE


@pytest.mark.parametrize(
    ("name", "size", "says"),
    [
        ("missing/words.png", SIZE, "output folder does not exist"),
        ("words.mp4", SIZE, "no picture has the ending '.mp4'"),
        ("words", SIZE, "no picture has the ending"),
        ("words.png", (10, 540), "a side of a picture is"),
    ],
)
def test_what_cannot_be_drawn_is_told_and_leaves_nothing(tmp_path: Path, name: str, size: tuple[int, int], says: str) -> None:
    transcript = said("light", name=str(tmp_path / "gone.mp4"))
    with pytest.raises(UserError, match=says):
        draw_words(count_words([transcript]), [transcript], tmp_path / name, size=size)
    assert list(tmp_path.iterdir()) == []


def test_no_words_is_nothing_found(tmp_path: Path) -> None:
    with pytest.raises(NothingFound):
        draw_words([], [said("light")], tmp_path / "words.png")
    assert list(tmp_path.iterdir()) == []
