"""Whatever the bytes: cues in order, or one line of our own; never another exception."""

import json
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.errors import UserError
from supercut.captions.encoding import decode_captions
from supercut.captions.formats import READERS
from supercut.captions.recognised import looks_like_transcript

SAMPLES = {
    "json": [
        '[{"content": "so it", "start": 0.5, "end": 2, "words": [{"word": "so", "start": 0.5, "end": 1e0, "conf": 0.75}]}]',
        '{"result": [{"conf": 0.5, "start": 0.1, "end": 0.4, "word": "so"}], "text": "so"}\n{"partial": ""}',
        '{"segments": [{"start": 0, "end": 4, "text": "In 1984", "words": [{"word": "In"}, {"word": "1984", "start": 1, "end": 2, "score": NaN}]}]}',
        '{"word_segments": [{"word": "so", "start": 0.1, "end": 0.4}]}',
        '{"transcription": [{"offsets": {"from": 120, "to": 3400}, "text": " so it"}]}',
        '{"alternatives": [{"result": [{"word": "a", "start": 1, "end": 2}], "text": "a"}]}',
    ],
    "vtt": [
        "WEBVTT\n\nNOTE x\n\n00:00:00.160 --> 00:00:02.389 align:start\n \nso<00:00:00.480><c> this</c>\n\n00:02.389 --> 00:02.399\nso this\n",
        "WEBVTT\n\nid\n00:01.000 --> 00:02.000\n<v Anna>hi &amp; ho\n",
    ],
    "srt": ["1\n00:00:01,000 --> 00:00:02,500\n<i>ANNA: Hello</i>\n\n2\n00:00:03.5 --> 00:04\n1984\n\n"],
    "ass": [
        "[Script Info]\n[Events]\nFormat: Layer, Start, End, Style, Name, Text\nDialogue: 0,0:00:01.00,0:00:02.50,D,Anna,{\\p1}m 0{\\p0}a\\Nb\n"
    ],
    "ttml": [
        '<?xml version="1.0"?>\n<tt xmlns="x" xmlns:p="y#parameter" p:frameRate="24"><body><div begin="1s"><p begin="00:00:01:12" dur="40f">'
        'a<br/><span begin="0s" end="1s">b</span></p></div></body></tt>'
    ],
    "transcript": ["so it\n<s> 0.0 0.5 1.0\nso 0.51 0.7 0.95\n<sil> 0.71 0.9 1.0\n[NOISE] 0.91 1.0 0.5\n</s> 1.0 1.1 1.0\n"],
}
PIECES = [
    *"0123456789:,.->\n\r\t <>{}[]\"'\\&;é\u2028\x00\x1b",
    "-->",
    "\n\n",
    "00:00:01,000",
    "99999999999999999999",
    "1e400",
    "-1",
    "null",
    "NaN",
    "Infinity",
    "\ufeff",
]


def check(name, text):
    """Read a text as a format and hold that only what is promised comes out."""
    try:
        cues = READERS[name].read(text, Path("film.x"))
    except UserError as error:
        assert str(error).startswith("film.x") and "\n" not in str(error) and len(str(error)) < 600
        return None
    for cue in cues:
        assert 0 <= cue.span.start <= cue.span.end and cue.text == " ".join(cue.text.split())
        assert all(word.text and 0 <= word.span.start <= word.span.end and 0 <= word.confidence <= 1 for word in cue.words)
        cue.text.encode("utf-8")
        hash(cue)
    return cues


def test_every_format_has_samples_and_all_of_them_are_read():
    assert set(SAMPLES) == set(READERS)
    for name, samples in SAMPLES.items():
        for sample in samples:
            assert check(name, sample), f"{name}: {sample}"


@pytest.mark.parametrize("name", READERS)
@given(raw=st.binary(max_size=400))
def test_any_bytes(name, raw):
    try:
        text = decode_captions(raw, Path("film.x"))
    except UserError:
        return
    check(name, text)
    looks_like_transcript(raw)


@pytest.mark.parametrize("name", READERS)
@given(text=st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=5)), max_size=60).map("".join))
def test_any_text_of_the_signs_that_matter(name, text):
    check(name, text)


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=250)
@given(seed=st.integers(0, 2**32))
def test_good_files_with_faults_put_in(name, seed):
    rng = random.Random(seed)
    text = rng.choice(SAMPLES[name])
    for _ in range(rng.randint(1, 6)):
        start = rng.randint(0, len(text))
        end = min(len(text), start + rng.choice((0, 0, 1, 1, 3, 20)))
        put = rng.choice((rng.choice(PIECES), "", text[rng.randint(0, len(text)) :][:20]))
        text = text[:start] + put + text[end:]
    check(name, text)


scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5))
KEYS = """content text start end words word conf score probability timing phones phone speaker segments word_segments result
    alternatives transcription offsets from to"""
keys = st.sampled_from(KEYS.split())
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=6), max_leaves=30)


@given(values)
def test_any_json_of_the_keys_that_matter(value):
    check("json", json.dumps(value))


@pytest.mark.parametrize("name", READERS)
def test_a_megabyte_of_one_sign_is_told_at_once(name):
    for sign in ("<", "{", "[", '"', "\\", "0", ":", ">", "-->", "00:", "1\n", "<00:00:01.000>", "&#", "{\\", "a ", "\n", '{"a":'):
        check(name, sign * (1_000_000 // len(sign)))
        check(name, SAMPLES[name][0] + sign * (1_000_000 // len(sign)))
