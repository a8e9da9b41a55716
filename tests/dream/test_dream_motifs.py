"""The motifs: always the same for the same numbers, as many of each, never empty, and told apart from one another."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from dream.motifs.palette import TONES, draw_palette
from dream.motifs.sample import draw_motif
from dream.motifs.table import MOTIFS
from dream.train.sources import Named, Pictures, drawn_motifs, motifs_in
from media.errors import UserError
from media.write import write_rgb


@pytest.mark.parametrize("name", MOTIFS)
def test_a_motif_is_the_same_again_and_never_empty(name: str) -> None:
    first, again, other = (draw_motif(name, np.random.default_rng(seed), size=64) for seed in (3, 3, 4))
    assert first.shape == (64, 64, 3) and first.dtype == np.uint8
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert name == "plain" or first.std() > 12


@pytest.mark.parametrize("tone", TONES)
def test_colours_of_a_palette_can_be_told_apart(tone: str) -> None:
    for seed in range(20):
        palette = draw_palette(np.random.default_rng(seed), (tone,))
        light = {name: sum(getattr(palette, name)) for name in ("ground", "first", "dark", "light")}
        assert abs(light["ground"] - light["first"]) > 60
        assert light["light"] - light["dark"] > 400


def test_every_label_comes_as_often_as_every_other() -> None:
    source = Pictures(5, 64, drawn_motifs())
    n = len(MOTIFS)
    labels = [source.label(number) for number in range(6 * n)]
    assert set(Counter(labels).values()) == {6}
    assert sorted(labels[:n]) == list(range(n))
    assert labels[:n] != labels[n : 2 * n]


def test_a_folder_of_folders_is_learnt_by_their_names(tmp_path) -> None:
    rng = np.random.default_rng(0)
    for name in ("zeppelins", "apples"):
        (tmp_path / name).mkdir()
        for n in range(2):
            write_rgb(tmp_path / name / f"{n}.png", rng.integers(0, 255, (50, 40, 3), np.uint8))
    names = motifs_in(tmp_path)
    assert [named.name for named in names] == ["apples", "zeppelins"]
    source = Pictures(0, 48, names)
    assert np.array_equal(source.draw(7), source.draw(7))
    assert source.draw(7).shape == (48, 48, 3)


def test_a_folder_without_motifs_is_told(tmp_path) -> None:
    with pytest.raises(UserError, match="holds no folders"):
        motifs_in(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="no picture"):
        motifs_in(tmp_path)
    with pytest.raises(UserError, match="no such folder"):
        motifs_in(tmp_path / "nowhere")


def test_drawn_and_photographed_motifs_are_learnt_side_by_side(tmp_path) -> None:
    write_rgb(tmp_path / "0.png", np.full((40, 40, 3), 200, np.uint8))
    source = Pictures(0, 48, (Named("bricks"), Named("walls", (tmp_path / "0.png",))))
    by_label = {source.label(number): source.draw(number) for number in range(2)}
    assert by_label[0].std() > by_label[1].std()
