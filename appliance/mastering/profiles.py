"""Room for the live band: what the tracks give up for each instrument that is played on stage.

Everything is said in five bands of an equaliser and a high-pass, so that profiles add up and never fight each other.
The figures are the practice of live sound: 200 to 400 Hz is where sources pile up to mud, 2 to 5 kHz where voices,
guitars and sticks are understood, and the lows belong to whoever moves the air.
"""

from typing import NamedTuple

from appliance.settings import EqBand, EqType, LivePart
from appliance.vocabulary import Part

RUMBLE_HZ = 30.0
"""Below it there is no music but all the excursion of a subwoofer; every house has this high-pass, 12 dB per octave."""
MOST_CUT_DB = 4.0
"""In any band; more is heard as a hole."""


class Band(NamedTuple):
    """One of the five: its shape, and the range by which a song is judged."""

    name: str
    shape: EqBand
    from_hz: float
    to_hz: float


BANDS = (
    Band("lows", EqBand(type=EqType.LOW_SHELF, frequency_hz=110.0), 40.0, 125.0),
    Band("mud", EqBand(type=EqType.PEAK, frequency_hz=280.0, q=1.0), 200.0, 400.0),
    Band("body", EqBand(type=EqType.PEAK, frequency_hz=800.0, q=0.9), 500.0, 1250.0),
    Band("presence", EqBand(type=EqType.PEAK, frequency_hz=3000.0, q=0.8), 2000.0, 5000.0),
    Band("air", EqBand(type=EqType.HIGH_SHELF, frequency_hz=8000.0), 6300.0, 16000.0),
)


class Profile(NamedTuple):
    """What the tracks give up, in dB by the name of the band, and from where on they need no lows."""

    high_pass_hz: float
    cuts_db: dict[str, float]


PROFILES = {
    LivePart.BASS: Profile(80.0, {"lows": -3.0, "mud": -1.5}),
    LivePart.DRUMS: Profile(50.0, {"lows": -2.0, "mud": -1.0, "presence": -1.0, "air": -2.0}),
    LivePart.GUITARS: Profile(RUMBLE_HZ, {"mud": -2.0, "body": -1.0, "presence": -2.5}),
    LivePart.KEYS: Profile(RUMBLE_HZ, {"mud": -1.5, "body": -2.0, "presence": -1.0}),
    LivePart.VOCALS: Profile(RUMBLE_HZ, {"mud": -1.0, "body": -1.0, "presence": -3.0, "air": -0.5}),
}

KEEPS_LOWS = {
    Part.BASS: LivePart.BASS,
    Part.DRUMS: LivePart.DRUMS,
    Part.PERCUSSION: LivePart.DRUMS,
}
"""These stems are the low end of the song and keep it, unless the band plays that part itself."""
LOW_BANDS = frozenset({"lows", "mud"})
STEEP_ORDER = 4
"""24 dB per octave where the tracks leave the lows to somebody on stage."""
GENTLE_ORDER = 2
