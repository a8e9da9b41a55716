"""Endless labelled pictures of things that look well when dreamed."""
