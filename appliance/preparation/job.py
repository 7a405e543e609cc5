"""One song's way into the library, in a worker process: copy, measure, arrange, write, prepare."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from appliance.errors import SidestageError, SourceError, StorageError
from appliance.preparation.arrange import Analysed, arrange
from appliance.preparation.grouping import DeliveredFile, Delivery
from appliance.preparation.hashing import copy_checked, digest_of, move_or_copy
from appliance.preparation.measure import FileFacts, measure
from appliance.preparation.prepare import is_current, prepare_song
from appliance.preparation.probe import AudioInfo, probe
from appliance.preparation.report import Finding, error, info, warning
from appliance.songs.identity import DIGESTS_FILE, ORIGINALS, format_digests
from appliance.songs.model import Song
from appliance.songs.prepared import Source
from appliance.songs.songfile import SONG_FILE, read_song, write_song
from appliance.storage import sync_tree, write_bytes

Advanced = Callable[[str, float], None]
"""Hears the stage and how much of the whole job is done, from 0 to 1."""

COPIED, MEASURED, PREPARED = 0.2, 0.5, 1.0
"""Where the stages end, as parts of the whole; measured on 24-bit stems from a disk that is not the bottleneck."""


@dataclass(frozen=True)
class Probed:
    """A delivered file with what its header says, and its digest once known."""

    file: DeliveredFile
    info: AudioInfo
    digest: str = ""


@dataclass(frozen=True)
class Job:
    """All that a worker needs to know. ``staged`` is the folder that will become the song's."""

    key: str
    delivery: Delivery
    files: tuple[Probed, ...]
    staged: Path
    rate_hz: int
    owned: bool = False
    """Whether the files were unpacked by the import and may be moved."""


class JobResult(msgspec.Struct):
    """``ready``: the staged folder is whole and on the disk. Else ``findings`` says why not."""

    ready: bool
    findings: list[Finding]
    disk_full: bool = False


def hash_files(files: tuple[Probed, ...], advanced: Callable[[float], None]) -> tuple[list[Probed], list[Finding]]:
    """The files with their digests, without those that cannot be read and those that are the same twice."""
    total = sum(size_of(each.file.path) for each in files) or 1
    done = 0

    def counted(size: int) -> None:
        nonlocal done
        done += size
        advanced(min(1.0, done / total))

    hashed: dict[str, Probed] = {}
    findings = []
    for each in files:
        try:
            digest = digest_of(each.file.path, counted)
        except SourceError as problem:
            findings.append(error(each.file.label, problem.sentence))
            continue
        if digest in hashed:
            same = hashed[digest].file.label
            findings.append(warning(each.file.label, f'It is the same as "{same}" and is used once.'))
            continue
        hashed[digest] = replace(each, digest=digest)
    return list(hashed.values()), findings


def run_job(job: Job, advanced: Advanced) -> JobResult:
    """Build the song in ``job.staged``; never raises a SidestageError."""
    findings: list[Finding] = []
    try:
        sources = _copy(job, advanced)
        analysed = _measure(job, advanced, findings)
        if not analysed:
            return JobResult(False, findings)
        song, more = arrange(job.delivery, analysed)
        findings += more
        _mention_rates(job, analysed, findings)
        _write(job, song, sources, findings, advanced)
    except StorageError as problem:
        findings.append(error(job.delivery.label, problem.sentence))
        return JobResult(False, findings, disk_full=True)
    except SidestageError as problem:
        findings.append(error(job.delivery.label, problem.sentence))
        return JobResult(False, findings)
    return JobResult(True, findings)


def entitle(staged: Path, title: str, rate_hz: int) -> None:
    """Give a finished song another title, for the rare case that its own is taken by now. Raises SidestageError."""
    song = read_song(staged / SONG_FILE)
    song.title = title
    write_song(staged / SONG_FILE, song)
    prepare_song(staged, rate_hz)


def refresh(folder: Path, label: str, rate_hz: int, advanced: Advanced) -> JobResult:
    """Prepare a song of the library again where its prepared file is missing or out of date."""
    try:
        if is_current(folder, rate_hz):
            return JobResult(True, [])
        done = prepare_song(folder, rate_hz, lambda part: advanced("preparing", part))
    except SidestageError as problem:
        return JobResult(False, [error(label, str(problem))])
    return JobResult(True, [*done.findings, info(label, f"It was prepared anew for {rate_hz} Hz.")])


def _copy(job: Job, advanced: Advanced) -> list[Source]:
    total = sum(size_of(each.file.path) for each in job.files) or 1
    done = 0

    def counted(size: int) -> None:
        nonlocal done
        done += size
        advanced("copying", COPIED * min(1.0, done / total))

    bring = move_or_copy if job.owned else copy_checked
    for each in job.files:
        bring(each.file.path, job.staged / ORIGINALS / each.file.kept_as, each.digest, counted)
    return [Source(file=each.file.kept_as, sha256=each.digest) for each in job.files]


def _measure(job: Job, advanced: Advanced, findings: list[Finding]) -> list[Analysed]:
    total = sum(each.info.frames or 0 for each in job.files) or 1
    done = 0

    def counted(frames: int) -> None:
        nonlocal done
        done += frames
        advanced("measuring", COPIED + (MEASURED - COPIED) * min(1.0, done / total))

    analysed = []
    for each in job.files:
        try:
            facts = measure(probe(job.staged / ORIGINALS / each.file.kept_as), counted)
        except SourceError as problem:
            findings.append(error(each.file.label, problem.sentence))
            continue
        _mention_numbers(each, facts, findings)
        analysed.append(Analysed(each.file, facts))
    return analysed


def _write(job: Job, song: Song, sources: list[Source], findings: list[Finding], advanced: Advanced) -> None:
    write_song(job.staged / SONG_FILE, song)
    write_bytes(job.staged / DIGESTS_FILE, format_digests(sources))

    def part(done: float) -> None:
        advanced("preparing", MEASURED + (PREPARED - MEASURED) * done)

    labels = {each.file.kept_as: each.file.label for each in job.files}
    for finding in prepare_song(job.staged, job.rate_hz, part).findings:
        findings.append(msgspec.structs.replace(finding, subject=labels.get(finding.subject, finding.subject)))
    sync_tree(job.staged)


def _mention_numbers(each: Probed, facts: FileFacts, findings: list[Finding]) -> None:
    if facts.non_numbers == 1:
        findings.append(warning(each.file.label, "1 sample was not a number; it is silenced."))
    elif facts.non_numbers:
        findings.append(warning(each.file.label, f"{facts.non_numbers} samples were not numbers; they are silenced."))


def _mention_rates(job: Job, analysed: list[Analysed], findings: list[Finding]) -> None:
    rates = {each.facts.info.rate_hz for each in analysed}
    if rates == {job.rate_hz}:
        return
    if len(rates) == 1:
        findings.append(info(job.delivery.label, f"Converted from {rates.pop()} Hz to the rig's {job.rate_hz} Hz."))
        return
    listed = " and ".join(f"{rate} Hz" for rate in sorted(rates))
    findings.append(
        info(job.delivery.label, f"Its files have {listed}; all are converted to the rig's {job.rate_hz} Hz.")
    )


def size_of(path: Path) -> int:
    """Bytes of a file; 0 where it has vanished, which reading it will tell."""
    try:
        return path.stat().st_size
    except OSError:
        return 0
