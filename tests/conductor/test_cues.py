"""What of the setlist reaches the engine: gains, trims, mutes; which songs are loaded; where the show goes on."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from appliance.conductor.cues import Cue, Playable, make_cues
from appliance.conductor.model import Item
from appliance.conductor.show import Resume, Show, Tonight, resume_place
from appliance.conductor.slots import KEPT, Slots, Stage, wanted
from appliance.kernel import SlotState, SongFault
from appliance.messages import AnyCommand, Faults, Load, Scheduled, SetGains, Slot, Status, Unload
from appliance.paths import Paths
from appliance.settings import Bus, BusKind, Rig
from appliance.songs.library import LibrarySong
from appliance.songs.mastered import plain
from appliance.songs.model import Role, Song
from appliance.songs.prepared import Metadata, PreparedSection, PreparedStem, read_header
from appliance.songs.prepared_writer import write_prepared
from appliance.songs.setlist import End, SongEntry
from appliance.songs.setlist_songs import Step

RATE = 48_000
RIG = Rig(
    outputs=2,
    buses=(
        Bus(name="FOH", kind=BusKind.HOUSE, outputs=(1,), sends={"track": 0.0}),
        Bus(name="Ears", kind=BusKind.EARS, outputs=(2,), sends={"track": -6.0, "click": 0.0, "guide": 0.0}),
    ),
)
ROLES = (Role.TRACK, Role.TRACK, Role.CLICK, Role.GUIDE)
NAMES = ("Bass", "Choir", "Click", "Cues")


def step(folder: Path, title: str, frames: int = 1_000, write: bool = True, **entry: object) -> Step:
    home = folder / title.lower()
    home.mkdir(exist_ok=True)
    if write:
        stems = [PreparedStem(name=n, role=r, channels=[i]) for i, (n, r) in enumerate(zip(NAMES, ROLES, strict=True))]
        metadata = Metadata(title=title, stems=stems, sections=[PreparedSection(name="Verse", start_frame=480)])
        write_prepared(home / f"prepared-{RATE}.song", RATE, frames, metadata, [np.zeros((frames, 4), np.int32)])
    song = LibrarySong(home, Song(title=title, stems=[]))
    return Step(1, SongEntry(song=title, **entry), song, None, End.SEGUE, 0.5, 0.0)


def cues_of(folder: Path, titles: str, **entry: object) -> tuple[Cue, ...]:
    steps = [step(folder, title, **entry) for title in titles]
    return make_cues(steps, range(1, len(steps) + 1), RATE)


def gains(cue: Cue, tracks: bool = True) -> np.ndarray:
    return np.frombuffer(cue.gains(RIG, tracks), "<f4").reshape(4, 2)


def test_trim_is_the_tracks_and_mutes_are_for_tonight(tmp_path: Path) -> None:
    (cue,) = cues_of(tmp_path, "A", trim_db=-6.0, muted=("choir",))
    half = 10 ** (-6 / 20)
    assert gains(cue) == pytest.approx(np.array([[half, half * half], [0, 0], [0, 1], [0, 1]]), abs=1e-6)
    assert gains(cue, tracks=False) == pytest.approx(np.array([[0, 0], [0, 0], [0, 1], [0, 1]]))


def test_the_transport_is_told_frames(tmp_path: Path) -> None:
    (cue,) = cues_of(tmp_path, "A")
    item = cue.item
    assert (item.title, item.first_frame, item.end_frame, item.gap, item.end) == ("A", 0, 1_000, 24_000, End.SEGUE)
    assert [(each.name, each.frame) for each in item.sections] == [("Verse", 480)]


def test_a_song_that_was_never_prepared_says_so(tmp_path: Path) -> None:
    (cue,) = make_cues([step(tmp_path, "A", write=False)], [4], RATE)
    assert (cue.playable, cue.item.number) == (None, 4)
    assert cue.problem == "A: It is not prepared for 48000 Hz. Import or play it once."


def sized(sizes: list[int]) -> list[Cue]:
    """Cues that only have a size."""

    class Song:
        def __init__(self, size: int) -> None:
            self.data_bytes = size

    item = Item(1, "A", 0, 1)
    return [Cue(("a", n), item, Playable(Song(size), None) if size else None) for n, size in enumerate(sizes)]


def test_what_is_in_memory() -> None:
    assert wanted(sized([10] * 6), 2, 1_000) == [2, 3, 4, 5, 1, 0]
    assert wanted(sized([10] * 6), 2, 35) == [2, 3, 4]
    assert wanted(sized([100] * 3), 0, 35) == [0, 1], "these two whatever the budget says"
    assert wanted(sized([10, 0, 10]), 0, 1_000) == [0, 2], "one that cannot be played takes no memory"
    assert len(wanted(sized([1] * 30), 3, 1_000)) == KEPT
    assert wanted(sized([10] * 3), 3, 1_000) == [2, 1, 0], "the setlist is over"
    assert wanted([], 0, 1_000) == []


class Memory:
    """The engine's slots, as far as loading goes; ``say`` is its report."""

    def __init__(self, budget: int = 1 << 30) -> None:
        self.sent: list[AnyCommand] = []
        self.states: dict[int, tuple[SlotState, SongFault]] = {}
        self.refusal = ""
        self.slots = Slots(RIG, budget, self._post)

    def _post(self, command: AnyCommand, done) -> None:
        self.sent.append(command)
        if isinstance(command, Load) and not self.refusal:
            self.states[command.slot] = (SlotState.LOADING, SongFault.SOUND)
        if isinstance(command, Unload):
            self.states.pop(command.slot)
        done(self.refusal)

    def say(self, schedule: tuple[Scheduled, ...] = ()) -> Status:
        slots = tuple(
            Slot(*self.states.get(n, (SlotState.EMPTY, SongFault.SOUND)), 1_000, 12_000, 12_000, False)
            for n in range(8)
        )
        return Status(
            1, RATE, 126, False, 0, 0, 0, len(schedule), "", "", slots, (), Faults(0, 0, 0, 0, 0, 0, 0), 0, False,
            schedule,
        )  # fmt: skip

    def loads(self) -> list[str]:
        return [Path(each.path).parent.name for each in self.sent if isinstance(each, Load)]

    def finish(self, slot: int) -> None:
        self.states[slot] = (SlotState.READY, SongFault.SOUND)


