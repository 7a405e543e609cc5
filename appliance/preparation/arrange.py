"""From files to stems: each gets a role and the reason for it.

A name that says click, guide, time code or an instrument is believed. A name that says nothing, or only "track", is
compared with what the file sounds like: a click must not reach the audience because somebody called it "Track 2".
"""

from dataclasses import dataclass

import numpy as np

from appliance.errors import SourceError
from appliance.preparation.content import Content, Heard, could_be_voice, listen
from appliance.preparation.grouping import DeliveredFile, Delivery
from appliance.preparation.measure import FileFacts
from appliance.preparation.mixes import Candidate, Verdict, judge
from appliance.preparation.report import Finding, info, warning
from appliance.preparation.sides import side_pairs
from appliance.songs.model import MAX_CHANNELS, Part, Role, Side, Song, Stem

ROLE_OF = {
    Content.CLICK: Role.CLICK,
    Content.VOICE: Role.GUIDE,
    Content.TIMECODE: Role.TIMECODE,
    Content.MUSIC: Role.TRACK,
}
PAIR_LIKENESS = 0.2
"""Two neighbouring channels that correlate more than that, in phase or against it, are two sides of one signal."""
APART_LIKENESS = 0.05
"""Two sides of a stereo file that correlate less than that have nothing to do with each other."""
SHORTER_S = 0.5
"""Stems that end that much before the others are mentioned; less is how exports differ."""


@dataclass(frozen=True)
class Analysed:
    """A delivered file and what was measured of it."""

    file: DeliveredFile
    facts: FileFacts


def arrange(delivery: Delivery, files: list[Analysed]) -> tuple[Song, list[Finding]]:
    """The song with a role for each stem. Raises SourceError when nothing of it can be played."""
    findings: list[Finding] = []
    stems: list[Stem] = []
    if all(channel.silent for each in files for channel in each.facts.channels):
        raise SourceError("All of it is silence; there is nothing to play.", delivery.label)
    for each in files:
        stems += _stems_of(each, findings)
    _set_sides(files, stems)
    stems = _without_mixes(files, stems, findings)
    total = sum(len(stem.channels) for stem in stems)
    if total > MAX_CHANNELS:
        raise SourceError(f"It has {total} channels; a song may have {MAX_CHANNELS}.", delivery.label)
    if not any(stem.role is Role.TRACK for stem in stems):
        findings.append(warning(delivery.label, "There is no track in it: the audience will hear nothing."))
    _mention_lengths(files, findings)
    return Song(title=delivery.title, order=delivery.order, stems=_named_apart(stems)), findings


def _stems_of(each: Analysed, findings: list[Finding]) -> list[Stem]:
    file, facts = each.file, each.facts
    heard = [listen(channel, facts.info.rate_hz) for channel in facts.channels]
    audible = [number for number, one in enumerate(heard) if one.content is not Content.SILENCE]
    if not audible:
        findings.append(warning(file.label, "It is silent from beginning to end and is left out."))
        return []
    said = file.said
    if said and (said.role is not Role.TRACK or said.part not in (Part.MIX, None)):
        _mention_doubt(file, heard, findings)
        reason = f'its name says "{said.word}"'
        if len(heard) <= 2:
            return [_stem(each, said.role, tuple(range(1, len(heard) + 1)), reason)]
        heard = [one if n not in audible else Heard(Content.MUSIC, reason) for n, one in enumerate(heard)]
        return [_stem(each, said.role, channels, reason) for channels in _paired(heard, facts.likeness)]
    if len(heard) == 1 or (len(heard) == 2 and not _apart(heard, facts)):
        return [_whole(each, [heard[number] for number in audible], audible, findings)]
    return _split(each, heard, findings)


