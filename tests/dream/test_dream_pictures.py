"""Picture files of every kind are read as they are shown, and written in formats that keep all of them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms
from PIL.Image import registered_extensions

from dream.pictures import WRITTEN, Picture, read_picture, read_recipe, write_picture
from media.errors import UserError


def test_a_dream_changes_the_picture_and_keeps_its_size(folder: Path, dream: Callable, drawn: np.ndarray, gallery: Any) -> None:
    gallery.save("in.png", drawn)
    assert dream("still", "in.png", *gallery.quick)[0] == 0
    change = np.abs(gallery.pixels("in-dream.png") - drawn)
    assert change.shape == drawn.shape and change.mean() > 3
    assert not list(folder.glob("*preview*")) and not list(folder.glob(".*"))


def test_alpha_is_kept(folder: Path, dream: Callable, drawn: np.ndarray, gallery: Any) -> None:
    alpha = np.tile(np.linspace(0, 255, 80).astype(np.uint8), (60, 1))
    gallery.save("in.png", np.dstack([drawn, alpha]))
    assert dream("still", "in.png", "-o", "out.png", *gallery.quick)[0] == 0
    with Image.open("out.png") as out:
        assert out.mode == "RGBA" and np.array_equal(np.asarray(out)[..., 3], alpha)
    assert dream("still", "in.png", "-o", "out.jpg", *gallery.quick)[0] == 0
    assert Image.open("out.jpg").mode == "RGB"


def test_see_through_palettes_keep_their_alpha(folder: Path, gallery: Any) -> None:
    image = Image.new("P", (8, 8), 1)
    image.putpalette([255, 0, 0, 0, 255, 0])
    image.putpixel((0, 0), 0)
    gallery.save("in.gif", image, transparency=0)
    alpha = read_picture(Path("in.gif")).alpha
    assert alpha is not None and alpha[0, 0] == 0 and alpha[1:].min() == 255


@pytest.mark.parametrize("turned", range(1, 9))
def test_exif_turns_pictures_upright(folder: Path, turned: int, gallery: Any) -> None:
    upright = np.zeros((20, 30, 3), np.uint8)
    upright[:10, :15], upright[:10, 15:], upright[10:, :15] = (255, 0, 0), (0, 255, 0), (0, 0, 255)
    undo = {
        1: upright, 2: upright[:, ::-1], 3: upright[::-1, ::-1], 4: upright[::-1], 5: upright.transpose(1, 0, 2),
        6: np.rot90(upright), 7: upright[::-1, ::-1].transpose(1, 0, 2), 8: np.rot90(upright, -1),
    }  # fmt: skip
    exif = Image.Exif()
    exif[0x0112] = turned
    gallery.save("in.png", np.ascontiguousarray(undo[turned]), exif=exif)
    assert np.array_equal(read_picture(Path("in.png")).rgb, upright)


def test_cmyk_and_sixteen_bits_and_floats_are_read(folder: Path, gallery: Any) -> None:
    grey = np.tile(np.linspace(0, 65535, 64).astype(np.uint16), (16, 1))
    wanted = (grey / 257).round().astype(int)
    gallery.save("deep.png", Image.fromarray(grey))
    gallery.save("deep.tif", Image.fromarray(grey))
    gallery.save("float.tif", Image.fromarray((grey / 65535).astype(np.float32)))
    for name in ("deep.png", "deep.tif", "float.tif"):
        assert np.abs(read_picture(Path(name)).rgb.astype(int) - wanted[..., None]).max() <= 1, name
    cmyk = Image.merge("CMYK", [Image.new("L", (16, 16), ink) for ink in (0, 255, 255, 0)])
    gallery.save("press.jpg", cmyk, quality=100)
    assert np.abs(read_picture(Path("press.jpg")).rgb.mean((0, 1)) - (255, 0, 0)).max() < 12


def test_colours_of_a_profile_become_those_of_a_screen(folder: Path, gallery: Any) -> None:
    screen = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = screen.replace(b"rXYZ", b"?XYZ", 1).replace(b"gXYZ", b"rXYZ", 1).replace(b"?XYZ", b"gXYZ", 1)  # its red is a screen's green
    wanted = {screen: (200, 60, 30), swapped: (60, 200, 30), b"no profile": (200, 60, 30)}
    for profile, colour in wanted.items():
        gallery.save("in.png", Image.new("RGB", (8, 8), (200, 60, 30)), icc_profile=profile)
        assert np.abs(read_picture(Path("in.png")).rgb.astype(int) - colour).max() <= 3


@pytest.mark.parametrize("name", ["in.gif", "in.webp", "in.png"])
def test_of_an_animation_the_first_frame_is_dreamed(folder: Path, name: str, gallery: Any) -> None:
    frames = [Image.new("RGB", (16, 12), color) for color in ((250, 0, 0), (0, 0, 250))]
    gallery.save(name, frames[0], save_all=True, append_images=frames[1:], lossless=True)
    assert np.abs(read_picture(Path(name)).rgb.astype(int) - (250, 0, 0)).max() < 8


@pytest.mark.parametrize("size", [(2, 2), (2, 300), (301, 3), (47, 49)])
def test_small_and_narrow_pictures_dream(folder: Path, dream: Callable, size: tuple[int, int], gallery: Any) -> None:
    gallery.save("in.png", np.random.default_rng(1).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8))
    assert dream("still", "in.png", "-o", "out.png", *gallery.quick)[0] == 0
    assert Image.open("out.png").size == size


def bomb(path: Path, width: int, height: int) -> None:
    """A PNG of a few bytes that claims to be huge."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b""))


