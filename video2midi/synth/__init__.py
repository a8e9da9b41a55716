"""A score in, its sound out: a little synthesiser in the spirit of 16 kHz and 8 bits, the same bytes on every machine."""

from video2midi.synth.render import render_score

__all__ = ["render_score"]
