"""Makes the pictures of docs/projection.md: what the program recorded of its own outputs, and photographs of its windows.

python docs/gallery_projection.py            write them into docs/pictures/
python docs/gallery_projection.py FOLDER     write them there

It needs Xvfb, ImageMagick's `import` and Chromium.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from gallery import FILM, ROOT, STILL, grid, read, write

from media.frames import frame_at
from tests.projection.mapping.conftest import Browser

CONFIGS = ROOT / "configs" / "projection"
WINDOW = (1280, 720)
MOMENTS = (4.0, 9.0, 13.0, 18.0)
HALF = (640, 360)
PORT, TOKEN = 8391, "gallery-of-walls"
KINDS = f"""
version = 1
size = "960x540"
[[layer]]
kind = "plasma"
[[layer]]
kind = "noise"
[[layer]]
kind = "gradient"
[[layer]]
kind = "text"
name = "words"
text = "light\\nafter light"
size = 0.2
[[layer]]
kind = "picture"
files = ["{STILL}"]
hue = 150
[[layer]]
kind = "film"
files = ["{FILM}"]
start = 9
saturation = 0
contrast = 1.3
"""
PHONE_PX = (390, 844)


@contextmanager
def screen(size_px: tuple[int, int]) -> Iterator[None]:
    """A display without a monitor, for as long as the block runs."""
    reader, writer = os.pipe()
    command = ["Xvfb", "-screen", "0", f"{size_px[0]}x{size_px[1]}x24", "-noreset", "-nolisten", "tcp", "-displayfd", str(writer)]
    server = subprocess.Popen(command, pass_fds=[writer], stderr=subprocess.DEVNULL)
    os.close(writer)
    try:
        os.environ["DISPLAY"] = ":" + os.read(reader, 16).decode().strip()
        yield
    finally:
        server.terminate()
        server.wait()
        os.close(reader)


def projection(*words: object, size_px: tuple[int, int] = WINDOW) -> subprocess.Popen[bytes]:
    """Begin the command."""
    command = [sys.executable, "-m", "projection", *map(str, words), "--window", f"{size_px[0]}x{size_px[1]}", "--quiet"]
    return subprocess.Popen(command, cwd=ROOT)


def recorded(path: Path, *words: object, at_s: tuple[float, ...]) -> list[np.ndarray]:
    """What an output shows at some seconds of what the program itself records."""
    ended = projection("play", *words, "--mute", "--record", path, "--for", max(at_s) + 2).wait()
    if ended:
        raise SystemExit(ended)
    return [frame_at(path, Fraction(at)).rgb() for at in at_s]


def photograph(path: Path) -> np.ndarray:
    """What the display shows, as soon as that is not black."""
    shown = np.zeros(1)
    while shown.max() < 100:
        time.sleep(0.5)
        subprocess.run(["import", "-window", "root", path], check=True)
        shown = read(path)
    return shown


def ask(command: str, **arguments: Any) -> None:
    """Have the editor do something, as a phone does."""
    body = json.dumps({"command": command, "arguments": arguments}).encode()
    headers = {"X-Token": TOKEN, "Content-Type": "application/json"}
    urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{PORT}/do", body, headers), timeout=5).close()


def surfaces_of_kinds() -> str:
    """Six surfaces, three beside one another in two rows."""
    names = ("plasma1", "noise1", "gradient1", "words", "picture1", "film1")
    told = ['version = 1\nsize = "1280x720"\n']
    for n, name in enumerate(names):
        left, top = n % 3 / 3 + 0.008, n // 3 / 2 + 0.012
        right, bottom = left + 1 / 3 - 0.016, top + 1 / 2 - 0.024
        corners = [[left, top], [right, top], [right, bottom], [left, bottom]]
        told.append(f'[[surface]]\nname = "{name}"\nshows = "{name}"\ncorners = {corners}\n')
    return "\n".join(told)


def make(folder: Path, work: Path) -> None:
    """All of them."""
    corner = recorded(work / "corner.mp4", FILM, "--surfaces", CONFIGS / "corner.toml", at_s=MOMENTS)
    write(folder / "projection-corner.webp", grid(corner, columns=2, width=560))

    write(folder / "projection-layers.webp", grid(recorded(work / "layers.mp4", CONFIGS / "layers.toml", at_s=(8.0,)), columns=1, width=960))

    (work / "kinds.toml").write_text(KINDS)
    (work / "six.toml").write_text(surfaces_of_kinds())
    kinds = recorded(work / "kinds.mp4", work / "kinds.toml", "--surfaces", work / "six.toml", at_s=(5.0,))
    write(folder / "projection-kinds.webp", grid(kinds, columns=1, width=1080))

    write(folder / "projection-edges.webp", edges(work))

    card = projection("card", "--for", 10)
    write(folder / "projection-card.webp", grid([photograph(work / "card.png")], columns=1, width=960))
    card.wait()
    make_map(folder, work)


def edges(work: Path) -> np.ndarray:
    """Two projectors' windows beside one another, and below, what their light adds up to on the wall where they overlap."""
    show = projection("play", STILL, "--surfaces", CONFIGS / "two-projectors.toml", "--mute", "--for", 20, size_px=HALF)
    photograph(work / "begun.png")
    time.sleep(5)
    shown = photograph(work / "two.png")[: HALF[1]]
    show.wait()
    left, right = (half / 255.0 for half in (shown[:, : HALF[0]], shown[:, HALF[0] :]))
    n_both = round(HALF[0] * (1 - 0.45 / 0.55))
    light = np.zeros((HALF[1], 2 * HALF[0] - n_both, 3))
    light[:, : HALF[0]] += left**2.2
    light[:, -HALF[0] :] += right**2.2
    wall = np.round(255 * np.minimum(light, 1) ** (1 / 2.2)).astype(np.uint8)
    below = np.zeros((HALF[1], 2 * HALF[0], 3), np.uint8)
    below[:, n_both // 2 : n_both // 2 + wall.shape[1]] = wall
    return grid([np.vstack([shown, below])], columns=1, width=1080)


def make_map(folder: Path, work: Path) -> None:
    """The editor over the film, and the page for phones."""
    wall = work / "wall.toml"
    shutil.copyfile(CONFIGS / "corner.toml", wall)
    editor = projection("map", wall, FILM, "--port", PORT, "--token", TOKEN)
    try:
        photograph(work / "begun.png")
        time.sleep(3)
        ask("choose", surface="right side", vertex=1)
        time.sleep(1)
        write(folder / "projection-map.webp", photograph(work / "map.png"))
        ask("help")
        time.sleep(1)
        write(folder / "projection-keys.webp", photograph(work / "keys.png"))
        ask("help")
        write(folder / "projection-phone.webp", phone(work))
    finally:
        editor.terminate()
        editor.wait()


def phone(work: Path) -> np.ndarray:
    """The page, in a browser of a phone's size."""
    program = shutil.which("chromium") or shutil.which("google-chrome") or "chromium"
    browser = Browser(program, work / "chromium")
    try:
        page = browser.open(f"http://127.0.0.1:{PORT}/?token={TOKEN}", size_px=PHONE_PX)
        time.sleep(4)
        (work / "phone.png").write_bytes(page.picture())
    finally:
        browser.close()
    return read(work / "phone.png")


if __name__ == "__main__":
    into = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures"
    into.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as made, screen(WINDOW):
        make(into, Path(made))