def _whole(each: Analysed, heard: list[Heard], audible: list[int], findings: list[Finding]) -> Stem:
    """A file that is one stem, of which the name says no more than "track"."""
    one = (
        heard[0]
        if all(other.content is heard[0].content for other in heard)
        else Heard(Content.MUSIC, "it sounds like music")
    )
    said = each.file.said
    channels = tuple(number + 1 for number in audible)
    if len(channels) < len(each.facts.channels):
        findings.append(
            info(
                each.file.label,
                f"Only its {'left' if channels[0] == 1 else 'right'} side is heard; it is used as mono.",
            )
        )
    if said and one.content in (Content.MUSIC, Content.VOICE):  # a sparse voice called "track" may well be sung
        return _stem(each, Role.TRACK, channels, f'its name says "{said.word}"')
    role = ROLE_OF[one.content]
    if said:
        reason = f'its name says "{said.word}", but {one.because}'
    else:
        reason = (
            f"its name says nothing; {one.because}"
            if each.file.part_name
            else f"it bears the song's title; {one.because}"
        )
    if role is not Role.TRACK:
        findings.append(info(each.file.label, f"Taken as {role}: {reason}."))
    return _stem(each, role, channels, reason)


def _apart(heard: list[Heard], facts: FileFacts) -> bool:
    """Whether the two sides of a stereo file are different things."""
    left, right = (one.content for one in heard)
    if left is right or Content.SILENCE in (left, right):
        return False
    if Content.CLICK in (left, right) or Content.TIMECODE in (left, right):
        return True
    return abs(facts.likeness[0]) < APART_LIKENESS


def _beside_click(heard: list[Heard], facts: FileFacts) -> list[Heard]:
    """A channel beside the click that holds a few phrases, and is no one's other side, is a guide.

    A robot's or whistled guide does not sound like a voice. Taking an effect for a guide costs the audience an effect;
    the other mistake lets it hear the guide.
    """
    judged = list(heard)
    for number, one in enumerate(heard):
        around = [n for n in (number - 1, number + 1) if 0 <= n < len(heard)]
        alone = all(abs(facts.likeness[min(n, number)]) < APART_LIKENESS for n in around)
        click = any(heard[n].content is Content.CLICK for n in around)
        if one.content is Content.MUSIC and click and alone and could_be_voice(facts.channels[number]):
            judged[number] = Heard(Content.VOICE, "a few short phrases with silence in between, beside the click")
    return judged


def _split(each: Analysed, heard: list[Heard], findings: list[Finding]) -> list[Stem]:
    stems = []
    stereo = len(heard) == 2
    heard = heard if stereo else _beside_click(heard, each.facts)
    for channels in _paired(heard, each.facts.likeness):
        one = heard[channels[0] - 1]
        place = ("left" if channels[0] == 1 else "right") if stereo else _numbers(channels)
        reason = f"{place}: {one.because}"
        stem = _stem(each, ROLE_OF[one.content], channels, reason)
        if stem.role is not Role.TRACK:
            stem.name = stem.role.capitalize()
        elif not stereo:
            stem.name = f"{each.file.part_name or ('Channels' if len(channels) > 1 else 'Channel')} {place}"
        stems.append(stem)
    silent = [number + 1 for number, one in enumerate(heard) if one.content is Content.SILENCE]
    if silent:
        findings.append(warning(each.file.label, f"Channel {', '.join(map(str, silent))} is silent and is left out."))
    told = ", ".join(f"{_numbers(stem.channels)} {stem.role}" for stem in stems)
    findings.append(info(each.file.label, f"It holds several things; by their sound: {told}."))
    return stems


def _numbers(channels: tuple[int, ...]) -> str:
    return "-".join(map(str, channels))


def _paired(heard: list[Heard], likeness: list[float]) -> list[tuple[int, ...]]:
    """Channels (from 1) that belong together: music on 1-2, 3-4 ... that is alike; every other channel alone."""
    result: list[tuple[int, ...]] = []
    number = 0
    while number < len(heard):
        both = heard[number : number + 2]
        music = len(both) == 2 and all(one.content is Content.MUSIC for one in both)
        if music and number % 2 == 0 and abs(likeness[number]) > PAIR_LIKENESS:
            result.append((number + 1, number + 2))
            number += 2
            continue
        if heard[number].content is not Content.SILENCE:
            result.append((number + 1,))
        number += 1
    return result


def _stem(each: Analysed, role: Role, channels: tuple[int, ...], reason: str) -> Stem:
    said = each.file.said
    return Stem(
        name=each.file.part_name or (role.capitalize() if role is not Role.TRACK else "Track"),
        role=role,
        file=each.file.kept_as,
        channels=channels,
        part=said.part if said and role is Role.TRACK else None,
        reason=reason,
    )


