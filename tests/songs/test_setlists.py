"""The folder of setlists: nothing is overwritten, nothing is lost, whoever writes at the same time."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from appliance import storage
from appliance.errors import LibraryError, SettingsError, StorageError
from appliance.songs.setlist import Setlist, SongEntry, TextEntry
from appliance.songs.setlistfile import Stored
from appliance.songs.setlists import ChangedMeanwhileError, Setlists


@pytest.fixture
def setlists(tmp_path: Path) -> Setlists:
    return Setlists(tmp_path / "setlists")


def with_note(stored: Stored, note: str) -> Setlist:
    return msgspec.structs.replace(stored.setlist, note=note)


def test_made_found_and_listed(setlists: Setlists) -> None:
    assert setlists.scan() == ([], [])
    summer = setlists.create(Setlist(name="Été à Nice"))
    setlists.create(Setlist(name="Friday"))
    setlists.create(Setlist(name="Friday late"))
    assert (summer.slug, summer.setlist.version) == ("ete-a-nice", 1)
    assert [each.setlist.name for each in setlists.scan()[0]] == ["Été à Nice", "Friday", "Friday late"]
    for wanted in ("ETE A", "été", "ete-a-nice", "ete-a-nice.toml"):
        assert setlists.find(wanted).slug == "ete-a-nice"
    assert setlists.find("friday").slug == "friday"
    with pytest.raises(LibraryError, match=r"Friday \[friday.toml\], Friday late"):
        setlists.find("fri")
    for wanted in ("nothing", ""):
        with pytest.raises(LibraryError, match="no such setlist"):
            setlists.find(wanted)
    with pytest.raises(LibraryError, match="of this name already"):
        setlists.create(Setlist(name="FRIDAY"))
    assert setlists.create(Setlist(name="夜")).slug == "setlist"
    assert setlists.create(Setlist(name="昼")).slug == "setlist-2"


def test_one_that_cannot_be_read_hides_no_other(setlists: Setlists) -> None:
    setlists.create(Setlist(name="Friday"))
    (setlists.folder / "broken.toml").write_text("name = 'Broken'\nentries = 5\n")
    (setlists.folder / "._friday.toml").write_bytes(b"\0\5")
    found, problems = setlists.scan()
    assert [each.slug for each in found] == ["friday"]
    assert [problem.subject for problem in problems] == ["broken.toml: entries"]
    with pytest.raises(SettingsError):
        setlists.find("broken")


def test_each_save_raises_the_version(setlists: Setlists) -> None:
    first = setlists.create(Setlist(name="Friday"))
    second = setlists.save("friday", with_note(first, "loud"), first.token)
    assert (second.setlist.version, second.setlist.note) == (2, "loud")
    assert setlists.load("friday") == second
    assert setlists.load("friday").token == second.token


def test_two_phones(setlists: Setlists) -> None:
    both = setlists.create(Setlist(name="Friday"))
    first = setlists.save("friday", with_note(both, "first"), both.token)
    with pytest.raises(ChangedMeanwhileError, match="changed meanwhile") as caught:
        setlists.save("friday", with_note(both, "second"), both.token)
    assert caught.value.yours.note == "second"
    assert caught.value.theirs == first
    assert setlists.load("friday") == first
    merged = setlists.save("friday", with_note(first, "both"), caught.value.theirs.token)
    assert merged.setlist.version == 3


def test_a_save_whose_answer_was_lost_may_be_repeated(setlists: Setlists) -> None:
    stored = setlists.create(Setlist(name="Friday"))
    saved = setlists.save("friday", with_note(stored, "loud"), stored.token)
    before = saved.path.stat()
    assert setlists.save("friday", with_note(stored, "loud"), stored.token) == saved
    assert (before.st_ino, before.st_mtime_ns) == (saved.path.stat().st_ino, saved.path.stat().st_mtime_ns)


def test_an_edit_by_hand_is_a_change_though_its_version_stays(setlists: Setlists) -> None:
    stored = setlists.create(Setlist(name="Friday", entries=(SongEntry(song="Night Drive"),)))
    text = stored.path.read_text()
    stored.path.write_text(text.replace("Night Drive", "Hold Fast"))
    with pytest.raises(ChangedMeanwhileError) as caught:
        setlists.save("friday", with_note(stored, "x"), stored.token)
    assert caught.value.theirs.setlist.version == stored.setlist.version
    assert caught.value.theirs.setlist.entries == (SongEntry(song="Hold Fast"),)
    stored.path.write_text(f"# Jo was here\n{text}")  # no change of content: the save goes through, the comment stays
    setlists.save("friday", with_note(stored, "x"), stored.token)
    assert stored.path.read_text().startswith("# Jo was here\n")


def test_a_file_that_a_person_broke_is_not_overwritten(setlists: Setlists) -> None:
    stored = setlists.create(Setlist(name="Friday"))
    stored.path.write_text("name = 'Friday\n")
    with pytest.raises(SettingsError, match="Not valid TOML"):
        setlists.save("friday", with_note(stored, "x"), stored.token)
    assert stored.path.read_text() == "name = 'Friday\n"


SAVER = """
import sys
from pathlib import Path
import msgspec
from appliance.songs.setlists import ChangedMeanwhileError, Setlists
setlists = Setlists(Path(sys.argv[1]))
stored = setlists.load("friday")
print("ready", flush=True)
sys.stdin.readline()
try:
    setlists.save("friday", msgspec.structs.replace(stored.setlist, note=sys.argv[2]), stored.token)
    print("saved")
except ChangedMeanwhileError as error:
    print("lost", error.yours.note, error.theirs.setlist.note, error.theirs.setlist.version)
