"""Progress is drawn for a person at a terminal, and for nobody else."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

CODE = """
import sys
from media.progress import Progress, progress_bar
with progress_bar(quiet="quiet" in sys.argv) as draw:
    draw(Progress("Reading [b] take [/1].mp4", 0, 4))
    draw(Progress("Reading [b] take [/1].mp4", 2, 4))
    draw(Progress("Writing", 0, 0))
    draw(Progress("Writing", 1, 1))
print("done")
"""
ENV = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "TERM": "xterm", "COLUMNS": "120"}


def read_all(handle: int) -> str:
    """What a terminal was sent until it was closed."""
    parts = []
    while True:
        try:
            part = os.read(handle, 4096)
        except OSError:  # Linux: the other end is closed
            break
        if not part:
            break
        parts.append(part)
    return b"".join(parts).decode()


def drawn_at_terminal(*words: str) -> str:
    ours, theirs = pty.openpty()
    with subprocess.Popen([sys.executable, "-c", CODE, *words], stdout=subprocess.DEVNULL, stderr=theirs, env=ENV) as child:
        os.close(theirs)
        text = read_all(ours)
        assert child.wait(30) == 0
    os.close(ours)
    return text


def test_terminal_sees_each_stage_and_names_are_taken_as_written() -> None:
    text = drawn_at_terminal()
    assert "Reading [b] take [/1].mp4" in text
    assert "50 %" in text
    assert "Writing" in text


def test_quiet_terminal_sees_nothing() -> None:
    assert drawn_at_terminal("quiet") == ""


def test_pipe_sees_nothing() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, env=ENV, timeout=30, check=True)
    assert (done.stdout, done.stderr) == ("done\n", "")
