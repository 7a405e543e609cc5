"""From a song folder to its prepared song, and whether the one that is there still says what song.toml says."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from appliance.errors import PreparedSongError, SettingsError, SourceError
from appliance.preparation.decode import decode
from appliance.preparation.probe import AudioInfo, probe
from appliance.preparation.render import DAMAGED_DB, Lane, TooLoud, fitting_scale, render
from appliance.preparation.report import Finding, warning
from appliance.preparation.resample import resampled_frames
from appliance.songs.identity import ORIGINALS, read_digests
from appliance.songs.library import prepared_path
from appliance.songs.locking import locked
from appliance.songs.model import Song, Stem
from appliance.songs.prepared import Metadata, PreparedSection, PreparedSong, PreparedStem, Source, read_header
from appliance.songs.prepared_writer import write_prepared
from appliance.songs.songfile import SONG_FILE, read_song
from appliance.storage import PARTIAL_SUFFIX, storage_errors
from appliance.units import SUPPORTED_RATES_HZ, db_from_gain, frames_from_seconds

Advanced = Callable[[float], None]
"""Hears how much is done, from 0 to 1."""


MADE_AS = 2
"""Raised when the same original and song.toml would give other audio; songs are then prepared anew."""


@dataclass(frozen=True)
class Prepared:
    """The result: the file, and what to tell about it."""

    song: PreparedSong
    findings: list[Finding]


def recipe_of(song: Song) -> str:
    """A digest of everything in song.toml that the prepared song depends on: all but reasons, order and loudness."""
    relevant = {"made_as": MADE_AS, **msgspec.to_builtins(song)}
    relevant.pop("order", None)
    relevant.pop("offset_lu", None)
    for stem in relevant["stems"]:
        stem.pop("reason", None)
    return hashlib.sha256(msgspec.json.encode(relevant, order="sorted")).hexdigest()


def is_current(folder: Path, rate_hz: int) -> bool:
    """Whether the prepared song of that rate is there and made from these originals and this song.toml.

    Cheap: it reads the header and two small files, and no audio. Raises SettingsError or LibraryError where the song
    itself cannot be read.
    """
    song = read_song(folder / SONG_FILE)
    try:
        header = read_header(prepared_path(folder, rate_hz))
    except PreparedSongError:
        return False
    metadata = header.metadata
    return (
        header.rate_hz == rate_hz
        and metadata.recipe == recipe_of(song)
        and sorted(metadata.sources, key=_by_name) == sorted(read_digests(folder), key=_by_name)
    )


def _by_name(source: Source) -> tuple[str, str]:
    return source.file, source.sha256


def prepare_song(folder: Path, rate_hz: int, advanced: Advanced = lambda _: None) -> Prepared:
    """Make the prepared song of that rate anew. Safe beside another process that does the same, and to interrupt.

    Raises SettingsError (song.toml), SourceError (an original is damaged or missing), StorageError.
    """
    if rate_hz not in SUPPORTED_RATES_HZ:
        rates = ", ".join(map(str, SUPPORTED_RATES_HZ))
        raise SettingsError(f"{rate_hz} Hz is not a rate that songs are played at; there are {rates}.", "rate_hz")
    target = prepared_path(folder, rate_hz)
    with storage_errors(folder), locked(folder):
        for rubbish in folder.glob(f"prepared-*{PARTIAL_SUFFIX}"):
            rubbish.unlink(missing_ok=True)
        song = read_song(folder / SONG_FILE)
        sources = read_digests(folder)
        plan = _Plan(folder, song, rate_hz)
        findings = _write(target, song, sources, plan, advanced)
    return Prepared(read_header(target), findings)


def _write(target: Path, song: Song, sources: list[Source], plan: "_Plan", advanced: Advanced) -> list[Finding]:
    done = 0
    passes = 1

    def count(frames: int) -> None:
        nonlocal done
        done += frames
        advanced(min(1.0, done / (passes * plan.frames)))

    while True:
        metadata = plan.metadata(song, sources)
        blocks = render(plan.lanes, plan.channels, plan.frames, plan.rate_hz, count)
        try:
            write_prepared(target, plan.rate_hz, plan.frames, metadata, blocks)
        except TooLoud:
            passes += 1
            plan.scale_down()
        else:
            return plan.findings


class _Plan:
    """Which channel of which file goes where, and how much each stem is scaled."""

    def __init__(self, folder: Path, song: Song, rate_hz: int) -> None:
        self.rate_hz = rate_hz
        self.song = song
        self.findings: list[Finding] = []
        self.compensation_db = [0.0] * len(song.stems)
        self.places: list[list[int]] = []
        lanes: dict[str, Lane] = {}
        self.channels = 0
        for number, stem in enumerate(song.stems):
            lane = lanes.get(stem.file)
            if lane is None:
                info = _probe(folder, stem, number)
                frames = resampled_frames(_length(info), info.rate_hz, rate_hz)
                lane = lanes[stem.file] = Lane(info, frames, [])
            places = list(range(self.channels, self.channels + len(stem.channels)))
            for source, place in zip(stem.channels, places, strict=True):
                if source > lane.info.channels:
                    sentence = f"There is no channel {source}; the file has {lane.info.channels}."
                    raise SettingsError(sentence, f"{folder / SONG_FILE}: stems[{number}].channels")
                lane.wanted.append((source, place, 1.0))
            self.places.append(places)
            self.channels += len(places)
        self.lanes = list(lanes.values())
        self.frames = max(lane.frames for lane in self.lanes)
        self._check_sections(folder)

    def _check_sections(self, folder: Path) -> None:
        for number, section in enumerate(self.song.sections):
            if frames_from_seconds(section.start_s, self.rate_hz) >= self.frames:
                key = f"{folder / SONG_FILE}: sections[{number}].start_s"
                raise SettingsError(f"The song ends at {self.frames / self.rate_hz:.2f} s, before this section.", key)

    def metadata(self, song: Song, sources: list[Source]) -> Metadata:
        return Metadata(
            title=song.title,
            artist=song.artist,
            stems=[
                PreparedStem(
                    name=stem.name,
                    role=stem.role,
                    part=stem.part,
                    side=stem.side,
                    channels=places,
                    gain_db=stem.gain_db + more_db,
                )
                for stem, places, more_db in zip(song.stems, self.places, self.compensation_db, strict=True)
            ],
            sections=[
                PreparedSection(name=section.name, start_frame=frames_from_seconds(section.start_s, self.rate_hz))
                for section in song.sections
            ],
            sources=sources,
            recipe=recipe_of(song),
        )

    def scale_down(self) -> None:
        """Set each stem's scale from the peaks of a pass; both sides of a stereo stem alike."""
        peaks = {place: peak for lane in self.lanes for place, peak in lane.peaks.items()}
        scales: dict[int, float] = {}
        for number, (stem, places) in enumerate(zip(self.song.stems, self.places, strict=True)):
            peak = max(peaks[place] for place in places)
            scale, self.compensation_db[number] = fitting_scale(peak)
            scales |= dict.fromkeys(places, scale)
            if peak > 1.0:
                self.findings.append(_level_finding(stem, peak))
        for lane in self.lanes:
            lane.wanted = [(source, place, scales[place]) for source, place, _ in lane.wanted]
            lane.peaks.clear()


def _level_finding(stem: Stem, peak: float) -> Finding:
    over_db = db_from_gain(peak)
    if over_db > DAMAGED_DB:
        sentence = f"It is {over_db:.1f} dB beyond full scale, which cannot be meant; its peak is now at full scale."
    else:
        sentence = f"It goes {over_db:.1f} dB beyond full scale; nothing is cut off, but look at its level."
    return warning(stem.file, sentence)


def _probe(folder: Path, stem: Stem, number: int) -> AudioInfo:
    path = folder / ORIGINALS / stem.file
    if not path.is_file():
        raise SettingsError(f'There is no original "{stem.file}".', f"{folder / SONG_FILE}: stems[{number}].file")
    return probe(path)


def _length(info: AudioInfo) -> int:
    """Frames of a file at its own rate. Lossy files announce more or less than they decode to, so those are counted."""
    if info.countable and info.frames is not None:
        return info.frames
    length = sum(len(block) for block in decode(info))
    if not length:
        raise SourceError("The file holds no sound at all (0 samples).", info.path.name)
    return length
