"""A film, a mapping and the files wanted go in; MIDI, picture, proof and tables are written, and what they hold is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from media.files import write_text
from media.pictures import source_name
from media.progress import OnProgress, ignore_progress
from media.timecode import seconds_text
from media.write import write_rgb
from video2midi.analysis import WHOLE, Analysis, analyse
from video2midi.check import Check
from video2midi.features import FEATURES, LEVELS, Signals
from video2midi.mapping import Plan
from video2midi.midifile import write
from video2midi.notes import DRUM_CHANNEL, Score
from video2midi.places import check_apart, check_midi_place, check_proof_place, check_roll_place, check_spared
from video2midi.scoring import score_of
from video2midi.settings import ScoreSettings, key_and_scale_text
from video2midi.tempo import count_on_beats, tempo_text

ROLL_LANES = ("brightness", "motion", "hue", "contrast", "detail")


@dataclass(frozen=True)
class Outputs:
    """The files wanted; None is not.

    Args:
        csv: whether tables of features and of events are written beside the MIDI file.
        film_gain_db: how loud the film's own sound is in the proof; None leaves it out.
    """

    midi: Path
    roll: Path | None = None
    proof: Path | None = None
    soundfont: Path | None = None
    film_gain_db: float | None = None
    csv: bool = False


@dataclass(frozen=True)
class Made:
    """What was made of a film.

    Args:
        why_silent: why there is no note, as far as that is known.
    """

    analysis: Analysis
    plan: Plan
    settings: ScoreSettings
    score: Score
    check: Check
    written: tuple[Path, ...]
    why_silent: str = ""


def default_output(source: Path | str) -> Path:
    """Where the score goes unless told: named as the source, in the folder that we are in."""
    return Path(f"{source_name(source) or 'score'}.mid")


def make(
    source: Path | str,
    plan: Plan,
    settings: ScoreSettings,
    outputs: Outputs,
    *,
    rate: Fraction,
    use_cache: bool = True,
    on_progress: OnProgress = ignore_progress,
    on_warning: Callable[[str], None],
) -> Made:
    """Analyse a source and write everything wanted of it.

    Raises:
        UserError: the source cannot be read, a file not be written, or the settings make no sense.
    """
    check_outputs(source, outputs)
    check_spared([outputs.midi, outputs.roll, outputs.proof], [*plan.files, outputs.soundfont])
    plan = plan.but(**settings.overrules())
    analysis = analyse(source, regions=plan.regions, rate=rate, use_cache=use_cache, on_progress=on_progress, on_warning=on_warning)
    signals = Signals(analysis, grids=plan.grids)
    made = score_of(signals, plan, settings)
    check = write(made, outputs.midi)
    written = [outputs.midi]
    if outputs.csv:
        written += write_tables(made, signals, plan, outputs.midi)
    if outputs.roll:
        draw(made, signals, plan, settings, outputs.roll, rate=rate, on_progress=on_progress)
        written.append(outputs.roll)
    if outputs.proof:
        from video2midi.proof import write_proof

        write_proof(
            source, made, outputs.proof, soundfont=outputs.soundfont, film_gain_db=outputs.film_gain_db, rate=rate, on_progress=on_progress,
        )  # fmt: skip
        written.append(outputs.proof)
    return Made(analysis, plan, settings, made, check, tuple(written), "" if made.n_notes else why_silent(plan, signals))


def check_outputs(source: Path | str, outputs: Outputs) -> None:
    """Refuse before any work is done what could not be written after it.

    Raises:
        UserError: a file is named twice, is the source, or has the wrong suffix.
    """
    check_midi_place(outputs.midi, source)
    if outputs.roll:
        check_roll_place(outputs.roll, source)
    if outputs.proof:
        check_proof_place(outputs.proof, source, soundfont=outputs.soundfont, film_gain_db=outputs.film_gain_db)
    check_apart([path for path in (outputs.midi, outputs.roll, outputs.proof) if path])


def write_tables(made: Score, signals: Signals, plan: Plan, midi: Path) -> list[Path]:
    """Write the features of every frame and the events of the score beside the MIDI file; returns their paths."""
    from video2midi.tables import events_csv, features_csv

    paths = [midi.with_suffix(".features.csv"), midi.with_suffix(".events.csv")]
    write_text(paths[0], features_csv(signals.analysis.times, columns(signals, plan.regions)))
    write_text(paths[1], events_csv(made, rate=None if signals.analysis.is_vfr else signals.analysis.rate))
    return paths


def columns(signals: Signals, regions: Mapping[str, object]) -> dict[str, list[float]]:
    """Every feature of every region by its dotted name, `onset` and `swell` too; other events, and movement, of the whole frame."""
    found: dict[str, list[float]] = {}
    for region in regions:
        behind = "" if region == WHOLE else f".{region}"
        for feature in FEATURES:
            if feature in LEVELS:
                found[feature + behind] = signals.value(feature, region).tolist()
            elif region == WHOLE or feature in ("onset", "swell"):
                found[feature + behind] = signals.trigger(feature, region).tolist()
    found["moving"] = [float(moving) for moving in signals.moving]
    return found


def draw(
    made: Score, signals: Signals, plan: Plan, settings: ScoreSettings, path: Path, *, rate: Fraction, on_progress: OnProgress
) -> None:
    """Draw the roll."""
    from video2midi.roll import Lane, draw_roll

    lanes = [Lane(name, signals.value(name), kind) for name in ROLL_LANES if (kind := FEATURES[name].kind) != "event"]
    image = draw_roll(
        made, signals.analysis.source, seconds=signals.seconds, lanes=lanes, cuts=signals.cut_times, moving=signals.moving,
        facts=facts_of(made, plan, settings), rate=rate, on_progress=on_progress,
    )  # fmt: skip
    write_rgb(path, image)


def facts_of(made: Score, plan: Plan, settings: ScoreSettings) -> list[str]:
    """What the roll tells of how the score was made."""
    return [*([told_key(plan)] if has_key(made) else []), told_tempo(made, settings)]


def has_key(made: Score) -> bool:
    """Whether anything but drums is heard."""
    return any(track.notes and track.channel != DRUM_CHANNEL for track in made.tracks)


def told_key(plan: Plan) -> str:
    """The key and scale in words."""
    return key_and_scale_text(plan.mapping.key, plan.mapping.scale)


def told_tempo(made: Score, settings: ScoreSettings) -> str:
    """The tempo in words."""
    beats = 60_000_000 / made.tempo.changes[0].us_per_beat
    if isinstance(settings.tempo, Fraction):
        return f"{tempo_text(settings.tempo)} BPM"
    if settings.tempo != "frame" and not made.markers:
        return f"{beats:.4g} BPM"
    return f"{beats:.4g} BPM, locked to frames" if settings.tempo == "frame" else f"tempo fitted to cuts, from {beats:.4g} BPM"


def why_silent(plan: Plan, signals: Signals) -> str:
    """Why the voices play no note: the picture stands still, or what they wait for never comes; "" where that is not known."""
    players = [part for part in plan.parts if part.program is not None]
    if players and not signals.moving.any() and all(part.voice.rests for part in players):
        return "the picture never moves"
    if any(part.voice.play != "hits" or signals.trigger(part.voice.feature, cell).any() for part in players for cell in part.cells):
        return ""
    return f"there is no {' and no '.join(sorted({part.voice.feature for part in players}))}" if players else ""


def told(made: Made) -> str:
    """What was made, in words."""
    length = seconds_text(Fraction(round(made.score.end, 3)))
    key = f" in {told_key(made.plan)}" if has_key(made.score) else ""
    lines = [
        f"{made.written[0]}: {_told_voices(made.score)}, {length} s{key}, {told_tempo(made.score, made.settings)}",
        _told_notes(made),
        *_told_cuts(made),
        *map(str, made.written[1:]),
    ]
    return "\n".join(lines)


def _told_voices(made: Score) -> str:
    """How many voices play notes, and how many move a controller or the pitch wheel."""
    counts = {"voice": sum(bool(track.notes) for track in made.tracks), "controller": sum(bool(track.controls) for track in made.tracks)}
    return ", ".join(f"{n} {what}{'' if n == 1 else 's'}" for what, n in counts.items() if n) or "0 voices"


def _told_notes(made: Made) -> str:
    """How many notes there are and how far from their frames; else why there are none, and what there is instead."""
    if made.score.n_notes:
        return made.check.told(planned="the grid") if made.settings.quantise else made.check.told()
    n_moves = sum(len(track.controls) for track in made.score.tracks)
    return f"no notes{f': {made.why_silent}' if made.why_silent else ''}{f'; the controllers move {n_moves:,} times' if n_moves else ''}"


def _told_cuts(made: Made) -> list[str]:
    """How many cuts the tempo could be fitted to."""
    if str(made.settings.tempo).startswith("cuts"):
        times = [marker.time for marker in made.score.markers]
        if not times:
            return ["there are no cuts that the tempo could be fitted to, so it stays"]
        return [f"{count_on_beats(made.score.tempo, times)} of {len(times)} cuts fall on beats"]
    return []


def told_as_json(made: Made) -> str:
    """What was made, for programs."""
    tracks = [
        {"name": track.name, "channel": track.channel + 1, "notes": len(track.notes), "controls": len(track.controls)}
        for track in made.score.tracks
    ]
    found = {
        "written": [str(path) for path in made.written],
        "seconds": float(made.score.end),
        "frames": made.analysis.n_frames,
        "cuts": [float(marker.time) for marker in made.score.markers],
        "notes": made.score.n_notes,
        "worst_ms": made.check.worst_ms,
        "tracks": tracks,
    }
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"
