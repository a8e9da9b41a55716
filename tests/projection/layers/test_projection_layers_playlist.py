"""Playlists: what they name plays, from where to where they say; what is not there is told and left out."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from media.edits import Clip, EditList
from media.errors import UserError
from media.probe import probe
from media.span import Span
from media.write import FilmWriter
from projection.layers.film import FilmSettings, find_items
from projection.layers.layer import Room
from projection.layers.playlist import read_playlist
from supercut.export.playlists import export_m3u
from supercut.export.timeline import lay_out, source_facts


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.mp4", "b #1.mp4", "more/c.mp4", "ä.mp4", "p.png", "other.m3u"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    return tmp_path


def read(folder: Path, text: str | bytes, told: list[str]) -> list[tuple[Path, Span | None]]:
    path = folder / "more" / "list.m3u"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_playlist(path, tell=told.append)


def test_files_in_order_from_where_the_list_lies(folder: Path, told: list[str]) -> None:
    text = f"\ufeff#EXTM3U\r\n#EXTINF:123,A film\r\n../a.mp4\r\n\r\nc.mp4\r\n{folder}/b #1.mp4\r\n# a word\r\n../a.mp4\r\n"
    found = read(folder, text, told)
    assert [(path.resolve(), part) for path, part in found] == [
        *((folder / name, None) for name in ("a.mp4", "more/c.mp4", "b #1.mp4", "a.mp4"))
    ]
    assert told == []


def test_parts_as_they_are_told(folder: Path, told: list[str]) -> None:
    text = (
        "#EXTVLCOPT:start-time=1.5\n#EXTVLCOPT:stop-time=4.25\nc.mp4\nc.mp4\n#EXTVLCOPT:start-time=2\nc.mp4\n"
        "#EXTVLCOPT:stop-time=1\n#EXTVLCOPT:start-time=5\nc.mp4\n#EXTVLCOPT:start-time=1.2.3\nc.mp4\n"
    )
    parts = [part for _, part in read(folder, text, told)]
    assert parts[:2] == [Span(Fraction(3, 2), Fraction(17, 4)), None]
    assert parts[2] is not None and parts[2].start == 2 and parts[2].end > 10**6
    assert parts[3:] == [None, None]  # what makes no sense is not heeded


def test_what_is_not_there_is_told_in_one_line_and_left_out(folder: Path, told: list[str]) -> None:
    text = "gone.mp4\nhttp://example.org/x.mp3\nc.mp4\n../other.m3u\n.\n"
    assert [path.name for path, _ in read(folder, text, told)] == ["c.mp4"]
    assert len(told) == 1 and told[0].count("\n") == 0
    assert "line 1: " in told[0] and "gone.mp4: there is no such file" in told[0] and told[0].endswith("playlist, and 1 more.")
    assert "line 2: http://example.org/x.mp3: this is an address of the network" in told[0]


@pytest.mark.parametrize("text", ["ä.mp4".encode("latin-1"), "file://{}/%C3%A4.mp4"])
def test_names_as_old_players_and_addresses_write_them(folder: Path, told: list[str], text: str | bytes) -> None:
    (folder / "more" / "ä.mp4").write_bytes(b"x")
    text = text.format(folder) if isinstance(text, str) else text
    assert [path.name for path, _ in read(folder, text, told)] == ["ä.mp4"]


@pytest.mark.parametrize(("text", "why"), [("", "it names no file"), ("#EXTM3U\n", "it names no file"), ("x.mp4\n", "line 1: .*x.mp4")])
def test_a_list_of_nothing_is_refused(folder: Path, told: list[str], text: str, why: str) -> None:
    with pytest.raises(UserError, match=f"list.m3u: nothing of this playlist can be played .{why}"):
        read(folder, text, told)


def test_a_list_among_other_files(folder: Path, room: Room, told: list[str]) -> None:
    (folder / "list.M3U8").write_text("#EXTVLCOPT:start-time=1\na.mp4\ngone.mp4\np.png\n")
    found = find_items(FilmSettings(files=("more", "list.M3U8"), seconds=3, end=2, crossfade=1), room)
    assert [item.path.name for item in found] == ["c.mp4", "a.mp4", "p.png"]
    parts = [item.span for item in found]
    assert parts[0] == Span(0, 2) and parts[1] is not None and parts[1].start == 1 and parts[2] == Span(0, 3)
    assert all(item.fade == 1 for item in found)
    assert len(told) == 1 and "gone.mp4" in told[0]


def test_what_supercut_writes_is_read_as_it_was_meant(tmp_path: Path, told: list[str]) -> None:
    spans = []
    for name in ("one", "t\nwo"):
        with FilmWriter(tmp_path / f"{name}.mp4", size=(64, 36), rate=Fraction(25), threads=1) as film:
            for _ in range(50):
                film.write_frame(np.zeros((36, 64, 3), np.uint8))
        spans += [(tmp_path / f"{name}.mp4", Span(Fraction(n), Fraction(n) + Fraction(2, 5))) for n in (1, 0)]
    facts = {path: source_facts(probe(path)) for path, _ in spans}
    text = export_m3u(lay_out(EditList(tuple(Clip(*found) for found in spans)), facts))
    (tmp_path / "cut.m3u").write_text(text)
    assert read_playlist(tmp_path / "cut.m3u", tell=told.append) == spans
    assert told == []
