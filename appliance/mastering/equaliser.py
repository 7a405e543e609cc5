"""The equaliser of one song: the profile of what plays live, and what the song itself has too much or too little of."""

import math
from collections.abc import Sequence

import msgspec
import numpy as np

from appliance.kernel import band_sections, response
from appliance.mastering.profiles import (
    BANDS,
    GENTLE_ORDER,
    KEEPS_LOWS,
    LOW_BANDS,
    MOST_CUT_DB,
    PROFILES,
    RUMBLE_HZ,
    STEEP_ORDER,
    Band,
)
from appliance.measurement.spectrum import NOMINAL_HZ, Spectrum
from appliance.settings import EqBand, EqType, LivePart, MasteringSettings
from appliance.vocabulary import Part, Role

ADAPTION = 0.5
"""How much of its difference from the set a song gets back, or gives up more: all of it would make songs alike."""
SMALLEST_DB = 0.25
"""Nobody hears less, and a filter that does nothing is not run."""
SPECTRUM_STEP_DB = 0.5
"""The set's spectrum is rounded so that one more song does not change the equaliser of all others."""

Levels = tuple[float | None, ...]


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """One band as it is set. ``difference_db`` is the song's from the set: below 0 it is thinner there."""

    band: str
    frequency_hz: float
    gain_db: float
    profile_db: float
    difference_db: float


class SongEqualiser(msgspec.Struct, frozen=True, kw_only=True):
    """``moves`` are of the whole tracks; stems that keep their lows get those above them only."""

    high_pass_hz: float
    moves: tuple[Move, ...]


def shape_db(measured: Spectrum, loudness_lufs: float) -> Levels:
    """A spectrum below its loudness, to compare songs by."""
    return tuple(None if level is None else level - loudness_lufs for level in measured.level_dbfs)


def median_shape(shapes: Sequence[Levels]) -> Levels:
    """Of a set, band by band; None where no song has anything."""
    rows: list[float | None] = []
    for band in zip(*shapes, strict=True) if shapes else [()] * len(NOMINAL_HZ):
        there = [level for level in band if level is not None]
        rows.append(round(float(np.median(there)) / SPECTRUM_STEP_DB) * SPECTRUM_STEP_DB if there else None)
    return tuple(rows)


def design(settings: MasteringSettings, song: Levels, usual: Levels) -> SongEqualiser:
    """From the song's shape and the set's. Cuts only, at most MOST_CUT_DB, none of them where the song is thin."""
    profiles = [PROFILES[part] for part in settings.live]
    moves = []
    for band in BANDS:
        wanted_db = settings.eq_amount * sum(profile.cuts_db.get(band.name, 0.0) for profile in profiles)
        difference_db = _difference_db(band, song, usual)
        if wanted_db < 0:
            gain_db = min(0.0, max(-MOST_CUT_DB, wanted_db - ADAPTION * difference_db))
            moves.append(_move(band, gain_db, wanted_db, difference_db))
    return SongEqualiser(high_pass_hz=_high_pass_hz(settings), moves=_within_limits(tuple(moves)))


def stem_bands(eq: SongEqualiser, live: Sequence[LivePart], role: Role, part: Part | None) -> tuple[EqBand, ...]:
    """What a stem goes through on its way to the house."""
    if role is not Role.TRACK:
        return ()
    owner = KEEPS_LOWS.get(part) if part else None
    keeps = owner is not None and owner not in live
    cutoff_hz = RUMBLE_HZ if keeps else eq.high_pass_hz
    order = STEEP_ORDER if cutoff_hz > RUMBLE_HZ else GENTLE_ORDER
    moves = [move for move in eq.moves if not (keeps and move.band in LOW_BANDS)]
    return (EqBand(type=EqType.HIGH_PASS, frequency_hz=cutoff_hz, order=order), *_bands(moves))


def response_db(bands: Sequence[EqBand], rate_hz: int) -> tuple[float, ...]:
    """At the centres of the third octaves."""
    gains = np.abs(response(band_sections(bands, rate_hz), np.array(NOMINAL_HZ), rate_hz))
    return tuple(float(x) for x in 20.0 * np.log10(np.maximum(gains, 1e-6)))


def _high_pass_hz(settings: MasteringSettings) -> float:
    """With the amount the corner goes up from the rumble's in equal musical steps."""
    highest_hz = max((PROFILES[part].high_pass_hz for part in settings.live), default=RUMBLE_HZ)
    return round(RUMBLE_HZ * math.pow(highest_hz / RUMBLE_HZ, min(1.0, settings.eq_amount)), 1)


def _difference_db(band: Band, song: Levels, usual: Levels) -> float:
    """Mean over the third octaves of the band in which both have something."""
    found = [
        a - b
        for hz, a, b in zip(NOMINAL_HZ, song, usual, strict=True)
        if band.from_hz <= hz <= band.to_hz and a is not None and b is not None
    ]
    return float(np.mean(found)) if found else 0.0


def _move(band: Band, gain_db: float, profile_db: float, difference_db: float) -> Move:
    return Move(
        band=band.name,
        frequency_hz=band.shape.frequency_hz,
        gain_db=gain_db,
        profile_db=profile_db,
        difference_db=difference_db,
    )


def _within_limits(moves: tuple[Move, ...]) -> tuple[Move, ...]:
    """Neighbours overlap: all are scaled down where together they cut more than any one may."""
    deepest_db = min(response_db(_bands(moves), 48_000), default=0.0)
    if deepest_db >= -MOST_CUT_DB:
        return moves
    scale = MOST_CUT_DB / -deepest_db
    return tuple(msgspec.structs.replace(move, gain_db=move.gain_db * scale) for move in moves)


def _bands(moves: Sequence[Move]) -> tuple[EqBand, ...]:
    shapes = {band.name: band.shape for band in BANDS}
    return tuple(
        msgspec.structs.replace(shapes[move.band], gain_db=round(move.gain_db, 2))
        for move in moves
        if move.gain_db <= -SMALLEST_DB
    )
