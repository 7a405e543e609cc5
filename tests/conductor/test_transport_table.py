"""The documented table is what the transport does, for every state and every command."""

from pathlib import Path

from appliance.conductor.model import State
from appliance.conductor.rules import RULES
from appliance.conductor.table import SITUATIONS, tables

DOCUMENT = Path(__file__).parents[2] / "docs" / "transport.md"


def test_the_document_is_up_to_date() -> None:
    head, _, written = DOCUMENT.read_text(encoding="utf-8").partition("### empty, no songs")
    assert f"### empty, no songs{written}" == tables(), "python -m appliance.conductor.table prints it anew"
    assert all(f"| `{state}` |" in head for state in State)


def test_it_names_every_state_and_command() -> None:
    assert {make().state for make in SITUATIONS.values()} == set(State)
    assert all(name.startswith(make().state) for name, make in SITUATIONS.items())
    assert tables().count("\n| `") == len(SITUATIONS) * len(RULES)
