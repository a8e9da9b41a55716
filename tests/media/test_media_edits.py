"""Edit lists: placed in time, saved, edited by hand, read back, refused with the place at fault."""

import json
import os
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.edits import Clip, EditList, edit_list_text, load_edit_list, place_clips, save_edit_list
from media.errors import UserError
from media.span import Span

FILM = Path("/films/a film.mp4")


def clip(start: str, end: str, label: str = "", fade: str = "0", source: Path = FILM) -> Clip:
    return Clip(source, Span(Fraction(start), Fraction(end)), label, Fraction(fade))


def three_clips(folder: Path) -> EditList:
    return EditList(
        clips=(
            clip("1.5", "2.25", "hello", source=folder / "a.mp4"),
            clip("0", "0.000001", 'quoted "words"\nand lines', source=folder / "films" / "b & c.mov"),
            clip("10", "12.5", "日本語 ünïcödé", "0.000001", source=folder / "a.mp4"),
        ),
        rate=Fraction(30000, 1001),
        size=(1920, 1080),
        settings={"crf": 20, "gain": 0.1, "fit": "crop", "tags": ["a", 1.5], "deep": {"on": True, "none": None}},
        made={"program": "supercut", "seed": 7},
    )


micro = st.integers(min_value=0, max_value=10**10).map(lambda n: Fraction(n, 1_000_000))
labels = st.text(max_size=30)


@st.composite
def edit_lists(draw: st.DrawFn) -> EditList:
    clips = []
    left = Fraction(0)
    for _ in range(draw(st.integers(min_value=1, max_value=5))):
        start, length = draw(micro), draw(micro) + Fraction(3, 1_000_000)
        fade = min(draw(micro), left, length / 2) // Fraction(1, 1_000_000) * Fraction(1, 1_000_000)
        clips.append(
            Clip(Path("/films") / draw(st.sampled_from(["a.mp4", "ü b.mov", "c/d.wav"])), Span(start, start + length), draw(labels), fade)
        )
        left = length - fade
    return EditList(tuple(clips), rate=draw(st.sampled_from([None, Fraction(25), Fraction(24000, 1001), Fraction(25, 2)])))


def write(path: Path, **changes: object) -> Path:
    """A sound list with some of it replaced; None takes a key away."""
    table = {"kind": "edit-list", "version": 1, "clips": [{"source": "a.mp4", "start": 1, "end": 2}], **changes}
    path.write_text(json.dumps({key: value for key, value in table.items() if value is not None}), encoding="utf-8")
    return path


def complaint(path: Path) -> str:
    with pytest.raises(UserError) as refused:
        load_edit_list(path)
    line = str(refused.value)
    assert "\n" not in line
    assert line.startswith(str(path))
    return line.removeprefix(str(path))


def test_clips_follow_one_another():
    placed = place_clips([clip("5", "7"), clip("1", "2")])
    assert [span for _, span in placed] == [Span(0, 2), Span(2, 3)]


def test_a_fade_overlaps_the_clip_before():
    clips = (clip("5", "7"), clip("1", "2", fade="0.25"), clip("0", "1"))
    spans = [span for _, span in place_clips(clips)]
    assert spans == [Span(0, 2), Span(Fraction(7, 4), Fraction(11, 4)), Span(Fraction(11, 4), Fraction(15, 4))]
    assert EditList(clips).duration == spans[-1].end


def test_the_first_clip_has_nothing_to_fade_over():
    """As when the line before it was taken out by hand."""
    clips = (clip("5", "7", fade="0.5"), clip("1", "2"))
    assert [span for _, span in place_clips(clips)] == [Span(0, 2), Span(2, 3)]
    assert EditList(clips).duration == 3


@given(edit_lists())
def test_the_last_clip_ends_where_the_list_does(edits: EditList):
    placed = place_clips(edits.clips)
    assert placed[0][1].start == 0
    assert placed[-1][1].end == edits.duration
    assert EditList(()).duration == 0


def test_sources_are_named_once_in_order_of_use():
    b = Path("b.mp4")
    assert EditList((clip("0", "1"), clip("0", "1", source=b), clip("2", "3"))).sources == (FILM, b)


def test_a_list_read_back_is_the_same(tmp_path: Path):
    edits = three_clips(tmp_path)
    save_edit_list(edits, tmp_path / "cut.json")
    assert load_edit_list(tmp_path / "cut.json") == edits


def test_a_list_unedited_is_written_again_byte_for_byte(tmp_path: Path):
    first, second = tmp_path / "cut.json", tmp_path / "again.json"
    save_edit_list(three_clips(tmp_path), first)
    save_edit_list(load_edit_list(first), second)
    assert first.read_bytes() == second.read_bytes()


