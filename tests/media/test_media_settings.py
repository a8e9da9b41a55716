"""A parameter declared once: its default, its TOML key, its limits, and errors that name file and line."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from pydantic import ValidationError

from media.errors import UserError
from media.settings import Rate, Seconds, Settings, find_config, load_toml, read_text, setting, settings_from_toml


class Voice(Settings):
    pitch: int = setting(60, ge=0, le=127, help="Note that is played.")
    glide: Seconds = setting(Fraction(0), unit="s", help="How long it slides.")


class Look(Settings):
    glow: float = setting(0.3, ge=0, le=1, live=True, help="Light around bright parts.")
    rate: Rate = setting(Fraction(25), unit="fps", help="Frames a second.")
    title: str = setting("", help="Name of the piece.")
    voices: tuple[Voice, ...] = setting((), help="Who plays.")
    lead: Voice = setting(Voice(), help="Who leads.")


class Needs(Settings):
    source: str = setting(help="The film.")


def look(text: str) -> Look:
    return settings_from_toml(text, Look, where=Path("look.toml"))


def test_file_of_nothing_is_the_defaults() -> None:
    assert look("") == Look()


def test_values_are_exact() -> None:
    group = look("rate = 29.97\n[[voices]]\nglide = 0.1\n[[voices]]\nglide = '250ms'")
    assert group.rate == Fraction(30000, 1001)
    assert [voice.glide for voice in group.voices] == [Fraction(1, 10), Fraction(1, 4)]


def test_settings_come_back_from_what_they_write() -> None:
    group = look("rate = '24000/1001'\n[lead]\nglide = '1/3'\n")
    again = Look.model_validate(group.model_dump())
    assert again.rate == group.rate
    assert abs(again.lead.glide - group.lead.glide) < Fraction(1, 1_000_000)


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError):
        Look().glow = 0.5  # type: ignore[misc]


def test_parameters_list_what_was_declared() -> None:
    found = {info.name: info for info in Look.parameters()}
    assert list(found) == ["glow", "rate", "title", "voices", "lead"]
    assert (found["glow"].help, found["glow"].default, found["glow"].live) == ("Light around bright parts.", 0.3, True)
    assert (found["rate"].unit, found["rate"].live) == ("fps", False)


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("glow = 3", 1, "glow must be less than or equal to 1, got 3"),
        ("title = 'a'\n\nglwo = 0.1", 3, "unknown key glwo. Did you mean glow?"),
        ("title = 7", 1, "title must be a valid string, got 7"),
        ("lead = 3", 1, "lead must be a table of settings, got 3"),
        ("voices = 3", 1, "voices must be a list, got 3"),
        ("rate = 'fast'", 1, "a frame rate reads like"),
        ("rate = 0", 1, "a frame rate reads like"),
        ("[lead]\npitch = 60\nglide = 'soon'", 3, "a duration reads like"),
        ("[lead]\npich = 60", 2, "unknown key lead.pich. Did you mean pitch?"),
        ("lead = { pitch = 200 }", 1, "lead.pitch must be less than or equal to 127, got 200"),
        ("[[voices]]\npitch = 1\n[[voices]]\n# the second\npitch = 200", 5, "voices.2.pitch must be"),
        ("[[ voices ]]\npitch = 1\n[[voices]]\npitch = -1", 4, "voices.2.pitch must be"),
        ("glow = 0.1\nglow = 0.2", 2, "not TOML"),
        ("glow = ", 1, "not TOML"),
        ("title = '''a\nb", 2, "not TOML"),
    ],
)
def test_faults_in_a_file_are_told_with_their_line(text: str, line: int, says: str) -> None:
    with pytest.raises(UserError) as caught:
        look(text)
    assert str(caught.value).startswith(f"look.toml:{line}: ")
    assert says in str(caught.value)
    assert "Fraction(" not in str(caught.value)


class Show(Settings):
    layers: tuple[Look, ...] = setting((), help="What is shown.")
    voices: tuple[Voice, ...] = setting((), help="Who plays.")


def test_line_counts_only_tables_of_the_same_name() -> None:
    text = "[[layers]]\n[[layers.voices]]\npitch = 1\n[[layers.voices]]\npitch = 2\n[[layers]]\nglow = 9\n"
    with pytest.raises(UserError, match=r"^show:7: layers\.2\.glow"):
        settings_from_toml(text, Show, where=Path("show"))
    text = "[[voices]]\npitch = 1\n[[layers]]\n[[voices]]\npitch = 200\n"
    with pytest.raises(UserError, match=r"^show:5: voices\.2\.pitch"):
        settings_from_toml(text, Show, where=Path("show"))


def test_missing_value_is_told() -> None:
    with pytest.raises(UserError, match="source is missing"):
        settings_from_toml("", Needs, where=Path("a.toml"))
    with pytest.raises(UserError, match=r"a\.toml:1: unknown key sauce\. Did you mean source\?"):
        settings_from_toml("sauce = 'a'\nsource = 'b'", Needs, where=Path("a.toml"))


def test_file_is_read_past_a_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes(b"\xef\xbb\xbfglow = 0.5\r\n")
    assert load_toml(tmp_path / "a.toml", Look).glow == 0.5


def test_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes(b"title = '\xe9'")
    with pytest.raises(UserError, match=r"latin\.toml: this is not UTF-8 text \(byte 9\)"):
        read_text(tmp_path / "latin.toml")
    with pytest.raises(UserError, match="no such file"):
        read_text(tmp_path / "gone.toml")
    with pytest.raises(UserError, match="folder"):
        read_text(tmp_path)


def test_preset_is_found_by_path(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("")
    assert find_config(str(tmp_path / "mine.toml"), program="supercut") == tmp_path / "mine.toml"
    with pytest.raises(UserError, match=r"gone\.toml: there is no such file"):
        find_config(str(tmp_path / "gone.toml"), program="supercut")


def test_unknown_preset_is_told_of_its_program() -> None:
    with pytest.raises(UserError, match="no preset of supercut has this name"):
        find_config("no-such-preset", program="supercut")


def test_folder_of_the_same_name_does_not_hide_a_preset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from media.settings import shipped_configs

    shipped = shipped_configs("supercut")
    if not shipped:
        pytest.skip("supercut ships no preset yet")
    name = next(iter(shipped))
    (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path)
    assert find_config(name, program="supercut") == shipped[name]
