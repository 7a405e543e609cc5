"""A night: a setlist, an engine whose every word is kept, and a conductor, each a process of its own."""

import os
import subprocess
from pathlib import Path

import numpy as np
from desk import COMMAND, EngineProcess, sidestage, wait_for

from appliance.control import commands, schema
from appliance.control.client import ControlClient
from appliance.errors import EngineError
from appliance.paths import find_paths
from appliance.settings import preset, save_rig
from appliance.songs.model import Role, Song, Stem
from appliance.songs.prepared import Metadata, PreparedSection, PreparedStem
from appliance.songs.prepared_writer import write_prepared
from appliance.songs.setlist import Setlist, SongEntry
from appliance.songs.setlists import Setlists
from appliance.songs.songfile import write_song

RATE = 48_000
LOUD = 1 << 19


def make_home(home: Path, entries: list[SongEntry], seconds: float = 2.0) -> None:
    """Songs of noise, each its own, a track and a click; 2 outputs: tracks in the house, click in the ears."""
    save_rig(preset(2), home / "rig.toml")
    for number, title in enumerate(dict.fromkeys(entry.song for entry in entries), start=1):
        folder = home / "library" / title.lower()
        folder.mkdir(parents=True)
        roles = (Role.TRACK, Role.CLICK)
        delivered = [Stem(name=role.value, role=role, file=f"{role}.wav", channels=(1,)) for role in roles]
        write_song(folder / "song.toml", Song(title=title, stems=delivered))
        frames = round(seconds * RATE)
        words = np.random.default_rng(number).integers(-LOUD, LOUD, (frames, 2), dtype=np.int32)
        stems = [PreparedStem(name=role.value, role=role, channels=[n]) for n, role in enumerate(roles)]
        sections = [PreparedSection(name=n, start_frame=f) for n, f in (("Verse", 0), ("Chorus", frames // 2))]
        metadata = Metadata(title=title, stems=stems, sections=sections)
        write_prepared(folder / f"prepared-{RATE}.song", RATE, frames, metadata, [words])
    setlists = Setlists(home / "setlists")
    setlists.use(setlists.create(Setlist(name="Friday", entries=tuple(entries))).slug)


class ConductorProcess:
    """``sidestage conductor``; to be used with ``with``."""

    def __init__(self, home: Path) -> None:
        self.home, self.socket = home, find_paths(home).control_socket
        self.start()

    def start(self) -> None:
        """Also again, after ``kill``."""
        self.popen = subprocess.Popen(
            [*COMMAND, "--home", str(self.home), "conductor"],
            env=os.environ, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        wait_for(self._answers)

    def _answers(self) -> bool:
        assert self.popen.poll() is None, self.popen.communicate()
        try:
            self.client().close()
        except EngineError:
            return False
        return True

    def client(self) -> ControlClient:
        return ControlClient(self.socket)

    def state(self) -> schema.State:
        """The state as a new client is told."""
        with self.client() as client:
            _, before = client.ask(schema.GetStatus())
            state = before[0] if before else client.receive(5)
        assert isinstance(state, schema.State)
        return state

    def wait_state(self, state: str, place: int | None = None, seconds: float = 30.0) -> schema.State:
        """Until the show is in this state, and at this place."""
        wait_for(lambda: (now := self.state()).state == state and place in {None, now.place}, seconds)
        return self.state()

    def press(self, command: commands.Command) -> str:
        """The sentence of a command that must be done."""
        with self.client() as client:
            answer, _ = client.ask(command)
        assert answer.done, answer
        return answer.sentence

    def ctl(self, *words: str) -> subprocess.CompletedProcess[str]:
        return sidestage(self.home, "ctl", *words)

    def kill(self) -> None:
        if self.popen.poll() is None:
            self.popen.kill()
            self.popen.communicate()

    def __enter__(self) -> "ConductorProcess":
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()


__all__ = ["RATE", "ConductorProcess", "EngineProcess", "make_home"]
