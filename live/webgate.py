"""A request to a page goes in; whether it is answered comes out: by a token, and by whence it came."""

from __future__ import annotations

import hmac
import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from starlette.requests import Request

_NO_TOKEN = "This is for those who have its link. Open the link that the program tells."
_OTHER_TOKEN = "This link is not the program's, or not any more: its token is another. Open the link that the program tells now."


@dataclass(frozen=True)
class Gate:
    """Who may do what.

    Args:
        is_open: whether whoever asks may look without a token: on this machine alone.
    """

    token: str
    port: int
    is_open: bool

    @property
    def cookie(self) -> str:
        """Its name: cookies know no ports, and there may be two programs."""
        return f"token-{self.port}"

    def holds(self, token: str) -> bool:
        """Whether it is this token, told in the same time whichever it is."""
        return hmac.compare_digest(token.encode(), self.token.encode())

    def refuses(self, request: Request) -> str:
        """Why a request is not answered; "" where it is."""
        if link_token(request):
            return "" if self.holds(link_token(request)) else _OTHER_TOKEN
        host = request.headers.get("host", "")
        if self.is_open and not _is_here(host):
            return "This page is known by another name."  # a stranger's name that was made to lead here
        is_change = request.method not in ("GET", "HEAD")
        origin = request.headers.get("origin")
        if is_change and origin is not None and origin.partition("://")[2] != host:
            return "Another page asked for this."
        given = request.headers.get("x-token") or request.cookies.get(self.cookie, "")
        return "" if self.holds(given) or (self.is_open and not is_change) else _NO_TOKEN


def link_token(request: Request) -> str:
    """The token of a link that is opened; "" where there is none."""
    query = request.scope["query_string"].decode("latin-1")
    return parse_qs(query).get("token", [""])[0] if request.method == "GET" else ""


def _is_here(host: str) -> bool:
    """Whether a request's `Host` names this machine as only those on it do."""
    name = re.sub(r":\d*$", "", host).strip("[]")
    return name == "localhost" or is_loopback(name)


def is_loopback(address: str) -> bool:
    """Whether only this machine reaches an address."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
