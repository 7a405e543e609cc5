"""docs/rig.md says what the code does."""

import re
from pathlib import Path

import msgspec

from appliance.settings import Bus, ControlsSettings, EqBand, MasteringSettings, Rig, parse_rig, preset
from appliance.settings.checks import SEND_KEYS

PAGE = (Path(__file__).parents[2] / "docs" / "rig.md").read_text(encoding="utf-8")


def test_the_example_is_good():
    example = "\n".join(line[4:] for line in PAGE.partition("## Example")[2].splitlines() if line.startswith("    "))
    rig = parse_rig(example)
    assert [bus.name for bus in rig.buses] == ["Room", "Ears"]
    assert len(rig.buses[0].eq) == 2


def test_every_key_and_every_send_is_explained():
    for struct in (Rig, Bus, EqBand, MasteringSettings, ControlsSettings):
        for field in msgspec.structs.fields(struct):
            assert re.search(rf"^\| `(\[\[)?{field.name}(\]\])?` \|", PAGE, re.MULTILINE), field.name
    for key in SEND_KEYS:
        assert f"`{key}`" in PAGE


def test_the_tables_show_the_presets():
    for size in (2, 4, 8):
        rows = PAGE.partition(f"| outputs | bus | {size} outputs |")[2].partition("\n\n")[0].splitlines()[2:]
        shown = [tuple(cell.strip() for cell in row.split("|")[1:3]) for row in rows]
        assert shown == [
            (", ".join(str(output) for group in bus.patch for output in group), f"{bus.name} ({bus.kind.value})")
            for bus in preset(size).buses
        ]
