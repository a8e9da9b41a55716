"""Pages and what they ask for go in; browsers on this machine, or phones that hold the link, see them.

A server of HTTP in a thread of its own. Whoever is on this machine may look; for a change, and from anywhere else for everything, the
link's token is needed. A page gets it with the link once, `/?token=...`, and keeps it as a cookie; programs send it as `X-Token`.
Changes are POSTs of JSON; what happens is told as server-sent events.
"""

from __future__ import annotations

import errno
import json
import mimetypes
import re
import secrets
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

from pydantic import AfterValidator

from live.webfeed import Feed
from live.webgate import Gate, is_loopback, link_token
from media.errors import UserError
from media.frames import OnFault, ignore_fault
from media.settings import Settings, setting

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

_MOST_BYTES = 64 * 1024
"""Of a change: a command, never a file."""
_EVERYWHERE = ("0.0.0.0", "::")
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",  # the link holds the token
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "; ".join((
        "default-src 'self'", "img-src 'self' data: blob:", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'",
    )),
}
_SENTENCE = '<!doctype html><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="dark light"><p>{}'
"""A page of it, large enough to be read on a phone."""


def _check_token(text: str) -> str:
    if text and not re.fullmatch(r"[!-~]{8,}", text):
        raise ValueError(f"has 8 plain letters or signs or more, and no spaces, got {text!r}")
    return text


class WebSettings(Settings):
    """Where a program's page is to be reached, and by whom."""

    host: str = setting("127.0.0.1", help="Address of the web page: 0.0.0.0 lets phones in, 127.0.0.1 this machine alone.")
    port: int = setting(8377, ge=0, le=65535, help="Port of the web page; 0 takes one that is free.")
    token: Annotated[str, AfterValidator(_check_token)] = setting("", help="Secret word in its link; a new one each time if left out.")


@dataclass(frozen=True)
class Made:
    """An answer that is no JSON: a picture, say."""

    content: bytes
    kind: str


@dataclass(frozen=True)
class Site:
    """All that is to be had, by path; functions are called in threads, and may raise UserError for what they refuse.

    Args:
        pages: files as they are.
        reads: GET: called with the query, gives a value for JSON, or `Made`.
        changes: POST: called with the value of the JSON that was sent, gives a value for JSON.
        feeds: event streams.
    """

    pages: Mapping[str, Path] = field(default_factory=dict)
    reads: Mapping[str, Callable[[Mapping[str, str]], Any]] = field(default_factory=dict)
    changes: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    feeds: Mapping[str, Feed] = field(default_factory=dict)


class WebServer:
    """A running server, made by `serve`: `with serve(site, WebSettings()) as server: print(server.link)`."""

    def __init__(self, site: Site, listening: socket.socket, *, settings: WebSettings, on_fault: OnFault) -> None:
        self.port = int(listening.getsockname()[1])
        self.token = settings.token or secrets.token_urlsafe(9)
        name = _address_here() if settings.host in _EVERYWHERE else settings.host
        shown = f"[{name}]" if ":" in name else name
        self.link = f"http://{shown}:{self.port}/?token={quote(self.token)}"
        """What to open: it holds the token."""
        self.is_local = is_loopback(listening.getsockname()[0])
        """Whether only this machine can reach it."""
        gate = Gate(self.token, self.port, is_open=self.is_local)
        self._site, self._is_over = site, False
        self._server = _uvicorn(_app(site, gate, is_over=lambda: self._is_over, on_fault=on_fault))
        self._thread = Thread(target=self._server.run, args=([listening],), name="web page", daemon=True)
        self._thread.start()

    def __enter__(self) -> WebServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Answer what was asked, and end; whoever takes too long for that is left."""
        self._is_over = self._server.should_exit = True
        for feed in self._site.feeds.values():
            feed.wake()
        self._thread.join(2)
        self._server.force_exit = True
        self._thread.join(1)


def serve(site: Site, settings: WebSettings, *, on_fault: OnFault = ignore_fault) -> WebServer:
    """Begin to serve a site; it goes on until it is closed, or the program ends.

    Args:
        on_fault: told once, in the server's thread, what should not have happened; the page gets a line instead.
    Raises:
        UserError: the port is taken, or there is no such address.
    """
    return WebServer(site, _listen(settings), settings=settings, on_fault=on_fault)


def _listen(settings: WebSettings) -> socket.socket:
    try:
        family = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((settings.host, settings.port), family=family, backlog=64)
    except OSError as error:
        refused = {
            errno.EADDRINUSE: (f"--port {settings.port}", "another program has this port", "Choose another, or 0 for any that is free."),
            errno.EACCES: (f"--port {settings.port}", "this port is for the system's own programs", "Choose one from 1024 on."),
        }
        elsewhere = f"--host {settings.host}", "this machine has no such address", "Choose 127.0.0.1, or 0.0.0.0 for all that it has."
        raise UserError(*refused.get(error.errno or 0, elsewhere)) from error


def _address_here() -> str:
    """By which others in the network know this machine: whence it would send them something (nothing is sent)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect(("10.254.254.254", 1))
        except OSError:
            return "127.0.0.1"
        return str(asking.getsockname()[0])


