"""Rigs that a person might write, valid and not."""

from hypothesis import strategies as st

from appliance.settings import Bus, BusKind, ControlsSettings, EqBand, EqType, Rig, preset
from appliance.vocabulary import Part, Role

HOUSE_KEYS = (Role.TRACK.value, *(part.value for part in Part))
EARS_KEYS = (*(role.value for role in Role), *(part.value for part in Part))
TEXT = st.characters(codec="utf-8", categories=("L", "N", "P", "S"))

levels = st.one_of(st.just("off"), st.floats(-60, 12), st.integers(-60, 12).map(float))


@st.composite
def bands(draw, rate_hz):
    type_ = draw(st.sampled_from(EqType))
    return EqBand(
        type=type_,
        frequency_hz=draw(st.floats(10, 0.49 * rate_hz)),
        gain_db=draw(st.floats(-60, 12)) if type_ in {EqType.PEAK, EqType.LOW_SHELF, EqType.HIGH_SHELF} else 0.0,
        q=draw(st.floats(0.1, 40)),
        order=draw(st.integers(1, 4)) if type_ in {EqType.HIGH_PASS, EqType.LOW_PASS} else 2,
    )


@st.composite
def controls(draw):
    """Any command on any trigger that cannot be in another's way; names and commands with quotes and dots in them."""
    triggers = st.one_of(
        st.builds("{} {}".format, st.from_regex(r"(key:)?[a-z0-9][a-z0-9_]{0,9}", fullmatch=True),
                  st.sampled_from(("press", "double", "long"))),
        st.builds("note {}".format, st.integers(0, 127)),
        st.builds("program {}".format, st.integers(1, 128)),
    )  # fmt: skip
    return ControlsSettings(
        bindings=draw(st.dictionaries(triggers, st.text(TEXT, min_size=1, max_size=30), max_size=5)),
        keys=draw(st.dictionaries(st.from_regex(r"[a-z0-9_]{1,8}", fullmatch=True).filter(lambda key: key[0] != "_"),
                                  st.just("right"), max_size=3)),
        pedals=tuple(draw(st.lists(st.text(TEXT, min_size=3, max_size=20), max_size=2))),
        long_s=draw(st.floats(0.45, 3)),
        midi_channel=draw(st.integers(0, 16)),
    )  # fmt: skip


@st.composite
def valid_rigs(draw):
    """Any rig that the checks let pass."""
    rate_hz = draw(st.sampled_from((44_100, 48_000, 88_200, 96_000, 176_400, 192_000)))
    outputs = draw(st.integers(1, 64))
    free = draw(st.permutations(range(1, outputs + 1)))
    names = draw(st.lists(st.text(TEXT, min_size=1, max_size=20), min_size=1, max_size=8, unique_by=str.casefold))
    buses, used = [], 0
    for name in names:
        width = draw(st.integers(1, 2))
        sizes = draw(st.lists(st.integers(1, 3), min_size=width, max_size=width))
        if used + sum(sizes) > outputs:
            break
        entries = []
        for size in sizes:
            group = tuple(free[used : used + size])
            used += size
            entries.append(group[0] if size == 1 and draw(st.booleans()) else group)
        kind = draw(st.sampled_from(BusKind))
        keys = HOUSE_KEYS if kind is BusKind.HOUSE else EARS_KEYS
        buses.append(
            Bus(
                name=name,
                kind=kind,
                outputs=tuple(entries),
                sends=draw(st.dictionaries(st.sampled_from(keys), levels)),
                gain_db=draw(st.floats(-60, 12)),
                ceiling_dbtp=draw(st.floats(-40, 0)),
                release_ms=draw(st.floats(10, 2000)),
                eq=tuple(draw(st.lists(bands(rate_hz), max_size=4))),
            )
        )
    return Rig(
        interface=draw(st.sampled_from(("auto", "UMC1820", "vc4-hdmi_1"))),
        outputs=outputs,
        rate_hz=rate_hz,
        block_frames=draw(st.sampled_from((64, 128, 256, 512, 1024))),
        blocks=draw(st.integers(3, 8)),
        lookahead_ms=draw(st.sampled_from((2.6, 1.3))),
        controls=draw(controls()),
        buses=tuple(buses) or preset(outputs).buses,
    )


@st.composite
def reckless_rigs(draw):
    """Rigs as no file may describe them: any key in any send, click in the house among them."""
    kinds = draw(st.lists(st.tuples(st.sampled_from(BusKind), st.integers(1, 2)), min_size=1, max_size=6))
    buses = []
    output = 1
    for number, (kind, width) in enumerate(kinds):
        sends = draw(st.dictionaries(st.sampled_from(EARS_KEYS), st.one_of(levels, st.floats(0, 200))))
        buses.append(Bus(name=f"bus {number}", kind=kind, outputs=tuple(range(output, output + width)), sends=sends))
        output += width
    return Rig(outputs=output, buses=tuple(buses))
