"""Written words to spoken ones, spoken ones to phones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supercut.speech.language import is_english
from supercut.speech.letters import guess_phones
from supercut.speech.normalise import spoken_words
from supercut.speech.phones import INDEX, PHONES, phone_distance, phones_distance, rhyme_part, rhymes
from supercut.speech.pronounce import dictionary, is_known, pronounce


def said(text: str) -> str:
    return " ".join(spoken for word in spoken_words(text) for spoken in word.spoken)


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("In 1984, again.", "in nineteen eighty four again"),
        ("1905 2000 2007 2015", "nineteen oh five two thousand two thousand seven twenty fifteen"),
        ("1,234 apples, 3.14", "one thousand two hundred thirty four apples three point one four"),
        ("007", "zero zero seven"),
        ("the 21st, 3rd & 20th", "the twenty first third and twentieth"),
        ("$5.50, £1, €2m, 50%", "five dollars and fifty cents one pound two million euros fifty percent"),
        ("at 10:30pm or 7:00 or 9:05", "at ten thirty p. m. or seven o'clock or nine oh five"),
        ("the 1990s, the '80s", "the nineteen nineties the eighties"),
        ("1/2 of 3/4, 5-10", "one half of three quarters five to ten"),
        ("Dr. Smith vs. Mr. Jones", "doctor smith versus mister jones"),
        ("St. Mary lives in the st", "saint mary lives in the st"),
        ("the BBC, NASA, U.S. TVs", "the b. b. c. nasa u. s. t. v.'s"),
        ("It’s “café”-time — naïve…", "it's cafe time naive"),
        ("well-known and/or twenty-one", "well known and or twenty one"),
        ("[door slams] Hello (laughs) *sighs* world ♪", "hello world"),
        ("JOHN: I'm here.\n- Where?\n>> There.", "i'm here where there"),
        ("-5°", "minus five degrees"),
        ("— … ?!", ""),
        ("", ""),
    ],
)
def test_numbers_signs_and_abbreviations_are_said_out(text: str, spoken: str) -> None:
    assert said(text) == spoken


def test_written_words_keep_their_text() -> None:
    words = spoken_words("[music] In 1984, “we”...")
    assert [word.text for word in words] == ["In", "1984,", "“we”..."]
    assert words[1].spoken == ("nineteen", "eighty", "four")


@given(st.text(max_size=60))
def test_any_text_can_be_normalised(text: str) -> None:
    for word in spoken_words(text):
        assert word.text in text
        assert all(spoken and not any(sign.isspace() for sign in spoken) for spoken in word.spoken)


@given(st.text("abcdefghijklmnopqrstuvwxyz'éß", min_size=1, max_size=20))
def test_any_word_has_known_phones(word: str) -> None:
    for phones in pronounce(word):
        assert phones
        assert set(phones) <= set(PHONES)


def test_the_dictionary_gives_every_pronunciation() -> None:
    assert pronounce("Read") == (("R", "EH", "D"), ("R", "IY", "D"))
    assert pronounce("don’t")[0] == ("D", "OW", "N", "T")


@pytest.mark.parametrize(
    ("word", "phones"),
    [
        ("glitched", "G L IH CH T"),
        ("remixing", "R IY M IH K S IH NG"),
        ("supercutting", "S UW P ER K AH T IH NG"),
        ("datamosh", "D EY T AH M AO SH"),
        ("youtuber's", "Y UW T Y UW B ER Z"),
        ("projectionless", "P R AH JH EH K SH AH N L AH S"),
    ],
)
def test_unknown_words_are_put_together_from_known_ones(word: str, phones: str) -> None:
    assert not is_known(word)
    assert pronounce(word)[0] == tuple(phones.split())


def test_other_scripts_have_no_pronunciation() -> None:
    assert pronounce("мир") == () and pronounce("日本") == ()


def test_letters_are_mostly_right() -> None:
    words = [word for word in sorted(dictionary()) if word.isalpha() and word.isascii()][::400]
    distances = [phones_distance(guess_phones(word), dictionary()[word].split()) for word in words]
    assert len(words) > 250
    assert sum(distances) / len(distances) < 0.12


def test_phone_distance_is_a_distance() -> None:
    for one in PHONES:
        assert phone_distance(one, one) == 0
        for other in PHONES:
            assert phone_distance(one, other) == phone_distance(other, one)
            assert one == other or 0 < phone_distance(one, other) <= 1
    assert len(INDEX) == 39


def test_near_sounds_are_nearer() -> None:
    assert phone_distance("P", "B") < phone_distance("P", "M") < phone_distance("P", "IY")
    assert phone_distance("IY", "IH") < phone_distance("IY", "AA")
    assert phone_distance("S", "Z") < phone_distance("S", "K")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("light", "night", True),
        ("light", "delight", True),
        ("nation", "station", True),
        ("city", "pretty", True),
        ("another", "brother", True),
        ("above", "love", True),
        ("agree", "tree", True),
        ("singing", "king", False),
        ("nation", "sun", False),
        ("light", "like", False),
        ("light", "light", False),
    ],
)
def test_rhymes(one: str, other: str, expected: bool) -> None:
    assert rhymes(pronounce(one)[0], pronounce(other)[0]) is expected


def test_rhyme_part_reaches_to_the_stressed_vowel() -> None:
    assert rhyme_part(("B", "AH", "N", "AE", "N", "AH")) == ("AE", "N", "AH")
    assert rhyme_part(("HH", "M")) == ("HH", "M")


def test_english_is_told_from_other_languages() -> None:
    english = said(
        "The quick brown fox jumps over the lazy dog, and then it sleeps in the sun for the rest of that long day, as we all do."
    )
    german = said(
        "Heute sprechen wir über die Zukunft des Films, und was daraus wird, wenn niemand mehr ins Kino geht und alle daheim sitzen."
    )
    spanish = said("El perro come la comida de la casa y no quiere salir porque hace mucho frio y la noche esta muy oscura para los dos")
    assert is_english(english.split())
    assert not is_english(german.split())
    assert not is_english(spanish.split())
    assert not is_english(["привет", "мир"])
    assert is_english([])
