"""A table of functions, a name and arguments that came from anywhere go in; the call is made, or refused in a line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from inspect import Parameter, signature
from typing import Any, TypeVar, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from media.errors import UserError, did_you_mean
from media.settings import telling_fault

Subject = TypeVar("Subject")
_EXACT = ConfigDict(extra="forbid", allow_inf_nan=False, str_max_length=200)


def called(commands: Mapping[str, Callable[..., Subject]], name: str, subject: Subject, arguments: Mapping[str, Any]) -> Subject:
    """What a command makes of its subject, the first argument; the others are held against the function's signature.

    Raises:
        UserError: there is no such command, or its arguments are others.
    """
    function = commands.get(name)
    if function is None:
        raise UserError(f"command {name[:40]}", "there is no such command", did_you_mean(name[:40], commands))
    try:
        held = _form(function).model_validate(dict(arguments))
    except ValidationError as error:
        fault = telling_fault(error)
        raise UserError(name, f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg'][:100]}") from error
    return function(subject, **{key: getattr(held, key) for key in type(held).model_fields})


@cache
def _form(function: Callable[..., Any]) -> type[BaseModel]:
    """All parameters of a function but the first, as fields."""
    hints = get_type_hints(function)
    parameters = list(signature(function).parameters.values())[1:]
    defaults = ((given.name, ... if given.default is Parameter.empty else given.default) for given in parameters)
    fields: dict[str, Any] = {name: (hints[name], default) for name, default in defaults}
    return create_model("Arguments", __config__=_EXACT, **fields)
