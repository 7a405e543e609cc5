"""``rig.toml`` read and written."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

import msgspec
import tomlkit
from tomlkit.items import InlineTable, Table

from appliance import storage
from appliance.errors import SettingsError
from appliance.settings import sentences
from appliance.settings.bands import EqBand
from appliance.settings.checks import check_mastering, check_rig
from appliance.settings.controls import ControlsSettings
from appliance.settings.mastering import MasteringSettings
from appliance.settings.model import Bus, Rig
from appliance.settings.presets import preset
from appliance.settings.transport import TransportSettings

HEADER = """\
Sidestage: what this rig is made of. Levels are in dB, times in ms, frequencies in Hz.
Check a change with `sidestage rig check`. docs/rig.md explains every line."""

COMMENTS = {
    "interface": '"auto", or a short name from `sidestage devices`',
    "outputs": "how many outputs the interface has",
    "rate_hz": "songs are prepared at this rate",
    "block_frames": "smaller answers faster, larger is safer",
    "blocks": "how many of them wait in the interface",
    "lookahead_ms": "of the limiters, the same for every bus: 2.6 or 1.3",
}

MASTERING_COMMENTS = {
    "target_lufs": "how loud every song's loud sections are at the house outputs",
    "match": "s95, integrated, max_short_term, reference or album; docs/mastering.md says which for what",
    "reference": 'title of the song whose level counts with match = "reference"',
    "sparse_lu": "a song of few quiet sounds may lie so much lower",
    "limiter_max_db": "the most that the house limiter may take at a moment",
    "limiter_mean_db": "and on average",
    "live": "what the band plays itself: bass, drums, guitars, keys, vocals",
    "eq_amount": "0 to 1.5: how much room is made for it",
    "eq_ears": "whether in-ears hear that equaliser too",
    "click_dbfs": "peak of the click on ears buses",
    "tracks_lufs": "loud sections of the tracks on ears buses",
    "guide_lu": "how much louder the guide is while it speaks",
    "lead_in_s": "silence left before the first sound",
    "tail_s": "silence left after the last",
}

TRANSPORT_COMMENTS = {
    "allow_skip_while_playing": "whether next, previous and goto work while a song plays; feet slip",
    "stop_fade_ms": "how fast stop falls silent",
    "panic_fade_ms": "and panic",
    "memory_percent": "of the memory, for songs that are held ready",
}

CONTROLS_COMMENTS = {
    "bindings": "a command for each press; docs/footswitch.md",
    "keys": "which switch a pedal's key is",
    "pedals": "keyboards that are pedals, by a part of their name",
    "normally_closed": "footswitches whose contact opens under the foot",
    "at_once": "switches whose press does not wait for their long or double press",
    "long_s": "a press held so long is a long one",
    "double_s": "two presses no further apart are a double one",
    "both_s": "two switches held so long are both",
    "together_s": "two switches pressed no further apart are one movement",
    "repeat_after_s": "a switch held so long begins to repeat",
    "repeat_every_s": "and does so again and again",
    "lockout_s": "so long after a press the same switch is deaf",
    "stuck_s": "a switch held so long is jammed",
    "midi_channel": "1 to 16; 0 hears all",
    "first_program": "what a MIDI controller sends for song 1: 0 or 1",
    "display": "none, ssd1306 (128 x 64, I2C) or ssd1322 (256 x 64, SPI)",
}

BUS_COMMENTS = {
    "kind": '"house" goes to the audience, "ears" to the band; click and guide only to ears',
    "outputs": "as printed on the interface: left (or mono), then right",
    "gain_db": "trim of the whole bus",
    "ceiling_dbtp": "the limiter lets nothing above this",
    "release_ms": "how fast the limiter lets go",
    "sends": 'by role or part, in dB or "off"; what is not named is not heard',
}


def load_rig(path: Path, outputs: int | None = None) -> Rig:
    """The rig in ``path``; where there is no such file, the preset for ``outputs`` (2 when not known).

    A file is taken at its word about the interface: ``check_fits`` compares it with the one that is there.
    Raises SettingsError with the path of the key that is wrong.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return preset(2 if outputs is None else outputs)
    except UnicodeDecodeError as error:
        raise SettingsError("Not a text file in UTF-8.", path.name) from error
    except OSError as error:
        raise SettingsError(f"Cannot be read: {error.strerror}.", str(path)) from error
    return parse_rig(text, path.name)


