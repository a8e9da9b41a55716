"""Dreams that were killed or stopped go on to the same bits, and what cannot be gone on with begins anew."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from dream.folders import Done, dream_all, plan_tasks
from dream.kept import Kept
from dream.octaves import Stand, Start
from dream.settings import ClimbSettings, DreamSettings, WhereSettings, WishSettings

KEPT = Path("out.png.dreaming")
MIX = ("eyes=0.7", "gears=0.3")


@pytest.fixture
def drawn(folder: Path, gallery: Any) -> np.ndarray:
    """A picture (90, 130, 3), in in.png too, and a mask in mask.png."""
    image = Image.fromarray(gallery.draw(130, 90))
    image.save("in.png")
    image.convert("L").save("mask.png")
    return np.asarray(image)


def settings_of(weights: Path, *, motif: tuple[str, ...] = MIX, mask: bool = False, **climb: Any) -> DreamSettings:
    where = WhereSettings(mask=Path("mask.png") if mask else None)
    return DreamSettings(
        wish=WishSettings(weights=weights, motif=motif), climb=ClimbSettings(**{"octaves": 2, "steps": 6, "jitter": 4, **climb}), where=where
    )


def run(settings: DreamSettings, output: str = "out.png", *, stop_after: int = 10_000, **more: Any) -> tuple[Done, int]:
    """Dream in.png: what became of it, and how many steps were made."""
    shares: list[float] = []
    stopped: Iterator[bool] = iter([False] * stop_after + [True] * 10_000)
    tasks = plan_tasks([Path("in.png")], Path(output))
    (done,) = dream_all(tasks, settings, is_stopped=lambda: next(stopped), on_progress=lambda one: shares.append(one.done / one.total), **more)
    assert shares == sorted(shares) and len(set(shares)) == len(shares)
    return done, len(shares)


# Going on.


CLIMBS: dict[str, dict[str, Any]] = {
    "mix": {}, "mask": {"mask": True}, "one": {"motif": ("eyes",)}, "adam": {"optimiser": "adam"}, "shake": {"shake": 1.0}, "still": {"jitter": 0},
}  # fmt: skip


@pytest.mark.parametrize("large", [False, True], ids=["whole", "tiles"])
@pytest.mark.parametrize("stop_after", [3, 6, 9])
@pytest.mark.parametrize("name", CLIMBS)
def test_what_was_stopped_goes_on_to_the_same_bits(
    drawn: np.ndarray, weights: Path, monkeypatch: pytest.MonkeyPatch, name: str, stop_after: int, large: bool
) -> None:
    if large:
        monkeypatch.setattr("dream.tiles.AT_ONCE_PX", 8000)  # the first octave is small, the second is not
    settings = settings_of(weights, **CLIMBS[name])
    run(settings, "unbroken.png")
    done, _ = run(settings, stop_after=stop_after)
    assert done.is_kept and "--resume" in done.told and KEPT.is_file()
    done, n = run(settings, resume=True)
    assert done.dreamed is not None and done.dreamed.is_whole and not KEPT.exists()
    n_kept = stop_after
    if name == "adam" and not (large and stop_after > 6):  # what it remembers is not kept: it goes back to where the octave began
        n_kept = 6 if stop_after > 6 else 0
    assert n == 12 - n_kept
    assert Path("out.png").read_bytes() == Path("unbroken.png").read_bytes()


KILLED = """
import os, signal, sys
from pathlib import Path
from dream.folders import dream_all, plan_tasks
from dream.settings import DreamSettings

def look(progress):
    if progress.done / progress.total > 0.7:
        os.kill(os.getpid(), signal.SIGKILL)

