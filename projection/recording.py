"""A place for a film and what is to be recorded go in; a process records it, and a person is told what becomes of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from live.clock import Clock
from media.codecs import CONTAINERS
from media.command import toolkit_version
from media.errors import UserError, did_you_mean, from_os_error
from media.files import free_path, growing_path
from media.frames import OnFault, ignore_fault
from projection.layers.layer import LayerSettings
from projection.messages import Begun, Recorded, Refused
from projection.processes import Kept, Serve
from projection.recorder import RATE, RecordWish, serve_recorder
from projection.show import Show

_PATIENCE_S = 30.0
_FORMATS = tuple(suffix for suffix, container in CONTAINERS.items() if container.video not in (None, "gif"))
_PATHS = frozenset({"files", "file", "font"})
"""Keys of layers that are paths."""


def prove_film_path(path: Path) -> None:
    """Refuse, before the show, what no recording can be written to.

    Raises:
        UserError: it is no name of a film, or the place refuses.
    """
    if path.suffix.lower() not in _FORMATS:
        raise UserError(path, "what is shown cannot be recorded in this format", did_you_mean(path.suffix.lower(), _FORMATS))
    try:
        with growing_path(free_path(path)) as place:
            place.touch()
    except OSError as error:
        raise from_os_error(path, error) from error


def metadata_of(show: Show, *, seed: int) -> dict[str, str]:
    """What a recording itself tells of what it shows; names of files without their folders."""
    made = {
        "program": f"projection {toolkit_version()}",
        "seed": seed,
        "size": show.size_px,
        "layers": [_placeless(layer) for layer in show.layers],
        "surfaces": [surface.model_dump(mode="json", exclude_defaults=True) for surface in show.surfaces],
    }
    return {"comment": json.dumps(made, ensure_ascii=False)}


def _placeless(layer: LayerSettings) -> dict[str, Any]:
    kind = type(layer).__name__.removesuffix("Settings").lower()
    written = {"kind": kind, **layer.model_dump(mode="json", exclude_defaults=True)}
    for key in _PATHS.intersection(written):
        value = written[key]
        written[key] = [Path(path).name for path in value] if isinstance(value, list) else Path(value).name
    return written


class Recording:
    """A recording that runs; where it breaks off, the show goes on without it.

    Args:
        path: of the film; where there is one of this name already, a number is added.
        shown: the file in which an output shares its picture.
        heard: that of the mix; None without sound.
        metadata: as of `media.write.FilmWriter`.
        say, note: as of an OutputLink.
    """

    rate: Fraction = RATE

    def __init__(
        self, path: Path, shown: Path, heard: Path | None, *, clock: Clock, say: OnFault, note: OnFault = ignore_fault,
        metadata: Mapping[str, str] | None = None, serve: Serve = serve_recorder,
    ) -> None:  # fmt: skip
        self.path, self._say, self._note = free_path(path), say, note
        wish = RecordWish(self.path.absolute(), shown, heard, metadata=dict(metadata or {}))
        self._kept = Kept("recorder", serve, lambda: wish, clock=clock)
        self.recorded = Recorded()
        self.has_failed = False
        self._kept.begin()

    @property
    def pid(self) -> int | None:
        """The number of its process while it runs."""
        return self._kept.pid

    def look(self) -> None:
        """Hear how it goes."""
        for message in self._kept.received():
            if isinstance(message, Recorded):
                self.recorded = message
            elif isinstance(message, Begun):
                self._note(f"recording to {self.path}")
            elif isinstance(message, Refused):
                self._fail(f"{message.error} The show goes on; what was recorded until then can be played.")
        if self._kept.pid is None:
            self._fail(f"{self.path}: the recording has ended. The show goes on; what was recorded until then can be played.")

    def finish(self) -> None:
        """Have it write its end; nobody waits for that yet."""
        self._kept.ask_to_end()

    def end(self) -> None:
        """Wait until it is written."""
        self._kept.end(patience_s=_PATIENCE_S)
        for message in self._kept.received():
            if isinstance(message, Recorded):
                self.recorded = message
            elif isinstance(message, Refused) and not self.has_failed:
                self._fail(str(message.error))

    def _fail(self, line: str) -> None:
        if not self.has_failed:
            self.has_failed = True
            self._say(line)
