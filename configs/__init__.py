"""Presets and show files that are shipped, a folder a program; found by name (`media.settings.find_config`)."""
