"""What can be chosen by name; flags offer it, the engine makes it. Nothing here loads torch."""

from __future__ import annotations

SPACES = {"pixel": "dream.spaces:Levels", "fourier": "dream.spaces:Waves"}
"""What pictures climb in: classes that make themselves of ClimbSettings (`of`), as dream.spaces.Space."""
OPTIMISERS = {"steepest": "dream.optimisers:Steepest", "adam": "dream.optimisers:Adam"}
"""What makes steps of gradients: dream.optimisers.Optimiser, without arguments."""
WISHES = {"motif": "dream.wishes:motif_of", "layer": "dream.wishes:layer_of", "channel": "dream.wishes:channel_of", "neuron": "dream.wishes:neuron_of"}
"""What can be wished for, by its flag in WishSettings: functions of a network and a name that make an objective."""
