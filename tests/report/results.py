"""Results of mastering made of numbers: no audio is needed to see what a report makes of them."""

import math
from collections.abc import Sequence

from msgspec.structs import replace

from appliance.mastering.ears import EarsLevels
from appliance.mastering.equaliser import Move, SongEqualiser, stem_bands
from appliance.mastering.picture import POINTS, Picture
from appliance.mastering.result import Finding, Heard, SongResult, StemResult, done, warning
from appliance.measurement import BusMeasurement, Levels, LimiterWork, Loudness, Measurement, Spectrum, Stereo
from appliance.measurement.spectrum import NOMINAL_HZ
from appliance.report import MasteredSet
from appliance.settings import BusKind, LivePart, MasteringSettings, Rig, preset
from appliance.vocabulary import Part, Role

LIVE = (LivePart.BASS, LivePart.VOCALS)
EQUALISER = SongEqualiser(
    high_pass_hz=80.0,
    moves=(
        Move(band="lows", frequency_hz=110.0, gain_db=-2.25, profile_db=-3.0, difference_db=-1.5),
        Move(band="presence", frequency_hz=3000.0, gain_db=-3.0, profile_db=-3.0, difference_db=0.0),
    ),
)
HOSTILE = "<script>alert('Ä&Ö')</script> \"]]>\x07"
LONG = ("Übergänge und andere Lieder mit sehr langem Namen " * 4).strip()


def measurement(lufs: float | None, peak_dbtp: float | None = -2.0) -> Measurement:
    """A house so loud; None is silence."""
    there = lufs is not None
    level = lufs if there else 0.0
    spectrum = tuple(level - 12.0 - abs(math.log2(hz / 200.0)) * 4.0 if there else None for hz in NOMINAL_HZ)
    return Measurement(
        loudness=Loudness(
            integrated_lufs=level - 1.25 if there else None,
            s95_lufs=lufs,
            range_lu=6.5 if there else None,
            max_short_term_lufs=level + 0.75 if there else None,
            max_momentary_lufs=level + 2.5 if there else None,
        ),
        levels=Levels(
            sample_peak_dbfs=peak_dbtp if there else None,
            true_peak_dbtp=peak_dbtp if there else None,
            plr_db=peak_dbtp - level + 1.25 if there and peak_dbtp is not None else None,
            psr_db=9.5 if there else None,
            dc_dbfs=None,
            clipped_runs=0,
            first_clipped_s=None,
            noise_floor_dbfs=-61.5 if there else None,
            silence_start_s=0.0,
            silence_end_s=0.0,
        ),
        stereo=Stereo(correlation=0.64, lowest_correlation=0.1, mono_loss_db=0.85) if there else None,
        spectrum=Spectrum(centre_hz=NOMINAL_HZ, level_dbfs=spectrum),
    )


def work(max_db: float, mean_db: float = 0.0) -> LimiterWork:
    at_s = 83.0 if max_db else None
    return LimiterWork(
        max_reduction_db=max_db, max_reduction_at_s=at_s, mean_reduction_db=mean_db, working_percent=mean_db
    )


def heard(house: Measurement | None, limiter: LimiterWork) -> Heard:
    """On a house bus, and on one for the ears whose limiter is no business of the house."""
    ears = BusMeasurement(name="Ears", kind=BusKind.EARS, measured=measurement(-30.0), limiter=work(9.0, 2.0))
    if house is None:
        return Heard(house=None, buses=(ears,))
    return Heard(
        house=house, buses=(BusMeasurement(name="FOH", kind=BusKind.HOUSE, measured=house, limiter=limiter), ears)
    )


def picture(level: float, duration_s: float, taken_db: float = 0.0) -> Picture:
    points = max(1, min(POINTS, round(100 * duration_s)))
    peaks = tuple(round(level * (0.6 + 0.4 * math.sin(n / 9.0)), 4) for n in range(points))
    taken = tuple(taken_db if n % 50 == 7 else 0.0 for n in range(points))
    return Picture(step_s=duration_s / points, peaks=peaks, reduction_db=taken)


