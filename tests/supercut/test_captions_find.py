"""Which caption file belongs to which film, and the other way round."""

import json

import pytest

from media.errors import UserError
from supercut.captions import find_all_captions, find_captions, find_film, load_transcript, searchable

SRT = "1\n00:00:01,000 --> 00:00:02,000\nhello\n"
STAMPED = "WEBVTT\n\n00:01.000 --> 00:02.000\nhello<00:00:01.500><c> you</c>\n"
CUES = [{"content": "hello", "start": 1, "end": 2}]
WORDED = [{"content": "hello", "start": 1, "end": 2, "words": [{"word": "hello", "start": 1, "end": 2, "conf": 1}]}]
TTML = '<?xml version="1.0"?><tt xmlns="http://www.w3.org/ns/ttml"><body/></tt>'


@pytest.fixture
def folder(tmp_path):
    """Makes files by name (captions with fitting contents) and gives the folder."""
    contents = {
        "srt": SRT,
        "vtt": "WEBVTT\n",
        "json": json.dumps(WORDED),
        "ttml": TTML,
        "ass": "[Script Info]\n",
        "transcript": "",
        "txt": "",
    }

    def make(*names, **given):
        for name in names:
            (tmp_path / name).write_text(contents.get(name.rpartition(".")[2].lower(), ""))
        for name, content in given.items():
            (tmp_path / name.replace("__", ".")).write_text(content if isinstance(content, str) else json.dumps(content))
        return tmp_path

    return make


@pytest.mark.parametrize(
    "name",
    [
        "film.json",
        "film.srt",
        "film.SRT",
        "film.en.srt",
        "film.pt-BR.srt",
        "film.mp4.vtt",
        "film.mp4.en.vtt",
        "film.eng.forced.vtt",
        "film.my own.srt",
        "film.transcript",
        "film.mp4.transcription.txt",
        "film.ass",
        "film.ttml",
    ],
)
def test_the_usual_names_are_found(folder, name):
    at = folder("film.mp4", name, "notes.txt", "film.txt")
    assert find_captions(at / "film.mp4") == at / name
    assert find_film(at / name) == at / "film.mp4"


@pytest.mark.parametrize(
    "name", ["film2.srt", "fil.srt", "myfilm.srt", "filmsrt", "film-en.srt", "film.mkv.srt", ".film.srt", "film.srt.bak", "film.txt"]
)
def test_other_names_are_not(folder, name):
    assert find_captions(folder("film.mp4", name) / "film.mp4") is None


def test_names_with_brackets_and_dots_are_taken_as_they_are(folder):
    at = folder("a.b [x1*] (2020).mp4", "a.b [x1*] (2020).en.srt", "a.srt", "a.b.srt")
    assert find_captions(at / "a.b [x1*] (2020).mp4") == at / "a.b [x1*] (2020).en.srt"


def test_captions_belong_to_the_film_whose_name_fits_most_of_theirs(folder):
    at = folder("film.mp4", "film.part2.mp4", "film.part2.srt", "film.part2.en.vtt")
    assert find_captions(at / "film.mp4") is None
    assert find_captions(at / "film.part2.mp4") == at / "film.part2.srt"
    assert find_film(at / "film.part2.srt") == at / "film.part2.mp4"


def test_films_that_differ_in_their_ending_share_captions_without_one(folder):
    at = folder("film.mp4", "film.mkv", "film.srt", "film.mkv.json")
    assert find_captions(at / "film.mp4") == at / "film.srt"
    assert find_captions(at / "film.mkv") == at / "film.mkv.json"


def test_the_order_of_formats(folder):
    at = folder(
        "film.mp4", "film.transcript", "film.ttml", "film.ass", "film.en.vtt", "film.srt", film__whisper__json=CUES, film__vtt=STAMPED
    )
    (at / "film.json").write_text(json.dumps(WORDED))
    order = ["film.json", "film.vtt", "film.whisper.json", "film.srt", "film.en.vtt", "film.ass", "film.ttml", "film.transcript"]
    for name in order:
        assert find_captions(at / "film.mp4").name == name
        (at / name).unlink()
    assert find_captions(at / "film.mp4") is None


def test_forced_unusual_and_foreign_captions_come_last_whatever_their_format(folder):
    order = ["film.vtt", "film.de.json", "film.edited by me.json", "film.forced.json"]
    at = folder("film.mp4", *order)
    for name in order:
        assert find_captions(at / "film.mp4").name == name
        (at / name).unlink()


