"""The show as the control interface tells it."""

import math
from collections.abc import Sequence

import msgspec

from appliance.conductor.cues import Cue
from appliance.conductor.show import Tonight
from appliance.conductor.transport import Transport
from appliance.control import schema
from appliance.messages import Status
from appliance.settings import Rig


def song(cue: Cue, loaded: bool, problem: str, rate_hz: int) -> schema.Song:
    """A song of the setlist; its sections by the second at which they are heard."""
    item = cue.item
    return schema.Song(
        number=item.number,
        title=item.title,
        length_s=(item.end_frame - item.first_frame) / rate_hz if cue.playable else 0.0,
        end=item.end.value,
        loaded=loaded,
        problem=problem,
        sections=tuple((each.name, (each.frame - item.first_frame) / rate_hz) for each in item.sections),
    )


def position_s(transport: Transport) -> float:
    """Seconds of what is heard of the song at ``place``; below 0 in the gap before it begins by itself."""
    rate_hz, item, timeline = transport.limits.rate_hz, transport.item, transport.timeline
    first = item.first_frame if item else 0
    current, frame = timeline.current, timeline.position()
    if current is None or frame is None:
        return ((first if transport.frame is None else transport.frame) - first) / rate_hz
    return (frame - first - max(0, current.at - timeline.clock)) / rate_hz


def state(transport: Transport, tonight: Tonight, problems: dict[int, str], status: Status | None) -> schema.State:
    """The whole of it, for a client that has just come."""
    faults = msgspec.to_builtins(status.faults, str_keys=True) if status else []
    names = [field.name for field in msgspec.structs.fields(status.faults)] if status else []
    return schema.State(
        state=transport.state.value,
        sentence=transport.sentence,
        trouble=transport.view.trouble or tonight.problem,
        setlist=tonight.name,
        place=transport.place,
        songs=tuple(
            song(cue, place in transport.view.ready, problems.get(place, ""), transport.limits.rate_hz)
            for place, cue in enumerate(tonight.cues)
        ),
        waiting=transport.wanted,
        click_only=transport.click_only,
        position_s=position_s(transport),
        warnings=tonight.warnings,
        faults={name: count for name, count in zip(names, faults, strict=True) if count},
    )


def meters(transport: Transport, rig: Rig, status: Status) -> schema.Meters:
    """Levels of all buses, and where the song is."""
    return schema.Meters(position_s=position_s(transport), buses=buses(rig, status))


def buses(rig: Rig, status: Status) -> tuple[schema.Bus, ...]:
    """JSON knows no infinity: silence is None."""

    def level(value: float) -> float | None:
        return round(value, 2) if math.isfinite(value) else None

    found: Sequence[schema.Bus] = [
        schema.Bus(
            name=settings.name,
            sample_peak_dbfs=level(bus.sample_peak_dbfs),
            true_peak_dbtp=level(bus.true_peak_dbtp),
            rms_dbfs=level(bus.rms_dbfs),
            momentary_lufs=level(bus.momentary_lufs),
            gain_reduction_db=level(bus.gain_reduction_db) or 0.0,
        )
        for settings, bus in zip(rig.buses, status.buses, strict=False)
    ]
    return tuple(found)
