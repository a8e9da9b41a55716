"""An edit list in; a film, a sound file or single clips out."""

from supercut.render.film import prepare, render
from supercut.render.settings import RenderSettings

__all__ = ["RenderSettings", "prepare", "render"]
