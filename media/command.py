"""A program's words in, its exit status out: the one way in which every program here is started.

A program builds an `App` by `make_app`, gives it commands, and ends with `sys.exit(run_app(app))`.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from itertools import pairwise
from pathlib import Path
from typing import Any

from cyclopts import App, CycloptsError, Parameter
from cyclopts import ValidationError as OutOfBoundsError
from cyclopts.exceptions import MissingArgumentError, RepeatArgumentError, UnknownCommandError, UnknownOptionError, UnusedCliTokensError
from pydantic import BaseModel, ValidationError

from media.errors import UserError, did_you_mean
from media.settings import told_default, validation_to_user_error

DISTRIBUTION = "media-performance-toolkit"
BAD_USE = 2
INTERRUPTED = 130
_BOUNDS = {">=": "greater than or equal to", ">": "greater than", "<=": "less than or equal to", "<": "less than"}
"""What cyclopts writes for limits, in the words of settings."""


def toolkit_version() -> str:
    """Version of the installed toolkit."""
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        return "0+source"


def make_app(name: str, help: str, **more: Any) -> App:
    """A program with the toolkit's manners: `--version`, help as plain text, errors left to `run_app`."""
    # Cyclopts would end a Ctrl-C without a word before `run_app` hears of it.
    manners = {"help_format": "plaintext", "suppress_keyboard_interrupt": False, "default_parameter": Parameter(show_default=told_default)}
    return App(name=name, help=help, version=lambda: f"{name} {toolkit_version()}", **{**manners, **more})


def run_app(app: App, tokens: Sequence[str] | None = None) -> int:
    """Run a program and turn whatever a user can cause into one line on stderr and an exit status.

    Returns:
        What the command returned (None counts as 0); 1 nothing found; 2 a fault of use; 130 Ctrl-C.
    """
    name = app.name[0]
    _end_on_terminate()
    for closed in ("stdout", "stderr"):
        if getattr(sys, closed) is None:  # whoever started us closed it, as schedulers do
            setattr(sys, closed, open(os.devnull, "w"))  # noqa: SIM115 - for as long as the program runs
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a letter shows a question mark
    words = list(sys.argv[1:] if tokens is None else tokens)
    try:
        _refuse_empty_paths(app, words)
        result = app(words, exit_on_error=False, print_error=False, result_action="return_value")
        sys.stdout.flush()
    except CycloptsError as error:
        _complain(f"{name}: {_usage_line(error, app)}")
        return BAD_USE
    except UserError as error:
        _complain(f"{name}: {error}")
        return error.exit_code
    except KeyboardInterrupt:
        return say_stopped(name)
    except BrokenPipeError:
        _hush_stdout()  # the reader of our output (head, less) went away: not a fault
        return 0
    except SystemExit as ended:
        if isinstance(ended.__context__, BrokenPipeError):  # the same, of a help text
            return 0
        raise
    except OSError as error:
        # Whoever opens a file says what is wrong with it; this is the net below, and for a full disk behind `>`.
        _complain(f"{name}: {error.filename or 'standard output'}: it cannot be read or written: {error.strerror}.")
        _hush_stdout()
        return BAD_USE
    return result if isinstance(result, int) else 0


def say_stopped(name: str) -> int:
    """Tell that a program was interrupted; returns the exit status for it."""
    _complain(f"{name}: stopped; nothing was left half-written.")
    return INTERRUPTED


def _complain(line: str) -> None:
    """Say it on stderr; where nobody can hear it, the exit status has to do."""
    with suppress(OSError):
        print(line, file=sys.stderr)


