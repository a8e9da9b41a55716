"""What each export format owes its reader: structure, names, links, dissolves, escaping."""

import csv
import io
import os
import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import opentimelineio as otio
import pysubs2
import pytest

from media.conform import SourceTiming
from media.edits import Clip, EditList
from media.errors import UserError
from media.span import Span
from media.timecode import parse_seconds
from supercut.export import EXPORTERS, SourceFacts, export_text, exporter_for, lay_out, source_facts, write_export
from supercut.export.edl import reel_names
from supercut.export.timeline import editor_rate

NTSC_24, NTSC_30, NTSC_60 = (Fraction(n * 1000, 1001) for n in (24, 30, 60))
FILM, PAL, VOICE, MUTE = (Path("/films") / name for name in ("interview.mp4", "pal & co.mov", "voice.wav", "mute.mkv"))


def film(rate: Fraction = NTSC_30, *, channels: int = 2, seconds: int = 60, **more: object) -> SourceFacts:
    return SourceFacts(SourceTiming(rate, Fraction(0), True, Fraction(seconds)), (640, 360), channels=channels, **more)


FACTS = {
    FILM: film(),
    PAL: film(Fraction(25), channels=1),
    VOICE: SourceFacts(SourceTiming(None, Fraction(0), False, Fraction(60)), channels=2, sample_rate=44_100),
    MUTE: film(channels=0),
}


def clip(start: int, n_frames: int, label: str = "words", *, fade: int = 0, source: Path = FILM, rate: Fraction = NTSC_30) -> Clip:
    """A clip cut on frames of the sequence."""
    return Clip(source, Span(start / rate, (start + n_frames) / rate), label, fade / rate)


CUT = EditList((clip(30, 60, 'say <"hello"> & go'), clip(300, 45, "again", fade=6), clip(0, 30, "")))
FADED = EditList((clip(30, 60), clip(300, 45, fade=7), clip(90, 40, fade=5), clip(0, 20, fade=1)))


def text_of(name: str, edits: EditList = CUT, **more: object) -> str:
    return export_text(name, edits, FACTS, title="My cut", **more)


# --- the table ---


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("cut.edl", "edl"),
        ("cut.mpv.edl", "mpv-edl"),
        ("CUT.MPV.EDL", "mpv-edl"),
        ("a.b/cut.FCPXML", "fcpxml"),
        ("cut.xml", "xml"),
        ("cut.otio", "otio"),
        ("cut.m3u", "m3u"),
        ("cut.m3u8", "m3u"),
        ("cut.csv", "csv"),
        ("cut.vtt", "captions"),
        ("cut.mp4", None),
        ("cut.json", None),
        ("edl", None),
        ("cut.edl/film.mp4", None),
    ],
)
def test_an_ending_chooses_the_format(path: str, name: str | None):
    assert exporter_for(Path(path)) == name


def test_every_format_is_found_by_each_of_its_endings():
    endings = [suffix for exporter in EXPORTERS.values() for suffix in exporter.suffixes]
    assert len(endings) == len(set(endings))
    assert all(exporter_for(Path(f"cut{suffix}")) == name for name, exporter in EXPORTERS.items() for suffix in exporter.suffixes)


def test_an_unknown_format_is_refused_with_the_nearest():
    with pytest.raises(UserError, match=r"fcpxmll: there is no such export format\. Did you mean fcpxml\?"):
        text_of("fcpxmll")


@pytest.mark.parametrize("name", EXPORTERS)
def test_a_list_without_clips_is_refused(name: str):
    with pytest.raises(UserError, match="holds no clips"):
        text_of(name, EditList(()))


@pytest.mark.parametrize("name", EXPORTERS)
def test_a_file_is_written_whole_or_not_at_all(name: str, tmp_path: Path):
    path = tmp_path / f"night cut{EXPORTERS[name].suffixes[0]}"
    write_export(name, CUT, path, facts=FACTS)
    assert path.read_text(encoding="utf-8") == export_text(name, CUT, FACTS, title="night cut")
    assert os.listdir(tmp_path) == [path.name]
    with pytest.raises(UserError, match="folder does not exist"):
        write_export(name, CUT, tmp_path / "none" / path.name, facts=FACTS)


