"""A show of layers that are in no table: their settings make them, and controls reach them like all others."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from pydantic import SkipValidation

from live.clock import SteadyClock
from live.shared import SharedReader
from media.write import FilmWriter
from projection.layers.film import PlayingLayer, PlayingSettings
from projection.layers.layer import Drawn, LayerSettings, Playing, Room
from projection.player.items import Item, Programme
from projection.show import Show
from projection.stage import Stage, StageWish


class RedSettings(LayerSettings):
    """One colour."""

    def make(self, room: Room) -> Red:
        return Red()


class Red:
    """It."""

    def draw(self, at_s: float) -> Drawn | None:
        return Drawn(np.full((4, 4, 3), (200, 0, 0), np.uint8))

    def set(self, settings: RedSettings) -> None: ...

    def close(self) -> None: ...


class KioskSettings(PlayingSettings):
    """A programme that somebody else adds to."""

    model_config: ClassVar = {"arbitrary_types_allowed": True}
    programme: SkipValidation[Programme]

    def make(self, room: Room) -> PlayingLayer:
        return PlayingLayer(self, room, self.programme)


def stage_of(layer: LayerSettings) -> Stage:
    return Stage(Show((160, 96), (layer,)), StageWish(()), clock=SteadyClock(spin_s=0), say=print)


def test_a_layer_of_ones_own_is_shown(wait_until: Callable[..., None]) -> None:
    with stage_of(RedSettings(name="own")) as stage:
        wait_until(lambda: stage.layers["own"].stats().n_pictures > 0)
        newest = SharedReader(next(stage.folder.glob("layer*"))).newest()
        assert newest is not None and (newest.picture == (0, 0, 200, 255)).all()
        stage.set("layer.own.opacity", 0.5)
        assert stage.layers["own"].stats().playing is None


@pytest.fixture
def films(tmp_path: Path) -> list[Path]:
    """Three that are very short."""
    for name in "abc":
        with FilmWriter(tmp_path / f"{name}.mp4", size=(64, 36), rate=Fraction(25), threads=1) as film:
            for _ in range(100):
                film.write_frame(np.zeros((36, 64, 3), np.uint8))
    return [tmp_path / f"{name}.mp4" for name in "abc"]


def test_a_programme_of_ones_own_plays_and_is_moved_by_the_names_of_its_keys(films: list[Path], wait_until: Callable[..., None]) -> None:
    programme = Programme([Item(films[0]), Item(films[1])], order="endless")
    with stage_of(KioskSettings(name="kiosk", programme=programme, paused=True)) as stage:

        def playing() -> Playing:
            return stage.layers["kiosk"].stats().playing or Playing("waiting")

        wait_until(lambda: (playing().item, playing().coming) == (films[0], films[1]))
        stage.set("layer.kiosk.seek", 1)
        wait_until(lambda: playing().at_s == pytest.approx(1))
        stage.set("layer.kiosk.paused", False)
        wait_until(lambda: playing().state == "playing" and playing().at_s > 1.2)
        stage.set("layer.kiosk.paused", True)
        stage.set("layer.kiosk.seek", 1)  # again
        wait_until(lambda: playing().state == "paused" and playing().at_s == pytest.approx(1))
        programme.append(Item(films[2]))
        for path in films[1:]:
            stage.set("layer.kiosk.skip", True)
            wait_until(lambda path=path: playing().item == path)
