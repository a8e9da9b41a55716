"""Colours and a speed go in; pictures that nobody filmed come out: plasma, flowing noise, a turning gradient, one colour.

A pattern is computed small, in 16 bits a colour, and only then made as large as the stage and rounded to 8 with a grain too fine to
see: without it, slow dark shades would show as steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import ceil, cos, radians, sin, sqrt, tau
from typing import Any, ClassVar

import numpy as np

from media.settings import setting
from projection.layers.colors import Color, Colors, Rgb, shades
from projection.layers.layer import Drawn, LayerSettings, Room

_RATE_HZ = 30
_FULL = 255 * 256
"""The brightest, in 16 bits: dithering adds less than one step of 8 bits."""
_GRAIN_PX = 64
_BAND_PX = 32_000
"""Computed at a time: what lies on the way then stays in the processor's cache, which halves the time."""


class _Moving(LayerSettings):
    """What patterns have in common."""

    speed: float = setting(1.0, ge=0, le=100, live=True, help="How fast it moves, in parts of its own slow pace; 0 stands still.")
    size: float = setting(1.0, ge=0.05, le=20, live=True, help="How large its shapes are, in parts of what they are untouched.")


class _Chosen(_Moving):
    """And those of which there are many."""

    seed: int = setting(0, ge=0, help="Another number makes another one of its kind.")


class PlasmaSettings(_Chosen):
    """Folds of silk: waves that bend one another."""

    colors: Colors = setting(("#0a0620", "#2b1160", "#8a1f86", "#ec4f6b", "#ffb36b"), live=True, help="From fold to crest, and back.")

    def make(self, room: Room) -> PlasmaLayer:
        return PlasmaLayer(self, room)


class NoiseSettings(_Chosen):
    """Ink in water: clouds that carry one another along."""

    colors: Colors = setting(("#04060f", "#0b2440", "#1f6f80", "#9fd3c0", "#fff4dc"), live=True, help="From the deep to the light.")

    def make(self, room: Room) -> NoiseLayer:
        return NoiseLayer(self, room)


class GradientSettings(_Moving):
    """One colour flows into the next, from side to side, and the whole turns."""

    colors: Colors = setting(("#0f1440", "#6b2f8a", "#c94f8a", "#f5866b", "#ffcf8a"), live=True, help="From one side to the other.")
    angle: float = setting(-60.0, ge=-3600, le=3600, unit="degrees", live=True, help="Which way it goes at first: 0 right, 90 down.")

    def make(self, room: Room) -> GradientLayer:
        return GradientLayer(self, room)


class SolidSettings(LayerSettings):
    """One colour."""

    color: Color = setting("#1b1035", live=True, help="Its colour.")

    def make(self, room: Room) -> SolidLayer:
        return SolidLayer(self, room)


class _Pattern:
    """Draws a pattern at its own rate: it is asked more often than slow movement needs."""

    _is_round: ClassVar = False
    _n_small_px: ClassVar = 480 * 270
    """Pixels that shapes are computed at."""

    def __init__(self, settings: Any, room: Room) -> None:
        self._settings, self._size_px = settings, room.size_px
        self._small_px = _small_size(room.size_px, self._n_small_px)
        self._x, self._y = _places(*self._small_px)
        self._phase_s = 0.0
        self._asked_s: float | None = None
        self._is_changed = True
        width, height = room.size_px
        self._large, self._rgb = np.empty((height, width, 3), np.uint16), np.empty((height, width, 3), np.uint8)
        self._shades = _row(settings.colors, is_round=self._is_round)

    def set(self, settings: Any) -> None:
        if settings.colors != self._settings.colors:
            self._shades = _row(settings.colors, is_round=self._is_round)
        self._settings, self._is_changed = settings, True

    def draw(self, at_s: float) -> Drawn | None:
        if self._asked_s is not None and at_s - self._asked_s < 0.9 / _RATE_HZ:
            return None
        passed_s = 0.0 if self._asked_s is None else at_s - self._asked_s
        self._asked_s = at_s
        if not (self._is_changed or self._settings.speed):
            return None
        self._is_changed = False
        self._phase_s += passed_s * self._settings.speed
        return Drawn(self._enlarged(self._drawn(self._phase_s)))

    def close(self) -> None:
        """There is nothing to let go of."""

    def _drawn(self, phase_s: float) -> np.ndarray:
        """The pattern when it has moved so long, (h, w, 3) uint16 RGB."""
        raise NotImplementedError

    def _shaded(self, share: np.ndarray, light: np.ndarray | None = None) -> np.ndarray:
        """The colours at places of the row, 0..1 from end to end, and how much of their light there is."""
        import cv2

        n = len(self._shades)
        number = (share * np.float32(n if self._is_round else n - 1)).astype(np.int32)
        colors = np.take(self._shades, number, axis=0, mode="wrap" if self._is_round else "clip")
        if light is not None:
            colors *= cv2.merge([light, light, light])
        return colors.astype(np.uint16)

    def _enlarged(self, small: np.ndarray) -> np.ndarray:
        import cv2

        cv2.resize(small, self._size_px, dst=self._large, interpolation=cv2.INTER_LINEAR)
        grain = _grain(self._size_px[0])
        for top in range(0, self._size_px[1], _GRAIN_PX):  # so few rows at a time stay in the processor's cache
            rows = self._large[top : top + _GRAIN_PX]
            cv2.add(rows, grain[: len(rows)], dst=rows)
            cv2.convertScaleAbs(rows, dst=self._rgb[top : top + _GRAIN_PX], alpha=1 / 256, beta=-0.5)
        return self._rgb


