"""What a rig must not say, each with the path of its key and one sentence."""

import math
import re
from collections.abc import Iterator

from appliance.errors import SettingsError
from appliance.settings.bands import GAIN_TYPES, MAX_SECTIONS, PASS_TYPES, EqBand
from appliance.settings.controls import controls_complaints
from appliance.settings.mastering import MasteringSettings, mastering_complaints
from appliance.settings.model import Bus, BusKind, Rig
from appliance.settings.transport import transport_complaints
from appliance.units import SUPPORTED_RATES_HZ
from appliance.vocabulary import Part, Role

MAX_OUTPUTS = 64
"""More than any USB interface that a band owns has."""
MAX_BUS_CHANNELS = 32
"""What the kernel mixes to."""
BLOCK_FRAMES = (64, 128, 256, 512, 1024)
BLOCKS = range(3, 9)
"""Two blocks leave no time at all between one being heard and the next being due."""
LOOKAHEADS_MS = (2.6, 1.3)
GAIN_RANGE_DB = (-60.0, 12.0)
CEILING_RANGE_DBTP = (-40.0, 0.0)
RELEASE_RANGE_MS = (10.0, 2000.0)
LOWEST_FREQUENCY_HZ = 10.0
HIGHEST_FREQUENCY = 0.49
"""Of the sample rate: at half of it a filter's shape collapses."""
Q_RANGE = (0.1, 40.0)
MAX_NAME = 40

NEVER_IN_HOUSE = frozenset({Role.CLICK, Role.GUIDE, Role.TIMECODE})
SEND_KEYS = tuple(role.value for role in Role) + tuple(part.value for part in Part)

_CARD_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")

Complaint = tuple[str, str]
"""Path of the key, and the sentence."""


def check_rig(rig: Rig, source: str = "rig.toml") -> Rig:
    """The rig as it is. Raises SettingsError with the first thing that is wrong."""
    for path, sentence in _complaints(rig):
        raise SettingsError(sentence, f"{source}: {path}")
    return rig


def check_mastering(settings: MasteringSettings, source: str) -> MasteringSettings:
    """The settings as they are. Raises SettingsError with the first thing that is wrong."""
    for key, sentence in mastering_complaints(settings):
        raise SettingsError(sentence, f"{source}: mastering.{key}")
    return settings


def check_fits(rig: Rig, outputs: int, source: str = "rig.toml") -> None:
    """Raises SettingsError where a bus feeds an output that an interface with so many outputs does not have."""
    for path, sentence in _patch_complaints(rig, outputs):
        raise SettingsError(sentence, f"{source}: {path}")


def _complaints(rig: Rig) -> Iterator[Complaint]:
    if not _CARD_ID.fullmatch(rig.interface):
        yield "interface", 'Must be "auto" or the short name of a card, as `sidestage devices` lists it.'
    if not 1 <= rig.outputs <= MAX_OUTPUTS:
        yield "outputs", f"An interface has 1 to {MAX_OUTPUTS} outputs, not {rig.outputs}."
    for key, value, offered in (
        ("rate_hz", rig.rate_hz, SUPPORTED_RATES_HZ),
        ("block_frames", rig.block_frames, BLOCK_FRAMES),
        ("blocks", rig.blocks, tuple(BLOCKS)),
        ("lookahead_ms", rig.lookahead_ms, LOOKAHEADS_MS),
    ):
        if value not in offered:
            yield key, f"Must be one of {', '.join(map(str, offered))}, not {value}."
    yield from ((f"mastering.{key}", sentence) for key, sentence in mastering_complaints(rig.mastering))
    yield from ((f"transport.{key}", sentence) for key, sentence in transport_complaints(rig.transport))
    yield from ((f"controls.{key}", sentence) for key, sentence in controls_complaints(rig.controls))
    if not rig.buses:
        yield "buses", "There is no bus, so nothing would be heard."
    yield from _name_complaints(rig)
    for number, bus in enumerate(rig.buses):
        yield from _bus_complaints(bus, f"buses[{number}]", rig.rate_hz)
    if rig.bus_channels > MAX_BUS_CHANNELS:
        yield "buses", f"All buses together have {rig.bus_channels} channels; {MAX_BUS_CHANNELS} are possible."
    yield from _patch_complaints(rig, rig.outputs)