def _uvicorn(app: ASGIApp) -> Any:
    import uvicorn

    config = uvicorn.Config(
        app, http="h11", ws="none", lifespan="off", loop="asyncio", log_config=None, log_level="critical", access_log=False,
        server_header=False, proxy_headers=False, limit_concurrency=100,
    )  # fmt: skip
    return uvicorn.Server(config)


def _app(site: Site, gate: Gate, *, is_over: Callable[[], bool], on_fault: OnFault) -> ASGIApp:
    """The site behind its gate."""
    from starlette.requests import Request
    from starlette.responses import RedirectResponse

    told: set[str] = set()

    def tell_once(fault: str) -> None:
        if fault not in told:
            told.add(fault)
            on_fault(fault)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        answer: Response
        token = link_token(request)
        if token and gate.holds(token):
            answer = RedirectResponse(f"/{scope['path'].lstrip('/')}", 303)
            # Not "strict": a browser that came here by a link in another page would leave it out of the request that now follows.
            answer.set_cookie(gate.cookie, token, max_age=30 * 86_400, httponly=True, samesite="lax")
        elif refusal := gate.refuses(request):
            answer = _refused(refusal, request)
        else:
            answer = await _answered(site, request, is_over, tell_once)
        answer.headers.update(_HEADERS)
        await answer(scope, receive, send)

    return app


def _refused(why: str, request: Request) -> Response:
    """Why there is no answer: in a browser's address line as a page."""
    from starlette.responses import HTMLResponse, PlainTextResponse

    is_page = "text/html" in request.headers.get("accept", "")
    return HTMLResponse(_SENTENCE.format(why), 403) if is_page else PlainTextResponse(why, 403)


async def _answered(site: Site, request: Request, is_over: Callable[[], bool], on_fault: OnFault) -> Response:
    """What a request that may be made gets."""
    from starlette.requests import ClientDisconnect
    from starlette.responses import PlainTextResponse, Response, StreamingResponse

    path, is_read = request.scope["path"], request.method in ("GET", "HEAD")
    known = [*site.pages, *site.reads, *site.feeds] if is_read else [*site.changes] if request.method == "POST" else []
    if path not in known:
        return PlainTextResponse("there is nothing of this name.", 404)
    try:
        if not is_read:
            return await _changed(site.changes[path], request)
        if path in site.feeds:
            return StreamingResponse(site.feeds[path].listen(is_over), media_type="text/event-stream")
        if path in site.pages:
            return Response(site.pages[path].read_bytes(), media_type=mimetypes.guess_type(site.pages[path])[0])
        return await _in_thread(site.reads[path], dict(request.query_params))
    except ClientDisconnect:
        return Response(status_code=400)  # nobody is there to read it
    except Exception as error:  # whatever a page asks for must not end the page
        on_fault(f"{path}: {error or type(error).__name__}")
        return PlainTextResponse("the program could not answer this.", 500)


async def _changed(change: Callable[[Any], Any], request: Request) -> Response:
    from starlette.responses import PlainTextResponse

    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > _MOST_BYTES:
            return PlainTextResponse("this is too much.", 413)
    if not request.headers.get("content-type", "").startswith("application/json"):
        return PlainTextResponse("a change is JSON.", 415)
    try:
        value = json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return PlainTextResponse("a change is JSON.", 400)
    return await _in_thread(change, value)


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number")


async def _in_thread(function: Callable[[Any], Any], argument: object) -> Response:
    from starlette.concurrency import run_in_threadpool
    from starlette.responses import JSONResponse, Response

    try:
        answer = await run_in_threadpool(function, argument)
    except UserError as error:
        return JSONResponse({"fault": str(error)}, 400)
    return Response(answer.content, media_type=answer.kind) if isinstance(answer, Made) else JSONResponse(answer)
