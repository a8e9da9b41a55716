"""The newest pictures of layers go in as they lie in shared memory; they come out as textures, and as the stage on which they lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import moderngl
import numpy as np

from live.shared import Shared
from projection.drawing import gl_shaders as shaders
from projection.drawing.gl_passes import BESIDE, PICTURE, Canvas, Passes, new_texture, set_matrix
from projection.drawing.placing import Lie, lie
from projection.drawing.sources import N_LOOKS, halvings
from projection.look import Look
from projection.scene import Placing

_N_BUFFERS = 3
"""While one is filled, the card may still take the one before, and its driver have one more in hand."""

Stamp = tuple[int, float]
"""The number and time of a picture: a layer that has begun anew counts anew, but not at the same time."""


class Upload:
    """A texture, and pixel buffers in turn by which it is filled, so that neither who copies nor the card waits for the other."""

    def __init__(self, context: moderngl.Context, size_px: tuple[int, int]) -> None:
        self.texture = new_texture(context, size_px)
        self._buffers = [context.buffer(reserve=size_px[0] * size_px[1] * 4, dynamic=True) for _ in range(_N_BUFFERS)]
        self._next = 0

    def copy(self, picture: np.ndarray) -> None:
        """Take a picture, (H, W, 4) uint8 of the size told; it counts from `send` on."""
        self._buffers[self._next].write(np.ascontiguousarray(picture))

    def send(self) -> None:
        """Make what was copied last the texture."""
        self.texture.write(self._buffers[self._next])
        self._next = (self._next + 1) % _N_BUFFERS


class LayerPicture:
    """The newest picture of a layer, on the card."""

    def __init__(self, context: moderngl.Context, passes: Passes) -> None:
        self._context, self._passes = context, passes
        self.stamp: Stamp | None = None
        self._upload: Upload | None = None
        self._changed: Canvas | None = None
        self._changed_from: object = None
        self._smaller_from: object = None

    def take(self, shared: Shared) -> None:
        """Take over a picture that is another than before; one that is written over meanwhile gives way to the one after it."""
        if self.stamp == (shared.number, shared.time_s):
            return
        for _ in range(N_LOOKS):
            upload = self._upload_for((shared.picture.shape[1], shared.picture.shape[0]))
            upload.copy(shared.picture)
            if shared.is_whole:
                upload.send()
                self._upload, self.stamp = upload, (shared.number, shared.time_s)
                return
            shared = shared.newest()

    @property
    def size_px(self) -> tuple[int, int]:
        """(width, height)."""
        return self._upload.texture.size if self._upload else (0, 0)

    def texture(self, look: Look, *, level: int = 0) -> moderngl.Texture:
        """It with a Look, and with smaller copies if it is halved that often."""
        assert self._upload, "there is no picture yet"
        made_from = (self.stamp, *(getattr(look, name) for name in Look.model_fields))
        texture = self._upload.texture if look.is_plain else self._change(self._upload.texture, look, made_from)
        if level and self._smaller_from != made_from:
            texture.build_mipmaps()
            self._smaller_from = made_from
        return texture

    def _change(self, picture: moderngl.Texture, look: Look, made_from: object) -> moderngl.Texture:
        if self._changed is None or self._changed.size_px != picture.size:
            self._changed, self._changed_from = Canvas(self._context, picture.size, keeps_opaque=False), None
        if self._changed_from != made_from:
            self._passes.change(picture, look, onto=self._changed)
            self._changed_from = made_from
        return self._changed.texture

    def _upload_for(self, size_px: tuple[int, int]) -> Upload:
        return self._upload if self._upload and self.size_px == size_px else Upload(self._context, size_px)


class Source(Protocol):
    """What a surface can show."""

    @property
    def size_px(self) -> tuple[int, int]:
        """(width, height)."""

    @property
    def counts_as(self) -> object:
        """What is the same where it looks the same."""

    def texture(self, level: int) -> moderngl.Texture:
        """It, with smaller copies if it is halved that often."""


@dataclass(frozen=True, eq=False)
class Laid:
    """A layer that has a picture, and how it lies."""

    name: str
    picture: LayerPicture
    placing: Placing

    @property
    def size_px(self) -> tuple[int, int]:
        return self.picture.size_px

    @property
    def counts_as(self) -> object:
        return self.name, self.picture.stamp, self.placing

    def texture(self, level: int) -> moderngl.Texture:
        return self.picture.texture(self.placing, level=level)


class Stage:
    """All layers, one over the other; nothing but black at first."""

    def __init__(self, context: moderngl.Context, passes: Passes, size_px: tuple[int, int]) -> None:
        self._context, self._passes = context, passes
        self._canvas = Canvas(context, size_px)
        self._below: Canvas | None = None
        self._layer, self._difference = (
            context.vertex_array(context.program(shaders.LAYER_CORNERS, shader), []) for shader in (shaders.LAYER, shaders.DIFFERENCE)
        )
        self._difference.program["below"] = BESIDE
        self.counts_as: list[object] = [size_px]
        self._smaller_of: list[object] | None = None

    @property
    def size_px(self) -> tuple[int, int]:
        return self._canvas.size_px

    def draw(self, layers: Sequence[Laid]) -> None:
        """Lay layers, the lowest first, unless they are as they were the last time."""
        wanted = [self.size_px, *(layer.counts_as for layer in layers)]
        if wanted == self.counts_as:
            return
        self._canvas.clear()
        for layer in layers:
            self._lay(layer)
        self.counts_as = wanted

    def texture(self, level: int) -> moderngl.Texture:
        if level and self._smaller_of is not self.counts_as:
            self._canvas.texture.build_mipmaps()
            self._smaller_of = self.counts_as
        return self._canvas.texture

    def _lay(self, layer: Laid) -> None:
        placing = layer.placing
        how = lie(placing, layer.picture.size_px, self._canvas.size_px)
        level = halvings(how.shrink)
        texture = layer.picture.texture(placing, level=level)
        what = self._layer
        if placing.blend == "difference":
            what = self._difference
            self._keep_below()
        _set_lie(what.program, how, self._canvas.size_px)
        what.program["level"], what.program["opacity"] = level, placing.opacity
        self._canvas.begin(placing.blend)
        texture.use(PICTURE)
        what.render(moderngl.TRIANGLE_STRIP, vertices=4)

    def _keep_below(self) -> None:
        """Have a copy of what has been laid beside what is drawn: the card cannot read what it draws on."""
        if self._below is None:
            self._below = Canvas(self._context, self._canvas.size_px)
        self._passes.copy(self._canvas.texture, onto=self._below)
        self._below.texture.use(BESIDE)


def _set_lie(program: moderngl.Program, how: Lie, stage_px: tuple[int, int]) -> None:
    """Tell a program where a picture lies; with the pixels of the stage at its edges, of which it covers a part."""
    part = np.array(how.part_px).reshape(2, 2)
    grain = (part[1] - part[0]) / how.shown_px
    (left, top), (right, bottom) = part + np.outer((-1, 1), grain)
    corners = np.array([(left, top, 1), (right, top, 1), (left, bottom, 1), (right, bottom, 1)])
    program["corners"] = [tuple(place) for place in corners @ how.to_stage.T / stage_px * 2 - 1]
    program["part"], program["grain"] = how.part_px, tuple(grain)
    set_matrix(program, "to_picture", np.linalg.inv(np.vstack([how.to_stage, [0, 0, 1]]))[:2])
