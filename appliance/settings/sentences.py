"""What is wrong with a file's keys and types, in words: the path of the key and one sentence."""

import difflib
import math
import re
from typing import Any

import msgspec

from appliance.errors import SettingsError
from appliance.settings.bands import EqBand, EqType
from appliance.settings.checks import SEND_KEYS
from appliance.settings.controls import ControlsSettings, DisplayKind
from appliance.settings.mastering import LevelMatch, LivePart, MasteringSettings
from appliance.settings.model import Bus, BusKind, Rig
from appliance.settings.transport import TransportSettings

OFTEN_MEANT = {
    "bandwidth": "q",
    "card": "interface",
    "ceiling": "ceiling_dbtp",
    "cutoff": "frequency_hz",
    "cutoff_hz": "frequency_hz",
    "debounce": "lockout_s",
    "device": "interface",
    "double_press": "double_s",
    "freq": "frequency_hz",
    "allow_skip": "allow_skip_while_playing",
    "level": "gain_db",
    "limit": "ceiling_dbtp",
    "memory": "memory_percent",
    "hold": "long_s",
    "long_press": "long_s",
    "loudness": "target_lufs",
    "lufs": "target_lufs",
    "profile": "live",
    "profiles": "live",
    "target": "target_lufs",
    "sample_rate": "rate_hz",
    "samplerate": "rate_hz",
    "slope": "order",
    "threshold": "ceiling_dbtp",
    "trim": "gain_db",
}
"""Names from other desks and programs that no comparison of letters would find."""

TYPE_NAMES = {
    "array": "a list",
    "bool": "true or false",
    "float": "a number",
    "int": "a whole number",
    "object": "a table",
    "str": "text",
}
PYTHON_NAMES = {bool: "bool", dict: "object", float: "float", int: "int", list: "array", str: "str"}
UNITS = {
    "_dbfs": " in dB without the unit",
    "_dbtp": " in dB without the unit",
    "_db": " in dB without the unit",
    "_hz": " in Hz without the unit",
    "_lu": " in LU without the unit",
    "_lufs": " in LUFS without the unit",
    "_ms": " in ms without the unit",
    "_percent": " in percent without the sign",
    "_s": " in seconds without the unit",
}
CHOICES: dict[str, list[str]] = {
    "display": [kind.value for kind in DisplayKind],
    "kind": [kind.value for kind in BusKind],
    "live": [part.value for part in LivePart],
    "match": [match.value for match in LevelMatch],
    "type": [type_.value for type_ in EqType],
}

_AT = re.compile(r" - at `\$\.?(?P<path>.*)`$")
_EXPECTED = re.compile(r"Expected `(?P<types>[^`]+)`")
_MISSING = re.compile(r"missing required field `(?P<key>[^`]+)`")


def refuse_unknown(raw: dict[str, Any], source: str) -> None:
    """Raises SettingsError at the first key that no rig has, or number that is none. Wrong types are msgspec's."""
    _refuse_keys(raw, Rig, "", source)
    if isinstance(raw.get("mastering"), dict):
        refuse_unknown_mastering(raw["mastering"], source)
    if isinstance(raw.get("transport"), dict):
        _refuse_keys(raw["transport"], TransportSettings, "transport.", source)
    if isinstance(raw.get("controls"), dict):
        _refuse_controls(raw["controls"], source)
    for number, bus in enumerate(_tables(raw.get("buses"))):
        path = f"buses[{number}]"
        _refuse_keys(bus, Bus, f"{path}.", source)
        if isinstance(bus.get("sends"), dict):
            _refuse_sends(bus["sends"], f"{path}.sends", source)
        for index, band in enumerate(_tables(bus.get("eq"))):
            _refuse_keys(band, EqBand, f"{path}.eq[{index}].", source)


def refuse_unknown_mastering(raw: dict[str, Any], source: str) -> None:
    """The same for the table ``[mastering]`` alone."""
    _refuse_keys(raw, MasteringSettings, "mastering.", source)


def from_validation(error: msgspec.ValidationError, raw: object, source: str, table: str = "") -> SettingsError:
    """msgspec's complaint as ours; ``raw`` is the whole file, or of it the table of that name."""
    message = str(error)
    at = _AT.search(message)
    within = at["path"] if at else ""
    path = f"{table}.{within}".strip(".")
    if missing := _MISSING.search(message):
        key = f"{path}.{missing['key']}".lstrip(".")
        return SettingsError("This key is missing; it has no default.", f"{source}: {key}")
    key = path.rpartition(".")[2].partition("[")[0]
    if "Invalid enum value" in message and key in CHOICES:
        value = _find(raw, within)
        return SettingsError(f"Must be one of {', '.join(CHOICES[key])}, not {value!r}.", f"{source}: {path}")
    if expected := _EXPECTED.search(message):
        wanted = " or ".join(TYPE_NAMES.get(name, name) for name in expected["types"].split(" | "))
        unit = next((words for suffix, words in UNITS.items() if key.endswith(suffix)), "")
        got = TYPE_NAMES.get(PYTHON_NAMES.get(type(_find(raw, within)), ""), "something else")
        got = "a fraction" if got == TYPE_NAMES["float"] else got
        return SettingsError(f"Must be {wanted}{unit}, not {got}.", f"{source}: {path}")
    return SettingsError(f"{message.partition(' - at ')[0]}.", f"{source}: {path}" if path else source)


def _tables(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _refuse_keys(table: dict[str, Any], struct: type[msgspec.Struct], path: str, source: str) -> None:
    known = [field.encode_name for field in msgspec.structs.fields(struct)]
    for key, value in table.items():
        if key not in known:
            raise SettingsError(_unknown(key, known), f"{source}: {path}{key}")
        if isinstance(value, float) and not math.isfinite(value):
            raise SettingsError(f"Must be a finite number, not {value}.", f"{source}: {path}{key}")


def _refuse_controls(controls: dict[str, Any], source: str) -> None:
    _refuse_keys(controls, ControlsSettings, "controls.", source)
    for name, what in (("bindings", "a command in quotes"), ("keys", "the name of a switch in quotes")):
        table = controls.get(name)
        for key, value in table.items() if isinstance(table, dict) else ():
            if not isinstance(value, str):
                raise SettingsError(f"Must be {what}.", f"{source}: controls.{name}.{_quoted(key)}")


def _quoted(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else f'"{key}"'


def _refuse_sends(sends: dict[str, Any], path: str, source: str) -> None:
    for key, value in sends.items():
        subject = f"{source}: {path}.{key}"
        if key not in SEND_KEYS:
            raise SettingsError(_unknown(key, SEND_KEYS), subject)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number and value != "off":
            raise SettingsError('Must be a number in dB without the unit, or "off".', subject)


def _unknown(key: str, known: list[str] | tuple[str, ...]) -> str:
    likely = OFTEN_MEANT.get(key.lower())
    meant = [likely] if likely in known else difflib.get_close_matches(key.lower(), known, n=1, cutoff=0.5)
    return f"Unknown; did you mean {meant[0]}?" if meant else f"Unknown; known here are {', '.join(known)}."


def _find(raw: object, path: str) -> object:
    """The value that a path such as ``buses[0].eq[1].q`` names."""
    value = raw
    for key, index in re.findall(r"(\w+)|\[(\d+)\]", path):
        try:
            value = value[int(index)] if index else value[key]  # type: ignore[index]  # the path was made from the value
        except (IndexError, KeyError, TypeError):
            return None
    return value
