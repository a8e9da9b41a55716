"""Faults are told in one line, and names that were meant are guessed."""

from __future__ import annotations

import errno
import pickle
from pathlib import Path

import pytest

from media.errors import NothingFound, UserError, did_you_mean, from_os_error


def test_line_is_where_what_remedy() -> None:
    assert str(UserError("a.srt:12", "this is no time stamp, got '1:2'", "Write it as 00:01:02,000.")) == (
        "a.srt:12: this is no time stamp, got '1:2'. Write it as 00:01:02,000."
    )


def test_line_without_remedy_ends_with_one_full_stop() -> None:
    assert str(UserError("a.srt", "it is empty.")) == "a.srt: it is empty."
    assert str(UserError("a.srt", "is it empty?", "Look.")) == "a.srt: is it empty? Look."


def test_line_is_one_line_whatever_the_cause_says() -> None:
    assert "\n" not in str(UserError("a\nb", "broken\n\tin two", "Mend\r\nit."))


def test_errors_cross_process_borders_unharmed() -> None:
    error = pickle.loads(pickle.dumps(NothingFound(Path("film.mp4"), "no hit", "Search wider.")))
    assert isinstance(error, NothingFound)
    assert str(error) == "film.mp4: no hit. Search wider."
    assert error.exit_code == 1


def test_faults_and_findings_end_differently() -> None:
    assert (UserError.exit_code, NothingFound.exit_code) == (2, 1)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("sentense", "Did you mean sentence?"),
        ("SENTENCE", "Did you mean sentence?"),
        ("xq", "Choose from: Mash, sentence, word."),
        ("mash", "Did you mean Mash?"),
    ],
)
def test_did_you_mean_names_the_nearest_or_all(name: str, sentence: str) -> None:
    assert did_you_mean(name, ["word", "sentence", "Mash"]) == sentence


def test_did_you_mean_has_nothing_to_say_of_nothing() -> None:
    assert did_you_mean("x", []) == ""


@pytest.mark.parametrize(
    ("number", "cause", "remedy"),
    [
        (errno.ENOSPC, "disk is full", "Make room"),
        (errno.EROFS, "read-only", "another folder"),
        (errno.ENOENT, "no such file", "path"),
        (errno.EIO, "put/output", "Check"),
    ],
)
def test_refusals_of_the_system_name_cause_and_remedy(number: int, cause: str, remedy: str) -> None:
    import os

    line = str(from_os_error(Path("out.mp4"), OSError(number, os.strerror(number))))
    assert line.startswith("out.mp4: ")
    assert cause in line
    assert remedy in line
