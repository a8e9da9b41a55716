"""The store of pictures: drawn ahead, kept for the next run, and told of whatever goes wrong with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dream.train.sources import Named, Pictures, motifs_in
from dream.train.store import PictureStore
from media.errors import UserError
from media.progress import Progress


def test_pictures_are_drawn_ahead_and_kept_for_the_next_run(school: Any, tmp_path: Path) -> None:
    source = Pictures(0, 24, school.names)
    numbers = np.array([5, 9, 6])
    with PictureStore(source, tmp_path, n_slots=16, n_workers=2) as store:
        store.allow(0, 10)
        pictures, labels = store.take(numbers)
    assert all(np.array_equal(picture, source.draw(int(number))) for picture, number in zip(pictures, numbers, strict=True))
    assert labels.tolist() == [source.label(int(number)) for number in numbers]
    with PictureStore(source, tmp_path, n_slots=16, n_workers=1) as store:
        assert np.array_equal(store._numbers[numbers % 16], numbers)  # there before any worker draws
        with pytest.raises(ValueError, match="cannot hold"):
            store.allow(0, 16)
    with pytest.raises(ValueError, match="at least one process"):
        PictureStore(source, tmp_path, n_slots=16, n_workers=0)


def test_what_another_source_has_drawn_is_not_taken(school: Any, tmp_path: Path) -> None:
    school.write_pictures(tmp_path / "own" / "lace")
    own = motifs_in(tmp_path / "own")
    renamed = (Named("rust", own[0].files),)
    numbers = np.arange(8)
    for source in (Pictures(0, 24, school.names), Pictures(1, 24, school.names), Pictures(1, 32, school.names), Pictures(1, 24, own), Pictures(1, 24, renamed)):
        with PictureStore(source, tmp_path / "drawn", n_slots=16, n_workers=1) as store:
            assert (store._numbers < 0).all()
            store.allow(0, 10)
            pictures, _ = store.take(numbers)
        assert np.array_equal(pictures, [source.draw(int(number)) for number in numbers])
        assert len(list((tmp_path / "drawn").iterdir())) == 2  # the others' are removed


def test_a_picture_that_goes_away_meanwhile_is_told(school: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    lace = school.write_pictures(tmp_path / "own" / "lace")
    source = Pictures(0, 24, motifs_in(tmp_path / "own"))
    with PictureStore(source, tmp_path / "drawn", n_slots=64, n_workers=1) as store:
        (lace / "1.png").unlink()
        store.allow(0, 40)
        with pytest.raises(UserError, match=r"1\.png: there is no such file"):
            store.take(np.arange(40))
    assert not capfd.readouterr().err


def test_pictures_that_there_is_no_room_for_are_told_before_any_is_drawn(school: Any, tmp_path: Path) -> None:
    source = Pictures(0, 24, school.names)
    with school.no_file_above(20_000), pytest.raises(UserError, match=rf"{tmp_path}: the file grew past"):
        PictureStore(source, tmp_path, n_slots=16, n_workers=1)
    assert not list(tmp_path.glob("pictures*"))  # nor is the disk left full
    with PictureStore(source, tmp_path, n_slots=16, n_workers=1) as store:
        (pixels,) = tmp_path.glob("pictures*")
        assert pixels.stat().st_size == 16 * 24 * 24 * 3 <= 512 * pixels.stat().st_blocks  # no holes, which cannot be filled later
        store.allow(0, 3)
        store.take(np.arange(3))
    pixels.unlink()
    assert (PictureStore(source, tmp_path, n_slots=16, n_workers=1)._numbers < 0).all()


def test_a_process_that_is_killed_is_told(school: Any, tmp_path: Path) -> None:
    with PictureStore(Pictures(0, 24, school.names), tmp_path, n_slots=64, n_workers=1) as store:
        store._workers[0].kill()
        with pytest.raises(UserError, match=r"a process that draws pictures was killed \(Killed\)"):
            store.take(np.arange(3))


def test_the_wait_for_pictures_is_told(school: Any, tmp_path: Path) -> None:
    told: list[Progress] = []
    with PictureStore(Pictures(0, 24, school.names), tmp_path, n_slots=64, n_workers=1) as store:
        store.allow(0, 40)
        store.take(np.arange(40), on_progress=told.append)
    shares = [progress.done / progress.total for progress in told]
    assert len(shares) > 1 and shares == sorted(shares) and shares[0] < 1 and shares[-1] == 1
