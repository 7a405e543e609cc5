"""One song mastered: equaliser, level, ears, guards and edges, each decided and then measured through the kernel."""

import hashlib
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

import msgspec

from appliance.mastering import findings
from appliance.mastering.ears import EarsLevels, ears_levels, guards_dbfs
from appliance.mastering.edges import Region, region
from appliance.mastering.equaliser import SongEqualiser, design, shape_db, stem_bands
from appliance.mastering.facts import SongFacts
from appliance.mastering.levels import HouseLevel, find_level, matched_lufs, measure_house
from appliance.mastering.picture import draw
from appliance.mastering.plan import SongPlan
from appliance.mastering.result import Finding, Heard, SongResult, StemResult, warning
from appliance.mastering.stem_findings import click_findings, stem_findings
from appliance.measurement.buses import BusPass, Progress, measure_buses
from appliance.settings import MasteringSettings, Rig
from appliance.songs.mastered import MasteredStem, Mastering, read_mastered, write_mastered
from appliance.songs.prepared import PreparedSong
from appliance.vocabulary import Role

VERSION = 1
"""Raised when a decision would come out otherwise."""

DECIDED = 0.6
"""The part of the work after which everything is decided and only measured."""


@dataclass(frozen=True, kw_only=True)
class SongTask:
    """All that mastering one song needs to know."""

    rig: Rig
    settings: MasteringSettings
    song: PreparedSong
    facts: SongFacts
    plan: SongPlan
    offset_lu: float

    @property
    def recipe(self) -> str:
        """A digest of everything that the decisions depend on."""
        rig = [self.rig.rate_hz, self.rig.lookahead_ms, self.rig.buses]
        content = [VERSION, rig, self.settings, self.facts.key, self.plan, self.offset_lu]
        return hashlib.sha256(msgspec.json.encode(content)).hexdigest()


def known_result(task: SongTask) -> SongResult | None:
    """What was found before, where nothing has changed since."""
    found = read_mastered(task.song)
    if found is None or found.recipe != task.recipe:
        return None
    try:
        return msgspec.json.decode(found.result, type=SongResult)
    except msgspec.MsgspecError:
        return None


def master_song(task: SongTask, progress: Progress = lambda _: None) -> SongResult:
    """Decide, measure, and write both beside the song. Raises PreparedSongError, StorageError."""
    known = known_result(task)
    if known is not None:
        progress(1.0)
        return known
    decided = _decide(task, lambda done: progress(DECIDED * done))
    after = measure_buses(task.rig, task.song, decided.mastering, lambda done: progress(DECIDED + (1 - DECIDED) * done))
    result = _result(task, decided, after)
    write_mastered(task.song, task.recipe, decided.mastering, result)
    progress(1.0)
    return result


class _Decided(NamedTuple):
    mastering: Mastering
    level: HouseLevel | None
    equaliser: SongEqualiser
    ears: EarsLevels
    region: Region


def _decide(task: SongTask, progress: Progress) -> _Decided:
    facts, settings, song = task.facts, task.settings, task.song
    heard_lufs = matched_lufs(facts.house.loudness, settings.match) if facts.house else None
    shape = shape_db(facts.house.spectrum, heard_lufs) if facts.house and heard_lufs is not None else task.plan.usual
    equaliser = design(settings, shape, task.plan.usual)
    ears = ears_levels(facts.ears, settings)
    played = region(facts.sounding, song.frames, song.rate_hz, settings.lead_in_s, settings.tail_s)
    still = Mastering(
        stems=tuple(
            MasteredStem(
                ears_gain_db=round(ears.gain_db(stem.role), 3),
                eq=stem_bands(equaliser, settings.live, stem.role, stem.part),
            )
            for stem in song.metadata.stems
        ),
        ears_equalised=settings.eq_ears,
        start_frame=played.start,
        end_frame=played.end,
        fade_in_frames=played.fade_in,
        fade_out_frames=played.fade_out,
    )
    level = None
    if heard_lufs is not None and task.plan.lufs is not None:
        passes = 0

        def attempt(gain_db: float) -> HouseLevel:
            nonlocal passes
            passes += 1
            progress(1.0 - 1.0 / (passes + 1))
            return measure_house(task.rig, song, still, settings.match, gain_db)

        level = find_level(attempt, settings, task.plan.lufs, task.plan.lufs - heard_lufs)
    loud = _louder(still, song, level.gain_db if level else 0.0)
    guarded = msgspec.structs.replace(loud, guards_dbfs=guards_dbfs(task.rig, song, loud))
    return _Decided(guarded, level, equaliser, ears, played)


def _louder(mastering: Mastering, song: PreparedSong, gain_db: float) -> Mastering:
    """One gain for all tracks of the house, so that their balance stays."""
    stems = tuple(
        msgspec.structs.replace(one, house_gain_db=gain_db if stem.role is Role.TRACK else 0.0)
        for one, stem in zip(mastering.stems, song.metadata.stems, strict=True)
    )
    return msgspec.structs.replace(mastering, stems=stems)


def _result(task: SongTask, decided: _Decided, after: BusPass) -> SongResult:
    facts, settings, song, level = task.facts, task.settings, task.song, decided.level
    told = [
        *chain.from_iterable(stem_findings(stem) for stem in facts.stems),
        *click_findings(facts.leaks, facts.drift),
        *_house_findings(task, level),
        *findings.ears_findings(after.buses),
        *findings.equaliser_findings(decided.equaliser, settings),
        *findings.edge_findings(decided.region, song.frames, song.rate_hz),
    ]
    return SongResult(
        title=song.metadata.title,
        duration_s=song.duration_s,
        rate_hz=song.rate_hz,
        target_lufs=task.plan.lufs,
        reached_lufs=level.lufs if level else None,
        gain_db=level.gain_db if level else 0.0,
        offset_lu=task.offset_lu,
        limited=bool(level and task.plan.lufs is not None and task.plan.lufs - level.lufs > findings.PROMISED_LU),
        sparse=task.plan.sparse,
        filled=task.plan.filled,
        before=Heard(house=facts.house, buses=facts.buses),
        after=Heard(house=after.house, buses=after.buses),
        equaliser=decided.equaliser,
        usual_db=task.plan.usual,
        stems=tuple(
            StemResult(name=stem.name, role=stem.role, part=stem.part, eq=one.eq)
            for stem, one in zip(song.metadata.stems, decided.mastering.stems, strict=True)
        ),
        ears=decided.ears,
        guards_dbfs=decided.mastering.guards_dbfs,
        picture_before=facts.picture,
        picture_after=draw(after),
        findings=findings.ordered(told),
    )


def _house_findings(task: SongTask, level: HouseLevel | None) -> list[Finding]:
    house = task.facts.house
    if level is None or house is None:
        return [warning("House", "There is nothing in it for the audience.")]
    return [
        *findings.level_findings(task.settings, task.plan, level, task.offset_lu),
        *findings.house_findings(house, level.gain_db),
    ]
