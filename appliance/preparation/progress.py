"""How an import tells how far it is, to whoever shows it."""

from typing import Protocol


class Progress(Protocol):
    """Called in the importing process only, from one thread. ``song`` is a name that is unique within the import."""

    def found(self, song: str, work: float) -> None:
        """A song will be worked on; ``work`` is in an arbitrary unit that adds up over songs."""

    def advanced(self, song: str, stage: str, done: float) -> None:
        """``done`` runs from 0 to 1 over the whole song; ``stage`` is a word such as ``copying``."""

    def finished(self, song: str) -> None:
        """The song is in the library, was there already, or was refused."""


class Silent:
    """Shows nothing."""

    def found(self, song: str, work: float) -> None:
        pass

    def advanced(self, song: str, stage: str, done: float) -> None:
        pass

    def finished(self, song: str) -> None:
        pass
