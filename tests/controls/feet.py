"""Feet: what players mean, and the edges that their switches make of it.

Each intention is a list of (switch, closed, time) of clean contacts, and the commands that were meant, with the latest
time in seconds after its first edge at which each must be decided. Nothing here knows how the box decides.
"""

import random
from dataclasses import dataclass, field

from appliance.settings.controls import DEFAULT_BINDINGS

BOUNCE_S = 0.005
CLEAN = tuple[str, bool, float]


@dataclass
class Intention:
    """One thing that a player means to do. ``decided`` is when it may be known at the latest, from the first edge."""

    name: str
    edges: list[CLEAN]
    meant: list[str]
    decided: float
    lasts_s: float = field(init=False)

    def __post_init__(self) -> None:
        self.lasts_s = max(time_s for _, _, time_s in self.edges)


def tap(switch, at_s, held_s):
    return [(switch, True, at_s), (switch, False, at_s + held_s)]


def right_tap(dice):
    return Intention("right tap", tap("right", 0, dice.uniform(0.035, 0.9)), ["right press"], 0.0)


def left_tap(dice):
    return Intention("left tap", tap("left", 0, dice.uniform(0.035, 0.36)), ["left press"], 0.4)


def left_slow_tap(dice):
    held_s = dice.uniform(0.42, 0.75)
    return Intention("left slow tap", tap("left", 0, held_s), ["left press"], held_s + 0.04)


def left_long(dice):
    return Intention("left long", tap("left", 0, dice.uniform(0.84, 2.5)), ["left long"], 0.8)


def left_double(dice):
    second_s = dice.uniform(0.17, 0.37)
    first = tap("left", 0, dice.uniform(0.035, second_s - 0.06))
    second = tap("left", second_s, dice.uniform(0.035, 1.5))
    return Intention("left double", first + second, ["left double"], second_s)


def both(dice):
    first_s, second_s = dice.choice([(0, dice.uniform(0, 0.07)), (dice.uniform(0, 0.07), 0)])
    held_s = max(first_s, second_s) + dice.uniform(1.05, 2.0)
    edges = tap("left", first_s, held_s - first_s) + tap("right", second_s, held_s - second_s + dice.uniform(0, 0.1))
    # A right foot that is first has pressed, before anybody can know of the left one.
    meant = ["right press"] if second_s < first_s else []
    return Intention("both", edges, [*meant, "left+right both"], max(first_s, second_s) + 1.0)


def slip(dice):
    """A shoe on both, the left one first, and off again: nothing."""
    second_s = dice.uniform(0.001, 0.07)
    held_s = dice.uniform(0.1, 0.9)
    return Intention("slip", tap("left", 0, held_s) + tap("right", second_s, held_s), [], 0.0)


INTENTIONS = (right_tap, left_tap, left_slow_tap, left_long, left_double, both, slip)


def bounced(edges, dice):
    """The same edges as a worn contact makes them: each goes to and fro for up to 5 ms and ends as it was meant."""
    made = []
    for switch, closed, time_s in edges:
        made.append((switch, closed, time_s))
        times_s = sorted(time_s + dice.uniform(0, BOUNCE_S) for _ in range(2 * dice.randint(0, 6)))
        made += [(switch, closed if number % 2 else not closed, at_s) for number, at_s in enumerate(times_s)]
    return sorted(made, key=lambda edge: edge[2])


def evening(count, seed):
    """So many intentions one after the other: (start, intention, bounced edges in time order)."""
    dice = random.Random(seed)
    now_s = dice.uniform(0, 1e5)
    for _ in range(count):
        intention = dice.choice(INTENTIONS)(dice)
        edges = [(switch, closed, now_s + at_s) for switch, closed, at_s in intention.edges]
        yield now_s, intention, bounced(edges, dice)
        now_s += intention.lasts_s + dice.uniform(0.42, 3.0)


assert {trigger for trigger in DEFAULT_BINDINGS if trigger != "program"} == {
    "right press", "left press", "left long", "left double", "left+right both"
}, "these feet play the default map"  # fmt: skip
