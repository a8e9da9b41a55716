"""A program's words in, its exit status and one line out."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from cyclopts import App, Parameter
from cyclopts.validators import Number

from media.command import make_app, run_app, toolkit_version
from media.errors import NothingFound, UserError
from media.settings import FLATTEN, Seconds, Settings, flag, setting


class Look(Settings):
    glow: Annotated[float, flag("-g")] = setting(0.3, ge=0, le=1, help="Light around bright parts.")
    fade: Annotated[Seconds, flag()] = setting(Fraction(0), unit="s", help="How long it fades.")
    loud: Annotated[bool, flag("-l")] = setting(False, help="Louder.")
    start: Annotated[Seconds, flag("--from")] = setting(Fraction(0), ge=0, unit="s", help="Where it begins.")


@pytest.fixture
def calls() -> list[tuple[Path, str, Look]]:
    """What `wall` was asked."""
    return []


@pytest.fixture
def app(calls: list[tuple[Path, str, Look]]) -> App:
    """A program with two commands."""
    app = make_app("paint", "Paint a film.")

    @app.command
    def wall(
        film: Path,
        *,
        mode: Literal["plain", "wild"] = "plain",
        look: Annotated[Look, FLATTEN] = Look(),  # noqa: B008 - frozen
        status: Annotated[int, Parameter(validator=Number(gte=0, lt=200))] = 0,
    ) -> int:
        """Paint it on a wall."""
        calls.append((film, mode, look))
        return status

    @app.command
    def fail(kind: str) -> None:
        """Fail in some way."""
        faults: dict[str, BaseException] = {
            "user": UserError("film.mp4", "it is blank", "Shoot another."),
            "nothing": NothingFound("film.mp4", "no such word", "Try another."),
            "stop": KeyboardInterrupt(),
            "pipe": BrokenPipeError(),
        }
        raise faults[kind]

    return app


def said(capsys: pytest.CaptureFixture[str]) -> str:
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err
    return captured.err


def test_flags_reach_the_command(app: App, calls: list[Any]) -> None:
    assert run_app(app, ["wall", "a.mp4", "--glow", "0.5", "--fade", "250ms", "-l", "--mode", "wild"]) == 0
    assert calls == [(Path("a.mp4"), "wild", Look(glow=0.5, fade=Fraction(1, 4), loud=True))]


def test_defaults_are_those_declared(app: App, calls: list[Any]) -> None:
    run_app(app, ["wall", "a.mp4"])
    assert calls[0][2] == Look()


def test_status_is_what_the_command_returned(app: App) -> None:
    assert run_app(app, ["wall", "a.mp4", "--status", "3"]) == 3


@pytest.mark.parametrize(
    ("tokens", "says"),
    [
        (["wall", "a.mp4", "--glwo", "1"], "--glwo: there is no such flag. Did you mean --glow?"),
        (["wal", "a.mp4"], "wal: there is no such command. Did you mean wall?"),
        (["wall", "a.mp4", "--glow", "2"], "--glow must be less than or equal to 1, got 2"),
        (["wall", "a.mp4", "--status", "-1"], "command line: --status must be greater than or equal to 0, got -1."),
        (["wall", "a.mp4", "--status", "200"], "command line: --status must be less than 200, got 200."),
        (["wall", "a.mp4", "--glow", "much"], "much"),
        (["wall", "a.mp4", "--fade", "soon"], "a duration reads like"),
        (["wall", "a.mp4", "--mode", "mild"], "mild"),
        (["wall"], "command line: FILM is missing. See --help."),
        (["wall", "a.mp4", "--glow"], "--glow: its value is missing. Write it behind the flag; see --help."),
        (["wall", "a.mp4", "--mode", "-wild one"], "A value that begins with a dash is written --mode='-wild one'."),
        (["wall", "a.mp4", "--mode", "-"], "--mode: a lone dash is no file"),
        (["wall", "a.mp4", "b.mp4"], "b.mp4: there is no place for this word"),
        (["wall", "a.mp4", "--mode", "wild", "--mode", "plain"], "--mode: it is given more than once. Give it once."),
        (["wall", "a.mp4", "--glow", "nan"], "--glow must be a number, got nan."),
        (["wall", ""], "an empty word stands where a file is named"),
        (["wall", "a.mp4", "--start", "-1"], "--from must be greater than or equal to 0"),
        (["fail", "user"], "film.mp4: it is blank. Shoot another."),
    ],
)
def test_faults_of_use_are_one_line_and_status_2(app: App, capsys: pytest.CaptureFixture[str], tokens: list[str], says: str) -> None:
    assert run_app(app, tokens) == 2
    err = said(capsys)
    assert err.startswith("paint: ")
    assert err.count("\n") == 1
    assert says in err


def test_nothing_found_is_status_1(app: App, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_app(app, ["fail", "nothing"]) == 1
    assert said(capsys) == "paint: film.mp4: no such word. Try another.\n"


def test_ctrl_c_is_status_130(app: App, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_app(app, ["fail", "stop"]) == 130
    assert said(capsys).count("\n") == 1


def test_version_names_program_and_toolkit(app: App, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_app(app, ["--version"]) == 0
    assert capsys.readouterr().out.strip() == f"paint {toolkit_version()}"


def test_help_tells_each_flag_with_its_default(app: App, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_app(app, ["wall", "--help"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert re.search(r"--glow.*Light around bright parts\..*0\.3", text)
    assert "--no-loud" not in text
    assert re.search(r"--fade SECONDS How long it fades\. \[default: 0\]", text)
    assert re.search(r"--mode .*\[default: plain\]", text)
    assert not re.search(r"default: (False|None|\(\)|\"\"|)\]", text)


def run_python(code: str, **more: Any) -> subprocess.Popen[str]:
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more}
    return subprocess.Popen([sys.executable, "-c", code], text=True, env=env, **pipes)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGQUIT"])
def test_polite_kill_unwinds_and_cleans_up(tmp_path: Path, name: str) -> None:
    if not hasattr(signal, name):
        pytest.skip(f"no {name} on this system")
    code = f"""
