"""The whole program, with its processes, and a fault at the edge of the operating system: pictures go on, and a line says what is wrong."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import av
import cv2
import numpy as np
import pytest

from media.write import FilmWriter
from projection.cli import main

pytestmark = pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="processes are told apart by /proc")
CELLS = 4
"""Columns and rows, in which what a show shows is looked at."""
Cell = tuple[int, int]
Play = Callable[..., Any]


class Cable:
    """A sound device whose plug can be pulled: SDL's disk driver writes into a pipe, and this is its other end."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "cable" / "out"
        self._path.parent.mkdir()
        self.environment = {"SDL_AUDIODRIVER": "disk", "SDL_DISKAUDIOFILE": str(self._path)}
        self.plug()

    def plug(self) -> None:
        """It is there."""
        self.is_there = True
        with suppress(FileNotFoundError):
            self._path.rmdir()
        os.mkfifo(self._path)
        self._end = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK)
        self._ended = Event()
        Thread(target=self._take, args=(self._end, self._ended), daemon=True).start()

    def pull(self) -> None:
        """It is gone, and cannot be opened."""
        self.is_there = False
        self._ended.set()
        self._path.unlink()
        self._path.mkdir()
        os.close(self._end)

    def _take(self, end: int, ended: Event) -> None:
        while not ended.wait(0.005):
            with suppress(OSError):
                os.read(end, 1 << 20)


class Camera:
    """A camera of the network, whose plug can be pulled: pictures, one after the other, by HTTP."""

    def __init__(self) -> None:
        camera, self.port = self, 0

        class Pictures(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=next")
                self.end_headers()
                level = 100
                while camera._is_there:
                    level = 100 + (level + 7) % 100
                    jpeg = cv2.imencode(".jpg", np.full((36, 64, 3), level, np.uint8))[1].tobytes()
                    with suppress(OSError):
                        self.wfile.write(b"--next\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(jpeg) + jpeg + b"\r\n")
                    time.sleep(0.03)

            def log_message(self, *_: object) -> None:
                pass

        self._pictures = Pictures
        self.plug()

    def plug(self) -> None:
        """It is there."""
        self._is_there = True
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), self._pictures)
        self.port = self._server.server_port
        Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def pull(self) -> None:
        """It is gone."""
        self._is_there = False
        self._server.shutdown()
        self._server.server_close()


def layer(kind: str, cell: Cell, **keys: object) -> str:
    """A layer that fills a cell, as files of layers have it."""
    position = [(at + 0.5) / CELLS - 0.5 for at in cell]
    lines = {"kind": kind, "position": position, "scale": 1 / CELLS, "fit": "stretch"} | keys
    return "[[layer]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in lines.items())


def layers(folder: Path, *written: str) -> str:
    """A file of layers, with one that moves in the first cell."""
    path = folder / "layers.toml"
    path.write_text("version = 1\nsize = '160x90'\n" + layer("plasma", (0, 0), speed=20) + "".join(written))
    return str(path)


MOVING = (0, 0)


def make_film(
    path: Path, *, layout: str = "", size: tuple[int, int] = (64, 36), pixels: str = "yuv420p", is_hdr: bool = False, rotation: int = 0
) -> Path:
    """A film of three seconds, whose pictures differ in brightness, with a tone where it has a layout of channels."""
    with av.open(str(path), "w") as film:
        video: Any = film.add_stream("libx264", rate=25, options={"g": "10", "preset": "ultrafast"})
        video.width, video.height, video.pix_fmt, video.thread_count = *size, pixels, 1
        sound: Any = film.add_stream("pcm_s16le", rate=48_000, layout=layout) if layout else None
        if is_hdr:
            video.codec_context.color_primaries, video.codec_context.color_trc, video.codec_context.colorspace = 9, 16, 9
        if rotation:
            video.set_display_rotation(rotation)
        for number in range(75):
            picture = np.full((size[1], size[0], 3), 100 + 7 * number % 120, np.uint8)
            film.mux(video.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
            if sound is not None:
                block = np.full((1, 1920 * sound.channels), 1000, np.int16)
                block[:, :: 2 * sound.channels] = -1000
                heard = av.AudioFrame.from_ndarray(block, format="s16", layout=layout)
                heard.sample_rate, heard.pts = 48_000, 1920 * number
                film.mux(sound.encode(heard))
        film.mux(video.encode(None))
    return path


def make_sound(path: Path) -> Path:
    """A sound of three seconds, without pictures."""
    with FilmWriter(path, sound=True) as film:
        film.write_sound(np.full((3 * 48_000, 2), 0.1, np.float32))
    return path


# One show in which much goes wrong: each test leaves it as it was.

LAMP = (3, 0)
FILM, CAMERA = (1, 0), (2, 0)
GONE = "sound: the default device: it is gone. Nothing is heard until it is back; everything else goes on."
WALL = "version = 1\n[[surface]]\nname = 'wall'\n"


@dataclass
class Night:
    """A show with all that can be lost."""

    show: Any
    folder: Path
    cable: Cable
    camera: Camera


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory, begin_show: Play) -> Iterator[Night]:
    folder = tmp_path_factory.mktemp("night")
    cable, camera = Cable(folder), Camera()
    (folder / "wall.toml").write_text(WALL)
    film = make_film(folder / "film.mkv", layout="stereo")
    written = layers(
        folder, layer("film", FILM, files=[str(film)]), layer("camera", CAMERA, device=f"http://127.0.0.1:{camera.port}/"),
        layer("solid", LAMP, color="#ffffff"),
    )  # fmt: skip
    show = begin_show(folder, written, "-s", str(folder / "wall.toml"), "-r", str(folder / "show.mkv"), **cable.environment)
    show.until_moving(MOVING, FILM, CAMERA)
    yield Night(show, folder, cable, camera)
    show.close()
    camera.pull()


