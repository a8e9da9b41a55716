"""A step beside a bare pass of its network, graphics cards, a dream beside a plain loop, the network beside a plain one, stills, films, memory.

    python benchmarks/dream.py [--quick] [--json FILE]
"""

from __future__ import annotations

import copy
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.support.harness import ROOT, WORK, Figure, absent, at_least, at_most, main, timed, told
from benchmarks.support.textbook import HEARD, LEVELS, RATIO, SHIFT_PX, PlainNet, WholeNet, draw_weights, dream_plainly
from benchmarks.support.turns import Work, in_turns
from dream.ascent import WHOLE_PX, Ascent
from dream.device import best_device, best_precision, device_named
from dream.engine import ascent_of
from dream.films.dreamer import RATE, Dreamer
from dream.films.playing import Playing
from dream.films.settings import FilmJob
from dream.memory import Climber
from dream.nets.catalog import Net, open_net
from dream.nets.fold import fold_norms
from dream.nets.vgg import vgg16
from dream.octaves import dream, to_tensor
from dream.pictures import Picture
from dream.settings import ClimbSettings, DreamSettings, WishSettings
from dream.stills import dream_picture
from dream.tiles import TILE_PX, is_large
from dream.wishes import objective_of
from media.flow import one_thread
from media.frames import frame_at, read_frames
from media.span import Span
from media.write import write_rgb

FILM = ROOT / "film" / "afterlight.mp4"
SCENE_S = Fraction(167, 5)
"""Where wheels turn in it, for five seconds without a cut."""
FILM_PX, STILL_PX = (640, 360), (1024, 768)
BATCHES, LARGE_PX = (1, 4, 8), ((1920, 1080), (3840, 2160))
STEP_REACH = 1.25
"""How many times as long as the bare pass a step may take."""
WARM = 8
"""Times that a way is gone on a graphics card before it is measured."""
MOTIF = "eyes"
CPU, CARD = torch.device("cpu"), torch.device("cuda")


@dataclass(frozen=True)
class Scale:
    """Rounds of what is short and of what is long, the plain loop's picture and steps, frames of film, the largest picture.

    Args:
        loop_reach: how many times as fast as the plain loop it should be.
    """

    n_short: int
    n_long: int
    loop_px: int
    loop_steps: int
    n_frames: int
    large_px: tuple[int, int]
    loop_reach: float = 3


FULL = Scale(40, 3, 512, 10, 100, (8000, 6000))
# Of so small a picture, the frame that it is dreamed in is much of the work.
QUICK = Scale(5, 1, 192, 1, 6, (2400, 1800), loop_reach=1)


def measure(scale: Scale) -> list[Figure]:
    """All figures."""
    net = open_net()
    return [
        *measure_steps(net, scale), *measure_card(net, scale), *measure_net(net, scale), measure_loop(scale), measure_still(net, scale),
        measure_film(net, scale), measure_memory(scale),
    ]  # fmt: skip


def scene(size_px: tuple[int, int]) -> np.ndarray:
    """A picture of the shipped film, of (width, height)."""
    return cv2.resize(frame_at(FILM, SCENE_S).rgb(), size_px, interpolation=cv2.INTER_CUBIC)


# A step beside a bare pass.


def measure_steps(net: Net, scale: Scale) -> list[Figure]:
    """What a step takes beyond the network that it cannot do without, on every device that there is."""
    wishes = {"things": WishSettings(layer=("things",)), MOTIF: WishSettings(motif=(MOTIF,))}
    figures = []
    for device in ("cpu", "cuda"):
        for size in (FILM_PX, STILL_PX):
            for called, wish in wishes.items():
                name = f"step to a bare pass: {called}, {size[0]}x{size[1]}, {device}"
                is_there = device == "cpu" or torch.cuda.is_available()
                figures.append(_step_figure(name, net, wish, size, device, scale) if is_there else absent(name, "x", reach=f"<= {STEP_REACH:g}"))
    return figures


def _step_figure(name: str, net: Net, wish: WishSettings, size: tuple[int, int], device: str, scale: Scale) -> Figure:
    climb = ClimbSettings()
    ascent = ascent_of(net, wish, climb, device=device)
    picture = to_tensor(scene(size)).to(ascent.device)
    (layer,) = objective_of(net, wish).layers
    ways = {"step": lambda: ascent.step(picture, by=climb.step_size), "bare": _to_layer(net, layer, picture, ascent.precision)}
    middle = _seconds(ways, ascent.device, scale.n_short)
    print(f"{name}: {_ms(middle)}", flush=True)
    return at_most(name, middle["step"] / middle["bare"], STEP_REACH)


