"""Every export format, read back and compared frame for frame with the list as it is rendered."""

import csv
import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlsplit

import opentimelineio as otio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.conform import SourceTiming
from media.edits import Clip, EditList
from media.span import Span
from media.timecode import parse_seconds, time_to_nearest_frame
from supercut.export import EXPORTERS, SourceFacts, Timeline, export_text, lay_out

NTSC_24, NTSC_30, NTSC_60 = (Fraction(n * 1000, 1001) for n in (24, 30, 60))
RATES = [NTSC_24, Fraction(24), Fraction(25), NTSC_30, Fraction(30), Fraction(50), NTSC_60, Fraction(60)]

FOLDER = Path('/films/été & <"quotes"> 100%, it\'s; a#b')
OWN, PAL, PHONE, MUTE, VOICE = (FOLDER / name for name in ("own rate.mp4", "pal, 25.mov", "phone=vfr.mp4", "Mute.mkv", "voice.wav"))


def facts_at(rate: Fraction) -> dict[Path, SourceFacts]:
    def film(rate: Fraction, *, channels: int = 2, start: str = "0", is_steady: bool = True) -> SourceFacts:
        return SourceFacts(SourceTiming(rate, Fraction(start), is_steady, Fraction(120)), (1280, 720), channels=channels)

    return {
        OWN: film(rate),
        PAL: film(Fraction(25), start="0.08", channels=1),
        PHONE: film(Fraction("28.9"), is_steady=False),
        MUTE: film(rate, channels=0),
        VOICE: SourceFacts(SourceTiming(None, Fraction(0), False, Fraction(120)), channels=2, sample_rate=44_100),
    }


@dataclass(frozen=True)
class Read:
    """A clip as a format tells it: frames of the timeline, and the frame of the source at its start."""

    source: Path | None
    start: int
    end: int
    source_in: int | None


def at_cuts(timeline: Timeline) -> list[Read]:
    return [Read(event.source, event.cut_in, event.cut_out, event.source_frame(event.cut_in)) for event in timeline.events]


def at_dissolves(timeline: Timeline) -> list[Read]:
    """Cut where a dissolve begins, as an EDL does, unless that leaves nothing of the clip before it."""
    starts: list[int] = []
    for event in timeline.events:
        starts.append(event.start if event.dissolves and event.start > starts[-1] else event.cut_in)
    ends = [*starts[1:], timeline.n_frames]
    return [
        Read(event.source, start, end, event.source_frame(start)) for event, start, end in zip(timeline.events, starts, ends, strict=True)
    ]


def in_full(timeline: Timeline) -> list[Read]:
    return [Read(event.source, event.start, event.end, event.source_frame(event.start)) for event in timeline.events]


def path_of(url: str) -> Path:
    assert url.startswith(("file:///", "file://localhost/"))
    return Path(unquote(urlsplit(url).path))


def otio_tracks(timeline: otio.schema.Timeline, source_of: Callable[[otio.schema.Clip], Path]) -> list[Read]:
    """The clips of all tracks, each once; tracks must agree wherever both hold a clip."""
    found: set[Read] = set()
    for track in timeline.tracks:
        offset = -track.source_range.start_time.value if track.source_range else 0
        for n, item in enumerate(track):
            if isinstance(item, otio.schema.Clip):
                placed, shown = track.range_of_child_at_index(n), item.trimmed_range()
                values = (placed.start_time.value + offset, placed.end_time_exclusive().value + offset, shown.start_time.value)
                assert all(abs(value - round(value)) < 1e-3 for value in values)
                found.add(Read(source_of(item), *map(round, values)))
    return sorted(found, key=lambda read: (read.start, read.end))


def read_edl(text: str, timeline: Timeline) -> list[Read]:
    by_name = {source.name: source for source in timeline.facts}
    read = otio.adapters.read_from_string(text, "cmx_3600", rate=float(timeline.rate))
    assert read.name == timeline.title
    return otio_tracks(read, lambda clip: by_name[clip.name])


def read_fcp7(text: str, _timeline: Timeline) -> list[Read]:
    read = otio.adapters.read_from_string(text, "fcp_xml")
    return otio_tracks(read, lambda clip: path_of(clip.media_reference.target_url))


def read_otio(text: str, timeline: Timeline) -> list[Read]:
    read = otio.adapters.read_from_string(text, "otio_json")
    assert read.to_json_string(indent=2) + "\n" == text
    assert read.duration().to_frames() == timeline.n_frames
    return otio_tracks(read, lambda clip: path_of(clip.media_reference.target_url))


def fcpxml_time(text: str) -> Fraction:
    assert re.fullmatch(r"\d+(/\d+)?s", text)
    value = Fraction(text[:-1])
    assert value.numerator < 2**63
    assert value.denominator < 2**31
    return value


