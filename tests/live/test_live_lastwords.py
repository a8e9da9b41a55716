"""What is to be done at the end is done though C ends the process, once, and never by an interpreter that is gone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAD = """
import ctypes, os, sys
from threading import Event, Thread
from live.lastwords import last_words
exit_in_c = ctypes.CDLL(None).exit
def speak():
    print("spoken", flush=True)
"""
ENDS = {
    "C ends it": ("with last_words(speak): exit_in_c(3)", "spoken\n", 3),
    "C ends it in another thread": ("with last_words(speak): Thread(target=exit_in_c, args=(3,)).start(); Event().wait()", "spoken\n", 3),
    "C ends it afterwards": ("with last_words(speak): pass\nexit_in_c(3)", "", 3),
    "Python ends it": ("with last_words(speak): sys.exit(4)", "", 4),
    "Python ends it beside the block": (
        "inside = Event()\ndef wait():\n    with last_words(speak): inside.set(); Event().wait()\n"
        "Thread(target=wait, daemon=True).start(); inside.wait()",
        "",
        0,
    ),
    "a child ends": ("with last_words(speak):\n    if not os.fork(): exit_in_c(5)\n    sys.exit(os.waitstatus_to_exitcode(os.wait()[1]))", "", 5),
}


@pytest.mark.skipif(sys.platform != "linux", reason="C's list of last calls can be taken back from on Linux alone")
@pytest.mark.parametrize("end", ENDS)
def test_last_words_are_spoken_only_where_nothing_else_would_be(end: str) -> None:
    code, says, status = ENDS[end]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([sys.executable, "-c", HEAD + code], capture_output=True, text=True, timeout=60, env=env)
    assert (done.stdout, done.stderr, done.returncode) == (says, "", status)
