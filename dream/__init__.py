"""Dreams of pictures and films: a network sees motifs in them, and the picture climbs towards what it sees."""

import os

# What torch cannot do yet on Apple's graphics it then does on the processor. It looks only once, when it is imported.
os.environ.setdefault("PYTORCH_ENABLE_MPS_FALLBACK", "1")