def test_a_file_of_surfaces_that_is_broken_while_it_runs(night: Night) -> None:
    wall, since_s = night.folder / "wall.toml", time.perf_counter()
    wall.write_text(WALL + "opacitee = 1\n")
    night.show.until_told("wall.toml:4: unknown key surface.1.opacitee", "What it said before goes on.")
    night.show.goes_on(MOVING, since_s=since_s)
    wall.write_text(WALL + "corners = [[0, 0], [1, 1], [1, 0], [0, 1]]\n")
    night.show.until_told("wall.toml:2: surface wall: its top and bottom sides cross", "What it said before goes on.")
    night.show.goes_on(MOVING, since_s=since_s)
    assert night.show.seen[-1].levels[LAMP] > 250
    wall.write_text(WALL + "look = { brightness = 0.5 }\n")
    night.show.until(lambda: 120 < night.show.seen[-1].levels[LAMP] < 135)


def test_a_file_of_layers_that_is_broken_while_it_runs(night: Night) -> None:
    path, since_s = night.folder / "layers.toml", time.perf_counter()
    text = path.read_text()
    path.write_text("kind =")
    night.show.until_told("layers.toml:1: this is not TOML", "What it said before goes on.")
    night.show.goes_on(MOVING, since_s=since_s)
    path.write_text(text.replace("#ffffff", "#808080"))
    night.show.until(lambda: 55 < night.show.seen[-1].levels[LAMP] < 70)  # the wall is half as bright
    path.write_text(text)
    night.show.until(lambda: 120 < night.show.seen[-1].levels[LAMP] < 135)
    night.show.goes_on(MOVING, since_s=since_s)


def test_a_camera_that_is_unplugged_and_plugged_in_again(night: Night) -> None:
    night.show.until_moving(CAMERA)
    since_s = time.perf_counter()
    night.camera.pull()
    night.show.until_told(f"camera1: camera:http://127.0.0.1:{night.camera.port}/", "it gives no more pictures")
    night.show.goes_on(MOVING, since_s=since_s)
    night.camera.plug()
    night.show.until_moving(CAMERA)
    night.show.goes_on(MOVING, since_s=since_s)


def test_a_sound_process_that_is_killed(night: Night) -> None:
    since_s = time.perf_counter()
    os.kill(night.show.process_with("/clock"), signal.SIGKILL)
    night.show.until_told("sound: its process ended (SIGKILL); it is begun anew.")
    night.show.process_with("/cable/out")  # the new one plays
    night.show.goes_on(MOVING, since_s=since_s)
    night.show.goes_on(FILM, since_s=since_s)


def test_a_sound_device_that_is_lost(night: Night) -> None:
    night.show.process_with("/cable/out")
    since_s = time.perf_counter()
    night.cable.pull()
    night.show.until_told(GONE)
    night.show.goes_on(MOVING, since_s=since_s)
    night.show.goes_on(FILM, since_s=since_s)


@pytest.mark.slow
def test_a_sound_device_that_comes_back(night: Night) -> None:
    if night.cable.is_there:
        night.cable.pull()
    night.show.until_told(GONE)
    since_s = time.perf_counter()
    night.cable.plug()
    night.show.until_told("sound: the default device plays.")
    night.show.goes_on(MOVING, since_s=since_s)
    night.show.goes_on(FILM, since_s=since_s)


def test_an_output_that_is_killed(night: Night) -> None:
    since_s = time.perf_counter()
    os.kill(night.show.process_with("/layer-0"), signal.SIGKILL)
    night.show.until_told("main: its process has ended; it is begun again")
    night.show.until_moving(MOVING, FILM)
    print(f"back after {night.show.longest_s(MOVING, since_s=since_s):.2f} s")


