"""A picture goes in; which motifs a network sees in it, how much of each, and where, comes out, drawn as light on the picture."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from dream.device import device_named
from dream.jobs import AttributeJob
from dream.nets.catalog import NETS, Net, open_net, voice_named
from dream.octaves import fitted, resize, to_rgb, to_tensor
from dream.pictures import Picture, check_output, read_picture, write_picture
from dream.recipe import recipe_of, require_apart
from dream.sheets import GROUND, lay_out
from dream.wishes import parse_wish
from media.errors import UserError
from media.oklab import lab_to_rgb, rgb_to_lab
from media.progress import OnProgress, Progress, ignore_progress

_LOOKS_PX = (192, 320, 512)
"""Longest sides at which the picture is looked at: what is large to a network at one is small at another."""
_LEAST_LOOK_PX = 32
"""Shortest side at which it is looked at; what is narrower is made wider."""
_SHIFTS_PX = (0, 5, 11)
_GREY = (128, 128, 128)
"""What the network is shown where a picture is see-through: what colours are hidden there, nobody sees."""
_DARK = 0.22
_GLOW = 0.10
_OUTLINE = 0.5
"""Of the brightest light, where the line is drawn."""
_RIM_PX = 16
_LEAST_SEEN = 0.25
"""Share of a place from which on it is in full light: what is hardly there stays in the dark."""
_LEAST_AREA = 0.002
"""Of the picture, that has a line around it."""


@dataclass(frozen=True)
class Seen:
    """A motif in a picture.

    Args:
        share: of all that is seen in the whole picture, 0..1; all motifs together are 1.
    """

    motif: str
    share: float


@dataclass(frozen=True)
class Attributed:
    """What is told of a picture: all motifs, those that are seen most first, and of them what is drawn."""

    ranking: tuple[Seen, ...]
    shown: tuple[Seen, ...]


@dataclass(frozen=True)
class Sight:
    """What a network sees in a picture.

    Args:
        picture: (1, 3, H, W) of 0..1.
        shares: how much of it can be seen where, (1, 1, H, W) of 0..1; None where it is opaque.
        maps: for each look at it the shares of all motifs from place to place, (1, n, h, w), which are small.
        ranking: all motifs, those that are seen most first.
        numbers: places of the motifs in the second axis of `maps`, by name.
    """

    picture: Tensor
    maps: tuple[Tensor, ...]
    ranking: tuple[Seen, ...]
    numbers: Mapping[str, int]
    shares: Tensor | None = None

    def over(self, ground: Sequence[int]) -> Tensor:
        """The picture over a colour of its own bytes, which is seen where the picture is see-through."""
        return _over(self.picture, self.shares, ground)

    def where(self, motif: str) -> np.ndarray:
        """The share of a motif from place to place, (H, W) float32 of 0..1; its borders are those of the picture's things."""
        number, size_px = self.numbers[motif], (self.picture.shape[2], self.picture.shape[3])
        looks = [resize(shares[:, number : number + 1], size_px).clamp(0, 1) for shares in self.maps]
        share = _along_edges(torch.stack(looks).mean(0)[0, 0].numpy(), self.over(_GREY))
        return share if self.shares is None else share * self.shares[0, 0].numpy()


