"""The layers of a show go in, and of the next show; each runs in a thread, and the next are there before those before them go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from media.frames import OnFault
from projection.layers.layer import LayerSettings, Room
from projection.layers.running import Runner


@dataclass(frozen=True, eq=False)
class Part:
    """A layer that runs.

    Args:
        frames: the file in which it shares its pictures.
    """

    runner: Runner
    frames: Path
    room: Room

    def suits(self, layer: LayerSettings, room: Room) -> bool:
        """Whether it can go on as another layer."""
        is_same_kind = type(self.runner.settings) is type(layer)
        return is_same_kind and (self.room.size_px, self.room.folder) == (room.size_px, room.folder)


class Cast:
    """Layers that run, by name: those that are shown, and those that get ready.

    Args:
        folder: where they share pictures.
        say: told of layers that cannot be begun; the others are.
    """

    def __init__(self, folder: Path, say: OnFault) -> None:
        self._folder, self._say = folder, say
        self._shown: dict[str, Part] = {}
        self._coming: dict[str, Part] = {}
        self._leaving: list[Thread] = []
        self._n = 0

    @property
    def runners(self) -> Mapping[str, Runner]:
        """Those that are shown."""
        return {name: part.runner for name, part in self._shown.items()}

    @property
    def frames(self) -> dict[str, Path]:
        """Files in which they share pictures."""
        return {name: part.frames for name, part in self._shown.items()}

    @property
    def is_ready(self) -> bool:
        """Whether all that were prepared have a picture to show, be it that of a fault."""
        return all(part.runner.stats().state != "starting" for part in self._coming.values())

    def prepare(self, layers: Sequence[LayerSettings], room: Room) -> None:
        """Begin those that do not run yet; those of the same name and kind will go on."""
        before, self._coming = self._coming, {}
        for layer in layers:
            running = (parts.get(layer.name) for parts in (self._shown, before))
            part = next((part for part in running if part is not None and part.suits(layer, room)), None) or self._begun(layer, room)
            if part is not None:
                self._coming[layer.name] = part
        self._leave(before)

    def enter(self, layers: Sequence[LayerSettings]) -> None:
        """From now on those that were prepared are shown, as these settings say; the others go."""
        before, self._shown, self._coming = self._shown, self._coming, {}
        self.move(layers)
        self._leave(before)

    def move(self, layers: Sequence[LayerSettings], name: str = "") -> None:
        """Have those that are shown run with other settings.

        Args:
            name: of the parameter that was set, layer.NAME.opacity.
        """
        for layer in layers:
            part = self._shown.get(layer.name)
            if part is not None and part.runner.settings is not layer:
                part.runner.set(layer, key=name.removeprefix(f"layer.{layer.name}."))

    def close(self) -> None:
        """End them all."""
        for parts in (self._coming, self._shown):
            before = dict(parts)
            parts.clear()
            self._leave(before)
        for thread in self._leaving:
            thread.join()

    def _begun(self, layer: LayerSettings, room: Room) -> Part | None:
        frames = self._folder / f"layer-{self._n}"
        self._n += 1
        try:
            return Part(Runner(layer, room, frames), frames, room)
        except Exception as error:  # no memory, no more threads: the others are begun
            self._say(f"{layer.name}: it cannot be begun. {error or type(error).__name__}")
            return None

    def _leave(self, parts: Mapping[str, Part]) -> None:
        """End those of them that are of no use any more; nobody waits for that, as some do not answer."""
        used = {*self._shown.values(), *self._coming.values()}
        self._leaving = [thread for thread in self._leaving if thread.is_alive()]
        for part in parts.values():
            if part not in used:
                self._leaving.append(Thread(target=part.runner.close, name=f"end {part.runner.name}", daemon=True))
                self._leaving[-1].start()
