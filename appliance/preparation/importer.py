"""The import: whatever was delivered becomes songs of the library, each whole or not at all.

Identity is the set of the originals' digests, so that importing twice changes nothing, under whatever names. A song of
another content under a title that the library already has is another song: it becomes "Title (2)" in the folder
``title-2``, and the report says so; nothing that a band may have corrected or put into a setlist is ever replaced.
"""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from appliance.errors import SettingsError, SidestageError, SourceError
from appliance.preparation.grouping import Delivery, group
from appliance.preparation.job import Job, JobResult, Probed, entitle, hash_files, refresh, run_job, size_of
from appliance.preparation.probe import AudioInfo, probe
from appliance.preparation.progress import Progress, Silent
from appliance.preparation.report import Finding, Outcome, Report, SongReport, error, info
from appliance.preparation.resample import resampled_frames
from appliance.preparation.sources import collect, printable
from appliance.songs.identity import identity
from appliance.songs.library import Library, fold
from appliance.songs.prepared import Source
from appliance.storage import free_bytes, storage_errors
from appliance.units import BYTES_PER_SAMPLE, SUPPORTED_RATES_HZ
from appliance.workers import Message, Thinned, run_all

MARGIN_BYTES = 64 << 20
"""Stays free on the disk after an import, for settings and logs."""
HASHED = 0.15
"""The part of a song's progress that hashing takes."""


@dataclass
class _Song:
    """A delivered song on its way through the import."""

    key: str
    delivery: Delivery
    files: tuple[Probed, ...]
    report: SongReport
    delivered_title: str
    """Its own title, whatever number the library's other songs make it take."""
    identity: str = ""
    existing: Path | None = None
    owned: bool = False


def import_songs(
    library: Library, paths: Sequence[Path], rate_hz: int, jobs: int | None = None, progress: Progress | None = None
) -> Report:
    """Import everything below ``paths``; prepared for ``rate_hz``, with ``jobs`` processes (all cores by default).

    What is wrong with a file or song is in the report. Raises StorageError or SettingsError only where nothing at all
    can be done.
    """
    if rate_hz not in SUPPORTED_RATES_HZ:
        rates = ", ".join(map(str, SUPPORTED_RATES_HZ))
        raise SettingsError(f"{rate_hz} Hz is not a rate that songs are played at; there are {rates}.", "rate_hz")
    with library.incoming() as staging:
        run = _Import(library, staging, rate_hz, jobs or os.cpu_count() or 1, progress or Silent())
        return run.run(paths)