def attribute(
    source: Path | None,
    output: Path | None,
    job: AttributeJob,
    *,
    device: str = "auto",
    stop_at: Sequence[int] | None = None,  # noqa: ARG001 - never ended early
    on_progress: OnProgress = ignore_progress,
) -> Attributed:
    """Draw which areas of a picture speak for motifs, side by side; returns how much of them is seen.

    Args:
        output: None draws nothing.
    Raises:
        UserError: it cannot be read or written, nothing of it can be seen, or the network has no such motif.
    """
    assert source is not None
    if output is not None:
        check_output(output)
        require_apart(output, source, job)
    net = open_net(job.wish.net, job.wish.weights)
    wanted = [voice_named(net, parse_wish("--motif", text).what) for text in job.wish.motif]
    where = device_named(device)
    picture = read_picture(source)
    if picture.alpha is not None and not picture.alpha.any():
        raise UserError(source, "nothing of it can be seen: it is see-through all over", "Give another picture.")
    shares = None if picture.alpha is None else fitted(torch.from_numpy(picture.alpha)[None, None], job.attribute.size).clamp(0, 1)
    sight = look(fitted(to_tensor(picture.rgb), job.attribute.size), net, shares=shares, device=where, on_progress=on_progress)
    names = list(net.voices)
    shown = tuple(next(seen for seen in sight.ranking if seen.motif == names[voice]) for voice in wanted) or sight.ranking[: job.attribute.top]
    if output is not None:
        write_picture(output, _drawn(sight, shown, source.name), recipe=recipe_of("attribute", source, job, device=where.type))
    return Attributed(sight.ranking, shown)


def require_bare(motifs: Sequence[str]) -> None:
    """Refuse motifs with weights, which mean something in dreams alone.

    Raises:
        UserError: one has a weight.
    """
    for text in motifs:
        if "=" in text:
            raise UserError(f"--motif {text}", "how much of it there is, is what is told: it takes no weight", f"Write --motif {text.partition('=')[0]}.")


def _drawn(sight: Sight, shown: Sequence[Seen], name: str) -> Picture:
    """A picture and beside it the areas of motifs."""
    rgb = to_rgb(sight.over(GROUND)).numpy()
    pictures = [rgb, *(light_up(rgb, sight.where(seen.motif)) for seen in shown)]
    labels = [name, *(f"{seen.motif}  {seen.share:.0%}" for seen in shown)]
    columns = len(pictures) if len(pictures) <= 3 else 2 if len(pictures) == 4 else 0
    return Picture(lay_out(pictures, labels, columns=columns))


def ranking_json(ranking: Sequence[Seen]) -> str:
    """Motifs and their shares of a picture, as JSON."""
    return json.dumps([{"motif": seen.motif, "share": round(seen.share, 6)} for seen in ranking], indent=1, ensure_ascii=False) + "\n"


def _over(picture: Tensor, shares: Tensor | None, ground: Sequence[int]) -> Tensor:
    if shares is None:
        return picture
    colour = torch.tensor(ground, dtype=picture.dtype).view(1, 3, 1, 1) / 255
    return colour + (picture - colour) * shares


def look(
    picture: Tensor, net: Net, *, shares: Tensor | None = None, device: torch.device, on_progress: OnProgress = ignore_progress
) -> Sight:
    """What a network sees in a picture, (1, 3, H, W) of 0..1.

    Args:
        shares: how much of it can be seen where, (1, 1, H, W) of 0..1, somewhere more than 0; all of it by default.
    Raises:
        UserError: the network can name nothing.
    """
    layer = net.voice_layer
    if layer is None or not net.voices:
        raise UserError(f"--net {net.name}", "this network can name nothing", f"Choose from: {', '.join(name for name in NETS if NETS[name].voice_layer)}.")
    staged = copy.deepcopy(net.staged).to(device)  # the caller's own stays where it is
    sizes = sorted({min(size, max(picture.shape[2:])) for size in _LOOKS_PX})
    maps, shown = [], _over(picture, shares, _GREY)
    for n, size in enumerate(sizes):
        maps.append(_heard(fitted(shown, size, least_px=_LEAST_LOOK_PX).to(device), staged, layer))
        on_progress(Progress("looking", n + 1, len(sizes)))
    means = torch.stack([_mean_of(heard, shares) for heard in maps]).mean(0).tolist()
    seen = [Seen(name, means[number]) for name, number in net.voices.items()]
    return Sight(picture, tuple(maps), tuple(sorted(seen, key=lambda one: -one.share)), net.voices, shares)