settings = DreamSettings.model_validate_json(sys.argv[1])
list(dream_all(plan_tasks([Path("in.png")], Path("out.png")), settings, keep_every_s=0, on_progress=look))
"""


def test_what_was_killed_goes_on_to_the_same_bits(folder: Path, drawn: np.ndarray, weights: Path, root: Path) -> None:
    settings = settings_of(weights, steps=30)
    run(settings, "unbroken.png")
    command = [sys.executable, "-c", KILLED, settings.model_dump_json()]
    threads = str(torch.get_num_threads())  # sums are rounded by how they are shared out
    killed = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(root), "OMP_NUM_THREADS": threads}, timeout=60)
    assert killed.returncode == -signal.SIGKILL and KEPT.is_file() and not Path("out.png").exists()
    done, n = run(settings, resume=True)
    assert n < 60 and done.dreamed is not None and done.dreamed.is_whole
    assert Path("out.png").read_bytes() == Path("unbroken.png").read_bytes()
    assert {path.name for path in folder.iterdir()} == {"in.png", "mask.png", "out.png", "unbroken.png"}


def test_another_dream_begins_anew_and_so_does_what_cannot_be_read(drawn: np.ndarray, weights: Path) -> None:
    run(settings_of(weights), stop_after=9)
    assert run(settings_of(weights, seed=1), resume=True)[1] == 12
    run(settings_of(weights), stop_after=9)
    assert run(settings_of(weights))[1] == 12 and not KEPT.exists()  # it was not asked to resume
    run(settings_of(weights), stop_after=9)
    KEPT.write_bytes(KEPT.read_bytes()[:-400])
    assert run(settings_of(weights), resume=True)[1] == 12
    run(settings_of(weights), stop_after=9)
    broken = bytearray(KEPT.read_bytes())
    broken[len(broken) // 2] ^= 255
    KEPT.write_bytes(broken)
    assert run(settings_of(weights), resume=True)[1] == 12


@pytest.fixture
def stand() -> Stand:
    start = Start(0, torch.zeros(1, 3, 4, 4), torch.Generator().get_state(), 7)
    return Stand(1, 2, torch.rand(1, 3, 5, 6), torch.Generator().manual_seed(3).get_state(), 9, start)


def test_of_a_file_with_a_broken_bit_nothing_wrong_is_read(folder: Path, stand: Stand) -> None:
    kept = Kept(folder / "out.png", {"seed": 1})
    kept.keep(stand, True)
    whole, chance = kept.path.read_bytes(), np.random.default_rng(1)
    for place in range(len(whole) - 700, len(whole)):  # where the archive says what is in it
        broken = bytearray(whole)
        broken[place] ^= 1 << int(chance.integers(8))
        kept.path.write_bytes(broken)
        found = kept.read()
        assert found is None or (found.step == 2 and torch.equal(found.picture, stand.picture))


def test_it_is_kept_now_and_then(folder: Path, stand: Stand) -> None:
    now = [0.0]
    kept = Kept(folder / "out.png", {"seed": 1}, every_s=20, clock=lambda: now[0])
    kept.keep(stand, False)
    assert not kept.is_there
    now[0] = 21
    kept.keep(stand, False)
    found = kept.read()
    assert found is not None and torch.equal(found.picture, stand.picture) and torch.equal(found.chance, stand.chance)
    assert (found.octave, found.step, found.side_px, found.start.octave, found.start.side_px) == (1, 2, 9, 0, 7)
    assert Kept(folder / "out.png", {"seed": 2}).read() is None
    now[0] = 40
    kept.keep(replace(stand, step=3), False)
    assert kept.read() is not None and kept.read().step == 2  # type: ignore[union-attr]
    kept.keep(replace(stand, step=4), True)
    assert kept.read().step == 4  # type: ignore[union-attr]


def test_it_is_on_the_disk_before_it_takes_the_place_of_the_one_before(folder: Path, stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    for name in ("fsync", "replace"):
        call = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *words, name=name, call=call: (done.append(name), call(*words)))
    Kept(folder / "out.png", {"seed": 1}).keep(stand, True)
    assert done == ["fsync", "replace"]
    assert [path.name for path in folder.iterdir()] == ["out.png.dreaming"]


def test_a_place_that_refuses_does_not_end_a_dream(folder: Path, drawn: np.ndarray, weights: Path) -> None:
    KEPT.mkdir()
    done, n = run(settings_of(weights), keep_every_s=0)
    assert n == 12 and done.dreamed is not None and done.dreamed.is_whole
    done, _ = run(settings_of(weights), stop_after=3)
    assert not done.is_kept and "--resume" not in done.told