def test_a_language_leaves_out_the_others(folder):
    at = folder("film.mp4", "film.en.srt", "film.deu.json", "film.pt-BR.vtt")
    for language, name in (("de", "film.deu.json"), ("eng", "film.en.srt"), ("pt", "film.pt-BR.vtt"), ("en-GB", "film.en.srt")):
        assert find_captions(at / "film.mp4", language=language) == at / name
    assert find_captions(at / "film.mp4", language="fr") is None
    folder("film.srt")
    assert find_captions(at / "film.mp4", language="fr") == at / "film.srt"


def test_a_preferred_format_comes_first(folder):
    at = folder("film.mp4", "film.json", "film.srt", "film.vtt")
    assert find_captions(at / "film.mp4", prefer="srt") == at / "film.srt"


@pytest.mark.parametrize(
    "content",
    [
        {"kind": "edit-list", "version": 1, "clips": [{"source": "film.mp4", "start": 0, "end": 1, "text": "hello"}]},
        {"rate": "25", "words": [{"word": "a", "start": 1, "end": 2, "text": "a"}], "cuts": [1]},
        {},
        [[{"content": 1}]],
        [1, 2],
        "{not json",
        "",
    ],
)
def test_json_and_xml_beside_a_film_that_are_no_captions_are_not_taken(folder, content):
    at = folder("film.mp4", film__json=content, film__edit__json=content, film__xml="<xmeml><sequence/></xmeml>")
    assert find_captions(at / "film.mp4") is None


@pytest.mark.parametrize(
    "content",
    [
        WORDED,
        [],
        {"text": "a" * 200_000, "segments": []},
        {"language": "en", "segments": []},
        {"duration": 5, "words": [{"word": "x"}], "segments": []},
        {"result": [], "text": ""},
        [{"start": 1, "end": 2, "words": [{"word": "a", "start": 1, "end": 2}], "content": "a"}],
        json.dumps({"text": ""}) + "\n" + json.dumps({"text": "a", "result": []}),
    ],
)
def test_json_that_is_captions_is_told_by_its_beginning(folder, content):
    at = folder("film.mp4", film__json=content)
    assert find_captions(at / "film.mp4") == at / "film.json"


def test_the_shipped_film_has_its_captions_and_not_its_truth(film):
    assert find_captions(film) == film.with_suffix(".json")
    assert load_transcript(film).has_words


def test_many_films_are_looked_up_at_once(folder):
    at = folder("a.mp4", "a.srt", "b.mp4", "c.mp4", "c.mp4.vtt")
    films = [at / name for name in ("a.mp4", "b.mp4", "c.mp4")]
    assert find_all_captions(films) == {films[0]: at / "a.srt", films[1]: None, films[2]: at / "c.mp4.vtt"}


def test_words_are_searched_without_the_film(folder):
    at = folder("film.en.srt")
    assert load_transcript(at / "film.mp4").captions == at / "film.en.srt"
    alone = load_transcript(at / "film.en.srt")
    assert (alone.film, alone.captions) == (at / "film.en.srt", at / "film.en.srt")
    folder("film.mp4")
    assert load_transcript(at / "film.en.srt").film == at / "film.mp4"


def test_given_captions_come_before_those_beside(folder):
    at = folder("film.mp4", "film.json", "other.srt")
    assert load_transcript(at / "film.mp4", captions=at / "other.srt").captions == at / "other.srt"
    with pytest.raises(UserError, match=r"missing\.srt: there is no such file"):
        load_transcript(at / "film.mp4", captions=at / "missing.srt")


def test_what_is_searchable_in_a_folder_names_nothing_twice(folder):
    at = folder("film.mp4", "film.srt", "film.en.vtt", "lone.srt", "lone.en.vtt", "lone.json", "other.en.srt", "sound.wav")
    paths = sorted(at.iterdir())
    assert [path.name for path in searchable(paths)] == ["film.mp4", "lone.json", "other.en.srt", "sound.wav"]
    assert searchable([at / "film.srt"]) == [at / "film.srt"]


def test_a_folder_that_is_not_there_holds_no_captions(tmp_path):
    assert find_captions(tmp_path / "none" / "film.mp4") is None
