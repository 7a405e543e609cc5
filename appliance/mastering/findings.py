"""What was decided for a song and why, one sentence each, and what somebody should look at before the show."""

from collections.abc import Iterable, Iterator, Sequence

from appliance.mastering.edges import Region
from appliance.mastering.equaliser import SongEqualiser
from appliance.mastering.levels import HIGHEST_DB, HouseLevel
from appliance.mastering.plan import SongPlan
from appliance.mastering.result import Finding, Weight, done, warning
from appliance.measurement.buses import BusMeasurement
from appliance.measurement.signals import Measurement
from appliance.settings import BusKind, MasteringSettings

PROMISED_LU = 0.1
UNEVEN_LU = 5.0
MONO_LOSS_DB = 3.5
"""Two sides with nothing in common lose 3 dB."""
SHORTEST_SKIP_S = 0.5
LIFTED_DB = 6.0
NOISE_DBFS = -65.0
NOISE_BELOW_LU = 35.0
"""The quietest moments of music that never pauses are music and no noise floor."""
EARS_REDUCTION_DB = 3.0


def level_findings(
    settings: MasteringSettings, plan: SongPlan, level: HouseLevel, offset_lu: float
) -> Iterator[Finding]:
    """The gain, and why the target was not reached where it was not."""
    if plan.lufs is not None and plan.lufs - level.lufs > PROMISED_LU:
        why = f"it would have to be turned up by more than {HIGHEST_DB:g} dB"
        if level.gain_db < HIGHEST_DB:
            most, mean = f"{settings.limiter_max_db:g} dB", f"{settings.limiter_mean_db:g} dB on average"
            why = f"the limiter would take more than {most}, or {mean}"
        below = f"{plan.lufs - level.lufs:.1f} LU below its target of {plan.lufs:.1f} LUFS"
        sentence = f"It stays {below}; louder, {why}."
        yield warning("House", sentence)
    direction = "up" if level.gain_db >= 0 else "down"
    meant = ""
    if offset_lu:
        than = "louder" if offset_lu > 0 else "quieter"
        meant = f", {abs(offset_lu):g} LU {than} than the others as song.toml says"
    sentence = f"All tracks are turned {direction} {abs(level.gain_db):.1f} dB, to {level.lufs:.1f} LUFS{meant}."
    yield done("House", sentence)
    if plan.sparse:
        fills = f"It fills {plan.filled:.0%} of what songs of this set usually fill"
        yield done("House", f"{fills}, so it lies {settings.sparse_lu:g} LU lower.")


def house_findings(house: Measurement, gain_db: float) -> Iterator[Finding]:
    """What the delivered song will be like, however loud it is."""
    loudness, levels, image = house.loudness, house.levels, house.stereo
    loud, whole, floor = loudness.s95_lufs, loudness.integrated_lufs, levels.noise_floor_dbfs
    if loud is not None and whole is not None and abs(loud - whole) > UNEVEN_LU:
        apart = f"{loud - whole:.1f} LU above its average"
        yield warning("House", f"Its loud sections are {apart}; the rest may drown in a loud room.")
    if floor is not None and loud is not None and gain_db >= LIFTED_DB and loud - floor > NOISE_BELOW_LU:
        lifted = f"its noise comes up to {floor + gain_db:.0f} dBFS"
        if floor + gain_db > NOISE_DBFS:
            yield warning("House", f"Turned up {gain_db:.1f} dB {lifted} and may be heard in pauses.")
    if image and image.mono_loss_db is not None and image.mono_loss_db > MONO_LOSS_DB:
        yield warning("House", f"In mono it loses {image.mono_loss_db:.1f} dB.")


def equaliser_findings(eq: SongEqualiser, settings: MasteringSettings) -> Iterator[Finding]:
    live = ", ".join(part.value for part in settings.live)
    if settings.live:
        yield done("Equaliser", f"High-pass at {eq.high_pass_hz:g} Hz: room for live {live}.")
    for move in eq.moves:
        why = ""
        if abs(move.difference_db) >= 1.0:
            has = "more" if move.difference_db > 0 else "less"
            why = f"; the song has {abs(move.difference_db):.0f} dB {has} there than the set"
        did = f"{-move.gain_db:.1f} dB lower" if move.gain_db < 0 else "left alone"
        yield done("Equaliser", f"{move.band.capitalize()} around {move.frequency_hz:g} Hz {did}{why}.")


def edge_findings(region: Region, frames: int, rate_hz: int) -> Iterator[Finding]:
    before_s, after_s = region.start / rate_hz, (frames - region.end) / rate_hz
    if before_s > SHORTEST_SKIP_S:
        yield done("Start", f"{before_s:.1f} s of silence are skipped.")
    if after_s > SHORTEST_SKIP_S:
        yield done("End", f"{after_s:.1f} s of silence are left out.")


def ears_findings(buses: Sequence[BusMeasurement]) -> Iterator[Finding]:
    for bus in buses:
        taken_db = bus.limiter.mean_reduction_db
        if bus.kind is BusKind.EARS and taken_db > EARS_REDUCTION_DB:
            yield warning(bus.name, f"Its limiter takes {taken_db:.1f} dB on average: turn the bus or its sends down.")


def ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Warnings first, each kind in its order."""
    return tuple(sorted(findings, key=lambda one: one.weight is not Weight.WARNING))