def read_fcpxml(text: str, timeline: Timeline) -> list[Read]:
    root = ET.fromstring(text)
    assets = {asset.attrib["id"]: path_of(asset.find("media-rep").attrib["src"]) for asset in root.iter("asset")}
    reads = []
    for clip in root.iter("asset-clip"):
        offset, duration, start = (fcpxml_time(clip.attrib[key]) * timeline.rate for key in ("offset", "duration", "start"))
        assert offset.denominator == duration.denominator == 1
        source = assets[clip.attrib["ref"]]
        # The source's own frames: where it runs at another rate, the nearest of them.
        own = timeline.facts[source].frame_rate or timeline.rate
        assert (fcpxml_time(clip.attrib["start"]) * own).denominator == 1
        event = timeline.events[len(reads)]
        exact = max(Fraction(0), (event.source_time(event.cut_in) - event.facts.timing.start) * timeline.rate)
        assert abs(start - exact) <= Fraction(1, 2) * max(timeline.rate / own, 1)
        reads.append(Read(source, int(offset), int(offset + duration), event.source_frame(event.cut_in)))
    return reads


def read_m3u(text: str, timeline: Timeline) -> list[Read]:
    head, *lines = text.splitlines()
    assert head == "#EXTM3U"
    reads, at = [], 0
    for info, start, stop, name in zip(*[iter(lines)] * 4, strict=True):
        begins = Fraction(start.removeprefix("#EXTVLCOPT:start-time="))
        length = Fraction(stop.removeprefix("#EXTVLCOPT:stop-time=")) - begins
        assert abs(length - Fraction(info.removeprefix("#EXTINF:").split(",")[0])) < Fraction(1, 100_000)
        reads.append(_played(timeline, len(reads), Path(name), at, begins, length))
        at = reads[-1].end
    return reads


def read_mpv_edl(text: str, timeline: Timeline) -> list[Read]:
    rest = text.encode()
    assert rest.startswith(b"# mpv EDL v0\n")
    rest = rest.partition(b"\n")[2]
    reads, at = [], 0
    while rest:
        name, rest = _counted(rest)
        start, length, rest = rest.lstrip(b",").split(b",", 2)
        _title, rest = _counted(rest.removeprefix(b"title="))
        assert rest.startswith(b"\n")
        rest = rest[1:]
        reads.append(_played(timeline, len(reads), Path(name), at, Fraction(start.decode()), Fraction(length.decode())))
        at = reads[-1].end
    return reads


def _counted(rest: bytes) -> tuple[str, bytes]:
    count, rest = rest.removeprefix(b"%").split(b"%", 1)
    return rest[: int(count)].decode(), rest[int(count) :]


def _played(timeline: Timeline, n: int, source: Path, at: int, start: Fraction, length: Fraction) -> Read:
    n_frames = time_to_nearest_frame(length, timeline.rate)
    assert abs(n_frames / timeline.rate - length) < Fraction(1, 100_000)
    return Read(source, at, at + n_frames, _source_in(timeline, n, at, start))


def _source_in(timeline: Timeline, n: int, at: int, start: Fraction) -> int:
    """The frame that a start in seconds names; well within a frame of it, however it falls between two."""
    event = timeline.events[n]
    assert abs(start - event.source_time(at)) < Fraction(1, 1000)
    return event.source_frame(at)


def read_csv(text: str, timeline: Timeline) -> list[Read]:
    reads = []
    for row in csv.DictReader(io.StringIO(text, newline="")):
        start, end = (time_to_nearest_frame(parse_seconds(row[key]), timeline.rate) for key in ("start_s", "end_s"))
        assert [row["start_timecode"], row["end_timecode"]] == [timeline.timecode(start), timeline.timecode(end)]
        begins, ends = (parse_seconds(row[key]) for key in ("in_s", "out_s"))
        assert time_to_nearest_frame(ends - begins, timeline.rate) == end - start
        source_in = _source_in(timeline, len(reads), start, begins)
        assert row["in_timecode"] == timeline.timecode(source_in)
        reads.append(Read(Path(row["source"]), start, end, source_in))
    return reads


def read_captions(text: str, timeline: Timeline) -> list[Read]:
    head, *cues = text.rstrip("\n").split("\n\n")
    assert head == "WEBVTT"
    reads = []
    for cue in cues:
        timing, *lines = cue.split("\n")
        assert lines
        assert all(lines)
        start, end = re.fullmatch(r"(\d{2,}:\d\d:\d\d\.\d{3}) --> (\d{2,}:\d\d:\d\d\.\d{3})", timing).groups()
        assert start < end
        reads.append(Read(None, *(time_to_nearest_frame(parse_seconds(time), timeline.rate) for time in (start, end)), None))
    return reads


@dataclass(frozen=True)
class Format:
    """How a format is read back, and where it lets clips meet."""

    read: Callable[[str, Timeline], list[Read]]
    edges: Callable[[Timeline], list[Read]]


