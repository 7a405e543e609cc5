"""The test's hand on the card: its configuration, its faults, its counters and what it heard."""

import mmap
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from .build import build_card
from .words import decode

FORMATS = ("S32_LE", "S24_LE", "S24_3LE", "S16_LE")

# control.h, word by word.
_MAGIC, _FAULT, _UNPLUGS, _FORCE_XRUN, _PPM = range(5)
_FIRST_COUNTER = 8
_WORDS = 16
_NO_FILL = 2**63 - 1
_OK, _UNPLUGGED, _SUSPENDED, _STALLED = range(4)


@dataclass(frozen=True)
class Counters:
    """What the card has counted since it was made."""

    opens: int
    starts: int
    xruns: int
    played: int
    silence: int
    lost: int
    min_fill: int | None
    """Smallest number of frames ever queued while running; negative: so many too late; None before the start."""
    writes: int


@dataclass(frozen=True)
class Event:
    """open, start, xrun, silence, lost or close, at a frame of the capture."""

    kind: str
    position: int
    frames: int


class StageCard:
    """A card ``stage<channels>``, also to be had as ``hw:CARD=Stage,DEV=0`` under its configuration.

    Give ``environment`` to the process that is to play, or set it in this one: alsa-lib looks at it at each opening.
    The ``fast`` pace takes what is written at once; ``real`` consumes by the clock and can underrun.
    """

    def __init__(
        self,
        folder: Path,
        channels: int = 8,
        rate: int | Sequence[int] = 48_000,
        formats: Sequence[str] = FORMATS,
        pace: Literal["real", "fast"] = "real",
        *,
        period_step: int = 1,
        periods: tuple[int, int] = (2, 1024),
        library: Path | None = None,
    ) -> None:
        self.channels = channels
        self.device = f"stage{channels}"
        self.hw_device = "hw:CARD=Stage,DEV=0"
        self._paths = {key: folder / f"{self.device}.{key}" for key in ("control", "capture", "events")}
        self._paths["control"].write_bytes(struct.pack("<Q", 0x3144524143475453).ljust(8 * _WORDS, b"\0"))
        with self._paths["control"].open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 8 * _WORDS)
        self._words = memoryview(self._map).cast("Q")
        self._signed = memoryview(self._map).cast("q")
        self._signed[_FIRST_COUNTER + 6] = _NO_FILL
        rates = [rate] if isinstance(rate, int) else rate
        keys = {
            "type": "stage",
            "channels": channels,
            "rates": f'"{" ".join(map(str, rates))}"',
            "formats": f'"{" ".join(formats)}"',
            "period_step": period_step,
            "periods_min": periods[0],
            "periods_max": periods[1],
            "pace": pace,
            **{key: f'"{path}"' for key, path in self._paths.items()},
        }
        body = "\n".join(f"    {key} {value}" for key, value in keys.items())
        configuration = folder / f"{self.device}.conf"
        configuration.write_text(_CONFIGURATION.format(library=library or build_card(), device=self.device, body=body))
        self.environment = {"ALSA_CONFIG_PATH": str(configuration)}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the shared words. The files stay."""
        self._words.release()
        self._signed.release()
        self._map.close()

    def unplug(self) -> None:
        """Pulls the cable: whoever has the card open gets -ENODEV from now on, and nobody can open it."""
        self._words[_FAULT] = _UNPLUGGED
        self._words[_UNPLUGS] += 1

    def plug(self) -> None:
        """Puts it back. What was open stays dead, as with a real card."""
        self._words[_FAULT] = _OK

    def suspend(self) -> None:
        """-ESTRPIPE until the stream is prepared again."""
        self._words[_FAULT] = _SUSPENDED

    def stall(self, stalled: bool = True) -> None:
        """Stops the converter's clock, or lets it go on."""
        self._words[_FAULT] = _STALLED if stalled else _OK

    def force_xrun(self) -> None:
        """One underrun as soon as the stream runs; what is queued is lost."""
        self._words[_FORCE_XRUN] = 1

    def drift(self, ppm: int) -> None:
        """Makes the converter's clock faster (or slower) by so many parts per million."""
        self._signed[_PPM] = ppm

    def counters(self) -> Counters:
        """A reading; each counter is whole, but they are not of one instant."""
        opens, starts, xruns, played, silence, lost, min_fill, writes = self._signed[_FIRST_COUNTER:_WORDS]
        return Counters(opens, starts, xruns, played, silence, lost, None if min_fill == _NO_FILL else min_fill, writes)

    def captured(self, alsa_format: str) -> NDArray[np.int32]:
        """The converter's time line, (frames, channels): what was played, and silence where it had nothing."""
        path = self._paths["capture"]
        return decode(path.read_bytes() if path.exists() else b"", alsa_format, self.channels)

    def played(self, alsa_format: str) -> NDArray[np.int32]:
        """The time line without the silence of underruns: frames of the writer alone."""
        frames = self.captured(alsa_format)
        keep = np.ones(len(frames), dtype=bool)
        for event in self.events("silence"):
            keep[event.position : event.position + event.frames] = False
        return frames[keep]

    def events(self, kind: str | None = None) -> list[Event]:
        """What happened, in order."""
        path = self._paths["events"]
        lines = path.read_text().splitlines() if path.exists() else []
        parts = [line.split() for line in lines]
        return [Event(name, int(at), int(frames)) for name, at, frames in parts if kind in {None, name}]


_CONFIGURATION = """</usr/share/alsa/alsa.conf>
pcm_type.stage {{
    lib "{library}"
}}
pcm.{device} {{
{body}
}}
pcm.card_Stage {device}
# The program opens interfaces by "hw:CARD=name"; here such a name leads to this card, and to no other.
pcm.!hw {{
    @args [ CARD DEV SUBDEV ]
    @args.CARD {{ type string }}
    @args.DEV {{ type integer default 0 }}
    @args.SUBDEV {{ type integer default -1 }}
    type empty
    slave.pcm {{
        @func refer
        name {{ @func concat strings [ "pcm.card_" $CARD ] }}
    }}
}}
"""
