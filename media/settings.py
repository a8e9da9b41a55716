"""One declaration of a parameter gives its TOML key, flag, help, range, default and error text.

A group of parameters is a frozen `Settings` class whose fields are made by `setting(...)`:

    class Look(Settings):
        glow: Annotated[float, flag("-g")] = setting(0.3, ge=0, le=1, live=True, help="Light around bright parts.")

`Look.parameters()` lists them, `load_toml(path, Look)` reads them from a file, and a command whose
signature holds `look: Annotated[Look, FLATTEN]` has them as flags (media/command.py).
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from cyclopts import Parameter
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, ValidationError
from pydantic_core import ErrorDetails

from media.errors import UserError, did_you_mean, from_os_error
from media.timecode import exact_rate, parse_seconds, seconds_text

FLATTEN = Parameter(name="*")
_HIGHEST_RATE = 1000
_LARGEST_PX = 16_384
_KINDS = {
    "model_type": "must be a table of settings", "model_attributes_type": "must be a table of settings", "dict_type": "must be a table",
    "tuple_type": "must be a list", "list_type": "must be a list", "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
}  # fmt: skip
"""What a value of the wrong kind should have been; pydantic says this in Python's words."""


def flag(*aliases: str, negative: str = "", **more: Any) -> Parameter:
    """Short names of a flag, beside the long one made from the field's name.

    Args:
        negative: the flag that switches a boolean off (none by default).
    """
    return Parameter(alias=aliases or None, negative=negative, negative_iterable="", **more)


def read_by(parse: Any, *, show: Callable[[Any], str] = str, name: str = "VALUE") -> tuple[BeforeValidator, Parameter, PlainSerializer]:
    """Annotations that read a value by `parse` and write it by `show`, in a file and on the command line alike.

    Args:
        name: what help texts call such a value, in capitals.
    """

    def told(default: Any) -> str | None:
        return None if told_default(default) is None else show(default)

    read = Parameter(converter=lambda _type, tokens: parse(tokens[0].value), show_default=told, metavar=name)
    return BeforeValidator(parse), read, PlainSerializer(show)


def told_default(default: Any) -> str | None:
    """A default as help texts tell it; None where it goes without saying: nothing, off, empty."""
    return None if default is None or default is False or default in ("", ()) else str(default)


def _rate(text: str | float | Fraction) -> Fraction:
    try:
        rate = exact_rate(Fraction(str(text)))
    except (ValueError, ZeroDivisionError):
        raise ValueError(f"a frame rate reads like 25, 29.97 or 30000/1001, got {text!r}") from None
    if rate > _HIGHEST_RATE:
        raise ValueError(f"a frame rate is at most {_HIGHEST_RATE}, got {text!r}")
    return rate


def parse_size(text: str | tuple[int, int] | list[int]) -> tuple[int, int]:
    """Read a picture size: `1920x480` is (1920, 480) pixels.

    Raises:
        ValueError: it is no size, odd, or too large.
    """
    bare = "x".join(map(str, text)) if isinstance(text, tuple | list) else str(text)
    match = re.fullmatch(r"\s*(\d{1,5})\s*[xX×:]\s*(\d{1,5})\s*", bare)
    if not match or any(int(n) % 2 or not 16 <= int(n) <= _LARGEST_PX for n in match.groups()):
        raise ValueError(f"must read like 1920x480, two even numbers from 16 to {_LARGEST_PX}, got {bare}")
    return int(match[1]), int(match[2])


def _size_text(size: tuple[int, int] | None) -> str:
    return f"{size[0]}x{size[1]}" if size else ""


Seconds = Annotated[Fraction, *read_by(parse_seconds, show=seconds_text, name="SECONDS")]
"""Exact seconds; written as 1.5, 25ms, 1:02.5."""

Rate = Annotated[Fraction, *read_by(_rate, name="RATE")]
"""Frames a second, exact; 29.97 means 30000/1001."""

