"""The page for telephones, by plain requests and in a real browser with fingers."""

from __future__ import annotations

import http.client
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest
from PIL import Image

from live.clock import SteadyClock
from live.web import Site, WebServer, WebSettings, serve
from projection.mapping.mapper import Mapper
from projection.mapping.page.site import phone_site
from projection.scene import Orders
from projection.surfaces.model import SurfaceFile
from projection.surfaces.store import Watched, read_surfaces, write_surfaces

TOKEN = "ladder-in-the-dark"
MARGIN = 0.06
PX = 1 / 1920, 1 / 1080
BOX = "(b => [b.x, b.y, b.width, b.height])(document.querySelector('{}').getBoundingClientRect())"


@pytest.fixture
def mapper(tmp_path: Path, wall: SurfaceFile) -> Mapper:
    write_surfaces(tmp_path / "wall.toml", wall)
    return Mapper(Watched(tmp_path / "wall.toml"), clock=SteadyClock(), sources=("film", "plasma"), outputs=("main", "side"))


def picture_of(output: str) -> np.ndarray | None:
    """A red picture, opaque, of the main output; the other has none yet."""
    return np.full((1080, 1920, 4), (20, 10, 200, 255), np.uint8) if output == "main" else None


@pytest.fixture
def faults() -> list[str]:
    return []


@pytest.fixture
def server(mapper: Mapper, faults: list[str]) -> Iterator[WebServer]:
    with serve(phone_site(mapper, picture_of), WebSettings(port=0, token=TOKEN), on_fault=faults.append) as running:
        yield running
    assert faults == []


def ask(server: WebServer, method: str, path: str, value: Any = None) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    connection.request(method, path, None if value is None else json.dumps(value), {"X-Token": TOKEN, "Content-Type": "application/json"})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, json.loads(body) if answer.headers["Content-Type"] == "application/json" else body


def do(server: WebServer, command: str, **arguments: Any) -> tuple[int, Any]:
    return ask(server, "POST", "/do", {"command": command, "arguments": arguments})


def test_the_page_has_all_that_it_needs_and_nothing_from_elsewhere(server: WebServer) -> None:
    for path in ("/", "/phone.js", "/hands.js", "/phone.css"):
        status, text = ask(server, "GET", path)[0], ask(server, "GET", path)[1].decode()
        assert status == 200 and "http://" not in text.replace("http://www.w3.org/2000/svg", "") and "https://" not in text
    _, html = ask(server, "GET", "/")
    assert b"phone.js" in html and b"phone.css" in html and b"<script>" not in html


def test_the_state_is_told_and_commands_change_it(server: WebServer, mapper: Mapper) -> None:
    status, state = ask(server, "GET", "/state")
    assert status == 200
    assert [surface["name"] for surface in state["surfaces"]] == ["wall", "door", "arch"]
    assert (state["chosen"], state["mode"], state["points"][2]) == ("wall", "corners", [0.4, 0.8])
    assert state["isSaved"] and not state["canUndo"]
    status, done = do(server, "nudge", x=-1)
    assert (status, done["message"]) == (200, "") and done["number"] > state["number"]
    assert mapper.state.surface.corners[0][0] == pytest.approx(0.1 - PX[0], abs=1e-7)
    assert do(server, "save")[1]["message"] == "saved" and mapper.state.is_saved
    do(server, "card")
    assert mapper.wanted() == ["is_card"]
    mapper.know(Orders(is_card=True))
    assert ask(server, "GET", "/state")[1]["isCard"]


@pytest.mark.parametrize(
    "value", [None, 3, [], {}, {"command": 3}, {"command": "nudge", "arguments": [1]}, {"command": "nudge", "arguments": None}]
)
def test_what_is_no_command_is_refused(server: WebServer, mapper: Mapper, value: Any) -> None:
    status, answer = ask(server, "POST", "/do", "null" if value is None else value)
    assert status == 400 and "command" in answer["fault"]
    assert mapper.state.past == ()


