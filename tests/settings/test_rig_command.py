"""`sidestage rig`, as typed."""

import json

import pytest
from click.testing import CliRunner

from appliance.commands.rig import rig
from appliance.errors import SettingsError
from appliance.paths import find_paths
from appliance.settings import load_rig, preset


@pytest.fixture
def paths(tmp_path):
    return find_paths(tmp_path)


def run(paths, *arguments):
    return CliRunner().invoke(rig, arguments, obj=paths, catch_exceptions=False, standalone_mode=False)


def test_show_is_what_it_does_by_itself(paths):
    assert run(paths).output == run(paths, "show").output
    assert "Click and guide" in run(paths).output
    assert "preset for 2" in run(paths).output


def test_show_for_scripts(paths):
    shown = json.loads(run(paths, "show", "--outputs", "8", "--json").output)
    assert shown["file"] is None
    assert [bus["kind"] for bus in shown["buses"]] == ["house"] * 4 + ["ears"] * 3


def test_preset_prints_what_it_would_write(paths, tmp_path):
    printed = run(paths, "preset", "10").output
    assert not paths.rig.exists()
    (tmp_path / "other.toml").write_text(printed)
    assert load_rig(tmp_path / "other.toml") == preset(10)


def test_preset_keeps_the_settings_that_it_replaces(paths):
    run(paths, "preset", "4", "--write")
    run(paths, "preset", "8", "--write")
    assert load_rig(paths.rig) == preset(8)
    assert load_rig(paths.rig.with_name("rig.toml.old")) == preset(4)


def test_check(paths, tmp_path):
    assert "That is fine" in run(paths, "check").output
    run(paths, "preset", "8", "--write")
    assert "7 buses on 8 of 8 outputs" in run(paths, "check").output
    bad = tmp_path / "bad.toml"
    bad.write_text("outputs = 2\nbuzes = []\n")
    with pytest.raises(SettingsError, match=r"bad.toml: buzes: Unknown; did you mean buses\?"):
        run(paths, "check", str(bad))
    with pytest.raises(SettingsError, match="no such file"):
        run(paths, "check", str(tmp_path / "none.toml"))
