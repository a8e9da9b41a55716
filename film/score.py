"""What the film says: its sentences, their pauses, and the breaths and noises in those pauses."""

from __future__ import annotations

from timeline import BREATH, GapSound, Line

TITLE = "afterlight"
END_GAP_S = 1.2


def breath(length_s: float, pan: float = 0.0, before_s: float = 0.1) -> GapSound:
    """An inhale that ends just ahead of the sentence."""
    return GapSound(BREATH, length_s, before_s, pan)


# Worded so that pocketsphinx, which knows the plain words, hears nearly all of them; the stretches were tuned by ear
# and by that recogniser. The words that come back (light, time, cut, again, begin, now) are there to be supercut.
LINES = (
    Line("In the beginning there is no light.", 1.32, (breath(0.38, -0.2),)),
    Line("Then there is a window, and the light comes in.", 0.54, stretch=1.06),
    Line("The sun comes up, and time begins.", 0.8, (breath(0.34, 0.2),)),
    Line("Time moves like a river, and the waves begin again.", 0.52),
    Line("My eyes are open, and the world is here again.", 0.82, (breath(0.38, -0.3),)),
    Line("And now we cut the film.", 1.26, (GapSound("clicks", 0.6, 0.34, 0.35),)),
    Line("We cut the day, and we cut the night.", 0.5),
    Line("Each cut is a window in time.", 0.66, (breath(0.28),), stretch=1.06),
    Line("A bird flies out of this picture and into the next.", 0.9, (GapSound("rustle", 0.46, 0.12, -0.3),)),
    Line("Between two words there is a breath.", 0.5),
    Line("Be quiet now, and listen.", 1.16, (breath(0.45, before_s=0.37),)),
    Line("The machine is listening in the dark.", 1.42),
    Line("It falls asleep, and begins to dream.", 1.0, (GapSound("hum", 0.54, 0.14),)),
    Line("In the dream the birds are made of light.", 0.7, (breath(0.36, 0.3),)),
    Line("And then nothing moves at all.", 0.5),
    Line("Then the light goes out, and we begin again.", 1.4),
    Line("The light is here again.", 0.9, (breath(0.4, -0.2, before_s=0.14),)),
)
