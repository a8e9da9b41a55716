"""Clips in; played at once, without rendering, by mpv or, where that is missing, by a page in the browser."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import webbrowser
from collections.abc import Sequence
from pathlib import Path
from string import Template

from media.edits import Clip
from media.errors import UserError

_PAGE = Template("""<!doctype html>
<meta charset="utf-8"><title>supercut preview</title>
<style>
  html, body { margin: 0; height: 100%; background: #000; color: #ddd; font: 16px system-ui, sans-serif; overflow: hidden }
  video { position: absolute; inset: 0; width: 100%; height: 100%; visibility: hidden }
  video.on { visibility: visible }
  p { position: absolute; left: 0; right: 0; bottom: 1rem; margin: 0; text-align: center; text-shadow: 0 0 4px #000 }
</style>
<video></video><video></video><p></p>
<script>
const clips = $clips, screens = document.querySelectorAll("video"), line = document.querySelector("p");
let at = -1;
function load(screen, n) {
  const clip = clips[n % clips.length];
  screen.src = clip.url + "#t=" + clip.start;
  screen.end = clip.end; screen.text = (n % clips.length + 1) + "/" + clips.length + "  " + clip.text;
}
function next() {
  at += 1;
  const now = screens[at % 2], coming = screens[(at + 1) % 2];
  now.classList.add("on"); coming.classList.remove("on"); coming.pause();
  line.textContent = now.text;
  now.play().catch(() => { line.textContent = "click to play"; });
  load(coming, at + 1);
}
function watch() {
  const now = screens[at % 2];
  if (now.currentTime >= now.end || now.ended || now.error) next();
  requestAnimationFrame(watch);
}
load(screens[0], 0); next(); watch();
document.body.onclick = () => screens[at % 2].play();
onkeydown = event => {
  const now = screens[at % 2];
  if (event.key === " ") now.paused ? now.play() : now.pause();
  if (event.key === "ArrowRight") next();
};
</script>
""")


def preview(clips: Sequence[Clip]) -> None:
    """Play clips in order and return when the player is closed (mpv), or at once (a page in the browser).

    Raises:
        UserError: there is nothing to play them with.
    """
    if player := shutil.which("mpv"):
        subprocess.run([player, "--really-quiet", mpv_address(clips)], check=False)
        return
    page = Path(tempfile.mkdtemp(prefix="supercut-")) / "preview.html"
    page.write_text(preview_page(clips), encoding="utf-8")
    if not webbrowser.open(page.as_uri()):
        raise UserError("--preview", "there is neither mpv nor a browser on this machine", f"Install mpv, or open {page} elsewhere.")


def mpv_address(clips: Sequence[Clip]) -> str:
    """All clips as one `edl://` address; lengths before names, since names may hold any sign."""
    parts = []
    for clip in clips:
        name = str(clip.source.absolute())
        parts.append(f"%{len(name.encode())}%{name},{float(clip.span.start):.6f},{float(clip.span.duration):.6f}")
    return "edl://" + ";".join(parts)


def preview_page(clips: Sequence[Clip]) -> str:
    """A page that plays clips out of their films, the next one always loaded ahead; space pauses, right skips."""
    entries = [
        {"url": clip.source.absolute().as_uri(), "start": float(clip.span.start), "end": float(clip.span.end), "text": clip.label} for clip in clips
    ]
    # "</script>" in a label must not end the script.
    return _PAGE.substitute(clips=json.dumps(entries).replace("</", "<\\/"))
