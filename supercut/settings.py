"""What is searched for and how hits become clips: the parameters that are flags of `supercut cut`."""

from __future__ import annotations

from typing import Annotated, Literal

from media.settings import Seconds, Settings, flag, setting
from supercut.plan import ORDERS
from supercut.search import SEARCH_TYPES

Order = Literal["time", "random", "alphabetical", "length", "loudness"]


class SearchSettings(Settings):
    """What is looked for."""

    search: Annotated[tuple[str, ...], flag("-s")] = setting((), help="What to look for; repeatable.")
    search_type: Annotated[str, flag("-t", "-st")] = setting(
        "sentence", help="; ".join(f"{name}: {kind.help}" for name, kind in SEARCH_TYPES.items()) + "."
    )
    invert: Annotated[bool, flag("-v")] = setting(False, help="Everything but the hits.")
    case: Annotated[bool, flag()] = setting(False, help="Capitals matter.")
    speaker: Annotated[str, flag()] = setting("", help="Only what this speaker says, where captions name speakers.")
    takes: Annotated[Literal["random", "best"], flag()] = setting("random", help="Of several takes of a word, mash uses a random one or the best heard.")
    distance: Annotated[float | None, flag()] = setting(
        None, ge=0, le=1, help="How far sounds-like may stray: 0 the same sounds, 1 anything; 0.25 where not given, 0.1 for rhymes."
    )


class ShapeSettings(Settings):
    """How hits become clips."""

    padding: Annotated[Seconds, flag("-p")] = setting(0, unit="s", help="Time added at both ends of each clip (0.2, 25ms); may be negative.")
    resync: Annotated[Seconds, flag("--resyncsubs", "-rs")] = setting(0, unit="s", help="Shift captions that are early (positive) or late.")
    min: Annotated[Seconds | None, flag()] = setting(None, unit="s", help="Leave out shorter clips.")
    max: Annotated[Seconds | None, flag()] = setting(None, unit="s", help="Leave out longer clips.")
    order: Annotated[Order, flag()] = setting("time", help="; ".join(f"{name}: {what}" for name, what in ORDERS.items()) + ".")
    randomize: Annotated[bool, flag("-r")] = setting(False, help="The same as --order random.")
    seed: Annotated[int | None, flag()] = setting(None, help="Repeats what chance chose; a new seed is drawn and told where none is given.")
    max_clips: Annotated[int, flag("-m")] = setting(0, ge=0, help="At most so many clips; 0 is no limit.")
    crossfade: Annotated[Seconds, flag()] = setting(0, unit="s", ge=0, help="Let clips overlap (80ms).")
