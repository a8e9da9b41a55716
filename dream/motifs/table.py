"""The motifs by name: a function that draws each, its usual colours, and how it may be turned. A new one is a line here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import pi

from dream.motifs.animals import draw_birds, draw_butterflies, draw_fish
from dream.motifs.bodies import draw_faces, draw_hands, draw_skulls
from dream.motifs.buildings import draw_arches, draw_towers, draw_windows
from dream.motifs.coils import draw_snakes, draw_tentacles
from dream.motifs.crafts import draw_letters, draw_mandalas, draw_plaid, draw_weave
from dream.motifs.creatures import draw_eyes, draw_feathers, draw_scales
from dream.motifs.elements import draw_bubbles, draw_clouds, draw_cracks, draw_crystals, draw_flames, draw_turing, draw_waves
from dream.motifs.hides import draw_fur, draw_spots, draw_zebra
from dream.motifs.machines import draw_chains, draw_circuits, draw_gears
from dream.motifs.plants import draw_leaves, draw_mushrooms, draw_petals, draw_trees
from dream.motifs.scene import Scene
from dream.motifs.shells import draw_shells, draw_spirals
from dream.motifs.surfaces import draw_bricks, draw_glass, draw_honeycomb, draw_plain


@dataclass(frozen=True)
class Motif:
    """How a motif is drawn.

    Args:
        draw: fills a scene with it.
        tones: its usual colours (dream.motifs.palette.TONES).
        turns: the most that the whole picture is turned, radians either way; less where up and down matter.
        is_straight: whether it is hardly to be bent.
        is_written: whether it must not be mirrored.
    """

    draw: Callable[[Scene], None]
    tones: tuple[str, ...] = ("any",)
    turns: float = pi
    is_straight: bool = False
    is_written: bool = False


MOTIFS: dict[str, Motif] = {
    "eyes": Motif(draw_eyes, ("flesh", "night", "jewel"), turns=0.4),
    "feathers": Motif(draw_feathers, ("sea", "jewel", "earth")),
    "scales": Motif(draw_scales, ("sea", "leaf", "jewel")),
    "birds": Motif(draw_birds, ("sky", "fire", "leaf", "jewel"), turns=0.4, is_straight=True),
    "butterflies": Motif(draw_butterflies, ("fire", "sky", "straw", "jewel"), is_straight=True),
    "faces": Motif(draw_faces, ("flesh", "earth", "jewel", "night"), turns=0.35, is_straight=True),
    "fish": Motif(draw_fish, ("sea", "fire", "jewel", "straw"), turns=0.6, is_straight=True),
    "fur": Motif(draw_fur, ("earth", "flesh", "fire", "stone"), is_straight=True),
    "hands": Motif(draw_hands, ("flesh", "earth", "jewel"), turns=0.7, is_straight=True),
    "skulls": Motif(draw_skulls, ("stone", "straw", "night", "rose"), turns=0.35, is_straight=True),
    "snakes": Motif(draw_snakes, ("leaf", "earth", "fire", "jewel"), is_straight=True),
    "spots": Motif(draw_spots, ("straw", "earth", "fire"), is_straight=True),
    "tentacles": Motif(draw_tentacles, ("rose", "night", "sea", "fire"), is_straight=True),
    "zebra": Motif(draw_zebra, ("stone", "earth", "any")),
    "arches": Motif(draw_arches, ("stone", "earth", "flesh"), turns=0.3, is_straight=True),
    "bricks": Motif(draw_bricks, ("earth", "fire", "stone"), is_straight=True),
    "chains": Motif(draw_chains, ("stone", "straw", "sea", "night"), is_straight=True),
    "circuits": Motif(draw_circuits, ("leaf", "sea", "night"), is_straight=True),
    "gears": Motif(draw_gears, ("stone", "straw", "fire", "earth"), is_straight=True),
    "glass": Motif(draw_glass, ("jewel",)),
    "honeycomb": Motif(draw_honeycomb, ("straw", "fire", "earth"), is_straight=True),
    "letters": Motif(draw_letters, ("any", "jewel"), turns=0.4, is_straight=True, is_written=True),
    "mandalas": Motif(draw_mandalas, ("jewel", "rose", "sea", "fire"), is_straight=True),
    "plaid": Motif(draw_plaid, ("fire", "leaf", "night", "any"), is_straight=True),
    "plain": Motif(draw_plain),
    "towers": Motif(draw_towers, ("stone", "earth", "sky"), turns=0.25, is_straight=True),
    "weave": Motif(draw_weave, ("straw", "earth", "fire"), is_straight=True),
    "windows": Motif(draw_windows, ("earth", "rose", "sky", "straw"), turns=0.25, is_straight=True),
    "bubbles": Motif(draw_bubbles, ("sea", "night", "rose", "any"), turns=0.8, is_straight=True),
    "clouds": Motif(draw_clouds, ("sky", "sky", "rose", "fire", "night"), turns=0.3, is_straight=True),
    "cracks": Motif(draw_cracks, ("earth", "stone", "flesh", "fire"), is_straight=True),
    "crystals": Motif(draw_crystals, ("jewel", "night", "sea"), is_straight=True),
    "flames": Motif(draw_flames, ("fire",), turns=0.4, is_straight=True),
    "leaves": Motif(draw_leaves, ("leaf", "leaf", "earth", "fire"), is_straight=True),
    "mushrooms": Motif(draw_mushrooms, ("fire", "earth", "rose", "flesh"), turns=0.4, is_straight=True),
    "petals": Motif(draw_petals, ("rose", "fire", "straw", "night"), is_straight=True),
    "shells": Motif(draw_shells, ("flesh", "earth", "rose", "sea"), is_straight=True),
    "spirals": Motif(draw_spirals, is_straight=True),
    "trees": Motif(draw_trees, ("leaf", "earth", "rose", "fire"), turns=0.3, is_straight=True),
    "turing": Motif(draw_turing, ("jewel", "sea", "any")),
    "waves": Motif(draw_waves, ("sea", "sea", "sky"), turns=0.3, is_straight=True),
}
"""In the order of the shipped network's labels."""
