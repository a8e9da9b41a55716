"""What is learnt from: batches follow from their number alone, and hard steps are hard and stay in reach."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from dream.motifs.table import MOTIFS
from dream.nets.catalog import SHIPPED, open_net
from dream.train.batches import newest_of, numbers_of, oldest_of, pasted
from dream.train.judging import fine_share
from dream.train.robust import climb, norms, random_step, worst_step
from dream.train.settings import TrainSettings
from dream.train.sources import Pictures, drawn_motifs


def test_each_place_is_named_for_what_it_shows() -> None:
    seen = np.repeat(np.arange(6, dtype=np.uint8)[:, None], 96 * 96 * 3, 1).reshape(6, 96, 96, 3)
    mixed, shown = pasted(np.random.default_rng(0), seen, np.arange(6))
    assert mixed.shape == seen.shape and shown.shape == (6, 6, 6)
    assert np.array_equal(mixed[:, 8::16, 8::16, 0], shown)
    assert 0 < (shown != np.arange(6)[:, None, None]).mean() < 0.5


def test_a_batch_follows_from_its_number_and_looks_back_no_further_than_is_kept() -> None:
    settings = TrainSettings(batch=64, fresh=24, keep=4096)
    newest = -1
    for batch in range(0, 400, 7):
        numbers = numbers_of(batch, settings)
        assert np.array_equal(numbers, numbers_of(batch, settings))
        assert len(numbers) == 64 and len(set(numbers[:24])) == 24
        assert numbers[0] > newest and numbers.min() >= 0
        newest = int(numbers[:24].max())
        assert newest - numbers.min() < settings.keep


@pytest.mark.parametrize(("batch", "fresh", "keep"), [(64, 16, 64), (64, 12, 64), (2, 1, 64), (20, 9_999, 80), (300, 64, 256)])
def test_whatever_is_kept_a_batch_is_of_pictures_that_may_be_drawn(batch: int, fresh: int, keep: int) -> None:
    settings = TrainSettings(batch=batch, fresh=fresh, keep=keep)
    for n in range(30):
        numbers = numbers_of(n, settings)
        assert len(numbers) == batch
        assert oldest_of(n, settings) <= numbers.min() and numbers.max() <= newest_of(n, settings) < oldest_of(n, settings) + keep


def test_the_shipped_network_names_what_it_has_never_seen() -> None:
    source, n = Pictures(90_210, 96, drawn_motifs()), 7 * len(MOTIFS)
    net = open_net("motif", SHIPPED)
    assert list(net.voices) == list(MOTIFS)
    pictures = torch.from_numpy(np.stack([source.draw(number) for number in range(n)])).permute(0, 3, 1, 2) / 255
    with torch.no_grad():
        named = torch.cat([net.staged(some, ("motifs",))["motifs"].mean((2, 3)).argmax(1) for some in pictures.split(64)])
    rights = named.numpy() == [source.label(number) for number in range(n)]
    assert rights.mean() >= 0.9


def test_hard_steps_are_hard_and_stay_in_reach() -> None:
    generator = torch.Generator().manual_seed(0)
    pictures = torch.rand(4, 3, 8, 8, generator=generator)
    direction = torch.randn(3, 8, 8, generator=generator)

    def loss(shown: torch.Tensor) -> torch.Tensor:
        return (shown * direction).sum()

    step = worst_step(loss, pictures, radius=0.7, n_steps=4, generator=generator)
    assert torch.allclose(norms(step).flatten(), torch.full((4,), 0.7), atol=1e-4)
    best = 0.7 * direction.norm()
    assert (loss(pictures + step) - loss(pictures)) / 4 > 0.95 * best
    assert norms(random_step(pictures, 0.5, generator)).max() <= 0.5
    assert torch.allclose(norms(climb(torch.zeros_like(pictures), pictures, by=9.0, radius=0.3)).flatten(), torch.full((4,), 0.3))


def test_the_share_of_fine_waves() -> None:
    x = torch.arange(64)
    coarse, fine = (torch.sin(2 * torch.pi * x / length).expand(1, 3, 64, 64) for length in (16, 2.5))
    assert fine_share(coarse) < 0.01 < 0.99 < fine_share(fine)
