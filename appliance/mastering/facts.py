"""Everything that mastering wants to know of a song, measured once and kept beside it: ``measured-48000.json``.

It is good as long as prepared song, house buses and this code are the same; a changed target needs none of it anew.
"""

import hashlib

import msgspec

from appliance import storage
from appliance.mastering.click_drift import ClickDrift, measure_click_drift
from appliance.mastering.click_leak import ClickLeak, find_click_leaks
from appliance.mastering.density import Occupancy, OccupancyMeter
from appliance.mastering.edges import Sounding
from appliance.mastering.picture import Picture, draw
from appliance.mastering.stems import EarsFacts, StemFacts, measure_stems
from appliance.measurement.buses import BusMeasurement, Progress, measure_buses
from appliance.measurement.signals import Measurement
from appliance.settings import BusKind, Rig
from appliance.songs.prepared import PreparedSong

VERSION = 1
"""Raised when a number would come out otherwise."""

STEMS, LEAKS, DRIFT = 0.25, 0.45, 0.55
"""Where the stages end, as parts of the whole."""


class SongFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A song as it was delivered. ``house`` and ``buses`` are as it would leave the box without mastering."""

    key: str
    house: Measurement | None
    buses: tuple[BusMeasurement, ...]
    picture: Picture
    occupancy: Occupancy
    stems: tuple[StemFacts, ...]
    ears: EarsFacts
    sounding: Sounding
    leaks: tuple[ClickLeak, ...]
    drift: ClickDrift | None


def song_facts(rig: Rig, song: PreparedSong, progress: Progress = lambda _: None) -> SongFacts:
    """From the file where it is good, else measured and written. Raises PreparedSongError, StorageError."""
    path = song.path.with_name(f"measured-{song.rate_hz}.json")
    key = _key(rig, song)
    try:
        known = msgspec.json.decode(path.read_bytes(), type=SongFacts)
    except (OSError, msgspec.MsgspecError):
        known = None
    if known is None or known.key != key:
        known = _measure(house_rig(rig), song, key, progress)
        storage.write_bytes(path, msgspec.json.encode(known))
    progress(1.0)
    return known


def house_rig(rig: Rig) -> Rig:
    """The rig with its house buses alone."""
    return msgspec.structs.replace(rig, buses=tuple(bus for bus in rig.buses if bus.kind is BusKind.HOUSE))


def ears_rig(rig: Rig) -> Rig:
    """The rig with its ears buses alone."""
    return msgspec.structs.replace(rig, buses=tuple(bus for bus in rig.buses if bus.kind is BusKind.EARS))


def _key(rig: Rig, song: PreparedSong) -> str:
    house = house_rig(rig)
    content = [VERSION, song.data_sha256.hex(), song.metadata.stems, rig.rate_hz, rig.lookahead_ms, house.buses]
    return hashlib.sha256(msgspec.json.encode(content)).hexdigest()


def _measure(house: Rig, song: PreparedSong, key: str, progress: Progress) -> SongFacts:
    stems = measure_stems(song, lambda done: progress(STEMS * done))
    leaks = find_click_leaks(song, lambda done: progress(STEMS + (LEAKS - STEMS) * done))
    drift = measure_click_drift(song, lambda done: progress(LEAKS + (DRIFT - LEAKS) * done))
    occupancy = OccupancyMeter(house.rate_hz)
    heard = measure_buses(house, song, None, lambda done: progress(DRIFT + (1 - DRIFT) * done), occupancy.add)
    return SongFacts(
        key=key,
        house=heard.house,
        buses=heard.buses,
        picture=draw(heard),
        occupancy=occupancy.finish(),
        stems=stems.stems,
        ears=stems.ears,
        sounding=stems.sounding,
        leaks=leaks,
        drift=drift,
    )