"""


def test_of_processes_that_save_at_once_exactly_one_wins(setlists: Setlists) -> None:
    setlists.create(Setlist(name="Friday", entries=tuple(TextEntry(text=f"{n}") for n in range(200))))
    names = [f"phone {number}" for number in range(3)]
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", SAVER, str(setlists.folder), name],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for name in names
    ]  # fmt: skip
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate()[0].strip() for process in processes]
    assert said.count("saved") == 1
    winner = names[said.index("saved")]
    for name, words in zip(names, said, strict=True):
        assert words in ("saved", f"lost {name} {winner} 2")
    assert setlists.load("friday").setlist.note == winner


DYING = """
import os, sys
from pathlib import Path
import msgspec
from appliance.songs.setlists import Setlists
setlists = Setlists(Path(sys.argv[1]))
stored = setlists.load("friday")
left = int(sys.argv[2])
def died(event, arguments):
    global left
    if event in ("open", "os.rename", "os.remove") and str(setlists.folder) in str(arguments[0]):
        left -= 1
        if left < 0:
            os._exit(9)
sys.addaudithook(died)
setlists.save("friday", msgspec.structs.replace(stored.setlist, note="new"), stored.token)
setlists.use("friday")
"""


def test_the_plug_pulled_at_any_step_leaves_the_old_or_the_new(setlists: Setlists) -> None:
    """The process ends, without any clean-up, before each of its steps that touch the folder."""
    seen = set()
    for step in range(40):
        if not (setlists.folder / "friday.toml").exists():
            setlists.create(Setlist(name="Friday", note="old"))
        code = subprocess.run([sys.executable, "-c", DYING, str(setlists.folder), str(step)], check=False).returncode
        found, problems = setlists.scan()
        assert not problems
        assert [each.slug for each in found] == ["friday"]
        assert setlists.active() in (None, "friday")
        seen.add(found[0].setlist.note)
        (setlists.folder / "friday.toml").unlink()
        (setlists.folder / "active").unlink(missing_ok=True)
        if code == 0:
            break
        assert code == 9
    assert step >= 5
    assert seen == {"old", "new"}


def test_what_a_power_cut_left_is_no_setlist(setlists: Setlists) -> None:
    stored = setlists.create(Setlist(name="Friday"))
    partial = stored.path.with_name(stored.path.name + storage.PARTIAL_SUFFIX)
    partial.write_text("name = ")
    assert len(setlists.scan()[0]) == 1
    setlists.save("friday", with_note(stored, "x"), stored.token)
    assert not partial.exists()


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "setlists").write_text("a file where the folder should be")
    with pytest.raises(StorageError, match="Nothing was changed"):
        Setlists(tmp_path / "setlists").create(Setlist(name="Friday"))


def test_a_new_name_keeps_the_file(setlists: Setlists) -> None:
    stored = setlists.create(Setlist(name="Friday"))
    other = setlists.create(Setlist(name="Sunday"))
    setlists.use("friday")
    renamed = setlists.rename("friday", "Saturday", stored.token)
    assert (renamed.slug, setlists.active()) == ("friday", "friday")
    assert setlists.find("sat").slug == "friday"
    with pytest.raises(LibraryError, match="of this name already"):
        setlists.rename("sunday", "saturday", other.token)
    with pytest.raises(ChangedMeanwhileError):
        setlists.rename("friday", "Monday", stored.token)
    assert setlists.create(Setlist(name="Friday")).slug == "friday-2"
    assert setlists.find("Friday").slug == "friday-2"
    assert setlists.find("friday.toml").slug == "friday"


def test_a_copy_keeps_the_comments(setlists: Setlists) -> None:
    stored = setlists.create(Setlist(name="Friday", entries=(SongEntry(song="Night Drive"),)))
    stored.path.write_text(stored.path.read_text() + "# Jo was here\n")
    copied = setlists.duplicate("friday", "Saturday")
    assert (copied.slug, copied.setlist.version) == ("saturday", 1)
    assert copied.setlist.entries == stored.setlist.entries
    assert "# Jo was here" in copied.path.read_text()


def test_put_away_and_brought_back(setlists: Setlists) -> None:
    stored = setlists.create(Setlist(name="Friday"))
    setlists.use("friday")
    before = stored.path.read_bytes()
    setlists.archive("friday")
    assert setlists.scan() == ([], [])
    assert setlists.active() is None
    assert setlists.find("fri", archived=True).setlist.name == "Friday"
    again = setlists.create(Setlist(name="Friday"))
    assert again.slug == "friday-2", "the archived one may come back"
    with pytest.raises(LibraryError, match="of this name already"):
        setlists.restore("friday")
    setlists.rename("friday-2", "Saturday", again.token)
    assert setlists.restore("friday").path.read_bytes() == before
    assert setlists.active() is None
    for gone in ("nothing", "../setlists/friday", ".lock", "", "a/b"):
        with pytest.raises(LibraryError):
            setlists.archive(gone)
        with pytest.raises(LibraryError):
            setlists.load(gone)


def test_the_active_one_is_remembered_and_may_be_gone(setlists: Setlists) -> None:
    assert setlists.active() is None
    with pytest.raises(LibraryError):
        setlists.use("friday")
    setlists.create(Setlist(name="Friday"))
    setlists.use("friday")
    assert Setlists(setlists.folder).active() == "friday"
    for rubbish in (b"../../etc/passwd", b"\xff\xfe\0", b"", b"gone\n"):
        (setlists.folder / "active").write_bytes(rubbish)
        assert setlists.active() is None
    setlists.use(None)
    assert not (setlists.folder / "active").exists()
