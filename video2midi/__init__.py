"""Image changes become a score that stays in time."""
