"""The JACK library that python-rtmidi has loaded goes in; whether its server still lives comes out.

python-rtmidi does not notice: where the server is gone, its ports are listed as before and swallow what they are sent.
"""

from __future__ import annotations

import ctypes
from contextlib import suppress
from pathlib import Path
from typing import Any

_NO_START = 1  # JackNoStartServer: who looks for a server must not make one
_NAME = b"watch"


class JackServer:
    """A client of JACK that carries nothing, made by `find_jack_server`: its server answers it, or is gone."""

    def __init__(self, library: Any, client: int) -> None:
        self._library, self._client = library, client
        self._name = library.jack_get_client_name(client)

    def is_alive(self) -> bool:
        """Ask the server a question; takes 0.1 ms and lets other threads run."""
        answer = self._library.jack_get_uuid_for_client_name(self._client, self._name)
        self._library.jack_free(answer)
        return answer is not None

    def close(self) -> None:
        """Let go of it, once, and before a new client is made: JACK clears away those whose server is gone when one is."""
        self._library.jack_client_close(self._client)


def find_jack_server() -> JackServer | None:
    """The server that runs now; None where it cannot be asked."""
    with suppress(OSError, AttributeError):  # it cannot be loaded, or is of before JACK had such questions
        path = _loaded_library()
        library = _declare(ctypes.CDLL(path)) if path else None
        client = library.jack_client_open(_NAME, _NO_START, None) if library else None
        return JackServer(library, client) if client else None
    return None


def _loaded_library() -> str | None:
    """The very library that python-rtmidi uses, which may bring its own; known on Linux alone."""
    with suppress(OSError):
        for line in Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace").splitlines():
            path = line.partition("/")[2]
            if path.rpartition("/")[2].startswith("libjack"):
                return f"/{path}"
    return None


def _declare(library: Any) -> Any:
    """Tell what its functions take and give, and have it print nothing: each second without a server it says so in five lines."""
    client, text = ctypes.c_void_p, ctypes.c_char_p
    functions = {
        "jack_client_open": (client, (text, ctypes.c_int, ctypes.c_void_p)),
        "jack_client_close": (ctypes.c_int, (client,)),
        "jack_get_client_name": (text, (client,)),
        "jack_get_uuid_for_client_name": (ctypes.c_void_p, (client, text)),
        "jack_free": (None, (ctypes.c_void_p,)),
    }
    for name, (gives, takes) in functions.items():
        function = getattr(library, name)
        function.restype, function.argtypes = gives, takes
    # strlen does nothing with a line of text, and needs no interpreter in JACK's own threads.
    nothing = ctypes.CDLL(None).strlen
    library.jack_set_error_function(nothing)
    library.jack_set_info_function(nothing)
    return library