def test_what_is_no_picture_is_refused_in_a_line(folder: Path, dream: Callable, drawn: np.ndarray, gallery: Any) -> None:
    bomb(folder / "bomb.png", 60_000, 60_000)
    gallery.save("thin.png", np.zeros((50, 1, 3), np.uint8))
    gallery.save("whole.png", drawn)
    Path("cut.png").write_bytes(Path("whole.png").read_bytes()[:900])
    Path("text.jpg").write_text("no picture")
    Path("empty.png").write_bytes(b"")
    (folder / "none").mkdir()
    for name, words in {
        "bomb.png": "60000x60000 are more pixels", "thin.png": "1x50 pixels are too few", "cut.png": "no picture that can be read",
        "text.jpg": "no picture that can be read", "empty.png": "no picture that can be read", "gone.png": "there is no such file",
        "none": "no picture in this folder",
    }.items():  # fmt: skip
        began = set(folder.iterdir())
        status, out, err = dream("still", name, "-o", "out.png", *gallery.quick)
        assert status == 2 and not out and err.count("\n") == 1 and name in err and words in err, (name, err)
        assert set(folder.iterdir()) == began


KINDS: dict[str, dict[str, Any]] = {
    "PNG": {}, "JPEG": {}, "TIFF": {"compression": "tiff_lzw"}, "GIF": {}, "WEBP": {}, "TGA": {}, "JPEG2000": {}, "AVIF": {},
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_however_broken_is_a_picture_or_refused(folder: Path, drawn: np.ndarray, kind: str) -> None:
    if kind not in registered_extensions().values():
        pytest.skip(f"this Pillow knows no {kind}")
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "x"
    whole = BytesIO()
    Image.fromarray(drawn[:24, :32]).save(whole, kind, exif=exif, **KINDS[kind])
    path, chance = folder / "broken", np.random.default_rng(1)
    for _ in range(150):
        broken = bytearray(whole.getvalue())
        for place in chance.integers(0, min(400, len(broken)), 4):
            broken[place] = chance.choice([0, 1, 255])
        path.write_bytes(broken)
        try:
            read = read_picture(path)
        except UserError as error:
            assert error.where == str(path) and error.remedy
        else:
            assert read.rgb.dtype == np.uint8 and read.rgb.shape == (*read.size_px, 3) and min(read.size_px) >= 2
            assert read.alpha is None or read.alpha.shape == read.size_px


@pytest.mark.parametrize("suffix", WRITTEN)
def test_what_is_written_comes_back(folder: Path, drawn: np.ndarray, suffix: str) -> None:
    path, alpha = folder / f"out{suffix}", np.tile(np.linspace(0, 255, 80).astype(np.uint8), (60, 1))
    write_picture(path, Picture(drawn, alpha), recipe={"command": "still"})
    found = read_picture(path)
    seen = np.ones_like(alpha, bool) if WRITTEN[suffix].is_opaque else alpha > 0  # nobody sees what colour nothing has
    assert np.abs(found.rgb.astype(int) - drawn)[seen].mean() < 4
    assert (found.alpha is None) if WRITTEN[suffix].is_opaque else np.array_equal(found.alpha, alpha)
    assert read_recipe(path) == {"command": "still"}


def test_others_keep_their_own_limit_of_pixels(folder: Path, drawn: np.ndarray, monkeypatch: pytest.MonkeyPatch, gallery: Any) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    assert read_picture(gallery.save("in.png", drawn)).size_px == (60, 80)
    assert Image.MAX_IMAGE_PIXELS == 1000
    Path("text.png").write_text("no picture")
    with pytest.raises(UserError):
        read_picture(Path("text.png"))
    assert Image.MAX_IMAGE_PIXELS == 1000


def test_what_no_format_can_hold_is_refused_before_any_work(folder: Path, dream: Callable, gallery: Any) -> None:
    gallery.save("in.png", np.zeros((2, 16_384, 3), np.uint8))
    assert gallery.refused(dream("still", "in.png", "-o", "out.webp"), "16384x2 pixels are more than .webp holds (16383 a side)")
    for suffix in (".gif", ".ico", ".jfif", ".h5", ".blp", ".palm", ".pgm", ".xyz"):
        assert gallery.refused(dream("still", "in.png", "-o", f"out{suffix}"), "cannot be written with the suffix")
    assert {path.name for path in folder.iterdir()} == {"in.png"}


def test_places_that_do_not_fit_are_refused_before_any_work(folder: Path, dream: Callable, drawn: np.ndarray, gallery: Any) -> None:
    gallery.save("in.png", drawn)
    gallery.save("two.png", drawn)
    (folder / "taken.png").mkdir()
    for words, told in {
        ("in.png", "-o", "out.xyz"): "cannot be written", ("in.png", "-o", "no/out.png"): "does not exist", ("in.png", "-o", "in.png"): "take the place",
        ("in.png", "two.png", "-o", "out.png"): "2 pictures need a folder", ("in.png", "-m", "eyess"): "Did you mean eyes?",
        ("in.png", "--mask", "gone.png"): "no such file", ("in.png", "-d", "mps"): "--device mps", (): "PICTURES is missing",
    }.items():  # fmt: skip
        before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
        status, _, err = dream("still", *words, *gallery.quick)
        assert status == 2 and err.count("\n") == 1 and told in err, (words, err)
        assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before
