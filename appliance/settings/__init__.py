"""The rig's settings: ``rig.toml``, what it may say, and the presets that stand in for it."""

from appliance.settings.bands import EqBand, EqType
from appliance.settings.checks import check_fits, check_rig
from appliance.settings.controls import ControlsSettings
from appliance.settings.files import load_rig, override_mastering, parse_rig, rig_text, save_rig
from appliance.settings.mastering import LevelMatch, LivePart, MasteringSettings
from appliance.settings.model import Bus, BusKind, Rig, SendLevel
from appliance.settings.presets import preset, preset_size
from appliance.settings.transport import TransportSettings

__all__ = [
    "Bus",
    "BusKind",
    "ControlsSettings",
    "EqBand",
    "EqType",
    "LevelMatch",
    "LivePart",
    "MasteringSettings",
    "Rig",
    "SendLevel",
    "TransportSettings",
    "check_fits",
    "check_rig",
    "load_rig",
    "override_mastering",
    "parse_rig",
    "preset",
    "preset_size",
    "rig_text",
    "save_rig",
]
