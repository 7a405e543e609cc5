"""The table [mastering]: read, refused by key, and said otherwise by a setlist."""

import pytest

from appliance.errors import SettingsError
from appliance.settings import LevelMatch, LivePart, MasteringSettings, override_mastering, parse_rig, preset, rig_text

BUSES = '[[buses]]\nname = "A"\nkind = "house"\noutputs = [1]\nsends = {track = 0}\n'


def rig_with(line: str) -> MasteringSettings:
    return parse_rig(f"outputs = 2\n[mastering]\n{line}\n{BUSES}").mastering


def test_what_is_left_out_is_the_default() -> None:
    assert parse_rig(f"outputs = 2\n{BUSES}").mastering == MasteringSettings()
    settings = rig_with('target_lufs = -20\nlive = ["bass", "drums"]')
    assert settings.target_lufs == -20
    assert settings.live == (LivePart.BASS, LivePart.DRUMS)


def test_a_written_rig_says_the_same() -> None:
    assert parse_rig(rig_text(preset(8))) == preset(8)


@pytest.mark.parametrize(
    ("line", "key", "words"),
    [
        ("target_lufs = 0", "target_lufs", "from -40 to -9"),
        ("target_lufs = nan", "target_lufs", "finite"),
        ('target_lufs = "loud"', "target_lufs", "a number in LUFS"),
        ("target = -18", "target", "did you mean target_lufs"),
        ('match = "loudest"', "match", "one of s95"),
        ('match = "reference"', "reference", "title of a song"),
        ('live = ["drumz"]', "live[0]", "one of bass"),
        ('live = ["bass", "bass"]', "live", "once"),
        ("eq_amount = 2", "eq_amount", "from 0 to 1.5"),
        ("click_dbfs = 0", "click_dbfs", "from -40 to -6"),
    ],
)
def test_each_slip_is_named_by_its_key(line: str, key: str, words: str) -> None:
    with pytest.raises(SettingsError) as refused:
        rig_with(line)
    assert refused.value.subject == f"rig.toml: mastering.{key}"
    assert words in refused.value.sentence


def test_a_setlist_says_otherwise_what_it_names() -> None:
    base = rig_with("target_lufs = -20\nlimiter_max_db = 2")
    tonight = override_mastering(base, {"target_lufs": -23.0, "match": "album"}, "friday.toml")
    assert (tonight.target_lufs, tonight.match, tonight.limiter_max_db) == (-23.0, LevelMatch.ALBUM, 2.0)
    with pytest.raises(SettingsError) as refused:
        override_mastering(base, {"live": ["drumz"]}, "friday.toml")
    assert refused.value.subject == "friday.toml: mastering.live[0]"
