"""What leaves the box where: the outputs of a rig in words."""

import math
from collections.abc import Iterator
from typing import NamedTuple

from appliance.report.words import amount, listed
from appliance.settings import Bus, BusKind, Rig
from appliance.vocabulary import Part, Role

NAMES = {Role.TRACK.value: "tracks", Role.TIMECODE.value: "time code"}
KINDS = {BusKind.HOUSE: "house", BusKind.EARS: "ears"}
SIDES = {1: ("mono",), 2: ("left", "right")}


class OutputLine(NamedTuple):
    """One output of the interface, numbered as printed on it."""

    output: int
    bus: Bus
    side: str
    sent: str


def output_lines(rig: Rig) -> list[OutputLine]:
    """All that carry something, by number."""
    return sorted(_lines(rig), key=lambda line: line.output)


def silent_outputs(rig: Rig) -> list[int]:
    used = {line.output for line in output_lines(rig)}
    return [output for output in range(1, rig.outputs + 1) if output not in used]


def sent(bus: Bus) -> str:
    """``tracks without bass and drums``, ``click and guide (-3 dB)``."""
    there, out = [], []
    for key, level in bus.sends.items():
        name = NAMES.get(key, key)
        if level == "off" or float(level) == -math.inf:
            out += [name] if key in list(Part) and Role.TRACK.value in bus.sends else []
        else:
            there.append(f"{name} ({amount(level)} dB)" if level else name)
    words = listed(there) or "nothing"
    return f"{words}, without {listed(out)}" if out and there else words


def ranges(outputs: list[int]) -> str:
    """``1 to 3, 5 and 6``."""
    runs: list[list[int]] = []
    for output in outputs:
        if runs and runs[-1][-1] == output - 1:
            runs[-1].append(output)
        else:
            runs.append([output])
    return listed([words for run in runs for words in _run(run)])


def _run(run: list[int]) -> list[str]:
    return [f"{run[0]} to {run[-1]}"] if len(run) > 2 else [str(output) for output in run]


def outputs_of(rig: Rig, kind: BusKind) -> list[int]:
    return [line.output for line in output_lines(rig) if line.bus.kind is kind]


def _lines(rig: Rig) -> Iterator[OutputLine]:
    for bus in rig.buses:
        for side, outputs in zip(SIDES[bus.width], bus.patch, strict=True):
            for output in outputs:
                yield OutputLine(output, bus, side, sent(bus))
