"""Tonight's songs as they are to be played: file, mastering, trim and mutes, and what the transport knows of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from appliance.conductor.model import Item, Section
from appliance.errors import PreparedSongError
from appliance.kernel import band_sections
from appliance.messages import AnyCommand, SetEarsEqualised, SetGains, SetStemEq
from appliance.settings import Rig
from appliance.songs.library import fold
from appliance.songs.mastered import Mastering, plain, read_mastering
from appliance.songs.prepared import PreparedSong, read_header
from appliance.songs.routing import gain_matrix
from appliance.songs.setlist_songs import Step
from appliance.units import gain_from_db
from appliance.vocabulary import Role

Key = tuple[str, int]
"""A song's folder, and which time it is played tonight: what stays the same when the setlist is edited."""


@dataclass(frozen=True)
class Playable:
    """A prepared song and how it is mastered."""

    song: PreparedSong
    mastering: Mastering


@dataclass(frozen=True)
class Cue:
    """A song in its place in the setlist. ``playable`` is None where ``problem`` says why."""

    key: Key
    item: Item
    playable: Playable | None
    problem: str = ""
    trim_db: float = 0.0
    muted: tuple[str, ...] = ()

    def gains(self, rig: Rig, tracks: bool = True) -> bytes:
        """Rows of little-endian float32 for SetGains; without ``tracks`` only click, guide and time code are heard."""
        if self.playable is None:
            raise ValueError("a song that cannot be played has no gains")
        song = self.playable.song
        gains = gain_matrix(rig, song.metadata.stems, song.channels, self.playable.mastering.stems)
        muted = {fold(name) for name in self.muted}
        for stem in song.metadata.stems:
            factor = gain_from_db(self.trim_db) * tracks if stem.role is Role.TRACK else 1.0
            gains[list(stem.channels)] *= 0.0 if fold(stem.name) in muted else factor
        return gains.astype("<f4").tobytes()

    def routing(self, rig: Rig, slot: int) -> list[AnyCommand]:
        """What a loaded song needs before it may sound. Ids are 0, to be given by whoever sends it."""
        if self.playable is None:
            return []
        song, mastering = self.playable.song, self.playable.mastering
        commands: list[AnyCommand] = [
            SetGains(id=0, slot=slot, gains=self.gains(rig)),
            SetEarsEqualised(id=0, slot=slot, on=mastering.ears_equalised),
        ]
        for stem, mastered in zip(song.metadata.stems, mastering.stems, strict=True):
            sections = np.asarray(band_sections(mastered.eq, song.rate_hz)).astype("<f8").tobytes()
            for channel in stem.channels if sections else ():
                commands.append(SetStemEq(id=0, slot=slot, channel=channel, sections=sections))
        return commands


def make_cues(steps: Sequence[Step], numbers: Sequence[int], rate_hz: int) -> tuple[Cue, ...]:
    """The songs of a setlist, each with its number on the page. One that cannot be played says why."""
    seen: Counter[str] = Counter()
    cues = []
    for step, number in zip(steps, numbers, strict=True):
        seen[step.song.slug] += 1
        cues.append(_make_cue(step, number, (step.song.slug, seen[step.song.slug]), rate_hz))
    return tuple(cues)


def _make_cue(step: Step, number: int, key: Key, rate_hz: int) -> Cue:
    path, title = step.song.prepared(rate_hz), step.song.song.title
    try:
        song = read_header(path)
    except PreparedSongError as error:
        sentence = error.sentence if path.exists() else f"It is not prepared for {rate_hz} Hz. Import or play it once."
        return Cue(key, Item(number, title, 0, 1), None, f"{title}: {sentence}")
    mastering = read_mastering(song) or plain(song)

    def frames(seconds: float) -> int:
        return round(seconds * rate_hz)

    item = Item(
        number=number,
        title=title,
        first_frame=mastering.start_frame,
        end_frame=mastering.end_frame,
        fade_in=mastering.fade_in_frames,
        fade_out=mastering.fade_out_frames,
        sections=tuple(Section(each.name, each.start_frame) for each in song.metadata.sections),
        end=step.end,
        gap=frames(step.gap_s),
        crossfade=frames(step.crossfade_s),
    )
    return Cue(key, item, Playable(song, mastering), "", step.entry.trim_db, step.entry.muted)
