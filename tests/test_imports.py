"""The packages stand on one another in one direction: media <- live <- the four programs <- perform."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROGRAMS = ("supercut", "video2midi", "dream", "projection")
GROUND = frozenset({"media", "configs"})
MAY_IMPORT: dict[str, frozenset[str]] = {
    "configs": frozenset({"configs"}),
    "media": GROUND,
    "live": GROUND | {"live"},
    **{program: GROUND | {"live", program} for program in PROGRAMS},
    "perform": GROUND | {"live", "perform", *PROGRAMS},
}
# Folders of scripts, which may import any package, and which no package may import.
SCRIPTS = frozenset({"benchmarks", "demo", "film", "tests"})


def imported(source: str, *, module: str) -> Iterator[tuple[int, str]]:
    """Line and full name of everything that a module imports, wherever in it, by statement or by `import_module("x")`.

    Args:
        module: dotted name of the module, ending in `.__init__` for a package's own.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(module.split(".")[: -node.level]) if node.level else ""
            start = ".".join(part for part in (base, node.module) if part)
            yield from ((node.lineno, f"{start}.{alias.name}" if start else alias.name) for alias in node.names)
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            function = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if function in ("import_module", "__import__") and isinstance(node.args[0].value, str):
                yield node.lineno, node.args[0].value


def wrong_arrows(source: str, *, module: str) -> list[str]:
    """Every import that points the wrong way, as `module:line imports name`."""
    allowed = MAY_IMPORT[module.split(".")[0]]
    known = frozenset(MAY_IMPORT) | SCRIPTS
    return [
        f"{module}:{line} imports {name}"
        for line, name in imported(source, module=module)
        if name.split(".")[0] in known and name.split(".")[0] not in allowed
    ]


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def packages() -> list[str]:
    """Folders at the top that can be imported."""
    return sorted(path.parent.name for path in ROOT.glob("*/__init__.py"))


@pytest.mark.parametrize("package", packages())
def test_no_module_points_the_wrong_way(package: str) -> None:
    found = []
    for path in modules(package):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        found += wrong_arrows(path.read_text(encoding="utf-8"), module=module)
    assert not found, "\n".join(found)


def test_every_package_has_its_place_in_the_layers() -> None:
    assert set(packages()) - SCRIPTS <= set(MAY_IMPORT)
    assert {"media", "supercut", "configs"} <= set(packages())


@pytest.mark.parametrize(
    ("module", "source", "n_wrong"),
    [
        ("media.span", "import supercut", 1),
        ("media.span", "from live.clock import Clock", 1),
        ("media.span", "def f():\n    from supercut.words import count_words", 1),
        ("media.span", "if TYPE_CHECKING:\n    import perform.show as s", 1),
        ("media.span", "import importlib\nimportlib.import_module('supercut.cli')", 1),
        ("media.span", "__import__('live')", 1),
        ("media.span", "import media.files, dream, os", 1),
        ("live.clock", "import projection", 1),
        ("supercut.words", "from video2midi import score", 1),
        ("supercut.words", "from perform.show import Show", 1),
        ("supercut.captions.__init__", "from ... import dream", 1),
        ("configs.__init__", "import media", 1),
        ("supercut.words", "import tests.conftest, demo.make", 2),
        ("supercut.words", "from . import dream\nfrom .dream import x\nimport dreamlike", 0),
        ("supercut.captions.__init__", "from .load import x\nfrom ..words import y", 0),
        ("supercut.words", "import live, media.span, configs, supercut.plan, numpy", 0),
        ("perform.show", "import dream, projection, supercut, video2midi, live, media", 0),
    ],
)
def test_wrong_arrows_are_seen(module: str, source: str, n_wrong: int) -> None:
    assert len(wrong_arrows(source, module=module)) == n_wrong