def test_songs_are_loaded_one_after_the_other_and_routed_before_they_may_start(tmp_path: Path) -> None:
    memory, cues = Memory(), cues_of(tmp_path, "ABC")
    memory.slots.step(memory.say(), cues, 1)
    assert memory.loads() == ["b"]
    assert not memory.slots.ready(cues, memory.say())
    memory.slots.step(memory.say(), cues, 1)
    assert [each.slot for each in memory.sent if isinstance(each, SetGains)] == [0]
    assert memory.slots.ready(cues, memory.say()) == {1}
    memory.slots.step(memory.say(), cues, 1)
    assert memory.loads() == ["b"], "the next only when all of this one is there"
    memory.finish(0)
    for slot in (1, 2, 3):
        memory.slots.step(memory.say(), cues, 1)
        memory.slots.step(memory.say(), cues, 1)
        memory.finish(slot)
    assert memory.loads() == ["b", "c", "a"]


def test_what_sounds_keeps_its_slot_and_what_is_behind_gives_it_back(tmp_path: Path) -> None:
    memory, cues = Memory(budget=1), cues_of(tmp_path, "ABCD")
    for _ in range(6):
        memory.slots.step(memory.say(), cues, 0)
        for slot in list(memory.states):
            memory.finish(slot)
    assert memory.loads() == ["a", "b"]
    sounding = (Scheduled(1, 0, 0, 0, 1_000, False),)
    memory.slots.step(memory.say(sounding), cues, 2)
    assert [each.slot for each in memory.sent if isinstance(each, Unload)] == [1]
    memory.slots.step(memory.say(), cues, 2)
    assert [each.slot for each in memory.sent if isinstance(each, Unload)] == [1, 0]
    assert memory.loads()[2:] == ["c"]


