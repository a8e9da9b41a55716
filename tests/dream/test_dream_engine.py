"""The engine: every objective rises, the same seed gives the same picture, and tiles climb as the whole does."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from dream.ascent import Ascent, fair_pulls
from dream.gradient import Direction
from dream.nets.fold import fold_norms
from dream.nets.motifnet import motif_net
from dream.nets.reach import reach_of
from dream.nets.staged import Staged
from dream.objectives import Channel, Each, Energy, Guide, Mix, Neuron, Objective, Voice, guide_of
from dream.octaves import dream, plan_octaves, resize, to_rgb, to_tensor
from dream.optimisers import Adam, Steepest
from dream.recorded import Recorded, Thought
from dream.spaces import Levels, Waves
from dream.tiles import _move, boxes, step_in_tiles
from dream.views import Jitter, Several, Shake
from media.errors import UserError

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def net() -> Staged:
    torch.manual_seed(1)
    return motif_net(5, widths=(8, 12, 16, 24)).eval()


@pytest.fixture
def picture() -> torch.Tensor:
    generator = torch.Generator().manual_seed(2)
    return resize(torch.rand(1, 3, 12, 16, generator=generator), (96, 128)).clamp(0, 1)


def ascent(net: Staged, objective: Objective, *, jitter: int = 0, seed: int = 0, **more: object) -> Ascent:
    return Ascent(net, objective, view=Jitter(jitter), device=CPU, precision=torch.float32, seed=seed, **more)  # type: ignore[arg-type]


GUIDE = Guide("shapes", guide_of(torch.randn(1, 16, 6, 8, generator=torch.Generator().manual_seed(3))))
OBJECTIVES = [
    Energy("things"),
    Channel("shapes", 3),
    Neuron("things", 5),
    Voice("motifs", 2),
    GUIDE,
    Mix(((1.0, Voice("motifs", 0)), (0.5, Energy("shapes")))),
    Mix(((-1.0, Channel("strokes", 1)),)),
]


WAYS = {
    "bare": (Direction(Levels(1)), Steepest),
    "coarse": (Direction(Levels(3)), Steepest),
    "even": (Direction(Levels(4, even=True)), Steepest),
    "waves": (Direction(Waves()), Steepest),
    "photographic": (Direction(Levels(3), photographic=True), Steepest),
    "adam": (Direction(Levels(1)), Adam),
    "lucid": (Direction(Waves(1.0), photographic=True), Adam),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("objective", OBJECTIVES, ids=lambda one: type(one).__name__)
def test_every_objective_rises(net: Staged, picture: torch.Tensor, objective: Objective, way: str) -> None:
    direction, optimiser = WAYS[way]
    climbing = ascent(net, objective, direction=direction, optimiser=optimiser)
    before = float(climbing.gradient(picture)[0])
    for _ in range(3):
        climbing.step(picture, by=0.01)
    assert float(climbing.gradient(picture)[0]) > before


def test_side_by_side_each_climbs_for_itself(net: Staged, picture: torch.Tensor) -> None:
    parts = (Voice("motifs", 0), Voice("motifs", 3))
    both = picture.repeat(2, 1, 1, 1)
    ascent(net, Each(parts)).step(both, by=0.02)
    for n, part in enumerate(parts):
        alone = picture.clone()
        ascent(net, part).step(alone, by=0.02)
        assert torch.allclose(both[n : n + 1], alone, atol=1e-5)


def test_the_same_seed_dreams_the_same_and_another_does_not(net: Staged, picture: torch.Tensor) -> None:
    def dreamed(seed: int) -> torch.Tensor:
        return dream(picture, ascent(net, Energy("things"), jitter=8, seed=seed), octaves=2, scale=1.4, steps=3, step_size=0.02, grain=0.05)

    assert torch.equal(dreamed(1), dreamed(1))
    assert not torch.equal(dreamed(1), dreamed(2))


def test_the_picture_and_the_network_are_left_as_they_are(net: Staged, picture: torch.Tensor) -> None:
    kept, weights = picture.clone(), {name: value.clone() for name, value in net.state_dict().items()}
    dream(picture, Ascent(net, Energy("things"), device=CPU), octaves=1, scale=1.4, steps=2, step_size=0.05)
    assert torch.equal(picture, kept)
    assert all(torch.equal(value, weights[name]) and value.dtype == weights[name].dtype for name, value in net.state_dict().items())


def test_only_where_it_is_wished(net: Staged, picture: torch.Tensor) -> None:
    where = torch.zeros(1, 1, 96, 128)
    where[..., :64] = 1
    dreamed = dream(picture, ascent(net, Energy("shapes")), octaves=1, scale=1.4, steps=3, step_size=0.05, strength=where)
    assert torch.equal(dreamed[..., 64:], picture[..., 64:])
    assert (dreamed[..., :64] - picture[..., :64]).abs().mean() > 0.01


@pytest.mark.parametrize("direction", [Direction(Levels(1)), Direction(Levels(3)), Direction(Levels(4, even=True))], ids=["bare", "coarse", "even"])
def test_tiles_climb_as_the_whole_does(net: Staged, direction: Direction) -> None:
    generator = torch.Generator().manual_seed(4)
    picture = resize(torch.rand(1, 3, 24, 40, generator=generator), (448, 640)).clamp(0, 1)
    whole, tiled = picture.clone(), picture.clone()
    climbing = ascent(net, Voice("motifs", 1), direction=direction)
    climbing.step(whole, by=0.02)
    step_in_tiles(climbing, tiled, by=0.02, tile_px=192)
    assert (whole - tiled)[..., 32:-32, 32:-32].abs().max() < 2e-3
    assert (whole - picture).abs().mean() > 0.01


@pytest.mark.parametrize("shift", [(0, 0), (5, 7), (31, 1)])
def test_tiles_cover_every_pixel_once(shift: tuple[int, int]) -> None:
    seen = torch.zeros(70, 45)
    for box in boxes((70, 45), 32, shift):
        box.of(seen).add_(1)
    assert (seen == 1).all()


def test_a_mix_pulls_by_its_weights(net: Staged, picture: torch.Tensor) -> None:
    parts = ((1.0, Voice("motifs", 0)), (0.25, Energy("edges")))
    climbing = ascent(net, Mix(parts))
    climbing.balance(picture)
    pulls = [float(ascent(net, Mix((part,))).gradient(picture)[1].norm()) for part in climbing._objective.parts]  # type: ignore[attr-defined]
    assert pulls[1] == pytest.approx(0.25 * pulls[0], rel=1e-3)


def test_norms_are_folded_without_a_change(net: Staged, picture: torch.Tensor) -> None:
    torch.manual_seed(5)
    learnt = motif_net(3, widths=(8, 12, 16, 24)).train()
    learnt(torch.rand(4, 3, 64, 64), ("motifs",))
    learnt.eval()
    before = learnt(picture, ("motifs",))["motifs"]
    after = fold_norms(learnt)(picture, ("motifs",))["motifs"]
    assert torch.allclose(before, after, atol=1e-4)
    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in learnt.modules())


def test_octaves_grow_to_the_picture_and_none_is_too_small() -> None:
    sizes = [octave.size_px for octave in plan_octaves((400, 600), count=4, scale=2)]
    assert sizes == [(50, 75), (100, 150), (200, 300), (400, 600)]
    assert [octave.size_px for octave in plan_octaves((40, 600), count=4, scale=2)] == [(40, 600)]


def test_pictures_survive_the_way_there_and_back() -> None:
    rgb = torch.randint(0, 256, (7, 9, 3), dtype=torch.uint8)
    assert torch.equal(to_rgb(to_tensor(rgb)), rgb)


def test_what_is_done_often_is_recorded_and_comes_to_the_same(net: Staged, picture: torch.Tensor) -> None:
    recorded: list[tuple[int, ...]] = []

    def record(think: Thought, seen: torch.Tensor) -> Thought:
        recorded.append(tuple(seen.shape))
        shown = seen.clone()
        think(shown)

        def replay(seen: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            shown.copy_(seen)  # as a graph does: it fails where the memory itself wants a gradient
            return think(shown)

        return replay

    plain, played = (ascent(net, Voice("motifs", 1)) for _ in range(2))
    played._recorded = Recorded(record=record)
    for size in ((96, 128), (48, 64)):
        small = resize(picture, size)
        for _ in range(6):
            assert all(torch.equal(*both) for both in zip(plain.gradient(small), played.gradient(small), strict=True))
    assert recorded == [(1, 3, 96, 128), (1, 3, 48, 64)]


def test_what_cannot_be_recorded_is_done_anew(net: Staged, picture: torch.Tensor) -> None:
    asked: list[torch.Size] = []

    def refuse(think: Thought, seen: torch.Tensor) -> Thought:
        asked.append(seen.shape)
        raise RuntimeError("operation not permitted when stream is capturing")

    climbing = ascent(net, Energy("things"))
    climbing._recorded = Recorded(record=refuse)
    for shown in (picture, resize(picture, (48, 64))):
        assert len({float(climbing.gradient(shown)[0]) for _ in range(8)}) == 1
    assert asked == [picture.shape]  # once: it takes as long as doing it


@pytest.mark.parametrize("size_px", [(32, 48), (33, 47)], ids=["even", "odd"])
def test_waves_find_their_way_back(size_px: tuple[int, int]) -> None:
    picture = torch.randn(2, 3, *size_px, generator=torch.Generator().manual_seed(6))
    assert torch.allclose(Waves(0.0).join(Waves(0.0).split(picture), size_px), picture, atol=1e-5)


def test_waves_push_what_is_coarse() -> None:
    grey = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(7))
    spread = {decay: Direction(Waves(decay))(grey) for decay in (0.0, 1.0)}
    steps = {decay: (found[..., 1:] - found[..., :-1]).square().mean() for decay, found in spread.items()}
    assert steps[1.0] < steps[0.0] / 4


def test_photographic_colours_keep_to_light() -> None:
    gradient = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(8))
    hue = {way: (found - found.mean(1, keepdim=True)).square().mean() for way in (False, True) for found in [Direction(photographic=way)(gradient)]}
    assert hue[True] < hue[False] / 4


def test_a_shaken_picture_is_turned_and_scaled_about_its_middle(picture: torch.Tensor) -> None:
    generator = torch.Generator().manual_seed(9)
    assert torch.allclose(Shake(0, 0)(picture, generator), picture, atol=1e-4)
    shaken = Shake(20, 0.2)(picture, generator)
    middle = np.s_[..., 46:50, 62:66]
    assert (shaken - picture).abs().mean() > 5 * (shaken - picture)[middle].abs().mean() > 0
    assert Several((Jitter(0), Shake(1, 0))).moves
    assert not Several((Jitter(0), Shake(0, 0))).moves


def test_a_part_that_is_silent_does_not_shout_when_it_wakes() -> None:
    assert fair_pulls([2.0, 0.0, 0.5, float("inf")]) == [4.0, 4.0, 1.0, 4.0]
    assert all(fair_pulls([0.0, 0.0]))


@pytest.mark.parametrize("size_px", [(1300, 2050), (2062, 1300)])
@pytest.mark.parametrize("n_levels", [3, 8])
def test_pictures_of_any_size_fall_into_pieces(size_px: tuple[int, int], n_levels: int) -> None:
    gradient = torch.randn(1, 3, *size_px, generator=torch.Generator().manual_seed(10))
    direction, pieces, whole = Direction(Levels(n_levels)), torch.zeros(1, 3, *size_px), torch.zeros(1, 3, *size_px)
    pieces += 0.5
    whole += 0.5
    whole += 0.01 * direction(gradient)
    _move(pieces, gradient, gradient.mean((2, 3), keepdim=True), direction, by=0.01)
    assert (pieces - whole).abs().max() < 1e-4


def test_a_neuron_is_not_dreamed_in_tiles(net: Staged) -> None:
    engine = ascent(net, Mix(((1.0, Voice("motifs", 0)), (1.0, Neuron("things", 5)))))
    with pytest.raises(UserError, match="--neuron"):
        dream(torch.zeros(1, 3, 1300, 2050, dtype=torch.uint8), engine, octaves=1, scale=1.4, steps=1, step_size=0.01)


def test_deeper_layers_look_farther_about(net: Staged) -> None:
    reaches = [reach_of(net.cut_after((layer,)), (layer,)) for layer in net.layers]
    assert reaches == sorted(reaches) and reaches[0] <= 32 < reaches[-1]
