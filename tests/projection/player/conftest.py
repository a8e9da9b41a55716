"""Small films whose frames bear their number, a clock that is moved by hand, and players that are closed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from live.clock import ManualClock
from media.edits import Clip, EditList, save_edit_list
from media.span import Span
from media.write import FilmWriter
from projection.layers.layer import Drawn, Layer, Room
from projection.player.items import Item, Programme
from projection.player.player import Player
from projection.player.voice import SilentVoice, Voice

WIDTH, HEIGHT = 160, 96
_N_BITS, _BAR_PX = 12, 12
WAIT_S = 3.0


def draw(number: int, size: tuple[int, int] = (WIDTH, HEIGHT)) -> np.ndarray:
    """(H, W, 3) RGB grey with `number` as bars, low bit first."""
    picture = np.full((size[1], size[0], 3), 90, np.uint8)
    for bit in range(_N_BITS):
        picture[8:40, 4 + bit * _BAR_PX : 4 + (bit + 1) * _BAR_PX] = 235 if number >> bit & 1 else 16
    return picture


def read(picture: np.ndarray) -> int:
    """Read back what `draw` drew, of (H, W) or (H, W, n)."""
    if picture.shape[0] < HEIGHT:
        return 0  # the black of what has no picture
    luma = picture if picture.ndim == 2 else picture[..., 1]
    bars = [luma[16:32, 8 + bit * _BAR_PX : 12 + bit * _BAR_PX].mean() > 128 for bit in range(_N_BITS)]
    return sum(bool(bar) << bit for bit, bar in enumerate(bars))


@pytest.fixture(scope="session")
def number_picture() -> Callable[..., np.ndarray]:
    """`draw`."""
    return draw


@pytest.fixture(scope="session")
def number_in() -> Callable[[np.ndarray], int]:
    """`read`."""
    return read


@pytest.fixture(scope="session")
def make() -> Callable[..., Path]:
    """Write a film of numbered frames: `make(path, range(50))`."""

    def made(path: Path, numbers: Sequence[int], *, rate: Fraction | int = 25, sound_s: float = 0.0, **options: Any) -> Path:
        with FilmWriter(path, size=(WIDTH, HEIGHT), rate=Fraction(rate), sound=sound_s > 0, threads=1, **options) as film:
            for number in numbers:
                film.write_frame(draw(number))
            if sound_s:
                at = np.arange(round(sound_s * 48_000)) / 48_000
                film.write_sound(np.stack([0.3 * np.sin(2 * np.pi * 440 * at)] * 2, axis=1).astype(np.float32))
        return path

    return made


@pytest.fixture(scope="session")
def films(make: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """a: 2 s, frames 0..49; b: 1 s, frames 100..124; c: 2 s at 50 a second, frames 200..299; long: 20 s, frames 0..499, few key frames."""
    folder = tmp_path_factory.mktemp("films")
    return {
        "a": make(folder / "a.mp4", range(50)),
        "b": make(folder / "b.mp4", range(100, 125)),
        "c": make(folder / "c.mp4", range(200, 300), rate=50),
        "long": make(folder / "long.mp4", range(500), options={"g": "100", "bf": "3"}),
    }


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1000.0)


@pytest.fixture
def told() -> list[str]:
    """What players told."""
    return []


class Watched:
    """A player on a clock that is moved by hand."""

    def __init__(self, player: Player, clock: ManualClock) -> None:
        self.player, self.clock = player, clock

    def now(self) -> int:
        """The number of the frame that is to be seen now."""
        frame = self.player.picture(self.clock.now(), wait_s=WAIT_S)
        assert frame is not None, "there is no picture"
        return read(frame.y())

    def after(self, duration_s: float) -> int:
        """The same a little later."""
        self.clock.advance(duration_s)
        return self.now()

    def sees(self, *, every_s: float, n: int) -> list[int]:
        """The numbers seen now, and at every so many seconds from now on."""
        return [self.now(), *(self.after(every_s) for _ in range(n - 1))]


@pytest.fixture
def watch(clock: ManualClock, told: list[str]) -> Iterator[Callable[..., Watched]]:
    """Begin to play: `watch(path, Item(...), order="loop")`."""
    players: list[Player] = []

    def begin(*items: Path | Item, order: str = "once", voice: Voice | None = None, programme: Programme | None = None) -> Watched:
        wanted = [item if isinstance(item, Item) else Item(item) for item in items]
        programme = programme or Programme(wanted, order=order)  # type: ignore[arg-type]
        players.append(Player(programme, voice or SilentVoice(clock), clock=clock, tell=told.append))
        return Watched(players[-1], clock)

    yield begin
    for player in players:
        player.close()


class Shown:
    """A layer as a show asks it: without waiting, so that a picture may need a moment."""

    def __init__(self, layer: Layer, clock: ManualClock, read: Callable[[np.ndarray], int]) -> None:
        self.layer, self.clock, self._read = layer, clock, read
        self.latest: Drawn | None = None

    def sees(self, number: int, *, after_s: float = 0.0) -> bool:
        """Whether this is the number that comes to stay."""
        self.settle()
        self.clock.advance(after_s)
        end_s = time.monotonic() + 20
        while time.monotonic() < end_s:
            self.latest = self.layer.draw(self.clock.now()) or self.latest
            if self.latest is not None and self._read(self.latest.picture) == number:
                return True
            time.sleep(0.001)
        return False

    def settle(self) -> None:
        """Wait until what was wished for is done."""
        self.layer._player.picture(self.clock.now(), wait_s=20)  # type: ignore[attr-defined]


@pytest.fixture
def room(films: dict[str, Path], clock: ManualClock, told: list[str]) -> Room:
    return Room(size_px=(640, 384), folder=films["a"].parent, clock=clock, seed=1, tell=told.append)


@pytest.fixture
def show(room: Room, clock: ManualClock, number_in: Callable[[np.ndarray], int]) -> Iterator[Callable[..., Shown]]:
    """Make a layer: `show(FilmSettings, files="a.mp4")`."""
    layers: list[Layer] = []

    def made(kind: type[Any], room: Room = room, **settings: Any) -> Shown:
        layers.append(kind(**settings).make(room))
        return Shown(layers[-1], clock, number_in)

    yield made
    for layer in layers:
        layer.close()


@pytest.fixture
def edits(films: dict[str, Path], tmp_path: Path) -> Path:
    """Four clips of two films, of which the third comes in over half a second."""
    clips = (
        Clip(films["long"], Span(Fraction(4), Fraction(5))),
        Clip(films["b"], Span(Fraction(0), Fraction(1)), "b"),
        Clip(films["long"], Span(Fraction(8), Fraction(10)), fade=Fraction(1, 2)),
        Clip(films["long"], Span(Fraction(2), Fraction(5, 2))),
    )
    path = tmp_path / "list.edit.json"
    save_edit_list(EditList(clips), path)
    return path
