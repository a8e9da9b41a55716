"""The faded edges of a surface go in; how much is left of what is sent to the projector comes out, so that two add up to one in light.

Across an edge the light goes from nothing to all along a curve that is its own mirror: what one projector lacks, the other gives. A
projector makes light of what it is sent by a power of it, so that what is sent is the light's root.

Source: P. Bourke 2004, "Edge blending using commodity projectors".
"""

from __future__ import annotations

import numpy as np

from projection.surfaces.model import Edges


def is_faded(edges: Edges) -> bool:
    """Whether any edge is."""
    return any((edges.left, edges.right, edges.top, edges.bottom))


def light(share: np.ndarray, *, curve: float) -> np.ndarray:
    """How much light there is at a share 0..1 of the way across an edge; that at `share` and at `1 - share` add up to 1.

    Args:
        curve: 1 for a straight line; the more, the more it is an S.
    """
    share = np.clip(share, 0, 1)
    rising = 0.5 * (2 * np.minimum(share, 1 - share)) ** curve
    return np.where(share < 0.5, rising, 1 - rising)


def fade(edges: Edges, size_px: tuple[int, int]) -> np.ndarray:
    """(H, W) float32: how much is left of each pixel of a picture (width, height) that the whole surface shows, 0..1."""
    width, height = size_px
    across = _along(edges, (np.arange(width) + 0.5) / width, edges.left, edges.right)
    down = _along(edges, (np.arange(height) + 0.5) / height, edges.top, edges.bottom)
    return np.outer(down.astype(np.float32), across.astype(np.float32))


def _along(edges: Edges, at: np.ndarray, before: float, after: float) -> np.ndarray:
    """(n,): what two opposite edges leave at places from the one to the other."""
    shares = [inwards / width for inwards, width in ((at, before), (1 - at, after)) if width]
    lights = [light(share, curve=edges.curve) for share in shares]
    return np.prod([np.ones(len(at)), *lights], axis=0) ** (1 / edges.gamma)
