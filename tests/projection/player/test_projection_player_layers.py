"""Film and edit list layers, as a show makes and moves them."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from pydantic import ValidationError

from live.clock import ManualClock
from live.sound.local import LocalSounds
from media.edits import Clip, EditList, save_edit_list
from media.errors import UserError
from media.span import Span
from media.write import FilmWriter
from projection.layers.edits import EditsLayer, EditsSettings
from projection.layers.film import FilmLayer, FilmSettings, find_items
from projection.layers.layer import Absent, Room, settings_class

Films = dict[str, Path]
Read = Callable[[np.ndarray], int]
Shown = Any
"""A layer as a show asks it."""


def test_both_are_in_the_table() -> None:
    assert settings_class("film") is FilmSettings and settings_class("edits") is EditsSettings


def test_a_film_plays_in_a_loop(show: Callable[..., Shown]) -> None:
    layer = show(FilmSettings, files="b.mp4")
    assert layer.sees(100) and layer.sees(110, after_s=0.4) and layer.sees(102, after_s=0.68)
    assert layer.latest is not None and layer.latest.is_opaque and layer.latest.picture.shape == (96, 160, 4)


def test_the_same_picture_is_drawn_once(show: Callable[..., Shown], clock: ManualClock) -> None:
    layer = show(FilmSettings, files="b.mp4")
    assert layer.sees(100)
    assert [layer.layer.draw(clock.now() + n / 1000) for n in range(10)] == [None] * 10


def test_a_list_of_films_and_one_that_ends(show: Callable[..., Shown]) -> None:
    layer = show(FilmSettings, files=["b.mp4", "a.mp4"], loop=False)
    assert layer.sees(100) and layer.sees(124, after_s=0.95) and layer.sees(5, after_s=0.25) and layer.sees(45, after_s=1.6)
    assert layer.sees(49, after_s=3)


def test_a_folder_with_pictures_in_it(films: Films, room: Room, tmp_path: Path, show: Callable[..., Shown], number_picture: Any) -> None:
    folder = tmp_path / "loops"
    folder.mkdir()
    shutil.copy(films["b"], folder / "film 10.mp4")
    cv2.imwrite(str(folder / "film 9.png"), number_picture(33))
    (folder / "notes.txt").write_text("not a film")
    (folder / ".hidden.mp4").write_text("nor this")
    layer = show(FilmSettings, files=str(folder), seconds=2)
    assert layer.sees(33) and layer.sees(33, after_s=1.9) and layer.sees(102, after_s=0.19) and layer.sees(33, after_s=1)


def test_names_and_patterns_stand_for_files_in_order(films: Films, room: Room, tmp_path: Path) -> None:
    for name in ("10.mp4", "9.mp4", "1.mov", "x.txt", "p.jpg"):
        (tmp_path / name).touch()
    found = find_items(FilmSettings(files=("*.mp4", "p.jpg", "9.mp4")), Room((640, 384), tmp_path, room.clock, 1, print))
    assert [item.path.name for item in found] == ["9.mp4", "10.mp4", "p.jpg", "9.mp4"]
    assert [item.span for item in found] == [None, None, Span(Fraction(0), Fraction(5)), None]


@pytest.mark.parametrize("files", ["nothing.mp4", "no*.mp4", ["nothing.mp4", "gone"]])
def test_names_that_all_stand_for_nothing_are_refused(files: Any, show: Callable[..., Shown]) -> None:
    with pytest.raises(UserError, match="no such file"):
        show(FilmSettings, files=files)


def test_one_film_that_is_missing_takes_no_other_with_it(show: Callable[..., Shown], told: list[str]) -> None:
    layer = show(FilmSettings, files=["gone.mp4", "b.mp4", "none*.mp4"])
    assert layer.sees(100) and layer.sees(110, after_s=0.4)
    assert sorted("gone.mp4" in line for line in told) == [False, True] and any("none*.mp4" in line for line in told)


def test_times_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValidationError, match="end must lie behind start"):
        FilmSettings(files=("a.mp4",), start=Fraction(3), end=Fraction(2))


def test_a_part_of_a_film(show: Callable[..., Shown]) -> None:
    layer = show(FilmSettings, files="long.mp4", start=4, end=5)
    assert layer.sees(100) and layer.sees(124, after_s=0.96) and layer.sees(101, after_s=0.08)


def test_everything_live_can_be_moved(show: Callable[..., Shown]) -> None:
    layer = show(FilmSettings, files="long.mp4", paused=True)
    settings = FilmSettings(files=("long.mp4",), paused=True)

    def move(**changes: Any) -> None:
        nonlocal settings
        settings = settings.model_copy(update=changes)
        layer.layer.set(settings)
        for deed in settings.DEEDS.intersection(changes):
            layer.layer.act(deed)
        layer.settle()

    assert layer.sees(0) and layer.sees(0, after_s=3)
    move(paused=False)
    assert layer.sees(10, after_s=0.4)
    move(paused=True, seek=8.0)
    assert layer.sees(200)
    move(paused=False, rate=2.0, gain_db=-90)
    assert layer.sees(220, after_s=0.4)
    move(seek=0.0)
    assert layer.sees(0)
    assert {p.name for p in FilmSettings.parameters() if p.live} >= {"rate", "gain_db", "paused", "seek", "opacity"}


def test_where_nothing_can_be_played_it_says_so_and_looks_again(
    tmp_path: Path, films: Films, room: Room, show: Callable[..., Shown]
) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_text("no film")
    layer = show(FilmSettings, files=str(broken))
    with pytest.raises(Absent, match=r"broken\.mp4"):
        for _ in range(2000):
            layer.layer.draw(layer.clock.now())
            time.sleep(0.005)
    shutil.copy(films["b"], broken)
    layer.clock.advance(20)
    end_s = time.monotonic() + 20
    drawn = None
    while drawn is None and time.monotonic() < end_s:
        try:
            drawn = layer.layer.draw(layer.clock.now())
        except Absent:
            time.sleep(0.005)
    assert drawn is not None


def test_chance_is_the_shows_seed(room: Room, show: Callable[..., Shown], number_in: Read) -> None:
    firsts = set()
    for seed in range(12):
        other = Room(room.size_px, room.folder, room.clock, seed, room.tell)
        for _ in range(2):
            layer = show(FilmSettings, other, files=["a.mp4", "b.mp4", "c.mp4"], shuffle=True, paused=True)
            layer.settle()
            first = number_in(layer.layer.draw(layer.clock.now()).picture)
            firsts.add((seed, first))
    assert len(firsts) == 12 and len({first for _, first in firsts}) == 3


def test_an_edit_list_plays_clip_by_clip(edits: Path, show: Callable[..., Shown]) -> None:
    layer = show(EditsSettings, file=str(edits))
    assert layer.sees(100) and layer.sees(112, after_s=0.48) and layer.sees(102, after_s=0.6)
    # 1.5 s: the third clip begins to come in; at 2 s it is alone.
    assert layer.sees(213, after_s=0.94) and layer.sees(240, after_s=1.09) and layer.sees(51, after_s=0.42)
    assert layer.sees(100, after_s=0.48)


def test_clips_fade_into_one_another(tmp_path: Path, clock: ManualClock, make: Any, room: Room) -> None:
    for name, level in (("dark", 40), ("light", 240)):
        with FilmWriter(tmp_path / f"{name}.mp4", size=(160, 96), rate=Fraction(25)) as film:
            for _ in range(50):
                film.write_frame(np.full((96, 160, 3), level, np.uint8))
    clips = (Clip(tmp_path / "dark.mp4", Span(0, 2)), Clip(tmp_path / "light.mp4", Span(0, 2), fade=Fraction(1)))
    save_edit_list(EditList(clips), tmp_path / "fade.json")
    layer = EditsLayer(EditsSettings(file=str(tmp_path / "fade.json"), loop=False), room)
    try:
        assert layer._player.picture(clock.now(), wait_s=20) is not None
        levels = []
        for _ in range(30):
            layer._player.picture(clock.now(), wait_s=20)
            drawn = layer.draw(clock.now())
            levels.append(int(drawn.picture[48, 80, 1]) if drawn else levels[-1])
            clock.advance(0.1)
    finally:
        layer.close()
    expected = [40 + 200 * min(max((n * 0.1 - 1) / 1, 0), 1) for n in range(30)]
    assert np.abs(np.array(levels) - expected).max() <= 8


def test_a_playlist_fades_over_in_picture_and_sound_round_and_round(tmp_path: Path, make: Any, room: Room, clock: ManualClock) -> None:
    cv2.imwrite(str(tmp_path / "light.png"), np.full((96, 160, 3), 240, np.uint8))
    film = make(tmp_path / "tone.mp4", [0] * 50, sound_s=2.0)
    with LocalSounds(clock) as sounds:
        settings = FilmSettings(files=(str(film), str(tmp_path / "light.png")), seconds=Fraction(2), crossfade=Fraction(1))
        layer = settings.make(replace(room, sound=sounds))
        levels, loud = [], []
        for _ in range(40):  # from 1 s on the picture comes in, from 2 s on the film again, and so on
            layer._player.picture(clock.now(), wait_s=20)
            drawn = layer.draw(clock.now())
            levels.append(int(drawn.picture[80, 80, 1]) if drawn else levels[-1])
            loud.append(float(np.abs(sounds.render(0.1)).max()))
        layer.close()
    shares = [min(max(n * 0.1 - 1, 0), 1) if n < 20 else max(1 - (n * 0.1 - 2), 0) if n < 30 else n * 0.1 - 3 for n in range(40)]
    assert np.abs(np.array(levels) - [90 + 150 * share for share in shares]).max() <= 8
    assert np.abs(np.array(loud[2:]) - [0.3 * np.cos(share * np.pi / 2) for share in shares[2:]]).max() < 0.06


def test_seeking_in_an_edit_list_counts_from_its_beginning(edits: Path, show: Callable[..., Shown]) -> None:
    layer = show(EditsSettings, file=str(edits), paused=True)
    assert layer.sees(100)
    for time_s, number in ((1.2, 105), (0.2, 105), (2.5, 225), (3.59, 52), (99.0, 62), (0.0, 100)):
        layer.layer.set(EditsSettings(file=str(edits), paused=True, seek=time_s))
        layer.layer.act("seek")
        assert layer.sees(number), time_s


def test_a_list_whose_source_is_missing_plays_the_others(films: Films, tmp_path: Path, show: Callable[..., Shown], told: list[str]) -> None:
    clips = (Clip(tmp_path / "gone.mp4", Span(0, 1)), Clip(films["b"], Span(0, 1)))
    save_edit_list(EditList(clips), tmp_path / "list.json")
    layer = show(EditsSettings, file=str(tmp_path / "list.json"))
    assert layer.sees(100) and layer.sees(101, after_s=1.04)
    assert len(told) == 1 and "gone.mp4" in told[0]


def test_what_is_no_edit_list_is_refused(tmp_path: Path, show: Callable[..., Shown]) -> None:
    (tmp_path / "list.json").write_text("{}")
    with pytest.raises(UserError, match="not an edit list"):
        show(EditsSettings, file=str(tmp_path / "list.json"))


def test_a_layer_is_heard_unless_it_is_told_not_to_be(make: Any, tmp_path: Path, room: Room, clock: ManualClock, told: list[str]) -> None:
    path = make(tmp_path / "tone.mp4", range(50), sound_s=2.0)
    for is_on in (True, False):
        with LocalSounds(clock, tell=told.append) as sounds:
            loud = Room(room.size_px, room.folder, clock, 1, told.append, sounds)
            layer = FilmLayer(FilmSettings(files=(str(path),), sound=is_on), loud)
            heard = []
            for _ in range(50):
                layer._player.picture(clock.now(), wait_s=20)
                heard.append(np.abs(sounds.render(0.02)).max())
            layer.close()
            assert (max(heard) > 0.2) == is_on
