"""ASS, TTML, pocketsphinx transcripts, and subtitle streams inside a film."""

from fractions import Fraction

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.errors import UserError
from media.span import Span
from supercut.captions import load_transcript, read_captions

ASS = r"""[Script Info]
Title: [a: b]
[V4+ Styles]
Format: Name, Fontname
Style: Default,Arial
[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Comment: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,not spoken
Dialogue: 0,0:00:05.25,0:00:06.00,Default,,0,0,0,,{\i1}second,{\i0} with comma\Nand\hbreak
Dialogue: 0,0:00:01.00,0:00:02.50,Default,Anna,0,0,0,,{\pos(1,2)}first {a note}1984
Dialogue: 0,0:00:07.00,0:00:08.00,Default,,0,0,0,,{\p1}m 0 0 l 100 0{\p0}seen
Dialogue: 0,0:00:08.00,0:00:09.00,Default,,0,0,0,,{\p2}m 0 0 l 100 0
"""


@pytest.fixture
def read(tmp_path):
    def read(content, name):
        (tmp_path / name).write_text(content, encoding="utf-8")
        return read_captions(tmp_path / name)

    return read


def words_of(cue):
    return [(word.text, float(word.span.start), float(word.span.end)) for word in cue.words]


def test_ass_dialogue_without_overrides_comments_and_drawings(read):
    cues = read(ASS, "film.ass")
    assert [(cue.text, float(cue.span.start), float(cue.span.end), cue.speaker, cue.line) for cue in cues] == [
        ("first 1984", 1.0, 2.5, "Anna", 10),
        ("second, with comma and break", 5.25, 6.0, "", 9),
        ("seen", 7.0, 8.0, "", 11),
    ]


def test_ass_fields_stand_in_the_order_that_the_file_states(read):
    (cue,) = read("[Script Info]\n[Events]\nFormat: End, Start, Text\nDialogue: 0:00:02.00,0:00:01.00,hi, you\n", "film.ssa")
    assert (cue.text, cue.span) == ("hi, you", Span(Fraction(1), Fraction(2)))


@pytest.mark.parametrize(
    "line", ["Dialogue: 0,soon,0:00:02.00,D,,0,0,0,,x", "Dialogue: 0,0:00:01.00", "Dialogue: 0,0:00:03.00,0:00:02.00,D,,0,0,0,,x"]
)
def test_ass_lines_that_make_no_sense_are_refused_with_their_number(read, line):
    with pytest.raises(UserError, match=r"film\.ass:3: "):
        read(f"[Script Info]\n[Events]\n{line}\n", "film.ass")


def ttml(body, head="", tt=""):
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttm="x#metadata" xmlns:ttp="x#parameter" {tt}>\n'
        f"<head>{head}</head>\n<body>{body}</body></tt>"
    )


@pytest.mark.parametrize(
    ("begin", "seconds"),
    [
        ("00:00:01.5", "1.5"),
        ("00:01:00:12", "60.5"),
        ("1500ms", "1.5"),
        ("1.5s", "1.5"),
        ("2m", "120"),
        ("1h", "3600"),
        ("36f", "1.5"),
        ("15000000t", "1.5"),
    ],
)
def test_ttml_times_in_every_notation(read, begin, seconds):
    (cue,) = read(ttml(f'<div><p begin="{begin}" end="2h">hi</p></div>', tt='ttp:frameRate="24" ttp:tickRate="10000000"'), "film.ttml")
    assert cue.span == Span(Fraction(seconds), Fraction(7200))


def test_ttml_frames_of_29_97_are_exact_to_the_microsecond(read):
    (cue,) = read(
        ttml('<div><p begin="30f" dur="30f">hi</p></div>', tt='ttp:frameRate="30" ttp:frameRateMultiplier="1000 1001"'), "film.ttml"
    )
    assert cue.span == Span(Fraction("1.001"), Fraction("2.002"))


def test_ttml_times_count_from_the_parents(read):
    cues = read(
        ttml(
            '<div begin="10s"><div begin="1s" end="9s"><p begin="1s" end="2s">one<br/>two</p><p begin="2s" dur="1s">three</p></div></div>'
        ),
        "a.dfxp",
    )
    assert [(cue.text, cue.span.start, cue.span.end) for cue in cues] == [("one two", 12, 13), ("three", 13, 14)]


