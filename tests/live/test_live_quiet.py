"""C libraries are silenced where they would chatter, and none of them is loaded before it is needed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from live.quiet import quiet_stderr

HEAVY = ("torch", "pygame", "cv2", "av", "mido", "rtmidi")


def test_nothing_gets_out_past_python_either(capfd: pytest.CaptureFixture[str]) -> None:
    print("before", file=sys.stderr)
    with pytest.raises(ZeroDivisionError), quiet_stderr():
        os.write(2, b"ALSA lib seq_hw.c:466: open /dev/snd/seq failed\n")
        raise ZeroDivisionError
    print("after", file=sys.stderr)
    assert capfd.readouterr().err == "before\nafter\n"


def test_a_program_without_stderr_is_no_trouble() -> None:
    code = "import os; os.close(2)\nfrom live.quiet import quiet_stderr\nwith quiet_stderr(): print('went on')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "went on\n"


def test_importing_devices_loads_no_device_library(root: Path) -> None:
    modules = sorted(f"live.{path.stem}" for path in (root / "live").glob("*.py") if path.stem != "__init__")
    assert len(modules) > 8
    code = f"import sys, {', '.join(modules)}\nprint([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True, cwd=root)
    assert done.stdout == "[]\n"
