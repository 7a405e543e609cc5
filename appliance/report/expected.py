"""What an engineer should expect of a set, in sentences with figures."""

from collections.abc import Callable, Iterator

from appliance.mastering.profiles import BANDS, KEEPS_LOWS, RUMBLE_HZ, STEEP_ORDER
from appliance.mastering.result import SongResult
from appliance.measurement.signals import Measurement
from appliance.report.model import MasteredSet, house_work, reached_lufs
from appliance.report.words import amount, listed, number, short, some
from appliance.units import clock

SMALLEST_DB = 0.25
"""Of an equaliser's cut: as in mastering, less is not done."""


def sentences(set_: MasteredSet) -> Iterator[str]:
    yield from _extremes(set_)
    yield from _limiters(set_)
    yield from _exceptions(set_)
    yield from _room(set_)


def _extremes(set_: MasteredSet) -> Iterator[str]:
    loudest = _most(set_, lambda house: house.loudness.max_short_term_lufs)
    if loudest:
        yield f"Loudest 3 s: {_named(loudest[0])}, {number(loudest[1])} LUFS."
    peak = _most(set_, lambda house: house.levels.true_peak_dbtp)
    if peak:
        yield f"Highest true peak of the house outputs together: {_named(peak[0])}, {number(peak[1])} dBTP."
    dense = _most(set_, lambda house: None if house.levels.plr_db is None else -house.levels.plr_db)
    open_ = _most(set_, lambda house: house.levels.plr_db)
    if dense and open_ and dense[0] is not open_[0]:
        words = f"{_named(dense[0])} is the densest (PLR {number(-dense[1])} dB)"
        yield f"{words}, {_named(open_[0])} the most open (PLR {number(open_[1])} dB)."


def _limiters(set_: MasteredSet) -> Iterator[str]:
    found = [(work, result) for result in set_.results if (work := house_work(result.after))]
    if not found:
        return
    work, result = max(found, key=lambda one: one[0].max_db)
    if work.max_db < 0.1:
        yield "The house limiters rest through the whole set."
        return
    at = "" if work.at_s is None else f" at {clock(work.at_s)}"
    yield (
        f"The limiters work hardest in {_named(result)}: {number(work.max_db)} dB{at} on {work.bus}, "
        f"{number(work.mean_db, 2)} dB on average."
    )


def _exceptions(set_: MasteredSet) -> Iterator[str]:
    below = [f"{_named(one)} by {number(one.shortfall_lu)} LU" for one in set_.results if one.shortfall_lu > 0]
    if below:
        yield f"Below the target, since the limiters would take too much: {some(below)}."
    offset = [f"{_named(one)} {number(one.offset_lu, sign=True)} LU" for one in set_.results if one.offset_lu]
    if offset:
        yield f"Meant louder or quieter than the others: {some(offset)}."
    sparse = [f"{_named(one)} at {number(reached_lufs(one))} LUFS" for one in set_.results if one.sparse]
    if sparse:
        yield f"Few quiet sounds, left {amount(set_.settings.sparse_lu)} LU lower: {some(sparse)}."
    silent = [_named(one) for one in set_.results if reached_lufs(one) is None]
    if silent:
        yield f"Nothing for the PA in {some(silent)}."


def _room(set_: MasteredSet) -> Iterator[str]:
    live, results = set_.settings.live, set_.results
    if not live:
        yield f"No room is left for live instruments: the tracks are whole from {amount(RUMBLE_HZ)} Hz upwards."
        return
    yield f"Room is left for live {listed([part.value for part in live])}."
    highest_hz = max((result.equaliser.high_pass_hz for result in results), default=RUMBLE_HZ)
    keeping = [part.value for part, owner in KEEPS_LOWS.items() if owner not in live]
    if highest_hz > RUMBLE_HZ:
        keep = f"; stems of {listed(keeping)} keep their lows" if keeping else ""
        yield f"Tracks are cut below {amount(highest_hz)} Hz ({6 * STEEP_ORDER} dB per octave){keep}."
    cuts = [words for band in BANDS if (words := _cut(set_, band.name, band.shape.frequency_hz))]
    if cuts:
        yield f"Given up by the tracks, song by song: {', '.join(cuts)}."


def _cut(set_: MasteredSet, band: str, frequency_hz: float) -> str:
    gains = [-move.gain_db for result in set_.results for move in result.equaliser.moves if move.band == band]
    if max(gains, default=0.0) < SMALLEST_DB:
        return ""
    low, high = number(min(gains)), number(max(gains))
    return f"{band} ({frequency_hz:g} Hz) {low if low == high else f'{low} to {high}'} dB"


def _most(set_: MasteredSet, value: Callable[[Measurement], float | None]) -> tuple[SongResult, float] | None:
    found = [
        (result, level)
        for result in set_.results
        if result.after.house and (level := value(result.after.house)) is not None
    ]
    return max(found, key=lambda one: one[1]) if found else None


def _named(result: SongResult) -> str:
    return f"\u201c{short(result.title, 36)}\u201d"
