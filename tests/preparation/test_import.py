"""Importing twice, beside itself, over corrections, into a full disk, and killed at any moment."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from deliveries import RATE, click, music, prepared_of, roles_of, run, sentences, snapshot, tone, write

from appliance.errors import SettingsError
from appliance.preparation.importer import import_songs
from appliance.preparation.prepare import is_current, prepare_song
from appliance.preparation.report import Outcome
from appliance.songs.library import Library
from appliance.songs.prepared import verify
from appliance.workers import run_all

TESTS = Path(__file__).parent
IMPORTER = """
import sys
from pathlib import Path
from appliance.preparation.importer import import_songs
from appliance.songs.library import Library
if __name__ == "__main__":
    print("begun", flush=True)
    report = import_songs(Library(Path(sys.argv[1])), [Path(sys.argv[2])], 48000, int(sys.argv[3]))
    for finding in report.every_finding():
        print(finding.level, finding.subject, finding.sentence, sep="|", flush=True)
"""


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "library")


@pytest.fixture
def delivered(tmp_path: Path) -> Path:
    write(tmp_path / "in" / "01 Night Drive" / "Drums.wav", music())
    write(tmp_path / "in" / "01 Night Drive" / "Click.wav", click())
    write(tmp_path / "in" / "02 Hold Fast" / "Hold Fast.flac", np.column_stack([music(seed=2), click()]))
    return tmp_path / "in"


def outcomes(library: Library, *paths: Path) -> list[Outcome]:
    return [song.outcome for song in run(library, *paths).songs]


def test_the_same_under_other_names_changes_nothing(tmp_path: Path, library: Library, delivered: Path) -> None:
    assert outcomes(library, delivered) == [Outcome.IMPORTED] * 2
    before = snapshot(library.folder)
    (delivered / "01 Night Drive").rename(delivered / "Renamed")
    (delivered / "Renamed" / "Click.wav").rename(delivered / "Renamed" / "Klick.wav")
    assert outcomes(library, delivered) == [Outcome.UNCHANGED] * 2
    assert snapshot(library.folder) == before


def test_the_same_twice_in_one_delivery(library: Library, delivered: Path) -> None:
    shutil.copytree(delivered / "01 Night Drive", delivered / "Copy of Night Drive")
    shutil.copy(delivered / "01 Night Drive" / "Click.wav", delivered / "01 Night Drive" / "Click copy.wav")
    report = run(library, delivered)
    assert [song.outcome for song in report.songs] == [Outcome.IMPORTED, Outcome.IMPORTED, Outcome.UNCHANGED]
    text = " ".join(sentences(report))
    assert 'It is the same as "01 Night Drive/Click copy.wav" and is used once.' in text
    assert 'The same was delivered as "01 Night Drive"; it is imported once.' in text
    assert len(roles_of(library, "Night Drive")) == 2


def test_another_song_of_the_same_title_stands_beside_it(library: Library, delivered: Path) -> None:
    run(library, delivered)
    before = snapshot(library.folder / "night-drive")
    write(delivered / "01 Night Drive" / "Bass.wav", tone())
    report = run(library, delivered)
    assert (report.songs[0].title, report.songs[0].slug) == ("Night Drive (2)", "night-drive-2")
    assert 'There is another song called "Night Drive"; this one is now "Night Drive (2)".' in sentences(report)[0]
    assert snapshot(library.folder / "night-drive") == before
    assert library.find("night drive (2)").song.title == "Night Drive (2)"
    assert prepared_of(library, "Night Drive (2)").metadata.title == "Night Drive (2)"
    assert outcomes(library, delivered) == [Outcome.UNCHANGED] * 2


def test_a_corrected_role_is_prepared_anew_and_kept(library: Library, delivered: Path) -> None:
    run(library, delivered)
    song = library.find("Night Drive")
    assert is_current(song.folder, RATE)
    path = song.folder / "song.toml"
    path.write_text(path.read_text().replace('role = "click"', 'role = "guide"'))
    assert not is_current(song.folder, RATE)
    assert "guide" not in prepared_of(library, "Night Drive").roles
    report = run(library, delivered)
    assert report.songs[0].outcome is Outcome.UNCHANGED
    assert "01 Night Drive: It was prepared anew for 48000 Hz." in sentences(report)
    assert is_current(song.folder, RATE)
    assert "guide" in prepared_of(library, "Night Drive").roles
    assert roles_of(library, "Night Drive")["Click.wav:1"] == "guide"
    path.write_text(path.read_text().replace("\nreason", "\n# my own\nreason"))
    assert is_current(song.folder, RATE)


def test_a_correction_needs_no_stick(library: Library, delivered: Path) -> None:
    """Importing the originals that are kept prepares the song as song.toml now says."""
    run(library, delivered)
    folder = library.find("Night Drive").folder
    path = folder / "song.toml"
    path.write_text(path.read_text().replace('role = "click"', 'role = "guide"'))
    assert outcomes(library, folder / "originals") == [Outcome.UNCHANGED]
    assert is_current(folder, RATE)
    assert len(library.songs()) == 2


def test_another_rate_stands_beside_the_first(library: Library, delivered: Path) -> None:
    run(library, delivered)
    folder = library.find("Night Drive").folder
    assert not is_current(folder, 96_000)
    heard: list[float] = []
    prepared = prepare_song(folder, 96_000, heard.append).song
    assert (prepared.rate_hz, prepared.frames) == (96_000, 6 * 96_000)
    assert heard == sorted(heard)
    assert heard[-1] == 1.0
    assert is_current(folder, 96_000)
    assert is_current(folder, RATE)
    with pytest.raises(SettingsError):
        prepare_song(folder, 47_000)
    with pytest.raises(SettingsError):
        import_songs(library, [delivered], 47_000)


def test_a_damaged_prepared_song_is_made_again(library: Library, delivered: Path) -> None:
    run(library, delivered)
    path = library.find("Night Drive").prepared(RATE)
    path.write_bytes(path.read_bytes()[:-1])
    (path.parent / f"{path.name}.partial").write_bytes(b"rubbish")
    run(library, delivered)
    verify(path)
    assert not list(path.parent.glob("*.partial"))


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (('file = "Click.wav"', 'file = "Gone.wav"'), "stems[0].file"),
        (("channels = [1]", "channels = [2]"), "stems[0].channels"),
    ],
)
def test_a_correction_that_cannot_be_is_named(
    library: Library, delivered: Path, change: tuple[str, str], key: str
) -> None:
    run(library, delivered)
    folder = library.find("Night Drive").folder
    whole = library.find("Night Drive").prepared(RATE).read_bytes()
    path = folder / "song.toml"
    path.write_text(path.read_text().replace(*change, 1))
    with pytest.raises(SettingsError) as caught:
        prepare_song(folder, RATE)
    assert str(caught.value.subject).endswith(key)
    assert library.find("Night Drive").prepared(RATE).read_bytes() == whole


def test_sections_of_song_toml_come_into_the_prepared_song(library: Library, delivered: Path) -> None:
    run(library, delivered)
    folder = library.find("Night Drive").folder
    path = folder / "song.toml"
    before = path.read_text()
    path.write_text(before + '\n[[sections]]\nname = "verse"\nstart_s = 2.5\n')
    (section,) = prepare_song(folder, RATE).song.metadata.sections
    assert (section.name, section.start_frame) == ("verse", 120_000)
    path.write_text(before + '\n[[sections]]\nname = "verse"\nstart_s = 6.0\n')
    with pytest.raises(SettingsError, match="before this section"):
        prepare_song(folder, RATE)


def dies(number: int) -> int:
    if number == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.05)
    return number


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_worker_that_dies_costs_its_task_only(jobs: int) -> None:
    results = dict(run_all(dies, range(5), jobs, lambda _: None))
    assert results == {0: 0, 1: 1, 2: None, 3: 3, 4: 4}


def test_too_little_room_is_said_before_anything_is_written(library: Library, delivered: Path, tmp_path: Path) -> None:
    """On a small disk of its own: the large song is refused, the small one comes in."""
    mount = tmp_path / "small"
    mount.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=70M", "none", str(mount)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk needs root")
    try:
        small = Library(mount / "library")
        draw = np.random.default_rng(1).normal(0, 0.1, (20 * RATE, 2))
        write(delivered / "00 Large" / "Keys.wav", draw)
        report = run(small, delivered)
        assert report.songs[0].outcome is Outcome.REFUSED
        assert "There is no room for it" in report.songs[0].findings[-1].sentence
        assert report.songs[1].outcome is Outcome.IMPORTED
        prepared_of(small, "Night Drive")
        assert {path.name for path in small.folder.iterdir()} >= {"night-drive", ".lock"}
        assert not list(small.folder.glob(".incoming*"))
    finally:
        subprocess.run(["umount", str(mount)], check=True)


def test_a_disk_that_fills_meanwhile_costs_the_song_only(library: Library, delivered: Path, tmp_path: Path) -> None:
    """Files may not grow beyond 1.5 MB, which stands in for a disk that somebody else fills."""
    write(delivered / "03 Small" / "Track.wav", tone(0.5))
    command = [sys.executable, "-c", IMPORTER, str(library.folder), str(delivered), "1"]
    limited = ["prlimit", "--fsize=1500000", *command]
    done = subprocess.run(limited, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()[1:]
    assert [line.split("|")[0] for line in lines if "Nothing was changed" in line] == ["error", "error"], done.stdout
    assert [each.song.title for each in library.songs()] == ["Small"]
    prepared_of(library, "Small")
    assert not list(library.folder.glob(".incoming*"))


def test_killed_at_any_moment_it_leaves_whole_songs_only(delivered: Path, tmp_path: Path) -> None:
    """Killed a moment after each of its songs has appeared: what is there is whole, the next import completes."""
    for number in range(3, 6):
        stereo = np.column_stack([music(8, seed=number)] * 2)
        write(delivered / f"0{number} Song {number}" / "Keys.wav", stereo, 44_100)
    draw = random.Random(5)
    survivors = []
    for turn in range(15):
        library = Library(tmp_path / f"library-{turn}")
        command = [sys.executable, "-c", IMPORTER, str(library.folder), str(delivered), "2"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while process.poll() is None and not ready_to_die(library, turn % 5):
            time.sleep(0.002)
        time.sleep(draw.uniform(0, 1.5 if turn % 5 == 0 else 0.2))
        process.kill()
        process.wait()
        songs, problems = library.scan()
        assert problems == []
        for song in songs:
            verify(song.prepared(RATE))
            assert is_current(song.folder, RATE)
        survivors.append(len(songs))
        if turn >= 10:
            assert {song.outcome for song in run(library, delivered).songs} <= {Outcome.IMPORTED, Outcome.UNCHANGED}
            assert len(library.songs()) == 5
            assert not list(library.folder.glob(".incoming*"))
    assert len(set(survivors)) > 2, f"the kills missed the import: {survivors}"


def ready_to_die(library: Library, songs: int) -> bool:
    there = list(library.folder.glob("*")) if library.folder.exists() else []
    return len([path for path in there if not path.name.startswith(".")]) >= songs and len(there) > 1


def test_two_imports_at_once(library: Library, delivered: Path) -> None:
    command = [sys.executable, "-c", IMPORTER, str(library.folder), str(delivered), "1"]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    for process in both:
        out, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        assert "error" not in out
    assert sorted(each.song.title for each in library.songs()) == ["Hold Fast", "Night Drive"]


def test_two_imports_at_once_of_different_songs_with_one_title(library: Library, tmp_path: Path) -> None:
    """Both read the library before either has published: the slower of each pair takes the number."""
    songs = [f"Song {letter}" for letter in "ABCDE"]
    for side in range(2):
        for number, title in enumerate(songs):
            write(tmp_path / f"in-{side}" / title / "Keys.wav", music(8, seed=10 * side + number), 44_100)
    both = [
        subprocess.Popen(
            [sys.executable, "-c", IMPORTER, str(library.folder), str(tmp_path / f"in-{side}"), "2"],
            stdout=subprocess.PIPE,
            text=True,
        )
        for side in range(2)
    ]
    told = ""
    for process in both:
        told += process.communicate(timeout=120)[0]
        assert process.returncode == 0
    assert sorted(each.song.title for each in library.songs()) == sorted([*songs, *(f"{each} (2)" for each in songs)])
    assert told.count("There is another song called") == len(songs)
    for each in library.songs():
        assert prepared_of(library, each.song.title).metadata.title == each.song.title
        assert is_current(each.folder, RATE)


def test_workers_end_with_their_importer(library: Library, delivered: Path) -> None:
    for number in range(30):
        write(delivered / f"Song {number} x" / "Track.wav", music(20, seed=number), 44_100)
    command = [sys.executable, "-c", IMPORTER, str(library.folder), str(delivered), "2"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 20
    while len(children(process.pid)) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    workers = children(process.pid)
    assert len(workers) >= 2
    process.kill()
    process.wait()
    deadline = time.monotonic() + 5
    while any(Path(f"/proc/{pid}/cmdline").exists() and alive(pid) for pid in workers) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not [pid for pid in workers if alive(pid)]


def children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
