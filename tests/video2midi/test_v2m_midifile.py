"""A score becomes a file that another reader understands the same way, and a file that is wrong is never published."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import accumulate
from pathlib import Path
from typing import Any

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.errors import UserError
from video2midi import midifile
from video2midi.check import check
from video2midi.midifile import encode, write
from video2midi.notes import BEND, DRUM_CHANNEL, Control, Marker, Note, Score, Track
from video2midi.tempo import PPQ, TempoChange, TempoMap, plan_tempo

SECOND = Fraction(1)
NTSC_30 = Fraction(30000, 1001)


def note(start: float, end: float, pitch: int = 60, velocity: int = 64) -> Note:
    return Note(Fraction(str(start)), Fraction(str(end)), pitch, velocity)


def score(*tracks: Track, **changes: Any) -> Score:
    return replace(Score(tracks, (), 10 * SECOND, TempoMap()), **changes)


def read(path: Path) -> mido.MidiFile:
    return mido.MidiFile(path, charset="utf-8")


def timed(track: mido.MidiTrack) -> list[tuple[int, mido.Message]]:
    return list(zip(accumulate(message.time for message in track), track, strict=True))


def notes_of(track: mido.MidiTrack) -> list[tuple[int, str, int]]:
    return [(tick, message.type, message.note) for tick, message in timed(track) if message.type in ("note_on", "note_off")]


def assert_sound(file: mido.MidiFile) -> None:
    """Every note closes, and no pitch overlaps on a channel, as a player merges the tracks."""
    sounding = set()
    for message in mido.merge_tracks(file.tracks):
        if message.type == "note_on":
            assert (message.channel, message.note) not in sounding
            sounding.add((message.channel, message.note))
        elif message.type == "note_off":
            sounding.remove((message.channel, message.note))
    assert not sounding


def test_the_first_track_holds_title_origin_metre_tempo_and_markers(tmp_path: Path):
    tempo = TempoMap((TempoChange(0, 500_000), TempoChange(1920, 615_385)))
    markers = (Marker(SECOND, "cut 1"), Marker(2 * SECOND, "rest"))
    write(score(Track("a", 0), markers=markers, tempo=tempo, title="Nachglühen 🎬", made_by='{"seed": 1}'), tmp_path / "a.mid")
    file = read(tmp_path / "a.mid")
    assert (file.type, file.ticks_per_beat) == (1, PPQ)
    end = tempo.time_to_tick(10 * SECOND)
    assert timed(file.tracks[0]) == [
        (0, mido.MetaMessage("track_name", name="Nachglühen 🎬")),
        (0, mido.MetaMessage("text", text='{"seed": 1}')),
        (0, mido.MetaMessage("time_signature", numerator=4, denominator=4)),
        (0, mido.MetaMessage("set_tempo", tempo=500_000)),
        (1920, mido.MetaMessage("set_tempo", tempo=615_385, time=1920)),
        (1920, mido.MetaMessage("marker", text="cut 1")),
        (tempo.time_to_tick(2 * SECOND), mido.MetaMessage("marker", text="rest", time=1560)),
        (end, mido.MetaMessage("end_of_track", time=end - 3480)),
    ]


def test_each_voice_has_its_track_and_a_channel_is_set_up_once(tmp_path: Path):
    tracks = (Track("wipe", 3), Track("Bögen", 3, 42), Track("still", 5, 0), Track("drums", DRUM_CHANNEL))
    write(score(*tracks), tmp_path / "a.mid")
    file = read(tmp_path / "a.mid")
    assert [track.name for track in file.tracks] == ["", "wipe", "Bögen", "still", "drums"]
    levels = [(121, 0), (7, 100), (10, 64), (11, 127)]
    for track, channel in ((file.tracks[1], 3), (file.tracks[3], 5), (file.tracks[4], 9)):
        assert [(m.control, m.value) for m in track if m.type == "control_change" and m.channel == channel and m.time == 0] == levels
    programs = [(n, m.channel, m.program) for n, track in enumerate(file.tracks) for m in track if m.type == "program_change"]
    assert programs == [(1, 3, 42), (3, 5, 0)]
    assert len(file.tracks[2]) == 2
    # Resetting comes before what it would undo.
    assert [m.type for m in file.tracks[1]][:4] == ["track_name", "control_change", "program_change", "control_change"]


def test_every_track_ends_with_the_film_or_with_what_sounds_longer(tmp_path: Path):
    write(score(Track("a", 0, notes=(note(1, 2),)), Track("b", 1)), tmp_path / "a.mid")
    assert {timed(track)[-1][0] for track in read(tmp_path / "a.mid").tracks} == {19_200}
    write(score(Track("a", 0, notes=(note(1, 11),)), Track("b", 1)), tmp_path / "b.mid")
    assert {timed(track)[-1][0] for track in read(tmp_path / "b.mid").tracks} == {21_120}
    assert read(tmp_path / "a.mid").length == pytest.approx(10)


def test_an_empty_score_is_a_file_all_the_same(tmp_path: Path):
    found = write(score(end=Fraction(0)), tmp_path / "a.mid")
    assert (found.n_notes, found.told()) == (0, "no notes")
    assert len(read(tmp_path / "a.mid").tracks) == 1


def test_at_one_tick_ends_come_first_then_controls_then_starts(tmp_path: Path):
    track = Track("a", 2, notes=(note(0, 1), note(1, 2)), controls=(Control(SECOND, 74, 9), Control(SECOND, BEND, -8192)))
    write(score(track), tmp_path / "a.mid")
    at_one = [message for tick, message in timed(read(tmp_path / "a.mid").tracks[1]) if tick == 1920]
    assert at_one == [
        mido.Message("note_off", channel=2, note=60, velocity=64, time=1920),
        mido.Message("control_change", channel=2, control=74, value=9),
        mido.Message("pitchwheel", channel=2, pitch=-8192),
        mido.Message("note_on", channel=2, note=60, velocity=64),
    ]


@pytest.mark.parametrize("value", [-8192, -1, 0, 1, 127, 128, 8191])
def test_the_pitch_wheel_reads_back(tmp_path: Path, value: int):
    write(score(Track("a", 15, controls=(Control(SECOND, BEND, value),))), tmp_path / "a.mid")
    wheels = [message.pitch for message in read(tmp_path / "a.mid").tracks[1] if message.type == "pitchwheel"]
    assert wheels == [value]


@pytest.mark.parametrize("tick", [0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152, 200_000_000])
def test_any_distance_between_events_reads_back(tmp_path: Path, tick: int):
    tempo = TempoMap()
    start, end = (tempo.beat_to_time(Fraction(at, tempo.ppq)) for at in (tick, tick + 130))
    write(score(Track("a", 0, notes=(Note(start, end, 60, 1),)), markers=(Marker(start, "x"),), end=end), tmp_path / "a.mid")
    file = read(tmp_path / "a.mid")
    assert notes_of(file.tracks[1]) == [(tick, "note_on", 60), (tick + 130, "note_off", 60)]
    assert [at for at, message in timed(file.tracks[0]) if message.type == "marker"] == [tick]


def test_a_note_that_overlaps_the_next_of_its_pitch_ends_where_that_starts(tmp_path: Path):
    shared = (Track("a", 0, notes=(note(0, 5), note(6, 7))), Track("b", 0, notes=(note(1, 2), note(3, 9))))
    write(score(*shared, Track("c", 1, notes=(note(0, 9),))), tmp_path / "a.mid")
    file = read(tmp_path / "a.mid")
    # The end at 6 s stands in a later track than the start there: a tick earlier, or it would silence it.
    assert notes_of(file.tracks[1]) == [(0, "note_on", 60), (1920, "note_off", 60), (11_520, "note_on", 60), (13_440, "note_off", 60)]
    assert notes_of(file.tracks[2]) == [(1920, "note_on", 60), (3840, "note_off", 60), (5760, "note_on", 60), (11_519, "note_off", 60)]
    assert notes_of(file.tracks[3]) == [(0, "note_on", 60), (17_280, "note_off", 60)]
    assert_sound(file)


def test_notes_shorter_than_a_tick_last_one_and_twins_become_the_louder(tmp_path: Path):
    tiny = Fraction(1, 10_000)
    blink = Note(SECOND, SECOND + tiny, 60, 50)
    twins = (Note(2 * SECOND, 3 * SECOND, 60, 50), Note(2 * SECOND + tiny, 4 * SECOND, 60, 90))
    found = write(score(Track("a", 0, notes=(blink, twins[0])), Track("b", 0, notes=twins[1:])), tmp_path / "a.mid")
    file = read(tmp_path / "a.mid")
    assert notes_of(file.tracks[1]) == [(1920, "note_on", 60), (1921, "note_off", 60)]
    assert notes_of(file.tracks[2]) == [(3840, "note_on", 60), (7680, "note_off", 60)]
    assert (found.n_notes, found.n_merged) == (2, 1)
    assert found.told() == "2 notes; the worst is 0.10 ms from its frame; 1 more fell on one of the same pitch"


def test_the_worst_distance_is_told(tmp_path: Path):
    notes = tuple(Note(n / NTSC_30, (n + 1) / NTSC_30, 60, 64) for n in range(40))
    found = write(score(Track("even", 0, notes=notes[:1]), Track("odd", 1, notes=notes[:9])), tmp_path / "a.mid")
    # Frame 8 is at tick 512.512: 0.488 of a tick of 0.5208 ms.
    assert found.worst_ms == pytest.approx(0.488 * 0.520833, abs=1e-5)
    assert found.told(planned="the grid") == "10 notes; the worst is 0.25 ms from the grid"
    locked = plan_tempo("frame", rate=NTSC_30, is_vfr=False, cuts=(), end=SECOND, where="a.mp4")
    assert write(score(Track("a", 0, notes=notes), tempo=locked), tmp_path / "b.mid").worst_ms == 0


def test_a_note_planned_before_the_film_sounds_at_its_start(tmp_path: Path):
    found = write(score(Track("a", 0, notes=(note(-1, -0.5), note(-0.2, 1, 61)))), tmp_path / "a.mid")
    assert notes_of(read(tmp_path / "a.mid").tracks[1])[:2] == [(0, "note_on", 60), (0, "note_on", 61)]
    assert found.worst_ms == 0


@pytest.mark.parametrize(
    ("track", "said"),
    [
        (Track("a", 16), r"channel must be in range 0\.\.15, got 16"),
        (Track("a", 0, 128), r"program must be in range 0\.\.127, got 128"),
        (Track("a", 0, notes=(note(0, 1, pitch=128),)), r"pitch must be in range 0\.\.127, got 128"),
        (Track("a", 0, notes=(note(0, 1, velocity=0),)), r"velocity must be in range 1\.\.127, got 0"),
        (Track("a", 0, controls=(Control(SECOND, 120, 0),)), r"controller must be in range -1\.\.119, got 120"),
        (Track("a", 0, controls=(Control(SECOND, 7, 128),)), r"control value must be in range 0\.\.127, got 128"),
        (Track("a", 0, controls=(Control(SECOND, BEND, 8192),)), r"bend must be in range -8192\.\.8191, got 8192"),
    ],
)
def test_numbers_that_midi_does_not_have_are_refused(tmp_path: Path, track: Track, said: str):
    with pytest.raises(ValueError, match=said):
        write(score(track), tmp_path / "a.mid")
    assert list(tmp_path.iterdir()) == []


def test_names_that_are_no_text_do_not_stop_the_file(tmp_path: Path):
    write(score(Track("\udcff \x00 – 名前", 0), title="caf\udce9.mp4"), tmp_path / "a.mid")
    assert [track.name for track in read(tmp_path / "a.mid").tracks] == ["caf?.mp4", "? \x00 – 名前"]


def test_a_film_too_long_to_count_is_refused(tmp_path: Path):
    with pytest.raises(UserError, match=r"a\.mid: it lasts 384,000,000 ticks.*Choose a slower tempo"):
        write(score(Track("a", 0), end=200_000 * SECOND), tmp_path / "a.mid")


def test_a_missing_folder_is_one_line(tmp_path: Path):
    with pytest.raises(UserError, match="the output folder does not exist"):
        write(score(Track("a", 0)), tmp_path / "none" / "a.mid")


def written_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, planned: Score, wrong: Score | bytes) -> str:
    """What `write` says if the encoder makes another file than planned; the old file must survive it."""
    final = tmp_path / "a.mid"
    final.write_bytes(b"old")
    content = wrong if isinstance(wrong, bytes) else encode(wrong)
    monkeypatch.setattr(midifile, "encode", lambda score, where: content)
    with pytest.raises(UserError, match="defect of the program; nothing was written") as caught:
        write(planned, final)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]
    assert str(caught.value).startswith(f"{final}: ")
    return str(caught.value)


PLANNED = score(Track("a", 0, notes=(note(1, 2), note(3, 4))), Track("b", 0, notes=(note(1, 2, 61),)))


@pytest.mark.parametrize(
    ("tracks", "said"),
    [
        ((Track("a", 0, notes=(note(1, 2), note(3.001, 4))), PLANNED.tracks[1]), r"the note at 0:00:03\.000 of track 'a' is off by 1\.04 ms"),
        ((Track("a", 0, notes=(note(1, 2), note(3, 4, 62))), PLANNED.tracks[1]), r"the note at 0:00:03\.000 of track 'a' is off by 2000\.00 ms"),
        ((PLANNED.tracks[0], Track("b", 0)), r"the note at 0:00:01\.000 of track 'b' is missing"),
        ((PLANNED.tracks[0], Track("b", 0, notes=(note(1, 2, 61), note(5, 6, 61)))), "it holds 1 notes that were not planned"),
        ((PLANNED.tracks[1], PLANNED.tracks[0]), r"the note at 0:00:01\.000 of track 'a' is missing"),
        (PLANNED.tracks[:1], "the file has 1 voices, planned were 2"),
    ],
)
def test_a_file_with_other_notes_is_never_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tracks: tuple[Track, ...], said: str
):
    assert re.search(said, written_wrong(tmp_path, monkeypatch, PLANNED, replace(PLANNED, tracks=tracks)))


def test_a_file_in_another_tempo_is_never_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    other = encode(PLANNED).replace(b"\xff\x51\x03\x07\xa1\x20", b"\xff\x51\x03\x07\xa2\x20")
    assert "'a' is off by 0.51 ms" in written_wrong(tmp_path, monkeypatch, PLANNED, other)


def test_a_file_that_ends_early_is_never_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    assert "track 0 ends before the film does" in written_wrong(tmp_path, monkeypatch, PLANNED, replace(PLANNED, end=9 * SECOND))


def without(content: bytes, message: bytes) -> bytes:
    """The file without a message and the time before it."""
    at = content.index(message)
    track = content.rindex(b"MTrk", 0, at)
    (size,) = struct.unpack_from(">L", content, track + 4)
    content = content[:at] + content[at + len(message) :]
    return content[: track + 4] + struct.pack(">L", size - len(message)) + content[track + 8 :]


def test_a_note_that_does_not_end_is_never_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    two = score(Track("a", 0, notes=(note(1, 2),)))
    content = encode(two)
    off = bytes((0x8F, 0x00, 0x80, 60, 64))
    assert off in content
    said = written_wrong(tmp_path, monkeypatch, two, without(content, off))
    assert "pitch 60 on channel 1 overlaps itself or does not end, near tick 1920" in said


@pytest.mark.parametrize("content", [b"", b"MThd", b"RIFF" * 20, encode(PLANNED)[:-1], encode(PLANNED) + b"x", encode(PLANNED)[:80]])
def test_a_file_that_is_cut_off_or_no_midi_is_never_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes):
    assert "does not read back" in written_wrong(tmp_path, monkeypatch, PLANNED, content)


def test_what_another_program_wrote_of_it_passes_the_check(tmp_path: Path):
    """mido writes with running status."""
    write(PLANNED, tmp_path / "a.mid")
    read(tmp_path / "a.mid").save(tmp_path / "b.mid")
    assert (tmp_path / "b.mid").stat().st_size < (tmp_path / "a.mid").stat().st_size
    assert check(tmp_path / "b.mid", PLANNED) == check(tmp_path / "a.mid", PLANNED)


def frames(highest: int) -> st.SearchStrategy[Fraction]:
    return st.integers(0, highest).map(lambda n: Fraction(n, 8000))


@st.composite
def tracks(draw: st.DrawFn, *, span: int) -> Track:
    """A track that keeps what `Track` promises: notes in order, none overlapping another of its pitch."""
    notes = []
    for pitch in draw(st.lists(st.integers(58, 62), max_size=3, unique=True)):
        edges = sorted(set(draw(st.lists(frames(span), max_size=10))))
        kept = draw(st.lists(st.booleans(), min_size=len(edges), max_size=len(edges)))
        pairs = [(a, b) for a, b, keep in zip(edges, edges[1:], kept, strict=False) if keep]
        notes += [Note(a, b, pitch, draw(st.integers(1, 127))) for a, b in pairs]
    notes.sort(key=lambda note: (note.start, note.pitch))
    numbers = st.sampled_from([1, 10, 74, BEND])
    controls = draw(st.lists(st.builds(Control, frames(span), numbers, st.integers(0, 127)), max_size=5))
    controls.sort(key=lambda control: control.time)
    name = draw(st.text(max_size=8, alphabet=st.characters(exclude_categories=["Cs"])))
    return Track(name, draw(st.integers(0, 2)), draw(st.sampled_from([None, 0, 40])), tuple(notes), tuple(controls))


@st.composite
def scores(draw: st.DrawFn) -> Score:
    # Within some ticks of one another, or some seconds: the first is where notes collide.
    span = draw(st.sampled_from([30, 200, 40_000]))
    markers = draw(st.lists(st.builds(Marker, frames(span), st.text(max_size=5, alphabet="aé名🎬")), max_size=3))
    beats = draw(st.sampled_from([((0, 500_000),), ((0, 500_500), (40, 615_385), (41, 400_000))]))
    tempo = TempoMap(tuple(TempoChange(*beat) for beat in beats))
    voices = draw(st.lists(tracks(span=span), max_size=5))
    return Score(tuple(voices), tuple(markers), draw(frames(span)), tempo, draw(st.sampled_from(["", "Ü"])))


def planned_starts(made: Score) -> Iterator[tuple[int, int, int]]:
    for track, one in made.notes():
        yield track.channel, one.pitch, made.tempo.time_to_tick(one.start)


@given(made=scores())
def test_any_score_makes_a_sound_file_that_reads_back_as_planned(tmp_path_factory: pytest.TempPathFactory, made: Score):
    path = tmp_path_factory.mktemp("made") / "a.mid"
    found = write(made, path)
    file = read(path)
    assert_sound(file)
    assert [track.name for track in file.tracks[1:]] == [track.name for track in made.tracks]
    starts = [(m.channel, m.note, tick) for track in file.tracks for tick, m in timed(track) if m.type == "note_on"]
    planned = set(planned_starts(made))
    assert len(set(starts)) == len(starts) == found.n_notes
    assert set(starts) <= planned
    # What is not there begins within a tick of one that is.
    assert all({(channel, pitch, tick), (channel, pitch, tick + 1)} & set(starts) for channel, pitch, tick in planned)
    assert found.n_notes + found.n_merged == made.n_notes
    for track, of_file in zip(made.tracks, file.tracks[1:], strict=True):
        wanted = [made.tempo.time_to_tick(control.time) for control in track.controls]
        set_up = 4 if track is next(other for other in made.tracks if other.channel == track.channel) else 0
        assert [tick for tick, m in timed(of_file) if m.type in ("control_change", "pitchwheel")][set_up:] == wanted
    in_order = sorted(made.markers, key=lambda marker: made.tempo.time_to_tick(marker.time))
    assert [m.text for m in file.tracks[0] if m.type == "marker"] == [marker.text for marker in in_order]
    assert len({timed(track)[-1][0] for track in file.tracks}) == 1

