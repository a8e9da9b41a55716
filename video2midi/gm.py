"""What General MIDI calls its instruments, drums and controllers: names in, numbers out.

Source: General MIDI System Level 1 (MIDI Manufacturers Association, 1991); numbers count from 0 as on the wire.
"""

from __future__ import annotations

from media.errors import did_you_mean

PROGRAMS = (
    *("acoustic grand piano", "bright acoustic piano", "electric grand piano", "honky-tonk piano"),
    *("electric piano 1", "electric piano 2", "harpsichord", "clavinet"),
    *("celesta", "glockenspiel", "music box", "vibraphone", "marimba", "xylophone", "tubular bells", "dulcimer"),
    *("drawbar organ", "percussive organ", "rock organ", "church organ", "reed organ", "accordion", "harmonica", "tango accordion"),
    *("nylon guitar", "steel guitar", "jazz guitar", "clean guitar", "muted guitar", "overdriven guitar", "distortion guitar"),
    "guitar harmonics",
    *("acoustic bass", "finger bass", "pick bass", "fretless bass", "slap bass 1", "slap bass 2", "synth bass 1", "synth bass 2"),
    *("violin", "viola", "cello", "contrabass", "tremolo strings", "pizzicato strings", "harp", "timpani"),
    *("string ensemble 1", "string ensemble 2", "synth strings 1", "synth strings 2", "choir aahs", "voice oohs", "synth choir"),
    "orchestra hit",
    *("trumpet", "trombone", "tuba", "muted trumpet", "french horn", "brass section", "synth brass 1", "synth brass 2"),
    *("soprano sax", "alto sax", "tenor sax", "baritone sax", "oboe", "english horn", "bassoon", "clarinet"),
    *("piccolo", "flute", "recorder", "pan flute", "blown bottle", "shakuhachi", "whistle", "ocarina"),
    *("square lead", "saw lead", "calliope lead", "chiff lead", "charang lead", "voice lead", "fifths lead", "bass and lead"),
    *("new age pad", "warm pad", "polysynth pad", "choir pad", "bowed pad", "metallic pad", "halo pad", "sweep pad"),
    *("rain", "soundtrack", "crystal", "atmosphere", "brightness", "goblins", "echoes", "sci-fi"),
    *("sitar", "banjo", "shamisen", "koto", "kalimba", "bagpipe", "fiddle", "shanai"),
    *("tinkle bell", "agogo", "steel drums", "woodblock", "taiko drum", "melodic tom", "synth drum", "reverse cymbal"),
    *("fret noise", "breath noise", "seashore", "bird tweet", "telephone ring", "helicopter", "applause", "gunshot"),
)

DRUMS = {
    "kick": 36, "rim": 37, "snare": 38, "clap": 39, "floor tom": 41, "closed hat": 42, "low tom": 45, "pedal hat": 44,
    "open hat": 46, "mid tom": 47, "crash": 49, "high tom": 50, "ride": 51, "tambourine": 54, "cowbell": 56,
    "bongo high": 60, "bongo low": 61, "conga": 63, "shaker": 70, "claves": 75, "woodblock high": 76, "woodblock low": 77,
    "triangle": 81,
}  # fmt: skip

DRUM_NAMES = {number: name for name, number in DRUMS.items()}

CONTROLLERS = {
    "modulation": 1, "breath": 2, "volume": 7, "pan": 10, "expression": 11, "sustain": 64,
    "resonance": 71, "release": 72, "attack": 73, "cutoff": 74, "reverb": 91, "chorus": 93,
}  # fmt: skip


def parse_program(value: int | str) -> int:
    """The number of an instrument, 0..127, by number or name.

    Raises:
        ValueError: there is none such.
    """
    return _by_name(value, {name: n for n, name in enumerate(PROGRAMS)}, what="an instrument", highest=127)


def parse_controller(value: int | str) -> int:
    """The number of a controller, 0..119, by number or name.

    Raises:
        ValueError: there is none such.
    """
    return _by_name(value, CONTROLLERS, what="a controller", highest=119)


def drum_name(pitch: int) -> str:
    """What a note of the drum channel is called, its number where it has no name here."""
    return DRUM_NAMES.get(pitch, str(pitch))


def _by_name(value: int | str, names: dict[str, int], *, what: str, highest: int) -> int:
    text = str(value).strip().lower()
    if text in names:
        return names[text]
    if text.lstrip("-").isdigit():
        if not 0 <= int(text) <= highest:
            raise ValueError(f"{what} is numbered 0 to {highest}, got {value!r}")
        return int(text)
    near = next((name for name in names if text and text in name.split()), None)
    if near is not None:
        raise ValueError(f"{what} of this name is not known, got {value!r}. Did you mean {near}?")
    raise ValueError(f"{what} of this name is not known, got {value!r}. {did_you_mean(text, names)}")