def parse_rig(text: str, source: str = "rig.toml") -> Rig:
    """The rig that ``text`` describes. Raises SettingsError with the path of the key that is wrong."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"Not valid TOML: {error}.", source) from error
    sentences.refuse_unknown(raw, source)
    try:
        rig = msgspec.convert(raw, Rig, strict=True)
    except msgspec.ValidationError as error:
        raise sentences.from_validation(error, raw, source) from error
    return check_rig(rig, source)


def override_mastering(settings: MasteringSettings, raw: Mapping[str, object], source: str) -> MasteringSettings:
    """The settings with what a setlist's table ``[mastering]`` says otherwise. Raises SettingsError with the key."""
    sentences.refuse_unknown_mastering(dict(raw), source)
    merged = {**msgspec.to_builtins(settings), **raw}
    try:
        changed = msgspec.convert(merged, MasteringSettings, strict=True)
    except msgspec.ValidationError as error:
        raise sentences.from_validation(error, merged, source, "mastering") from error
    return check_mastering(changed, source)


def save_rig(rig: Rig, path: Path) -> None:
    """Write the rig, whole or not at all. Raises SettingsError for a rig that could not be loaded again."""
    check_rig(rig, path.name)
    with storage.storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    storage.write_bytes(path, rig_text(rig).encode())


def rig_text(rig: Rig) -> str:
    """The rig as a file, with a comment beside what needs one."""
    document = tomlkit.document()
    for line in HEADER.splitlines():
        document.add(tomlkit.comment(line))
    document.add(tomlkit.nl())
    for key in ("interface", "outputs", "rate_hz", "block_frames", "blocks", "lookahead_ms"):
        document.add(key, tomlkit.item(getattr(rig, key)).comment(COMMENTS[key]))
    document.add(tomlkit.nl())
    document.add("mastering", _commented_table(rig.mastering, MASTERING_COMMENTS))
    document.add(tomlkit.nl())
    document.add("transport", _commented_table(rig.transport, TRANSPORT_COMMENTS))
    document.add(tomlkit.nl())
    document.add("controls", _controls_table(rig.controls))
    document.add(tomlkit.nl())
    buses = tomlkit.aot()
    for bus in rig.buses:
        buses.append(_bus_table(bus, explained=bus is rig.buses[0]))
    document.add("buses", buses)
    return tomlkit.dumps(document)


def _commented_table(settings: MasteringSettings | TransportSettings, comments: Mapping[str, str]) -> Table:
    table = tomlkit.table()
    for key, value in msgspec.to_builtins(settings).items():
        item = tomlkit.item(list(value) if isinstance(value, tuple) else value)
        table.add(key, item.comment(comments[key]))
    return table


def _controls_table(settings: ControlsSettings) -> Table:
    """Tables within come last, as TOML demands."""
    table = tomlkit.table()
    values = msgspec.to_builtins(settings)
    for key, value in sorted(values.items(), key=lambda item: isinstance(item[1], dict)):
        if isinstance(value, dict):
            table.add(tomlkit.nl())
            within = tomlkit.table()
            within.comment(CONTROLS_COMMENTS[key])
            for name, what in value.items():
                within.add(name, what)
            table.add(key, within)
        else:
            item = tomlkit.item(list(value) if isinstance(value, tuple) else value)
            table.add(key, item.comment(CONTROLS_COMMENTS[key]))
    return table


def _bus_table(bus: Bus, explained: bool) -> Table:
    """The bus; what its keys mean is said once, at the first."""
    bands = tomlkit.array().multiline(True)
    for band in bus.eq:
        bands.append(_inline(_band(band)))
    values = {
        "name": bus.name,
        "kind": bus.kind.value,
        "outputs": [entry if isinstance(entry, int) else list(entry) for entry in bus.outputs],
        "gain_db": float(bus.gain_db),
        "ceiling_dbtp": float(bus.ceiling_dbtp),
        "release_ms": float(bus.release_ms),
        "sends": _inline(bus.sends),
        **({"eq": bands} if bus.eq else {}),
    }
    table = tomlkit.table()
    for key, value in values.items():
        item = tomlkit.item(value)
        if explained and key in BUS_COMMENTS:
            item.comment(BUS_COMMENTS[key])
        table.add(key, item)
    return table


def _inline(values: Mapping[str, str | float]) -> InlineTable:
    table = tomlkit.inline_table()
    for key, value in values.items():
        table.add(key, value)
    return table


def _band(band: EqBand) -> dict[str, str | float]:
    """What the band says beyond its defaults, as plain TOML types."""
    values: dict[str, str | float] = {"type": band.type.value, "frequency_hz": float(band.frequency_hz)}
    for field in msgspec.structs.fields(EqBand):
        value = getattr(band, field.name)
        if field.name not in values and value != field.default:
            values[field.name] = value
    return values
