"""Keys of a terminal as footswitches, on mock pins: for a computer without GPIO.

A terminal tells when a key is typed, never when it is let go. So each key is a whole movement of a foot, and the pins
make the edges of it: the path from there on is the one of real switches.

| key | foot |
|---|---|
| f, j | taps left, right; twice in quick succession is a double press |
| F, J | holds left, right for a long press |
| b | holds both |
| x | steps on left and stays there; again: steps off |
"""

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, field

from gpiozero.pins.mock import MockFactory

from appliance.settings import ControlsSettings

TAP_S = 0.08
"""As long as a foot's shortest tap."""
MARGIN_S = 0.2
"""Beyond what makes a press long, or both."""


@dataclass(order=True)
class _Edge:
    time_s: float
    switch: str = field(compare=False)
    closed: bool = field(compare=False)


class TerminalFeet:
    """``typed`` and ``service`` when ``next_deadline`` says so; times in seconds of CLOCK_MONOTONIC."""

    def __init__(self, factory: MockFactory, pins: Mapping[str, int], settings: ControlsSettings) -> None:
        self._pins = {name: factory.pin(number) for name, number in pins.items()}
        self._edges: list[_Edge] = []
        self._standing = False
        long_s, both_s = settings.long_s + MARGIN_S, settings.both_s + MARGIN_S
        self._movements: dict[str, list[tuple[str, float]]] = {
            "f": [("left", TAP_S)],
            "j": [("right", TAP_S)],
            "F": [("left", long_s)],
            "J": [("right", long_s)],
            "b": [("left", both_s), ("right", both_s)],
        }

    def typed(self, key: str, now_s: float) -> bool:
        """A key; False if it is no foot."""
        if key == "x":
            self._standing = not self._standing
            self._plan("left", self._standing, now_s)
        elif key in self._movements:
            for switch, held_s in self._movements[key]:
                self._plan(switch, True, now_s)
                self._plan(switch, False, now_s + held_s)
        else:
            return False
        self.service(now_s)
        return True

    def next_deadline(self) -> float | None:
        """When a foot moves next."""
        return self._edges[0].time_s if self._edges else None

    def service(self, now_s: float) -> None:
        """Move the pins as far as it is time."""
        while self._edges and self._edges[0].time_s <= now_s:
            edge = heapq.heappop(self._edges)
            pin = self._pins[edge.switch]
            if edge.closed:
                pin.drive_low()
            else:
                pin.drive_high()

    def _plan(self, switch: str, closed: bool, time_s: float) -> None:
        heapq.heappush(self._edges, _Edge(time_s, switch, closed))