@pytest.mark.parametrize("name", EXPORTERS)
def test_the_same_list_gives_the_same_text(name: str):
    assert text_of(name) == text_of(name)


# --- the timeline ---


@pytest.mark.parametrize("rate", [NTSC_24, 24, 25, NTSC_30, 30, 48, 50, NTSC_60, 60])
def test_rates_that_editors_know_stay(rate: Fraction):
    assert editor_rate(Fraction(rate)) == rate


@pytest.mark.parametrize(
    ("rate", "editors"),
    [
        *[("25/2", 25), (12, 24), (15, 30), (10, 30), (20, 60), (120, 60), (100, 50), ("120000/1001", NTSC_60)],
        *[("15000/1001", NTSC_30), ("28.9", NTSC_30), ("1000", 50), ("7.3", NTSC_24), ("31", 30)],
    ],
)
def test_other_rates_go_to_one_that_shows_every_frame_or_is_near(rate: str | int, editors: Fraction):
    assert editor_rate(Fraction(rate)) == editors


def test_the_rate_is_the_lists_then_the_first_pictures():
    edits = EditList((clip(0, 30, source=VOICE), clip(0, 30, source=PAL), clip(0, 30)))
    assert lay_out(edits, FACTS).rate == 25
    assert lay_out(EditList(edits.clips, rate=Fraction(50)), FACTS).rate == 50
    assert lay_out(edits, FACTS, rate=NTSC_24).rate == NTSC_24
    assert lay_out(edits, FACTS, rate=Fraction(12), for_editor=False).rate == 12


def test_the_size_is_the_lists_then_what_the_first_picture_looks_like():
    facts = {**FACTS, MUTE: film(pixel_aspect=Fraction(16, 15), display_size=(682, 360))}
    edits = EditList((clip(0, 30, source=VOICE), clip(0, 30, source=MUTE), clip(0, 30)))
    assert lay_out(edits, facts).size == (682, 360)
    assert lay_out(EditList(edits.clips, size=(100, 50)), facts).size == (100, 50)
    assert lay_out(EditList(edits.clips[:1]), facts).size == (1920, 1080)


def test_only_clips_of_one_kind_dissolve_and_time_stays():
    edits = EditList(
        (clip(0, 30), clip(0, 30, fade=10, source=MUTE), clip(60, 30, fade=10, source=MUTE), clip(0, 30, fade=10, source=VOICE))
    )
    events = lay_out(edits, FACTS, rate=NTSC_30).events
    assert [event.dissolves for event in events] == [False, False, True, False]
    assert [(event.cut_in, event.cut_out) for event in events] == [(0, 25), (25, 45), (45, 65), (65, 90)]
    assert [(event.start, event.end) for event in events] == [(0, 30), (20, 50), (40, 70), (60, 90)]


def test_what_is_probed_is_what_the_timeline_says(film: Path):
    from media.probe import probe

    media = probe(film)
    facts = source_facts(media)
    assert (facts.has_video, facts.has_sound) == (True, True)
    assert facts.size == facts.display_size == media.video.size
    assert facts.timing.rate == media.video.rate
    assert facts.n_frames(media.video.rate) == pytest.approx(media.duration * media.video.rate, abs=1)
    assert facts.sample_rate == media.sound.sample_rate


# --- EDL ---


def test_an_edl_in_full():
    assert text_of("edl").splitlines() == [
        "TITLE: My cut",
        "FCM: DROP FRAME",
        "",
        "001  INTERVIE AA/V  C        00:00:01;00 00:00:02;24 00:00:00;00 00:00:01;24",
        "* FROM CLIP NAME: interview.mp4",
        "* SOURCE FILE: /films/interview.mp4",
        '* COMMENT: say <"hello"> & go',
        "002  INTERVIE AA/V  C        00:00:02;24 00:00:02;24 00:00:01;24 00:00:01;24",
        "002  INTERVIE AA/V  D 006    00:00:10;00 00:00:11;15 00:00:01;24 00:00:03;09",
        "* FROM CLIP NAME: interview.mp4",
        "* SOURCE FILE: /films/interview.mp4",
        "* TO CLIP NAME: interview.mp4",
        "* SOURCE FILE: /films/interview.mp4",
        "* COMMENT: again",
        "003  INTERVIE AA/V  C        00:00:00;00 00:00:01;00 00:00:03;09 00:00:04;09",
        "* FROM CLIP NAME: interview.mp4",
        "* SOURCE FILE: /films/interview.mp4",
    ]


