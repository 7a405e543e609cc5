"""What rig.toml may not say, and the sentence for it."""

import pytest

from appliance.errors import SettingsError, StorageError
from appliance.settings import check_fits, load_rig, parse_rig, preset, save_rig

GOOD = """\
outputs = 4
[[buses]]
name = "FOH"
kind = "house"
outputs = [1, 2]
sends = {track = 0, bass = "off"}
[[buses]]
name = "Ears"
kind = "ears"
outputs = [[3, 4]]
sends = {click = -3.5, guide = 0.0}
"""

REFUSED = [
    ("outputs = 4", "outputs = 4\nrate = 48000", "rate: Unknown; did you mean rate_hz?"),
    ("outputs = 4", "outputs = 4\nzzz = 1", "zzz: Unknown; known here are interface,"),
    ("outputs = 4", "outputs = 0", "outputs: An interface has 1 to 64 outputs"),
    ("outputs = 4", 'outputs = "4"', "outputs: Must be a whole number, not text."),
    ("outputs = 4", "outputs = 4.5", "outputs: Must be a whole number, not a fraction."),
    ("outputs = 4", "outputs = true", "outputs: Must be a whole number, not true or false."),
    ("outputs = 4", "outputs = 4\nrate_hz = 47000", "rate_hz: Must be one of 44100, 48000"),
    ("outputs = 4", "outputs = 4\nblock_frames = 300", "block_frames: Must be one of 64, 128, 256, 512, 1024, not"),
    ("outputs = 4", "outputs = 4\nblocks = 2", "blocks: Must be one of 3, 4, 5, 6, 7, 8, not 2."),
    ("outputs = 4", "outputs = 4\nlookahead_ms = 5", "lookahead_ms: Must be one of 2.6, 1.3, not 5.0."),
    ("outputs = 4", 'outputs = 4\ninterface = "hw:1,0"', "interface: Must be "),
    ("outputs = 4\n", "", "outputs: This key is missing"),
    ('name = "FOH"\n', "", "buses[0].name: This key is missing"),
    ('"house"', '"hause"', "buses[0].kind: Must be one of house, ears, not 'hause'."),
    ("track = 0", "track = 0, click = -10", "buses[0].sends.click: This bus goes to the audience"),
    ("track = 0", "track = 0, guide = 0", "buses[0].sends.guide: This bus goes to the audience"),
    ("track = 0", "track = 0, timecode = 0", "buses[0].sends.timecode: This bus goes to the audience"),
    ("track = 0", "trakc = 0", "buses[0].sends.trakc: Unknown; did you mean track?"),
    ("track = 0", 'track = "0 dB"', 'buses[0].sends.track: Must be a number in dB without the unit, or "off".'),
    ("track = 0", "track = true", "buses[0].sends.track: Must be a number in dB"),
    ("track = 0", "track = -61", "buses[0].sends.track: Must be -60 to 12 dB, not -61."),
    ("[1, 2]", "[1, 5]", "buses[0].outputs[1]: Output 5 does not exist; the interface has outputs 1 to 4."),
    ("[1, 2]", "[0, 2]", "buses[0].outputs[0]: Output 0 does not exist"),
    ("[1, 2]", "[1, 3]", "buses[1].outputs[0]: Output 3 is used twice: FOH already feeds it."),
    ("[1, 2]", "[1, 1]", "buses[0].outputs[1]: Output 1 is used twice"),
    ("[1, 2]", "[]", "buses[0].outputs: A bus is one (mono) or two"),
    ("[1, 2]", "[1, []]", "buses[0].outputs[1]: This list is empty"),
    ("[1, 2]", '[1, [2, "x"]]', "buses[0].outputs[1][1]: Must be a whole number, not text."),
    ("[1, 2]", "1", "buses[0].outputs: Must be a list, not a whole number."),
    ('"Ears"', '"foh"', "buses[1].name: Two buses are called foh"),
    ('"Ears"', '" "', "buses[1].name: A bus needs a readable name"),
    ('"Ears"', '"a\\u0007"', "buses[1].name: A bus needs a readable name"),
    ("[[3, 4]]", "[[3, 4]]\nceiling_db = -1", "buses[1].ceiling_db: Unknown; did you mean ceiling_dbtp?"),
    ("[[3, 4]]", "[[3, 4]]\nceiling_dbtp = 0.5", "buses[1].ceiling_dbtp: Must be -40 to 0 dB, not 0.5."),
    ("[[3, 4]]", "[[3, 4]]\nceiling_dbtp = nan", "buses[1].ceiling_dbtp: Must be a finite number, not nan."),
    ("[[3, 4]]", '[[3, 4]]\ngain_db = "3 dB"', "buses[1].gain_db: Must be a number in dB without the unit, not text."),
    ("[[3, 4]]", "[[3, 4]]\ngain_db = inf", "buses[1].gain_db: Must be a finite number"),
    ("[[3, 4]]", "[[3, 4]]\nrelease_ms = 0", "buses[1].release_ms: Must be 10 to 2000 ms, not 0."),
]

