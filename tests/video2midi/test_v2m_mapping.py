"""Mapping files: what they may say, and how they are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from media.errors import UserError
from media.regions import Rect, Square
from media.settings import first_comment, shipped_configs
from video2midi.mapping import load_plan
from video2midi.scales import SCALES, parse_key, parse_note

LINE = '[voices.tune]\nplay = "line"\nfeature = "brightness"\n'


TWO = """
[voices.first]
play = "line"
feature = "brightness"
channel = 1
[voices.second]
play = "line"
feature = "detail"
channel = 1
program = "flute"
[voices.third]
play = "hits"
feature = "cut"
channel = "first"
[voices.light]
play = "control"
feature = "detail"
channel = "first"
[voices.own]
play = "line"
feature = "brightness"
"""


def plan_of_text(text: str, folder: Path):
    path = folder / "idea.toml"
    path.write_text(text, encoding="utf-8")
    return load_plan(str(path))


def refusal(text: str, folder: Path) -> str:
    with pytest.raises(UserError) as caught:
        plan_of_text(text, folder)
    return str(caught.value)


def test_six_ideas_are_shipped_and_say_what_they_are() -> None:
    shipped = shipped_configs("video2midi")
    assert {"single-line", "ensemble", "drum-grid", "drone-cc", "cut-hits", "colour-chords"} <= set(shipped)
    assert all(len(first_comment(path)) > 30 for path in shipped.values())


@pytest.mark.parametrize("name", shipped_configs("video2midi"))
def test_every_shipped_mapping_makes_sense(name: str) -> None:
    plan = load_plan(name)
    assert plan.parts
    assert len({part.name for part in plan.parts}) == len(plan.parts)


def test_the_ensemble_is_all_in_one_key() -> None:
    plan = load_plan("ensemble")
    allowed = {(plan.mapping.key + step) % 12 for step in plan.mapping.scale}
    assert all(pitch % 12 in allowed for part in plan.parts for pitch in part.pitches)


@pytest.mark.parametrize(("octaves", "low", "high"), [(1, 59, 70), (3, 47, 82), (7, 23, 106)])
def test_octaves_are_the_ranges_of_vid2midi(octaves: int, low: int, high: int) -> None:
    plan = load_plan("single-line", changes=[f"voices.line.range={octaves}"])
    assert (plan.parts[0].pitches[0], plan.parts[0].pitches[-1]) == (low, high)


def test_changes_are_laid_over_the_file() -> None:
    plan = load_plan("single-line", changes=["regions.square.square=small", "regions.square.at=topleft", "key=A", "scale=[0, 5]"])
    assert plan.regions["square"] == Square("small", "topleft")
    assert {pitch % 12 for pitch in plan.parts[0].pitches} == {9, 2}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("voices.line.polarity=sideways", "'up' or 'down'"),
        ("voices.line.polarety=down", "Did you mean polarity"),
        ("polarity", "Write it like"),
        ("voices.line.controller=7", "belongs to control"),
        ("key.x=7", "is no table"),
        ("voices.lime.range=3", "Did you mean line"),
        ("key=14", "key"),
        ("voices.line=3", "must be a table of settings"),
        ("voices.line.polyphony=0", "polyphony"),
        ("voices.line.range=[C4, ]]", "two notes"),
    ],
)
def test_a_wrong_change_names_itself(change: str, told: str) -> None:
    with pytest.raises(UserError, match=told) as caught:
        load_plan("single-line", changes=[change])
    assert change in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "guilty", "told"),
    [
        (["voices.line.curve=zzz", "voices.line.foo=1"], 1, "unknown key voices.line.foo"),
        (["key=A", "voices.line.polarity = sideways"], 1, "'up' or 'down'"),
        (["regions.square.square=small", "regions.a.rect=[0, 0, 1]", "key=A"], 1, "rect"),
        (["key=14", "key=15"], 1, "15"),
    ],
)
def test_of_several_changes_the_wrong_one_is_blamed(changes: list[str], guilty: int, told: str) -> None:
    with pytest.raises(UserError) as caught:
        load_plan("single-line", changes=changes)
    assert str(caught.value).startswith(f"--set {changes[guilty]}: ")
    assert told in str(caught.value)


def test_voices_get_channels_of_their_own_and_never_the_drums(tmp_path: Path) -> None:
    voices = "".join(LINE.replace("tune", f"v{n}") for n in range(12))
    plan = plan_of_text(voices + LINE.replace("tune", "mine") + "channel = 3\n", tmp_path)
    channels = [part.channel for part in plan.parts]
    assert len(set(channels)) == 13
    assert 9 not in channels
    assert channels[-1] == 2


def test_a_control_shares_the_channel_of_a_voice(tmp_path: Path) -> None:
    plan = plan_of_text(LINE + '[voices.light]\nplay = "control"\nfeature = "detail"\nchannel = "tune"\n', tmp_path)
    assert plan.parts[0].channel == plan.parts[1].channel


def test_the_voices_of_a_channel_have_its_instrument(tmp_path: Path) -> None:
    plan = plan_of_text(TWO, tmp_path)
    assert [(part.name, part.program) for part in plan.parts] == [("first", 73), ("second", 73), ("third", 73), ("light", None), ("own", 0)]


def test_a_channel_has_one_instrument(tmp_path: Path) -> None:
    assert "channel 1 has the instrument of second already" in refusal(TWO.replace('channel = "first"\n', 'channel = "first"\nprogram = "harp"\n', 1), tmp_path)


def test_a_grid_is_cells_line_by_line(tmp_path: Path) -> None:
    text = '[regions.pads]\ngrid = [2, 3]\nrect = [0, 0.5, 1, 0.5]\n[voices.pads]\nplay = "gate"\nfeature = "motion"\nregion = "pads"\n'
    plan = plan_of_text(text, tmp_path)
    assert plan.parts[0].cells == tuple(f"pads.{n}" for n in range(1, 7))
    assert plan.regions["pads.5"] == Rect(1 / 3, 0.75, 1 / 3, 0.25)


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        (LINE + 'featur = "motion"\n', 4, "Did you mean feature?"),
        ('[voices.tune]\nplay = "line"\n' + LINE.replace("tune", "other"), 1, "voices.tune: feature is missing"),
        ('[voices.d]\nplay = "hits"\nfeature = "cut"\nnotes = []\n', 4, "one at least, got []"),
        ('[voices.d]\nplay = "hits"\nfeature = "cut"\npolyphony = 0\n', 4, "one at least, got 0"),
        ('[voices.d]\nplay = "hits"\nfeature = "cut"\nnotes = ["D4", "kick"]\n', 4, "'kick' is a drum, and this voice is on channel 1. Add channel = 10"),
        (LINE + 'renew = "soon"\n', 4, "soon"),
        ('[voices.tune]\nplay = "line"\nfeature = "brightnes"\n', 3, "Did you mean brightness?"),
        ('[voices.tune]\nplay = "lines"\nfeature = "brightness"\n', 2, "'line'"),
        ('[voices.tune]\nfeature = "brightness"\n', 1, "voices.tune.play is missing"),
        (LINE + "controller = 7\n", 4, "belongs to control"),
        (LINE + "threshold = 0.3\n", 4, "belongs to hits, gate"),
        (LINE + 'region = "left"\n', 4, "no region has this name"),
        (LINE + 'key = "H"\n', 4, "a key is a note"),
        (LINE + 'scale = "dorien"\n', 4, "Did you mean dorian?"),
        (LINE + "scale = []\n", 4, "at least one note"),
        (LINE + 'range = ["C#4", "C#4"]\nscale = "major"\nkey = "C"\n', 4, "no note of the scale"),
        (LINE + 'range = ["D5", "D3"]\n', 4, "lower note"),
        (LINE + "channel = 17\n", 4, "1 to 16"),
        (LINE + 'channel = "bass"\n', 4, "no voice"),
        (LINE + 'program = "vibrafone"\n', 4, "Did you mean vibraphone?"),
        (LINE + 'curve = "steep"\n', 4, "exponent"),
        (LINE + 'length = "gate"\n', 4, 'play = "gate"'),
        (LINE + 'length = "long"\n', 4, "legato, gate"),
        (LINE + "input = [0.8, 0.2]\n", 4, "lower first"),
        (LINE + "velocity = 0\n", 4, "between 1 and 127"),
        (LINE + 'velocity = "cut"\n', 4, "with a height"),
        ('[voices.tune]\nplay = "line"\nfeature = "cut"\n', 3, 'play = "hits"'),
        ('[voices.tune]\nplay = "hits"\nfeature = "motion"\n', 3, 'play = "gate"'),
        ('[voices.d]\nplay = "hits"\nfeature = "cut"\nchannel = 10\n', 4, "needs notes"),
        ('[voices.d]\nplay = "hits"\nfeature = "cut"\nnotes = ["snar"]\n', 4, "Did you mean snare?"),
        ('[voices.d]\nplay = "hits"\nfeature = "cut"\nnotes = ["C3"]\nrange = 3\n', 5, "contradict"),
        ('[voices.d]\nplay = "hits"\nfeature = "cut"\nnotes = ["C3"]\npitch = "root"\n', 5, "notes and pitch contradict"),
        ('[voices.d]\nplay = "gate"\nfeature = "motion"\nnotes = ["C3"]\nkey = "A"\n', 5, "notes and key contradict"),
        ('[voices.d]\nplay = "drone"\nfeature = "motion"\nnotes = ["C3"]\nscale = "blues"\n', 5, "notes and scale contradict"),
        (LINE + "[regions.a]\nrect = [0.5, 0, 0.6, 1]\n", 5, "sticks out of the frame"),
        (LINE + "[regions.a]\nrect = [0.5, 0, 0.1, 1]\npolygon = [[0, 0], [1, 0], [1, 1]]\n", 4, "contradict each other"),
        (LINE + "[regions.a]\n", 4, "no shape"),
        (LINE + "[regions.a]\npolygon = [[0, 0], [1, 1]]\n", 5, "3"),
        (LINE + '[regions.a]\nmask = "none.png"\n', 5, "none.png"),
        (LINE + '[regions.a]\nsquare = "huge"\n', 5, "small"),
        (LINE + '[regions.frame]\nrect = [0, 0, 1, 1]\n', 4, "Rename it"),
        (LINE + '[harmony]\nregion = "left"\n', 5, "no single region"),
        ('[voices.tune]\nplay = "line"\nfeature = ["hue"]\n', 3, "no feature"),
        ('[voices.d]\nplay = "hits"\nfeature = "cut"\nnotes = [["kick"]]\n', 4, "note"),
        ('[voices.d]\nplay = "hits"\nfeature = "cut"\nnotes = 1.5\n', 4, "note"),
        (LINE + "scale = 5\n", 4, "list of semitones"),
        (LINE + "debounce = nan\n", 4, "debounce"),
        (LINE + "[regions.a]\nsquare = 0\n", 5, "side of a square"),
        (LINE + "[regions.a]\ngrid = [0, 4]\n", 5, "from 1 to"),
        (LINE + "[regions.a]\nrect = [0, 0, 1]\n", 5, "must be four numbers from 0 to 1 (x, y, width, height), got [0, 0, 1]"),
        (LINE + '[regions.a]\nrect = "all"\n', 5, "must be four numbers from 0 to 1"),
        (LINE + "[regions.a]\npolygon = [0, 0, 1, 1]\n", 5, "must be a list of corners such as"),
        (LINE + "[regions]\na = 3\n", 5, "regions.a must be a table of settings, got 3"),
        ("key = 14\n" + LINE, 1, "key"),
        ("key = 7.5\n" + LINE, 1, "key"),
        ("voices = {}\n", None, "no voice"),
        ("key = \n", 1, "not TOML"),
    ],
)
def test_what_makes_no_sense_is_named_with_its_line(text: str, line: int | None, told: str, tmp_path: Path) -> None:
    said = refusal(text, tmp_path)
    assert told in said
    assert "\n" not in said
    assert said.startswith(f"{tmp_path / 'idea.toml'}:{line}" if line else str(tmp_path / "idea.toml"))


def test_a_grid_needs_a_note_for_each_cell(tmp_path: Path) -> None:
    pads = '[regions.pads]\ngrid = [2, 2]\n[voices.pads]\nplay = "gate"\nfeature = "motion"\nregion = "pads"\n'
    assert "4 cells" in refusal(pads + 'notes = ["kick"]\n', tmp_path)
    assert "4 cells" in refusal(pads + 'range = ["D4", "F4"]\n', tmp_path)
    assert "gate and hits" in refusal(pads.replace('"gate"', '"line"'), tmp_path)


@pytest.mark.parametrize("key", ['pitch = "brightness"', "wake = true", 'renew = "1s"'])
def test_over_a_grid_hits_have_nothing_but_their_events(key: str, tmp_path: Path) -> None:
    pads = '[regions.pads]\ngrid = [1, 2]\n[voices.pads]\nplay = "hits"\nfeature = "swell"\nregion = "pads"\n'
    assert "means nothing over a grid" in refusal(pads + key, tmp_path)
    plan_of_text(pads.replace("[1, 2]", "[1, 1]") + key, tmp_path)


def test_an_unknown_mapping_names_the_nearest() -> None:
    with pytest.raises(UserError, match="Did you mean ensemble"):
        load_plan("ensembel")


def test_another_key_is_another_ladder() -> None:
    plan = load_plan("ensemble").but(key=parse_note("A4") % 12, scale=SCALES["major"])
    assert plan.mapping.key == 9
    assert plan.parts[3].pitches[0] % 12 in {(9 + step) % 12 for step in SCALES["major"]}


FIXED = """
{key}
[voices.tune]
play = "drone"
notes = ["D2", "A3", 126]
[voices.drums]
play = "hits"
feature = "cut"
notes = ["kick", "C4"]
channel = 10
[voices.more]
play = "hits"
feature = "cut"
notes = ["snare"]
channel = "drums"
"""


@pytest.mark.parametrize(("key", "pitches"), [("C#", (37, 56, 125)), ("Ab", (44, 63, 120)), ("A", (33, 52, 121)), ("D", (38, 57, 126))])
def test_notes_that_are_named_move_with_the_key(key: str, pitches: tuple[int, ...], tmp_path: Path) -> None:
    plan = plan_of_text(FIXED.format(key='key = "D"'), tmp_path)
    moved = plan.but(key=parse_key(key))
    assert [part.pitches for part in moved.parts] == [pitches, (36, 60), (38,)]
    assert moved.but(key=parse_key(key)) is moved
    assert plan_of_text(FIXED.format(key=""), tmp_path).but(key=parse_key(key)).parts[0].pitches == (38, 57, 126)


def test_a_drone_listens_to_nothing(tmp_path: Path) -> None:
    assert plan_of_text('[voices.d]\nplay = "drone"\nnotes = ["D2"]\n', tmp_path).parts[0].pitches == (38,)


def test_words_in_a_list_need_no_quotes() -> None:
    assert load_plan("single-line", changes=["voices.line.range=[C4, C5]"]).parts[0].pitches == tuple(range(60, 73))
    assert load_plan("single-line", changes=['voices.line.range=["F#4",A4]']).parts[0].pitches == tuple(range(66, 70))
    assert load_plan("cut-hits", changes=["voices.hat.notes=[closed hat, 46]"]).parts[3].pitches == (42, 46)


def test_renewing_can_be_switched_off() -> None:
    assert load_plan("ensemble", changes=["voices.melody.renew=never"]).parts[0].voice.renew is None


def test_what_is_so_already_is_not_resolved_again() -> None:
    plan = load_plan("ensemble").but(key=9, scale=SCALES["major"])
    assert plan.but(key=9, scale=SCALES["major"]) is plan
    assert plan.but() is plan


def test_changes_that_belong_together_are_made_together(tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text(LINE, encoding="utf-8")
    plan = load_plan(str(tmp_path / "m.toml"), changes=["voices.tune.play=hits", "voices.tune.feature=cut"])
    assert plan.parts[0].voice.play == "hits"


def test_a_scale_for_all_is_that_of_every_voice() -> None:
    plan = load_plan("ensemble").but(scale=SCALES["major"])
    allowed = {(2 + step) % 12 for step in SCALES["major"]}
    assert {pitch % 12 for part in plan.parts for pitch in part.pitches} == allowed
