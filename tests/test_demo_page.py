"""The demo's page: what it says is what was made, and nothing on it comes from elsewhere."""

from __future__ import annotations

import html
import re
import shlex
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

DEMO = Path(__file__).resolve().parents[1] / "demo"
COLOURS = {"colours": ["#101010", "#ff0000"], "ground": "#0a0a0f", "ink": "#f4f0e8"}


@pytest.fixture(scope="module")
def page() -> ModuleType:
    sys.path.insert(0, str(DEMO))
    try:
        import page

        return page
    finally:
        sys.path.remove(str(DEMO))


def shown(page: ModuleType, folder: Path, *parts: object) -> str:
    return page.page_html(page.Page("afterlight", page.Piece("film.mp4", facts="50.0 s"), parts), folder, **COLOURS)


def test_commands_are_shown_as_they_were_run(page: ModuleType, tmp_path: Path) -> None:
    command = "supercut cut 'my film.mp4' -t word -s \"<b>&\" --order alphabetical -p 80ms -o demo-out/supercut.mp4"
    text = shown(page, tmp_path, page.Part("Cut", "One.", (command,), (page.Piece("a.png", facts="1 MB"),)))
    code = re.search(r"<code>(.*?)</code>", text, re.DOTALL)
    assert code
    assert html.unescape(re.sub(r"</?span>", "", code[1])) == command


def test_nothing_comes_from_elsewhere(page: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "a.vtt").write_text("WEBVTT\n\n00:00.000 --> 00:01.000\nlight\n")
    pieces = (page.Piece("a.mp4", captions="a.vtt", facts="1 s"), page.Piece("b.mp4", look="strip"), page.Piece("c.png"), page.Piece("d.wav"))
    text = shown(page, tmp_path, page.Part("Cut", "One.", ("supercut",), pieces))
    sources = re.findall(r'(?:src|href|poster)="([^"]*)"', text)
    assert {"a.mp4", "b.mp4", "c.png", "d.wav", "film.mp4"} <= set(sources)
    assert [source for source in sources if "//" in source or source.startswith("/")] == []
    assert "http" not in text
    assert "@import" not in text


def test_words_of_captions_can_be_pressed(page: ModuleType, tmp_path: Path) -> None:
    vtt = "WEBVTT\n\nNOTE x\n\n1\n00:00.000 --> 00:00.480 align:left\n<v Ann>rock &amp; roll\n\n01:00:01.500 --> 01:00:02.000\ntwo\nlines\n"
    assert page.read_cues(vtt) == [(0.0, 0.48, "rock & roll"), (3601.5, 3602.0, "two lines")]
    (tmp_path / "a.vtt").write_text(vtt)
    text = shown(page, tmp_path, page.Part("Cut", "One.", ("supercut",), (page.Piece("a.mp4", captions="a.vtt", facts="1 s"),)))
    assert 'data-start="0.000" data-end="0.480">rock &amp; roll</button>' in text


def test_facts_of_a_picture_are_its_own(page: ModuleType, tmp_path: Path) -> None:
    Image.fromarray(np.zeros((30, 40, 3), np.uint8)).save(tmp_path / "a.png")
    assert page.with_facts(page.Piece("a.png"), tmp_path).facts == "40 × 30 · 0.0 MB"


def test_film_is_looked_at(page: ModuleType, film: Path, tmp_path: Path) -> None:
    import shutil

    shutil.copyfile(film, tmp_path / "film.mp4")
    page.render_page(page.Page("afterlight", page.Piece("film.mp4"), ()), tmp_path)
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "A film of 50 seconds" in text
    assert len(set(re.findall(r"#[0-9a-f]{6}", text))) > 20
    assert Image.open(tmp_path / "film.jpg").size == (640, 360)


@pytest.fixture
def make() -> ModuleType:
    sys.path.insert(0, str(DEMO))
    try:
        import make

        return make
    finally:
        sys.path.remove(str(DEMO))


def test_part_that_fails_is_told_in_its_program_s_words_and_makes_no_page(
    make: ModuleType, page: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    part = page.Part("Cut", "One.", ("supercut cut {film} -t word -s xyzzy -o {out}/a.mp4",), (page.Piece("a.mp4"),))
    monkeypatch.setattr(make, "PARTS", (part,))
    assert make.main(["--out", str(tmp_path / "my demo")]) == 1
    captured = capsys.readouterr()
    assert "xyzzy" in captured.err
    assert "Traceback" not in captured.err
    assert captured.out == ""
    assert not (tmp_path / "my demo" / "index.html").exists()


def test_last_line_is_the_path_of_the_page(
    make: ModuleType, page: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    part = page.Part("Words", "Many.", ("supercut words {film} -n 2 --picture {out}/words.png",), (page.Piece("words.png"),))
    monkeypatch.setattr(make, "PARTS", (part,))
    assert make.main(["--out", str(tmp_path / "my demo")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("Words ")
    assert Path(lines[-1]) == tmp_path / "my demo" / "index.html"
    code = re.search(r"<code>(.*?)</code>", Path(lines[-1]).read_text(encoding="utf-8"), re.DOTALL)
    assert code
    command = html.unescape(re.sub(r"</?span>", "", code[1]))
    assert shlex.split(command)[-1] == str(tmp_path / "my demo" / "words.png")


def test_files_of_the_parts_are_those_that_their_commands_write(make: ModuleType) -> None:
    for part in make.PARTS:
        for piece in part.pieces:
            assert any(f"{{out}}/{piece.file}" in command for command in part.commands), piece.file