FORMATS = {
    "edl": Format(read_edl, at_dissolves),
    "fcpxml": Format(read_fcpxml, at_cuts),
    "xml": Format(read_fcp7, at_cuts),
    "otio": Format(read_otio, at_cuts),
    "m3u": Format(read_m3u, at_cuts),
    "mpv-edl": Format(read_mpv_edl, at_cuts),
    "csv": Format(read_csv, in_full),
    "captions": Format(read_captions, in_full),
}


def clip(source: Path, start: str, length: str, fade: str = "0", label: str = "words") -> Clip:
    begin = Fraction(start)
    return Clip(source, Span(begin, begin + Fraction(length)), label, Fraction(fade))


MIXED = EditList(
    (
        clip(OWN, "1", "2.013"),
        clip(OWN, "10.4871", "1.2", "0.2"),
        clip(PAL, "3.3", "1.1"),
        clip(PHONE, "100.017", "0.35"),
        clip(VOICE, "0.777", "0.5"),
        clip(MUTE, "5.02", "0.04"),
        clip(MUTE, "5.02", "2", "0.04"),
        clip(OWN, "60", "3", "0.5"),
        clip(OWN, "20", "1", "0.36"),
    )
)


def check(name: str, edits: EditList, facts: dict[Path, SourceFacts], rate: Fraction) -> None:
    how = FORMATS[name]
    timeline = lay_out(edits, facts, rate=rate, title="My cut", for_editor=EXPORTERS[name].for_editor)
    reads = how.read(export_text(name, edits, facts, rate=rate, title="My cut"), timeline)
    expected = how.edges(timeline)
    if name == "captions":
        expected = [replace(read, source=None, source_in=None) for read in expected]
    assert reads == expected
    if how.edges is not in_full:
        assert all(one.end == two.start for one, two in pairwise(reads))
    assert reads[0].start == 0
    assert reads[-1].end == timeline.n_frames


def test_every_format_is_read_back():
    assert list(FORMATS) == list(EXPORTERS)


@pytest.mark.parametrize("rate", RATES, ids=lambda rate: f"{float(rate):.2f}")
@pytest.mark.parametrize("name", FORMATS)
def test_mixed_sources_fades_and_media(name: str, rate: Fraction):
    check(name, MIXED, facts_at(rate), rate)


@pytest.mark.parametrize("source", [OWN, VOICE, MUTE], ids=["both", "sound only", "picture only"])
@pytest.mark.parametrize("name", FORMATS)
def test_one_kind_of_media_throughout(name: str, source: Path):
    edits = EditList((clip(source, "1", "2"), clip(source, "7.7", "1.5", "0.2"), clip(source, "0", "0.48")))
    check(name, edits, facts_at(NTSC_30), NTSC_30)


@st.composite
def edit_lists(draw: st.DrawFn) -> EditList:
    def seconds(low_ms: int, high_ms: int) -> Fraction:
        return Fraction(draw(st.integers(low_ms, high_ms)), 1000)

    clips = []
    left = Fraction(0)
    for _ in range(draw(st.integers(1, 8))):
        start, length = seconds(0, 100_000), seconds(1, 3000)
        fade = draw(st.sampled_from([Fraction(0), Fraction(0), min(left, length * Fraction(2, 3), seconds(0, 500))]))
        clips.append(Clip(draw(st.sampled_from([OWN, PAL, PHONE, MUTE, VOICE])), Span(start, start + length), "words", fade))
        left = length - fade
    return EditList(tuple(clips))


@pytest.mark.parametrize("name", FORMATS)
@given(edits=edit_lists(), rate=st.sampled_from(RATES))
def test_any_list_is_read_back(name: str, edits: EditList, rate: Fraction):
    check(name, edits, facts_at(rate), rate)


@pytest.mark.parametrize("name", FORMATS)
def test_a_thousand_clips(name: str):
    lengths = [Fraction(n % 97 + 5, 100) for n in range(1000)]
    clips = tuple(clip(OWN if n % 3 else PAL, str(Fraction(n % 110)), str(length)) for n, length in enumerate(lengths))
    check(name, EditList(clips), facts_at(NTSC_30), NTSC_30)


@pytest.mark.parametrize("name", FORMATS)
def test_clips_cut_on_frames_give_the_exact_total(name: str):
    lengths = [n % 50 + 2 for n in range(1000)]
    clips = tuple(Clip(OWN, Span(n / NTSC_24, (n + length) / NTSC_24), "words") for n, length in enumerate(lengths))
    edits = EditList(clips)
    timeline = lay_out(edits, facts_at(NTSC_24), rate=NTSC_24)
    assert timeline.n_frames == sum(lengths) == edits.duration * NTSC_24
    assert FORMATS[name].read(export_text(name, edits, facts_at(NTSC_24), title="supercut"), timeline)[-1].end == sum(lengths)
