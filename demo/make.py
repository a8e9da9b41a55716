"""The shipped film goes in; a finished piece and a page that shows it come out, made by the commands that the page tells.

    python demo/make.py [--out demo-out]

Every part is an entry in PARTS: its words on the page, the commands that make it, and the files that it shows. The
commands are run as they are written, `supercut` standing for this Python's; the path of the page is printed last.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from page import Page, Part, Piece, render_page

ROOT = Path(__file__).resolve().parents[1]
WORDS = ("again", "begin", "cut", "dream", "light", "time", "window")

PARTS = (
    Part(
        title="Supercut",
        sentence="Seven words that the film keeps coming back to, cut out wherever they are said and laid side by side.",
        commands=(
            f"supercut cut {{film}} -t word {' '.join(f'-s {word}' for word in WORDS)} --order alphabetical -p 80ms --captions -o {{out}}/supercut.mp4",
        ),
        pieces=(Piece("supercut.mp4", captions="supercut.vtt"),),
    ),
    Part(
        title="Stretched",
        sentence="Two seconds of that, four times as long, with pictures in between that nobody drew; nervous, and cropped for a long wall.",
        commands=("supercut stretch {out}/supercut.mp4 --look lavigne-strip --from 3.2 --to 5.2 --size 1280x320 -o {out}/strip.mp4",),
        pieces=(Piece("strip.mp4", look="strip"),),
    ),
    Part(
        title="Words",
        sentence="What the film says most, each word rising from the frame in which it is said.",
        commands=("supercut words {film} --without english --picture {out}/words.png",),
        pieces=(Piece("words.png"),),
    ),
    Part(
        title="Scored",
        sentence="The strip again, heard: its light, its movement, its cuts and its colours played by four instruments and written down.",
        commands=("video2midi {out}/strip.mp4 -o {out}/strip.mid --roll {out}/strip-roll.png --proof {out}/strip-scored.mp4",),
        pieces=(Piece("strip-scored.mp4"), Piece("strip-roll.png")),
    ),
    Part(
        title="Dreamed",
        sentence="The film as a network dreams it that knows nothing but forty-one motifs, each voice of the film's own score striking one.",
        commands=(
            "video2midi {film} -o {out}/film.mid",
            "dream video {film} --from 37.6 --for 3 --midi {out}/film.mid --size 320x180 -o {out}/dream.mp4",
        ),
        pieces=(Piece("dream.mp4"),),
    ),
)


@dataclass(frozen=True)
class Made:
    """A part with the commands as they were run and the seconds that they took."""

    part: Part
    commands: tuple[str, ...]
    took_s: float


class PartError(Exception):
    """A command of a part ended badly; says which and why in one line."""


def main(argv: Sequence[str] | None = None) -> int:
    """Make the demo; returns the exit status."""
    parser = argparse.ArgumentParser(prog="demo/make.py", description="Make a finished piece from the shipped film, and a page that shows it.")
    parser.add_argument("--out", type=Path, default=Path("demo-out"), help="folder for the piece and its page (default: demo-out)")
    out = parser.parse_args(argv).out
    film = next(iter(sorted((ROOT / "film").glob("*.mp4"))), None)
    if film is None:
        print("demo: there is no film in film/.", file=sys.stderr)
        return 2
    try:
        path = make_demo(film, out)
    except (PartError, OSError) as fault:
        print(f"demo: {fault}", file=sys.stderr)
        return 1
    print(path)
    return 0


def make_demo(film: Path, out: Path) -> Path:
    """Make every part and the page; returns the page's path.

    Raises:
        PartError: a command ended badly.
        OSError: the folder cannot be written.
    """
    out.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(film, out / film.name)
    made = [make_part(part, film, out) for part in PARTS]
    page = Page(
        film=Piece(film.name),
        title=film.stem,
        parts=tuple(replace(one.part, commands=one.commands, took_s=one.took_s) for one in made),
        took_s=sum(one.took_s for one in made),
    )
    path = out / "index.html"
    render_page(page, out)
    return path


def make_part(part: Part, film: Path, out: Path) -> Made:
    """Run the commands of a part and say how it went, in one line."""
    commands = tuple(command.format(film=_told_path(film), out=_told_path(out)) for command in part.commands)
    began = time.perf_counter()
    for command in commands:
        run(command)
    took_s = time.perf_counter() - began
    files = ", ".join(f"{_told_path(out / piece.file)} ({(out / piece.file).stat().st_size / 1e6:.1f} MB)" for piece in part.pieces)
    print(f"{part.title:<12}{took_s:5.1f} s  {files}", flush=True)
    return Made(part, commands, took_s)


def run(command: str) -> None:
    """Run one of our programs as its command line says.

    Raises:
        PartError: it ended badly.
    """
    program, *words = shlex.split(command)
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])}
    done = subprocess.run([sys.executable, "-m", program, *words], capture_output=True, text=True, env=env, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise PartError(f"{command}\n  {said[-1] if said else f'ended with {done.returncode}'}")


def _told_path(path: Path) -> str:
    """A path as a person in this folder would write it, fit for a shell."""
    relative = os.path.relpath(path)
    return shlex.quote(str(path) if relative.startswith("..") else Path(relative).as_posix())


if __name__ == "__main__":
    sys.exit(main())