def _seconds(ways: Mapping[str, Work], device: torch.device, n_rounds: int) -> dict[str, float]:
    """The median seconds of each way."""
    if device.type != "cuda":
        return in_turns(ways, n_rounds=n_rounds)
    for work in ways.values():
        for _ in range(WARM):  # what is done often is recorded, and only then as fast as it stays
            work()
    return in_turns(ways, n_rounds=n_rounds, settle=torch.cuda.synchronize)


def _to_layer(net: Net, layer: str, picture: Tensor, precision: torch.dtype) -> Work:
    """A bare pass to a layer of a network, which is cut behind it, its norms folded."""
    cut = copy.deepcopy(net.staged.cut_after((layer,))).eval()
    fold_norms(cut)
    return bare_pass(cut, lambda shown: cut(shown, (layer,))[layer], picture, precision)


def bare_pass(net: nn.Module, hear: Callable[[Tensor], Tensor], picture: Tensor, precision: torch.dtype) -> Work:
    """Forward through a network and back to the picture, and nothing else; both are brought beforehand where and how they are needed.

    Args:
        hear: runs the network.
    """
    net.requires_grad_(False).to(picture.device, precision, memory_format=torch.channels_last)  # type: ignore[call-overload]
    shown = picture.detach().to(precision, memory_format=torch.channels_last).requires_grad_(True)
    with torch.no_grad():
        ones = torch.ones_like(hear(shown))
    return lambda: torch.autograd.grad(hear(shown), shown, ones)


def _ms(middle: dict[str, float]) -> str:
    return ", ".join(f"{way} {seconds * 1000:.1f} ms" for way, seconds in middle.items())


# A graphics card.


def measure_card(net: Net, scale: Scale) -> list[Figure]:
    """What a graphics card makes of several pictures at once, of recordings, of half the bits, and of large pictures."""
    small, is_there = f"{FILM_PX[0]}x{FILM_PX[1]}, cuda", torch.cuda.is_available()
    works: list[tuple[str, str, Callable[[], float]]] = [
        (f"pictures climbed a step a second, {n} at once: {small}", "fps", partial(_batch_rate, net, n, scale)) for n in BATCHES
    ]
    works += [
        (f"step anew to a recorded one: {small}", "x", lambda: _ratio(_climb(net, is_recorded=False), _climb(net), scale)),
        (f"step in 32 bits to one in half: {small}", "x", lambda: _ratio(_climb(net, precision=torch.float32), _climb(net), scale)),
    ]
    works += [(f"step: {size[0]}x{size[1]}, cuda", "ms", partial(_large_step_ms, net, size, scale)) for size in LARGE_PX]
    return [told(name, work(), unit) if is_there else absent(name, unit) for name, unit, work in works]


def _climb(
    net: Net, *, size: tuple[int, int] = FILM_PX, n_pictures: int = 1, precision: torch.dtype | None = None, is_recorded: bool = True
) -> Work:
    """A step on a graphics card as dreams take it: of what is too large for one look, in tiles."""
    ascent = Ascent(net.staged, objective_of(net, WishSettings(motif=(MOTIF,))), device=device_named("cuda"), precision=precision)
    if not is_recorded:
        ascent._recorded = None
    climber, pictures = Climber(ascent), to_tensor(scene(size)).repeat(n_pictures, 1, 1, 1)
    most_px = TILE_PX if is_large(pictures.shape[2:]) else WHOLE_PX
    pictures = pictures if most_px == TILE_PX else pictures.to(ascent.device)
    return lambda: climber.step(pictures, by=ClimbSettings().step_size, most_px=most_px)


def _batch_rate(net: Net, n_pictures: int, scale: Scale) -> float:
    return n_pictures / _seconds({"step": _climb(net, n_pictures=n_pictures)}, CARD, scale.n_short)["step"]


def _ratio(slow: Work, fast: Work, scale: Scale) -> float:
    middle = _seconds({"slow": slow, "fast": fast}, CARD, scale.n_short)
    return middle["slow"] / middle["fast"]


def _large_step_ms(net: Net, size: tuple[int, int], scale: Scale) -> float:
    return 1000 * _seconds({"step": _climb(net, size=size)}, CARD, scale.n_long)["step"]


# The network beside a plain one.


def measure_net(net: Net, scale: Scale) -> list[Figure]:
    """The network in the box to a plain one of its depth."""
    assert net.voice_layer is not None
    picture, figures = to_tensor(scene(FILM_PX)), []
    for precision in dict.fromkeys((torch.float32, best_precision(CPU))):
        plain = PlainNet(len(net.voices))
        draw_weights(plain, seed=0)
        ways = {"ours": _to_layer(net, net.voice_layer, picture, precision), "plain": bare_pass(plain, plain, picture, precision)}
        middle = in_turns(ways, n_rounds=scale.n_short)
        name = f"network to a plain one: {FILM_PX[0]}x{FILM_PX[1]}, {str(precision).removeprefix('torch.')}"
        print(f"{name}: {_ms(middle)}", flush=True)
        figures.append(at_most(name, middle["ours"] / middle["plain"], 1.3))
    return figures


