"""What drawing without a graphics card is made of, against plain sums: blends, looks, how layers lie, tiles, smaller copies, threads."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, current_thread, main_thread

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.shared import Shared
from projection.boxes import Box, around, seen_of, whole
from projection.drawing.blending import BLENDS, Upper
from projection.drawing.grading import Grade
from projection.drawing.hands import Hands, Spare
from projection.drawing.laying import Stage
from projection.drawing.placing import lie
from projection.drawing.sources import LayerSource, Source, halved_size, halvings
from projection.drawing.tiles import EMPTY, FULL, PART, TILE_PX, cut_out, kinds_of
from projection.look import Look
from projection.scene import Blend, Placing

FORMULAS: dict[Blend, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "normal": lambda d, s: s + d * (1 - s[..., 3:]),
    "add": lambda d, s: d + s,
    "multiply": lambda d, s: d * (1 - s[..., 3:] + s),
    "screen": lambda d, s: d + s - d * s,
    "max": np.maximum,
    "difference": lambda d, s: np.abs(d - s),
}
STAGE = (160, 90)
places = st.floats(-0.6, 0.6)
placings = st.builds(
    Placing,
    opacity=st.sampled_from([1.0, 0.7, 0.05]),
    blend=st.sampled_from(sorted(BLENDS)),
    fit=st.sampled_from(["crop", "letterbox", "stretch"]),
    position=st.tuples(places, places),
    scale=st.floats(0.7, 4),
    rotation=st.one_of(st.sampled_from([0.0, 90.0, -180.0]), st.floats(-360, 360)),
    brightness=st.sampled_from([1.0, 0.6]),
)


def noise(height: int, width: int, *, is_opaque: bool, seed: int = 0) -> np.ndarray:
    """Any colours, multiplied by any opaqueness."""
    rng = np.random.default_rng(seed)
    picture = rng.integers(0, 256, (height, width, 4)).astype(float)
    picture[..., 3] = 255 if is_opaque else rng.choice([0, 255, 128, 3, 200], (height, width))
    picture[..., :3] *= picture[..., 3:] / 255
    return picture.round().astype(np.uint8)


def smooth(width: int, height: int, *, is_opaque: bool = True) -> np.ndarray:
    """Slow waves, with a soft hole where it is not opaque."""
    y, x = (np.mgrid[0:height, 0:width] + 0.5) / max(width, height)
    colours = [0.5 + 0.45 * np.sin(a * x + b * y) for a, b in ((3, 1), (-2, 3), (1, -3))]
    opaque = np.ones_like(x) if is_opaque else np.clip(0.3 + np.hypot(x - 0.5, y - 0.3), 0, 1)
    return (255 * np.dstack([*colours, np.ones_like(x)]) * opaque[..., None]).round().astype(np.uint8)


def shared(picture: np.ndarray, number: int = 1, *, is_opaque: bool = True) -> Shared:
    return Shared(picture, number, 0.0, is_opaque)


@pytest.mark.parametrize("blend", sorted(BLENDS))
@pytest.mark.parametrize("opacity", [1.0, 0.6, 0.01])
@pytest.mark.parametrize("is_opaque", [True, False])
@pytest.mark.parametrize("in_place", [True, False])
def test_blends_of_any_colours_are_what_their_formulas_say(blend, opacity, is_opaque, in_place):
    below, above = noise(40, 50, is_opaque=True, seed=1), noise(40, 50, is_opaque=is_opaque, seed=2)
    expected = np.clip(FORMULAS[blend](below / 255, opacity * above / 255), 0, 1)
    out = below if in_place else np.zeros_like(below)
    BLENDS[blend](below, Upper(above, opacity, is_opaque), out, Spare())
    assert np.abs(out[..., :3] - 255 * expected[..., :3]).max() <= 2
    assert out[..., 3].min() >= 254  # the stage stays opaque


@pytest.mark.parametrize("is_opaque", [True, False])
@pytest.mark.parametrize(
    "look",
    [
        Look(brightness=2),
        Look(contrast=1.7, saturation=0),
        Look(contrast=0.2),
        Look(hue=-120, saturation=2),
        Look(gamma=2.2),
        Look(gamma=0.5, tint=(0.2, 4, 1)),
    ],
)
def test_looks_of_any_colours_are_what_their_formula_says(look, is_opaque):
    picture = noise(60, 60, is_opaque=is_opaque, seed=3)
    seen = picture / 255
    opaque = seen[..., 3:]
    changed = np.clip(seen @ look.matrix().T, 0, opaque)
    expected = opaque * (changed / np.maximum(opaque, 1e-9)) ** (1 / look.gamma)
    Grade(look).change(picture, out=picture, is_opaque=is_opaque, spare=Spare())
    assert np.abs(picture[..., :3] - 255 * expected).max() <= 3
    assert (picture[..., 3] == np.round(255 * opaque[..., 0])).all()


@given(placings, st.sampled_from([(160, 90), (96, 96), (200, 50), (33, 70)]), st.booleans())
def test_layers_lie_on_the_stage_as_a_plain_sum_over_pixels_says(placing, size, is_opaque):
    stage, ground, upper = Stage(STAGE, Hands(1)), LayerSource(), LayerSource()
    below, above = smooth(*STAGE), smooth(*size, is_opaque=is_opaque)
    hands = Hands(1)
    ground.take(shared(below), Placing(), hands)
    upper.take(shared(above, is_opaque=is_opaque), placing, hands)
    stage.lay([("ground", ground, Placing()), ("upper", upper, placing)])
    looked = above.astype(float)
    looked[..., :3] *= placing.brightness
    laid = placing.opacity * laid_plainly(looked, placing) / 255
    expected = 255 * np.clip(FORMULAS[placing.blend](below / 255, laid), 0, 1)[..., :3]
    assert np.abs(stage.picture[..., :3] - expected).max() <= 5


def laid_plainly(picture: np.ndarray, placing: Placing) -> np.ndarray:
    """(90, 160, 4): each pixel of the stage looks where it comes from, and how far from the picture's sides that is."""
    how = lie(placing, (picture.shape[1], picture.shape[0]), STAGE)
    y, x = np.mgrid[0 : STAGE[1], 0 : STAGE[0]] + 0.5
    across, down = np.tensordot(np.linalg.inv(how.to_stage[:, :2]), np.stack([x, y]) - how.to_stage[:, 2, None, None], 1)
    left, top, right, bottom = how.part_px
    cover = np.ones_like(x)
    for place, low, high, shown in ((across, left, right, how.shown_px[0]), (down, top, bottom, how.shown_px[1])):
        within_px = np.minimum(place - low, high - place) * shown / (high - low)
        cover *= np.clip(within_px + 0.5, 0, 1)
    return sampled(picture, across - 0.5, down - 0.5) * cover[..., None]


