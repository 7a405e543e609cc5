"""What is wrong with stems as they were delivered, one sentence each."""

from collections.abc import Iterator, Sequence

from appliance.mastering.click_drift import REPORT_MS, ClickDrift
from appliance.mastering.click_leak import HOUSE, ClickLeak
from appliance.mastering.result import Finding, warning
from appliance.mastering.stems import StemFacts
from appliance.units import clock
from appliance.vocabulary import Role

DC_DBFS = -50.0
INVERTED = -0.5


def stem_findings(stem: StemFacts) -> Iterator[Finding]:
    """DC, clipping, an inverted side, bursts."""
    levels, image = stem.levels, stem.stereo
    if levels.dc_dbfs is not None and levels.dc_dbfs > DC_DBFS:
        sentence = f"It has a DC offset of {levels.dc_dbfs:.0f} dBFS, which thumps at start and stop."
        tamed = " The high-pass takes it out of the house." if stem.role is Role.TRACK else ""
        yield warning(stem.name, sentence + tamed)
    if levels.clipped_runs:
        at = "" if levels.first_clipped_s is None else f", first at {clock(levels.first_clipped_s)}"
        times = "once" if levels.clipped_runs == 1 else f"{levels.clipped_runs} times"
        yield warning(stem.name, f"It is clipped {times}{at}. Ask for a file that is not.")
    if image and image.correlation is not None and image.correlation < INVERTED:
        sentence = f"One side is inverted (correlation {image.correlation:.2f}): in mono most of it vanishes."
        yield warning(stem.name, sentence)
    for spike in stem.spikes:
        sentence = f"At {clock(spike.at_s)} it bursts {spike.over_db:.0f} dB above its loudest ordinary second."
        tamed = " In-ears are guarded against it." if stem.role is not Role.TIMECODE else ""
        yield warning(stem.name, sentence + tamed)


def click_findings(leaks: Sequence[ClickLeak], drift: ClickDrift | None) -> Iterator[Finding]:
    """Click where the audience hears it, and click that parts from the music."""
    for leak in leaks:
        where = f"{-leak.level_db:.0f} dB below the click, clearest at {clock(leak.at_s)}"
        if leak.stem == HOUSE:
            yield warning("House", f"The audience hears the click: it has leaked into the tracks, {where}.")
        else:
            yield warning(leak.stem, f"The click has leaked into it, {where}.")
    if drift is None:
        return
    if abs(drift.drift_ms) > REPORT_MS:
        side = "behind" if drift.drift_ms > 0 else "ahead of"
        tempo = f"click {drift.click_bpm:.2f}, tracks {drift.tracks_bpm:.2f} beats a minute"
        yield warning("Click", f"By the end the tracks are {abs(drift.drift_ms):.0f} ms {side} the click ({tempo}).")
    elif abs(drift.worst_ms) > REPORT_MS:
        apart = f"{abs(drift.worst_ms):.0f} ms"
        yield warning("Click", f"At {clock(drift.at_s)} tracks and click have moved {apart} against each other.")