def _hush_stdout() -> None:
    """Whatever is still to be written to it, Python at its end included, goes nowhere."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _end_on_terminate() -> None:
    """Let a polite kill unwind as Ctrl-C does, so that temporary files go."""

    def stop(_number: int, _frame: Any) -> None:
        raise KeyboardInterrupt

    names = ("SIGTERM", "SIGHUP", "SIGQUIT")  # a kill, a terminal that is closed, Ctrl-\
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    try:
        for number in numbers:
            if signal.getsignal(number) is not signal.SIG_IGN:  # nohup, say: whoever started us wants it unheard
                signal.signal(number, stop)
    except ValueError:
        pass  # not the main thread (a test, a host program): its signals are not ours


def _refuse_empty_paths(app: App, words: list[str]) -> None:
    """An empty word would be taken for the folder that one stands in; it is a variable of a script that was never set."""
    if "" not in words:
        return
    _, bound, _ = app.parse_args(words, exit_on_error=False, print_error=False)
    if any(value == Path() for value in _values_in(list(bound.arguments.values()))):
        raise UserError("command line", "an empty word stands where a file is named", "Is a variable of a script not set?")


def _values_in(thing: Any) -> Iterator[Any]:
    """What lists and groups of settings hold, one by one."""
    if isinstance(thing, BaseModel):
        thing = list(dict(thing).values())
    if isinstance(thing, (list, tuple)):
        for inner in thing:
            yield from _values_in(inner)
    else:
        yield thing


def _usage_line(error: CycloptsError, app: App) -> str:
    """Cyclopts' complaint as one line with a way out."""
    cause = error.__cause__
    if isinstance(cause, ValidationError):
        group = _group_of(error)
        return str(validation_to_user_error(cause, group, where="command line"))
    if isinstance(error, UnknownOptionError) and error.token is not None:
        return str(UserError(error.token.keyword or error.token.value, "there is no such flag", _near_flag(error)))
    if isinstance(error, UnknownCommandError) and error.unused_tokens:
        return str(UserError(error.unused_tokens[0], "there is no such command", did_you_mean(error.unused_tokens[0], _command_names(app))))
    if isinstance(error, MissingArgumentError) and error.keyword is not None:
        return str(_lacks_value(error.keyword, error.unused_tokens or []))
    if isinstance(error, MissingArgumentError) and error.argument is not None:
        name = error.argument.name
        shown = name.lstrip("-").upper() if error.argument.field_info.is_positional else name
        return str(UserError("command line", f"{shown} is missing", "See --help."))
    if isinstance(error, RepeatArgumentError) and error.token is not None:
        return str(UserError(error.token.keyword or error.token.value, "it is given more than once", "Give it once."))
    if isinstance(error, OutOfBoundsError) and (line := _bound_line(error)):
        return line
    if isinstance(error, UnusedCliTokensError) and error.unused_tokens:
        return str(UserError(error.unused_tokens[0], "there is no place for this word", "See --help."))
    return str(UserError("command line", " ".join(str(error).split()).rstrip("."), "See --help."))


def _bound_line(error: OutOfBoundsError) -> str:
    """Cyclopts' complaint of a limit in the words that settings have for theirs; empty where it is another one."""
    limit = re.search(r"Must be ([<>]=?) (.+?)\.?$", error.exception_message)
    if limit is None or error.argument is None or not error.argument.tokens:
        return ""
    token = error.argument.tokens[0]
    return str(UserError("command line", f"{token.keyword or error.argument.name} must be {_BOUNDS[limit[1]]} {limit[2]}, got {token.value}"))


def _lacks_value(flag: str, tokens: Sequence[str]) -> UserError:
    """A flag without a value, or with one that reads as a flag itself."""
    behind = next((after for word, after in pairwise(tokens) if word == flag), "")
    if behind == "-":
        return UserError(flag, "a lone dash is no file", "Name one.")
    if behind.startswith("-") and not behind.startswith("--"):
        return UserError(flag, f"its value is missing, got {behind}", f"A value that begins with a dash is written {flag}={shlex.quote(behind)}.")
    return UserError(flag, "its value is missing", "Write it behind the flag; see --help.")


def _group_of(error: CycloptsError) -> Any:
    argument = getattr(error, "argument", None)
    hint = getattr(argument, "hint", None)
    return hint if hint is not None else object


def _near_flag(error: UnknownOptionError) -> str:
    known = [name for argument in (error.argument_collection or ()) for name in argument.names if name.startswith("--")]
    wanted = (error.token.keyword or error.token.value) if error.token else ""
    return did_you_mean(wanted, known) if known else "See --help."


def _command_names(app: App) -> list[str]:
    return [name for name in app if not name.startswith("-")]
