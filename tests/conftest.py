"""What every test has: the shipped film, the optional media folder, fixed seeds, and no error logged in silence."""

from __future__ import annotations

import json
import logging
import os
import random
import signal
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]
SEED = 20260101

# The same examples on every machine; `--hypothesis-profile=explore` looks further.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, max_examples=2000)
settings.load_profile("steady")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="run the tests marked slow as well")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "logs_errors: the test expects errors in the log")
    _hear_signals()


def _hear_signals() -> None:
    """What nohup, or a shell's `&`, has set to be ignored would be ignored by every program that the tests begin as well."""
    for name in ("SIGINT", "SIGHUP", "SIGQUIT", "SIGTERM"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if name == "SIGINT" else signal.SIG_DFL)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("slow") and not config.getoption("--slow"):
            item.add_marker(pytest.mark.skip(reason="slow: run with --slow"))
        if item.get_closest_marker("gpu") and not _has_cuda():
            item.add_marker(pytest.mark.skip(reason="gpu: there is no CUDA device"))


@cache
def _has_cuda() -> bool:
    import torch  # only where a test is marked: it takes a second

    return torch.cuda.is_available()


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's folder."""
    return ROOT


@pytest.fixture(scope="session")
def film() -> Path:
    """The film that is shipped."""
    found = sorted((ROOT / "film").glob("*.mp4"))
    assert len(found) == 1, f"film/ must hold one film, found {[path.name for path in found]}"
    return found[0]


@pytest.fixture(scope="session")
def truth() -> dict[str, Any]:
    """Every word, breath, gap and cut of the shipped film, as its maker wrote them down."""
    found = sorted((ROOT / "film").glob("*.truth.json"))
    assert len(found) == 1, f"film/ must hold one ground truth, found {[path.name for path in found]}"
    return json.loads(found[0].read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def test_media() -> Path:
    """The folder of real-world media that TEST_MEDIA names."""
    folder = Path(os.environ.get("TEST_MEDIA") or ROOT.parent / "shared" / "media")
    if not folder.is_dir():
        pytest.skip(f"no media folder at {folder} (TEST_MEDIA names one)")
    return folder


@pytest.fixture(autouse=True)
def _fixed_seeds() -> None:
    random.seed(SEED)
    np.random.seed(SEED)


@pytest.fixture(autouse=True)
def _no_errors_logged(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    if request.node.get_closest_marker("logs_errors"):
        return
    errors = [record for when in ("setup", "call") for record in caplog.get_records(when) if record.levelno >= logging.ERROR]
    assert not errors, f"errors were logged: {[record.getMessage() for record in errors]}"
