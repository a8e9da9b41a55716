"""Makes the pictures of docs/dream.md with the network in the box.

python docs/gallery.py            write them into docs/pictures/
python docs/gallery.py FOLDER     write them there
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from dream.sheets import lay_out  # noqa: E402

STILL, FILM = ROOT / "film" / "afterlight.jpg", ROOT / "film" / "afterlight.mp4"
STILLS = ([], ["-l", "shapes"], ["-m", "skulls"], ["-m", "petals", "-m", "feathers=.4"], ["-m", "spirals"], ["-m", "honeycomb"], ["-m", "weave"])
QUALITY = 82


def dream(*words: object) -> None:
    """Run the command."""
    subprocess.run([sys.executable, "-m", "dream", *map(str, words), "--quiet"], cwd=ROOT, check=True)


def read(path: Path) -> np.ndarray:
    """A picture, (H, W, 3)."""
    return np.asarray(Image.open(path).convert("RGB"))


def grid(pictures: Sequence[np.ndarray], *, columns: int, width: int) -> np.ndarray:
    """Pictures of one shape side by side, each of a width."""
    size = width, round(width * pictures[0].shape[0] / pictures[0].shape[1])
    return lay_out([cv2.resize(picture, size, interpolation=cv2.INTER_AREA) for picture in pictures], columns=columns)


def write(path: Path, picture: np.ndarray) -> None:
    """Keep a picture of the gallery."""
    Image.fromarray(picture).save(path, quality=QUALITY, method=6)
    print(f"{path} ({path.stat().st_size / 1000:.0f} kB)")


def make(folder: Path, work: Path) -> None:
    """All of them."""
    dreams = [read(STILL)]
    for n, wish in enumerate(STILLS):
        dream("still", STILL, *wish, "-o", work / f"still-{n}.png")
        dreams.append(read(work / f"still-{n}.png"))
    write(folder / "dream-stills.webp", grid(dreams, columns=2, width=520))

    dream("channels", "-o", work / "motifs.png")
    write(folder / "dream-motifs.webp", read(work / "motifs.png"))

    dream("channels", "--layer", "shapes", "--layer", "things", "--count", 15, "-o", work / "channels.png")
    write(folder / "dream-channels.webp", cv2.resize(read(work / "channels.png"), None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA))

    dream("video", FILM, "--from", 37.2, "--for", 6, "-m", "petals", "-o", work / "film" / "%03d.png")
    frames = [read(path) for path in sorted((work / "film").glob("*.png"))]
    write(folder / "dream-film.webp", grid([frames[n * (len(frames) - 1) // 5] for n in range(6)], columns=3, width=360))

    dream("attribute", STILL, "-o", work / "areas.png")
    areas = read(work / "areas.png")
    write(folder / "dream-areas.webp", cv2.resize(areas, (1080, round(1080 * areas.shape[0] / areas.shape[1])), interpolation=cv2.INTER_AREA))

    dream("sweep", STILL, "--sweep", "motif=eyes..petals", "-o", work / "sweep.png")
    write(folder / "dream-sweep.webp", read(work / "sweep.png"))

    dream("layers", STILL, "-o", work / "layers.png")
    write(folder / "dream-layers.webp", read(work / "layers.png"))


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "pictures"
    target.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as temporary:
        make(target, Path(temporary))
