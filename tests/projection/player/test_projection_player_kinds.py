"""Films of unusual kinds, through the real player: interlaced, transparent, of more light than a screen has, at no steady rate."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from media.frames import read_frames
from projection.player.hdr import to_screen
from projection.player.interlaced import whole_pictures
from projection.player.pixels import to_pixels

STAGE = (640, 360)
Watch = Callable[..., Any]
_PQ, _HLG, _BT2020 = 16, 18, 9


def encode(path: Path, codec: str, pixel_format: str, pictures: list[np.ndarray], **more: Any) -> Path:
    """A film of pictures, 25 a second unless their `stamps`, in seconds / 100, tell otherwise."""
    order = more.pop("order", "")
    stamps, options = more.pop("stamps", range(0, 4 * len(pictures), 4)), more.pop("options", {})
    with av.open(str(path), "w") as film:
        video: Any = film.add_stream(codec, rate=100, options=options)
        video.height, video.width = pictures[0].shape[:2]
        video.pix_fmt = pixel_format
        for name, value in more.items():
            setattr(video.codec_context, name, value)
        for picture, stamp in zip(pictures, stamps, strict=True):
            frame = av.VideoFrame.from_ndarray(picture, format="rgba" if picture.shape[2] == 4 else "rgb24")
            frame = frame.reformat(format=pixel_format, dst_colorspace=more.get("colorspace"))
            frame.pts, frame.time_base = stamp, Fraction(1, 100)
            frame = with_field_order(frame, order) if order else frame
            film.mux(video.encode(frame))
        film.mux(video.encode(None))
    return path


def with_field_order(frame: av.VideoFrame, order: str) -> av.VideoFrame:
    """As a camera marks it: the upper lines (tff) or the lower ones (bff) first."""
    graph = av.filter.Graph()
    source = graph.add("buffer", f"video_size={frame.width}x{frame.height}:pix_fmt={frame.format.name}:time_base={frame.time_base}")
    graph.link_nodes(source, graph.add("setfield", order), graph.add("buffersink")).configure()
    graph.push(frame)
    return graph.pull()


def shown(seen: Any) -> tuple[np.ndarray, bool]:
    """What is to be seen now, (H, W, 4), and whether it is opaque."""
    return to_pixels(seen.player.picture(seen.clock.now(), wait_s=20), stage_px=STAGE)


def edge(row: np.ndarray) -> int:
    """Where it becomes bright, in pixels."""
    return int(np.argmax(row > 128))


@pytest.fixture(params=["tff", "bff"])
def moving(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A bright half that moves to the left, by 4 pixels in a fiftieth of a second; half of its lines are filmed after the others."""
    pictures, first = [], 0 if request.param == "tff" else 1
    for n in range(25):
        picture = np.full((96, 320, 3), 20, np.uint8)
        picture[first::2, 300 - 8 * n :] = picture[1 - first :: 2, 296 - 8 * n :] = 220
        pictures.append(picture)
    options = {"x264-params": "interlaced=1", "crf": "10", "bf": "0"}
    return encode(tmp_path / "video.mp4", "libx264", "yuv420p", pictures, options=options, order=request.param)


def test_of_two_instants_in_a_picture_each_is_seen_whole(moving: Path, watch: Watch) -> None:
    seen = watch(moving)
    edges = []
    for _ in range(45):
        picture, _ = shown(seen)
        across = [edge(row[:, 1]) for row in picture[10:86]]
        assert np.ptp(across) <= 1, "it has teeth"
        edges.append(across[0])
        seen.clock.advance(0.02)
    assert np.abs(np.diff(edges)[1:] + 4).max() <= 1
    assert seen.player.status().n_shown >= 44


def test_one_that_is_interlaced_is_seen_to_its_end_and_from_any_place(moving: Path, films: dict[str, Path], watch: Watch) -> None:
    seen = watch(moving, films["b"])
    seen.now()
    seen.clock.advance(0.94)
    assert abs(edge(shown(seen)[0][50, :, 1]) - 112) <= 4
    assert seen.after(0.04) == 100
    seen = watch(moving)
    seen.now()
    seen.player.seek(0.5)
    assert abs(edge(shown(seen)[0][50, :, 1]) - 200) <= 2


def test_films_that_are_not_interlaced_keep_their_pictures(films: dict[str, Path]) -> None:
    frames = list(read_frames(films["b"]))
    assert list(whole_pictures(frames)) == frames


