"""Files of layers: faults with their line and the nearest right word; and what names on a command line stand for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from media.errors import UserError
from projection.layers.file import layers_of, read_layers
from projection.layers.layer import LayerSettings, settings_class
from projection.tables import LAYERS

FILE = """# a show
version = 1
size = "1280x720"

[[layer]]
kind = "plasma"
speed = 2

[[layer]]
kind = "ticker"
name = "news"
text = "Doors open at eight"
opacity = 0.8
"""

PLASMA = 'kind = "plasma"\nspeed = 2'


@pytest.fixture
def read(tmp_path: Path) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        (tmp_path / "layers.toml").write_text(text, encoding="utf-8")
        return read_layers(tmp_path / "layers.toml")

    return read


def kinds(layers: tuple[LayerSettings, ...]) -> list[str]:
    kind_of = {settings_class(kind): kind for kind in LAYERS}
    return [kind_of[type(layer)] for layer in layers]


def test_a_file_is_read(read: Any, tmp_path: Path) -> None:
    found = read(FILE)
    assert found.size_px == (1280, 720) and found.folder == tmp_path
    assert kinds(found.layers) == ["plasma", "ticker"]
    assert [layer.name for layer in found.layers] == ["plasma1", "news"]
    assert found.layers[0].speed == 2 and found.layers[1].opacity == 0.8


@pytest.mark.parametrize("text", ["", "version = 1", "layer = []"])
def test_no_layers_are_no_fault(read: Any, text: str) -> None:
    assert read(text).layers == ()


def test_names_that_are_left_out_are_made_and_never_twice(read: Any) -> None:
    text = '[[layer]]\nkind = "solid"\n' * 2 + '[[layer]]\nkind = "solid"\nname = "solid3"\n' + '[[layer]]\nkind = "solid"\n[[layer]]\nkind = "noise"\n'
    assert [layer.name for layer in read(text).layers] == ["solid1", "solid2", "solid3", "solid4", "noise1"]


@pytest.mark.parametrize(
    ("wrong", "right", "line", "words"),
    [
        ("opacity = 0.8", "opacty = 0.8", 13, "unknown key opacty. Did you mean opacity?"),
        ("opacity = 0.8", "opacity = 8", 13, "opacity must be less than or equal to 1, got 8"),
        ("speed = 2", "opacity = 3", 7, "opacity must be"),
        ("speed = 2", "visible = 'perhaps'", 7, "visible must be true or false, got 'perhaps'"),
        ("speed = 2", "position = [101, 0]", 7, "position.1 must be"),
        ("speed = 2", "speed = nan", 7, "speed must be a number"),
        ("speed = 2", 'colors = ["red", "bluu"]', 7, "'bluu'. Did you mean blue?"),
        ("speed = 2", "colors = []", 7, "from 1 to 32 colours"),
        ("speed = 2", 'name = "news"', 9, "two layers are called news"),
        ('name = "news"', 'name = "a.b"', 11, "no dots"),
        ('name = "news"', 'name = "all"', 11, "is not all"),
        ('kind = "ticker"', 'kind = "tickr"', 10, "'tickr'. Did you mean ticker?"),
        ('kind = "ticker"', "kind = 3", 10, "of the kind 3. Choose from: camera"),
        ('kind = "ticker"\n', "", 9, "no kind. Choose from: camera"),
        ('kind = "ticker"\nname = "news"\ntext = "Doors open at eight"', 'kind = "film"', 9, "files is missing"),
        ('kind = "ticker"\nname = "news"\ntext = "Doors open at eight"', 'kind = "picture"\nfiles = []', 11, "names nothing"),
        (PLASMA, 'kind = "film"\nfiles = "a"\nchannels = [0]', 8, "a channel is a number from 1 to 64 or a name, got 0"),
        (PLASMA, 'kind = "film"\nfiles = "a"\nchannels = ["rigth"]', 8, "got 'rigth'. Did you mean right?"),
        (PLASMA, 'kind = "film"\nfiles = "a"\nchannels = [1, 2, 3]', 8, "channels"),
        ("version = 1", "version = 2", 2, "version must be 1"),
        ("version = 1", "versoin = 1", 2, "Did you mean version?"),
        ('size = "1280x720"', 'size = "1280"', 3, "1920x480"),
        ("speed = 2", "speed =", 7, "not TOML"),
    ],
)
def test_a_fault_is_told_with_its_line(read: Any, wrong: str, right: str, line: int, words: str) -> None:
    assert wrong in FILE
    with pytest.raises(UserError) as told:
        read(FILE.replace(wrong, right))
    assert f"layers.toml:{line}: " in str(told.value)
    assert words in str(told.value)


def test_one_bracket_too_few_is_explained(read: Any) -> None:
    with pytest.raises(UserError, match=r"layers.toml:1: .*\[\[layer\]\]"):
        read('[layer]\nkind = "film"\n')


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        read_layers(tmp_path / "none.toml")


@pytest.mark.parametrize("kind", LAYERS)
def test_every_kind_has_settings_that_say_what_they_are(kind: str) -> None:
    group = settings_class(kind)
    for parameter in group.parameters():
        assert parameter.help, f"{kind}.{parameter.name}"
    assert not {"kind", "number"} & set(group.model_fields)


@pytest.mark.parametrize("kind", LAYERS)
def test_every_number_has_bounds(kind: str) -> None:
    """What a control moves, or a slip of the finger writes, must not stop a show."""
    for name, schema in settings_class(kind).model_json_schema()["properties"].items():
        if schema.get("type") in ("number", "integer") and name != "seed":
            assert {"minimum", "exclusiveMinimum"} & set(schema), f"{kind}.{name}"


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with some of everything, from which one looks."""
    for name in ("a.mp4", "b.mov", "films/c.mp4", "films/d.png", "e.json", "notes.json", "words.txt", "list.m3u"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "e.json").write_text('{"kind": "edit-list"}')
    (tmp_path / "wall.toml").write_text("version = 1\n\n[[surface]]\nname = 'a'\n")
    (tmp_path / "empty").mkdir()
    (tmp_path / "stills").mkdir()
    for name in ("p.png", "q.jpg", "stills/1.png", "stills/2.png"):
        Image.new("RGB", (16, 16)).save(tmp_path / name)
    (tmp_path / "layers.toml").write_text(FILE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_films_and_pictures_among_them_make_one_layer_in_their_order(files: Path) -> None:
    found = layers_of(["p.png", "a.mp4", "stills", "list.m3u", "b.mov"])
    assert kinds(found.layers) == ["film"]
    assert found.layers[0].files == tuple(str(files / name) for name in ("p.png", "a.mp4", "stills", "list.m3u", "b.mov"))
    assert found.size_px is None


def test_pictures_alone_make_one_layer_of_pictures(files: Path) -> None:
    found = layers_of(["p.png", "camera", "stills"])
    assert kinds(found.layers) == ["picture", "camera"]
    assert found.layers[0].files == (str(files / "p.png"), str(files / "stills"))


def test_a_playlist_is_a_layer_of_films(files: Path) -> None:
    assert kinds(layers_of(["list.m3u"]).layers) == ["film"]


def test_names_are_laid_in_the_order_in_which_they_come(files: Path) -> None:
    found = layers_of(["camera:1", "e.json", "films", "layers.toml", "camera", "q.jpg"])
    assert kinds(found.layers) == ["camera", "edits", "film", "plasma", "ticker", "camera"]
    assert [layer.name for layer in found.layers] == ["camera1", "edits1", "film1", "plasma1", "news", "camera2"]
    assert [layer.device for layer in found.layers if layer.name.startswith("camera")] == ["1", "0"]
    assert found.size_px == (1280, 720) and found.folder == files


@pytest.mark.parametrize(("name", "kind"), [("*.mp4", "film"), ("st*/*.png", "picture"), ("stills/%d.png", "picture")])
def test_patterns_stand_for_files(files: Path, name: str, kind: str) -> None:
    assert kinds(layers_of([name]).layers) == [kind]


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["none.mp4"], "none.mp4: there is no such file"),
        (["x*.mp4"], "there is no such file"),
        (["notes.json"], "no edit list"),
        (["a.mp4", "words.txt"], "words.txt: this is no film or sound file that can be read"),
        (["empty"], "empty: neither a film nor a picture is in this folder"),
        (["none/%04d.png"], "no such file"),
        (["wall.toml"], r"wall.toml: this is a file of surfaces, not of layers. Name what to show, and this with --surfaces wall.toml"),
        (["https://example.org/a.mp4"], "^https://example.org/a.mp4: this is an address of the network"),
        (["rtsp://10.0.0.3/1"], "write camera:rtsp://10.0.0.3/1"),
        (["layers.toml", "./layers.toml", "other.toml"], "second file of layers"),
        (["none.toml"], "no such file"),
    ],
)
def test_names_that_stand_for_nothing_are_told(files: Path, names: list[str], words: str) -> None:
    with pytest.raises(UserError, match=words):
        layers_of(names)


def test_no_names_are_no_layers(files: Path) -> None:
    assert layers_of([]).layers == ()


def test_nothing_heavy_is_loaded_to_read_a_file() -> None:
    import subprocess
    import sys

    code = """
import sys
import projection.layers.running
from projection.layers.layer import settings_class
from projection.tables import LAYERS
for kind in LAYERS:
    settings_class(kind)
print(sorted({"cv2", "av", "pygame", "moderngl", "sounddevice"} & set(sys.modules)))
"""
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_channels_have_names(read: Any) -> None:
    film = '[[layer]]\nkind = "film"\nfiles = "a.mp4"\nchannels = '
    for value, channels in (('["back left", "back right"]', (5, 6)), ('["center"]', (3,)), ("[17, 1]", (17, 1))):
        assert read(f"{film}{value}\n").layers[0].channels == channels
