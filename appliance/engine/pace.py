"""Real time for cards that have no clock of their own."""

import time


class Pace:
    """Lets ``blocks`` blocks be ahead of real time, as a card's buffer does, then one more for each that is over."""

    def __init__(self, block_s: float, blocks: int) -> None:
        self._block_s = block_s
        self._ahead_s = blocks * block_s
        self._due = time.monotonic()

    def wait(self) -> None:
        """Returns when the card would have taken the next block."""
        self._due += self._block_s
        now = time.monotonic()
        if self._due < now - self._ahead_s:  # the machine stood still; such a card never loses anything
            self._due = now
        if self._due > now + self._ahead_s:
            time.sleep(self._due - now - self._ahead_s)