def test_a_disk_that_is_full_while_it_records(night: Night) -> None:
    import resource

    film, since_s = night.folder / "show.mkv", time.perf_counter()
    night.show.until(film.exists)
    n_bytes = film.stat().st_size + 1000
    resource.prlimit(night.show.process_with("show.mkv"), resource.RLIMIT_FSIZE, (n_bytes, n_bytes))
    night.show.until_told("show.mkv: the file grew past what this disk", "The show goes on")
    night.show.goes_on(MOVING, since_s=since_s)
    with av.open(str(film)) as recorded:
        assert recorded.streams.video[0].width == 160


def test_it_ends_by_ctrl_c(night: Night) -> None:
    report = night.show.end()
    assert report["outputs"][0]["restarts"] == sum("its process has ended" in line for line in night.show.lines)
    assert report["recording"]["failed"] == any("show.mkv: the file grew" in line for line in night.show.lines)


# Shows that begin with a fault, or end with one.


@pytest.mark.parametrize(
    ("wall", "told"),
    [
        ("name =", "wall.toml:3: this is not TOML"),
        ("nmae = 'wall'", "wall.toml:3: unknown key surface.1.nmae. Did you mean name?"),
        ("name = 'wall'\ncorners = [[0, 0], [1, 1], [1, 0], [0, 1]]", "wall.toml:2: surface wall: its top and bottom sides cross"),
        (
            "name = 'wall'\ncorners = [[0, 0], [1, 0], [1, 0], [0, 1]]",
            "wall.toml:2: surface wall: its top right and bottom right corners lie on",
        ),
        (
            "name = 'wall'\ncorners = [[0, 0], [0.5, 0], [1, 0], [0, 1]]",
            "wall.toml:2: surface wall: its top right corner lies on the line between",
        ),
    ],
)
def test_surfaces_that_cannot_be_shown_are_refused_before_there_is_a_window(
    wall: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    (tmp_path / "wall.toml").write_text(f"version = 1\n[[surface]]\n{wall}\n")
    assert main(["play", layers(tmp_path), "--surfaces", str(tmp_path / "wall.toml")]) == 2
    captured = capsys.readouterr()
    assert told in captured.err and captured.err.count("\n") == 1 and captured.out == ""


def test_nothing_that_plays_sound_and_nothing_that_draws_with_gl(play: Play, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film.mkv", layout="stereo")
    show = play(layers(tmp_path, layer("film", FILM, files=[str(film)])), "--gl", SDL_AUDIODRIVER="none such")
    show.until_moving(MOVING, FILM)
    show.until_told("sound: there is no sound device on this machine now.", "Nothing is heard until there is one; everything else goes on.")
    show.until_told("main: a window of 160x90; drawn with no graphics card", "GL is not used: ")
    since_s = time.perf_counter()
    show.goes_on(MOVING, since_s=since_s)
    show.goes_on(FILM, since_s=since_s)
    assert show.end()["outputs"][0]["restarts"] == 0


@pytest.mark.slow
def test_gl_that_is_too_old(play: Play, tmp_path: Path) -> None:
    show = play(layers(tmp_path), "--gl", SDL_VIDEODRIVER="offscreen", MESA_GL_VERSION_OVERRIDE="2.1", MESA_LOADER_DRIVER_OVERRIDE="swrast")
    show.until_moving(MOVING)
    show.until_told("main: a window of 160x90; drawn with no graphics card", "GL is not used: ")
    show.goes_on(MOVING, since_s=time.perf_counter())
    show.end()


@pytest.mark.slow
def test_a_camera_that_is_not_there_yet(play: Play, tmp_path: Path) -> None:
    camera = Camera()
    camera.pull()
    show = play(layers(tmp_path, layer("camera", CAMERA, device=f"http://127.0.0.1:{camera.port}/")))
    show.until_moving(MOVING)
    show.until_told(f"camera1: camera:http://127.0.0.1:{camera.port}/: there is no such camera, or another program uses it")
    since_s = time.perf_counter()
    camera.plug()
    show.until_moving(CAMERA)
    show.goes_on(MOVING, since_s=since_s)
    show.end()
    camera.pull()


def strange_films(folder: Path) -> dict[str, Path]:
    """Films as they are found: those that play, and what there is of others."""
    whole = make_film(folder / "whole.mkv").read_bytes()
    hurt = bytearray(make_film(folder / "hurt.mp4").read_bytes())
    hurt[len(hurt) * 4 // 10 : len(hurt) // 2] = bytes(len(hurt) // 2 - len(hurt) * 4 // 10)
    (folder / "hurt.mp4").write_bytes(hurt)
    (folder / "cut.mkv").write_bytes(whole[: len(whole) * 4 // 10])
    return {
        "cut off": folder / "cut.mkv",
        "damaged in the middle": folder / "hurt.mp4",
        "without sound": make_film(folder / "silent.mp4"),
        "10 bits and HDR": make_film(folder / "deep.mkv", pixels="yuv420p10le", is_hdr=True),
        "turned": make_film(folder / "turned.mp4", rotation=90),
        "odd size": make_film(folder / "odd.mkv", size=(65, 37), pixels="yuv444p"),
        "5.1 sound": make_film(folder / "surround.mkv", layout="5.1"),
    }


def test_strange_films(play: Play, tmp_path: Path) -> None:
    films = strange_films(tmp_path)
    cells = {name: (1 + n % 3, n // 3) for n, name in enumerate(films)}
    (tmp_path / "garbage.mp4").write_bytes(bytes(range(256)) * 300)
    written = [layer("film", cells[name], name=name.split(".")[0], files=[str(films[name])]) for name in films]
    written += [layer("film", (2, 2), files="garbage.mp4"), layer("film", (3, 2), files=str(make_sound(tmp_path / "sound.wav")))]
    show = play(layers(tmp_path, *written))
    show.until_moving(MOVING, *cells.values())
    since_s = time.perf_counter()
    show.until_told("cut.mkv: it is cut off after")
    show.until_told("hurt.mp4: ", "It goes on.")
    show.until_told("garbage.mp4: this is no film or sound file that can be read.")
    show.goes_on(MOVING, since_s=since_s)
    show.until_moving(*cells.values())
    assert show.seen[-1].levels[3, 2] == 0
    show.end()


@pytest.mark.slow
def test_a_film_that_is_deleted_while_it_plays(play: Play, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film.mkv")
    show = play(layers(tmp_path, layer("film", FILM, files=[str(film)])))
    show.until_moving(MOVING, FILM)
    since_s = time.perf_counter()
    film.unlink()
    show.until_moving(FILM)
    show.until_told("film.mkv: there is no such file")
    show.goes_on(MOVING, since_s=since_s)
    make_film(tmp_path / "film.mkv")
    show.until_moving(FILM)
    show.end()


def test_a_disk_that_hangs(play: Play, tmp_path: Path) -> None:
    for name in ("film.mp4", "edits.json"):
        os.mkfifo(tmp_path / name)  # nobody ever writes into it: whoever opens it waits, as for a disk of the network that is gone
    show = play(layers(tmp_path, layer("film", FILM, files="film.mp4"), layer("edits", (2, 0), file="edits.json")))
    show.until_moving(MOVING)
    since_s = time.perf_counter()
    show.until_told("film.mp4: it has not answered for 2 s.")
    show.until_told("edits1: it has not answered for 2 s.")
    show.goes_on(MOVING, since_s=since_s)
    assert show.seen[-1].levels[FILM] > 0 and show.seen[-1].levels[2, 0] > 0  # placeholders
    show.end()


@pytest.mark.slow
def test_a_show_of_nothing(play: Play, tmp_path: Path) -> None:
    (tmp_path / "layers.toml").write_text("version = 1\n")
    show = play(tmp_path / "layers.toml")
    show.until(lambda: show.seen)
    assert set(show.seen[-1].levels.values()) == {0}
    show.until(lambda: show.seen[-1].time_s > show.seen[0].time_s)  # and is shown again, now and then
    assert show.end()["layers"] == []


@pytest.mark.slow
def test_a_recorder_that_is_killed(play: Play, tmp_path: Path) -> None:
    show = play(layers(tmp_path), "-r", tmp_path / "show.mkv")
    show.until_moving(MOVING)
    show.until_told("recording to")
    since_s = time.perf_counter()
    os.kill(show.process_with("show.mkv"), signal.SIGKILL)
    show.until_told("show.mkv: the recording has ended. The show goes on; what was recorded until then can be played.")
    show.goes_on(MOVING, since_s=since_s)
    assert show.end()["recording"]["failed"]


@pytest.mark.slow
def test_an_output_that_is_stopped(play: Play, tmp_path: Path) -> None:
    show = play(layers(tmp_path))
    show.until_moving(MOVING)
    since_s = time.perf_counter()
    os.kill(show.process_with("/layer-0"), signal.SIGSTOP)
    show.until_told("main: its process hangs; it is begun again")
    show.until_moving(MOVING)
    print(f"back after {show.longest_s(MOVING, since_s=since_s):.2f} s")
    show.goes_on(MOVING, since_s=time.perf_counter())
    show.end()


def test_a_show_that_is_killed_leaves_nothing(play: Play, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film.mkv", layout="stereo")
    show = play(layers(tmp_path, layer("film", FILM, files=[str(film)])), "-r", tmp_path / "show.mkv")
    show.until_moving(MOVING, FILM)
    show.until_told("recording to")
    assert len(show.left) > 5  # itself, an output, the sound, a recorder, and two folders
    os.kill(show.pid, signal.SIGKILL)
    show.until_nothing_is_left()