@pytest.mark.parametrize(
    ("rate", "fcm"),
    [(NTSC_24, "NON-DROP"), (25, "NON-DROP"), (NTSC_30, "DROP"), (30, "NON-DROP"), (50, "NON-DROP"), (NTSC_60, "DROP"), (60, "NON-DROP")],
)
def test_drop_frame_is_told_and_written_at_29_97_and_59_94_only(rate: Fraction, fcm: str):
    text = text_of("edl", rate=Fraction(rate))
    assert f"FCM: {fcm} FRAME\n" in text
    assert (";" in text) == (fcm == "DROP")


def test_drop_frame_labels_are_skipped_in_the_record():
    """A cut at frame 1800 stands at one minute and two frames."""
    edits = EditList((clip(0, 1799), clip(0, 1), clip(0, 30)))
    assert " 00:00:00;00 00:00:01;00 00:01:00;02 00:01:01;02" in export_text("edl", edits, {FILM: film(seconds=90)})


def test_dissolves_are_read_as_long_as_they_are():
    track = otio.adapters.read_from_string(text_of("edl", FADED), "cmx_3600", rate=float(NTSC_30)).tracks[0]
    fades = [item for item in track if isinstance(item, otio.schema.Transition)]
    assert [fade.out_offset.to_frames() for fade in fades] == [7, 5, 1]
    assert all(fade.transition_type == "SMPTE_Dissolve" for fade in fades)


def test_channels_say_what_a_source_has():
    edits = EditList(tuple(clip(0, 30, source=source) for source in (FILM, PAL, VOICE, MUTE)))
    assert [line.split()[2] for line in text_of("edl", edits).splitlines() if re.match(r"\d", line)] == ["AA/V", "B", "AA", "V"]


def test_reels_are_eight_plain_characters_all_different():
    sources = [Path(f"/day{n}/camera one.mp4") for n in range(1200)]
    sources += [Path("/x") / name for name in ("日本.mp4", "ünï çödé.mov", "bars.mp4", "AX.mp4", "black.mov", "bl.mov", "a.mp4")]
    reels = reel_names(sources)
    assert len(set(reels.values())) == len(sources)
    assert all(re.fullmatch("[A-Z0-9]{1,8}", reel) for reel in reels.values())
    assert not {"AX", "BL", "BLACK", "BARS"} & set(reels.values())
    assert [reels[source] for source in (sources[0], sources[1], sources[10], sources[-1])] == ["CAMERAON", "CAMERAO2", "CAMERA11", "A"]


def test_a_thousand_events_are_numbered_through():
    edits = EditList(tuple(clip(n % 900, 3) for n in range(1001)))
    numbers = [int(line.split()[0]) for line in text_of("edl", edits).splitlines() if re.match(r"\d", line)]
    assert numbers == list(range(1, 1002))


# --- FCPXML ---

# The part of Apple's document type definition that these documents use: children in order as a regular
# expression over their names, attributes that must and that may stand.
DTD = {
    "fcpxml": ("resources library", {"version"}, set()),
    "resources": ("((asset|effect|format) ?)*", set(), set()),
    "format": ("", {"id"}, {"frameDuration", "width", "height", "paspH", "paspV"}),
    "asset": (
        "media-rep",
        {"id"},
        {"name", "start", "duration", "hasVideo", "format", "hasAudio", "videoSources", "audioSources", "audioChannels", "audioRate"},
    ),
    "media-rep": ("", {"src"}, {"kind"}),
    "effect": ("", {"id", "uid"}, {"name"}),
    "library": ("event", set(), set()),
    "event": ("project", set(), {"name"}),
    "project": ("sequence", set(), {"name"}),
    "sequence": ("spine", {"format"}, {"duration", "tcStart", "tcFormat", "audioLayout", "audioRate"}),
    "spine": ("((asset-clip|transition) ?)*", set(), set()),
    "asset-clip": ("(note ?)?(conform-rate)?", {"ref"}, {"offset", "name", "start", "duration", "format", "tcFormat", "audioRole"}),
    "note": ("", set(), set()),
    "conform-rate": ("", set(), {"scaleEnabled", "srcFrameRate"}),
    "transition": ("(filter-video ?)?(filter-audio)?", {"duration"}, {"name", "offset"}),
    "filter-video": ("", {"ref"}, {"name"}),
    "filter-audio": ("", {"ref"}, {"name"}),
}
VALUES = {
    "tcFormat": {"DF", "NDF"},
    "audioLayout": {"stereo"},
    "kind": {"original-media"},
    "srcFrameRate": {"23.98", "24", "25", "29.97", "30", "47.95", "48", "50", "59.94", "60"},
    "scaleEnabled": {"0"},
    "version": {"1.9"},
}