def test_ttml_sequences_follow_one_another(read):
    cues = read(ttml('<div timeContainer="seq"><p dur="1s">a</p><p begin="1s" dur="2s">b</p></div>'), "film.ttml")
    assert [(cue.text, cue.span.start, cue.span.end) for cue in cues] == [("a", 0, 1), ("b", 2, 4)]


def test_ttml_timed_spans_are_words_whether_their_times_are_relative_or_not(read):
    for begin, middle, end in (("0s", "0.5s", "1s"), ("10s", "10.5s", "11s")):
        body = f'<div><p begin="10s" end="11s"><span begin="{begin}" end="{middle}">so</span> <span begin="{middle}" end="{end}">it</span></p></div>'
        (cue,) = read(ttml(body), "film.ttml")
        assert (cue.text, words_of(cue)) == ("so it", [("so", 10, 10.5), ("it", 10.5, 11)])


def test_ttml_speakers_have_their_names(read):
    head = '<metadata><ttm:agent xml:id="a1"><ttm:name>Anna</ttm:name></ttm:agent></metadata>'
    (cue,) = read(ttml('<div><p begin="1s" end="2s" ttm:agent="a1"><metadata>no text</metadata>hi &amp; ho</p></div>', head), "film.ttml")
    assert (cue.text, cue.speaker, cue.line) == ("hi & ho", "Anna", 4)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (ttml('<div><p begin="1s">never ends</p></div>'), r"film\.ttml:4: this caption has no end"),
        (ttml('<div>\n<p begin="2s" end="1s">x</p></div>'), r"film\.ttml:5: it ends before it starts"),
        (ttml('<div>\n<p begin="soon" end="1s">x</p></div>'), r"film\.ttml:5: this time cannot be read, got 'soon'"),
        (ttml("<div></p>"), r"film\.ttml:4: this is not XML: mismatched tag"),
        ('<!DOCTYPE tt [<!ENTITY a "aaaa">]><tt>&a;</tt>', r"film\.ttml:1: it declares entities"),
        (ttml("<div>" * 10_000), r"film\.ttml:4: this is nested too deeply"),
        (ttml("", tt='ttp:frameRate="0"'), r"film\.ttml:2: rates must be positive"),
        ("", r"film\.ttml:1: this is not XML"),
    ],
)
def test_ttml_that_makes_no_sense_is_refused_with_its_line(read, content, message):
    with pytest.raises(UserError, match=message):
        read(content, "film.ttml")


SPHINX = """so it goes
<s> 0.000 0.500 1.000000
so 0.510 0.700 0.950000
it(2) 0.710 0.900 0.500000
<sil> 0.910 1.500 0.900000
[NOISE] 1.510 1.900 1.500000
</s> 1.910 2.500 1.000000
now we all go
<s> 3.000 3.200 1.000000
end 3.210 3.500 0.250000
"""


@pytest.mark.parametrize("name", ["film.transcript", "film.mp4.transcription.txt"])
def test_pocketsphinx_transcripts(read, name):
    cues = read(SPHINX, name)
    assert [(cue.text, float(cue.span.start), float(cue.span.end)) for cue in cues] == [
        ("so it", 0, 0.91),
        ("[NOISE]", 0.91, 1.91),
        ("end", 3.0, 3.5),
    ]
    assert words_of(cues[0]) == [("so", 0.51, 0.7), ("it", 0.71, 0.9)]
    assert [word.confidence for cue in cues for word in cue.words] == [0.95, 0.5, 1.0, 0.25]


def test_pocketsphinx_transcripts_that_make_no_sense_are_refused(read):
    with pytest.raises(UserError, match=r"film\.transcript:1: there is no line like"):
        read("just words\n", "film.transcript")
    with pytest.raises(UserError, match=r"film\.transcript:2: it ends before it starts"):
        read("<s> 0 1 1\nso 2.0 1.0 0.5\n", "film.transcript")


# Streams inside a film