class PlasmaLayer(_Pattern):
    """Waves that bend one another, again and again; colours go round with their sum."""

    _is_round = True
    _n_small_px = 384 * 216
    _FOLDS = 5

    def __init__(self, settings: PlasmaSettings, room: Room) -> None:
        super().__init__(settings, room)
        chance = _chance(settings, room)
        self._begin = chance.uniform(-9, 9, 2).astype(np.float32)
        self._turns = chance.uniform(0, tau, (self._FOLDS + 3, 2)).tolist()

    def _drawn(self, phase_s: float) -> np.ndarray:
        n = ceil(self._x.size / _BAND_PX)
        bands = zip(np.array_split(self._x, n), np.array_split(self._y, n), strict=True)
        return np.concatenate([self._band(x, y, phase_s) for x, y in bands])

    def _band(self, x: np.ndarray, y: np.ndarray, phase_s: float) -> np.ndarray:  # every number in here is tuned by eye
        def turned(n: int, m: int, rate: float) -> float:
            return (self._turns[n][m] + rate * phase_s) % tau

        scale = 3.1 / self._settings.size
        x, y = scale * x + self._begin[0], scale * y + self._begin[1]
        for n in range(1, self._FOLDS + 1):
            often, much = 0.9 + 0.55 * n, 0.75 / (0.4 + 0.6 * n)
            bent = x + much * np.sin(often * y + turned(n, 0, 0.11 + 0.03 * n))
            y = y + much * np.cos(0.93 * often * x + turned(n, 1, -0.09 - 0.035 * n))
            x = bent
        waves = np.sin(x + turned(0, 0, 0.05)) + np.sin(1.1 * y + turned(0, 1, -0.04)) + np.sin(0.7 * (x + y) + turned(-2, 0, 0.06))
        glow = np.cos(1.7 * x + turned(-1, 0, 0.07)) * np.cos(1.5 * y + turned(-1, 1, -0.05))
        return self._shaded(0.183 * waves + 0.06 * glow + 0.006 * phase_s % 1, 0.94 + 0.06 * glow)


class NoiseLayer(_Pattern):
    """Clouds whose places are shifted by clouds, and those by others; all of them drift apart.

    Source: I. Quilez 2002, "Domain warping".
    """

    _STAGES = 5.0
    """Heights of the stage after which its clouds come again: none has so many beside one another unless they are made small."""

    def __init__(self, settings: NoiseSettings, room: Room) -> None:
        super().__init__(settings, room)
        chance = _chance(settings, room)
        self._clouds = _clouds(chance)
        self._begin = chance.uniform(0, len(self._clouds), 2).astype(np.float32)

    def _drawn(self, phase_s: float) -> np.ndarray:  # every number in here is tuned by eye
        import cv2

        t, n = phase_s, len(self._clouds)
        height = n / self._STAGES / self._settings.size
        x, y = height * self._x + self._begin[0], height * self._y + self._begin[1]
        at_x, at_y = x[::2, ::2], y[::2, ::2]  # what shifts others need not be as fine
        a, b = self._fetched(at_x, at_y, (0.65 * t, -1.05 * t))
        a, b = self._fetched(at_x + 0.16 * height * a, at_y + 0.16 * height * b, (77 - 0.95 * t, 33 - 0.4 * t))
        a, b = (cv2.resize(shift, self._small_px, interpolation=cv2.INTER_CUBIC) for shift in (a, b))
        c, _ = self._fetched(x + 0.22 * height * a, y + 0.22 * height * b, (0.35 * t, 120 - 1.5 * t))
        return self._shaded((0.58 + 0.47 / (1 + np.exp(-1.6 * b))) / (1 + np.exp(0.44 - 1.25 * c)))

    def _fetched(self, x: np.ndarray, y: np.ndarray, drift: tuple[float, float]) -> Sequence[np.ndarray]:
        """Both clouds at places."""
        import cv2

        n = len(self._clouds)
        # Without whole turns: float32 would lose its finest steps in a night.
        at_x, at_y = x + np.float32(drift[0] % n), y + np.float32(drift[1] % n)
        return cv2.split(cv2.remap(self._clouds, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP))


