"""Measures: what is drawn is what they say, in every region, from one picture to the next."""

from __future__ import annotations

from math import atan2, degrees
from pathlib import Path

import numpy as np
import pytest

from media.cuts import MOST
from media.frames import FrameReader
from media.measure import MEASURES, Measurer
from media.planes import Planes, half_size, shrink, shrink_rgb, working_size
from media.regions import FRAME, Cell, Polygon, Rect, Region, Square
from media.span import Span

SIZE = (160, 90)
HALVES: dict[str, Region] = {"left": Rect(0, 0, 0.5, 1), "right": Rect(0.5, 0, 0.5, 1)}


def planes(y: np.ndarray | int, u: int = 128, v: int = 128, *, size: tuple[int, int] = SIZE) -> Planes:
    """A picture of this luma, (h, w) or one level, and one colour."""
    luma = np.full(size[::-1], y, np.uint8) if isinstance(y, int) else y.astype(np.uint8)
    u_plane, v_plane = (np.full(half_size(size)[::-1], level, np.uint8) for level in (u, v))
    return Planes(luma, u_plane, v_plane)


def texture(shift_x: float = 0, shift_y: float = 0) -> np.ndarray:
    """Soft waves, moved by so many pixels to the right and down."""
    rows, columns = np.mgrid[:90, :160].astype(float)
    x, y = columns - shift_x, rows - shift_y
    return 128 + 50 * np.sin(x / 7 + np.sin(y / 9)) + 50 * np.cos(y / 6 + np.sin(x / 11))


def measure(*pictures: Planes, regions: dict[str, Region] | None = None) -> dict[str, dict[str, float]]:
    """The measures of the last picture, by region and name."""
    measurer = Measurer(regions or {"frame": FRAME}, pictures[0].size)
    for picture in pictures:
        rows = measurer(picture)
    assert rows.shape == (len(measurer.names), len(MEASURES)) and rows.dtype == np.float32
    return {name: dict(zip(MEASURES, map(float, row), strict=True)) for name, row in zip(measurer.names, rows, strict=True)}


@pytest.mark.parametrize("level", [0, 1, 128, 200, 255])
def test_a_flat_picture_has_its_level_and_nothing_else(level: int) -> None:
    found = measure(planes(level), planes(level), regions={"frame": FRAME, **HALVES, "tiny": Rect(0.5, 0.5, 0.001, 0.001)})
    for values in found.values():
        assert values.pop("brightness") == pytest.approx(level, abs=1e-3)
        assert values.pop("centroid_x") == values.pop("centroid_y") == 0.5
        assert all(abs(value) < 1e-3 for value in values.values())


def test_brightness_contrast_and_detail() -> None:
    luma = np.zeros((90, 160))
    luma[:, 80:] = 200
    found = measure(planes(luma), regions={"frame": FRAME, **HALVES})
    assert found["frame"]["brightness"] == pytest.approx(100) and found["frame"]["contrast"] == pytest.approx(100, rel=1e-4)
    assert (found["left"]["brightness"], found["right"]["brightness"]) == pytest.approx((0, 200), abs=1e-3)
    assert found["right"]["contrast"] < 0.5
    ramp = np.repeat(np.arange(160)[None], 90, axis=0)
    assert measure(planes(ramp), regions={"inside": Rect(0.1, 0.1, 0.8, 0.8)})["inside"]["detail"] == pytest.approx(1, rel=1e-4)


def test_what_takes_two_pictures_is_0_for_the_first() -> None:
    values = measure(planes(texture()))["frame"]
    assert all(values[name] == 0 for name in ("motion", "change", "flow_x", "flow_y", "activity"))
    assert values["centroid_x"] == values["centroid_y"] == 0.5


def hue(rgb: tuple[int, int, int]) -> float:
    """Degrees; red is at about 100 in this plane."""
    values = measure(shrink_rgb(np.full((90, 160, 3), rgb, np.uint8)))["frame"]
    return degrees(atan2(values["red"], values["blue"]))


def test_hue_goes_around_without_a_seam_at_red() -> None:
    before, at, behind = hue((255, 0, 20)), hue((255, 0, 0)), hue((255, 20, 0))
    assert before < at < behind < before + 20
    picture = np.zeros((90, 160, 3), np.uint8)
    picture[:, ::2], picture[:, 1::2] = (255, 0, 30), (255, 30, 0)
    values = measure(shrink_rgb(picture))["frame"]
    assert degrees(atan2(values["red"], values["blue"])) == pytest.approx(at, abs=3)


def test_saturation_is_the_distance_from_grey() -> None:
    values = measure(planes(90, 128 + 30, 128 - 40))["frame"]
    assert (values["blue"], values["red"], values["saturation"]) == pytest.approx((30, -40, 50), abs=1e-3)


