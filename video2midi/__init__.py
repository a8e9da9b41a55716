"""Image changes become a score that stays in time.

    from video2midi import analyse, score, write

    write(score(analyse("film.mp4")), "film.mid")
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from video2midi.analysis import analyse
    from video2midi.mapping import load_plan
    from video2midi.midifile import write
    from video2midi.scoring import score
    from video2midi.settings import ScoreSettings

__all__ = ["ScoreSettings", "analyse", "load_plan", "score", "write"]

_HOMES = {
    "ScoreSettings": "video2midi.settings",
    "analyse": "video2midi.analysis",
    "load_plan": "video2midi.mapping",
    "score": "video2midi.scoring",
    "write": "video2midi.midifile",
}


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})


def __getattr__(name: str) -> Any:
    """Read a module when something of it is asked for: the program starts at once, and an interrupt finds it awake."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