def _set_sides(files: list[Analysed], stems: list[Stem]) -> None:
    """Two mono files that are left and right of one sound are heard so, and not both in the middle."""
    for pair in side_pairs([each.file.kept_as for each in files]):
        pair_files = files[pair.left], files[pair.right]
        both = [stem for each in pair_files for stem in stems if stem.file == each.file.kept_as]
        if any(len(each.facts.channels) != 1 for each in pair_files) or len(both) != 2:
            continue
        left, right = both
        if (left.role, left.part) != (right.role, right.part):
            continue
        same_name = left.name == right.name
        for stem, side, other in ((left, Side.LEFT, right), (right, Side.RIGHT, left)):
            stem.side = side
            stem.name = f"{stem.name} {side}" if same_name else stem.name
            stem.reason = f'{stem.reason}; the {side} of two sides, "{other.file}" is the other'


def _without_mixes(files: list[Analysed], stems: list[Stem], findings: list[Finding]) -> list[Stem]:
    """A mix beside its stems would sound with them, so it is left out; its file is kept."""
    by_name = {each.file.kept_as: each for each in files}
    tracks = [[stem] for stem in stems if stem.role is Role.TRACK and stem.side is None]
    for pair in side_pairs([each.file.kept_as for each in files]):
        names = files[pair.left].file.kept_as, files[pair.right].file.kept_as
        sides = [stem for stem in stems if stem.file in names and stem.role is Role.TRACK and stem.side]
        tracks += [sides] if sides else []
    verdicts = judge([_candidate(track, by_name) for track in tracks])
    left_out = set()
    for track, verdict in zip(tracks, verdicts, strict=True):
        first = by_name[track[0].file].file.label
        also = f' and "{track[1].file}" are' if len(track) > 1 else " is"
        if verdict is Verdict.MIX:
            left_out |= {id(stem) for stem in track}
            sentence = f"It{also} a mix of the other tracks and left out, else all would be heard twice."
            findings.append(warning(first, f"{sentence} To have it, add a stem to song.toml."))
        elif verdict is Verdict.OVERLAPS:
            sentence = f"It{also} largely a mix of the other tracks: what is in both is heard twice."
            findings.append(warning(first, f"{sentence} Take one or the other out of song.toml."))
    return [stem for stem in stems if id(stem) not in left_out]


def _candidate(track: list[Stem], by_name: dict[str, Analysed]) -> Candidate:
    file = by_name[track[0].file].file
    channels = [by_name[stem.file].facts.channels[number - 1] for stem in track for number in stem.channels]
    sketches = [channel.sketch.astype(np.float64) for channel in channels]
    mono = np.zeros(max(map(len, sketches)))
    for sketch in sketches:
        mono[: len(sketch)] += sketch / len(sketches)
    named = file.said.part is Part.MIX if file.said else not file.part_name
    return Candidate(mono, named and len(by_name[track[0].file].facts.channels) <= 2)


def _mention_doubt(file: DeliveredFile, heard: list[Heard], findings: list[Finding]) -> None:
    """The name decides; where the sound says otherwise, a person should look."""
    said = file.said
    sounds = {one.content for one in heard} - {Content.SILENCE}
    if said and said.role is Role.TRACK and sounds <= {Content.CLICK, Content.TIMECODE}:
        sentence = f'It sounds like a {min(sounds)}, but its name says "{said.word}": the audience will hear it.'
        findings.append(warning(file.label, sentence))
    elif said and said.role is Role.CLICK and Content.CLICK not in sounds:
        findings.append(
            info(file.label, "Its name says click, though it does not sound like equal clicks; it stays a click.")
        )


def _mention_lengths(files: list[Analysed], findings: list[Finding]) -> None:
    longest = max(each.facts.duration_s for each in files)
    for each in files:
        missing_s = longest - each.facts.duration_s
        if missing_s > SHORTER_S:
            findings.append(
                info(each.file.label, f"It ends {missing_s:.1f} s before the longest stem; silence follows it.")
            )


def _named_apart(stems: list[Stem]) -> list[Stem]:
    """Give stems of the same name a number."""
    seen: dict[str, int] = {}
    for stem in stems:
        seen[stem.name] = seen.get(stem.name, 0) + 1
        if seen[stem.name] > 1:
            stem.name = f"{stem.name} {seen[stem.name]}"
    return stems
