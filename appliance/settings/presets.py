"""Rigs that work as they are, chosen by how many outputs the interface has."""

from appliance.settings.model import Bus, BusKind, Rig, SendLevel
from appliance.vocabulary import Part, Role

OWN_OUTPUTS: dict[str, tuple[Part, ...]] = {
    "Bass": (Part.BASS,),
    "Drums": (Part.DRUMS, Part.PERCUSSION),
    "Vocals and keys": (Part.VOCALS, Part.KEYS),
}
"""With 8 outputs these parts have outputs of their own and leave the front-of-house left and right."""

EARS_MIX: dict[str, SendLevel] = {"track": 0.0, "click": 0.0, "guide": 0.0}
"""Mastering balances them."""


def _house(name: str, *outputs: int, sends: dict[str, SendLevel]) -> Bus:
    return Bus(name=name, kind=BusKind.HOUSE, outputs=outputs, sends=sends)


def _ears(name: str, *outputs: int, sends: dict[str, SendLevel]) -> Bus:
    return Bus(name=name, kind=BusKind.EARS, outputs=outputs, sends=sends)


def _one() -> tuple[Bus, ...]:
    # A single output goes to the audience: no place is left for a click.
    return (_house("Tracks", 1, sends={Role.TRACK.value: 0.0}),)


def _two() -> tuple[Bus, ...]:
    click: dict[str, SendLevel] = {Role.CLICK.value: 0.0, Role.GUIDE.value: 0.0}
    return (*_one(), _ears("Click and guide", 2, sends=click))


def _four() -> tuple[Bus, ...]:
    return (
        _house("FOH", 1, 2, sends={Role.TRACK.value: 0.0}),
        _ears("Click", 3, sends={Role.CLICK.value: 0.0}),
        _ears("Guide", 4, sends={Role.GUIDE.value: 0.0}),
    )


def _eight() -> tuple[Bus, ...]:
    foh: dict[str, SendLevel] = {Role.TRACK.value: 0.0}
    own = []
    for output, (name, parts) in enumerate(OWN_OUTPUTS.items(), start=3):
        foh.update({part.value: "off" for part in parts})
        own.append(_house(name, output, sends={part.value: 0.0 for part in parts}))
    return (
        _house("FOH", 1, 2, sends=foh),
        *own,
        _ears("Click", 6, sends={Role.CLICK.value: 0.0}),
        _ears("Guide", 7, sends={Role.GUIDE.value: 0.0}),
        _ears("Ears mix", 8, sends=dict(EARS_MIX)),
    )


_PRESETS = {8: _eight, 4: _four, 2: _two, 1: _one}


def preset_size(outputs: int) -> int:
    """Outputs of the largest preset that fits: 3 gives 2, 6 gives 4, 18 gives 8. Raises ValueError below 1."""
    for size in _PRESETS:
        if size <= outputs:
            return size
    raise ValueError(f"an interface has at least one output, not {outputs}")


def preset(outputs: int) -> Rig:
    """The rig for an interface with so many outputs. Raises ValueError below 1."""
    return Rig(outputs=outputs, buses=_PRESETS[preset_size(outputs)]())