def fcpxml(edits: EditList, facts: dict[Path, SourceFacts] = FACTS, **more: object) -> ET.Element:
    """A document that has been held against the definition."""
    text = export_text("fcpxml", edits, facts, title="My cut", **more)
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n<fcpxml ')
    root = ET.fromstring(text)
    for element in root.iter():
        children, must, may = DTD[element.tag]
        assert re.fullmatch(children, " ".join(child.tag for child in element)), element.tag
        assert must <= element.attrib.keys() <= must | may, (element.tag, element.attrib)
        assert all(value in VALUES.get(key, {value}) for key, value in element.attrib.items()), element.attrib
    ids = Counter(element.attrib["id"] for element in root.iter() if "id" in element.attrib)
    assert set(ids.values()) == {1}
    assert all(element.attrib[key] in ids for element in root.iter() for key in ("ref", "format") if key in element.attrib)
    return root


def seconds(element: ET.Element, key: str) -> Fraction:
    return Fraction(element.attrib[key].removesuffix("s"))


def check_edges(root: ET.Element) -> None:
    """Clips touch, transitions are centred on where they do, and no clip asks for more than its asset has."""
    spine = root.find(".//spine")
    assets = {asset.attrib["id"]: seconds(asset, "duration") for asset in root.iter("asset")}
    clips = spine.findall("asset-clip")
    for one, two in pairwise(clips):
        assert seconds(one, "offset") + seconds(one, "duration") == seconds(two, "offset")
    assert seconds(clips[-1], "offset") + seconds(clips[-1], "duration") == seconds(root.find(".//sequence"), "duration")
    items = list(spine)
    for n, item in enumerate(items):
        if item.tag == "transition":
            before, behind, half = items[n - 1], items[n + 1], seconds(item, "duration") / 2
            assert seconds(item, "offset") + half == seconds(behind, "offset")
            assert half <= seconds(behind, "start")
            assert seconds(before, "start") + seconds(before, "duration") + half <= assets[before.attrib["ref"]]
        else:
            assert seconds(item, "start") + seconds(item, "duration") <= assets[item.attrib["ref"]]


