"""Pictures in shared memory: the newest of them, as large as they come, whole or known not to be; where memory is short, on disk."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from live.memory import clear_away, make_room, shared_folder
from live.shared import Shared, SharedReader, SharedWriter
from media.errors import UserError

SMALL, LARGE = (4, 3), (40, 30)


def plain(value: int, size_px: tuple[int, int] = SMALL) -> np.ndarray:
    return np.full((size_px[1], size_px[0], 4), value, np.uint8)


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[SharedWriter]:
    with SharedWriter(tmp_path / "it") as writer:
        yield writer


@pytest.fixture
def reader(writer: SharedWriter) -> SharedReader:
    return SharedReader(writer.path)


def newest(reader: SharedReader) -> Shared:
    newest = reader.newest()
    assert newest is not None
    return newest


def seen(reader: SharedReader) -> tuple[int, tuple[int, int], int]:
    """The number, size and value of the newest picture."""
    shared = newest(reader)
    assert shared.is_whole and np.ptp(shared.picture) == 0
    return shared.number, (shared.picture.shape[1], shared.picture.shape[0]), int(shared.picture[0, 0, 0])


def test_the_newest_picture_comes_out_with_what_was_told_of_it(writer: SharedWriter, reader: SharedReader) -> None:
    assert reader.newest() is None
    for n in range(1, 6):
        writer.put(plain(n), time_s=n / 10, is_opaque=n % 2 == 0)
        shared = newest(reader)
        assert (shared.number, shared.time_s, shared.is_opaque) == (n, n / 10, n % 2 == 0) and seen(reader) == (n, SMALL, n)


def test_a_path_may_be_a_word(tmp_path: Path) -> None:
    with SharedWriter(str(tmp_path / "it")) as writer:
        writer.put(plain(7), time_s=0)
        assert seen(SharedReader(str(tmp_path / "it"))) == (1, SMALL, 7)
    assert not (tmp_path / "it").exists()


def test_what_is_written_over_is_known_and_the_newest_is_found_from_it(writer: SharedWriter, reader: SharedReader) -> None:
    writer.put(plain(1), time_s=0)
    first = newest(reader)
    for n in (2, 3):
        writer.put(plain(n), time_s=0)
        assert first.is_whole and int(first.picture.max()) == 1
    writer.begin(SMALL)[:2] = 4
    assert not first.is_whole
    assert first.newest().number == 3 and first.newest().is_whole
    writer.done(time_s=0)
    assert first.newest().number == 4


def test_one_made_by_hand_stays() -> None:
    still = Shared(plain(1), 5, 0.0, True)
    assert still.is_whole and still.newest() is still


def test_a_larger_picture_is_found_and_counted_on(writer: SharedWriter, reader: SharedReader) -> None:
    writer.put(plain(1), time_s=0)
    before = newest(reader)
    slot = writer.begin(LARGE)
    assert seen(reader) == (1, SMALL, 1)  # until the larger one is there
    slot[:] = 2
    writer.done(time_s=0)
    assert seen(reader) == seen(SharedReader(writer.path)) == (2, LARGE, 2)
    assert before.is_whole and int(before.picture.max()) == 1 and before.newest().number == 2
    for n, size in ((3, SMALL), (4, LARGE), (5, (30, 40)), (6, (400, 300))):
        writer.put(plain(n, size), time_s=0)
        assert seen(reader) == (n, size, n)
    assert not reader.has_ended


def test_no_more_memory_is_taken_than_its_pictures_need(tmp_path: Path) -> None:
    with SharedWriter(tmp_path / "it") as writer:
        assert (tmp_path / "it").stat().st_size < 5000
        writer.put(plain(1, LARGE), time_s=0)
        writer.put(plain(1, SMALL), time_s=0)
        assert (tmp_path / "it").stat().st_size <= 3 * 4 * LARGE[0] * LARGE[1] + 4096
        assert os.listdir(tmp_path) == ["it"]
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("sizes", [(), (SMALL,), (SMALL, LARGE)])
@pytest.mark.parametrize("looks", [False, True])
def test_readers_are_told_that_no_more_will_come(sizes: tuple[tuple[int, int], ...], looks: bool, tmp_path: Path) -> None:
    writer = SharedWriter(tmp_path / "it")
    reader = SharedReader(tmp_path / "it")
    for size in sizes:
        writer.put(plain(1, size), time_s=0)
        if looks:
            reader.newest()
        assert not reader.has_ended
    writer.begin((99, 99))  # and never done
    writer.close()
    assert reader.has_ended and os.listdir(tmp_path) == []
    assert (reader.newest() is None) == (not sizes)


def test_what_is_no_file_of_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        SharedReader(tmp_path / "nothing")
    make_room(tmp_path / "zeros", 10_000)
    with pytest.raises(UserError, match="no pictures are shared in this file"):
        SharedReader(tmp_path / "zeros")


@pytest.fixture
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Memory in which a file has no more than 10,000 bytes, and a temporary folder in which it has no more than a million."""
    if not hasattr(os, "posix_fallocate"):
        pytest.skip("there are no files in memory here")
    memory, reserve = tmp_path / "memory", os.posix_fallocate
    memory.mkdir()
    (tmp_path / "tmp").mkdir()

    def refuse(number: int, start: int, n_bytes: int) -> None:
        is_in_memory = Path(os.readlink(f"/proc/self/fd/{number}")).is_relative_to(memory)
        if n_bytes > (10_000 if is_in_memory else 1_000_000):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        reserve(number, start, n_bytes)

    monkeypatch.setattr("live.memory._MEMORY", memory)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    monkeypatch.setattr(os, "posix_fallocate", refuse)
    return memory


