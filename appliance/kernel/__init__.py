"""The C code behind Python names: the only package that imports the extension."""

from appliance.kernel.chain import BusMeter, Isa, Kernel, Meters, SampleFormat, Voice, kernel_for_rig
from appliance.kernel.filters import band_sections, response
from appliance.kernel.player import FadeCurve, Player, PlayerStatus, Refusal, Segment, SlotState, SlotStatus, SongFault

__all__ = [
    "BusMeter",
    "FadeCurve",
    "Isa",
    "Kernel",
    "Meters",
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
    "kernel_for_rig",
    "response",
]