def test_fcpxml_holds_to_the_definition_with_every_kind_of_media():
    sources = (FILM, PAL, VOICE, MUTE)
    edits = EditList(tuple(clip(n * 50, 40, fade=8 if n % 3 else 0, source=sources[n // 2 % 4]) for n in range(16)))
    for rate in (NTSC_24, Fraction(25), NTSC_30, Fraction(50), NTSC_60):
        check_edges(fcpxml(edits, rate=rate))


def test_a_clip_that_reaches_the_very_end_stays_inside_its_asset():
    edits = EditList(tuple(Clip(source, Span(Fraction("58.987"), 60), "end") for source in (FILM, PAL, VOICE, MUTE)))
    for rate in (NTSC_24, Fraction(25), NTSC_30, NTSC_60):
        check_edges(fcpxml(edits, rate=rate))


def test_a_clip_whose_rounded_length_overshoots_begins_a_frame_earlier_instead():
    """31 frames at 29.97 are longer than the 1.02 s that are left; the file must not be made out to be longer than it is."""
    root = fcpxml(EditList((Clip(PAL, Span(Fraction("58.98"), 60), "end"),)), rate=NTSC_30)
    check_edges(root)
    assert root.find(".//asset").attrib["duration"] == "60s"
    assert root.find(".//asset-clip").attrib["start"] == "1474/25s"


def test_sound_is_linked_by_being_part_of_the_clip():
    root = fcpxml(EditList(tuple(clip(0, 30, source=source) for source in (FILM, PAL, VOICE, MUTE))))
    keys = ("hasVideo", "hasAudio", "audioChannels", "audioRate")
    assert [tuple(asset.attrib.get(key) for key in keys) for asset in root.iter("asset")] == [
        ("1", "1", "2", "48000"),
        ("1", "1", "1", "48000"),
        (None, "1", "2", "44100"),
        ("1", None, None, None),
    ]
    clips = list(root.iter("asset-clip"))
    assert [clip.attrib.get("audioRole") for clip in clips] == ["dialogue", "dialogue", "dialogue", None]
    assert [("format" in clip.attrib) for clip in clips] == [True, True, False, True]


def test_formats_carry_exact_rates_and_sizes():
    root = fcpxml(EditList((clip(0, 30), clip(0, 30, source=PAL))), size=(1920, 1080))
    formats = {form.attrib["id"]: form.attrib for form in root.iter("format")}
    sequence = root.find(".//sequence")
    of_sequence = formats[sequence.attrib["format"]]
    assert (of_sequence["frameDuration"], of_sequence["width"], of_sequence["height"]) == ("1001/30000s", "1920", "1080")
    assert [formats[asset.attrib["format"]]["frameDuration"] for asset in root.iter("asset")] == ["1001/30000s", "1/25s"]
    assert sequence.attrib["tcFormat"] == "DF"
    assert len(formats) == 3


def test_pixels_that_are_not_square_are_told():
    root = fcpxml(EditList((clip(0, 30),)), {FILM: film(pixel_aspect=Fraction(16, 15), display_size=(682, 360))})
    assert [(form.get("width"), form.get("paspH"), form.get("paspV")) for form in root.iter("format")] == [
        ("682", None, None),
        ("640", "16", "15"),
    ]


def test_another_rate_is_conformed_without_changing_its_speed():
    root = fcpxml(EditList((clip(0, 30), clip(30, 30, source=PAL))))
    conformed = [clip.find("conform-rate") for clip in root.iter("asset-clip")]
    assert conformed[0] is None
    assert conformed[1].attrib == {"scaleEnabled": "0", "srcFrameRate": "25"}
    assert [clip.attrib["start"] for clip in root.iter("asset-clip")] == ["0s", "1s"]


def test_dissolves_name_their_effects_and_cuts_none():
    assert not list(fcpxml(EditList((clip(0, 30), clip(90, 30)))).iter("effect"))
    root = fcpxml(EditList((clip(0, 30), clip(90, 30, fade=6), clip(0, 30, source=MUTE), clip(90, 30, fade=6, source=MUTE))))
    assert [effect.attrib["name"] for effect in root.iter("effect")] == ["Cross Dissolve", "Audio Crossfade"]
    assert [[child.tag for child in fade] for fade in root.iter("transition")] == [["filter-video", "filter-audio"], ["filter-video"]]
    assert [seconds(fade, "duration") * NTSC_30 for fade in root.iter("transition")] == [6, 6]


def test_odd_dissolves_are_a_frame_shorter_so_that_they_are_centred():
    root = fcpxml(FADED)
    check_edges(root)
    assert [seconds(fade, "duration") * NTSC_30 for fade in root.iter("transition")] == [6, 4]


def test_labels_are_names_and_notes():
    edits = EditList((clip(0, 30, 'one\ntwo <three> & "four"\''), clip(0, 30, "")))
    clips = list(fcpxml(edits).iter("asset-clip"))
    assert [clip.attrib["name"] for clip in clips] == ['one two <three> & "four"\'', "interview.mp4"]
    assert [clip.findtext("note") for clip in clips] == ['one\ntwo <three> & "four"\'', None]


# --- Final Cut Pro 7 XML ---


def fcp7(edits: EditList, **more: object) -> ET.Element:
    text = text_of("xml", edits, **more)
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE xmeml>\n<xmeml version="5">')
    return ET.fromstring(text)


def tracks(root: ET.Element) -> list[tuple[str, int, ET.Element]]:
    return [(kind, n, track) for kind in ("video", "audio") for n, track in enumerate(root.findall(f".//sequence/media/{kind}/track"), 1)]


@pytest.mark.parametrize(
    ("rate", "timebase", "ntsc"),
    [
        *[(NTSC_24, 24, "TRUE"), (24, 24, "FALSE"), (25, 25, "FALSE"), (NTSC_30, 30, "TRUE"), (30, 30, "FALSE"), (50, 50, "FALSE")],
        *[(NTSC_60, 60, "TRUE"), (60, 60, "FALSE"), (Fraction(25, 2), 25, "FALSE")],
    ],
)
def test_the_rate_of_the_sequence_is_told_exactly(rate: Fraction, timebase: int, ntsc: str):
    root = fcp7(CUT, rate=Fraction(rate))
    places = ("sequence/rate", "sequence/timecode/rate", "sequence/media/video/format/samplecharacteristics/rate", ".//clipitem/rate")
    for place in places:
        assert {(found.findtext("timebase"), found.findtext("ntsc")) for found in root.findall(place)} == {(str(timebase), ntsc)}


def test_a_file_keeps_its_own_rate_and_is_described_once():
    root = fcp7(EditList((clip(0, 30, source=PAL), clip(0, 30), clip(60, 30, source=PAL), clip(0, 30, source=VOICE))), rate=NTSC_30)
    files = list(root.iter("file"))
    described = [file for file in files if len(file)]
    assert [file.findtext("pathurl") for file in described] == [
        "file://localhost/films/pal%20%26%20co.mov",
        "file://localhost/films/interview.mp4",
        "file://localhost/films/voice.wav",
    ]
    assert [file.findtext("rate/timebase") for file in described] == ["25", "30", "30"]
    assert [(file.find("media/video") is not None, file.findtext("media/audio/channelcount")) for file in described] == [
        (True, "1"),
        (True, "2"),
        (False, "2"),
    ]
    seen: set[str] = set()
    for file in files:
        assert bool(len(file)) == (file.attrib["id"] not in seen)
        seen.add(file.attrib["id"])


def test_picture_and_sound_name_one_another():
    root = fcp7(EditList(tuple(clip(0, 30, source=source) for source in (FILM, VOICE, PAL, MUTE))))
    where = {}
    for kind, number, track in tracks(root):
        for index, item in enumerate(track.findall("clipitem"), 1):
            where[item.attrib["id"]] = (kind, str(number), str(index), item)
    assert Counter(kind for kind, *_ in where.values()) == {"video": 3, "audio": 6}
    for name, (_kind, _number, _index, item) in where.items():
        links = item.findall("link")
        assert name in [link.findtext("linkclipref") for link in links]
        for link in links:
            kind, number, index, other = where[link.findtext("linkclipref")]
            assert (link.findtext("mediatype"), link.findtext("trackindex"), link.findtext("clipindex")) == (kind, number, index)
            assert [other.findtext(tag) for tag in ("start", "end", "in", "out")] == [
                item.findtext(tag) for tag in ("start", "end", "in", "out")
            ]
    group_sizes = Counter(len(item.findall("link")) for *_, item in where.values())
    assert group_sizes == {3: 6, 2: 2, 1: 1}


def test_stereo_fills_two_tracks_and_mono_both_from_one_channel():
    root = fcp7(EditList((clip(0, 30), clip(0, 30, source=PAL))))
    sound = [track for kind, _, track in tracks(root) if kind == "audio"]
    assert [track.findtext("outputchannelindex") for track in sound] == ["1", "2"]
    channels = [[item.findtext("sourcetrack/trackindex") for item in track.findall("clipitem")] for track in sound]
    assert channels == [["1", "1"], ["2", "1"]]


def test_transitions_lie_on_every_track_and_clips_reach_under_them():
    root = fcp7(FADED)
    assert len(tracks(root)) == 3
    for kind, _, track in tracks(root):
        fades = track.findall("transitionitem")
        assert [int(fade.findtext("end")) - int(fade.findtext("start")) for fade in fades] == [6, 4]
        assert {fade.findtext("effect/mediatype") for fade in fades} == {kind}
        spans = [tuple(int(item.findtext(tag)) for tag in ("start", "end", "in", "out")) for item in track.findall("clipitem")]
        assert spans == [(0, -1, 30, 90), (-1, -1, 301, 345), (-1, 133, 91, 130), (133, 152, 1, 20)]


def test_premiere_ticks_are_the_same_points():
    for item in fcp7(CUT, rate=NTSC_24).iter("clipitem"):
        for frames, ticks in (("in", "pproTicksIn"), ("out", "pproTicksOut")):
            assert int(item.findtext(ticks)) == int(item.findtext(frames)) * 10_594_584_000


def test_no_sound_or_no_picture_leaves_that_part_out():
    assert [kind for kind, *_ in tracks(fcp7(EditList((clip(0, 30, source=MUTE),))))] == ["video"]
    assert [kind for kind, *_ in tracks(fcp7(EditList((clip(0, 30, source=VOICE),))))] == ["audio", "audio"]


def test_markers_carry_the_label_at_the_first_frame_shown():
    root = fcp7(FADED)
    assert [(mark.findtext("name"), mark.findtext("in")) for mark in root.iter("marker")] == [
        ("words", "30"),
        ("words", "304"),
        ("words", "93"),
        ("words", "1"),
    ]


# --- OpenTimelineIO ---


def test_otio_marks_labels_and_keeps_exact_times():
    edits = EditList((Clip(FILM, Span(Fraction("1.234567"), 2), "one\ntwo"), clip(0, 30, "")))
    timeline = otio.adapters.read_from_string(text_of("otio", edits), "otio_json")
    video, sound = timeline.tracks
    assert (video.kind, sound.kind) == ("Video", "Audio")
    assert [[mark.name for mark in item.markers] for item in (*video, *sound)] == [["one two"], [], [], []]
    assert video[0].markers[0].marked_range == video[0].source_range
    assert dict(video[0].metadata["supercut"]) == {"start": "1.234567", "end": "2", "text": "one\ntwo"}
    assert video[0].media_reference.available_range.duration.to_frames() == 1798
    assert timeline.global_start_time.to_frames() == 0


def test_otio_transitions_cover_the_overlap():
    timeline = otio.adapters.read_from_string(text_of("otio", FADED), "otio_json")
    for track in timeline.tracks:
        fades = [item for item in track if isinstance(item, otio.schema.Transition)]
        assert [(fade.in_offset.to_frames(), fade.out_offset.to_frames()) for fade in fades] == [(4, 3), (3, 2), (1, 0)]
        assert track.range_of_child(fades[0]).start_time.to_frames() == 53


def test_otio_gaps_stand_where_a_medium_is_missing():
    edits = EditList((clip(0, 30, source=VOICE), clip(0, 20), clip(0, 10, source=MUTE)))
    timeline = otio.adapters.read_from_string(text_of("otio", edits), "otio_json")
    assert [[type(item).__name__ for item in track] for track in timeline.tracks] == [["Gap", "Clip", "Clip"], ["Clip", "Clip", "Gap"]]
    assert {track.duration().to_frames() for track in timeline.tracks} == {60}


# --- playlists, table, captions ---


def test_mpv_counts_bytes_not_letters():
    source = Path("/films/é,;=%3%.mp4")
    line = export_text("mpv-edl", EditList((clip(30, 60, "日本", source=source),)), {source: film()}).splitlines()[1]
    assert line == "%19%/films/é,;=%3%.mp4,1.0005,2.002,title=%6%日本"


def test_playlists_keep_lines_that_labels_and_names_would_break():
    source = Path("/films/two\nlines.mp4")
    edits = EditList((clip(30, 60, "a\n#EXTM3U\nb", source=source),))
    assert export_text("m3u", edits, {source: film()}).splitlines() == [
        "#EXTM3U",
        "#EXTINF:2.002,a #EXTM3U b",
        "#EXTVLCOPT:start-time=1.001",
        "#EXTVLCOPT:stop-time=3.003",
        "file:///films/two%0Alines.mp4",
    ]
    assert "\n%29%file:///films/two%0Alines.mp4," in export_text("mpv-edl", edits, {source: film()})


def test_playlist_names_are_whole_even_where_the_list_names_them_from_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.chdir(tmp_path)
    here = Path("films/../a.mp4")
    assert export_text("m3u", EditList((clip(0, 30, source=here),)), {here: film()}).splitlines()[-1] == str(tmp_path / "a.mp4")


def test_the_table_holds_labels_as_they_are():
    labels = ['a, "b"\nc', "=1+1", " spaced ", ""]
    edits = EditList(tuple(clip(0, 30, label) for label in labels))
    rows = list(csv.DictReader(io.StringIO(text_of("csv", edits), newline="")))
    assert [row["label"] for row in rows] == labels
    assert [row["number"] for row in rows] == ["1", "2", "3", "4"]


def cues(edits: EditList, **more: object) -> list[tuple[str, str]]:
    head, *blocks = text_of("captions", edits, **more).rstrip("\n").split("\n\n")
    assert head == "WEBVTT"
    return [tuple(block.split("\n", 1)) for block in blocks]


def test_captions_are_escaped_and_hold_no_blank_line():
    edits = EditList(
        (clip(0, 30, "<b>fish</b> & chips --> 1"), clip(0, 30, "one\r\n\n \ntwo\u2028three"), clip(0, 30, " \n "), clip(0, 30, "last"))
    )
    assert cues(edits, rate=Fraction(25)) == [
        ("00:00:00.000 --> 00:00:01.000", "&lt;b&gt;fish&lt;/b&gt; &amp; chips --&gt; 1"),
        ("00:00:01.000 --> 00:00:02.000", "one\ntwo\nthree"),
        ("00:00:03.000 --> 00:00:04.000", "last"),
    ]


def test_captions_are_read_back_by_another_program():
    labels = ["1984", "fish & chips", "one\ntwo", "x --> y"]
    edits = EditList(tuple(clip(n, 30, label) for n, label in enumerate(labels)))
    read = pysubs2.SSAFile.from_string(text_of("captions", edits), format_="vtt")
    assert [event.plaintext.replace("&amp;", "&").replace("&gt;", ">") for event in read] == labels
    assert [(event.start, event.end) for event in read] == [(round(n * 1001), round((n + 1) * 1001)) for n in range(4)]


def test_captions_overlap_where_clips_fade_and_nowhere_else():
    def spans(edits: EditList) -> Iterator[tuple[Fraction, Fraction]]:
        for timing, _ in cues(edits):
            start, end = timing.split(" --> ")
            yield parse_seconds(start), parse_seconds(end)

    plain = EditList(tuple(clip(n, n % 5 + 1) for n in range(200)))
    assert all(one[1] == two[0] for one, two in pairwise(spans(plain)))
    faded = list(spans(FADED))
    assert [one[1] > two[0] for one, two in pairwise(faded)] == [True, True, True]


def test_captions_of_a_day_keep_their_hours():
    day = Path("/films/day.wav")
    edits = EditList((Clip(day, Span(0, 36_000), ""), Clip(day, Span(0, 1), "late")))
    facts = {day: SourceFacts(SourceTiming(None, Fraction(0), False, Fraction(40_000)), channels=2)}
    assert "10:00:00.000 --> 10:00:01.000\nlate\n" in export_text("captions", edits, facts)


# --- what none may stumble over ---


@pytest.mark.parametrize("name", EXPORTERS)
@pytest.mark.parametrize(
    "source",
    [
        Path("/films/a\x01\x1b&<'\">.mp4"),
        Path("/films/") / os.fsdecode(b"caf\xe9.mp4"),
        Path("/films/new\nline\r.mp4"),
        Path("/films/\uffff😀.mov"),
    ],
    ids=["control", "no text", "line break", "far corner"],
)
def test_names_and_labels_that_no_format_likes(name: str, source: Path):
    edits = EditList((clip(0, 30, f"\x00 bell\x07 {source.name} ]]> \ud800", source=source),))
    text = export_text(name, edits, {source: film()}, title=f"t\x00 {source.name}")
    assert text.encode("utf-8").decode("utf-8") == text
    if name in ("fcpxml", "xml"):
        root = ET.fromstring(text)
        url = next(found for found in (root.findtext(".//pathurl"), *(rep.get("src") for rep in root.iter("media-rep"))) if found)
        assert url.removeprefix("file://localhost").removeprefix("file://").isascii()
    if name == "otio":
        assert otio.adapters.read_from_string(text, "otio_json").duration().to_frames() == 30
    if name == "edl":
        assert len(otio.adapters.read_from_string(text, "cmx_3600", rate=float(NTSC_30)).tracks) == 3