def test_a_cut_between_colours_of_one_luma_is_seen() -> None:
    values = measure(planes(100, 90, 200), planes(100, 60, 40))["frame"]
    assert values["motion"] == 0 and values["change"] > 45


def test_change_counts_how_much_of_the_picture_changes() -> None:
    part = np.zeros((90, 160))
    part[:30, :40] = 255
    small, whole = (measure(planes(0), planes(after))["frame"]["change"] for after in (part, 255))
    assert whole == pytest.approx(MOST)
    assert small == pytest.approx(MOST / 12, rel=0.01)


@pytest.mark.parametrize(("x", "y"), [(40, 20), (120, 70), (80, 45)])
def test_the_centroid_is_where_it_moves(x: int, y: int) -> None:
    after = np.zeros((90, 160))
    after[y - 5 : y + 5, x - 5 : x + 5] = 180
    values = measure(planes(0), planes(after))["frame"]
    assert (values["centroid_x"], values["centroid_y"]) == pytest.approx((x / 160, y / 90), abs=0.01)


@pytest.mark.parametrize(("dx", "dy"), [(2, 0), (-2, 0), (0, 2), (0, -2), (1.5, 1)])
def test_flow_is_in_picture_widths_right_and_down(dx: float, dy: float) -> None:
    values = measure(planes(texture()), planes(texture(dx, dy)), regions={"inside": Rect(0.1, 0.1, 0.8, 0.8)})["inside"]
    assert (values["flow_x"] * 160, values["flow_y"] * 160) == pytest.approx((dx, dy), abs=0.5)


def test_a_region_sees_only_what_is_in_it() -> None:
    after = texture()
    after[:, 90:] += 40
    found = measure(planes(texture()), planes(after), regions={"frame": FRAME, **HALVES})
    assert found["left"]["motion"] == 0 and found["left"]["activity"] == 0 and found["right"]["motion"] > 20
    assert found["frame"]["motion"] == pytest.approx((found["left"]["motion"] + found["right"]["motion"]) / 2, rel=1e-3)


def test_regions_do_not_disturb_one_another() -> None:
    rng = np.random.default_rng(3)
    pictures = [planes(rng.integers(0, 255, (90, 160)), int(rng.integers(100, 150))) for _ in range(3)]
    regions = {"frame": FRAME, "corner": Square("small", "topleft"), "leaf": Polygon(((0.2, 0.2), (0.9, 0.4), (0.3, 0.9)))}
    regions |= {f"{n}": Cell(n // 4, n % 4, 4, 4) for n in range(16)}
    together = measure(*pictures, regions=regions)
    for name, region in regions.items():
        assert together[name] == measure(*pictures, regions={"alone": region})["alone"]


def test_noise_is_no_activity_but_a_small_clock_is() -> None:
    rng = np.random.default_rng(4)
    grain = [texture() + rng.normal(0, 0.5, (90, 160)) for _ in range(2)]
    assert measure(*(planes(np.rint(luma)) for luma in grain))["frame"]["activity"] < 0.5
    grain[1][80:86, 150:158] += 40
    assert measure(*(planes(np.rint(luma)) for luma in grain))["frame"]["activity"] > 5


def test_a_region_smaller_than_a_block_has_its_motion_for_activity() -> None:
    found = measure(planes(50), planes(60), regions={"dot": Rect(0.5, 0.5, 0.02, 0.02)})["dot"]
    assert found["activity"] == found["motion"] == pytest.approx(10)


@pytest.mark.parametrize("size", [(185, 78), (339, 42), (90, 160), (900, 16), (16, 900)])
def test_any_shape_is_measured(size: tuple[int, int]) -> None:
    rng = np.random.default_rng(5)
    values = measure(*(planes(rng.integers(0, 255, size[::-1]), size=size) for _ in range(3)))["frame"]
    assert all(np.isfinite(list(values.values()))) and values["motion"] > 50


def test_planes_of_another_size_are_a_mistake() -> None:
    with pytest.raises(ValueError, match=r"must have the size \(160, 90\), got \(90, 160\)"):
        Measurer({"frame": FRAME}, SIZE)(planes(0, size=(90, 160)))


def test_the_clock_of_a_real_film_always_counts(test_media: Path) -> None:
    film = test_media / "example.mp4"
    if not film.exists():
        pytest.skip(f"no {film}")
    with FrameReader(film) as reader:
        size = working_size(reader.media.video.display_size) if reader.media.video else SIZE
        measurer = Measurer({"frame": FRAME}, size)
        rows = np.array([measurer(shrink(frame, size=size))[0] for frame in reader.read(Span(10, 13))])
    activity, motion = (rows[1:, MEASURES.index(name)] for name in ("activity", "motion"))
    assert activity.min() > 1 and np.median(motion) < 0.2
