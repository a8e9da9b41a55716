"""Networks that dream: one of our own in the box, and known ones whose weights are on disk."""
