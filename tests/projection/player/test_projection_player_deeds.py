"""Where films begin, and go to while they play, however often the same is asked; and what is told of what plays."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from projection.layers.edits import EditsSettings
from projection.layers.film import FilmSettings
from projection.layers.layer import Playing, Plays

Shown = Any
Films = dict[str, Path]
SHOWN = ["b.mp4", "a.mp4", "c.mp4"]


def acts(layer: Shown, deed: str, **settings: Any) -> None:
    """Have it do something with other settings, as a show does."""
    kind: Any = {"files": FilmSettings, "file": EditsSettings}[next(key for key in settings if key.startswith("file"))]
    layer.layer.set(kind(**settings))
    layer.layer.act(deed)


def test_a_film_begins_where_it_is_told_to(show: Callable[..., Shown]) -> None:
    assert show(FilmSettings, files="long.mp4", seek=8, paused=True).sees(200)
    assert show(FilmSettings, files=SHOWN, item=2, paused=True).sees(0)
    assert show(FilmSettings, files=SHOWN, item=2, seek=1, paused=True).sees(25)


def test_behind_where_it_begins_all_goes_on_from_the_beginning(show: Callable[..., Shown]) -> None:
    layer = show(FilmSettings, files=["b.mp4", "a.mp4"], item=2, seek=1.9)
    assert layer.sees(48) and layer.sees(101, after_s=0.12)


def test_an_edit_list_begins_where_it_is_told_to(edits: Path, show: Callable[..., Shown]) -> None:
    assert show(EditsSettings, file=str(edits), seek=1.2, paused=True).sees(105)
    assert show(EditsSettings, file=str(edits), item=2, paused=True).sees(100)


def test_from_the_top_works_as_often_as_it_is_asked(show: Callable[..., Shown]) -> None:
    layer = show(FilmSettings, files="long.mp4")
    assert layer.sees(0)
    for _ in range(3):
        assert layer.sees(50, after_s=2)
        acts(layer, "seek", files="long.mp4", seek=0)
        assert layer.sees(0)


def test_a_place_that_is_sought_before_anything_plays_is_not_lost(show: Callable[..., Shown]) -> None:
    layer = show(FilmSettings, files="long.mp4", paused=True)
    acts(layer, "seek", files="long.mp4", paused=True, seek=8)  # nothing has been opened yet
    assert layer.sees(200)


def test_items_are_gone_to_and_passed_over(show: Callable[..., Shown]) -> None:
    layer = show(FilmSettings, files=SHOWN, paused=True)
    assert layer.sees(100)
    acts(layer, "item", files=SHOWN, paused=True, item=3)
    assert layer.sees(200)
    acts(layer, "skip", files=SHOWN, paused=True, skip=False)  # the key that is let go
    acts(layer, "skip", files=SHOWN, paused=True, skip=True)
    assert layer.sees(100)
    acts(layer, "skip", files=SHOWN, paused=True, skip=True)
    assert layer.sees(0)


def test_an_item_that_is_not_there_is_the_last_and_is_told_once(show: Callable[..., Shown], told: list[str]) -> None:
    layer = show(FilmSettings, name="wolves", files=SHOWN, item=3, paused=True)
    assert layer.sees(200) and not told
    for item in (99, 98):
        acts(layer, "item", name="wolves", files=SHOWN, paused=True, item=item)
    assert layer.sees(200)
    assert told == ["wolves: there is no item 99: it goes to the last, 3."]


def test_a_place_that_is_sought_behind_an_item_is_one_in_that_item(show: Callable[..., Shown]) -> None:
    layer = show(FilmSettings, files=SHOWN, paused=True)
    assert layer.sees(100)
    acts(layer, "item", files=SHOWN, paused=True, item=2)
    acts(layer, "seek", files=SHOWN, paused=True, seek=1)
    assert layer.sees(25)


@pytest.mark.parametrize("is_heard", [True, False])
def test_what_plays_is_told(films: Films, show: Callable[..., Shown], is_heard: bool) -> None:
    layer = show(FilmSettings, files=["b.mp4", "a.mp4"], loop=False, sound=is_heard)
    assert isinstance(layer.layer, Plays)
    assert layer.sees(110, after_s=0.4)
    assert layer.layer.playing() == Playing("playing", films["b"], pytest.approx(0.4), 1.0, films["a"])
    assert layer.sees(10, after_s=1)
    assert layer.layer.playing() == Playing("playing", films["a"], pytest.approx(0.4), 2.0, None)
    assert layer.sees(49, after_s=3)
    assert layer.layer.playing().state == "ended"
