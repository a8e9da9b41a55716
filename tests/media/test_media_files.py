"""Whole files or none, and what names, folders and globs stand for."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from media.errors import UserError
from media.files import atomic_path, expand_paths, fingerprint, write_text

FILMS = (".mp4", ".mkv")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_file_appears_only_when_whole(tmp_path: Path) -> None:
    out = tmp_path / "cut.mp4"
    with atomic_path(out) as part:
        assert part.parent == out.parent
        assert part.suffix == ".mp4"
        part.write_bytes(b"half")
        assert not out.exists()
        part.write_bytes(b"whole")
    assert out.read_bytes() == b"whole"
    assert names(tmp_path) == ["cut.mp4"]


@pytest.mark.parametrize("stop", [ValueError, KeyboardInterrupt, SystemExit])
def test_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path, stop: type[BaseException]) -> None:
    out = tmp_path / "cut.mp4"
    out.write_bytes(b"old")
    with pytest.raises(stop), atomic_path(out) as part:
        part.write_bytes(b"half")
        raise stop
    assert out.read_bytes() == b"old"
    assert names(tmp_path) == ["cut.mp4"]


def test_new_file_has_the_rights_of_a_new_file(tmp_path: Path) -> None:
    umask = os.umask(0o027)
    try:
        write_text(tmp_path / "a.txt", "a")
    finally:
        os.umask(umask)
    assert (tmp_path / "a.txt").stat().st_mode & 0o777 == 0o640


def test_text_is_utf8_with_unix_line_ends(tmp_path: Path) -> None:
    write_text(tmp_path / "a.txt", "ä\nb\n")
    assert (tmp_path / "a.txt").read_bytes() == b"\xc3\xa4\nb\n"


def test_link_is_written_through(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    target = tmp_path / "deep" / "real.txt"
    target.write_text("old")
    (tmp_path / "link.txt").symlink_to(target)
    write_text(tmp_path / "link.txt", "new")
    assert (tmp_path / "link.txt").is_symlink()
    assert target.read_text() == "new"


@pytest.mark.parametrize("stem", ["a" * 250, "長" * 83, "é" * 125])
def test_longest_names_that_a_disk_takes_are_taken(tmp_path: Path, stem: str) -> None:
    write_text(tmp_path / f"{stem}.txt", "a")
    assert names(tmp_path) == [f"{stem}.txt"]


@pytest.mark.parametrize(
    ("place", "cause"),
    [("missing/a.txt", "folder does not exist"), ("folder", "is a folder"), ("file/a.txt", "is a file"), ("pipe", "device")],
)
def test_impossible_places_are_refused_before_any_work(tmp_path: Path, place: str, cause: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("")
    os.mkfifo(tmp_path / "pipe")
    before = names(tmp_path)
    with pytest.raises(UserError, match=cause), atomic_path(tmp_path / place):
        pytest.fail("the block must not run")
    assert names(tmp_path) == before


def test_device_is_not_replaced() -> None:
    with pytest.raises(UserError, match="device"), atomic_path(Path(os.devnull)):
        pytest.fail("the block must not run")
    assert not Path(os.devnull).is_file()


def test_name_too_long_is_a_users_fault(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="too long"):
        write_text(tmp_path / ("a" * 300), "a")
    assert names(tmp_path) == []


def test_full_disk_is_told_of_the_output(tmp_path: Path) -> None:
    out = tmp_path / "a.mp4"
    with pytest.raises(UserError, match=r"a\.mp4: the disk is full"), atomic_path(out) as part:
        raise OSError(errno.ENOSPC, "No space left on device", str(part))
    with pytest.raises(UserError, match=r"a\.mp4: the disk is full"), atomic_path(out):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_missing_source_is_not_blamed_on_the_output(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"gone\.mp4: there is no such file"), atomic_path(tmp_path / "out.mp4"):
        (tmp_path / "gone.mp4").read_bytes()


def test_fingerprint_follows_the_contents_not_the_name(tmp_path: Path) -> None:
    one, same, other, longer = (tmp_path / name for name in "abcd")
    block = bytes(range(256)) * 8192  # 2 MiB: more than the sixteen blocks that are read
    one.write_bytes(block)
    same.write_bytes(block)
    other.write_bytes(block[:-1] + b"x")
    longer.write_bytes(block + b"x")
    assert fingerprint(one) == fingerprint(same)
    assert len({fingerprint(path) for path in (one, other, longer)}) == 3


def test_fingerprint_of_the_empty_and_the_missing(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    assert len(fingerprint(tmp_path / "empty")) == 32
    with pytest.raises(UserError, match="no such file"):
        fingerprint(tmp_path / "missing")
    with pytest.raises(UserError, match="folder"):
        fingerprint(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UserError, match="no plain file"):
        fingerprint(tmp_path / "pipe")


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A folder with films, other files, hidden ones, and a name that looks like a pattern."""
    for name in ("b.mp4", "a.MP4", "notes.txt", "._b.mp4", "deep/c.mkv", ".trash/old.mp4", "take [1].mp4"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"")
    return tmp_path


def test_folder_stands_for_its_films_hidden_ones_aside(shelf: Path) -> None:
    found = [path.relative_to(shelf).as_posix() for path in expand_paths([shelf], suffixes=FILMS)]
    assert found == ["a.MP4", "b.mp4", "deep/c.mkv", "take [1].mp4"]


def test_folder_named_outright_may_be_hidden(shelf: Path) -> None:
    assert expand_paths([shelf / ".trash"], suffixes=FILMS) == [shelf / ".trash" / "old.mp4"]


def test_order_given_is_kept_and_each_file_comes_once(shelf: Path) -> None:
    found = expand_paths([shelf / "deep" / "c.mkv", shelf / "*.mp4", shelf / "b.mp4"], suffixes=FILMS)
    assert [path.name for path in found] == ["c.mkv", "b.mp4", "take [1].mp4"]


def test_file_named_outright_counts_whatever_its_ending(shelf: Path) -> None:
    assert expand_paths([shelf / "notes.txt"], suffixes=FILMS) == [shelf / "notes.txt"]


def test_name_that_exists_is_no_pattern(shelf: Path) -> None:
    assert expand_paths([shelf / "take [1].mp4"], suffixes=FILMS) == [shelf / "take [1].mp4"]


def test_double_star_goes_deep(shelf: Path) -> None:
    assert shelf / "deep" / "c.mkv" in expand_paths([str(shelf / "**" / "*.mkv")], suffixes=FILMS)


@pytest.mark.parametrize("name", ["gone.mp4", "*.avi", "", "  ", "~nobody-of-this-name/a.mp4", "x" * 5000])
def test_names_that_stand_for_nothing_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError):
        expand_paths([name], suffixes=FILMS)


def test_folder_without_films_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no film or sound file"):
        expand_paths([tmp_path], suffixes=FILMS)
