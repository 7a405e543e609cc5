"""A rig, songs whose samples say their own place, cards that do as they are told, and an engine between them."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from appliance.engine.engine import Engine
from appliance.engine.link import Link
from appliance.errors import InterfaceError
from appliance.kernel import SampleFormat, SlotState
from appliance.messages import AnyCommand, Load, Schedule, SetGains
from appliance.settings import Bus, BusKind, Rig
from appliance.songs.model import Role
from appliance.songs.prepared import Metadata, PreparedSong, PreparedStem, read_header
from appliance.songs.prepared_writer import write_prepared

RATE = 48_000
BLOCK = 256
LATENCY = 126
"""Of the limiters at 48 kHz, as the kernel's own tests establish it."""
S32_PER_WORD = 256
"""An int24 word at unity gain comes out of a 32-bit interface so many times larger."""


def two_output_rig(**changes: object) -> Rig:
    """House on output 1 hears the track, ears on output 2 the click."""
    buses = (
        Bus(name="FOH", kind=BusKind.HOUSE, outputs=(1,), sends={"track": 0.0}),
        Bus(name="Ears", kind=BusKind.EARS, outputs=(2,), sends={"click": 0.0}),
    )
    return Rig(**{"outputs": 2, "buses": buses, "rate_hz": RATE, "block_frames": BLOCK, **changes})


def write_song(
    path: Path,
    words: NDArray[np.integer],
    roles: Sequence[Role] = (Role.TRACK, Role.CLICK),
    title: str = "Song",
    rate_hz: int = RATE,
) -> PreparedSong:
    """A prepared song of these int24 words, shape (frames, channels)."""
    stems = [PreparedStem(name=f"{role} {n}", role=role, channels=[n]) for n, role in enumerate(roles)]
    write_prepared(path, rate_hz, len(words), Metadata(title=title, stems=stems), [words.astype(np.int32)])
    return read_header(path)


def coded(frames: int, base: int = 0, channels: int = 2) -> NDArray[np.int32]:
    """Every channel holds, in each frame, ``base`` plus the frame's number from 1: the output tells the place.

    Small enough (below -18 dBFS) that no limiter moves.
    """
    assert base + frames < 1 << 20
    column = base + np.arange(1, frames + 1, dtype=np.int32)
    return np.repeat(column[:, np.newaxis], channels, axis=1)


def straight(channels: int = 2, bus_channels: int = 2) -> bytes:
    """Gains of one from each stem channel to the bus channel of the same number."""
    return np.eye(channels, bus_channels, dtype="<f4").tobytes()


def smooth(x: Any) -> Any:
    """From 0 to 1 with no slope and no curvature at either end: 6 x^5 - 15 x^4 + 10 x^3. For numbers and arrays."""
    return 6 * x**5 - 15 * x**4 + 10 * x**3


@dataclass
class ScriptedCard:
    """Takes each block at once; ``losses``: frames lost at the nth write; ``gone_at``: the write that finds it gone."""

    outputs: int = 2
    block_frames: int = BLOCK
    blocks: int = 4
    sample_format: SampleFormat = SampleFormat.S32_LE
    name: str = "scripted"
    losses: Mapping[int, int] = field(default_factory=dict)
    gone_at: int | None = None
    heard: list[bytes] = field(default_factory=list)
    writes: int = 0
    closed: bool = False

    def write(self, block: memoryview) -> int:
        assert not self.closed
        number, self.writes = self.writes, self.writes + 1
        if number == self.gone_at:
            raise InterfaceError("The interface is unplugged. Plug it in; the show continues by itself.", self.name)
        lost = self.losses.get(number, 0)
        if not lost:
            self.heard.append(bytes(block))
        return lost

    def close(self) -> None:
        self.closed = True

    def words(self) -> NDArray[np.int64]:
        """What was heard, at the scale of a prepared song's words: (frames, outputs)."""
        assert self.sample_format is SampleFormat.S32_LE
        return np.frombuffer(b"".join(self.heard), "<i4").reshape(-1, self.outputs).astype(np.int64) // S32_PER_WORD


class Booth:
    """An engine on a scripted card, stepped by hand."""

    def __init__(
        self,
        rig: Rig | None = None,
        card: ScriptedCard | None = None,
        link: Link | None = None,
        open_card: Callable[[Rig], ScriptedCard] | None = None,
    ) -> None:
        self.rig = rig or two_output_rig()
        self.card = card or ScriptedCard(self.rig.outputs, self.rig.block_frames)
        self.engine = Engine(self.rig, open_card or (lambda _: self.card), link)
        self._ids = iter(range(1, 1 << 30))

    def do(self, kind: type[AnyCommand], **values: object) -> str:
        """The refusal, or nothing."""
        return self.engine.obey(kind(id=next(self._ids), **values))

    def load(self, slot: int, song: PreparedSong, gains: bytes | None = None) -> None:
        """Load, wait until all of it is there, and route."""
        assert not self.do(Load, slot=slot, path=str(song.path))
        wait_for(lambda: self.engine.player.slot_status(slot).state in {SlotState.READY, SlotState.FAILED})
        assert self.engine.player.slot_status(slot).state is SlotState.READY
        assert not self.do(SetGains, slot=slot, gains=gains or straight(song.channels, self.engine.kernel.bus_channels))

    def schedule(self, segment: int, slot: int, **values: object) -> None:
        assert not self.do(Schedule, segment=segment, slot=slot, **values)

    def steps(self, blocks: int) -> None:
        for _ in range(blocks):
            self.engine.step()

    @property
    def clock(self) -> int:
        return self.engine.player.status().clock

    def heard(self) -> NDArray[np.int64]:
        """Words by the sample clock: the limiters' latency is taken off, as far as there was no loss."""
        return self.card.words()[LATENCY:]

    def close(self) -> None:
        self.engine.close()


def wait_for(true: Callable[[], object], seconds: float = 20.0) -> None:
    """Generous: the machine may be busy, and only a failure takes so long."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.002)
