"""The project as a whole: its programs start, its files travel, its versions are pinned, its size stays small."""

from __future__ import annotations

import fnmatch
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SCRIPTS: dict[str, str] = PROJECT["project"]["scripts"]
HEAVY = ("torch", "pygame", "cv2", "pocketsphinx", "opentimelineio")
MEGABYTE = 1_000_000


def tracked() -> list[Path]:
    """Files of the repository, those not yet added to its folders too (what lies beside these, somebody has made with it); skips where
    this is no clone."""
    kept = listed("--cached")
    tops = {name.split("/")[0] for name in kept if "/" in name}
    fresh = [name for name in listed("--others", "--exclude-standard") if name.split("/")[0] in tops]
    paths = (ROOT / name for name in [*kept, *fresh])
    return sorted(path for path in paths if path.is_file() and not path.is_symlink())


def listed(*which: str) -> list[str]:
    """Names of files as git lists them."""
    try:
        names = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-z", *which], capture_output=True, check=True, timeout=60).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git clone")
    return [name.decode() for name in names.split(b"\0") if name]


@pytest.mark.parametrize("program", SCRIPTS)
def test_program_exists(program: str) -> None:
    module, function = SCRIPTS[program].split(":")
    assert callable(getattr(import_module(module), function))


def helped(program: str, *words: str) -> tuple[str, list[str]]:
    """What a program says to `--help`, and which heavy modules it has loaded for that."""
    module, function = SCRIPTS[program].split(":")
    code = f"""
import json, sys
from importlib import import_module
sys.argv = {[program, *words, "--help"]!r}
try:
    status = getattr(import_module({module!r}), {function!r})()
except SystemExit as stop:
    status = stop.code
assert not status, status
print("\\0" + json.dumps([name for name in {HEAVY!r} if name in sys.modules]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    text, loaded = done.stdout.split("\0")
    return text, json.loads(loaded)


@pytest.mark.parametrize("program", SCRIPTS)
def test_help_answers_without_heavy_modules(program: str) -> None:
    text, loaded = helped(program)
    assert program in text
    assert "--version" in text
    assert loaded == []


@pytest.mark.parametrize("program", SCRIPTS)
def test_help_of_each_command_answers_without_heavy_modules(program: str) -> None:
    text, _ = helped(program)
    commands = commands_in(text)
    for command in commands:
        told, loaded = helped(program, command)
        assert command in told
        assert loaded == [], command


def commands_in(text: str) -> list[str]:
    """Names in the panel of commands of a help text."""
    panel = re.search(r"─ Commands ─.*?\n(.*?)╰", text, re.DOTALL)
    names = re.findall(r"^│ (\w[\w-]*)", panel[1], re.MULTILINE) if panel else []
    return [name for name in names if not name.startswith("-")]


def test_every_package_is_found_by_the_build() -> None:
    wanted = PROJECT["tool"]["setuptools"]["packages"]["find"]["include"]
    tops = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "demo", "film", "benchmarks"}
    assert tops
    assert [name for name in tops if not any(fnmatch.fnmatch(name, pattern) for pattern in wanted)] == []
    folders = {path.parent for top in tops for path in (ROOT / top).rglob("*.py")}
    assert [str(folder.relative_to(ROOT)) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_everything_in_a_package_travels_with_it() -> None:
    patterns: dict[str, list[str]] = PROJECT["tool"]["setuptools"]["package-data"]
    left_out = []
    for path in tracked():
        place = path.relative_to(ROOT)
        top = place.parts[0]
        if path.suffix == ".py" or not (ROOT / top / "__init__.py").exists():
            continue
        here = [pattern for pattern in patterns.get(top, []) if place.match(pattern.replace("**/", ""))]
        anywhere = [pattern for pattern in patterns.get("*", []) if (path.parent / "__init__.py").exists() and place.match(pattern)]
        if not here and not anywhere:
            left_out.append(str(place))
    assert left_out == []


def text_files() -> Iterator[tuple[Path, str]]:
    for path in tracked():
        try:
            yield path, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def test_no_file_names_a_place_on_one_machine() -> None:
    homes = "|".join(("home", "Users", "root", "workspace"))
    patterns = [rf"(?<![\w.~-])/(?:{homes})/\w", r"[A-Z]:\\\\?Users\\", re.escape(str(ROOT)) + r"(?![\w-])"]
    place = re.compile("|".join(patterns))
    found = [
        f"{path.relative_to(ROOT)}:{text[: match.start()].count(chr(10)) + 1}: {match[0]}"
        for path, text in text_files()
        for match in place.finditer(text)
    ]
    assert found == []


def test_repository_stays_small() -> None:
    sizes = {path: path.stat().st_size for path in tracked()}
    assert sum(sizes.values()) < 60 * MEGABYTE, sorted(sizes, key=lambda path: -sizes[path])[:5]


def test_shipped_film_stays_small(film: Path) -> None:
    assert film.stat().st_size <= 3 * MEGABYTE


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = [line for line in lines if line and not line.startswith("#")]
    assert [line for line in pinned if not re.fullmatch(r"[\w.-]+==[\w.!]+", line)] == []
    return {canonicalize_name(line.split("==")[0]): line.split("==")[1] for line in pinned}


def requirements() -> list[Requirement]:
    project = PROJECT["project"]
    extras = [line for lines in project["optional-dependencies"].values() for line in lines]
    everything = [Requirement(line) for line in (*project["dependencies"], *extras)]
    return [requirement for requirement in everything if requirement.name != project["name"]]


@pytest.mark.parametrize("requirement", requirements(), ids=lambda requirement: requirement.name)
def test_every_requirement_is_pinned_inside_its_range(requirement: Requirement) -> None:
    pinned = pins()
    name = canonicalize_name(requirement.name)
    assert name in pinned, f"constraints.txt does not pin {name}"
    assert requirement.specifier.contains(pinned[name])


def test_versions_installed_are_those_pinned() -> None:
    from importlib.metadata import distributions

    pinned = pins()
    pinned.pop("setuptools", None)  # Python's venv brings its own; the pin is for what asks for it by name
    installed = {canonicalize_name(found.metadata["Name"]): found.version.split("+")[0] for found in distributions()}
    other = {name: (pinned[name], version) for name, version in installed.items() if name in pinned and pinned[name] != version}
    if other and not (ROOT / ".venv" / ".stamp").exists():
        pytest.skip(f"this environment was not made by make: {other}")
    assert other == {}


def test_make_says_what_it_can_do() -> None:
    done = subprocess.run(["make", "--no-print-directory", "help"], capture_output=True, text=True, cwd=ROOT, check=True, timeout=60)
    assert {"demo", "test", "bench", "lint"} <= {line.split()[1] for line in done.stdout.splitlines()}
