"""A GIF shows every picture as long as the film does, the last one too."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image

from media.gif import write_gif
from media.write import FilmWriter


def test_every_picture_is_shown_as_long_as_in_the_film(tmp_path: Path) -> None:
    with FilmWriter(tmp_path / "film.mp4", size=(32, 32), rate=Fraction(5, 4)) as film:
        for n in range(4):
            film.write_frame(np.full((32, 32, 3), 60 * n, np.uint8))
    write_gif(tmp_path / "film.mp4", tmp_path / "film.gif")
    shown_ms = []
    with Image.open(tmp_path / "film.gif") as gif:
        for n in range(gif.n_frames):
            gif.seek(n)
            shown_ms.append(gif.info["duration"])
    assert shown_ms == [800] * 4