@pytest.mark.parametrize(
    ("name", "codec", "pixel_format"),
    [
        ("film.webm", "libvpx-vp9", "yuva420p"),
        ("film.webm", "libvpx", "yuva420p"),
        ("film.mov", "prores_ks", "yuva444p10le"),
        ("film.mov", "png", "rgba"),
        ("film.mov", "qtrle", "argb"),
    ],
)
def test_what_is_transparent_is_so(name: str, codec: str, pixel_format: str, tmp_path: Path, watch: Watch, told: list[str]) -> None:
    picture = np.zeros((96, 160, 4), np.uint8)
    picture[:, 80:] = (200, 100, 40, 255)
    options = {"auto-alt-ref": "0", "crf": "4", "b": "4M"} if codec.startswith("libvpx") else {}
    seen = watch(encode(tmp_path / name, codec, pixel_format, [picture] * 10, options=options, colorspace=6))
    bgra, is_opaque = shown(seen)
    assert not is_opaque
    assert bgra[48, :70].max() <= 6
    assert np.abs(bgra[48, 100:].astype(int) - (40, 100, 200, 255)).max() <= 12
    seen.player.seek(0.3)
    assert shown(seen)[0][48, 40].max() <= 6 and not told


@pytest.mark.parametrize("transfer", [_PQ, _HLG])
def test_more_light_than_a_screen_has_is_pressed_together(transfer: int, tmp_path: Path, watch: Watch) -> None:
    ramp = np.repeat(np.linspace(0, 255, 320).astype(np.uint8)[None, :, None], 96, axis=0).repeat(3, axis=2)
    tags = {"color_trc": transfer, "color_primaries": _BT2020, "colorspace": _BT2020}
    options = {"x265-params": "log-level=none:crf=8"}
    path = encode(tmp_path / "film.mkv", "libx265", "yuv420p10le", [ramp] * 5, options=options, **tags)
    bgra, is_opaque = shown(watch(path))
    grey = bgra[48].astype(int)
    assert is_opaque and np.ptp(grey[:, :3], axis=1).max() <= 3
    assert (np.diff(grey[:, 1]) >= -1).all() and grey[2, 1] <= 4 and grey[-2, 1] >= 253
    assert abs(grey[round(319 * (0.58 if transfer == _PQ else 0.75)), 1] - 230) <= 4  # white paper, by BT.2408


def test_wide_colours_come_near_to_those_of_a_screen() -> None:
    """Skin, leaves and sky at 100 cd/m2, of BT.2020 and PQ: levels by BT.2087 and ST 2084."""
    to_wide = np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]])
    for color in ((0.9, 0.6, 0.5), (0.3, 0.5, 0.2), (0.35, 0.55, 0.8), (0.5, 0.5, 0.5)):
        nits = 100 * to_wide @ np.array(color) ** 2.4
        powered = (nits / 10_000) ** (1305 / 8192)
        levels = ((107 / 128 + 2413 / 128 * powered) / (1 + 2392 / 128 * powered)) ** (2523 / 32)
        red, green, blue = (np.full((4, 4), round(1023 * level), np.uint16) for level in levels)
        found = to_screen((green, blue, red), _PQ)[0, 0, 2::-1] / 190
        assert np.abs(found - color).max() < 0.05


def test_a_film_of_no_steady_rate_keeps_its_times(tmp_path: Path, watch: Watch, number_picture: Any) -> None:
    stamps = [0, 4, 8, 30, 31, 90, 94, 150]
    path = encode(tmp_path / "film.mkv", "libx264", "yuv420p", [number_picture(n) for n in range(8)], stamps=stamps, options={"crf": "16"})
    seen = watch(path)
    found = seen.sees(every_s=0.01, n=152)
    begins = [found.index(n) for n in range(8)]
    assert all(-2 <= begin - stamp <= 0 for begin, stamp in zip(begins, stamps, strict=True))


def test_a_camera_that_was_turned_over(tmp_path: Path, watch: Watch) -> None:
    picture = np.zeros((96, 160, 3), np.uint8)
    picture[:48] = 220
    path = tmp_path / "film.mp4"
    with av.open(str(path), "w") as film:
        video: Any = film.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt = 160, 96, "yuv420p"
        video.set_display_rotation(180)
        film.mux([*video.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")), *video.encode(None)])
    assert shown(watch(path))[0][10, 80, 1] < 40


def test_what_has_neither_picture_nor_sound_is_left_out(tmp_path: Path, films: dict[str, Path], watch: Watch, told: list[str]) -> None:
    path = tmp_path / "words.mkv"
    path.write_text("1\n00:00:00,000 --> 00:00:02,000\nwords\n\n")
    path = path.rename(tmp_path / "words.srt")
    assert watch(path, films["b"]).now() == 100
    assert len(told) == 1 and "words.srt" in told[0]