EQ_REFUSED = [
    ('type = "peak", cutoff = 100', "cutoff: Unknown; did you mean frequency_hz?"),
    ('type = "bell", frequency_hz = 100', "type: Must be one of high_pass, low_pass"),
    ('type = "peak"', "frequency_hz: This key is missing"),
    ('type = "peak", frequency_hz = 9', "frequency_hz: Must be 10 to 23520 Hz, not 9."),
    ('type = "peak", frequency_hz = 23521', "frequency_hz: Must be 10 to 23520 Hz"),
    ('type = "peak", frequency_hz = 100, gain_db = 12.5', "gain_db: Must be -60 to 12 dB"),
    ('type = "peak", frequency_hz = 100, q = 0', "q: Must be 0.1 to 40, not 0."),
    ('type = "peak", frequency_hz = 100, order = 4', "order: A peak has no order"),
    ('type = "notch", frequency_hz = 100, gain_db = 3', "gain_db: A notch has no gain"),
    ('type = "high_pass", frequency_hz = 100, order = 5', "order: Must be 1, 2, 3 or 4"),
]


def test_the_example_itself_is_good():
    rig = parse_rig(GOOD)
    assert [bus.ceiling_dbtp for bus in rig.buses] == [-1.0, -6.0]
    assert [bus.width for bus in rig.buses] == [2, 1]
    assert rig.buses[1].patch == ((3, 4),)


@pytest.mark.parametrize(("good", "bad", "sentence"), REFUSED)
def test_each_mistake_names_its_key(good, bad, sentence):
    assert good in GOOD
    with pytest.raises(SettingsError) as caught:
        parse_rig(GOOD.replace(good, bad, 1))
    assert str(caught.value).startswith(f"rig.toml: {sentence}")


@pytest.mark.parametrize(("band", "sentence"), EQ_REFUSED)
def test_each_mistake_in_an_equaliser_names_its_key(band, sentence):
    with pytest.raises(SettingsError) as caught:
        parse_rig(f"{GOOD}eq = [{{{band}}}]\n")
    assert str(caught.value).startswith(f"rig.toml: buses[1].eq[0].{sentence}")


def test_steep_filters_count_twice():
    steep = '{type = "high_pass", frequency_hz = 30, order = 4}'
    assert len(parse_rig(f"{GOOD}eq = [{', '.join([steep] * 4)}]\n").buses[1].eq) == 4
    with pytest.raises(SettingsError, match="need 9 filters of 8"):
        parse_rig(f'{GOOD}eq = [{", ".join([steep] * 4)}, {{type = "peak", frequency_hz = 100}}]\n')


def test_too_many_bus_channels():
    buses = "".join(
        f'[[buses]]\nname = "{n}"\nkind = "ears"\noutputs = [{2 * n + 1}, {2 * n + 2}]\nsends = {{}}\n'
        for n in range(17)
    )
    with pytest.raises(SettingsError, match="have 34 channels; 32 are possible"):
        parse_rig(f"outputs = 64\n{buses}")


def test_no_bus_and_no_toml():
    with pytest.raises(SettingsError, match="no bus"):
        parse_rig("outputs = 2\nbuses = []\n")
    with pytest.raises(SettingsError, match="Not valid TOML"):
        parse_rig("outputs = \n")


def test_a_missing_file_is_the_preset(tmp_path):
    assert load_rig(tmp_path / "rig.toml") == preset(2)
    assert load_rig(tmp_path / "rig.toml", outputs=10) == preset(10)


def test_a_file_that_is_no_text(tmp_path):
    (tmp_path / "rig.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="UTF-8"):
        load_rig(tmp_path / "rig.toml")
    with pytest.raises(SettingsError, match="Cannot be read"):
        load_rig(tmp_path)


def test_a_rig_is_compared_with_the_interface_that_is_there():
    check_fits(preset(8), 8)
    with pytest.raises(SettingsError, match=r"buses\[2\].outputs\[0\]: Output 4 does not exist"):
        check_fits(preset(8), 3)


def test_a_rig_that_could_not_be_loaded_is_not_saved(tmp_path):
    path = tmp_path / "rig.toml"
    save_rig(preset(2), path)
    before = path.read_bytes()
    with pytest.raises(SettingsError):
        save_rig(preset(65), path)
    assert path.read_bytes() == before
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError):
        save_rig(preset(2), tmp_path / "file" / "rig.toml")


def test_the_written_file_explains_itself(tmp_path):
    save_rig(preset(4), tmp_path / "rig.toml")
    text = (tmp_path / "rig.toml").read_text()
    assert "# left (or mono), then right" in text.replace("as printed on the interface: ", "")
    assert text.count("# trim of the whole bus") == 1
