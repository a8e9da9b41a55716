"""Files of surfaces: read, refused with the line, written with what stood there before, backed up, watched."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from media.errors import UserError
from projection.look import Look
from projection.surfaces.grids import regrid
from projection.surfaces.model import FULL, Edges, Grid, Mask, Surface, SurfaceFile
from projection.surfaces.store import N_BACKUPS, Watched, read_surfaces, write_surfaces
from projection.surfaces.writing import plain, write_surfaces_text

WALL = """\
# the wall in the yard
version = 1
size = "1280x720"  # the old projector

# left of the door
[[surface]]
name = "left"  # as seen from the street
corners = [[0.1, 0.1], [0.5, 0.0], [0.5, 1.0], [0.1, 0.90]] # measured
  [surface.edges]
  right = 0.1

  [[surface.masks]]
  kind = "ellipse"  # the window

# right of it
[[surface]]
name = "right"
edges.left = 0.1
masks = [{kind = "ellipse"}, {kind = "ellipse", feather = 0.2}]

# the end
"""
TWO = SurfaceFile(size=(1280, 720), surface=tuple(Surface(name=name, output=name) for name in ("main", "second")))


@pytest.fixture
def wall(tmp_path: Path) -> Path:
    path = tmp_path / "wall.toml"
    path.write_text(WALL, encoding="utf-8")
    return path


def changed(file: SurfaceFile, name: str, **given: object) -> SurfaceFile:
    """A file with one surface changed."""
    surfaces = tuple(one.model_copy(update=given) if one.name == name else one for one in file.surface)
    return file.model_copy(update={"surface": surfaces})


def test_what_is_read_is_what_stands_there(wall: Path) -> None:
    file = read_surfaces(wall)
    assert file.size == (1280, 720)
    assert [one.name for one in file.surface] == ["left", "right"]
    assert file.surface[0].corners[3] == (0.1, 0.9)
    assert file.surface[1].masks[1].feather == 0.2


@pytest.mark.parametrize(
    ("before", "after", "line", "what"),
    [
        ("version = 1", "version = 2", 2, "version must be 1"),
        ("corners =", "cornres =", 8, "Did you mean corners?"),
        ("  right = 0.1", "  right = 1.5", 10, "right must be less than or equal to 1"),
        ("[0.5, 0.0]", "[0.5, 99.0]", 8, "must be less than or equal to 10"),
        ("[0.5, 0.0], [0.5, 1.0]", "[0.5, 1.0], [0.5, 0.0]", 6, "surface left: its top and bottom sides cross"),
        ('name = "right"', 'name = "left"', 16, "two surfaces are called left. Give this one another name."),
        ('name = "left"', 'name = "le.ft"', 7, "a surface's name has no dots, by which parameters are named"),
        ('kind = "ellipse"  # the', 'kind = "polygon"  # the', 12, "a polygon needs three points or more, got 0"),
        ("[0.1, 0.90]]", "[0.1, 0.90]", 9, "this is not TOML"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(wall: Path, before: str, after: str, line: int, what: str) -> None:
    wall.write_text(WALL.replace(before, after), encoding="utf-8")
    with pytest.raises(UserError) as caught:
        read_surfaces(wall)
    assert what in str(caught.value)
    assert not line or str(caught.value).startswith(f"{wall}:{line}: ")


def test_a_grid_that_folds_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "wall.toml"
    grid = "\n[surface.grid]\ncolumns = 2\nrows = 2\npoints = [[0, 0], [1, 1], [0, 1], [1, 0]]\n"
    path.write_text('[[surface]]\nname = "flat"\n\n[[surface]]\nname = "bent"\n' + grid, encoding="utf-8")
    with pytest.raises(UserError, match=r"wall\.toml:4: surface bent: its grid folds over between columns 1 and 2, rows 1 and 2\. Move"):
        read_surfaces(path)


def test_a_mask_without_its_picture_is_no_fault_of_the_file(wall: Path) -> None:
    wall.write_text(WALL.replace('kind = "ellipse"  #', 'kind = "painted"\npicture = "door.png"  #'), encoding="utf-8")
    faults: list[str] = []
    assert len(Watched(wall, on_fault=faults.append).file.surface) == 2
    assert not faults  # outputs, which need it, tell


def test_what_has_not_changed_is_written_as_it_was(wall: Path) -> None:
    write_surfaces(wall, read_surfaces(wall))
    assert wall.read_text(encoding="utf-8") == WALL
    assert list(wall.parent.iterdir()) == [wall]


def test_only_what_has_changed_is_written_anew(wall: Path) -> None:
    file = changed(read_surfaces(wall), "left", corners=((0.1, 0.1), (0.5, 0.05), (0.5, 1), (0.1, 0.9)))
    write_surfaces(wall, file)
    wanted = WALL.replace("[0.5, 0.0], [0.5, 1.0], [0.1, 0.90]]", "[0.5, 0.05], [0.5, 1.0], [0.1, 0.9]]")
    assert wall.read_text(encoding="utf-8") == wanted


def test_comments_go_where_their_surface_goes(wall: Path) -> None:
    left, right = read_surfaces(wall).surface
    write_surfaces(wall, SurfaceFile(size=(1280, 720), surface=(right, left)))
    text = wall.read_text(encoding="utf-8")
    order = [
        "# the wall",
        "# the old",
        "# right of it",
        'name = "right"',
        "# left of",
        'name = "left"  # as seen',
        "# measured",
        "# the window",
    ]
    assert [text.index(part) for part in order] == sorted(text.index(part) for part in order)


def test_a_surface_that_is_renamed_keeps_its_comments_and_one_that_is_gone_takes_them_with_it(wall: Path) -> None:
    left, right = read_surfaces(wall).surface
    write_surfaces(wall, SurfaceFile(size=(1280, 720), surface=(left.model_copy(update={"name": "door"}), right)))
    assert 'name = "door"  # as seen from the street' in wall.read_text(encoding="utf-8")
    write_surfaces(wall, SurfaceFile(size=(1280, 720), surface=(right,)))
    text = wall.read_text(encoding="utf-8")
    assert "left of the door" not in text
    assert "measured" not in text
    assert "# right of it" in text


@pytest.mark.parametrize(
    "given",
    [
        {"masks": ()},
        {
            "masks": (
                Mask(kind="polygon", points=((0, 0), (1, 0), (1, 1))),
                Mask(kind="ellipse", on="output"),
                Mask(kind="painted", picture='a "b".png'),
            )
        },
        {"grid": regrid(Grid(kind="smooth"), columns=5, rows=3)},
        {"edges": Edges(top=0.5), "look": Look(hue=30, tint=(1, 0.5, 0.25))},
        {"edges": Edges(), "opacity": 0.25, "visible": False, "area": (0.1, 0.2, 0.3, 0.4)},
    ],
)
@pytest.mark.parametrize("name", ["left", "right"])
def test_whatever_changes_is_read_again_as_it_was_written(wall: Path, name: str, given: dict[str, object]) -> None:
    file = changed(read_surfaces(wall), name, **given)
    write_surfaces(wall, file)
    assert plain(read_surfaces(wall)) == plain(file)
    back = changed(read_surfaces(wall), name, **{key: getattr(Surface(name="new"), key) for key in given})
    write_surfaces(wall, back)
    assert read_surfaces(wall) == back
    text = wall.read_text(encoding="utf-8")
    assert "# right of it" in text
    assert "# as seen from the street" in text


numbers = st.floats(-10, 10).map(lambda number: round(number, 6))
shares = st.floats(0, 1).map(lambda number: round(number, 6))
places = st.tuples(numbers, numbers)
masks = st.builds(
    Mask,
    kind=st.sampled_from(["ellipse", "polygon"]),
    centre=places,
    points=st.lists(places, min_size=3, max_size=9).map(tuple),
    feather=shares,
)
surfaces = st.builds(
    Surface,
    name=st.text(st.sampled_from("aZ09 äß語🎈'\"\\#[]={},-_"), min_size=1, max_size=9).filter(lambda name: name == name.strip()),
    shows=st.sampled_from(["all", "film", 'a "quoted" one', "back\\slash"]),
    corners=st.tuples(places, places, places, places),
    grid=st.sampled_from([None, Grid(), regrid(Grid(kind="smooth"), columns=5, rows=2), Grid(kind="bezier")]),
    masks=st.lists(masks, max_size=3).map(tuple),
    edges=st.builds(Edges, left=shares, gamma=st.sampled_from([1.0, 2.2])),
    opacity=shares,
)
surface_files = st.lists(surfaces, max_size=4, unique_by=lambda one: one.name).map(lambda found: SurfaceFile(surface=tuple(found)))


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(surface_files, surface_files)
def test_any_file_becomes_any_other(before: SurfaceFile, after: SurfaceFile) -> None:
    from media.settings import settings_from_toml

    text = write_surfaces_text(after, write_surfaces_text(before))
    assert plain(settings_from_toml(text, SurfaceFile, where=Path())) == plain(after)


@pytest.mark.parametrize("before", ["", "\n\n", "# only this\n", "[[surface", 'surface = [{name = "one"}]\n', "nonsense = 1\n[[other]]\n"])
def test_whatever_stood_there_the_file_is_whole(tmp_path: Path, before: str) -> None:
    path = tmp_path / "wall.toml"
    path.write_text(before, encoding="utf-8")
    write_surfaces(path, TWO)
    assert read_surfaces(path) == TWO


def test_a_new_file_says_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "wall.toml"
    write_surfaces(path, TWO)
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# Where pictures land.")
    assert 'size = "1280x720"' in text
    assert text.count("corners = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]") == 2
    assert "opacity" not in text
    assert [one.corners for one in read_surfaces(path).surface] == [FULL, FULL]


def test_points_of_a_grid_stand_in_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "wall.toml"
    grid = regrid(Grid(), columns=3, rows=2)
    write_surfaces(path, SurfaceFile(surface=(Surface(name="bent", grid=grid),)))
    assert "points = [\n  [0.0, 0.0], [0.5, 0.0], [1.0, 0.0],\n  [0.0, 1.0], [0.5, 1.0], [1.0, 1.0],\n]\n" in path.read_text(
        encoding="utf-8"
    )


def test_ten_backups_are_kept_the_newest_first(wall: Path) -> None:
    start = read_surfaces(wall)
    for number in range(1, 14):
        write_surfaces(wall, changed(start, "left", opacity=number / 100))
    found = [wall.with_name(f"wall.backup-{number:02}.toml") for number in range(1, N_BACKUPS + 1)]
    assert [read_surfaces(path).surface[0].opacity for path in found] == [number / 100 for number in range(12, 2, -1)]
    assert sorted(path.name for path in wall.parent.iterdir()) == sorted([wall.name, *(path.name for path in found)])


def test_a_backup_of_a_broken_file_is_the_broken_file(wall: Path) -> None:
    wall.write_text("broken [", encoding="utf-8")
    write_surfaces(wall, TWO)
    assert wall.with_name("wall.backup-01.toml").read_text(encoding="utf-8") == "broken ["
    assert read_surfaces(wall) == TWO


def test_where_nothing_can_be_written_the_old_file_stays(wall: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_fd: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UserError, match="the disk is full"):
        write_surfaces(wall, TWO)
    assert wall.read_text(encoding="utf-8") == WALL


def test_a_change_from_outside_is_news_once(wall: Path) -> None:
    watched = Watched(wall)
    assert watched.news() is None
    status = wall.stat()
    wall.write_text(WALL.replace("right = 0.1", "right = 0.3"), encoding="utf-8")
    os.utime(wall, ns=(status.st_atime_ns, status.st_mtime_ns))  # within one tick of the disk's clock
    news = watched.news()
    assert news is not None
    assert news.surface[0].edges.right == 0.3
    assert watched.news() is None
    assert watched.file is news


def test_a_comment_is_no_news(wall: Path) -> None:
    watched = Watched(wall)
    wall.write_text("# hello\n" + WALL, encoding="utf-8")
    assert watched.news() is None


def test_a_broken_file_is_told_once_with_its_line_and_the_old_one_goes_on(wall: Path) -> None:
    faults: list[str] = []
    watched = Watched(wall, on_fault=faults.append)
    before = watched.file
    wall.write_text(WALL.replace("  right = 0.1", "  right = 7"), encoding="utf-8")
    assert watched.news() is None
    assert watched.news() is None
    assert watched.file is before
    assert len(faults) == 1
    assert faults[0].startswith(f"{wall}:10: surface.1.edges.right must be less than or equal to 1, got 7.")
    wall.write_text(WALL.replace("  right = 0.1", "  right = 0.7"), encoding="utf-8")
    news = watched.news()
    assert news is not None
    assert news.surface[0].edges.right == 0.7


def test_a_file_that_is_gone_is_told_once_and_found_again(wall: Path) -> None:
    faults: list[str] = []
    watched = Watched(wall, on_fault=faults.append)
    wall.unlink()
    assert watched.news() is None
    assert watched.news() is None
    assert len(faults) == 1
    assert "there is no such file" in faults[0]
    wall.write_text(WALL.replace("right = 0.1", "right = 0.4"), encoding="utf-8")
    assert watched.news() is not None


@pytest.mark.parametrize("nothing", ["", " \n\t\n"])
def test_an_emptied_file_is_being_written_and_told_where_it_stays_so(wall: Path, nothing: str) -> None:
    faults: list[str] = []
    watched = Watched(wall, on_fault=faults.append)
    before = watched.file
    wall.write_text(nothing, encoding="utf-8")
    assert watched.news() is None and not faults
    assert watched.news() is None and watched.news() is None
    assert faults == [f"{wall}: there is nothing in this file. What it said before goes on."]
    assert watched.file is before
    wall.write_text(WALL.replace("right = 0.1", "right = 0.4"), encoding="utf-8")
    assert watched.news() is not None
    wall.write_text("version = 1\n", encoding="utf-8")
    news = watched.news()
    assert news is not None and news.surface == ()


def test_what_it_saves_itself_is_no_news(wall: Path) -> None:
    watched = Watched(wall)
    file = changed(watched.file, "left", opacity=1 / 3)
    watched.save(file)
    assert watched.file is file
    assert watched.news() is None
    assert read_surfaces(wall).surface[0].opacity == pytest.approx(1 / 3)
