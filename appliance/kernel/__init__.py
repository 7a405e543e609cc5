"""The C code behind Python names: the only package that imports the extension."""

from appliance.kernel.chain import BusMeter, Isa, Kernel, Meters, SampleFormat, Voice, kernel_for_rig
from appliance.kernel.fades import ease
from appliance.kernel.filters import band_sections, response
from appliance.kernel.loudness import HOPS_PER_SECOND, Hops, LoudnessMeter, Planar, planar_from_int24, planar_from_int32
from appliance.kernel.player import FadeCurve, Player, PlayerStatus, Refusal, Segment, SlotState, SlotStatus, SongFault

__all__ = [
    "HOPS_PER_SECOND",
    "BusMeter",
    "FadeCurve",
    "Hops",
    "Isa",
    "Kernel",
    "LoudnessMeter",
    "Meters",
    "Planar",
    "Player",
    "PlayerStatus",
    "Refusal",
    "SampleFormat",
    "Segment",
    "SlotState",
    "SlotStatus",
    "SongFault",
    "Voice",
    "band_sections",
    "ease",
    "kernel_for_rig",
    "planar_from_int24",
    "planar_from_int32",
    "response",
]
