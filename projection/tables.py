"""What can be shown, by the word that files call it; nothing here loads anything.

A new layer is a file with a class of `projection.layers.layer.LayerSettings` and one that shows what it says, and a line here.
"""

from __future__ import annotations

LAYERS = {
    "film": "projection.layers.film:FilmSettings",
    "picture": "projection.layers.picture:PictureSettings",
    "camera": "projection.layers.camera:CameraSettings",
    "edits": "projection.layers.edits:EditsSettings",
    "text": "projection.layers.text:TextSettings",
    "ticker": "projection.layers.text:TickerSettings",
    "plasma": "projection.layers.patterns:PlasmaSettings",
    "noise": "projection.layers.patterns:NoiseSettings",
    "gradient": "projection.layers.patterns:GradientSettings",
    "solid": "projection.layers.patterns:SolidSettings",
    "frames": "projection.layers.frames:FramesSettings",
}
"""Settings of layers, each of which makes its layer."""
