"""How the network in the box came to see, and how it learns motifs of your own."""
