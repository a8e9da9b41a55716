"""A General MIDI program goes in; the recipe of its sound comes out: oscillators, envelopes, filter, room.

The numbers are tuned by measuring the patches (loudness, attack, spectrum) against one another.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass


@dataclass(frozen=True)
class Oscillator:
    """One of the waves that a sound is made of.

    Args:
        wave: a name in waves.WAVES, or "breath".
        cents: above the note; more than a semitone makes bells.
        gain_db: against the others.
        halving_ms: a fading of its own on top of the sound's; 0: none.
        side: where it stands, -1 left to 1 right.
    """

    wave: str
    cents: float = 0.0
    gain_db: float = 0.0
    halving_ms: float = 0.0
    side: float = 0.0


@dataclass(frozen=True)
class Patch:
    """How a note sounds.

    Args:
        attack_ms: until it is full.
        decay_ms: halving time of the part that fades first.
        sustain: share of the other part, 0..1.
        fade_ms: halving time of that part; 0 holds it.
        release_ms: from the note's end to silence.
        key_decay: how much quicker high notes fade, in halvings of time for two octaves.
        bright: level of the bank, 0..15, at middle C and velocity 90.
        bright_velocity: levels more at full velocity (and less at the softest).
        bright_sweep: levels more at the start; falls off by halves every `sweep_ms`. Less than 0 opens slowly.
        vibrato_cents: depth without CC1.
        tremolo: depth of a slow beating without CC1, 0..1.
        knock: a short noise at the start, a name in drums.KNOCKS; `knock_db` against the note.
        room_db, echo_db: how much goes into the room and the echo.
        is_free: whether waves begin anywhere in their cycle.
    """

    oscillators: tuple[Oscillator, ...]
    gain_db: float = 0.0
    attack_ms: float = 2.0
    decay_ms: float = 300.0
    sustain: float = 0.0
    fade_ms: float = 0.0
    release_ms: float = 180.0
    key_decay: float = 1.0
    bright: float = 9.0
    bright_velocity: float = 2.0
    bright_sweep: float = 0.0
    sweep_ms: float = 120.0
    vibrato_cents: float = 0.0
    tremolo: float = 0.0
    knock: str = ""
    knock_db: float = -12.0
    room_db: float = -15.0
    echo_db: float = -20.0
    is_free: bool = False


def _pair(wave: str, cents: float, *, side: float = 0.7, gain_db: float = 0.0) -> tuple[Oscillator, Oscillator]:
    """Two of a kind a little out of tune, left and right."""
    return Oscillator(wave, -cents, gain_db - 3, side=-side), Oscillator(wave, cents, gain_db - 3, side=side)


def _one(wave: str, *more: Oscillator) -> tuple[Oscillator, ...]:
    return (Oscillator(wave), *more)


PATCHES: dict[str, Patch] = {
    "piano": Patch(
        (Oscillator("piano", -1.2, -3, side=-0.35), Oscillator("piano", 1.2, -3, side=0.35)),
        gain_db=1, attack_ms=2, decay_ms=260, sustain=0.45, fade_ms=1500, release_ms=160, bright=10, bright_velocity=4,
        bright_sweep=3, sweep_ms=220, knock="felt", knock_db=-16, room_db=-15, echo_db=-26,
    ),
    "electric piano": Patch(
        _one("tine", Oscillator("sine", 2786, -15, halving_ms=60)),
        gain_db=0.5, attack_ms=2, decay_ms=500, sustain=0.5, fade_ms=1800, release_ms=180, bright=10, bright_velocity=5,
        bright_sweep=2, sweep_ms=300, tremolo=0.06, room_db=-16, echo_db=-22,
    ),
    "harpsichord": Patch(
        (Oscillator("steel", -2, -3), Oscillator("steel", 1202, -9)),
        gain_db=1, attack_ms=2, decay_ms=350, sustain=0.4, fade_ms=900, release_ms=120, bright=13, bright_velocity=0.5,
        bright_sweep=1, knock="pick", knock_db=-17, room_db=-15, echo_db=-24,
    ),
    "clavinet": Patch(
        _one("pulse"),
        gain_db=1.5, attack_ms=2, decay_ms=300, sustain=0.5, fade_ms=700, release_ms=60, bright=11, bright_velocity=5,
        bright_sweep=3, sweep_ms=80, room_db=-20, echo_db=-22,
    ),
    "bells": Patch(  # celesta, glockenspiel, music box
        _one("sine", Oscillator("sine", 1200, -12, 200), Oscillator("sine", 2756, -14, 110)),
        gain_db=-1.5, attack_ms=2, decay_ms=500, sustain=0.3, fade_ms=1100, release_ms=500, key_decay=0.8, bright=12, knock="tick",
        knock_db=-26, room_db=-11, echo_db=-16,
    ),
    "vibraphone": Patch(
        _one("bar", Oscillator("sine", 2400, -13, 160), Oscillator("sine", 3986, -19, 45)),
        attack_ms=3, decay_ms=900, sustain=0.4, fade_ms=1700, release_ms=420, key_decay=0.7, bright=10.5, bright_velocity=4,
        bright_sweep=3, sweep_ms=90, tremolo=0.16, knock="felt", knock_db=-18, room_db=-12, echo_db=-15,
    ),
    "marimba": Patch(
        _one("wood"),
        gain_db=2.5, attack_ms=2, decay_ms=130, sustain=0.15, fade_ms=420, release_ms=250, key_decay=0.9, bright=10,
        bright_velocity=4, bright_sweep=4, sweep_ms=50, knock="felt", knock_db=-14, room_db=-13, echo_db=-17,
    ),
    "xylophone": Patch(
        _one("wood", Oscillator("sine", 1902, -10, 60)),
        gain_db=4, attack_ms=2, decay_ms=90, sustain=0.1, fade_ms=260, release_ms=160, bright=12, bright_sweep=2, sweep_ms=50,
        knock="wood", knock_db=-14, room_db=-14, echo_db=-18,
    ),
    "tubular bells": Patch(
        _one("sine", Oscillator("sine", 1220, -5, 900), Oscillator("sine", 1905, -8, 500), Oscillator("sine", 2530, -11, 300)),
        gain_db=-2.5, attack_ms=2, decay_ms=1500, sustain=0.3, fade_ms=2500, release_ms=900, key_decay=0.5, bright=12, knock="tick",
        knock_db=-20, room_db=-10, echo_db=-18,
    ),
    "dulcimer": Patch(
        _pair("steel", 4, side=0.5),
        gain_db=1.5, attack_ms=2, decay_ms=280, sustain=0.35, fade_ms=900, release_ms=350, bright=11, bright_velocity=3,
        bright_sweep=3, sweep_ms=120, knock="tick", knock_db=-20, room_db=-12, echo_db=-18,
    ),
    "organ": Patch(
        (Oscillator("drawbars", -1.5, -3, side=-0.3), Oscillator("drawbars", 1.5, -3, side=0.3)),
        gain_db=-1.5, attack_ms=6, sustain=1, release_ms=45, bright=11, bright_velocity=0, vibrato_cents=3, knock="tick",
        knock_db=-28, room_db=-14, echo_db=-26,
    ),
    "church organ": Patch(
        _pair("pipes", 3),
        gain_db=-2.5, attack_ms=30, sustain=1, release_ms=160, bright=12, bright_velocity=0, room_db=-8, echo_db=-30, is_free=True,
    ),
    "accordion": Patch(
        _pair("oboe", 7, side=0.4),
        gain_db=-0.5, attack_ms=25, sustain=1, release_ms=70, bright=10, bright_velocity=2, room_db=-16, echo_db=-24, is_free=True,
    ),
    "nylon guitar": Patch(
        _one("nylon"),
        gain_db=2, attack_ms=2, decay_ms=220, sustain=0.4, fade_ms=750, release_ms=140, bright=9, bright_velocity=4, bright_sweep=4,
        sweep_ms=110, knock="finger", knock_db=-17, room_db=-14, echo_db=-18,
    ),
    "steel guitar": Patch(
        _one("steel", Oscillator("steel", 3, -14)),
        gain_db=-0.5, attack_ms=2, decay_ms=260, sustain=0.45, fade_ms=950, release_ms=140, bright=10, bright_velocity=4,
        bright_sweep=4, sweep_ms=140, knock="pick", knock_db=-18, room_db=-14, echo_db=-18,
    ),
    "electric guitar": Patch(
        _pair("nylon", 2, side=0.4),
        gain_db=1, attack_ms=2, decay_ms=350, sustain=0.5, fade_ms=1300, release_ms=110, bright=9.5, bright_velocity=4,
        bright_sweep=3, sweep_ms=160, knock="pick", knock_db=-22, room_db=-15, echo_db=-16,
    ),
    "muted guitar": Patch(
        _one("nylon"),
        gain_db=6, attack_ms=2, decay_ms=60, sustain=0.1, fade_ms=160, release_ms=60, bright=8, bright_velocity=4, bright_sweep=5,
        sweep_ms=40, knock="pick", knock_db=-16, room_db=-16, echo_db=-14,
    ),
    "driven guitar": Patch(
        _pair("pulse", 4, side=0.5),
        gain_db=0.5, attack_ms=3, decay_ms=700, sustain=0.75, fade_ms=4000, release_ms=90, bright=10.5, bright_velocity=1,
        bright_sweep=2, sweep_ms=200, knock="pick", knock_db=-20, room_db=-15, echo_db=-16,
    ),
    "acoustic bass": Patch(
        _one("string bass"),
        gain_db=-1, attack_ms=3, decay_ms=300, sustain=0.5, fade_ms=900, release_ms=110, key_decay=0.5, bright=7,
        bright_velocity=3, bright_sweep=4, sweep_ms=60, knock="finger", knock_db=-18, room_db=-24, echo_db=-50,
    ),
    "finger bass": Patch(
        _one("string bass", Oscillator("sine", -1, -8)),
        gain_db=-5, attack_ms=3, decay_ms=350, sustain=0.6, fade_ms=1400, release_ms=100, key_decay=0.5, bright=7.5,
        bright_velocity=3.5, bright_sweep=4, sweep_ms=70, knock="finger", knock_db=-20, room_db=-26, echo_db=-50,
    ),
    "synth bass": Patch(
        _one("saw", Oscillator("square", -1200, -6)),
        gain_db=-3, attack_ms=2, decay_ms=250, sustain=0.7, release_ms=70, key_decay=0.3, bright=6, bright_velocity=3,
        bright_sweep=6, sweep_ms=80, room_db=-28, echo_db=-50,
    ),
    "violin": Patch(
        _pair("bowed", 3, side=0.25),
        gain_db=-1, attack_ms=60, decay_ms=400, sustain=0.8, release_ms=150, bright=10, bright_velocity=3, bright_sweep=-2,
        sweep_ms=60, vibrato_cents=7, room_db=-11, echo_db=-20, is_free=True,
    ),
    "pizzicato": Patch(
        _one("nylon"),
        gain_db=4.5, attack_ms=2, decay_ms=75, sustain=0.15, fade_ms=260, release_ms=160, bright=8.5, bright_velocity=3,
        bright_sweep=4, sweep_ms=45, knock="finger", knock_db=-15, room_db=-11, echo_db=-17,
    ),
    "harp": Patch(
        _one("nylon", Oscillator("soft", 1.5, -6)),
        gain_db=-1.5, attack_ms=2, decay_ms=260, sustain=0.4, fade_ms=900, release_ms=500, bright=8.5, bright_velocity=3,
        bright_sweep=4, sweep_ms=90, knock="finger", knock_db=-20, room_db=-11, echo_db=-16,
    ),
    "timpani": Patch(
        _one("soft", Oscillator("sine", 702, -9, 180), Oscillator("sine", 1178, -13, 130)),
        gain_db=-1, attack_ms=2, decay_ms=260, sustain=0.4, fade_ms=700, release_ms=700, key_decay=0.3, bright=8, knock="felt",
        knock_db=-8, room_db=-10, echo_db=-40,
    ),
    "strings": Patch(
        (*_pair("bowed", 9, side=0.9), Oscillator("bowed", 0.7, -5)),
        gain_db=-3.5, attack_ms=130, decay_ms=600, sustain=0.85, release_ms=380, bright=9.5, bright_velocity=3, bright_sweep=-2.5,
        sweep_ms=150, vibrato_cents=4, room_db=-10, echo_db=-22, is_free=True,
    ),
    "choir": Patch(
        (*_pair("ah", 8, side=0.8), Oscillator("oo", 0, -5), Oscillator("breath", 0, -27)),
        gain_db=-3.5, attack_ms=150, decay_ms=600, sustain=0.9, release_ms=420, bright=10, bright_velocity=2, bright_sweep=-3,
        sweep_ms=120, vibrato_cents=9, room_db=-9, echo_db=-20, is_free=True,
    ),
    "orchestra hit": Patch(
        (*_pair("brass", 6), Oscillator("bowed", -1200, -3), Oscillator("bowed", 1200, -6)),
        attack_ms=4, decay_ms=160, sustain=0.2, fade_ms=350, release_ms=220, bright=11, bright_sweep=2, knock="stick", knock_db=-8,
        room_db=-9, echo_db=-18,
    ),
    "brass": Patch(
        _pair("brass", 4, side=0.4),
        gain_db=1.5, attack_ms=28, decay_ms=250, sustain=0.8, release_ms=110, bright=9, bright_velocity=5, bright_sweep=-4,
        sweep_ms=35, vibrato_cents=3, room_db=-13, echo_db=-20, is_free=True,
    ),
    "horn": Patch(
        _pair("brass", 3, side=0.3),
        gain_db=1.5, attack_ms=45, decay_ms=300, sustain=0.85, release_ms=160, bright=6.5, bright_velocity=4, bright_sweep=-3,
        sweep_ms=60, vibrato_cents=2, room_db=-10, echo_db=-22, is_free=True,
    ),
    "saxophone": Patch(
        _one("oboe", Oscillator("clarinet", 2, -4), Oscillator("breath", 0, -26)),
        gain_db=-2.5, attack_ms=25, decay_ms=300, sustain=0.8, release_ms=90, bright=9.5, bright_velocity=4, bright_sweep=-2,
        sweep_ms=40, vibrato_cents=6, room_db=-13, echo_db=-18,
    ),
    "oboe": Patch(
        _one("oboe"),
        gain_db=-2, attack_ms=28, sustain=1, release_ms=80, bright=10.5, bright_velocity=3, vibrato_cents=5, room_db=-12,
        echo_db=-18,
    ),
    "clarinet": Patch(
        _one("clarinet", Oscillator("breath", 0, -30)),
        gain_db=-1.5, attack_ms=30, sustain=1, release_ms=90, bright=9, bright_velocity=4, bright_sweep=-2, sweep_ms=40,
        vibrato_cents=2, room_db=-12, echo_db=-18,
    ),
    "flute": Patch(
        _one("flute", Oscillator("breath", 0, -21)),
        gain_db=-1, attack_ms=35, decay_ms=200, sustain=0.85, release_ms=110, bright=10, bright_velocity=3, vibrato_cents=6,
        knock="chiff", knock_db=-19, room_db=-11, echo_db=-17,
    ),
    "pan flute": Patch(
        _one("soft", Oscillator("breath", 0, -15)),
        gain_db=-1, attack_ms=22, decay_ms=160, sustain=0.75, release_ms=160, bright=9, bright_velocity=3, vibrato_cents=6,
        knock="chiff", knock_db=-12, room_db=-10, echo_db=-15,
    ),
    "square lead": Patch(
        _one("square"),
        gain_db=-0.5, attack_ms=4, decay_ms=300, sustain=0.8, release_ms=90, bright=9.5, bright_velocity=3, bright_sweep=2,
        sweep_ms=150, vibrato_cents=4, room_db=-15, echo_db=-14,
    ),
    "saw lead": Patch(
        _pair("saw", 6, side=0.5),
        gain_db=1, attack_ms=4, decay_ms=300, sustain=0.8, release_ms=110, bright=9.5, bright_velocity=3, bright_sweep=3,
        sweep_ms=180, vibrato_cents=3, room_db=-15, echo_db=-14,
    ),
    "soft lead": Patch(  # calliope, chiff, voice
        _one("flute", Oscillator("triangle", 3, -6), Oscillator("breath", 0, -24)),
        gain_db=-3.5, attack_ms=8, decay_ms=300, sustain=0.85, release_ms=130, bright=9.5, bright_velocity=2, vibrato_cents=5,
        knock="chiff", knock_db=-18, room_db=-13, echo_db=-13,
    ),
    "fifths lead": Patch(
        (*_pair("saw", 5, side=0.5), Oscillator("saw", 702, -5)),
        gain_db=-1, attack_ms=4, decay_ms=300, sustain=0.8, release_ms=110, bright=9, bright_velocity=3, bright_sweep=3,
        sweep_ms=180, room_db=-14, echo_db=-14,
    ),
    "warm pad": Patch(
        (*_pair("saw", 8, side=0.9), Oscillator("triangle", 0, -4)),
        gain_db=-3.5, attack_ms=240, decay_ms=1500, sustain=0.85, release_ms=800, bright=7, bright_velocity=2, bright_sweep=-2.5,
        sweep_ms=450, room_db=-9, echo_db=-22, is_free=True,
    ),
    "bell pad": Patch(  # new age: a pad with a bell in front
        (*_pair("saw", 7, side=0.9, gain_db=-3), Oscillator("sine", 1200, -4, 350), Oscillator("sine", 2788, -14, 160)),
        gain_db=-0.5, attack_ms=6, decay_ms=700, sustain=0.6, fade_ms=8000, release_ms=800, bright=7, bright_velocity=3, room_db=-8,
        echo_db=-16, is_free=True,
    ),
    "choir pad": Patch(
        (*_pair("oo", 7, side=0.9), Oscillator("ah", 0, -5), Oscillator("breath", 0, -27)),
        gain_db=-3.5, attack_ms=220, decay_ms=1500, sustain=0.9, release_ms=700, bright=9, bright_velocity=2, bright_sweep=-2,
        sweep_ms=300, vibrato_cents=5, room_db=-8, echo_db=-20, is_free=True,
    ),
    "glass pad": Patch(  # polysynth, bowed glass, metal
        (*_pair("pulse", 6, side=0.9), Oscillator("triangle", 1200, -9)),
        gain_db=-3, attack_ms=120, decay_ms=1200, sustain=0.8, release_ms=700, bright=7, bright_velocity=3, bright_sweep=2,
        sweep_ms=500, room_db=-9, echo_db=-18, is_free=True,
    ),
    "sweep pad": Patch(
        (*_pair("saw", 10, side=1.0), Oscillator("square", -1200, -9)),
        gain_db=-2.5, attack_ms=260, decay_ms=2500, sustain=0.9, release_ms=900, bright=10, bright_velocity=2, bright_sweep=-7,
        sweep_ms=900, room_db=-8, echo_db=-18, is_free=True,
    ),
    "glimmer": Patch(  # crystal, rain, echoes
        _one("bar", Oscillator("sine", 702, -8, 200), Oscillator("sine", 2405, -10, 260)),
        gain_db=-0.5, attack_ms=3, decay_ms=500, sustain=0.3, fade_ms=1500, release_ms=900, bright=11, bright_velocity=3,
        room_db=-8, echo_db=-10,
    ),
    "kalimba": Patch(
        _one("soft", Oscillator("sine", 2921, -11, 45)),
        gain_db=2, attack_ms=2, decay_ms=200, sustain=0.3, fade_ms=600, release_ms=300, bright=10.5, bright_velocity=4,
        bright_sweep=3, sweep_ms=50, knock="tick", knock_db=-14, room_db=-12, echo_db=-15,
    ),
    "koto": Patch(
        _one("steel", Oscillator("steel", 2, -10)),
        attack_ms=2, decay_ms=160, sustain=0.35, fade_ms=700, release_ms=260, bright=10.5, bright_velocity=4, bright_sweep=4,
        sweep_ms=70, knock="pick", knock_db=-14, room_db=-13, echo_db=-17,
    ),
    "steel drums": Patch(
        _one("tine", Oscillator("sine", 1203, -7, 180), Oscillator("sine", 1905, -13, 120)),
        gain_db=1.5, attack_ms=2, decay_ms=200, sustain=0.3, fade_ms=600, release_ms=300, bright=10, bright_velocity=4,
        bright_sweep=3, sweep_ms=90, knock="tick", knock_db=-22, room_db=-12, echo_db=-17,
    ),
    "tuned drum": Patch(
        _one("soft", Oscillator("sine", 620, -10, 70)),
        gain_db=2, attack_ms=2, decay_ms=110, sustain=0.2, fade_ms=300, release_ms=400, key_decay=0.3, bright=9, knock="stick",
        knock_db=-8, room_db=-13, echo_db=-24,
    ),
    "wind": Patch(
        (Oscillator("breath", 0, -3), Oscillator("soft", 0, -20)),
        gain_db=-1, attack_ms=180, decay_ms=900, sustain=0.8, release_ms=600, room_db=-9, echo_db=-18,
    ),
}  # fmt: skip

_FROM_PROGRAM: dict[int, str] = {
    0: "piano", 4: "electric piano", 6: "harpsichord", 7: "clavinet", 8: "bells", 11: "vibraphone", 12: "marimba", 13: "xylophone",
    14: "tubular bells", 15: "dulcimer", 16: "organ", 19: "church organ", 20: "accordion", 24: "nylon guitar", 25: "steel guitar",
    26: "electric guitar", 28: "muted guitar", 29: "driven guitar", 31: "electric guitar", 32: "acoustic bass", 33: "finger bass",
    38: "synth bass", 40: "violin", 45: "pizzicato", 46: "harp", 47: "timpani", 48: "strings", 52: "choir", 55: "orchestra hit",
    56: "brass", 60: "horn", 61: "brass", 64: "saxophone", 68: "oboe", 71: "clarinet", 72: "flute", 75: "pan flute", 78: "flute",
    80: "square lead", 81: "saw lead", 82: "soft lead", 84: "saw lead", 85: "soft lead", 86: "fifths lead", 87: "saw lead",
    88: "bell pad", 89: "warm pad", 90: "glass pad", 91: "choir pad", 92: "glass pad", 94: "choir pad", 95: "sweep pad", 96: "glimmer",
    97: "bell pad", 98: "glimmer", 99: "bell pad", 100: "glass pad", 101: "sweep pad", 102: "glimmer", 103: "sweep pad", 104: "koto",
    108: "kalimba", 109: "accordion", 110: "violin", 111: "oboe", 112: "bells", 113: "xylophone", 114: "steel drums", 115: "xylophone",
    116: "tuned drum", 119: "wind",
}  # fmt: skip
_STARTS = sorted(_FROM_PROGRAM)


def name_of(program: int | None) -> str:
    """The name of the patch of a General MIDI program, 0..127; None is what an instrument has that was told nothing: the piano."""
    return _FROM_PROGRAM[_STARTS[bisect_right(_STARTS, program or 0) - 1]]


def patch_of(program: int | None) -> Patch:
    """The patch of a General MIDI program."""
    return PATCHES[name_of(program)]
