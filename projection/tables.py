"""What can be shown, by the word that files call it; nothing here loads anything.

A new layer is a file with a class of `projection.layers.layer.Layer` and its settings, and a line here.
"""

from __future__ import annotations

LAYERS = {
    "film": "projection.layers.film:FilmLayer",
    "picture": "projection.layers.picture:PictureLayer",
    "camera": "projection.layers.camera:CameraLayer",
    "edits": "projection.layers.edits:EditsLayer",
    "text": "projection.layers.text:TextLayer",
    "ticker": "projection.layers.text:TickerLayer",
    "plasma": "projection.layers.patterns:PlasmaLayer",
    "noise": "projection.layers.patterns:NoiseLayer",
    "gradient": "projection.layers.patterns:GradientLayer",
    "solid": "projection.layers.patterns:SolidLayer",
    "frames": "projection.layers.frames:FramesLayer",
}
"""Classes of layers."""
