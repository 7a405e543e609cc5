"""What the band gets: click, guide and tracks each at its level in every song, and a guard against bursts."""

import msgspec
import numpy as np

from appliance.kernel import LoudnessMeter
from appliance.mastering.facts import ears_rig
from appliance.mastering.spikes import RISE_DB, ordinary_db, windows_db
from appliance.mastering.stems import EarsFacts
from appliance.measurement.buses import block_frames, channels_of
from appliance.measurement.chain import HEADROOM_DB, unlimited_blocks
from appliance.settings import MasteringSettings, Rig
from appliance.songs.mastered import Mastering
from appliance.songs.prepared import PreparedSong
from appliance.vocabulary import Role

QUIET_TRACKS_LU = 10.0
"""A guide that speaks into a pause is not turned down with the pause: it is set by tracks at most so much quieter than
the song's loud sections."""
MOST_GAIN_DB = 30.0
"""What is quieter than that was not meant to be heard."""


class EarsLevels(msgspec.Struct, frozen=True, kw_only=True):
    """Gains in dB on ears buses."""

    tracks_db: float
    click_db: float
    guide_db: float

    def gain_db(self, role: Role) -> float:
        gains = {Role.TRACK: self.tracks_db, Role.CLICK: self.click_db, Role.GUIDE: self.guide_db}
        return gains.get(role, 0.0)  # time code is for machines, which want it as it is


def ears_levels(facts: EarsFacts, settings: MasteringSettings) -> EarsLevels:
    """Each role's gain; 0 dB for a role that the song does not have."""
    tracks_db = _towards(settings.tracks_lufs, facts.tracks_s95_lufs)
    guide_lufs = settings.tracks_lufs + settings.guide_lu
    if facts.tracks_beside_guide_lufs is not None and facts.tracks_s95_lufs is not None:
        beside = max(facts.tracks_beside_guide_lufs, facts.tracks_s95_lufs - QUIET_TRACKS_LU)
        guide_lufs = beside + tracks_db + settings.guide_lu
    return EarsLevels(
        tracks_db=tracks_db,
        click_db=_towards(settings.click_dbfs, facts.click_peak_dbfs),
        guide_db=_towards(guide_lufs, facts.guide_lufs),
    )


def guards_dbfs(rig: Rig, song: PreparedSong, mastering: Mastering) -> dict[str, float]:
    """For each ears bus on which the song sounds: RISE_DB above its loudest ordinary second, before the bus's gain.

    Raises PreparedSongError.
    """
    ears = ears_rig(rig)
    if not ears.buses:
        return {}
    meter = LoudnessMeter(rig.rate_hz, ears.bus_channels)
    for before in unlimited_blocks(ears, song, block_frames(rig.rate_hz, 2 * ears.bus_channels), mastering):
        meter.take_int32(before)
    hops, guards = meter.finish(), {}
    for bus, channels in zip(ears.buses, channels_of(ears), strict=True):
        usual = ordinary_db(windows_db(hops.energy[channels], rig.rate_hz) - HEADROOM_DB)
        if usual is not None:
            guards[bus.name] = round(usual + RISE_DB - bus.gain_db, 2)
    return guards


def _towards(wanted: float, found: float | None) -> float:
    return 0.0 if found is None else float(np.clip(wanted - found, -60.0, MOST_GAIN_DB))