def _name_complaints(rig: Rig) -> Iterator[Complaint]:
    seen: set[str] = set()
    for number, bus in enumerate(rig.buses):
        path = f"buses[{number}].name"
        if not bus.name.strip() or not bus.name.isprintable() or len(bus.name) > MAX_NAME:
            yield path, f"A bus needs a readable name of 1 to {MAX_NAME} characters."
        if bus.name.casefold() in seen:
            yield path, f"Two buses are called {bus.name}; each needs a name of its own."
        seen.add(bus.name.casefold())


def _bus_complaints(bus: Bus, path: str, rate_hz: int) -> Iterator[Complaint]:
    if bus.width not in {1, 2}:
        yield f"{path}.outputs", f"A bus is one (mono) or two (left and right) outputs wide, not {bus.width}."
    for key, level in bus.sends.items():
        send = f"{path}.sends.{key}"
        if key not in SEND_KEYS:
            yield send, f"Unknown; a send is one of {', '.join(SEND_KEYS)}."
        if bus.kind is BusKind.HOUSE and key in NEVER_IN_HOUSE:
            yield send, f"This bus goes to the audience, which must never hear the {key}. Remove this line."
        if level != "off":
            yield from _range_complaints(send, level, GAIN_RANGE_DB, "dB")
    yield from _range_complaints(f"{path}.gain_db", bus.gain_db, GAIN_RANGE_DB, "dB")
    yield from _range_complaints(f"{path}.ceiling_dbtp", bus.ceiling_dbtp, CEILING_RANGE_DBTP, "dB")
    yield from _range_complaints(f"{path}.release_ms", bus.release_ms, RELEASE_RANGE_MS, "ms")
    for number, band in enumerate(bus.eq):
        yield from _band_complaints(band, f"{path}.eq[{number}]", rate_hz)
    sections = sum(band.sections for band in bus.eq)
    if sections > MAX_SECTIONS:
        yield (
            f"{path}.eq",
            f"The bands need {sections} filters of {MAX_SECTIONS}; those of order 3 and 4 need two each.",
        )


def _band_complaints(band: EqBand, path: str, rate_hz: int) -> Iterator[Complaint]:
    frequencies = (LOWEST_FREQUENCY_HZ, HIGHEST_FREQUENCY * rate_hz)
    yield from _range_complaints(f"{path}.frequency_hz", band.frequency_hz, frequencies, "Hz")
    yield from _range_complaints(f"{path}.gain_db", band.gain_db, GAIN_RANGE_DB, "dB")
    yield from _range_complaints(f"{path}.q", band.q, Q_RANGE, "")
    if band.gain_db != 0 and band.type not in GAIN_TYPES:
        yield f"{path}.gain_db", f"A {band.type.value} has no gain; only shelves and peaks have. Remove this line."
    if band.order != 2 and band.type not in PASS_TYPES:
        yield f"{path}.order", f"A {band.type.value} has no order; only high_pass and low_pass have. Remove this line."
    if not 1 <= band.order <= 4:
        yield f"{path}.order", f"Must be 1, 2, 3 or 4 (6 dB per octave each), not {band.order}."


def _patch_complaints(rig: Rig, outputs: int) -> Iterator[Complaint]:
    feeds: dict[int, str] = {}
    for number, bus in enumerate(rig.buses):
        for channel, group in enumerate(bus.patch):
            path = f"buses[{number}].outputs[{channel}]"
            if not group:
                yield path, "This list is empty, so the channel would be heard nowhere."
            for output in group:
                if not 1 <= output <= outputs:
                    yield path, f"Output {output} does not exist; the interface has outputs 1 to {outputs}."
                if output in feeds:
                    yield path, f"Output {output} is used twice: {feeds[output]} already feeds it."
                feeds[output] = bus.name


def _range_complaints(path: str, value: float, limits: tuple[float, float], unit: str) -> Iterator[Complaint]:
    low, high = limits
    if not math.isfinite(value) or not low <= value <= high:
        yield path, f"Must be {low:g} to {high:g} {unit}".rstrip() + f", not {value:g}."