def test_commands_that_cannot_be_are_told_and_change_nothing(server: WebServer, mapper: Mapper) -> None:
    gone = {"surface": "gone", "mode": "corners", "vertex": 0, "to": [0, 0]}
    for command, arguments in (("fly", {}), ("nudge", {"x": "1e"}), ("move", gone)):
        status, answer = do(server, command, **arguments)
        assert status == 200 and answer["message"] and len(answer["message"]) < 300
    status, answer = do(server, "move", surface="wall", mode="corners", vertex=0, to=[0.5, 0.9])
    assert "wall" in answer["message"] and mapper.state.past == ()


def test_the_small_picture_is_one(server: WebServer) -> None:
    status, jpeg = ask(server, "GET", "/picture?output=main")
    small = Image.open(io.BytesIO(jpeg))
    assert (status, small.size) == (200, (960, 540))
    assert np.abs(np.asarray(small)[270, 480].astype(int) - (200, 10, 20)).max() < 12
    for output in ("side", "roof", ""):
        assert ask(server, "GET", f"/picture?output={output}") == (200, None)


def test_what_one_changes_the_other_hears(server: WebServer, mapper: Mapper) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    connection.request("GET", "/changes")
    events = connection.getresponse()

    def hear() -> Any:
        while not (line := events.readline()).startswith(b"data: "):
            pass
        return json.loads(line[6:])

    assert hear()["points"][0] == [0.1, 0.1]
    do(server, "move", surface="wall", mode="corners", vertex=0, to=[0.15, 0.2], gesture="other")
    assert hear()["points"][0] == [0.15, 0.2]
    mapper.do("choose", surface="arch")  # by the keys of a window, say
    assert hear()["chosen"] == "arch"
    connection.close()


# --- in a browser