def files_in(folder: Path) -> list[int]:
    """The sizes of the files there are."""
    return [path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]


def test_what_memory_has_no_room_for_lies_on_disk_as_long_as_it_is_needed(memory: Path) -> None:
    disk = Path(tempfile.gettempdir())
    with shared_folder() as folder:
        assert folder.parent == memory
        with SharedWriter(folder / "it") as writer:
            reader = SharedReader(folder / "it")
            writer.put(plain(1), time_s=0)
            assert len(files_in(memory)) == 1 and files_in(disk) == []
            for n, size in ((2, LARGE), (3, (80, 60))):
                writer.put(plain(n, size), time_s=0)
                assert seen(reader) == seen(SharedReader(folder / "it")) == (n, size, n)
                assert files_in(memory) == [] and len(files_in(disk)) == 1
        assert files_in(disk) == []
        make_room(folder / "other", 20_000)
    assert os.listdir(memory) == os.listdir(disk) == []


def test_what_a_killed_program_has_left_on_disk_is_cleared_away(memory: Path) -> None:
    with shared_folder() as folder:
        make_room(folder / "it", 20_000)
        assert len(files_in(memory.parent)) == 1
        clear_away(os.getpid())
        assert files_in(memory.parent) == []


def test_a_link_of_somebody_else_is_left_alone(memory: Path, tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("mine")
    (memory / "it").symlink_to(tmp_path / "precious")
    with SharedWriter(memory / "it") as writer:
        writer.put(plain(1), time_s=0)
    assert (tmp_path / "precious").read_text() == "mine" and os.listdir(memory) == []


@pytest.mark.usefixtures("memory")
def test_no_memory_is_told_as_such_and_what_there_was_goes_on() -> None:
    with shared_folder() as folder, SharedWriter(folder / "it") as writer:
        reader = SharedReader(folder / "it")
        writer.put(plain(1), time_s=0)
        with pytest.raises(UserError, match=r"there is no memory left for 14\.4 MB.*smaller size"):
            writer.put(plain(2, (1200, 1000)), time_s=0)
        assert seen(reader) == (1, SMALL, 1)
        writer.put(plain(3), time_s=0)
        assert seen(reader) == (2, SMALL, 3)
        assert [path.name for path in folder.iterdir()] == ["it"] and files_in(Path(tempfile.gettempdir())) == []
