"""The one tree of errors. Each carries a sentence for the operator and what it is about.

A message is one sentence that a musician understands; ``subject`` is the file, field or device that is wrong.
``str(error)`` joins both, so that no caller formats errors by itself.
"""


class SidestageError(Exception):
    """Anything that the operator must be told. ``exit_code`` is what the command line ends with."""

    exit_code = 1

    def __init__(self, sentence: str, subject: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.subject = subject

    def __str__(self) -> str:
        return f"{self.subject}: {self.sentence}" if self.subject else self.sentence


class SettingsError(SidestageError):
    """rig.toml or song.toml says something that cannot be. ``subject`` is the path of the key."""

    exit_code = 2


class LibraryError(SidestageError):
    """A song is missing, or the library cannot be read or written."""

    exit_code = 3


class SourceError(SidestageError):
    """A delivered file cannot be used. ``subject`` is the file."""

    exit_code = 3


class PreparedSongError(SidestageError):
    """A prepared song is damaged or not one. ``subject`` is the file."""

    exit_code = 4


class StorageError(SidestageError):
    """The disk is full, read-only or failing."""

    exit_code = 5


class InterfaceError(SidestageError):
    """The audio interface is missing, busy, or cannot do what the rig asks. ``subject`` is the device."""

    exit_code = 6


class EngineError(SidestageError):
    """The engine refused a command or does not answer."""

    exit_code = 7
