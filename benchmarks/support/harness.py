"""Commands and figures in; times, memory and a list of verdicts out: what every benchmark here is made of."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from venv import EnvBuilder

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / ".bench"
"""Peers' environments and made films; kept between runs."""


# A process is charged with the memory of the one that it is forked from, so a small one starts what is measured.
_LAUNCHER = """
import json, resource, subprocess, sys, time
start = time.perf_counter()
status = subprocess.call(sys.argv[2:])
took = time.perf_counter() - start
with open(sys.argv[1], "w") as told:
    json.dump([took, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss], told)
sys.exit(status)
"""


@dataclass(frozen=True)
class Figure:
    """One measured figure.

    Args:
        reach: what it should be, as written in the issue that asked for it ("<= 0.1"); "" where nothing was asked.
        holds: whether this run met it, which it does where nothing was asked; None only where a device is absent.
    """

    name: str
    value: float
    unit: str
    reach: str
    holds: bool | None
    why: str = ""


@dataclass(frozen=True)
class Run:
    """How long a process took (wall seconds) and the most memory it held (bytes)."""

    seconds: float
    peak_bytes: int


def at_most(name: str, value: float, limit: float, unit: str = "x") -> Figure:
    """A figure that must not lie above a limit."""
    return Figure(name, round(value, 4), unit, f"<= {limit:g}", value <= limit)


def at_least(name: str, value: float, limit: float, unit: str = "") -> Figure:
    """A figure that must not lie below a limit."""
    return Figure(name, round(value, 4), unit, f">= {limit:g}", value >= limit)


def told(name: str, value: float, unit: str) -> Figure:
    """A figure that nothing was asked of."""
    return Figure(name, round(value, 4), unit, "", True)


def absent(name: str, unit: str, *, reach: str = "", why: str = "no CUDA device") -> Figure:
    """A figure that only a graphics card has, where there is none."""
    return Figure(name, 0.0, unit, reach, None, why)


def timed(command: Sequence[str | Path], *, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> Run:
    """Run a command to its end.

    Raises:
        RuntimeError: it fails; the last lines that it printed are told.
    """
    told = WORK / "last-run.json"
    with (WORK / "last-run.log").open("w+b") as log:
        launch = [sys.executable, "-S", "-c", _LAUNCHER, str(told), *map(str, command)]
        status = subprocess.run(launch, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False).returncode
        if status:
            log.seek(0)
            raise RuntimeError(f"{command[0]} ended with {status}:\n{log.read().decode(errors='replace')[-2000:]}")
    seconds, peak = json.loads(told.read_text())
    return Run(seconds, peak * (1 if sys.platform == "darwin" else 1024))


def peer(name: str, *requirements: str) -> Path:
    """The folder of programs of an environment that holds a peer, made on first use."""
    folder = WORK / f"env-{name}"
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    if not (folder / ".ready").exists():
        print(f"installing {' '.join(requirements)} in an environment of its own", flush=True)
        EnvBuilder(with_pip=True, clear=True).create(folder)
        subprocess.run([programs / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements], check=True)
        (folder / ".ready").touch()
    return programs


def machine() -> str:
    """What this ran on, in a line."""
    model = platform.processor() or platform.machine()
    try:
        names = [line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
        model = names[0] if names else model
    except OSError:
        pass
    return f"{os.cpu_count()} cores of {model}{_card()}, {platform.system()}, Python {platform.python_version()}"


def _card() -> str:
    """The graphics card, with what drives it; nothing where there is none, or what was measured does not compute with torch."""
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_available():
        return ""
    return f", {torch.cuda.get_device_name()} (CUDA {torch.version.cuda}, torch {torch.__version__})"


def report(figures: Sequence[Figure], output: Path | None) -> int:
    """Print all figures, write them as JSON where asked, and return the exit status: 0 if all hold."""
    print(f"\n{machine()}")
    width = max(len(figure.name) for figure in figures)
    for figure in figures:
        print(f"{figure.name.ljust(width)}  {figure.value:10.4g} {figure.unit:4}  {figure.reach:10}  {_verdict(figure)}")
    if output:
        entries = [{key: value for key, value in asdict(figure).items() if key != "why" or value} for figure in figures]
        output.write_text(json.dumps([{**entry, "machine": machine()} for entry in entries], indent=1) + "\n")
    return 0 if all(figure.holds is not False for figure in figures) else 1


def _verdict(figure: Figure) -> str:
    if figure.holds is None:
        return f"not measured: {figure.why}"
    if not figure.reach:
        return "—"
    return "holds" if figure.holds else "MISSED"


def main(measure: Callable[[bool], Sequence[Figure]], *, about: str, argv: Sequence[str] | None = None) -> int:
    """Run a benchmark as the command line says; returns 0 if every figure was reached.

    Args:
        measure: does it; told whether it is to be quick.
        about: its docstring.
    """
    parser = argparse.ArgumentParser(description=about.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="less of everything, in under a minute")
    parser.add_argument("--json", type=Path, help="write the figures here")
    given = parser.parse_args(argv)
    WORK.mkdir(exist_ok=True)
    return report(measure(given.quick), given.json)