def make_film(path, streams):
    """A film of ten black frames a second and subtitle streams: (codec, language, marks, [(start_ms, ms, text)])."""
    with av.open(str(path), "w") as out:
        video = out.add_stream("mpeg4", rate=10)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        made = []
        for codec, language, marks, events in streams:
            stream = out.add_stream(codec)
            stream.codec_context.subtitle_header = (
                b"[Script Info]\r\n[V4+ Styles]\r\nFormat: Name, Fontname\r\nStyle: Default,Arial\r\n[Events]\r\n"
            )
            stream.codec_context.time_base = Fraction(1, 1000)
            stream.time_base = Fraction(1, 1000)
            stream.metadata["language"] = language
            if marks:
                stream.disposition = marks
            made.append((stream, events))
        for n in range(40):
            frame = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24")
            frame.pts, frame.time_base = n, Fraction(1, 10)
            out.mux(video.encode(frame))
        out.mux(video.encode())
        for stream, events in made:
            for start, length, text in events:
                subtitle = av.subtitles.subtitle.SubtitleSet.create(text=text.encode(), start=0, end=length, pts=start * 1000)
                packet = stream.codec_context.encode_subtitle(subtitle)
                packet.stream, packet.time_base = stream, Fraction(1, 1000)
                packet.pts = packet.dts = start
                packet.duration = length
                out.mux(packet)
    return path


def event(text, name=""):
    return f"0,0,Default,{name},0,0,0,,{text}"


@pytest.mark.parametrize(("codec", "ending"), [("mov_text", "mp4"), ("subrip", "mkv"), ("ass", "mkv"), ("webvtt", "mkv")])
def test_subtitle_streams_inside_a_film(tmp_path, codec, ending):
    film = make_film(
        tmp_path / f"film.{ending}", [(codec, "eng", 0, [(500, 1000, event(r"{\i1}Hello,{\i0}\Nworld")), (2000, 1500, event("1984"))])]
    )
    transcript = load_transcript(film)
    assert [(cue.text, cue.span) for cue in transcript.cues] == [
        ("Hello, world", Span(Fraction(1, 2), Fraction(3, 2))),
        ("1984", Span(Fraction(2), Fraction(7, 2))),
    ]
    assert transcript.captions == transcript.film == film


def test_of_several_streams_the_asked_language_or_the_default_counts_and_a_forced_one_last(tmp_path):
    marks = av.stream.Disposition
    film = make_film(
        tmp_path / "film.mkv",
        [
            ("subrip", "eng", marks.forced, [(0, 1000, event("forced"))]),
            ("subrip", "fre", 0, [(0, 1000, event("oui"))]),
            ("subrip", "eng", marks.default, [(0, 1000, event("yes"))]),
        ],
    )
    assert [cue.text for cue in load_transcript(film).cues] == ["yes"]
    assert [cue.text for cue in load_transcript(film, language="fr").cues] == ["oui"]
    with pytest.raises(UserError, match="no captions in the language 'de' found"):
        load_transcript(film, language="de")


def test_captions_beside_a_film_come_before_those_inside(tmp_path):
    film = make_film(tmp_path / "film.mkv", [("subrip", "eng", 0, [(0, 1000, event("inside"))])])
    (tmp_path / "film.srt").write_text("1\n00:01 --> 00:02\nbeside\n")
    assert [cue.text for cue in load_transcript(film).cues] == ["beside"]


def test_a_film_without_captions_names_the_remedy(tmp_path):
    film = make_film(tmp_path / "film.mp4", [])
    with pytest.raises(UserError, match=r"film\.mp4: no captions found\. Make some with: supercut transcribe .*film\.mp4$"):
        load_transcript(film)


def test_subtitles_that_are_pictures_are_refused(tmp_path):
    film = tmp_path / "film.mkv"
    with av.open(str(film), "w") as out:
        stream = out.add_stream("dvdsub")
        packet = av.Packet(bytes(20))
        packet.stream, packet.time_base, packet.pts, packet.dts, packet.duration = stream, Fraction(1, 1000), 0, 0, 1000
        out.mux(packet)
    with pytest.raises(
        UserError, match=r"film\.mkv: its subtitles are pictures, not text \(dvdsub\)\. Make captions with: supercut transcribe"
    ):
        load_transcript(film)


def test_an_unreadable_film_is_refused_in_one_line(tmp_path):
    (tmp_path / "film.mp4").write_bytes(b"this is no film" * 100)
    (tmp_path / "folder.mp4").mkdir()
    for name in ("film.mp4", "folder.mp4", "none.mp4"):
        with pytest.raises(UserError) as caught:
            load_transcript(tmp_path / name)
        assert "\n" not in str(caught.value) and name in str(caught.value)


@given(st.text(r"\{}pN0149 abc<>&", max_size=200))
def test_ass_text_is_plain_whatever_it_holds(text):
    from supercut.captions.ass import ass_to_plain

    plain = ass_to_plain(text)
    assert plain == " ".join(plain.split())
