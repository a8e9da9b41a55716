"""videogrep 2.3 command lines, with the name replaced, find the clips that videogrep finds.

The expected clips were printed by videogrep 2.3.0 (`--demo`) over the same two films, but for the labels of clips
that it merges: it keeps the first, we join them.
"""

from __future__ import annotations

import json
import shlex
import shutil
from pathlib import Path

import pytest

from supercut.cli import main
from supercut.videogrep import translate

FRAME_S = 1 / 25

COMMAND_LINES: list[tuple[str, list[tuple[str, float, float]]]] = [
    (
        '-i afterlight.mp4 -s light',
        [('afterlight', 1.32, 3.32), ('afterlight', 3.423, 6.222), ('afterlight', 39.218, 41.218), ('afterlight', 44.242, 46.858), ('afterlight', 47.458, 49.458)],
    ),
    (
        '-i afterlight.mp4 --search Light',
        [],
    ),
    (
        '-i afterlight.mp4 -s [Ll]ight',
        [('afterlight', 1.32, 3.32), ('afterlight', 3.423, 6.222), ('afterlight', 39.218, 41.218), ('afterlight', 44.242, 46.858), ('afterlight', 47.458, 49.458)],
    ),
    (
        '-i afterlight.mp4 -s light -s time',
        [('afterlight', 1.32, 3.32), ('afterlight', 3.423, 6.222), ('afterlight', 6.722, 8.98), ('afterlight', 21.016, 23.29), ('afterlight', 39.218, 41.218), ('afterlight', 44.242, 46.858), ('afterlight', 47.458, 49.458)],
    ),
    (
        '-i afterlight.mp4 -s ^The',
        [('afterlight', 3.423, 6.222), ('afterlight', 6.722, 8.98), ('afterlight', 33.326, 35.494), ('afterlight', 44.242, 46.858), ('afterlight', 47.458, 49.458)],
    ),
    (
        '-i afterlight.mp4 -s "light|dream" -m 3',
        [('afterlight', 1.32, 3.32), ('afterlight', 3.423, 6.222), ('afterlight', 36.194, 38.818)],
    ),
    (
        '-i afterlight.mp4 -s light -p 0.2',
        [('afterlight', 1.12, 6.422), ('afterlight', 39.018, 41.418), ('afterlight', 44.042, 47.058), ('afterlight', 47.258, 49.658)],
    ),
    (
        '-i afterlight.mp4 -s cut -p 0.5',
        [('afterlight', 16.07, 23.79)],
    ),
    (
        '-i afterlight.mp4 -s light -rs 0.25',
        [('afterlight', 1.57, 3.57), ('afterlight', 3.673, 6.472), ('afterlight', 39.468, 41.468), ('afterlight', 44.492, 47.108), ('afterlight', 47.708, 49.708)],
    ),
    (
        '-i afterlight.mp4 --search light --resyncsubs -0.5 --padding 0.1',
        [('afterlight', 0.72, 5.822), ('afterlight', 38.618, 40.818), ('afterlight', 43.642, 46.458), ('afterlight', 46.858, 49.058)],
    ),
    (
        '-i afterlight.mp4 -s light -st fragment',
        [('afterlight', 2.614, 2.883), ('afterlight', 4.993, 5.328), ('afterlight', 40.634, 40.852), ('afterlight', 44.533, 44.837), ('afterlight', 47.565, 47.886)],
    ),
    (
        '-i afterlight.mp4 -s "the light" -st fragment',
        [('afterlight', 4.92, 5.328), ('afterlight', 44.451, 44.837), ('afterlight', 47.458, 47.886)],
    ),
    (
        '-i afterlight.mp4 -s "is a" -st fragment -p 0.05',
        [('afterlight', 3.785, 4.079), ('afterlight', 21.447, 21.766), ('afterlight', 28.348, 28.63)],
    ),
    (
        '-i afterlight.mp4 -s "begin.* again" --search-type fragment',
        [('afterlight', 11.325, 11.95), ('afterlight', 45.884, 46.558)],
    ),
    (
        '-i afterlight.mp4 -s "." -st fragment -m 4',
        [('afterlight', 1.32, 2.883), ('afterlight', 3.423, 4.55), ('afterlight', 4.782, 5.922), ('afterlight', 6.722, 7.662)],
    ),
    (
        '-i afterlight.mp4 -s machine -st mash',
        [('afterlight', 33.423, 33.83)],
    ),
    (
        '-i second.mp4 -s light',
        [('second', 1.0, 4.0), ('second', 9.0, 12.0)],
    ),
    (
        '-i second.mp4 -s [Ll]ight -p 0.3',
        [('second', 0.7, 4.3), ('second', 8.7, 12.3)],
    ),
    (
        '-i afterlight.mp4 second.mp4 -s light -m 7',
        [('afterlight', 1.32, 3.32), ('afterlight', 3.423, 6.222), ('afterlight', 39.218, 41.218), ('afterlight', 44.242, 46.858), ('afterlight', 47.458, 49.458), ('second', 1.0, 4.0), ('second', 9.0, 12.0)],
    ),
    (
        '-i second.mp4 afterlight.mp4 -s "again|end" --max-clips 0',
        [('second', 11.0, 12.0), ('afterlight', 9.2, 12.25), ('afterlight', 12.77, 15.61), ('afterlight', 44.242, 46.858), ('afterlight', 47.458, 49.458)],
    ),
    (
        '-i afterlight.mp4 -s "And" -s "and" -p 0.1',
        [('afterlight', 3.323, 6.322), ('afterlight', 6.622, 9.08), ('afterlight', 9.1, 12.35), ('afterlight', 12.67, 15.71), ('afterlight', 16.47, 20.756), ('afterlight', 23.79, 26.997), ('afterlight', 30.055, 32.306), ('afterlight', 36.094, 38.918), ('afterlight', 41.252, 43.452), ('afterlight', 44.142, 46.958)],
    ),
    (
        '-i afterlight.mp4 -s "we cut" -st fragment -rs -0.1',
        [('afterlight', 16.828, 17.149), ('afterlight', 18.293, 18.604), ('afterlight', 19.443, 19.764)],
    ),
]

