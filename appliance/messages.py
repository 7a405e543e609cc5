"""What the engine is told and what it tells, as MessagePack arrays in datagrams on a local socket.

The engine reads what has arrived once per block and never waits; a datagram is one message. Unknown kinds and fields
are refused. Positions are in frames of the engine's sample clock or of the song, as named.
"""

import msgspec

PROTOCOL = 4
"""Raised with every change that an older peer would misread."""

MAX_MESSAGE = 65_536
"""Bytes; the largest is a gain matrix of 64 x 32 floats."""


class Command(
    msgspec.Struct, frozen=True, array_like=True, tag=True, forbid_unknown_fields=True, gc=False, kw_only=True
):
    """``id`` comes back in the answer."""

    id: int


class Load(Command, frozen=True):
    """Read a prepared song into a slot."""

    slot: int
    path: str


class Unload(Command, frozen=True):
    slot: int


class SetGains(Command, frozen=True):
    """Rows of little-endian float32, one per stem channel, one column per bus channel."""

    slot: int
    gains: bytes
    ramp_frames: int = 0


class SetStemEq(Command, frozen=True):
    """Of one stem channel of a slot's song, on its way to house buses: sections as in SetEq; none are flat."""

    slot: int
    channel: int
    sections: bytes
    glide_frames: int = 0


class SetEarsEqualised(Command, frozen=True):
    """Whether ears buses hear a slot's stems with their equalisers too; for before the song sounds."""

    slot: int
    on: bool


class Schedule(Command, frozen=True):
    """A segment of a song: begins at ``at`` on the sample clock, or with the next block where that is past."""

    segment: int
    slot: int
    at: int = 0
    song_frame: int = 0
    frames: int = 2**62
    fade_in: int = 0
    fade_out: int = 0
    equal_power: bool = False


class Cut(Command, frozen=True):
    """Fade out what sounds at ``at`` and take what would begin later off the schedule."""

    fade_frames: int
    at: int = 0


class Cancel(Command, frozen=True):
    """Take a segment that has not begun off the schedule; one that has is left alone."""

    segment: int


class SetTrim(Command, frozen=True):
    bus: int
    trim_db: float
    ramp_frames: int


class SetEq(Command, frozen=True):
    """Rows of five little-endian float64 (b0 b1 b2 a1 a2), at most eight."""

    bus: int
    sections: bytes
    glide_frames: int


class SetGuard(Command, frozen=True):
    """How loud 50 ms of a bus may be before they are turned down; a full-scale square wave is 0 dB. None: no guard."""

    bus: int
    rms_dbfs: float | None


class Subscribe(Command, frozen=True):
    """Send Status to the sender of this, until its socket is gone."""

    protocol: int = PROTOCOL


class Quit(Command, frozen=True):
    """End the engine after the block in work."""


AnyCommand = (
    Load
    | Unload
    | SetGains
    | SetStemEq
    | SetEarsEqualised
    | Schedule
    | Cut
    | Cancel
    | SetTrim
    | SetEq
    | SetGuard
    | Subscribe
    | Quit
)


class Answer(msgspec.Struct, frozen=True, array_like=True, tag=True, gc=False):
    """To the sender of a command; ``refusal`` is empty when it was done, else a sentence."""

    id: int
    refusal: str = ""


class Slot(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """``state`` and ``fault`` are the numbers of kernel.SlotState and kernel.SongFault."""

    state: int
    fault: int
    frames: int
    loaded_bytes: int
    data_bytes: int
    unlocked: bool
    path: str = ""
    """The file that was asked for last, so that whoever commands the engine next knows what is where."""


class Scheduled(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A segment that waits or sounds; ``frames`` until its end, or until the end of its cut."""

    id: int
    slot: int
    at: int
    song_frame: int
    frames: int
    cut: bool


class Bus(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Levels of the last 100 ms in dB, loudness in LUFS; minus infinity is silence."""

    sample_peak_dbfs: float
    true_peak_dbtp: float
    rms_dbfs: float
    momentary_lufs: float
    short_term_lufs: float
    gain_reduction_db: float


class Faults(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Counters since the engine's start; all are 0 in a good night."""

    underruns: int
    lost_frames: int
    late_frames: int
    not_finite: int
    fused: int
    refused_commands: int
    unplugged: int


class Status(msgspec.Struct, frozen=True, array_like=True, tag=True, gc=False):
    """The engine as it is, 20 times a second."""

    clock: int
    rate_hz: int
    latency_frames: int
    """Of the limiters: what is rendered at ``clock`` is in the samples so many frames later."""
    playing: bool
    segment: int
    slot: int
    song_frame: int
    segments: int
    card: str
    """What the card calls itself, or empty while there is none."""
    trouble: str
    """A sentence while something is wrong with the interface, else empty."""
    slots: tuple[Slot, ...]
    buses: tuple[Bus, ...]
    faults: Faults
    worst_render_us: int
    """Longest render of one block since the last status."""
    realtime: bool
    """Whether the system granted real-time scheduling and locked memory."""
    schedule: tuple[Scheduled, ...] = ()
    """What waits or sounds, the earliest first."""


AnyReport = Answer | Status
