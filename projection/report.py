"""A show that ran goes in; how it went comes out, in lines for a person or as a value for a program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from projection.layers.layer import Playing
from projection.layers.showing import Fares
from projection.stage import Stage


def as_json(stage: Stage, layers: Mapping[str, Fares], *, duration_s: float, reason: str) -> dict[str, Any]:
    """How it went.

    Args:
        layers: how they fared, by name.
        reason: why it ended.
    """
    return {
        "seconds": round(duration_s, 3),
        "ended": reason,
        "outputs": [_output(name, stage) for name in stage.outputs],
        "layers": [_layer(name, fares) for name, fares in layers.items()],
        "recording": _recording(stage),
    }


def told(report: dict[str, Any]) -> str:
    """The same in lines."""
    is_still = bool(report["layers"]) and all(layer["pictures"] <= 1 for layer in report["layers"])
    lines = [f"{_told_seconds(report['seconds'])}; ended: {report['ended']}"]
    lines += [_told_output(output, is_still=is_still) for output in report["outputs"]]
    for layer in report["layers"]:
        if layer["fault"]:
            lines.append(f"{layer['name']}: {layer['fault']}")
    if report["recording"] is not None:
        recording = report["recording"]
        kept = f"{recording['pictures']} pictures, {recording['dropped']} left out" if recording["pictures"] else "nothing was recorded"
        lines.append(f"{recording['path']}: {kept}")
    return "\n".join(lines)


def _told_seconds(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"


def _told_output(output: dict[str, Any], *, is_still: bool) -> str:
    """How an output went.

    Args:
        is_still: whether layers gave one picture each: keys, and what is moved by hand, are no films.
    """
    shown = "a still picture" if is_still else f"{output['fps']:.1f} pictures/s"
    drew = f"{shown}, {output['draw_ms']:.1f} ms to draw one" if output["drawn_by"] else "nothing draws"
    stood = f", the longest stood {output['longest_ms']:.0f} ms" if output["fps"] > 1 and not is_still else ""
    late = f", {output['late']} late" if output["late"] else ""
    n_again = output["restarts"]
    again = f", begun again {'once' if n_again == 1 else f'{n_again} times'}" if n_again else ""
    return f"{output['name']}: {drew}{stood}{late}{again}"


def _output(name: str, stage: Stage) -> dict[str, Any]:
    """How an output went; pictures are those that differ from the one before, over all the time that it showed any."""
    link = stage.outputs[name]
    opened, stats, whole = link.opened, link.stats, link.whole
    return {
        "name": name,
        "size": None if opened is None else list(opened.size_px),
        "drawn_by": stats.drawn if stats else "",
        "pictures": whole.n,
        "fps": round(whole.n / whole.seconds, 2) if whole.seconds else 0.0,
        "longest_ms": round(1000 * whole.longest_s, 1),
        "late": whole.n_late,
        "draw_ms": round(stats.draw_ms, 3) if stats else 0.0,
        "ages_ms": {layer: round(age_ms, 1) for layer, age_ms in stats.ages_ms.items()} if stats else {},
        "restarts": link.n_restarts,
    }


def _layer(name: str, fares: Fares) -> dict[str, Any]:
    return {
        "name": name, "state": fares.state, "fault": fares.fault, "pictures": fares.n_pictures, "late": fares.n_late,
        "playing": _playing(fares.playing),
    }  # fmt: skip


def _playing(playing: Playing | None) -> dict[str, Any] | None:
    """What a layer plays."""
    if playing is None:
        return None
    item, coming = (None if path is None else str(path) for path in (playing.item, playing.coming))
    return {
        "state": playing.state,
        "item": item,
        "at_s": round(playing.at_s, 3),
        "duration_s": round(playing.duration_s, 3),
        "coming": coming,
    }


def _recording(stage: Stage) -> dict[str, Any] | None:
    if stage.recording is None:
        return None
    recorded = stage.recording.recorded
    return {
        "path": str(stage.recording.path), "pictures": recorded.n_frames, "dropped": recorded.n_dropped,
        "seconds": round(recorded.duration_s, 3), "failed": stage.recording.has_failed,
    }  # fmt: skip
