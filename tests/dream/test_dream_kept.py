"""Dreams that were killed or stopped go on to the same bits, and where memory is short they go on in tiles."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from PIL import Image

from dream.ascent import Ascent
from dream.folders import Done, dream_all, plan_tasks
from dream.kept import Kept
from dream.memory import WHOLE_PX
from dream.nets.motifnet import motif_net
from dream.objectives import Channel, Each, Energy, Mix, Objective, Voice
from dream.octaves import Stand, Start, dream, resize
from dream.rows import bands, interpolate, resize_rows, to_levels
from dream.settings import ClimbSettings, DreamSettings, WhereSettings, WishSettings
from dream.tiles import step_in_tiles
from dream.views import Jitter
from media.errors import UserError

KEPT = Path("out.png.dreaming")
MIX = ("eyes=0.7", "gears=0.3")


@pytest.fixture
def drawn(folder: Path) -> np.ndarray:
    """A picture (90, 130, 3) with something to see in it, in in.png too, and a mask in mask.png."""
    rng = np.random.default_rng(3)
    small = Image.fromarray(rng.integers(30, 225, (9, 13, 3), dtype=np.uint8))
    image = small.resize((130, 90), Image.Resampling.BICUBIC)
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


def test_a_place_that_refuses_does_not_end_a_dream(folder: Path, drawn: np.ndarray, weights: Path) -> None:
    KEPT.with_name(KEPT.name + ".part").mkdir()
    done, n = run(settings_of(weights), keep_every_s=0)
    assert n == 12 and done.dreamed is not None and done.dreamed.is_whole
    done, _ = run(settings_of(weights), stop_after=3)
    assert not done.is_kept and "--resume" not in done.told


# Short of memory.


VOICE = Voice("motifs", 0)
MIXED = Mix(((1.0, Voice("motifs", 0)), (0.5, Energy("shapes"))))


class Cramped(Ascent):
    """An engine that has no room for more pixels than this."""

    room_px = 0
    fault: Exception = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    def gradient(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        self._fit(pictures)
        return super().gradient(pictures)

    def slope(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        self._fit(pictures)
        return super().slope(pictures)

    def _fit(self, pictures: torch.Tensor) -> None:
        if pictures.shape[-2] * pictures.shape[-1] > self.room_px:
            raise self.fault


@pytest.fixture
def cramped() -> Callable[..., Cramped]:
    """Makes such engines."""
    torch.manual_seed(1)
    net = motif_net(5, widths=(8, 12, 16, 24)).eval()

    def make(room_px: int, objective: Objective = VOICE, *, jitter: int = 8) -> Cramped:
        engine = Cramped(net, objective, view=Jitter(jitter), device=torch.device("cpu"), precision=torch.float32)
        engine.room_px = room_px
        return engine

    return make


@pytest.fixture
def clouds() -> torch.Tensor:
    """A picture (1, 3, 480, 640)."""
    return resize(torch.rand(1, 3, 24, 32, generator=torch.Generator().manual_seed(2)), (480, 640)).clamp(0, 1)


MPS_FAULT = RuntimeError("MPS backend out of memory (MPS allocated: 17.9 GB, max allowed: 18.1 GB).")


@pytest.mark.parametrize("fault", [Cramped.fault, MPS_FAULT], ids=["cuda", "mps"])
@pytest.mark.parametrize(("room_px", "side_px"), [(300_000, 384), (90_000, 96)])
def test_without_room_for_a_picture_it_climbs_in_tiles(
    cramped: Callable[..., Cramped], clouds: torch.Tensor, fault: Exception, room_px: int, side_px: int, caplog: pytest.LogCaptureFixture
) -> None:
    wanted, roomy, narrow = F.pad(clouds, (16,) * 4, mode="reflect"), cramped(10**9), cramped(room_px)
    for _ in range(3):
        step_in_tiles(roomy, wanted, by=0.02, tile_px=side_px)
    narrow.fault = fault
    dreamed = dream(clouds, narrow, octaves=1, scale=1.4, steps=3, step_size=0.02)
    assert torch.equal(dreamed, wanted[..., 16:-16, 16:-16])
    assert caplog.messages == ["dream: cpu: out of memory; it goes on in tiles, which takes longer."]


def test_what_fits_is_climbed_whole_and_what_comes_after_in_tiles(cramped: Callable[..., Cramped], clouds: torch.Tensor) -> None:
    engine, stands = cramped(512 * 512, MIXED), []
    dream(clouds, engine, octaves=2, scale=2, steps=2, step_size=0.02, on_step=lambda one: stands.append(one.stand.side_px))
    assert stands[:2] == [WHOLE_PX] * 2 and max(stands[2:]) < WHOLE_PX


def test_many_pictures_at_once_and_masks_climb_in_tiles_too(cramped: Callable[..., Cramped], clouds: torch.Tensor) -> None:
    both, where = torch.cat([clouds, clouds.flip(3)]), torch.zeros(1, 1, 480, 640)
    where[..., 320:] = 1
    engine = cramped(512 * 512, Each((Voice("motifs", 0), Voice("motifs", 3))))
    dreamed = dream(both, engine, octaves=1, scale=1.4, steps=2, step_size=0.02, strength=where)
    change = (dreamed - both).abs().mean((1, 2))
    assert change[:, :320].max() == 0 and change[:, 320:].mean() > 0.005


def test_without_room_for_the_smallest_tiles_it_ends_in_a_line(cramped: Callable[..., Cramped], clouds: torch.Tensor) -> None:
    with pytest.raises(UserError, match="--device cpu: there is no memory for tiles of 96 pixels either"):
        dream(clouds, cramped(1000), octaves=1, scale=1.4, steps=2, step_size=0.02)


def test_other_faults_are_not_mistaken_for_it(cramped: Callable[..., Cramped], clouds: torch.Tensor) -> None:
    engine = cramped(1000)
    engine.fault = RuntimeError("mat1 and mat2 shapes cannot be multiplied")
    with pytest.raises(RuntimeError, match="shapes"):
        dream(clouds, engine, octaves=1, scale=1.4, steps=2, step_size=0.02)


# Large pictures.


@pytest.mark.parametrize("size_px", [(300, 700), (90, 60), (77, 131), (500, 40), (100, 131)])
def test_resized_by_rows_is_resized_whole(size_px: tuple[int, int]) -> None:
    rgb = torch.randint(0, 256, (1, 3, 100, 131), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
    whole = interpolate(to_levels(rgb), size_px, is_smaller=size_px[0] < 100)
    for rows in bands(size_px[0], shrunk=10):
        assert torch.allclose(resize_rows(rgb, size_px, rows), whole[..., rows, :], atol=1e-5)


def test_large_pictures_dream_as_others_do(cramped: Callable[..., Cramped], clouds: torch.Tensor, monkeypatch: pytest.MonkeyPatch) -> None:
    rgb = (clouds * 255).to(torch.uint8)
    where = torch.linspace(0, 1, 640).expand(1, 1, 480, 640)

    def dreamed(large_px: int, picture: torch.Tensor) -> torch.Tensor:
        monkeypatch.setattr("dream.tiles.AT_ONCE_PX", large_px)
        engine = cramped(10**9, jitter=0)
        return dream(picture, engine, octaves=3, scale=1.4, steps=3, step_size=0.02, strength=where, grain=0.05)

    whole, tiled = dreamed(10**9, rgb), dreamed(100_000, rgb)
    assert torch.equal(tiled, dreamed(100_000, to_levels(rgb)))
    inner = (whole - tiled)[..., 48:-48, 48:-48].abs()  # only a whole picture has a frame
    assert inner.mean() < 0.002 < 0.02 < (whole - to_levels(rgb)).abs().mean()


def test_flat_places_are_no_danger_to_tiles(cramped: Callable[..., Cramped], clouds: torch.Tensor) -> None:
    clouds[..., :300, :400] = 0
    step_in_tiles(cramped(10**9, Channel("shapes", 3)), clouds, by=0.02, tile_px=96)
    assert clouds.isfinite().all()


@pytest.mark.slow
def test_a_very_large_picture_takes_no_more_memory_than_it_must(folder: Path, weights: Path, root: Path) -> None:
    grey = np.random.default_rng(1).integers(0, 256, (60, 80, 3), dtype=np.uint8)
    Image.fromarray(grey).resize((8000, 6000), Image.Resampling.BICUBIC).save("in.jpg")
    words = ["still", "in.jpg", "-o", "out.png", "--octaves", "2", "--steps", "1", "--weights", str(weights)]
    told = "import resource, sys; from dream.cli import main; main(sys.argv[1:]); print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    done = subprocess.run([sys.executable, "-c", told, *words], env={**os.environ, "PYTHONPATH": str(root)}, stdout=subprocess.PIPE, text=True, check=True)
    assert int(done.stdout.split()[-1]) < 2_500_000  # KB
