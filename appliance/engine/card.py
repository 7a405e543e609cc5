"""What the engine needs of a sound card, and where a card comes from by name."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from appliance.errors import InterfaceError
from appliance.kernel import SampleFormat
from appliance.settings import Rig


class Card(Protocol):
    """An opened card. ``write`` blocks until the card has room for the block: it is the engine's clock."""

    @property
    def name(self) -> str:
        """As an operator knows it."""
        ...

    @property
    def outputs(self) -> int:
        """Channels that each frame must have."""
        ...

    @property
    def sample_format(self) -> SampleFormat: ...

    @property
    def block_frames(self) -> int: ...

    @property
    def blocks(self) -> int:
        """Blocks that wait in the card; its latency."""
        ...

    def write(self, block: memoryview) -> int:
        """Play one block. Returns the frames that were lost since the last one, 0 but after an underrun.

        Raises InterfaceError when the card is gone; it must then be closed.
        """
        ...

    def close(self) -> None:
        """Let go of it without waiting for what is queued."""
        ...


OpenCard = Callable[[Rig], Card]
"""Opens the card for a rig, or raises InterfaceError. The engine keeps it, to open the card again when it is back."""


def card_opener(name: str) -> OpenCard:
    """What ``--card`` names: ``auto`` or a card's short name, ``file:PATH.wav``, ``null``, or ``alsa:PCM`` for tests.

    Raises InterfaceError for a name that is none of these.
    """
    # Each kind of card is imported when it is asked for: rendering to a file needs no ALSA.
    kind, _, rest = name.partition(":")
    if kind == "file" and rest:
        from appliance.engine.file_card import FileCard  # noqa: PLC0415

        opened: list[str] = []

        def open_file(rig: Rig) -> Card:
            if opened:  # to open it again, as an interface is, would wipe what was heard so far
                raise InterfaceError("The file could not be written to its end. Make room and start again.", rest)
            card = FileCard(Path(rest), rig, paced=True)
            opened.append(rest)
            return card

        return open_file
    if name == "null":
        from appliance.engine.null_card import NullCard  # noqa: PLC0415

        return NullCard
    if kind == "alsa" and rest:
        from appliance.engine.alsa_card import AlsaCard  # noqa: PLC0415

        return lambda rig: AlsaCard(rest, rig, name=rest)
    if name and ":" not in name:
        from appliance.engine.alsa_card import open_interface  # noqa: PLC0415

        return lambda rig: open_interface(rig, name)
    raise InterfaceError("Unknown card. Use auto, a card's short name, file:PATH.wav or null.", name)