import sys, time
from pathlib import Path
from media.command import make_app, run_app
from media.files import atomic_path
app = make_app("paint", "x")
@app.default
def work():
    with atomic_path(Path({str(tmp_path / "out.mp4")!r})) as part:
        part.write_bytes(b"half"); print("ready", flush=True); time.sleep(60)
sys.exit(run_app(app, []))
"""
    with run_python(code) as child:
        assert child.stdout is not None and child.stderr is not None
        assert child.stdout.readline() == "ready\n"
        child.send_signal(getattr(signal, name))
        err = child.stderr.read()
        assert child.wait(30) == 130
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_reader_that_goes_away_is_no_fault() -> None:
    code = """
import sys
from media.command import make_app, run_app
app = make_app("paint", "x")
@app.default
def work():
    for n in range(100000): print(n)
sys.exit(run_app(app, []))
"""
    with run_python(code) as child:
        assert child.stdout is not None and child.stderr is not None
        child.stdout.readline()
        child.stdout.close()
        err = child.stderr.read()
        assert child.wait(30) == 0
    assert err == ""


@pytest.mark.parametrize(("stream", "status"), [("stdout", 0), ("stderr", 2)])
def test_a_stream_that_was_closed_is_no_fault(stream: str, status: int) -> None:
    code = f"""
import sys
from pathlib import Path
sys.{stream} = None  # as Python has it where it was started with the stream closed
from media.command import make_app, run_app
from media.errors import UserError
app = make_app("paint", "x")
@app.default
def work():
    print("done")
    if {status}: raise UserError("film.mp4", "it is blank")
sys.exit(run_app(app, []))
"""
    with run_python(code) as child:
        assert child.stderr is not None
        err = child.stderr.read()
        assert child.wait(30) == status
    assert err == ""


def test_help_whose_reader_goes_away_is_no_fault() -> None:
    code = """
import sys
from media.command import make_app, run_app
app = make_app("paint", "x" * 500_000)
@app.default
def work(): pass
sys.exit(run_app(app, ["--help"]))
"""
    with run_python(code) as child:
        assert child.stdout is not None
        child.stdout.read(1)
        child.stdout.close()
        assert child.wait(30) == 0


def test_flag_of_a_setting_may_have_a_switch_off() -> None:
    app = make_app("paint", "x")
    got = []

    @app.default
    def work(*, wet: Annotated[bool, flag(negative="--dry")] = True, dry_run: Annotated[bool, Parameter(negative="")] = False) -> None:
        got.append((wet, dry_run))

    assert run_app(app, ["--dry"]) == 0
    assert got == [(False, False)]


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="no SIGHUP on this system")
def test_a_signal_that_is_ignored_stays_ignored(app: App) -> None:
    """As nohup asks."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        run_app(app, ["wall", "a.mp4"])
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