def sampled(picture: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Bilinear, beyond the picture as at its edge."""
    x, y = np.clip(x, 0, picture.shape[1] - 1), np.clip(y, 0, picture.shape[0] - 1)
    left, top = np.minimum(x.astype(int), picture.shape[1] - 2), np.minimum(y.astype(int), picture.shape[0] - 2)
    across, down = (x - left)[..., None], (y - top)[..., None]
    rows = [(1 - across) * picture[top + n, left] + across * picture[top + n, left + 1] for n in (0, 1)]
    return (1 - down) * rows[0] + down * rows[1]


@given(placings, st.tuples(st.integers(1, 4000), st.integers(1, 4000)))
def test_a_fitted_picture_keeps_its_proportions_and_place(placing, size):
    how = lie(placing, size, STAGE)
    corners = how.corners_px
    assert corners.mean(axis=0) == pytest.approx([(0.5 + placing.position[0]) * 160, (0.5 + placing.position[1]) * 90], abs=1e-6)
    sides = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    assert sides[:2] == pytest.approx(how.shown_px)
    assert (np.array(how.shown_px) <= placing.scale * np.array(STAGE) + 1e-6).all()
    if placing.fit == "crop":
        assert how.shown_px == pytest.approx((160 * placing.scale, 90 * placing.scale))
        left, top, right, bottom = how.part_px
        assert (right - left) / (bottom - top) == pytest.approx(160 / 90) and (right - left == size[0] or bottom - top == size[1])
    if placing.fit == "letterbox":
        # Whole pixels: at most one more or less than proportions have it, on either side.
        ratio = min(160 / size[0], 90 / size[1])
        assert np.abs(np.array(how.shown_px) / placing.scale - np.array(size) * ratio).max() <= 1.001


def test_a_turn_is_clockwise():
    how = lie(Placing(rotation=90, fit="stretch"), (100, 100), (100, 100))
    assert how.corners_px[0] == pytest.approx([100, 0]) and how.corners_px[1] == pytest.approx([100, 100])


sizes = st.tuples(st.integers(1, 300), st.integers(1, 300))


@given(sizes, st.data())
def test_tiles_are_full_only_where_everything_is_and_empty_only_where_nothing_is(size, data):
    left, top = data.draw(st.integers(0, size[0] - 1)), data.draw(st.integers(0, size[1] - 1))
    box = Box(left, top, data.draw(st.integers(left + 1, size[0])), data.draw(st.integers(top + 1, size[1])))
    weights = np.full((box.height, box.width), data.draw(st.sampled_from([0, 255])), np.uint8)
    for _ in range(data.draw(st.integers(0, 3))):
        weights[data.draw(st.integers(0, box.height - 1)) :, data.draw(st.integers(0, box.width - 1))] = data.draw(
            st.sampled_from([0, 7, 255])
        )
    kinds, on_output = kinds_of(box, weights, size), np.zeros(size[::-1], np.uint8)
    box.of(on_output)[:] = weights
    for row, column in np.ndindex(kinds.shape):
        tile = on_output[row * TILE_PX : (row + 1) * TILE_PX, column * TILE_PX : (column + 1) * TILE_PX]
        assert kinds[row, column] == (FULL if tile.min() == 255 else PART if tile.max() else EMPTY)


@given(st.integers(1, 700), st.integers(1, 700), st.lists(st.tuples(st.integers(0, 2**32 - 1), st.booleans()), max_size=4))
def test_an_output_is_cut_into_rectangles_that_hold_all_that_is_seen(width, height, surfaces):
    grid = -(-height // TILE_PX), -(-width // TILE_PX)
    kinds = [np.random.default_rng(seed).choice([EMPTY, PART, FULL, FULL], grid) for seed, _ in surfaces]
    hides = [hiding for _, hiding in surfaces]
    cuts, empty = cut_out(kinds, hides, (width, height))
    drawn = np.zeros((height, width), int)
    for box in [*(cut.box for cut in cuts), *empty]:
        assert whole(drawn).covers(box) and not box.is_empty
        box.of(drawn)[:] += 1
    assert (drawn == 1).all()
    for row, column in np.ndindex(grid):
        expected = seen_in([int(kind[row, column]) for kind in kinds], hides)
        pixel = Box(column * TILE_PX, row * TILE_PX, column * TILE_PX + 1, row * TILE_PX + 1)
        if not expected:
            assert any(box.covers(pixel) for box in empty)
            continue
        (cut,) = [cut for cut in cuts if cut.box.covers(pixel)]
        assert cut.seen[0].number == expected[0] and cut.seen[0].box == cut.box
        here = {seen.number: seen for seen in cut.seen if seen.box.covers(pixel)}
        assert set(expected) <= set(here)
        assert all(here[number].part.covers(pixel) for number in expected if kinds[number][row, column] == PART)


def seen_in(kinds: list[int], hides: list[bool]) -> list[int]:
    """What is not empty in a tile, from the last that hides all below it on."""
    lowest = max((n for n, kind in enumerate(kinds) if kind == FULL and hides[n]), default=0)
    return [n for n, kind in enumerate(kinds) if n >= lowest and kind != EMPTY]


def test_smaller_copies_are_made_of_all_pixels_and_follow_the_picture():
    source = Source()
    for seed in (1, 2):
        picture = noise(101, 67, is_opaque=True, seed=seed)
        source.put(picture)
        quarter = source.halved(2)
        assert quarter.shape == (26, 17, 4) and halved_size((67, 101), 2) == (17, 26)
        assert np.abs(quarter.mean((0, 1)) - picture.mean((0, 1))).max() < 2
        assert source.halved(0) is picture and source.halved(2) is quarter
    assert [halvings(shrink) for shrink in (0.3, 1, 1.6, 1.8, 3.3, 3.5, 8)] == [0, 0, 0, 1, 1, 2, 3]


@given(st.integers(0, 20), st.integers(0, 30), st.integers(0, 20), st.integers(0, 30), st.integers(0, 3))
def test_what_is_seen_of_a_picture_is_found(top, left, bottom, right, channel):
    picture = np.zeros((21, 31, 4), np.uint8)
    picture[top, left, channel] = picture[bottom, right, channel] = 1
    assert seen_of(picture) == Box(min(left, right), min(top, bottom), max(left, right) + 1, max(top, bottom) + 1)
    assert seen_of(np.zeros((3, 3, 4), np.uint8)).is_empty


def test_boxes_meet_and_hold():
    one, other = Box(0, 0, 10, 5), Box(8, 3, 20, 20)
    assert one.within(other) == Box(8, 3, 10, 5) and around([one, Box(3, 3, 3, 9), other]) == Box(0, 0, 20, 20)
    assert one.within(Box(10, 0, 12, 5)).is_empty and around([]).is_empty
    assert [strip.height for strip in Box(0, 1, 4, 8).strips(3)] == [3, 3, 1]
    parts = list(Box(0, 0, 10, 10).beside(Box(2, 3, 10, 9)))
    assert sum(part.width * part.height for part in parts) == 100 - 8 * 6 and all(part.within(Box(2, 3, 10, 9)).is_empty for part in parts)


def test_hands_do_all_work_at_once_each_in_its_own_memory():
    hands, together, seen = Hands(3), Barrier(3, timeout=10), []

    def work(spare: Spare) -> None:
        together.wait()  # none of the three is done before all have begun
        seen.append(spare(0, 4, 4))

    hands.do([work] * 3)
    assert len(seen) == 3 and not any(np.shares_memory(one, other) for one in seen for other in seen if one is not other)
    hands.do([])
    hands.close()


@pytest.mark.parametrize("n", [1, 2])
def test_what_goes_wrong_in_any_hand_is_raised_and_the_next_work_is_done(n):
    hands, done = Hands(n), []

    def fail(_: Spare) -> None:
        raise ValueError("torn")

    for _ in range(3):
        with pytest.raises(ValueError, match="torn"):
            hands.do([fail, fail])
        hands.do([lambda spare: done.append(1)] * 5)
    assert len(done) == 15
    hands.close()


def test_what_goes_wrong_in_another_thread_is_raised_in_this_one():
    hands, together = Hands(2), Barrier(2, timeout=10)

    def work(_: Spare) -> None:
        together.wait()
        if current_thread() is not main_thread():
            raise ValueError("torn")

    with pytest.raises(ValueError, match="torn"):
        hands.do([work, work])
    hands.close()