class _Import:
    def __init__(self, library: Library, staging: Path, rate_hz: int, jobs: int, progress: Progress) -> None:
        self.library = library
        self.staging = staging
        self.rate_hz = rate_hz
        self.jobs = jobs
        self.progress = progress
        self.report = Report()
        self._probes: dict[Path, AudioInfo | SourceError] = {}
        self._titles: set[str] = set()

    def run(self, paths: Sequence[Path]) -> Report:
        scratch = self.staging / "unpacked"
        trees, findings = collect(paths, scratch)
        self.report.findings += findings
        songs = self._admit(group(trees, self._duration), scratch)
        for song in songs:
            self.progress.found(song.key, sum(each.info.duration_s * each.info.channels for each in song.files) or 1.0)
        songs = self._hash(songs)
        new, known = self._sort_out(songs)
        self._refresh(known)
        self._make(self._fitting(new))
        if not self.report.songs and not self.report.findings:
            names = ", ".join(printable(path.name or str(path)) for path in paths)
            self.report.findings.append(error(names, "There is no audio in it."))
        return self.report

    def _probe(self, path: Path) -> AudioInfo | SourceError:
        if path not in self._probes:
            try:
                self._probes[path] = probe(path)
            except SourceError as problem:
                self._probes[path] = problem
        return self._probes[path]

    def _duration(self, path: Path) -> float:
        found = self._probe(path)
        return found.duration_s if isinstance(found, AudioInfo) else 0.0

    def _admit(self, deliveries: list[Delivery], scratch: Path) -> list[_Song]:
        """Deliveries with a file that is audio; of the others the report says what is wrong."""
        songs: list[_Song] = []
        for number, delivery in enumerate(deliveries):
            report = SongReport(title=delivery.title, delivered_as=delivery.label, outcome=Outcome.REFUSED)
            self.report.songs.append(report)
            files = []
            for file in delivery.files:
                found = self._probe(file.path)
                if isinstance(found, AudioInfo):
                    files.append(Probed(file, found))
                else:
                    report.findings.append(error(file.label, found.sentence))
            if files:
                owned = all(each.file.path.is_relative_to(scratch) for each in files)
                song = _Song(f"{number}", delivery, tuple(files), report, delivery.title, owned=owned)
                song.key = (
                    delivery.title if all(s.key != delivery.title for s in songs) else f"{delivery.title} ({number})"
                )
                songs.append(song)
        return songs

    def _hash(self, songs: list[_Song]) -> list[_Song]:
        by_key = {song.key: song for song in songs}
        tasks = [(song.key, song.files) for song in songs]
        kept = []
        for (key, _), result in run_all(_hash_task, tasks, self.jobs, self._heard_hashing):
            song = by_key[key]
            if result is None:
                self._died(song)
                continue
            files, findings = result
            song.files = tuple(files)
            song.report.findings += findings
            if files:
                song.identity = identity([Source(file=f.file.kept_as, sha256=f.digest) for f in files])
                kept.append(key)
            else:
                self.progress.finished(key)
        return [song for song in songs if song.key in kept]

    def _sort_out(self, songs: list[_Song]) -> tuple[list[_Song], list[_Song]]:
        """New songs, with titles of their own; and those that the library has already."""
        present = self.library.identities()
        self._titles = self.library.titles()
        first: dict[str, _Song] = {}
        new, known = [], []
        for song in songs:
            if song.identity in present:
                song.existing = present[song.identity]
                known.append(song)
            elif song.identity in first:
                other = first[song.identity].delivery.label
                song.report.outcome = Outcome.UNCHANGED
                song.report.findings.append(
                    info(song.delivery.label, f'The same was delivered as "{other}"; it is imported once.')
                )
                self.progress.finished(song.key)
            else:
                first[song.identity] = song
                self._entitle(song)
                new.append(song)
        return new, known

    def _entitle(self, song: _Song) -> None:
        """Number the title where the library, or this import, has another song of that title."""
        title, number = song.delivered_title, 1
        while fold(title) in self._titles:
            number += 1
            title = f"{song.delivered_title} ({number})"
        self._titles.add(fold(title))
        song.delivery = replace(song.delivery, title=title)
        song.report.title = title

    def _refresh(self, known: list[_Song]) -> None:
        by_key = {song.key: song for song in known}
        tasks = [(song.key, song.existing, song.delivery.label, self.rate_hz) for song in known]
        for (key, *_), result in run_all(_refresh_task, tasks, self.jobs, self._heard):
            song = by_key[key]
            if result is None:
                self._died(song)
                continue
            song.report.outcome = Outcome.UNCHANGED if result.ready else Outcome.REFUSED
            song.report.slug = song.existing.name if song.existing else ""
            song.report.findings += result.findings
            if result.ready and not result.findings:
                song.report.findings.append(
                    info(song.delivery.label, "It is in the library already; nothing was changed.")
                )
            self.progress.finished(key)

    def _fitting(self, songs: list[_Song]) -> list[_Song]:
        """As many songs as there is room for, in order, judged before anything is written."""
        with storage_errors(self.library.folder):
            room = free_bytes(self.library.folder) - MARGIN_BYTES
        fitting = []
        for song in songs:
            need = self._needed_bytes(song)
            if need > room:
                sentence = (
                    f"There is no room for it: it needs {need / 1e6:.0f} MB and {max(0, room) / 1e6:.0f} MB are free."
                )
                song.report.findings.append(error(song.delivery.label, sentence))
                self.progress.finished(song.key)
            else:
                room -= need
                fitting.append(song)
        return fitting

    def _needed_bytes(self, song: _Song) -> int:
        """Originals and prepared song; a compressed file that states no length is taken for ten times its size."""
        originals = 0 if song.owned else sum(size_of(each.file.path) for each in song.files)
        channels = sum(each.info.channels for each in song.files)
        frames = max(
            resampled_frames(each.info.frames, each.info.rate_hz, self.rate_hz)
            if each.info.frames
            else 10 * size_of(each.file.path) // (each.info.channels * 2)
            for each in song.files
        )
        return originals + frames * channels * BYTES_PER_SAMPLE

    def _make(self, songs: list[_Song]) -> None:
        by_key = {song.key: song for song in songs}
        tasks = [
            Job(song.key, song.delivery, song.files, self.staging / f"song-{number}", self.rate_hz, song.owned)
            for number, song in enumerate(songs)
        ]
        for job, result in run_all(_job_task, tasks, self.jobs, self._heard):
            song = by_key[job.key]
            if result is None:
                self._died(song)
                continue
            song.report.findings += result.findings
            if result.ready:
                self._publish(song, job)
            elif result.disk_full:
                _forget(job.staged)
            self.progress.finished(song.key)

    def _publish(self, song: _Song, job: Job) -> None:
        try:
            while not self._published(song, job):
                self._entitle(song)
                entitle(job.staged, song.delivery.title, self.rate_hz)
        except SidestageError as problem:
            song.report.findings.append(error(song.delivery.label, problem.sentence))

    def _published(self, song: _Song, job: Job) -> bool:
        """Whether the song is in the library now; not when another import has meanwhile taken its title."""
        with self.library.adding():
            other = self.library.identities().get(song.identity)
            if other is not None:  # another import was faster
                song.report.outcome, song.report.slug = Outcome.UNCHANGED, other.name
                return True
            taken = self.library.titles()
            if fold(song.delivery.title) in taken:
                self._titles |= taken
                return False
            slug = self.library.free_slug(song.delivery.title)
            self.library.publish(job.staged, slug)
        song.report.outcome, song.report.slug = Outcome.IMPORTED, slug
        if song.report.title != song.delivered_title:
            sentence = f'There is another song called "{song.delivered_title}"; this one is now "{song.report.title}".'
            song.report.findings.insert(0, info(song.delivery.label, sentence))
        return True

    def _died(self, song: _Song) -> None:
        sentence = "The program that worked on it was ended by the system, perhaps for want of memory. Import it again."
        song.report.findings.append(error(song.delivery.label, sentence))
        self.progress.finished(song.key)

    def _heard_hashing(self, message: Message) -> None:
        key, stage, done = message
        self.progress.advanced(key, stage, HASHED * done)

    def _heard(self, message: Message) -> None:
        key, stage, done = message
        self.progress.advanced(key, stage, HASHED + (1 - HASHED) * done)


def _forget(staged: Path) -> None:
    """Give the room of a song that did not fit back to the next."""
    shutil.rmtree(staged, ignore_errors=True)


def _hash_task(task: tuple[str, tuple[Probed, ...]]) -> tuple[list[Probed], list[Finding]]:
    key, files = task
    told = Thinned(key)
    return hash_files(files, lambda done: told("reading", done))


def _refresh_task(task: tuple[str, Path | None, str, int]) -> JobResult:
    key, folder, label, rate_hz = task
    assert folder is not None  # noqa: S101 - tasks are made of known songs only; this tells mypy
    return refresh(folder, label, rate_hz, Thinned(key))


def _job_task(job: Job) -> JobResult:
    return run_job(job, Thinned(job.key))