Fit = Literal["crop", "letterbox", "stretch"]
"""How a picture of other proportions fills a size: edges cut off, black bars, or pulled into shape."""

Size = Annotated[tuple[int, int], *read_by(parse_size, show=_size_text, name="SIZE"), Parameter(n_tokens=1, negative_iterable="")]
"""Width and height in pixels, both even; written as 1920x1080."""


class Settings(BaseModel):
    """A frozen group of parameters that refuses names it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    @classmethod
    def parameters(cls) -> Iterator[ParameterInfo]:
        """Every parameter of this group, as declared."""
        for name, field in cls.model_fields.items():
            extra = field.json_schema_extra
            more: Mapping[str, Any] = extra if isinstance(extra, dict) else {}
            yield ParameterInfo(name, field.description or "", more.get("unit", ""), field.default, bool(more.get("live")))


@dataclass(frozen=True)
class ParameterInfo:
    """What a table, a HUD or a control needs to know of one parameter."""

    name: str
    help: str
    unit: str
    default: Any
    live: bool


def setting(default: Any = ..., *, help: str, unit: str = "", live: bool = False, **limits: Any) -> Any:
    """Declare a parameter.

    Args:
        default: its value untouched; required where left out.
        help: one sentence; the flag's help and the file's comment.
        unit: as printed behind values ("s", "dB", "px").
        live: whether a control may move it while a show runs.
        limits: pydantic's ge, gt, le, lt, min_length, pattern.
    """
    return Field(default, description=help, json_schema_extra={"unit": unit, "live": live}, **limits)


S = TypeVar("S", bound=Settings)


def load_toml(path: Path, group: type[S]) -> S:
    """Read a whole TOML file as one group of settings.

    Raises:
        UserError: unreadable, no TOML, an unknown key (with the nearest right one) or a value out of
            range; always with file and line.
    """
    text = read_text(path)
    return settings_from_toml(text, group, where=path)


def settings_from_toml(text: str, group: type[S], *, where: Path) -> S:
    """As `load_toml`, of a text at hand."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        place = f"{where}:{line[1]}" if line else f"{where}:{text.count(chr(10)) + 1}"
        message = re.sub(r" \(at .*\)$", "", str(error))
        raise UserError(place, f"this is not TOML: {message}", "Mend the line.") from error
    try:
        return group.model_validate(table)
    except ValidationError as error:
        raise validation_to_user_error(error, group, where=where, text=text) from error


def read_text(path: Path) -> str:
    """A whole UTF-8 text file.

    Raises:
        UserError: it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise from_os_error(path, error) from error
    except UnicodeDecodeError as error:
        raise UserError(path, f"this is not UTF-8 text (byte {error.start})", "Save it as UTF-8.") from error


def validation_to_user_error(error: ValidationError, group: type[BaseModel], *, where: object, text: str = "") -> UserError:
    """Say pydantic's first complaint in one line: the place, the key, the value, and the way out.

    Args:
        text: the file's text, to find the line in; empty for the command line, where keys read as flags.
    """
    first = telling_fault(error)
    keys = [str(part) for part in first["loc"]]
    dotted = ".".join(str(part + 1 if isinstance(part, int) else part) for part in first["loc"])  # people count from 1
    name = _flag_of(group, keys[0]) if not text and keys else dotted
    place = f"{where}:{line_of(text, keys)}" if text else str(where)
    if first["type"] == "extra_forbidden":
        return UserError(place, f"unknown key {dotted}", did_you_mean(keys[-1], _known_keys(group, keys[:-1])))
    if first["type"] == "missing":
        return UserError(place, f"{dotted} is missing", "Add it.")
    message = re.sub(r"^(Value error|Assertion failed), ", "", first["msg"])
    message = _KINDS.get(first["type"]) or re.sub(r"^Input should be", "must be", message)
    given = first["input"][0] if not text and isinstance(first["input"], (list, tuple)) and len(first["input"]) == 1 else first["input"]
    message = "must be a number" if str(given).lower() in ("nan", "-nan") else message  # neither more nor less than any
    message = re.sub(r", unable to parse .*$", "", message)
    # On the command line every value is text: quotes around a number would only puzzle.
    bare = not text and isinstance(given, str) and given.strip()
    if not keys:
        return UserError(place, message)  # of the group as a whole, whose validator names what it is about
    got = "" if "got" in message else f", got {given if bare else repr(given)}"
    got = re.sub(r"Fraction\((-?\d+), (\d+)\)", lambda m: seconds_text(Fraction(int(m[1]), int(m[2]))), got)
    return UserError(place, f"{name}{'' if message.startswith('must ') else ':'} {message}{got}")


def _flag_of(group: type[BaseModel], key: str) -> str:
    """The flag of a field: as `flag` renames it, else by its name."""
    field = getattr(group, "model_fields", {}).get(key)
    aliases = [name for entry in (field.metadata if field else ()) if isinstance(entry, Parameter) for name in entry.alias or ()]
    return next((name for name in aliases if name.startswith("--")), f"--{key.replace('_', '-')}")


def telling_fault(error: ValidationError) -> ErrorDetails:
    """The complaint of pydantic's that is told: a name that is not known explains the one that is missing."""
    faults = error.errors()
    return next((fault for fault in faults if fault["type"] == "extra_forbidden"), faults[0])