def _mean_of(heard: Tensor, shares: Tensor | None) -> Tensor:
    """How much there is of each voice, (n,), in all that can be seen."""
    if shares is None:
        return heard.mean((0, 2, 3))
    seen = F.interpolate(shares, heard.shape[-2:], mode="area")
    return (heard * seen).sum((0, 2, 3)) / seen.sum()


def _heard(picture: Tensor, staged: torch.nn.Module, layer: str) -> Tensor:
    """Shares of all voices from place to place, (1, n, h, w), the mean of looks a little beside each other."""
    total = None
    with torch.no_grad():
        for shift in _SHIFTS_PX:
            moved = F.pad(picture, (shift, 0, shift, 0), mode="replicate") if shift else picture
            heard = staged(moved, (layer,))[layer].float().softmax(1)
            # Back to the places of the picture: the strip that came in goes out again.
            cut = round(shift * heard.shape[2] / moved.shape[2]), round(shift * heard.shape[3] / moved.shape[3])
            back = resize(heard[:, :, cut[0] :, cut[1] :], (picture.shape[2] // 4 + 1, picture.shape[3] // 4 + 1))
            total = back if total is None else total.add_(back)
    assert total is not None
    return (total / len(_SHIFTS_PX)).clamp(min=0).cpu()


def _along_edges(share: np.ndarray, picture: Tensor) -> np.ndarray:
    """A map whose borders are those of the picture's things (He, Sun and Tang 2010, "Guided image filtering")."""
    guide = np.ascontiguousarray(picture[0].mean(0).numpy())
    side = max(3, round(max(guide.shape) / 24) | 1)

    def mean(values: np.ndarray) -> np.ndarray:
        return cv2.blur(values, (side, side), borderType=cv2.BORDER_REFLECT_101)

    share = np.ascontiguousarray(share, np.float32)
    slope = (mean(guide * share) - mean(guide) * mean(share)) / (mean(guide * guide) - mean(guide) ** 2 + 0.02)
    return np.clip(mean(slope) * guide + mean(mean(share) - slope * mean(guide)), 0, 1)


def light_up(rgb: np.ndarray, where: np.ndarray) -> np.ndarray:
    """A picture in the dark, (H, W, 3) uint8, with light on a place as `where` (H, W) tells, and a line around the brightest."""
    light = np.clip(where / max(float(where.max()), _LEAST_SEEN), 0, 1)
    light = light * light * (3 - 2 * light)
    lab = rgb_to_lab(rgb)
    lab = lab * (_DARK + (1 - _DARK) * light)[..., None]
    lab[..., 1:] *= (0.25 + 0.75 * light)[..., None]
    lab[..., 0] += _GLOW * (1 - lab[..., 0]) * cv2.GaussianBlur(light, (0, 0), max(rgb.shape[:2]) / 40)
    shown = lab_to_rgb(lab)
    return _outlined(shown, light)


def _outlined(rgb: np.ndarray, light: np.ndarray) -> np.ndarray:
    """A thin line where the light is at half; drawn at twice the size and reduced, so that it is smooth."""
    high, wide = light.shape
    fine = cv2.resize(light, (2 * wide, 2 * high), interpolation=cv2.INTER_CUBIC)
    fine = cv2.copyMakeBorder(fine, _RIM_PX, _RIM_PX, _RIM_PX, _RIM_PX, cv2.BORDER_REPLICATE)  # no line along the picture's own edge
    lines, _ = cv2.findContours((fine > _OUTLINE).astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    large = [line for line in lines if cv2.contourArea(line) > _LEAST_AREA * fine.size]
    drawn = np.zeros_like(fine)
    cv2.drawContours(drawn, large, -1, 1.0, max(1, round(max(high, wide) / 300)), cv2.LINE_AA)
    drawn = np.ascontiguousarray(drawn[_RIM_PX:-_RIM_PX, _RIM_PX:-_RIM_PX])
    amount = cv2.resize(drawn, (wide, high), interpolation=cv2.INTER_AREA)[..., None] * 0.8
    return (rgb + (np.array([255, 240, 205]) - rgb) * amount).round().astype(np.uint8)