def result(
    title: str = "Night Drive",
    before: float | None = -22.5,
    after: float | None = -18.0,
    *,
    target: float | None = -18.0,
    duration_s: float = 200.0,
    offset_lu: float = 0.0,
    limited: bool = False,
    sparse: bool = False,
    limiter: tuple[float, float] = (1.5, 0.04),
    findings: Sequence[Finding] = (),
    house: bool = True,
    usual_db: tuple[float | None, ...] | None = None,
) -> SongResult:
    """A song as mastering tells of it; ``before`` and ``after`` are what is matched."""
    sounds = after is not None and math.isfinite(after)
    moved = after - before if before is not None and sounds else 0.0
    said = done("House", f"All tracks are turned up {moved:.1f} dB, to {after} LUFS.")
    usual = tuple(-12.0 - abs(math.log2(hz / 250.0)) * 4.0 for hz in NOMINAL_HZ) if usual_db is None else usual_db
    stems = (("Drums", Part.DRUMS), ("Keys", Part.KEYS))
    loud = 0.0 if after is None else 10 ** (after / 20) * 4
    return SongResult(
        title=title,
        duration_s=duration_s,
        rate_hz=48_000,
        target_lufs=target,
        reached_lufs=after,
        gain_db=moved,
        offset_lu=offset_lu,
        limited=limited,
        sparse=sparse,
        filled=0.97,
        before=heard(measurement(before) if house else None, work(0.0)),
        after=heard(measurement(after if sounds else None, -1.0) if house else None, work(*limiter)),
        equaliser=EQUALISER,
        usual_db=usual,
        stems=tuple(
            StemResult(name=name, role=Role.TRACK, part=part, eq=stem_bands(EQUALISER, LIVE, Role.TRACK, part))
            for name, part in stems
        ),
        ears=EarsLevels(tracks_db=-4.25, click_db=-8.5, guide_db=3.0),
        guards_dbfs={"Ears": -9.75},
        picture_before=picture(loud * 0.6, duration_s),
        picture_after=picture(loud, duration_s, limiter[0]),
        findings=(*findings, said),
    )


def edge_cases() -> tuple[SongResult, ...]:
    """Everything that is unlike an ordinary song."""
    nothing = Picture(step_s=1.0, peaks=(), reduction_db=())
    clipped = warning("Lead <b>", "It is clipped 3 times, first at 0:12. Ask for a file that is not.")
    no_house = result("No house", None, None, target=None, house=False, limiter=(0.0, 0.0))
    short = result("Two seconds", -20.0, -18.0, duration_s=2.0)
    unread = Loudness(
        integrated_lufs=-18.0, s95_lufs=None, range_lu=None, max_short_term_lufs=None, max_momentary_lufs=-17.0
    )
    return (
        result(HOSTILE, -9.5, -18.0, findings=(clipped,)),
        result(LONG, -33.0, -19.4, limited=True, limiter=(3.0, 0.45), findings=(warning("House", "It stays below."),)),
        replace(no_house, picture_before=nothing, picture_after=nothing, usual_db=()),
        result("Silence", None, None, target=None, limiter=(0.0, 0.0), findings=(warning("House", "Nothing."),)),
        replace(short, after=heard(replace(short.after.house, loudness=unread), work(0.5))),
        result("Meant to be loud", -20.0, -16.5, target=-16.5, offset_lu=1.5),
        result("Pad and shaker", -30.0, -21.0, target=-21.0, sparse=True),
        result("Never reached", -60.0, -math.inf, limiter=(0.0, 0.0)),
        result("Three hours", -20.0, -18.0, duration_s=10_800.0),
    )


def mastered(
    *results: SongResult, failed: tuple[str, ...] = (), rig: Rig | None = None, **settings: object
) -> MasteredSet:
    said = MasteringSettings(**{"live": LIVE, **settings})
    return MasteredSet(
        name="Friday", date="22 November 2026", rig=rig or preset(8), settings=said, results=results, failed=failed
    )
