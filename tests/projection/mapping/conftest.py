"""Surfaces to be laid, and a real browser to lay them with."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from projection.surfaces.model import Grid, Mask, Surface, SurfaceFile

_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars", "--disable-dev-shm-usage"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--remote-debugging-pipe"),
)
_PATIENCE_S = 20


@pytest.fixture
def wall() -> SurfaceFile:
    """Two flat surfaces and one that is bent and masked."""
    return SurfaceFile(
        surface=(
            Surface(name="wall", shows="film", corners=((0.1, 0.1), (0.4, 0.1), (0.4, 0.8), (0.1, 0.8))),
            Surface(name="door", corners=((0.5, 0.3), (0.6, 0.3), (0.6, 0.7), (0.5, 0.7))),
            Surface(
                name="arch", shows="plasma", corners=((0.7, 0.1), (0.95, 0.15), (0.95, 0.7), (0.72, 0.65)), grid=Grid(kind="smooth"),
                masks=(
                    Mask(kind="ellipse", radii=(0.4, 0.35), rotation=20), Mask(kind="polygon", points=((0.1, 0.1), (0.9, 0.1), (0.5, 0.9))),
                ),
            ),
        )
    )  # fmt: skip


class Browser:
    """Chromium without a screen, told what to do through its debugging pipe."""

    def __init__(self, program: str, folder: Path) -> None:
        to_it, self._to = os.pipe()
        self._from, from_it = os.pipe()

        def hand_over() -> None:
            ends = os.dup(to_it), os.dup(from_it)
            os.dup2(ends[0], 3)
            os.dup2(ends[1], 4)

        self._process = subprocess.Popen(
            [program, *_FLAGS, f"--user-data-dir={folder}", "about:blank"], preexec_fn=hand_over, close_fds=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(to_it)
        os.close(from_it)
        self._number, self._heard = 0, b""
        self.events: list[dict[str, Any]] = []

    def call(self, method: str, session: str = "", **parameters: Any) -> dict[str, Any]:
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters, **({"sessionId": session} if session else {})}
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while (answer := self._next()).get("id") != self._number:
            self.events.append(answer)
        assert "error" not in answer, answer
        return answer["result"]

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._heard:
            assert select.select([self._from], [], [], _PATIENCE_S)[0], "the browser does not answer"
            part = os.read(self._from, 1 << 16)
            assert part, "the browser is gone"
            self._heard += part
        raw, _, self._heard = self._heard.partition(b"\0")
        return json.loads(raw)

    def open(self, link: str, *, size_px: tuple[int, int] = (390, 844)) -> Page:
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        page = Page(self, self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"], target)
        for domain in ("Page", "Runtime", "Log"):
            page.call(f"{domain}.enable")
        page.call("Emulation.setDeviceMetricsOverride", width=size_px[0], height=size_px[1], deviceScaleFactor=1, mobile=True)
        page.call("Emulation.setTouchEmulationEnabled", enabled=True)
        page.call("Page.navigate", url=link)
        return page

    def close(self) -> None:
        try:
            self.call("Browser.close")
        finally:
            self._process.wait(_PATIENCE_S)
            os.close(self._to)
            os.close(self._from)


class Page:
    """A page as a telephone has it, with fingers."""

    def __init__(self, browser: Browser, session: str, target: str) -> None:
        self.browser, self._session, self._target = browser, session, target

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self.browser.call(method, self._session, **parameters)

    def value(self, script: str) -> Any:
        """What a script gives; None where it cannot yet."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        return None if "exceptionDetails" in answer else answer["result"].get("value")

    def until(self, script: str) -> None:
        """Wait until a script gives something true."""
        end_s = time.monotonic() + _PATIENCE_S
        while not self.value(script):
            assert time.monotonic() < end_s, f"never came true: {script}"
            time.sleep(0.01)

    def press(self, selector: str) -> None:
        """Touch the middle of an element."""
        box = f"document.querySelector({selector!r}).getBoundingClientRect()"
        at = self.value(f"(() => {{ const b = {box}; return [b.x + b.width / 2, b.y + b.height / 2] }})()")
        self.touch("touchStart", at)
        self.touch("touchEnd")

    def touch(self, kind: str, *places: tuple[float, float]) -> None:
        self.call("Input.dispatchTouchEvent", type=kind, touchPoints=[{"x": x, "y": y} for x, y in places])

    def picture(self) -> bytes:
        """A screenshot, PNG."""
        return base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])

    def faults(self) -> list[str]:
        """What scripts complained of."""
        return [
            json.dumps(event["params"])
            for event in self.browser.events
            if event.get("sessionId") == self._session and event["method"] in ("Runtime.exceptionThrown", "Log.entryAdded")
        ]

    def to_front(self) -> None:
        """Fingers are felt only by the page that is seen."""
        self.call("Page.bringToFront")

    def close(self) -> None:
        self.browser.call("Target.closeTarget", targetId=self._target)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no chromium on this machine")
    folder = Path(tempfile.mkdtemp())  # not pytest's: the browser still writes into it while it ends
    opened = Browser(program, folder)
    yield opened
    opened.close()
    shutil.rmtree(folder, ignore_errors=True)
