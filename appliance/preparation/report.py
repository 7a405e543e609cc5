"""What an import has to say: one sentence per finding, kept apart from how it is shown."""

from enum import StrEnum

import msgspec


class Level(StrEnum):
    """``error``: something is not in the library. ``warning``: it is, but look at it. ``info``: done so."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One sentence about one subject: a file, folder or song as the person knows it."""

    level: Level
    subject: str
    sentence: str


class Outcome(StrEnum):
    """What became of a song."""

    IMPORTED = "imported"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


class SongReport(msgspec.Struct, kw_only=True):
    """What became of one delivered song. ``slug`` is its folder in the library, empty when refused."""

    title: str
    delivered_as: str
    outcome: Outcome
    slug: str = ""
    findings: list[Finding] = []


class Report(msgspec.Struct, kw_only=True):
    """A whole import: its songs, and what belongs to no song."""

    songs: list[SongReport] = []
    findings: list[Finding] = []

    def every_finding(self) -> list[Finding]:
        return [*self.findings, *(finding for song in self.songs for finding in song.findings)]

    @property
    def failed(self) -> bool:
        """Whether anything delivered did not make it."""
        return any(finding.level is Level.ERROR for finding in self.every_finding())


def info(subject: str, sentence: str) -> Finding:
    return Finding(level=Level.INFO, subject=subject, sentence=sentence)


def warning(subject: str, sentence: str) -> Finding:
    return Finding(level=Level.WARNING, subject=subject, sentence=sentence)


def error(subject: str, sentence: str) -> Finding:
    return Finding(level=Level.ERROR, subject=subject, sentence=sentence)