SECOND = """1
00:00:01,000 --> 00:00:03,000
The light is on.

2
00:00:02,500 --> 00:00:04,000
A second light, please.

3
00:00:06,000 --> 00:00:07,200
Nothing here.

4
00:00:09,000 --> 00:00:11,000
Light, and then some more light.

5
00:00:11,000 --> 00:00:12,000
The end of the light
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the shipped film and its captions, and a second film with SRT."""
    shipped = next((Path(__file__).parents[2] / "film").glob("*.mp4"))
    folder = tmp_path_factory.mktemp("videogrep")
    shutil.copy(shipped, folder / "afterlight.mp4")
    shutil.copy(shipped.with_suffix(".json"), folder / "afterlight.json")
    shutil.copy(shipped, folder / "second.mp4")
    (folder / "second.srt").write_text(SECOND)
    return folder


@pytest.mark.parametrize(("line", "expected"), COMMAND_LINES, ids=[line for line, _ in COMMAND_LINES])
def test_finds_the_clips_that_videogrep_finds(
    line: str, expected: list[tuple[str, float, float]], folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    status = main([*shlex.split(line), "--demo", "--json"])
    found = json.loads(capsys.readouterr().out or "[]")
    assert status == (0 if expected else 1)
    assert [Path(clip["source"]).stem for clip in found] == [film for film, _, _ in expected]
    for clip, (_, start, end) in zip(found, expected, strict=True):
        assert clip["start"] == pytest.approx(start, abs=FRAME_S)
        assert clip["end"] == pytest.approx(end, abs=FRAME_S)


def test_randomize_shuffles_the_same_clips(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(folder)
    lists = {}
    for extra in ("", "-r --seed 1", "-r --seed 1", "-r --seed 3"):
        main([*shlex.split(f"-i afterlight.mp4 -s the -st fragment {extra}"), "-d", "--json"])
        lists.setdefault(extra, []).append([clip["start"] for clip in json.loads(capsys.readouterr().out)])
    assert lists["-r --seed 1"][0] == lists["-r --seed 1"][1]
    assert lists["-r --seed 1"][0] != lists["-r --seed 3"][0]
    assert sorted(lists["-r --seed 3"][0]) == lists[""][0]


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("-i a.mp4 -n 2", "words --case -i a.mp4 --ngrams 2"),
        ("-i a.mp4 b.mp4 -tr", "transcribe -i a.mp4 b.mp4"),
        ("-i a.mp4 -tr -mo model -o x.mp4", "transcribe -i a.mp4 --model model"),
        ("-i a.mp4 --sphinx-transcribe", "transcribe -i a.mp4"),
        ("--input a.mp4 -s x -ec", "cut --case --input a.mp4 -s x -ec"),
    ],
)
def test_flags_that_choose_what_is_done_become_commands(line: str, meant: str) -> None:
    assert translate(shlex.split(line)) == shlex.split(meant)


def test_words_are_counted_as_videogrep_counts_them(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-i", str(folder / "afterlight.mp4"), "-n", "2", "--json"]) == 0
    counts = json.loads(capsys.readouterr().out)
    assert (counts[0]["words"], counts[0]["n"]) == ("in the", 4)
