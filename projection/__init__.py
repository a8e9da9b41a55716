"""Layers on mapped surfaces, in fullscreen windows that never stop."""
