"""Web pages: who holds the link sees and changes, who does not, does not; and nothing that is asked ends the server."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.web import Made, Site, WebServer, WebSettings, serve
from live.webfeed import Feed
from live.webgate import Gate
from media.errors import UserError

TOKEN = "lantern;=1&%2"


@dataclass
class Answer:
    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def value(self) -> Any:
        return json.loads(self.body)


@dataclass
class Programme:
    """What a program serves."""

    folder: Path
    told: list[str] = field(default_factory=list)
    taken: list[Any] = field(default_factory=list)
    number: int = 0

    def __post_init__(self) -> None:
        (self.folder / "page.html").write_text("<h1>hello</h1>", encoding="utf-8")
        self.feed = Feed(lambda: {"number": self.number})

    def site(self) -> Site:
        return Site(
            pages={"/": self.folder / "page.html"},
            reads={"/state": lambda query: dict(query), "/dot": lambda _: Made(b"\x89PNG", "image/png"), "/broken": self.fail},
            changes={"/do": self.take, "/refuse": self.refuse, "/broken": self.fail},
            feeds={"/changes": self.feed},
        )

    def take(self, value: Any) -> Any:
        self.taken.append(value)
        return {"n": len(self.taken)}

    def refuse(self, value: Any) -> Any:
        raise UserError("corner", "it would cross", "Pull it out.")

    def fail(self, value: Any) -> Any:
        raise RuntimeError("the lamp broke")


@pytest.fixture
def programme(tmp_path: Path) -> Programme:
    return Programme(tmp_path)


@pytest.fixture
def server(programme: Programme) -> Iterator[WebServer]:
    with serve(programme.site(), WebSettings(port=0, token=TOKEN), on_fault=programme.told.append) as running:
        yield running


@pytest.fixture
def open_server(programme: Programme) -> Iterator[WebServer]:
    """One that the whole network reaches."""
    with serve(programme.site(), WebSettings(host="0.0.0.0", port=0, token=TOKEN), on_fault=programme.told.append) as running:
        yield running


def ask(server: WebServer, method: str, path: str, body: Any = None, **headers: str) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    try:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body if isinstance(body, bytes | str | None) else json.dumps(body), sent)
        answer = connection.getresponse()
        return Answer(answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()})
    finally:
        connection.close()


def cookie_of(server: WebServer) -> str:
    """What a browser keeps of the link."""
    link = urlsplit(server.link)
    return ask(server, "GET", f"{link.path}?{link.query}").headers["set-cookie"].split("; ")[0]


def change(server: WebServer, path: str = "/do", value: Any = 1, **headers: str) -> Answer:
    return ask(server, "POST", path, value, **{"Content_Type": "application/json", "Cookie": cookie_of(server), **headers})


def test_the_link_opens_the_page_and_leaves_the_token_out_of_the_address(open_server: WebServer) -> None:
    link = urlsplit(open_server.link)
    first = ask(open_server, "GET", f"{link.path}?{link.query}")
    assert (first.status, first.headers["location"]) == (303, "/")
    assert "HttpOnly" in first.headers["set-cookie"] and "SameSite=lax" in first.headers["set-cookie"]
    page = ask(open_server, "GET", "/", Cookie=first.headers["set-cookie"].split("; ")[0])
    assert (page.status, page.body, page.headers["content-type"]) == (200, b"<h1>hello</h1>", "text/html; charset=utf-8")
    assert page.headers["referrer-policy"] == "no-referrer"


def test_on_this_machine_looking_is_free_and_changing_is_not(server: WebServer, programme: Programme) -> None:
    assert urlsplit(server.link).hostname == "127.0.0.1"
    assert ask(server, "GET", "/").status == 200
    assert ask(server, "GET", "/state?x=1").value == {"x": "1"}
    refused = ask(server, "POST", "/do", 1, Content_Type="application/json")
    assert refused.status == 403 and b"link" in refused.body
    assert programme.taken == []
    assert change(server, value={"a": [1, 2.5]}).value == {"n": 1}
    assert programme.taken == [{"a": [1, 2.5]}]


@pytest.mark.parametrize("path", ["/", "/state", "/changes", "/nothing", "/?token=wrong-token"])
def test_from_the_network_nothing_is_seen_without_the_token(open_server: WebServer, path: str) -> None:
    assert ask(open_server, "GET", path).status == 403


def test_whoever_comes_with_an_old_link_reads_on_the_phone_what_to_do(server: WebServer, open_server: WebServer) -> None:
    for each in (server, open_server):
        answer = ask(each, "GET", "/?token=of-yesterday", Accept="text/html,*/*")
        assert answer.status == 403 and answer.headers["content-type"].startswith("text/html")
        assert b"width=device-width" in answer.body and b"Open the link that the program tells now." in answer.body
    assert ask(open_server, "GET", "/state", Accept="*/*").headers["content-type"].startswith("text/plain")


def test_programs_send_the_token_in_a_header(open_server: WebServer) -> None:
    assert ask(open_server, "POST", "/do", 7, Content_Type="application/json", X_Token=TOKEN[:-1]).status == 403
    assert ask(open_server, "POST", "/do", 7, Content_Type="application/json", X_Token=TOKEN).value == {"n": 1}


@given(st.text(max_size=20))
def test_only_the_token_is_the_token(other: str) -> None:
    gate = Gate("lantern-at-dusk", 80, is_open=False)
    assert gate.holds("lantern-at-dusk")
    assert gate.holds(other) == (other == "lantern-at-dusk")


def test_tokens_differ_from_time_to_time_and_short_ones_are_refused(programme: Programme) -> None:
    with serve(programme.site(), WebSettings(port=0)) as one, serve(programme.site(), WebSettings(port=0)) as other:
        assert one.token != other.token and len(one.token) >= 12
    for token in ("short", "with a space", "späte-laterne"):
        with pytest.raises(ValueError, match="token"):
            WebSettings(token=token)


def test_pages_of_others_can_neither_change_nor_look(server: WebServer, programme: Programme) -> None:
    assert change(server, Origin="http://elsewhere.example").status == 403
    assert change(server, Origin=f"http://127.0.0.1:{server.port + 1}").status == 403
    assert change(server, Origin=f"http://127.0.0.1:{server.port}").status == 200
    assert change(server, Content_Type="text/plain").status == 415  # what a form of another page could send
    for name in ("elsewhere.example", f"elsewhere.example:{server.port}", "[", "127.0.0.1.elsewhere.example"):
        assert ask(server, "GET", "/", Host=name).status == 403, name
    assert programme.taken == [1]


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/do"), ("POST", "/"), ("POST", "/changes"), ("PUT", "/do"), ("DELETE", "/do"), ("GET", "/../etc")]
)
def test_changes_are_posted_and_nothing_else_is(server: WebServer, programme: Programme, method: str, path: str) -> None:
    assert ask(server, method, path, "1", Cookie=cookie_of(server), Content_Type="application/json").status == 404
    assert programme.taken == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("NaN", 400),
        ("{", 400),
        ("", 400),
        ("[" * 30_000, 400),
        ('{"x": Infinity}', 400),
        (b"\xff\xfe", 400),
        ("1" * 70_000, 413),
        ('"é"', 200),
    ],
)
def test_what_is_no_json_is_refused(server: WebServer, programme: Programme, body: str | bytes, status: int) -> None:
    sent = body.encode() if isinstance(body, str) else body
    assert ask(server, "POST", "/do", sent, Cookie=cookie_of(server), Content_Type="application/json").status == status
    assert (programme.taken == []) == (status != 200)


def test_refusals_reach_the_page_in_a_line_and_faults_are_told_once(server: WebServer, programme: Programme) -> None:
    refused = change(server, "/refuse")
    assert (refused.status, refused.value) == (400, {"fault": "corner: it would cross. Pull it out."})
    for _ in range(3):
        broken = ask(server, "GET", "/broken")
        assert broken.status == 500 and b"lamp" not in broken.body
    assert programme.told == ["/broken: the lamp broke"]
    (programme.folder / "page.html").unlink()
    assert ask(server, "GET", "/").status == 500
    assert ask(server, "GET", "/dot").headers["content-type"] == "image/png"


def test_a_port_that_is_taken_is_told_in_a_line(server: WebServer, programme: Programme) -> None:
    with pytest.raises(UserError, match=f"--port {server.port}: another program has this port. Choose another, or 0"):
        serve(programme.site(), WebSettings(port=server.port))
    with pytest.raises(UserError, match="this machine has no such address"):
        serve(programme.site(), WebSettings(host="203.0.113.7", port=0))


class Listener:
    """A page that hears events."""

    def __init__(self, server: WebServer) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
        self._connection.request("GET", "/changes")
        self._answer = self._connection.getresponse()
        assert self._answer.headers["Content-Type"].startswith("text/event-stream")

    def next(self) -> Any:
        while line := self._answer.readline():
            if line.startswith(b"data: "):
                return json.loads(line[6:])
        return None


def test_events_tell_the_newest_to_all(server: WebServer, programme: Programme) -> None:
    listeners = [Listener(server) for _ in range(3)]
    assert [listener.next() for listener in listeners] == [{"number": 0}] * 3
    for programme.number in range(1, 200):
        programme.feed.tell()
    for listener in listeners:
        heard = [listener.next()]
        while heard[-1] != {"number": 199}:
            heard.append(listener.next())
        assert heard == sorted(heard, key=lambda value: value["number"])
        assert len(heard) < 199  # who is slow misses what came between


def test_it_ends_at_once_with_pages_that_still_listen_and_its_port_is_free_again(programme: Programme) -> None:
    before = set(threading.enumerate())
    server = serve(programme.site(), WebSettings(port=0, token=TOKEN))
    listener = Listener(server)
    assert listener.next() == {"number": 0}
    server.close()
    assert listener.next() is None
    assert {thread for thread in threading.enumerate() if thread.name == "web page"} <= before
    with serve(programme.site(), WebSettings(port=server.port, token=TOKEN)) as again:
        assert ask(again, "GET", "/").status == 200
    programme.feed.tell()  # nobody listens any more


def test_many_at_once_are_all_served(server: WebServer, programme: Programme) -> None:
    cookie = cookie_of(server)

    def send(number: int) -> int:
        return ask(server, "POST", "/do", number, Cookie=cookie, Content_Type="application/json").status

    with ThreadPoolExecutor(8) as hands:
        assert set(hands.map(send, range(120))) == {200}
    assert sorted(programme.taken) == list(range(120))


def test_whoever_hangs_up_in_the_middle_is_no_fault(server: WebServer, programme: Programme) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as caller:
        lines = ("POST /do HTTP/1.1", "Host: localhost", f"Cookie: {cookie_of(server)}", "Content-Type: application/json", "Content-Length: 50")
        caller.sendall("\r\n".join([*lines, "", '{"a"']).encode())
    with socket.create_connection(("127.0.0.1", server.port)) as caller:
        caller.sendall(b"\x00\xff nonsense\r\n\r\n")
    assert ask(server, "GET", "/").status == 200
    assert (programme.taken, programme.told) == ([], [])


def test_nothing_heavy_is_loaded_before_it_serves() -> None:
    code = "import sys, live.web; print([name for name in ('starlette', 'uvicorn', 'asyncio', 'cv2', 'pygame') if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
