"""A list of songs on an engine: one sounds, the next is already in memory."""

from dataclasses import dataclass, field

from appliance.engine_client import EngineClient
from appliance.engine_client.cue import cue_song, drop_song, is_startable, start_song, stop_all
from appliance.errors import EngineError
from appliance.kernel.player import SLOTS
from appliance.messages import Status
from appliance.settings import Rig
from appliance.songs.mastered import Mastering, plain, read_mastering
from appliance.songs.prepared import PreparedSong


@dataclass
class Deck:
    """Plays ``songs`` in order; ``step`` is called with every status and does what has become possible."""

    client: EngineClient
    rig: Rig
    songs: list[PreparedSong]
    place: int = 0
    playing: bool = False
    wanted_frame: int | None = 0
    """Where to start as soon as the song is there; None when it has been started or is not to be."""
    segment: int = 0
    trouble: str = ""
    """About a song that could not be made ready and was left out."""
    _slots: dict[int, int] = field(default_factory=dict)
    """By place in the list."""
    _mastering: dict[int, Mastering] = field(default_factory=dict)
    """As it was when the song was cued, by place."""

    @property
    def song(self) -> PreparedSong:
        return self.songs[self.place]

    def is_finished(self) -> bool:
        return self.place >= len(self.songs)

    def step(self, status: Status) -> None:
        if self.is_finished():
            return
        mine = status.segment == self.segment and status.slot == self._slots.get(self.place)
        if self.playing and mine and not status.playing and self.wanted_frame is None:
            self.go_to(self.place + 1)
            if self.is_finished():
                return
        self._keep_loaded(self.place, status)
        if self.place not in self._slots:
            return
        if self.wanted_frame is not None and is_startable(status, self._slots[self.place], self.song):
            self.segment += 1
            slot, mastering = self._slots[self.place], self._mastering[self.place]
            start_song(self.client, slot, self.segment, self.song, mastering, self.rig, self.wanted_frame)
            self.wanted_frame = None
            self.playing = True
        elif self.place + 1 < len(self.songs):
            self._keep_loaded(self.place + 1, status)

    def _keep_loaded(self, place: int, status: Status) -> None:
        """Into the slot of a song that is behind, where all are taken."""
        if place in self._slots:
            return
        free = set(range(SLOTS)) - set(self._slots.values())
        if len(self._slots) >= 2:
            oldest = next(p for p in self._slots if p not in {self.place, self.place + 1})
            if status.segments > self.playing:
                return  # it is fading out; the next status will do
            # Its own slot is not for the next song: giving half a gigabyte back takes the loader a while.
            drop_song(self.client, self._slots.pop(oldest))
        slot = min(free)
        song = self.songs[place]
        self._mastering[place] = read_mastering(song) or plain(song)
        try:
            cue_song(self.client, slot, song, self._mastering[place], self.rig)
        except EngineError as error:
            if place == self.place:
                raise
            self.trouble = f"{error} It is left out."
            del self.songs[place]
            return
        self._slots[place] = slot

    def toggle(self, status: Status) -> None:
        """Stop where it is, or go on from there."""
        if self.playing:
            stop_all(self.client, self.song.rate_hz)
            self.playing = False
        else:
            self.wanted_frame = status.song_frame if status.segment == self.segment else 0

    def go_to(self, place: int, song_frame: int = 0) -> None:
        """Another song or place, started if something was playing."""
        was_playing = self.playing or self.wanted_frame is not None
        if self.playing:
            stop_all(self.client, self.songs[0].rate_hz)
        self.place = max(0, place)
        self.playing = False
        self.wanted_frame = song_frame if was_playing else None

    def seek(self, status: Status, seconds: float) -> None:
        """Forward or back in the song."""
        frame = status.song_frame + round(seconds * self.song.rate_hz)
        self.go_to(self.place, min(max(0, frame), self.song.frames - 1))
