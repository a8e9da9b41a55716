"""Finished files and what there is to say of them in, one web page out: plain HTML, CSS and a little script, all inside.

The colours of the page are the film's own: the line between the parts is the whole film, a colour a moment.
"""

from __future__ import annotations

import base64
import html
import re
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from media.files import write_text

HERE = Path(__file__).resolve().parent
N_COLOURS = 64
FILMS, PICTURES, SOUNDS = (".mp4", ".webm", ".mov"), (".png", ".jpg", ".gif"), (".wav", ".mp3", ".m4a")


@dataclass(frozen=True)
class Piece:
    """A file that a part shows.

    Args:
        file: its name in the page's folder.
        captions: name of a WebVTT file for it, "" for none.
        look: "" as wide as the text, "strip" as wide as the window, playing by itself.
        facts: its length, size and weight; found out where empty.
    """

    file: str
    captions: str = ""
    look: str = ""
    facts: str = ""


@dataclass(frozen=True)
class Part:
    """A section of the page: what it is, the commands that made it, and its files."""

    title: str
    sentence: str
    commands: tuple[str, ...]
    pieces: tuple[Piece, ...]
    took_s: float = 0.0


@dataclass(frozen=True)
class Page:
    """Everything that the page shows."""

    title: str
    film: Piece
    parts: tuple[Part, ...]
    took_s: float = 0.0


def render_page(page: Page, folder: Path) -> None:
    """Look at the files in `folder` and write its index.html, whole or not at all; posters of films lie beside it.

    Raises:
        UserError: a file cannot be read, or the page not written.
    """
    shown = replace(page, film=with_facts(page.film, folder), parts=tuple(_look_at(part, folder) for part in page.parts))
    for piece in (page.film, *(piece for part in page.parts for piece in part.pieces)):
        if _suffix(piece) in FILMS:
            save_poster(folder / piece.file)
    colours, ground, ink = film_colours(folder / page.film.file)
    write_text(folder / "index.html", page_html(shown, folder, colours=colours, ground=ground, ink=ink))


def _look_at(part: Part, folder: Path) -> Part:
    return replace(part, pieces=tuple(with_facts(piece, folder) for piece in part.pieces))


def _suffix(piece: Piece) -> str:
    return Path(piece.file).suffix.lower()


def with_facts(piece: Piece, folder: Path) -> Piece:
    """A piece with its length, size and weight told."""
    path = folder / piece.file
    facts = [f"{path.stat().st_size / 1e6:.1f} MB"]
    if _suffix(piece) in FILMS:
        from media.probe import probe

        media = probe(path)
        facts.insert(0, f"{float(media.duration):.1f} s")
        if media.video is not None:
            facts.insert(1, f"{media.video.width} × {media.video.height}")
    elif _suffix(piece) in PICTURES:
        from PIL import Image

        with Image.open(path) as picture:
            facts.insert(0, f"{picture.width} × {picture.height}")
    return replace(piece, facts=piece.facts or " · ".join(facts))


def save_poster(film: Path) -> None:
    """Write the most colourful of a few frames beside a film, as a JPEG."""
    from PIL import Image

    from media.files import atomic_path

    frames = _frames(film, 9)[1:-1]
    best = max(frames, key=lambda frame: float((frame.max(2).astype(float) - frame.min(2)).std() + frame.std()))
    with atomic_path(film.with_suffix(".jpg")) as part:
        Image.fromarray(best).save(part, quality=86)


def film_colours(film: Path) -> tuple[list[str], str, str]:
    """A film's colours from its start to its end, and the ground and the ink that suit it, as CSS has them."""
    from supercut.words_sheet import palette_of

    frames = _frames(film, N_COLOURS)
    palette = palette_of(frames)
    colours = [tuple(round(float(c)) for c in frame.reshape(-1, 3).mean(0)) for frame in frames]
    return [_css(colour) for colour in colours], _css(palette.ground), _css(palette.ink)


def _frames(film: Path, n: int) -> list:
    from media.frames import FrameReader
    from media.probe import probe

    duration = probe(film).duration
    with FrameReader(film) as reader:
        return [reader.frame_at(duration * Fraction(2 * step + 1, 2 * n)).rgb() for step in range(n)]


def _css(colour: tuple[int, ...]) -> str:
    return "#" + "".join(f"{value:02x}" for value in colour)


