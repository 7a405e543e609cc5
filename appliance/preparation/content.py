"""What a channel holds, by its sound alone: a click, a voice that guides, time code, silence or music.

The limits stand between what was measured on real deliveries. A click: 19 to 120 ms long, 2 to 40 % of the time, equal
distances, and nothing in between. Drums, the nearest to it: 65 ms and more, distances equal in 84 % at most, and never
quiet between the strokes. A guide voice: phrases of 0.2 to 2.5 s in 4 to 8 % of the time, hissing and humming by turns
(its zero crossings spread over 3 octaves and more; a bass, guitar or keyboard keeps within 2).
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from appliance.preparation.measure import HOPS_PER_SECOND, ChannelFacts
from appliance.preparation.timecode import find_timecode


class Content(StrEnum):
    """What one channel holds."""

    SILENCE = "silence"
    CLICK = "click"
    VOICE = "voice"
    TIMECODE = "timecode"
    MUSIC = "music"


@dataclass(frozen=True)
class Heard:
    """A verdict with the half sentence that explains it."""

    content: Content
    because: str


AUDIBLE_PART = 0.05
"""26 dB below the channel's peak: a weak beat of a click is 12 dB softer than the accent, its decay still above."""
FLOOR_PART = 0.003
"""50 dB below the peak: what lies between clicks or phrases stays below, MP3's pre-echo included."""


@dataclass(frozen=True)
class _Bursts:
    starts_ms: NDArray[np.int64]
    lengths_ms: NDArray[np.int64]
    activity: float
    floor: float


def listen(channel: ChannelFacts, rate_hz: int) -> Heard:
    """The verdict on one channel."""
    if channel.silent:
        return Heard(Content.SILENCE, "nothing is heard in it")
    frame_rate = find_timecode(channel.excerpt, rate_hz)
    if frame_rate:
        return Heard(Content.TIMECODE, f"it sounds like SMPTE time code at {frame_rate} frames a second")
    interval_ms = click_interval_ms(channel)
    if interval_ms:
        return Heard(Content.CLICK, f"short equal clicks, {60_000 / interval_ms:.0f} a minute, with nothing in between")
    interval_ms = click_interval_beside_voice_ms(channel)
    if interval_ms:
        return Heard(Content.CLICK, f"clicks, {60_000 / interval_ms:.0f} a minute, and a voice")
    if is_voice(channel):
        return Heard(Content.VOICE, "short spoken phrases with silence in between")
    return Heard(Content.MUSIC, "it sounds like music")


def click_interval_ms(channel: ChannelFacts) -> float:
    """The distance of the clicks when the channel is a click track, else 0."""
    bursts = _bursts(channel, gap_ms=15)
    count = len(bursts.starts_ms)
    if count < 6 or bursts.activity > 0.4 or bursts.floor > FLOOR_PART:
        return 0.0
    if np.median(bursts.lengths_ms) > 120 or np.percentile(bursts.lengths_ms, 95) > 250:
        return 0.0
    distances = np.diff(bursts.starts_ms).astype(float)
    # A tempo may change on the way: each distance is compared with those around it, not with the whole song's.
    around = np.array([np.median(distances[max(0, i - 4) : i + 5]) for i in range(len(distances))])
    equal = np.abs(distances / around - 1) < 0.06
    typical = float(np.median(distances))
    return typical if equal.mean() >= 0.9 and 100 <= typical <= 3000 else 0.0


def click_interval_beside_voice_ms(channel: ChannelFacts) -> float:
    """The distance of the clicks when the channel is a click track into which somebody speaks, else 0.

    Stricter in what a click is: it lasts 45 ms at most (drums: 65 and more), and two of three have a successor one
    interval later. What lasts longer must be a voice, here and there.
    """
    bursts = _bursts(channel, gap_ms=15)
    short = bursts.starts_ms[bursts.lengths_ms <= 45]
    if len(short) < 8 or bursts.activity > 0.4 or bursts.floor > FLOOR_PART or not _speaks(channel):
        return 0.0
    typical = float(np.median(np.diff(short)))
    if not 100 <= typical <= 3000:
        return 0.0
    followed = [np.abs(short - start - typical).min() <= 0.06 * typical for start in short[:-1]]
    clicks_s = len(short) * typical / HOPS_PER_SECOND
    return typical if np.mean(followed) >= 0.66 and clicks_s > 0.5 * len(channel.envelope) / HOPS_PER_SECOND else 0.0


def is_voice(channel: ChannelFacts) -> bool:
    """Whether the channel is a voice that says something now and then."""
    return _phrases(channel, 0.3) and _speaks(channel)


def could_be_voice(channel: ChannelFacts) -> bool:
    """Whether only the sound of a voice is missing: a few phrases, rarely. Music is so too, now and then."""
    return _phrases(channel, 0.12)


def _phrases(channel: ChannelFacts, most: float) -> bool:
    """Phrases of 0.2 to 2.5 s in at most that part of the time, fewer than four in five seconds, and silence between.

    Dry drums with that much room between the strokes come twice as often and ring 20 dB higher.
    """
    bursts = _bursts(channel, gap_ms=150)
    count = len(bursts.starts_ms)
    if not count or bursts.activity > most or bursts.floor > FLOOR_PART / 3:
        return False
    often = count * HOPS_PER_SECOND / len(channel.envelope)
    return bool(often < 0.8 and 200 <= np.median(bursts.lengths_ms) <= 2500)


def _speaks(channel: ChannelFacts) -> bool:
    """Whether hisses and hums alternate, by how far the zero crossings spread."""
    tens = np.arange(0, len(channel.envelope), 10)  # crossings in 10 ms, a few per period of a voice
    loud = np.maximum.reduceat(channel.envelope, tens) > AUDIBLE_PART * channel.peak
    octaves = np.log2(np.add.reduceat(channel.crossings.astype(np.int64), tens)[loud] + 1)
    return bool(np.percentile(octaves, 90) - np.percentile(octaves, 10) > 2.2 and octaves.std() > 0.9)


def _bursts(channel: ChannelFacts, gap_ms: int) -> _Bursts:
    """Where the channel is heard; pauses of up to ``gap_ms`` do not part what belongs together."""
    gap = gap_ms * HOPS_PER_SECOND // 1000
    loud = channel.envelope > AUDIBLE_PART * channel.peak
    heard = np.flatnonzero(loud)
    if not len(heard):
        nothing = np.zeros(0, np.int64)
        return _Bursts(nothing, nothing, 0.0, 0.0)
    parted = np.flatnonzero(np.diff(heard) > gap)
    starts = np.concatenate([heard[:1], heard[parted + 1]])
    ends = np.concatenate([heard[parted], heard[-1:]]) + 1
    quiet = channel.envelope[~loud]
    floor = float(np.median(quiet)) / channel.peak if len(quiet) else 1.0
    return _Bursts(starts, ends - starts, float(loud.mean()), floor)
