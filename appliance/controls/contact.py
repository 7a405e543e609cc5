"""One switch's contact: from edges that bounce, stick and chatter to presses and releases.

Pure: time is passed in, in seconds of any clock that never runs backwards.

- The first edge of a press is the press: nothing is waited for. What follows within the lock-out is not another one.
- A contact is let go when it has been open for ``REST_S``. Shorter gaps are bounce, or the kick drum shaking the plug.
- A contact that finds no rest, or closes more often than a foot can, **chatters**; one that stays closed for
  ``stuck_s`` is **stuck**. Either is ignored and reported, until it is at rest again.
"""

import math
from collections import deque
from dataclasses import dataclass, field
from enum import Enum

REST_S = 0.030
"""Twice the worst bounce of a worn switch (15 ms); no foot lifts and returns within it."""
UNREST_GAP_S = 0.050
"""Edges closer than this belong to one movement: a foot stays down, and up, for longer."""
UNREST_S = 0.5
"""A movement that goes on for so long is none."""
CLOSURES_MAX = 12
CLOSURES_WINDOW_S = 2.0
"""Six presses a second for two seconds is more than a foot does."""
QUIET_AFTER_CHATTER_S = 2.0
QUIET_AFTER_STUCK_S = 0.2


class Contact(Enum):
    """What became of a switch."""

    DOWN = "down"
    UP = "up"
    STUCK = "stuck"
    CHATTERS = "chatters"
    WELL = "well"


@dataclass
class ContactFilter:
    """``closed`` is the bare contact, ``pressed`` what was reported: DOWN without its UP yet."""

    lockout_s: float
    stuck_s: float
    closed: bool = False
    pressed: bool = False
    _held: bool = False
    """Closed without a rest in between, whether it was reported or came in the lock-out."""
    _pressed_s: float = -math.inf
    _held_s: float = 0.0
    _edge_s: float = -math.inf
    _unrest_s: float = -math.inf
    _ignored: Contact | None = None
    _closures: deque[float] = field(default_factory=deque)

    def begin_closed(self, time_s: float) -> None:
        """The contact was found closed when the box started: whatever that is, nobody has just pressed it."""
        self.closed = self._held = True
        self._held_s = self._edge_s = self._unrest_s = time_s

    def edge(self, closed: bool, time_s: float) -> Contact | None:
        """DOWN, CHATTERS or nothing; everything else comes from ``due``. An edge that changes nothing is none."""
        if closed is self.closed:
            return None
        self.closed = closed
        if time_s - self._edge_s > UNREST_GAP_S:
            self._unrest_s = time_s
        self._edge_s = time_s
        if self._ignored is not None:
            return None
        if time_s - self._unrest_s > UNREST_S:
            return self._ignore(Contact.CHATTERS)
        return self._close(time_s) if closed and not self._held else None

    def deadline_s(self) -> float:
        """When ``due`` will have something to say if no edge comes before; infinity if never."""
        if self._ignored is not None:
            quiet_s = QUIET_AFTER_CHATTER_S if self._ignored is Contact.CHATTERS else QUIET_AFTER_STUCK_S
            return math.inf if self.closed else self._edge_s + quiet_s
        if not self._held:
            return math.inf
        return self._held_s + self.stuck_s if self.closed else self._edge_s + REST_S

    def due(self) -> Contact | None:
        """What the deadline brings: UP, STUCK, WELL, or nothing after a press that was never reported."""
        if self._ignored is not None:
            self._ignored, self._held = None, False
            return Contact.WELL
        if self.closed:
            return self._ignore(Contact.STUCK)
        self._held = False
        was_pressed, self.pressed = self.pressed, False
        return Contact.UP if was_pressed else None

    def _close(self, time_s: float) -> Contact | None:
        self._held, self._held_s = True, time_s
        self._closures.append(time_s)
        while self._closures[0] < time_s - CLOSURES_WINDOW_S:
            self._closures.popleft()
        if len(self._closures) > CLOSURES_MAX:
            return self._ignore(Contact.CHATTERS)
        if time_s - self._pressed_s < self.lockout_s:
            return None
        self.pressed, self._pressed_s = True, time_s
        return Contact.DOWN

    def _ignore(self, why: Contact) -> Contact:
        self._ignored, self.pressed = why, False
        return why
