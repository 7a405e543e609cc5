"""The table [transport]: read, and refused by key."""

import pytest

from appliance.errors import SettingsError
from appliance.settings import TransportSettings, parse_rig, preset, rig_text

BUSES = '[[buses]]\nname = "A"\nkind = "house"\noutputs = [1]\nsends = {track = 0}\n'


def rig_with(line: str) -> TransportSettings:
    return parse_rig(f"outputs = 2\n[transport]\n{line}\n{BUSES}").transport


def test_what_is_left_out_is_the_default() -> None:
    assert parse_rig(f"outputs = 2\n{BUSES}").transport == TransportSettings()
    settings = rig_with("allow_skip_while_playing = true\nstop_fade_ms = 200")
    assert (settings.allow_skip_while_playing, settings.stop_fade_ms, settings.panic_fade_ms) == (True, 200, 20)


def test_a_written_rig_says_the_same() -> None:
    text = rig_text(preset(4)).replace("stop_fade_ms = 50.0", "stop_fade_ms = 80.0")
    assert parse_rig(text).transport.stop_fade_ms == 80
    assert parse_rig(rig_text(parse_rig(text))) == parse_rig(text)


@pytest.mark.parametrize(
    ("line", "key", "words"),
    [
        ("stop_fade_ms = 1", "stop_fade_ms", "from 5 to 5000"),
        ("panic_fade_ms = 500", "panic_fade_ms", "from 5 to 100"),
        ("memory_percent = 100", "memory_percent", "from 5 to 90"),
        ("memory_percent = nan", "memory_percent", "finite"),
        ('stop_fade_ms = "fast"', "stop_fade_ms", "a number in ms"),
        ("allow_skip_while_playing = 1", "allow_skip_while_playing", "true or false"),
        ("allow_skip = true", "allow_skip", "did you mean allow_skip_while_playing"),
        ("memory = 50", "memory", "did you mean memory_percent"),
    ],
)
def test_each_slip_is_named_by_its_key(line: str, key: str, words: str) -> None:
    with pytest.raises(SettingsError) as refused:
        rig_with(line)
    assert refused.value.subject == f"rig.toml: transport.{key}"
    assert words in refused.value.sentence