# A dream beside a plain loop.


def measure_loop(scale: Scale) -> Figure:
    """The same network, sizes and number of steps in the engine and in a loop as tutorials have it."""
    net = vgg16().eval().requires_grad_(False)
    draw_weights(net, seed=0)
    plain = WholeNet(net)
    ascent = ascent_of(Net("vgg16", net, {}, None), WishSettings(layer=(HEARD,)), ClimbSettings(jitter=SHIFT_PX), device="cpu")
    picture = to_tensor(scene((scale.loop_px, scale.loop_px)))
    ways = {
        "plain": lambda: dream_plainly(picture, plain, steps=scale.loop_steps, generator=torch.Generator().manual_seed(0)),
        "ours": lambda: dream(picture, ascent, octaves=LEVELS, scale=RATIO, steps=scale.loop_steps, step_size=0.02),
    }
    middle = in_turns(ways, n_rounds=scale.n_long)
    print(f"vgg16, {scale.loop_px} px, {LEVELS} x {scale.loop_steps} steps: {_ms(middle)}", flush=True)
    name = f"dreams a second to a plain loop's: vgg16, {scale.loop_px}x{scale.loop_px}"
    return at_least(name, middle["plain"] / middle["ours"], scale.loop_reach, "x")


# Stills and films.


def measure_still(net: Net, scale: Scale) -> Figure:
    """A picture as `dream still` makes it unless told otherwise, but for its file."""
    settings, picture = DreamSettings(wish=WishSettings(motif=(MOTIF,))), Picture(scene(STILL_PX))
    took = in_turns({"still": lambda: dream_picture(picture, net, settings)}, n_rounds=scale.n_long)
    return told(f"still of {STILL_PX[0]}x{STILL_PX[1]}, {best_device().type}", took["still"], "s")


def measure_film(net: Net, scale: Scale) -> Figure:
    """Frames of a shot, but for the first, which is a still."""
    shot = Span(SCENE_S, SCENE_S + Fraction(scale.n_frames, RATE))
    frames = [(frame.time, cv2.resize(frame.rgb(), FILM_PX, interpolation=cv2.INTER_AREA)) for frame in read_frames(FILM, shot)]
    with one_thread():
        took = list(_frame_by_frame(net, frames))
    first, each = took[0], statistics.median(took[1:])
    print(f"film: {len(took)} frames, the first {first:.2f} s, then {each * 1000:.1f} ms", flush=True)
    return told(f"film: frames a second at {FILM_PX[0]}x{FILM_PX[1]}, {best_device().type}", 1 / each, "fps")


def _frame_by_frame(net: Net, frames: Sequence[tuple[Fraction, np.ndarray]]) -> Iterator[float]:
    """The seconds that it takes to dream each frame of a shot, of (time, picture)."""
    job = FilmJob(wish=WishSettings(motif=(MOTIF,)))
    playing = Playing(net, job)
    dreamer = Dreamer(net, playing.parts, job)
    start = time.perf_counter()
    dreamed, size = dreamer.begin(frames[0][1], playing.moment(frames[0][0], Fraction(1, RATE), before=None))
    yield time.perf_counter() - start
    for number, ((last_at, last), (at, now)) in enumerate(pairwise(frames), start=1):
        start = time.perf_counter()
        dreamed = dreamer.go_on(last, dreamed, now, playing.moment(at, Fraction(1, RATE), before=last_at), size, number=number)
        yield time.perf_counter() - start


# Memory.


def measure_memory(scale: Scale) -> Figure:
    """The most that `dream still` holds while it dreams a picture far too large to be looked at as a whole: at every size, a step each."""
    wide, high = scale.large_px
    source = WORK / f"large-{wide}x{high}.png"
    if not source.exists():
        write_rgb(source, scene(scale.large_px))
    words = ["-o", str(WORK / "large-dream.png"), "--motif", MOTIF, "--steps", "1", "--device", "cpu", "--quiet"]
    run = timed([sys.executable, "-m", "dream", "still", str(source), *words], cwd=ROOT)
    print(f"{wide}x{high}, a step at each size: {run.seconds:.0f} s", flush=True)
    return at_most(f"memory: still of {wide}x{high}", run.peak_bytes / 1e9, 2.5, "GB")


if __name__ == "__main__":
    sys.exit(main(lambda quick: measure(QUICK if quick else FULL), about=__doc__))
