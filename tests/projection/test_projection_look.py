"""What colour controls do to a colour."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from projection.look import Look
from projection.scene import Placing

RED, GREEN, BLUE, YELLOW = (1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0)
shares = st.floats(0, 1)
colours = st.tuples(shares, shares, shares)


def seen(look: Look, rgb: tuple[float, float, float], opaqueness: float = 1.0) -> list[float]:
    """Red, green and blue of a colour as a look changes it."""
    premultiplied = np.array([*(value * opaqueness for value in rgb[::-1]), opaqueness])
    return list((look.matrix() @ premultiplied)[::-1])


def test_a_neutral_look_is_the_identity() -> None:
    np.testing.assert_array_equal(Look().matrix(), np.eye(3, 4, dtype=np.float32))
    assert Look().is_plain
    assert Placing(opacity=0.5, rotation=9).is_plain
    assert not Look(hue=1).is_plain
    assert not Placing(brightness=0.9).is_plain


def test_hue_goes_from_red_over_yellow_to_green() -> None:
    assert seen(Look(hue=120), RED) == pytest.approx(GREEN, abs=1e-6)
    assert seen(Look(hue=120), GREEN) == pytest.approx(BLUE, abs=1e-6)
    assert seen(Look(hue=-120), RED) == pytest.approx(BLUE, abs=1e-6)
    red, green, blue = seen(Look(hue=60), RED)
    assert red == pytest.approx(green)
    assert red > 0.5 > blue


@given(st.floats(-180, 180), shares)
def test_grey_has_no_hue(hue: float, grey: float) -> None:
    assert seen(Look(hue=hue, saturation=2), (grey,) * 3) == pytest.approx([grey] * 3, abs=1e-5)


@given(colours)
def test_hues_half_around_either_way_are_the_same(rgb: tuple[float, float, float]) -> None:
    assert seen(Look(hue=180), rgb) == pytest.approx(seen(Look(hue=-180), rgb), abs=1e-5)


@given(colours)
def test_without_saturation_there_is_the_grey_of_television(rgb: tuple[float, float, float]) -> None:
    grey = 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2]
    assert seen(Look(saturation=0), rgb) == pytest.approx([grey] * 3, abs=1e-5)


def test_contrast_leaves_middle_grey_and_brightness_black() -> None:
    assert seen(Look(contrast=3), (0.5,) * 3) == pytest.approx([0.5] * 3)
    assert seen(Look(contrast=0), RED) == pytest.approx([0.5] * 3)
    assert seen(Look(brightness=3), (0,) * 3) == [0, 0, 0]
    assert seen(Look(brightness=2), (0.2, 0.3, 0.1)) == pytest.approx([0.4, 0.6, 0.2])


def test_tint_is_red_green_blue() -> None:
    assert seen(Look(tint=(0.5, 2, 0)), (0.4, 0.4, 0.4)) == pytest.approx([0.2, 0.8, 0])


@given(colours, shares, st.floats(0, 4), st.floats(0, 4))
def test_what_is_half_seen_is_changed_as_what_is_seen(
    rgb: tuple[float, float, float], opaqueness: float, contrast: float, brightness: float
) -> None:
    look = Look(contrast=contrast, brightness=brightness, saturation=0.3, hue=40, tint=(1, 0.5, 2))
    np.testing.assert_allclose(seen(look, rgb, opaqueness), np.array(seen(look, rgb)) * opaqueness, atol=1e-4)


@pytest.mark.parametrize("wrong", [{"tint": (1, 1, 5)}, {"tint": (-0.1, 1, 1)}, {"hue": 181}, {"gamma": 0}, {"brightness": float("nan")}])
def test_what_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Look.model_validate(wrong)


@pytest.mark.parametrize(
    "wrong",
    [{"position": (float("nan"), 0)}, {"position": (0, float("inf"))}, {"position": (101, 0)}, {"scale": 0}, {"rotation": float("nan")}],
)
def test_a_layer_lies_somewhere(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Placing.model_validate(wrong)
