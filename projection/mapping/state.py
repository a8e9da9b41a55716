"""What an editor of surfaces knows, as one value: the surfaces, what is chosen of them, and what there was before."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from media.errors import UserError
from projection.surfaces.check import check_surface
from projection.surfaces.model import WHOLE, Surface, SurfaceFile

Mode = Literal["show", "area", "corners", "grid", "mask", "edges", "colours"]
"""What is changed: nothing, the part of the picture that a surface shows, its corners, the points of its grid, those of a mask, how
its edges fade, or its colours."""

_N_STEPS = 200
_N_AT_ONCE = 8
"""Of hands that drag at the same time, each of whose drags stays one step."""


@dataclass(frozen=True)
class Step:
    """What there was before a change.

    Args:
        gesture: what goes on as one change: a drag, or a key held down; "" for what is whole at once.
    """

    file: SurfaceFile
    chosen: str
    vertex: int | None
    gesture: str = ""


@dataclass(frozen=True)
class Editing:
    """The state of an editor.

    Args:
        saved: what lies on the disk.
        sources: what surfaces can show.
        outputs: what they can lie on.
        pictures: what masks can be painted with: paths as seen from the file.
        chosen: the name of a surface; "" where there is none.
        vertex: number of the point, side or colour that is changed, from 0; None for all points together.
        mask: number of the chosen surface's mask that is moved.
        is_solo: whether the chosen surface is shown alone.
        message: what became of the last command, where there is something to say.
    """

    file: SurfaceFile
    saved: SurfaceFile
    sources: tuple[str, ...] = (WHOLE,)
    outputs: tuple[str, ...] = ("main",)
    pictures: tuple[str, ...] = ()
    mode: Mode = "corners"
    chosen: str = ""
    vertex: int | None = 0
    mask: int = 0
    is_solo: bool = False
    has_help: bool = False
    message: str = ""
    past: tuple[Step, ...] = ()
    future: tuple[Step, ...] = ()

    @property
    def is_saved(self) -> bool:
        """Whether the disk has all of it."""
        return self.file == self.saved

    @property
    def names(self) -> list[str]:
        """Of all surfaces, in the order in which they are drawn."""
        return [surface.name for surface in self.file.surface]

    @property
    def surface(self) -> Surface:
        """The chosen one.

        Raises:
            UserError: there is none.
        """
        return self.named(self.chosen)

    def named(self, name: str) -> Surface:
        """A surface by its name.

        Raises:
            UserError: there is none of this name.
        """
        found = next((surface for surface in self.file.surface if surface.name == name), None)
        if found is None and not name:
            raise UserError("no surface", "there is none yet", "Add one (a).")
        if found is None:
            raise UserError(f"surface {name}", "it is not there any more")
        return found


def begin(file: SurfaceFile, *, sources: tuple[str, ...] = (WHOLE,), outputs: tuple[str, ...] = ("main",)) -> Editing:
    """An editor of surfaces as they lie on the disk."""
    return Editing(file, file, sources, outputs, chosen=file.surface[0].name if file.surface else "")


def with_surface(state: Editing, surface: Surface, *, gesture: str = "") -> Editing:
    """The state with the chosen surface, whose name may be another now, as it is here.

    Raises:
        UserError: nothing can be thrown onto such a surface.
    """
    if surface.corners != state.surface.corners or surface.grid != state.surface.grid:
        check_surface(surface, size=state.file.size)
    surfaces = tuple(surface if other.name == state.chosen else other for other in state.file.surface)
    return with_surfaces(state, surfaces, chosen=surface.name, vertex=state.vertex, gesture=gesture)


def with_surfaces(state: Editing, surfaces: tuple[Surface, ...], *, chosen: str, vertex: int | None = 0, gesture: str = "") -> Editing:
    """The state with other surfaces; a step that can be undone, but where nothing differs or a gesture goes on."""
    if surfaces == state.file.surface:
        return replace(state, chosen=chosen, vertex=vertex)
    file = state.file.model_copy(update={"surface": surfaces})
    return _stepped(state, file, chosen=chosen, vertex=vertex, gesture=gesture)


def _stepped(state: Editing, file: SurfaceFile, *, chosen: str, vertex: int | None, gesture: str) -> Editing:
    step = Step(state.file, state.chosen, state.vertex, gesture)
    past = state.past if goes_on(state, gesture) else (*state.past, step)[-_N_STEPS:]
    return replace(state, file=file, chosen=chosen, vertex=vertex, past=past, future=())


def goes_on(state: Editing, gesture: str) -> bool:
    """Whether a gesture has its step already: several hands may drag, but a key is only held until another is pressed."""
    recent = state.past[-1:] if gesture.startswith("key") else state.past[-_N_AT_ONCE:]
    return bool(gesture) and any(step.gesture == gesture for step in recent)


def settled(state: Editing) -> Editing:
    """The state in which no gesture goes on: what comes is a step of its own."""
    recent = tuple(replace(step, gesture="") for step in state.past[-_N_AT_ONCE:])
    return replace(state, past=(*state.past[:-_N_AT_ONCE], *recent))


def undo(state: Editing) -> Editing:
    """As it was before the last change.

    Raises:
        UserError: there was none.
    """
    if not state.past:
        raise UserError("undo", "this is how it began")
    step = state.past[-1]
    return replace(
        state, file=step.file, chosen=step.chosen, vertex=step.vertex, past=state.past[:-1], future=(*state.future, _now(state))
    )


def redo(state: Editing) -> Editing:
    """As it was before the last undo.

    Raises:
        UserError: nothing was undone.
    """
    if not state.future:
        raise UserError("redo", "nothing was undone")
    step = state.future[-1]
    return replace(
        state, file=step.file, chosen=step.chosen, vertex=step.vertex, past=(*state.past, _now(state)), future=state.future[:-1]
    )


def _now(state: Editing) -> Step:
    return Step(state.file, state.chosen, state.vertex)


def with_file(state: Editing, file: SurfaceFile) -> Editing:
    """Another file altogether, as a step that can be undone; what is chosen stays so where it is still there."""
    names = [surface.name for surface in file.surface]
    chosen = state.chosen if state.chosen in names else (names[0] if names else "")
    if file == state.file:
        return state
    return replace(_stepped(state, file, chosen=chosen, vertex=state.vertex, gesture=""), mask=0)