def _known_keys(group: type[BaseModel], path: list[str]) -> list[str]:
    """Names that a table allows at a dotted path; lists and dicts on the way are passed through."""
    at: Any = group
    for key in path:
        fields = getattr(at, "model_fields", {})
        if key in fields:
            at = _model_within(fields[key].annotation)
    return list(getattr(at, "model_fields", {}))


def _model_within(annotation: Any) -> Any:
    """The settings class that an annotation such as `tuple[Voice, ...]` or `dict[str, Voice]` holds."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = _model_within(inner)
        if found is not None:
            return found
    return None


def line_of(text: str, keys: Sequence[str]) -> int:
    """Line on which the innermost findable key of a dotted path stands, counted from 1."""
    lines = text.splitlines()
    at = 0
    for before, key in zip(["", *keys], keys, strict=False):
        if key.isdigit():
            header = re.compile(rf"""\s*\[\[\s*([\w."'-]+\.)?["']?{re.escape(before)}["']?\s*\]\]""")
            headers = [n for n in range(at, len(lines)) if header.match(lines[n])]
            at = headers[min(int(key), len(headers) - 1)] if headers else at
            continue
        pattern = re.compile(rf"""\s*(\[+\s*([\w."'-]+\.)?["']?{re.escape(key)}["']?\s*\]+|["']?{re.escape(key)}["']?\s*[=.])""")
        inline = re.compile(rf"""[{{,]\s*["']?{re.escape(key)}["']?\s*=""")
        hit = next((n for n in range(at, len(lines)) if pattern.match(lines[n])), None)
        if hit is None:
            hit = next((n for n in range(at, len(lines)) if inline.search(lines[n])), None)
        if hit is not None:
            at = hit
    return at + 1


def find_config(name: str, *, program: str) -> Path:
    """A configuration by path, or by the bare name of one that is shipped.

    Raises:
        UserError: there is none; names the nearest that is shipped.
    """
    path = Path(os.path.expanduser(name))
    if path.suffix == ".toml" or path.is_file():
        if not path.is_file():
            raise UserError(path, "there is no such file", "Check the path.")
        return path
    shipped = shipped_configs(program)
    if name in shipped:
        return shipped[name]
    raise UserError(name, f"no preset of {program} has this name", did_you_mean(name, shipped))


def shipped_configs(program: str) -> dict[str, Path]:
    """The presets that come with `program`, by name."""
    folder = Path(str(files("configs"))) / program
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def first_comment(path: Path) -> str:
    """What the comment at the head of a TOML file says first: its first sentence."""
    lines = []
    for line in read_text(path).splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.lstrip("# "))
    return " ".join(lines).split(". ")[0].rstrip(".")
