"""Devices: clock, signals, MIDI ports, capture, preview window."""
