"""Image changes become a score that stays in time.

    from video2midi import analyse, score, write

    write(score(analyse("film.mp4")), "film.mid")
"""

from video2midi.analysis import analyse
from video2midi.midifile import write
from video2midi.scoring import score

__all__ = ["analyse", "score", "write"]