def test_a_song_that_fails_is_named_not_asked_for_again_until_it_is_wanted(tmp_path: Path) -> None:
    memory, cues = Memory(), cues_of(tmp_path, "AB")
    memory.slots.step(memory.say(), cues, 0)
    memory.states[0] = (SlotState.FAILED, SongFault.DAMAGED_HEADER)
    for _ in range(3):
        memory.slots.step(memory.say(), cues, 0)
    assert memory.slots.problems(cues) == {0: "A: The prepared song is damaged. Import it again."}
    assert memory.loads() == ["a", "b"]
    memory.slots.retry(cues[0])
    assert memory.slots.problems(cues) == {}


def test_a_refused_load_is_asked_for_again(tmp_path: Path) -> None:
    memory, cues = Memory(), cues_of(tmp_path, "A")
    memory.refusal = "That song is still playing or loading."
    memory.slots.step(memory.say(), cues, 0)
    assert not memory.slots.held
    memory.refusal = ""
    memory.slots.step(memory.say(), cues, 0)
    assert memory.loads() == ["a", "a"]


def test_an_edit_sets_gains_anew_and_a_new_file_is_loaded_anew(tmp_path: Path) -> None:
    memory, cues = Memory(), cues_of(tmp_path, "A")
    memory.slots.step(memory.say(), cues, 0)
    memory.slots.step(memory.say(), cues, 0)
    memory.sent.clear()
    louder = cues_of(tmp_path, "A", trim_db=3.0)
    memory.slots.refresh(louder, busy={0})
    assert not memory.sent, "not while it sounds"
    memory.slots.refresh(louder, busy=set())
    assert any(isinstance(each, SetGains) for each in memory.sent)
    assert memory.slots.held[0].stage is Stage.ROUTED
    memory.slots.refresh(make_cues([step(tmp_path, "A", frames=2_000)], [1], RATE), set())
    assert isinstance(memory.sent[-1], Unload)


def cue(slug: str, time: int = 1) -> Cue:
    return Cue((slug, time), Item(1, slug, 0, 1), None)


def test_the_show_goes_on_where_it_was() -> None:
    tonight = Tonight("friday", "Friday", (cue("a"), cue("b"), cue("a", 2)))
    assert resume_place(tonight, Resume()) == (0, False)
    assert resume_place(tonight, Resume(setlist="friday", place=1, song="b")) == (1, True)
    assert resume_place(tonight, Resume(setlist="friday", place=0, song="a", time=2)) == (2, True), "the song counts"
    assert resume_place(tonight, Resume(setlist="friday", place=1, song="gone")) == (1, False)
    assert resume_place(tonight, Resume(setlist="friday", place=9, song="gone")) == (3, False)
    assert resume_place(tonight, Resume(setlist="friday", place=3)) == (3, True), "over is over"
    assert resume_place(tonight, Resume(setlist="saturday", place=1, song="b")) == (0, False)


@pytest.mark.parametrize(
    "content", [b"", b"{", b'{"place":-1}', b'{"version":99,"place":2}', b"\xff", b'{"place":"x"}']
)
def test_a_resume_file_that_is_no_good_is_the_beginning(tmp_path: Path, content: bytes) -> None:
    show = Show(Paths(tmp_path, tmp_path, tmp_path), RIG)
    (tmp_path / "resume.json").write_bytes(content)
    assert show.read_resume() == Resume()


def test_a_resume_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    show = Show(Paths(tmp_path / "new", tmp_path, tmp_path), RIG)
    there = Resume(setlist="friday", place=4, song="ash", time=2, frame=77, click_only=True, rejoin_frame=99)
    show.write_resume(there)
    assert show.read_resume() == there
    show.write_resume(msgspec.structs.replace(there, place=5))
    assert show.read_resume().place == 5


def test_a_header_is_read_once_for_each_song(tmp_path: Path) -> None:
    (made,) = cues_of(tmp_path, "A")
    song = read_header(tmp_path / "a" / f"prepared-{RATE}.song")
    assert made.playable == Playable(song, plain(song))