def page_html(page: Page, folder: Path, *, colours: list[str], ground: str, ink: str) -> str:
    """The whole page as text."""
    stops = ", ".join(f"{colour} {n / len(colours):.1%} {(n + 1) / len(colours):.1%}" for n, colour in enumerate(colours))
    sections = "\n".join(_section(part, folder) for part in page.parts)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(page.title)}</title>
<style>
:root {{ --ground: {ground}; --ink: {ink}; --film: linear-gradient(90deg, {stops}); }}
{(HERE / "page.css").read_text(encoding="utf-8")}</style>
</head>
<body>
<header>
<h1>{html.escape(page.title)}</h1>
<p>A film of {float(page.film.facts.split()[0]):.0f} seconds, and what a few commands made of it in {page.took_s:.0f}.</p>
</header>
<figure class="first">{_show(page.film, folder)}</figure>
{sections}
<footer><p>Every command above runs as it stands in the folder of the project, after <code>source .venv/bin/activate</code>.</p></footer>
<script>
{(HERE / "page.js").read_text(encoding="utf-8")}</script>
</body>
</html>
"""


def _section(part: Part, folder: Path) -> str:
    figures = "\n".join(f'<figure class="{piece.look}">{_show(piece, folder)}</figure>' for piece in part.pieces)
    facts = " · ".join([*(piece.facts for piece in part.pieces), f"made in {part.took_s:.1f} s"])
    commands = "\n".join(_command(command) for command in part.commands)
    return f"""<section>
<hr>
<h2>{html.escape(part.title)}</h2>
<p class="says">{html.escape(part.sentence)}</p>
{figures}
<p class="facts">{html.escape(facts)}</p>
{commands}
</section>"""


def _command(command: str) -> str:
    # A line may break between two flags, not between a flag and its value, nor at a hyphen.
    groups = re.findall(r"--?\S+(?: (?!-)\S+)?|\S+", command)
    text = " ".join(f"<span>{html.escape(group)}</span>" for group in groups)
    return f'<div class="command"><pre><code>{text}</code></pre><button type="button">copy</button></div>'


def _show(piece: Piece, folder: Path) -> str:
    """The element that plays or shows a file."""
    source = html.escape(piece.file, quote=True)
    name = html.escape(Path(piece.file).stem, quote=True)
    if _suffix(piece) in PICTURES:
        return f'<a href="{source}"><img src="{source}" alt="{name}" loading="lazy"></a>'
    if _suffix(piece) in SOUNDS:
        return f'<audio controls preload="metadata" src="{source}"></audio>'
    poster = html.escape(str(Path(piece.file).with_suffix(".jpg")), quote=True)
    if piece.look == "strip":
        return f'<video src="{source}" poster="{poster}" autoplay loop muted playsinline aria-label="{name}"></video>'
    captions = _track(folder / piece.captions) if piece.captions else ""
    return f'<video src="{source}" poster="{poster}" controls playsinline preload="metadata" aria-label="{name}">{captions}</video>{_score(piece, folder)}'


def _track(captions: Path) -> str:
    """A caption track, inside the page: a browser that reads a page from a disk refuses a track beside it."""
    data = base64.b64encode(captions.read_bytes()).decode("ascii")
    return f'<track kind="captions" srclang="en" label="Words" src="data:text/vtt;base64,{data}" default>'


def _score(piece: Piece, folder: Path) -> str:
    """What is said in a piece, word by word; a word lights up when it is said, and plays from there when it is pressed."""
    if not piece.captions:
        return ""
    cues = read_cues((folder / piece.captions).read_text(encoding="utf-8"))
    words = " ".join(f'<button type="button" data-start="{start:.3f}" data-end="{end:.3f}">{html.escape(text)}</button>' for start, end, text in cues)
    return f'<p class="score">{words}</p>'


def read_cues(vtt: str) -> list[tuple[float, float, str]]:
    """Start, end and text of each cue of a WebVTT that we wrote."""
    cues = []
    for block in re.split(r"\n\s*\n", vtt):
        match = re.search(r"(?:(\d+):)?(\d+):(\d+\.\d+) --> (?:(\d+):)?(\d+):(\d+\.\d+)[^\n]*\n(.+)", block, re.DOTALL)
        if match:
            times = [int(match[n] or 0) * 3600 + int(match[n + 1]) * 60 + float(match[n + 2]) for n in (1, 4)]
            cues.append((times[0], times[1], html.unescape(" ".join(re.sub(r"<[^>]*>", "", match[7]).split()))))
    return cues
