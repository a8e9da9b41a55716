"""Where memory is short dreams go on in tiles, and large pictures take no more of it than they must."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from PIL import Image

from dream.ascent import WHOLE_PX, Ascent
from dream.nets.motifnet import motif_net
from dream.objectives import Channel, Each, Energy, Mix, Objective, Voice
from dream.octaves import dream, resize
from dream.rows import bands, interpolate, resize_rows, to_levels
from dream.tiles import step_in_tiles
from dream.views import Jitter
from media.errors import UserError

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
    whole = interpolate(to_levels(rgb), size_px, shrinks=size_px[0] < 100 or size_px[1] < 131)
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
