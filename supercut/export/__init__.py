"""An edit list in, a file that an editor, a player or a spreadsheet opens out; one table of formats.

A new format is a function from `Timeline` to text in a module of its own, and a line in `EXPORTERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from media.edits import EditList
from media.errors import UserError, did_you_mean
from media.files import write_text
from supercut.export.captions import export_captions
from supercut.export.edl import export_edl
from supercut.export.fcp7 import export_fcp7
from supercut.export.fcpxml import export_fcpxml
from supercut.export.otio import export_otio
from supercut.export.playlists import export_m3u, export_mpv_edl
from supercut.export.table import export_csv
from supercut.export.timeline import SourceFacts, Timeline, lay_out, source_facts

__all__ = ["EXPORTERS", "Exporter", "SourceFacts", "Timeline", "export_text", "exporter_for", "lay_out", "source_facts", "write_export"]


@dataclass(frozen=True)
class Exporter:
    """One format.

    Args:
        suffixes: endings of its files, the usual one first.
        help: what it is for; the flag's help.
        write: makes its text.
        for_editor: its timeline runs at a rate that editing programs know.
    """

    suffixes: tuple[str, ...]
    help: str
    write: Callable[[Timeline], str]
    for_editor: bool = False


EXPORTERS: Mapping[str, Exporter] = {
    "edl": Exporter((".edl",), "CMX 3600 edit decision list, for any editor", export_edl, for_editor=True),
    "fcpxml": Exporter((".fcpxml",), "timeline for Final Cut Pro and DaVinci Resolve", export_fcpxml, for_editor=True),
    "xml": Exporter((".xml",), "Final Cut Pro 7 timeline, for Premiere", export_fcp7, for_editor=True),
    "otio": Exporter((".otio",), "OpenTimelineIO timeline", export_otio, for_editor=True),
    "m3u": Exporter((".m3u", ".m3u8"), "playlist for VLC", export_m3u),
    "mpv-edl": Exporter((".mpv.edl",), "edit decision list for mpv", export_mpv_edl),
    "csv": Exporter((".csv",), "table of the clips", export_csv),
    "captions": Exporter((".vtt",), "WebVTT captions of the result", export_captions),
}


def exporter_for(path: Path) -> str | None:
    """The name of the exporter that a file's ending asks for; None where it asks for a film."""
    endings = {suffix: name for name, exporter in EXPORTERS.items() for suffix in exporter.suffixes}
    # The longest first: cut.mpv.edl ends in .edl too.
    fits = (endings[suffix] for suffix in sorted(endings, key=len, reverse=True) if path.name.lower().endswith(suffix))
    return next(fits, None)


def export_text(
    name: str,
    edits: EditList,
    facts: Mapping[Path, SourceFacts],
    *,
    rate: Fraction | None = None,
    size: tuple[int, int] | None = None,
    title: str = "supercut",
) -> str:
    """An edit list in the format `name`, one of `EXPORTERS`.

    Args:
        facts: of every source in the list.
        rate: frames a second of the timeline; the list's, else the first source's.
        size: (width, height) in pixels; likewise.
    Raises:
        UserError: there is no such format, or nothing to export.
    """
    if name not in EXPORTERS:
        raise UserError(name, "there is no such export format", did_you_mean(name, EXPORTERS))
    if not edits.clips:
        raise UserError(title, "the edit list holds no clips", "Search for something else.")
    exporter = EXPORTERS[name]
    return exporter.write(lay_out(edits, facts, rate=rate, size=size, title=title, for_editor=exporter.for_editor))


def write_export(
    name: str,
    edits: EditList,
    path: Path,
    *,
    facts: Mapping[Path, SourceFacts],
    rate: Fraction | None = None,
    size: tuple[int, int] | None = None,
    title: str | None = None,
) -> None:
    """Write an edit list in the format `name`; whole or not at all.

    Args:
        title: of the timeline; the file's name without its ending.
    Raises:
        UserError: there is no such format, or the place cannot be written.
    """
    write_text(path, export_text(name, edits, facts, rate=rate, size=size, title=title or path.name.split(".")[0]))
