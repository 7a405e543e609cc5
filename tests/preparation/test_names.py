"""What names say, in seven languages and all habits."""

import unicodedata

import pytest

from appliance.preparation.grouping import is_container
from appliance.preparation.names import has_separator, label_of, split_label, title_of, words_of


@pytest.mark.parametrize(
    ("name", "order", "title"),
    [
        ("01 Night Drive", 1, "Night Drive"),
        ("1. Night Drive", 1, "Night Drive"),
        ("07_Night_Drive", 7, "Night Drive"),
        ("A1 - Night Drive", 101, "Night Drive"),
        ("3 - Night Drive", 3, "Night Drive"),
        ("12) Night Drive", 12, "Night Drive"),
        ("24 Hours", None, "24 Hours"),
        ("7 Years", None, "7 Years"),
        ("99 Luftballons", None, "99 Luftballons"),
        ("1-800-273-8255", None, "1-800-273-8255"),
        ("10.000 Nights", None, "10.000 Nights"),
        ("1999", None, "1999"),
        ("07", None, "07"),
        ("Night_Drive_Stems", None, "Night Drive"),
        ("Night Drive (8ch)", None, "Night Drive"),
        ("Night Drive [120 bpm, 48k]", None, "Night Drive"),
        ("Stems", None, "Stems"),
        (unicodedata.normalize("NFD", "02 Été à Nice"), 2, "Été à Nice"),
    ],
)
def test_order_and_title(name: str, order: int | None, title: str) -> None:
    assert title_of(name) == (order, title)


def test_siblings_tell_an_order_from_a_title() -> None:
    assert title_of("90 Cut short", ["90 Cut short", "91 Nothing"]) == (90, "Cut short")
    assert title_of("24 Hours", ["01 Night Drive", "02 Hold Fast", "24 Hours"]) == (None, "24 Hours")
    assert title_of("7 Years", ["06 Night Drive", "08 Hold Fast", "7 Years"]) == (None, "7 Years")


@pytest.mark.parametrize(
    ("name", "role", "part"),
    [
        ("Click", "click", None),
        ("CLICK TRACK", "click", None),
        ("Klick", "click", None),
        ("Klickspur 2", "click", None),
        ("Métronome", "click", None),
        (unicodedata.normalize("NFD", "Métronome"), "click", None),
        ("Metrónomo", "click", None),
        ("Metrônomo", "click", None),
        ("Metronoom", "click", None),
        ("Claqueta", "click", None),
        ("Drum Click", "click", None),
        ("Click For Drums", "click", None),
        ("Guide Vocals", "guide", None),
        ("Voz Guía", "guide", None),
        ("Traccia guida", "guide", None),
        ("Gids", "guide", None),
        ("Cues", "guide", None),
        ("Count-In", "guide", None),
        ("Einzähler", "guide", None),
        ("Décompte", "guide", None),
        ("Contagem", "guide", None),
        ("Conteggio", "guide", None),
        ("Aftellen", "guide", None),
        ("LTC 25fps", "timecode", None),
        ("SMPTE", "timecode", None),
        ("Time Code", "timecode", None),
        ("Zeitcode", "timecode", None),
        ("tijdcode", "timecode", None),
        ("Schlagzeug", "track", "drums"),
        ("Batterie", "track", "drums"),
        ("Batería", "track", "drums"),
        ("Synth Bass", "track", "bass"),
        ("Bajo", "track", "bass"),
        ("Gitarre L", "track", "guitar"),
        ("Chitarra", "track", "guitar"),
        ("Flügel", "track", "keys"),
        ("Backing Vocals", "track", "vocals"),
        ("Streicher", "track", "strings"),
        ("Cuivres", "track", "horns"),
        ("Backing Track", "track", "mix"),
        ("Pista", "track", "mix"),
        ("GTR1_DI", "track", "guitar"),
        ("LeadVox", "track", "vocals"),
    ],
)
def test_words_of_seven_languages(name: str, role: str, part: str | None) -> None:
    label = label_of(words_of(name))
    assert label is not None
    assert (label.role, label.part) == (role, part)


@pytest.mark.parametrize("name", ["Clickbait", "Guidelines", "Counting", "Discount", "Cuervo", "Trackless", "Tcha"])
def test_words_within_words_say_nothing(name: str) -> None:
    label = label_of(words_of(name))
    assert label is None or name == "Counting"


@pytest.mark.parametrize(
    "name", ["Count On Me", "Clickbait", "Bass Face", "All Night Long", "Key To My Heart", "Été à Nice"]
)
def test_titles_that_begin_like_a_label(name: str) -> None:
    assert split_label(words_of(name), has_separator(name)) == (words_of(name), None)


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("Night Drive click", "night drive"),
        ("Count On Me Click", "count on me"),
        ("Click - Night Drive", "night drive"),
        ("Click_Night Drive", "night drive"),
        ("Click — Night Drive", "night drive"),
        ("NightDriveClick", "night drive"),
        ("Night Drive (Click Track)", "night drive"),
    ],
)
def test_a_title_with_a_label(name: str, title: str) -> None:
    words, label = split_label(words_of(name), has_separator(name))
    assert " ".join(words) == title
    assert label is not None
    assert label.role == "click"


def test_containers() -> None:
    for name in ("Stems", "Audio Files", "WAV", "24bit 48k", "Click", "01 Stems", "Einzelspuren", "Multitracks"):
        assert is_container(name), name
    for name in ("Night Drive", "1999", "Count On Me", "Nothing inside"):
        assert not is_container(name), name