@given(edit_lists())
def test_any_list_survives_its_file(tmp_path_factory: pytest.TempPathFactory, edits: EditList):
    folder = tmp_path_factory.getbasetemp()
    path = folder / "any.json"
    save_edit_list(edits, path)
    read = load_edit_list(path)
    assert read == edits
    assert edit_list_text(read, folder=folder) == path.read_text(encoding="utf-8")


def test_the_file_has_a_line_a_clip_and_plain_decimals(tmp_path: Path):
    lines = edit_list_text(three_clips(tmp_path), folder=tmp_path).splitlines()
    assert '    {"source": "a.mp4", "start": 1.5, "end": 2.25, "text": "hello"},' in lines
    assert '    {"source": "films/b & c.mov", "start": 0, "end": 0.000001, "text": "quoted \\"words\\"\\nand lines"},' in lines
    assert '    {"source": "a.mp4", "start": 10, "end": 12.5, "text": "日本語 ünïcödé", "fade": 0.000001}' in lines


def test_sources_are_found_from_the_file_not_from_where_one_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "cuts").mkdir()
    monkeypatch.chdir(tmp_path)
    edits = EditList((clip("0", "1", source=Path("films/a.mp4")),))
    save_edit_list(edits, Path("cuts/cut.json"))
    assert '"../films/a.mp4"' in Path("cuts/cut.json").read_text(encoding="utf-8")
    assert load_edit_list(Path("cuts/cut.json")) == edits
    monkeypatch.chdir("cuts")
    assert load_edit_list(Path("cut.json")).sources == (Path("../films/a.mp4"),)


def test_a_file_name_that_is_no_text_survives(tmp_path: Path):
    odd = tmp_path / os.fsdecode(b"caf\xe9.mp4")
    edits = EditList((clip("0", "1", "ü", source=odd),))
    save_edit_list(edits, tmp_path / "cut.json")
    assert load_edit_list(tmp_path / "cut.json") == edits


def test_a_person_may_edit_freely(tmp_path: Path):
    path = tmp_path / "cut.json"
    path.write_text(
        """\ufeff{ "kind": "edit-list", "version": 1, "rate": 29.97,
        "clips": [
            {"end": 2, "start": 1.00, "source": "a.mp4"},

            {"source": "/else/where.mp4", "start": 1e1, "end": 10.1234567, "text": 1984, "fade": 0.1},
            {"source":"a.mp4","start":0,"end":1,"text":null}
        ] }""",
        encoding="utf-8",
    )
    edits = load_edit_list(path)
    assert edits.rate == Fraction(30000, 1001)
    assert edits.size is None
    assert [clip.label for clip in edits.clips] == ["", "1984", ""]
    assert edits.clips[1].span == Span(10, Fraction("10.123457"))
    assert edits.clips[1].source == Path("/else/where.mp4")
    assert edits.clips[1].fade == Fraction(1, 10)


