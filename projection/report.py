"""A show that ran goes in; how it went comes out, in lines for a person or as a value for a program."""

from __future__ import annotations

from typing import Any

from projection.stage import Stage


def as_json(stage: Stage, *, duration_s: float, reason: str) -> dict[str, Any]:
    """How it went.

    Args:
        reason: why it ended.
    """
    return {
        "seconds": round(duration_s, 3),
        "ended": reason,
        "outputs": [_output(name, stage) for name in stage.outputs],
        "layers": [_layer(name, stage) for name in stage.layers],
        "recording": _recording(stage),
    }


def told(report: dict[str, Any]) -> str:
    """The same in lines."""
    lines = [f"{report['seconds']:.0f} s; ended: {report['ended']}"]
    for output in report["outputs"]:
        late = f", {output['late']} late" if output["late"] else ""
        again = f", begun again {output['restarts']} times" if output["restarts"] else ""
        lines.append(f"{output['name']}: {output['fps']:.1f} pictures/s, {output['draw_ms']:.1f} ms to draw one{late}{again}")
    for layer in report["layers"]:
        if layer["fault"]:
            lines.append(f"{layer['name']}: {layer['fault']}")
    if report["recording"] is not None:
        recording = report["recording"]
        lines.append(f"{recording['path']}: {recording['pictures']} pictures, {recording['dropped']} left out")
    return "\n".join(lines)


def _output(name: str, stage: Stage) -> dict[str, Any]:
    link = stage.outputs[name]
    opened, stats = link.opened, link.stats
    return {
        "name": name,
        "size": None if opened is None else list(opened.size_px),
        "drawn_by": stats.drawn if stats else "",
        "fps": round(stats.fps, 2) if stats else 0.0,
        "late": stats.n_late if stats else 0,
        "draw_ms": round(stats.draw_ms, 3) if stats else 0.0,
        "ages_ms": {layer: round(age_ms, 1) for layer, age_ms in stats.ages_ms.items()} if stats else {},
        "restarts": link.n_restarts,
    }


def _layer(name: str, stage: Stage) -> dict[str, Any]:
    fares = stage.layers[name].stats()
    return {"name": name, "state": fares.state, "fault": fares.fault, "pictures": fares.n_pictures, "late": fares.n_late}


def _recording(stage: Stage) -> dict[str, Any] | None:
    if stage.recording is None:
        return None
    recorded = stage.recording.recorded
    return {
        "path": str(stage.recording.path), "pictures": recorded.n_frames, "dropped": recorded.n_dropped,
        "seconds": round(recorded.duration_s, 3), "failed": stage.recording.has_failed,
    }  # fmt: skip