class GradientLayer(_Pattern):
    """From corner to corner the whole row of colours, whichever way it has turned."""

    _TURN = 1.5  # degrees a second: once in four minutes

    def _drawn(self, phase_s: float) -> np.ndarray:
        angle = radians((self._settings.angle + self._TURN * phase_s) % 360)
        right, down = cos(angle), sin(angle)
        width, height = self._small_px
        reach = (abs(right) * width / height + abs(down)) * self._settings.size
        return self._shaded(0.5 + (np.float32(right / reach) * self._x + np.float32(down / reach) * self._y))


class SolidLayer:
    """One colour, drawn once."""

    def __init__(self, settings: SolidSettings, room: Room) -> None:
        self._size_px = room.size_px
        self.set(settings)

    def set(self, settings: SolidSettings) -> None:
        self._color, self._is_drawn = settings.color, False

    def draw(self, at_s: float) -> Drawn | None:  # noqa: ARG002 - it is the same at every instant
        if self._is_drawn:
            return None
        self._is_drawn = True
        return Drawn(np.full((*self._size_px[::-1], 3), self._color, np.uint8))

    def close(self) -> None:
        """There is nothing to let go of."""


def _chance(settings: _Chosen, room: Room) -> np.random.Generator:
    return np.random.default_rng([room.seed, settings.seed])


def _row(colors: tuple[Rgb, ...], *, is_round: bool) -> np.ndarray:
    """Shades of them in 16 bits, (n, 3) float32."""
    return shades(colors, is_round=is_round) * np.float32(_FULL / 255)


def _small_size(size_px: tuple[int, int], most_px: int) -> tuple[int, int]:
    """(width, height) that shapes are computed at."""
    shrink = max(1.0, sqrt(size_px[0] * size_px[1] / most_px))
    return max(2, round(size_px[0] / shrink)), max(2, round(size_px[1] / shrink))


def _places(width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """How far right and down of the middle pixels lie, in parts of the height, (height, width) float32 each."""
    across = (np.arange(width, dtype=np.float32) + 0.5 - width / 2) / height
    down = (np.arange(height, dtype=np.float32) + 0.5 - height / 2) / height
    x, y = np.meshgrid(across, down)
    return x.astype(np.float32), y.astype(np.float32)


def _clouds(chance: np.random.Generator, *, side_px: int = 512) -> np.ndarray:
    """Two clouds that fit their own other side, (side, side, 2) float32 about 0 with a deviation of 1.

    Waves of all directions, the longer the stronger; so short ones that straight lines between pixels would show are left out.
    """
    often = np.hypot(*np.meshgrid(*2 * (np.fft.fftfreq(side_px) * side_px,)))
    strong = np.where(often >= 2, np.exp(-((often / 48) ** 2)) / np.maximum(often, 1) ** 1.75, 0)
    turned = strong * np.exp(1j * tau * chance.random((2, side_px, side_px)))
    clouds = np.fft.ifft2(turned).real
    return np.ascontiguousarray(np.moveaxis(clouds / clouds.std(axis=(1, 2), keepdims=True), 0, -1), np.float32)


@lru_cache(maxsize=2)
def _grain(width: int) -> np.ndarray:
    """What is added before rounding down, (64, width, 3) uint16 of 0..255: every level as often, neighbours unlike one another."""
    chance = np.random.default_rng(0)
    tiles = []
    for _ in range(3):
        white = np.fft.fft2(chance.random((_GRAIN_PX, _GRAIN_PX)))
        often = np.hypot(*np.meshgrid(*2 * (np.fft.fftfreq(_GRAIN_PX),)))
        fine = np.fft.ifft2(white * often).real  # only what is fine is left, and the eye blurs that
        tiles.append((fine.ravel().argsort().argsort() * 256 // _GRAIN_PX**2).reshape(_GRAIN_PX, _GRAIN_PX))
    tile = np.dstack(tiles).astype(np.uint16)
    return np.ascontiguousarray(np.tile(tile, (1, ceil(width / _GRAIN_PX), 1))[:, :width])
