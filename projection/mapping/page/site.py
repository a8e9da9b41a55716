"""An editor and pictures of outputs go in, the site comes out by which telephones see and change its surfaces."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any

import numpy as np

from live.web import Made, Site
from live.webfeed import Feed
from media.errors import UserError
from projection.mapping.coloring import DIALS
from projection.mapping.lines import Line
from projection.mapping.mapper import Mapper
from projection.mapping.view import MODES, Outline, view_of
from projection.surfaces.model import Place

PictureOf = Callable[[str], np.ndarray | None]
"""Gives the newest picture of an output by its name, (H, W, 3 or more) uint8 blue, green, red; None before there is one."""

_FOLDER = Path(__file__).parent
_WIDEST_PX = 960
_QUALITY = 72
_SAME_S = 0.2
"""So long, all telephones get the same picture."""


def phone_site(mapper: Mapper, picture_of: PictureOf) -> Site:
    """The site of an editor; whoever changes the editor is to `tell` the feed "/changes", as `mapper.on_change` then does."""
    changes = Feed(lambda: told(mapper))
    mapper.on_change = changes.tell
    pictures = Pictures(picture_of)
    return Site(
        pages={"/": _FOLDER / "phone.html", **{f"/{name}": _FOLDER / name for name in ("phone.js", "hands.js", "phone.css")}},
        reads={"/picture": pictures.read, "/state": lambda _: told(mapper)},
        changes={"/do": lambda value: _done(mapper, value)},
        feeds={"/changes": changes},
    )


def told(mapper: Mapper) -> dict[str, Any]:
    """All that a page draws, as JSON has it."""
    number, state, orders = mapper.number, mapper.state, mapper.orders
    chosen = next((surface for surface in state.file.surface if surface.name == state.chosen), None)
    output = chosen.output if chosen else state.outputs[0]
    view = view_of(state, output)
    outlines = {outline.name: outline for outline in view.outlines}
    return {
        "number": number, "size": state.file.size, "output": output, "outputs": state.outputs, "mode": state.mode, "modes": MODES,
        "surfaces": [{"name": s.name, "output": s.output, "shows": s.shows, "isHidden": not s.visible} for s in state.file.surface],
        "outlines": [_outline(outline) for outline in outlines.values()],
        "guides": [_short(guide) for guide in view.guides], "points": _short(view.points), "point": view.point, "color": _css(view.color),
        "chosen": state.chosen, "shows": chosen.shows if chosen else "", "sources": state.sources, "facts": view.facts,
        "grid": chosen.grid.kind if chosen and chosen.grid else "flat", "isSolo": state.is_solo, "isSaved": state.is_saved,
        "dials": [_dial(*dial) for dial in view.dials],
        "canUndo": bool(state.past), "canRedo": bool(state.future), "message": view.message,
        "isCard": orders.is_card, "isBlack": orders.is_black, "isFrozen": orders.is_frozen,
    }  # fmt: skip


def _outline(outline: Outline) -> dict[str, Any]:
    return {"name": outline.name, "line": _short(outline.line), "color": _css(outline.color), "isHidden": outline.is_hidden}


def _dial(name: str, value: float, _: float) -> dict[str, Any]:
    ends = DIALS[name]
    return {"name": name, "value": value, "low": ends.low, "high": max(ends.high, value), "step": ends.step}


def _short(places: Line) -> list[Place]:
    return [(round(x, 6), round(y, 6)) for x, y in places]


def _css(color: tuple[int, int, int]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*color)


def _done(mapper: Mapper, value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping) or not isinstance(value.get("command"), str) or not isinstance(value.get("arguments", {}), dict):
        raise UserError("/do", "a command is told as an object with its name and arguments")
    number = mapper.do(value["command"], **value.get("arguments", {}))
    return {"number": number, "message": mapper.state.message}


class Pictures:
    """Small pictures of outputs, made when they are asked for."""

    def __init__(self, picture_of: PictureOf) -> None:
        self._picture_of, self._lock = picture_of, Lock()
        self._made: dict[str, tuple[float, Made]] = {}

    def read(self, query: Mapping[str, str]) -> Made | None:
        """A JPEG of the output that a query names; None while there is none."""
        name = query.get("output", "main")
        with self._lock:
            at_s, made = self._made.get(name, (float("-inf"), None))
            if made is None or monotonic() > at_s + _SAME_S:
                picture = self._picture_of(name)
                if picture is None:
                    return None
                made = Made(_jpeg(picture), "image/jpeg")
                self._made[name] = monotonic(), made
            return made


def _jpeg(picture: np.ndarray) -> bytes:
    import cv2

    height, width = picture.shape[:2]
    scale = min(1.0, _WIDEST_PX / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA) if scale < 1 else picture
    return cv2.imencode(".jpg", small[..., :3], [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1].tobytes()