class Phone:
    """The page, opened, as somebody holds it."""

    def __init__(self, page: Any) -> None:
        self.page = page
        page.until("document.body && document.body.dataset.number")
        left, top, width, height = page.value(BOX.format("#drawing"))
        self._at = left, top, width / (1 + 2 * MARGIN), height / (1 + 2 * MARGIN)

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Where a place of the output is on the screen."""
        left, top, width, height = self._at
        return left + (x + MARGIN) * width, top + (y + MARGIN) * height

    def point(self, number: int) -> tuple[float, float]:
        """Where a point is drawn, parts of the output."""
        rings = self.page.value("[...document.querySelectorAll('#points circle')].map(c => [+c.getAttribute('cx'), +c.getAttribute('cy')])")
        return rings[2 * number][0] / 1920, rings[2 * number][1] / 1080

    def drag(self, start: tuple[float, float], end: tuple[float, float], *, n_moves: int = 10, lets_go: bool = True) -> None:
        a, b = self.place(*start), self.place(*end)
        n_drags = self.page.value("nDrags")
        self.page.touch("touchStart", a)
        for n in range(1, n_moves + 1):
            self.page.touch("touchMove", (a[0] + (b[0] - a[0]) * n / n_moves, a[1] + (b[1] - a[1]) * n / n_moves))
        self.page.until(f"nDrags > {n_drags}")
        if lets_go:
            self.page.touch("touchEnd")
            self.page.until("drag === null")

    def settled(self, mapper: Mapper) -> None:
        """Wait until all is sent, and the page has drawn the newest state."""
        self.page.until("!isBusy && !moving && !waiting.length")
        self.page.until(f"state.number >= {mapper.number} && kept === null")


@pytest.fixture
def phone(browser: Any, server: WebServer) -> Iterator[Phone]:
    page = browser.open(server.link)
    yield Phone(page)
    assert page.faults() == []
    page.close()


def test_the_page_draws_what_there_is(phone: Phone) -> None:
    page = phone.page
    assert page.value("location.search") == ""  # the token is not left in the address
    assert page.value("document.querySelectorAll('#outlines polygon:not(.rim)').length") == 3
    places = (0.1, 0.1), (0.4, 0.1), (0.4, 0.8), (0.1, 0.8)
    assert [phone.point(n) for n in range(4)] == [pytest.approx(place, abs=1e-4) for place in places]
    page.until("document.getElementById('picture').getAttribute('href')")
    picture = np.asarray(Image.open(io.BytesIO(page.picture())).convert("RGB"))
    x, y = phone.place(0.5, 0.2)
    assert np.abs(picture[round(y), round(x)].astype(int) - (200, 10, 20)).max() < 25


def test_a_finger_draws_a_corner_in_one_step(phone: Phone, mapper: Mapper) -> None:
    beside = (0.4 + 10 / 390, 0.8 + 8 / 220)  # a finger is never quite there, and nothing jumps
    phone.drag(beside, (beside[0] + 0.03, beside[1] - 0.2))
    phone.settled(mapper)
    assert len(mapper.state.past) == 1
    assert mapper.state.surface.corners[2] == pytest.approx((0.43, 0.6), abs=0.004)
    phone.page.press("#undo")
    phone.page.until("document.getElementById('undo').disabled && !document.getElementById('redo').disabled")
    assert mapper.state.surface.corners[2] == (0.4, 0.8)


def test_a_drag_is_drawn_at_once_and_only_the_newest_place_is_sent(browser: Any, mapper: Mapper) -> None:
    may_answer, moves = Event(), []
    plain = phone_site(mapper, picture_of)

    def slow(value: Any) -> Any:
        moves.append(value["arguments"]["to"])
        may_answer.wait(10)
        return plain.changes["/do"](value)

    with serve(replace(plain, changes={"/do": slow}), WebSettings(port=0, token=TOKEN)) as server:
        phone = Phone(browser.open(server.link))
        phone.drag((0.4, 0.8), (0.45, 0.5), n_moves=30)
        phone.page.until("document.querySelectorAll('#points circle')[4].getAttribute('cy') < 560")
        assert mapper.state.surface.corners[2] == (0.4, 0.8)  # the program knows nothing of it yet
        assert len(moves) == 1
        may_answer.set()
        phone.settled(mapper)
        assert phone.point(2) == pytest.approx((0.45, 0.5), abs=0.004)
        assert mapper.state.surface.corners[2] == pytest.approx((0.45, 0.5), abs=0.004)
        assert len(moves) <= 3 and len(mapper.state.past) == 1
        phone.page.close()


def test_what_is_refused_goes_back_and_says_why(phone: Phone, mapper: Mapper) -> None:
    phone.drag((0.4, 0.8), (0.02, 0.05), n_moves=3)
    phone.page.until("!document.getElementById('message').hidden")
    assert "wall" in phone.page.value("document.getElementById('message').textContent")
    phone.page.until("kept === null")
    assert phone.point(2) == pytest.approx(mapper.state.surface.corners[2], abs=1e-4)


def test_a_touch_takes_a_surface_and_a_second_one_all_of_it(phone: Phone, mapper: Mapper) -> None:
    phone.drag((0.55, 0.5), (0.55, 0.5), n_moves=0)
    phone.page.until("state.chosen === 'door'")
    phone.drag((0.55, 0.5), (0.55, 0.5), n_moves=0)
    phone.page.until("state.point === null")
    phone.drag((0.56, 0.55), (0.56, 0.75))
    phone.settled(mapper)
    places = (0.5, 0.5), (0.6, 0.5), (0.6, 0.9), (0.5, 0.9)
    assert mapper.state.surface.corners == tuple(pytest.approx(place, abs=0.004) for place in places)


def test_buttons_do_what_they_say(phone: Phone, mapper: Mapper, tmp_path: Path) -> None:
    page = phone.page
    page.press("[data-nudge='1 0']")
    page.press("#step")
    page.press("[data-nudge='0 1']")
    phone.settled(mapper)
    assert mapper.state.surface.corners[0] == pytest.approx((0.1 + PX[0], 0.1 + 10 * PX[1]), abs=1e-6)
    page.press("#solo")
    page.until("document.getElementById('solo').getAttribute('aria-pressed') === 'true'")
    page.press("#black")
    page.press("#card")
    phone.settled(mapper)
    assert mapper.wanted() == ["is_black", "is_card"]
    mapper.know(Orders(is_black=True))
    page.until("document.getElementById('black').getAttribute('aria-pressed') === 'true'")
    page.press("#save")
    page.until("state.isSaved")
    assert read_surfaces(tmp_path / "wall.toml").surface[0].corners[0] == mapper.state.surface.corners[0]


def test_modes_show_what_belongs_to_them(phone: Phone, mapper: Mapper) -> None:
    page = phone.page
    page.press("#surfaces button:nth-child(3)")
    page.until("state.chosen === 'arch'")
    page.press("#modes button:nth-child(4)")
    page.until("state.mode === 'grid' && document.querySelectorAll('#points circle').length === 32")
    assert page.value("document.getElementById('grid').value") == "smooth"
    assert page.value("document.querySelectorAll('#guides polyline').length") == 8
    page.press("#modes button:nth-child(5)")
    page.until("state.mode === 'mask' && document.querySelectorAll('#points circle').length === 6")
    seen = page.value("[...document.querySelectorAll('[data-mode=mask]')].every(row => row.offsetHeight > 0)")
    hidden = page.value("[...document.querySelectorAll('[data-mode=grid]')].every(row => row.offsetHeight === 0)")
    assert seen and hidden
    page.press("#modes button:nth-child(1)")
    page.until("state.mode === 'show' && document.querySelectorAll('#points circle').length === 0")


def test_the_chosen_surface_is_brought_into_sight(phone: Phone, mapper: Mapper) -> None:
    for _ in range(6):
        mapper.do("duplicate")
    last = mapper.state.names[-1]
    for name in (last, "wall"):
        mapper.do("choose", surface=name)
        phone.page.until(f"document.getElementById('title').textContent === {name!r}")
        assert phone.page.value(
            "(() => { const b = document.querySelector('#surfaces [aria-pressed=true]').getBoundingClientRect(),"
            " all = document.getElementById('surfaces').getBoundingClientRect(); return b.left >= all.left - 1 && b.right <= all.right + 1 })()"
        )


def test_two_phones_see_each_other(browser: Any, server: WebServer, mapper: Mapper) -> None:
    one, other = Phone(browser.open(server.link)), Phone(browser.open(server.link))
    one.page.to_front()
    one.drag((0.1, 0.1), (0.2, 0.3), lets_go=False)
    other.page.until("Math.abs(document.querySelector('#points circle').getAttribute('cx') - 384) < 12")
    one.page.touch("touchEnd")
    other.page.to_front()
    other.page.press("#surfaces button:nth-child(2)")
    one.page.until("state.chosen === 'door' && document.getElementById('title').textContent === 'door'")
    assert one.page.faults() == other.page.faults() == []
    one.page.close()
    other.page.close()


def test_without_the_token_it_may_look_and_is_told_how_to_do_more(browser: Any, server: WebServer, mapper: Mapper) -> None:
    page = browser.open(f"http://localhost:{server.port}/")  # the cookie of the other tests' pages is 127.0.0.1's
    Phone(page)
    page.press("[data-nudge='1 0']")
    page.until("document.getElementById('message').textContent.includes('link')")
    assert mapper.state.past == ()
    page.close()


def test_it_says_when_the_program_is_gone_and_goes_on_when_it_is_back(browser: Any, mapper: Mapper) -> None:
    site: Site = phone_site(mapper, picture_of)
    with serve(site, WebSettings(port=0, token=TOKEN)) as first:
        page = browser.open(first.link)
        Phone(page)
    page.until("document.getElementById('message').textContent.includes('No connection')")
    mapper.do("choose", surface="door")
    with serve(site, WebSettings(port=first.port, token=TOKEN)):
        page.until("state.chosen === 'door' && document.getElementById('message').hidden")
    with serve(site, WebSettings(host="0.0.0.0", port=first.port, token="another-word")):
        page.until("document.getElementById('message').textContent.includes('open the link that the program tells now')")
        page.close()


def test_what_is_asked_and_never_answered_is_given_up_and_told(browser: Any, mapper: Mapper) -> None:
    is_over = Event()
    plain = phone_site(mapper, picture_of)
    with serve(replace(plain, changes={"/do": lambda value: is_over.wait(20)}), WebSettings(port=0, token=TOKEN)) as server:
        phone = Phone(browser.open(server.link))
        phone.page.value("patienceMs = 100")
        phone.drag((0.4, 0.8), (0.45, 0.5))
        phone.page.until("document.getElementById('message').textContent.includes('No connection')")
        phone.page.until("kept === null && !isBusy && !moving")
        assert phone.point(2) == pytest.approx((0.4, 0.8), abs=1e-4)  # what the program does not know is not drawn
        phone.page.until("document.getElementById('message').hidden")  # it answers other questions
        is_over.set()
        phone.page.close()


def test_edges_are_drawn_inwards_and_colours_are_slid(phone: Phone, mapper: Mapper) -> None:
    page = phone.page
    page.press("#modes button:nth-child(6)")
    page.until("state.mode === 'edges' && document.querySelectorAll('#points circle').length === 8")
    phone.drag((0.4, 0.45), (0.31, 0.45))
    phone.settled(mapper)
    assert mapper.state.surface.edges.right == pytest.approx(0.3, abs=0.01)
    page.press("#modes button:nth-child(7)")
    page.until("state.mode === 'colours' && document.querySelectorAll('#dials input').length === 9")
    assert page.value("document.getElementById('pad').offsetHeight") == 0
    left, top, width, height = page.value(BOX.format("#dials input"))
    page.touch("touchStart", (left + width / 2, top + height / 2))
    for n in range(1, 9):
        page.touch("touchMove", (left + width / 2 - n * width / 32, top + height / 2))
    page.touch("touchEnd")
    phone.settled(mapper)
    assert mapper.state.surface.look.brightness == pytest.approx(0.5, abs=0.1) and len(mapper.state.past) == 2
    mapper.do("undo")
    page.until("document.querySelector('#dials input').value === '1'")


@pytest.mark.parametrize("size_px", [(320, 568), (390, 844), (844, 390), (1280, 800)])
@pytest.mark.parametrize("mode", ["corners", "grid", "mask", "edges", "colours"])
def test_it_fits_every_screen_and_fingers(browser: Any, server: WebServer, mapper: Mapper, size_px: tuple[int, int], mode: str) -> None:
    mapper.do("choose", surface="arch")
    mapper.do("mode", to=mode)
    page = browser.open(server.link, size_px=size_px)
    Phone(page)
    assert page.value("document.documentElement.scrollWidth") <= size_px[0]
    assert page.value("document.getElementById('drawing').getBoundingClientRect().bottom") <= size_px[1]
    small = page.value(
        "[...document.querySelectorAll('button, select')].filter(b => b.offsetHeight && (b.offsetHeight < 44 || b.offsetWidth < 44"
        " || b.scrollWidth > b.clientWidth)).map(b => b.textContent)"
    )
    assert small == []
    page.close()


def test_a_button_that_is_held_long_is_pressed_and_one_that_is_slipped_off_is_not(phone: Phone, mapper: Mapper) -> None:
    page = phone.page
    at = page.value("(() => { const b = document.getElementById('whole').getBoundingClientRect(); return [b.x + 20, b.y + 20] })()")
    page.touch("touchStart", at)
    page.value("new Promise(done => setTimeout(done, 700))")  # longer than what a browser takes for a click
    page.touch("touchEnd")
    page.until("state.point === null")
    page.touch("touchStart", at)
    page.touch("touchMove", (at[0], at[1] - 200))
    page.touch("touchEnd")
    phone.settled(mapper)
    assert mapper.state.vertex is None
