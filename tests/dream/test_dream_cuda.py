"""On a graphics card: recordings say what would be said anew, mixes stay finite, and where memory ends dreams go on."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch

from dream.ascent import WHOLE_PX, Ascent
from dream.device import best_precision, device_named
from dream.nets.catalog import open_net
from dream.nets.motifnet import motif_net
from dream.nets.staged import Staged
from dream.objectives import Channel, Each, Energy, Guide, Mix, Neuron, Objective, Voice, guide_of
from dream.octaves import dream, resize
from dream.pictures import Picture
from dream.settings import ClimbSettings, DreamSettings, WishSettings
from dream.stills import dream_picture
from dream.views import Jitter

pytestmark = pytest.mark.gpu

GUIDE = Guide("shapes", guide_of(torch.randn(1, 16, 6, 8, generator=torch.Generator().manual_seed(3))))
SILENT = Guide("shapes", torch.zeros(4, 16))
OBJECTIVES: dict[str, Objective] = {
    "energy": Energy("things"),
    "channel": Channel("shapes", 3),
    "neuron": Neuron("things", 5),
    "voice": Voice("motifs", 2),
    "guide": GUIDE,
    "mix": Mix(((1.0, Voice("motifs", 0)), (-0.5, Energy("shapes")))),
    "mix with a guide": Mix(((1.0, GUIDE), (0.5, Channel("strokes", 1)))),
    "each": Each((Voice("motifs", 0), GUIDE, Voice("motifs", 3))),
}
OFTEN = 8
"""Times after which everything that can be recorded is."""


@pytest.fixture(scope="module")
def net() -> Staged:
    torch.manual_seed(1)
    return motif_net(5, widths=(8, 12, 16, 24)).eval()


def engine(net: Staged, objective: Objective, *, precision: torch.dtype | None = None, is_recorded: bool = True) -> Ascent:
    made = Ascent(net, objective, view=Jitter(0), device=device_named("cuda"), precision=precision)
    if not is_recorded:
        made._recorded = None
    return made


def clouds(seed: int, *, n: int = 1, size_px: tuple[int, int] = (96, 128)) -> torch.Tensor:
    """Pictures on the graphics card."""
    small = torch.rand(n, 3, 12, 16, generator=torch.Generator().manual_seed(seed))
    return resize(small, size_px).clamp(0, 1).to("cuda")


def differ_by(found: torch.Tensor, wanted: torch.Tensor) -> float:
    """How far one is from the other, in parts of its length; not a number where one of them is not."""
    return float((found.float() - wanted.float()).norm() / wanted.float().norm().clamp(min=1e-12))


# Recordings.


@pytest.mark.parametrize("precision", [None, torch.float32], ids=["half", "float32"])
@pytest.mark.parametrize("name", OBJECTIVES)
def test_what_is_recorded_is_what_it_would_be_anew(net: Staged, name: str, precision: torch.dtype | None) -> None:
    objective = OBJECTIVES[name]
    n = len(objective.parts) if isinstance(objective, Each) else 1
    played, plain = (engine(net, objective, precision=precision, is_recorded=is_recorded) for is_recorded in (True, False))
    for made in (played, plain):
        made.balance(clouds(0, n=n))
    for seed in range(OFTEN):
        shown = clouds(seed, n=n)
        heard, gradient = played.gradient(shown)
        wanted_heard, wanted = plain.gradient(shown)
        assert heard.shape == (n,) and differ_by(heard, wanted_heard) < 0.02
        assert wanted.norm() > 0 and differ_by(gradient, wanted) < 0.02
    assert played.has_recordings


def test_engines_that_take_turns_do_not_disturb_each_other(net: Staged) -> None:
    objectives = (Voice("motifs", 0), Mix(((1.0, GUIDE), (1.0, Energy("things")))))
    played = [engine(net, objective) for objective in objectives]
    plain = [engine(net, objective, is_recorded=False) for objective in objectives]
    for seed in range(2 * OFTEN):
        size_px = ((96, 128), (64, 48))[seed % 2]
        found = [made.gradient(clouds(seed, size_px=size_px))[1].clone() for made in played]
        wanted = [made.gradient(clouds(seed, size_px=size_px))[1] for made in plain]
        assert all(differ_by(*both) < 0.02 for both in zip(found, wanted, strict=True))
    assert all(made.has_recordings for made in played)


def test_when_an_engine_is_gone_or_has_forgotten_the_next_is_recorded_too(net: Staged) -> None:
    for _ in range(2):
        made = engine(net, Voice("motifs", 0))
        for is_again in (False, True):
            if is_again:
                made.forget()
            assert not made.has_recordings
            for seed in range(OFTEN):
                made.gradient(clouds(seed))
            assert made.has_recordings
        del made
        gc.collect()


# Half precision.


@pytest.mark.parametrize("precision", [torch.float16, torch.bfloat16, torch.float32], ids=str)
def test_a_mix_with_a_silent_part_stays_finite(net: Staged, precision: torch.dtype) -> None:
    made = engine(net, Mix(((1.0, Voice("motifs", 0)), (1.0, SILENT))), precision=precision)
    before = clouds(1)
    picture = before.clone()
    made.balance(picture)
    for _ in range(OFTEN):
        _, gradient = made.gradient(picture)
        assert gradient.isfinite().all() and gradient.norm() > 0
        made.step(picture, by=0.02)
    assert picture.isfinite().all() and (picture - before).abs().mean() > 0.01


@pytest.mark.parametrize("name", OBJECTIVES)
def test_half_precision_climbs_much_as_all_of_it(net: Staged, name: str) -> None:
    objective = OBJECTIVES[name]
    n = len(objective.parts) if isinstance(objective, Each) else 1
    half, whole = (engine(net, objective, precision=precision) for precision in (best_precision(torch.device("cuda")), torch.float32))
    found, wanted = (made.gradient(clouds(4, n=n))[1] for made in (half, whole))
    assert torch.nn.functional.cosine_similarity(found.flatten(), wanted.flatten(), dim=0) > 0.9


# Memory.


@pytest.fixture
def leave_room() -> Iterator[Callable[[int], None]]:
    """Leaves us so many bytes of the card beyond what is taken."""

    def leave(n_bytes: int) -> None:
        whole = torch.cuda.get_device_properties(0).total_memory
        torch.cuda.set_per_process_memory_fraction((_reserved_bytes() + n_bytes) / whole)

    yield leave
    torch.cuda.set_per_process_memory_fraction(1.0)
    torch.cuda.empty_cache()


def _reserved_bytes() -> int:
    gc.collect()
    torch.cuda.synchronize()
    torch.cuda.empty_cache()
    return torch.cuda.memory_reserved()


def dreamed(made: Ascent, picture: torch.Tensor, *, n_steps: int = OFTEN) -> torch.Tensor:
    return dream(picture, made, octaves=1, scale=1.4, steps=n_steps, step_size=0.02)


LARGE_PX = (1200, 1600)


@pytest.fixture(scope="module")
def needed_bytes() -> int:
    """What it takes to climb a picture of LARGE_PX as a whole, without a recording."""
    before = _reserved_bytes()
    torch.cuda.reset_peak_memory_stats()
    dreamed(engine(open_net().staged, Voice("motifs", 0), is_recorded=False), clouds(5, size_px=LARGE_PX), n_steps=2)
    return torch.cuda.max_memory_reserved() - before


def test_without_room_for_a_picture_it_goes_on_in_tiles_although_a_smaller_was_recorded(
    leave_room: Callable[[int], None], needed_bytes: int, caplog: pytest.LogCaptureFixture
) -> None:
    made, picture = engine(open_net().staged, Voice("motifs", 0)), clouds(5, size_px=LARGE_PX)
    dreamed(made, clouds(6))
    assert made.has_recordings
    leave_room(needed_bytes // 2)
    after = dreamed(made, picture)
    assert caplog.messages == ["dream: cuda: out of memory; it goes on in tiles, which takes longer."]
    assert made.side_px < WHOLE_PX
    assert after.isfinite().all() and (after - picture).abs().mean() > 0.01


def test_without_room_for_a_recording_it_is_done_anew(leave_room: Callable[[int], None], needed_bytes: int) -> None:
    picture, wanted = clouds(5, size_px=LARGE_PX), engine(open_net().staged, Voice("motifs", 0), is_recorded=False)
    expected = dreamed(wanted, picture)
    leave_room(needed_bytes * 11 // 10)
    after = dreamed(engine(open_net().staged, Voice("motifs", 0)), picture)
    assert after.isfinite().all() and (after - expected).abs().mean() < 0.5 * (expected - picture).abs().mean()
    torch.cuda.set_per_process_memory_fraction(1.0)
    again = dreamed(engine(open_net().staged, Voice("motifs", 0)), picture)  # what was broken off has left nothing behind
    assert again.isfinite().all() and (again - expected).abs().mean() < 0.5 * (expected - picture).abs().mean()


# Stills.


@pytest.mark.parametrize(
    ("wish", "climb"),
    [
        (WishSettings(), ClimbSettings()),
        (WishSettings(motif=("eyes", "feathers=.4")), ClimbSettings(param="fourier", optimiser="adam")),
        (WishSettings(motif=("spirals",)), ClimbSettings(shake=1)),
    ],
    ids=["plain", "waves", "shaken"],
)
def test_the_same_still_twice_is_the_same_bit_for_bit(wish: WishSettings, climb: ClimbSettings) -> None:
    rgb = (clouds(7, size_px=(240, 321))[0].permute(1, 2, 0) * 255).to(torch.uint8).cpu().numpy()
    settings, net = DreamSettings(wish=wish, climb=climb), open_net()
    first, again = (dream_picture(Picture(rgb), net, settings, device="cuda") for _ in range(2))
    assert first.device == "cuda"
    assert np.array_equal(first.picture.rgb, again.picture.rgb)
    assert np.abs(first.picture.rgb.astype(int) - rgb).mean() > 3
