"""Preview: what is handed to mpv, and the page that plays where mpv is missing."""

from __future__ import annotations

import json
import re
import webbrowser
from fractions import Fraction
from pathlib import Path

import pytest

from media.edits import Clip
from media.errors import UserError
from media.span import Span
from supercut import preview

CLIPS = [
    Clip(Path("a, b;c=100%.mp4"), Span(Fraction("1.5"), Fraction("2.25")), "hello"),
    Clip(Path("ü.mp4"), Span(Fraction(0), Fraction(1, 3)), "</script><b>"),
]


def test_mpv_is_told_lengths_of_names_so_that_any_sign_may_be_in_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    address = preview.mpv_address(CLIPS).removeprefix("edl://").encode()
    found = []
    while address:
        head, _, rest = address.removeprefix(b"%").partition(b"%")
        name, rest = rest[: int(head)], rest[int(head) :]
        times, _, address = rest.removeprefix(b",").partition(b";")
        found.append((Path(name.decode()).name, *map(float, times.split(b","))))
    assert found == [("a, b;c=100%.mp4", 1.5, 0.75), ("ü.mp4", 0.0, pytest.approx(1 / 3, abs=1e-6))]


def test_the_page_lists_the_clips_and_survives_their_words() -> None:
    page = preview.preview_page(CLIPS)
    assert page.count("</script>") == 1
    clips = json.loads(re.search(r"const clips = (\[.*?\]), screens", page)[1].replace("<\\/", "</"))  # type: ignore[index]
    assert [(clip["start"], clip["end"], clip["text"]) for clip in clips] == [(1.5, 2.25, "hello"), (0.0, pytest.approx(1 / 3), "</script><b>")]
    assert all(clip["url"].startswith("file:///") and " " not in clip["url"] for clip in clips)


def test_with_neither_player_nor_browser_one_line_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preview.shutil, "which", lambda name: None)
    monkeypatch.setattr(webbrowser, "open", lambda url: False)
    with pytest.raises(UserError, match=r"neither mpv nor a browser.*Install mpv"):
        preview.preview(CLIPS)
