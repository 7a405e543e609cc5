"""The tables of docs/transport.md, made by asking the transport itself: ``python -m appliance.conductor.table``."""

import sys
from collections.abc import Callable
from dataclasses import replace

from appliance.conductor.model import Item, Limits, Section, State, View
from appliance.conductor.rules import RULES, obey
from appliance.conductor.transport import Transport
from appliance.control.commands import Command, FadeOut, Goto, GotoSection, Play

RATE_HZ = 1_000
LIMITS = Limits(RATE_HZ, stop_fade=50, panic_fade=20, lead=20)
READY = View(clock=10_000, ready=frozenset({0, 1, 2}))
EXAMPLES: dict[type[Command], Command] = {
    Goto: Goto(number=3),
    GotoSection: GotoSection(name="Chorus"),
    FadeOut: FadeOut(seconds=5),
}
"""Of commands that say more than their name."""


def _songs() -> tuple[Item, ...]:
    sections = (Section("Verse", 0), Section("Chorus", 60_000))
    titles = ("Ash", "Birch", "Cedar")
    return tuple(Item(n, title, 0, 180_000, sections=sections) for n, title in enumerate(titles, start=1))


def _at(view: View, *commands: Command) -> Transport:
    transport = Transport(LIMITS, _songs())
    transport.place = 1
    transport.observe(view)
    for command in commands:
        obey(transport, command)
    return transport


def _playing() -> Transport:
    transport = _at(READY, Play())
    transport.observe(replace(READY, clock=40_000, segment=1, playing=True, song_frame=30_000))
    return transport


def _after(command: str) -> Transport:
    transport = _playing()
    obey(transport, next(kind for kind in RULES if kind.__struct_config__.tag == command)())
    return transport


def _over() -> Transport:
    transport = _at(READY)
    transport.settle(3)
    return transport


SITUATIONS: dict[str, Callable[[], Transport]] = {
    "empty, no songs": lambda: Transport(LIMITS),
    "empty, the setlist is over": _over,
    "cueing": lambda: _at(replace(READY, ready=frozenset({0, 2}))),
    "cueing, play was pressed": lambda: _at(replace(READY, ready=frozenset({0, 2})), Play()),
    "cued": lambda: _at(READY),
    "playing": _playing,
    "playing, click only": lambda: _after("click_only"),
    "fading": lambda: _after("fade_out"),
    "paused": lambda: _after("pause"),
    "faulted, the song": lambda: _at(
        replace(READY, ready=frozenset({0, 2}), failed={1: "The prepared song is damaged. Import it again."})
    ),
    "faulted, the engine": lambda: _at(replace(READY, engine=False)),
}
"""Each state in the shapes that commands tell apart. Birch, the second of three songs, is the one at hand."""


def tables() -> str:
    """One table for each situation: command, what it leads to, the sentence."""
    parts = []
    for name, make in SITUATIONS.items():
        lines = [f"### {name}", "", f"*{make().sentence}*", "", "| command | then | sentence |", "|---|---|---|"]
        for kind in RULES:
            transport, command = make(), EXAMPLES.get(kind) or kind()
            outcome = obey(transport, command)
            word = str(kind.__struct_config__.tag).replace("_", "-")
            lines.append(f"| `{word}` | {_then(transport) if outcome.done else 'refused'} | {outcome.sentence} |")
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _then(transport: Transport) -> str:
    number = "" if transport.state is State.EMPTY else f", song {transport.place + 1}"
    return f"**{transport.state}**{number}"


if __name__ == "__main__":
    sys.stdout.write(tables())