def test_a_decimal_means_itself_not_its_binary_neighbour(tmp_path: Path):
    path = write(tmp_path / "cut.json", clips=[{"source": "a.mp4", "start": 0.1, "end": 0.3}])
    assert load_edit_list(path).clips[0].span == Span(Fraction(1, 10), Fraction(3, 10))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"kind": "edit-list",\n"version": 1,\n"clips": [{]}', ":3: this is not JSON"),
        ("", ":1: this is not JSON"),
        ("[1, 2]", "this is not an edit list"),
        ('{"version": 1}', "this is not an edit list"),
        ('{"kind": "edit-list", "version": 2}', "version 2 is not known. This toolkit reads version 1"),
        ("[" * 100_000, "this is not JSON"),
        ('{"kind": "edit-list", "version": 1e999999999}', "this is not JSON"),
        ('{"kind": "edit-list", "version": ' + "9" * 5000 + "}", "this is not JSON"),
    ],
)
def test_what_is_no_edit_list_is_refused(tmp_path: Path, text: str, says: str):
    path = tmp_path / "cut.json"
    path.write_text(text, encoding="utf-8")
    assert says in complaint(path)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"clips": []}, "holds no clips"),
        ({"clips": None}, "holds no clips"),
        ({"clips": {"a": 1}}, "holds no clips"),
        ({"clip": []}, "unknown key 'clip'. Did you mean clips?"),
        ({"rate": "fast"}, "the rate reads like 25, 29.97 or \"30000/1001\", got 'fast'"),
        ({"rate": -2.5}, "got -2.5"),
        ({"rate": True}, "got True"),
        ({"rate": "1/0"}, "the rate reads like"),
        ({"rate": "1e999999999"}, "the rate reads like"),
        ({"rate": [25]}, "the rate reads like"),
        ({"size": [1920]}, "the size reads like [1920, 1080], got [1920]"),
        ({"size": [0, 1080]}, "the size reads like"),
        ({"size": [1920.5, 1080]}, "got [1920.5, 1080]"),
        ({"size": [True, True]}, "the size reads like"),
        ({"size": "1920x1080"}, "the size reads like"),
        ({"settings": [1.5]}, "settings: it must be a table, got [1.5]"),
        ({"made": "today"}, "made: it must be a table, got 'today'"),
    ],
)
def test_a_head_that_makes_no_sense_is_refused(tmp_path: Path, changes: dict[str, object], says: str):
    assert says in complaint(write(tmp_path / "cut.json", **changes))


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("a.mp4", "a clip is a table, got 'a.mp4'"),
        ({"start": 1, "end": 2}, "the source is missing"),
        ({"source": 5, "start": 1, "end": 2}, "the source is missing"),
        ({"source": "a.mp4", "end": 2}, "its start is missing"),
        ({"source": "a.mp4", "start": 1}, "its end is missing"),
        ({"source": "a.mp4", "start": "1", "end": 2}, "its start must be a number of seconds, got '1'"),
        ({"source": "a.mp4", "start": True, "end": 2}, "its start must be a number"),
        ({"source": "a.mp4", "start": 1, "end": float("nan")}, "its end must be a number"),
        ({"source": "a.mp4", "start": 1, "end": 2, "fade": "1s"}, "its fade must be a number"),
        ({"source": "a.mp4", "start": 1, "end": 2, "label": "x"}, "unknown key 'label'"),
        ({"source": "a.mp4", "start": 1, "ends": 2}, "unknown key 'ends'. Did you mean end?"),
        ({"source": "a.mp4", "start": 2.5, "end": 1.25}, "end after it starts, got 2.5..1.25"),
        ({"source": "a.mp4", "start": 1, "end": 1}, "end after it starts"),
        ({"source": "a.mp4", "start": 1, "end": 1.0000004}, "end after it starts, got 1..1"),
        ({"source": "a.mp4", "start": -1, "end": 1}, "start at 0 or later"),
        ({"source": "a.mp4", "start": 1, "end": 2, "fade": -0.5}, "its fade must be 0 or more"),
        ({"source": "a.mp4", "start": 1, "end": 2, "fade": 1.0}, "shorter than the clip, got 1"),
        ({"source": "a.mp4", "start": 1, "end": 9, "fade": 1.5}, "its fade of 1.5 s is longer than what clip 1 has left, 1 s"),
    ],
)
def test_a_clip_that_makes_no_sense_is_refused_by_its_number(tmp_path: Path, entry: object, says: str):
    sound = {"source": "a.mp4", "start": 1, "end": 2}
    line = complaint(write(tmp_path / "cut.json", clips=[sound, entry]))
    assert line.startswith(": clip 2: ")
    assert says in line


def test_fades_at_both_ends_must_leave_room_for_each_other(tmp_path: Path):
    sound = {"source": "a.mp4", "start": 1, "end": 2}
    clips = [sound, {**sound, "fade": 0.6}, {**sound, "fade": 0.4}]
    assert load_edit_list(write(tmp_path / "cut.json", clips=clips)).duration == 2
    clips[2]["fade"] = 0.41
    assert "clip 3: its fade of 0.41 s is longer than what clip 2 has left, 0.4 s" in complaint(write(tmp_path / "cut.json", clips=clips))


def test_a_first_clip_whose_fade_means_nothing_is_read(tmp_path: Path):
    clips = [{"source": "a.mp4", "start": 1, "end": 2, "fade": 0.9}, {"source": "a.mp4", "start": 1, "end": 2, "fade": 0.5}]
    assert load_edit_list(write(tmp_path / "cut.json", clips=clips)).duration == Fraction(3, 2)


def test_what_cannot_be_read_or_written_is_told(tmp_path: Path):
    assert "no such file" in complaint(tmp_path / "none.json")
    (tmp_path / "latin.json").write_bytes('{"kind": "é"}'.encode("latin-1"))
    assert "not UTF-8" in complaint(tmp_path / "latin.json")
    with pytest.raises(UserError, match="folder does not exist"):
        save_edit_list(three_clips(tmp_path), tmp_path / "none" / "cut.json")
