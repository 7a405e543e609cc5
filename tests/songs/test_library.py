"""Finding songs, and what is and is not part of the library."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from appliance.errors import LibraryError
from appliance.songs.identity import format_digests, identity, read_digests
from appliance.songs.library import Library, slugify
from appliance.songs.model import Role, Song, Stem
from appliance.songs.prepared import Source
from appliance.songs.songfile import write_song


def add(library: Library, title: str, order: int | None = None, slug: str | None = None) -> None:
    folder = library.folder / (slug or slugify(title))
    folder.mkdir(parents=True)
    stem = Stem(name="Track", role=Role.TRACK, file="Track.wav", channels=(1,))
    write_song(folder / "song.toml", Song(title=title, order=order, stems=[stem]))


@pytest.fixture
def library(tmp_path: Path) -> Library:
    made = Library(tmp_path / "library")
    add(made, "Été à Nice", 3)
    add(made, "Night Drive", 1)
    add(made, "Night Train")
    add(made, "Aurora")
    return made


def test_songs_come_by_number_then_title(library: Library) -> None:
    assert [each.song.title for each in library.songs()] == ["Night Drive", "Été à Nice", "Aurora", "Night Train"]
    assert Library(library.folder / "nowhere").songs() == []


@pytest.mark.parametrize("wanted", ["Été à Nice", "ete a nice", "ETE", "E\u0301te\u0301", "ete-a-nice", "été-a"])
def test_case_and_accents_do_not_matter(library: Library, wanted: str) -> None:
    assert library.find(wanted).song.title == "Été à Nice"


def test_an_ambiguous_beginning_lists_the_candidates(library: Library) -> None:
    with pytest.raises(LibraryError, match=r"Night Drive .*Night Train"):
        library.find("night")
    with pytest.raises(LibraryError, match="no such song"):
        library.find("nothing")
    with pytest.raises(LibraryError):
        library.find("")
    add(library, "Night")
    assert library.find("night").song.title == "Night"


def test_one_unreadable_song_does_not_hide_the_others(library: Library) -> None:
    (library.folder / "aurora" / "song.toml").write_text("title = ")
    songs, problems = library.scan()
    assert len(songs) == 3
    assert "aurora" in str(problems[0])


def test_slugs() -> None:
    assert slugify("Été à Nice") == "ete-a-nice"
    assert slugify("../../etc") == "etc"
    assert slugify("夜") == "song"
    assert len(slugify("x" * 500)) < 100


def test_stale_leftovers_go_and_a_running_import_stays(tmp_path: Path) -> None:
    library = Library(tmp_path / "library")
    stale = library.folder / ".incoming-stale"
    (stale / "song-0").mkdir(parents=True)
    code = (
        "import sys, time\nfrom pathlib import Path\nfrom appliance.songs.library import Library\n"
        "with Library(Path(sys.argv[1])).incoming() as folder:\n    print(folder, flush=True)\n    sys.stdin.read()\n"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(library.folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdin is not None
    assert other.stdout is not None
    running = Path(other.stdout.readline().strip())
    assert running.is_dir()
    assert not stale.exists()
    with library.incoming() as mine:
        assert running.is_dir()
        assert library.songs() == []
    assert not mine.exists()
    other.kill()
    other.wait()
    other.stdin.close()
    other.stdout.close()
    assert running.is_dir()
    with library.incoming():
        assert not running.exists()


def test_digests_are_what_sha256sum_reads(tmp_path: Path) -> None:
    originals = tmp_path / "originals"
    names = ["a.wav", "Été — Drums.wav", "back\\slash.wav", "new\nline.wav", "sub/b.wav"]
    (originals / "sub").mkdir(parents=True)
    for name in names:
        (originals / name).write_bytes(name.encode())
    sources = [Source(file=name, sha256=hashlib.sha256(name.encode()).hexdigest()) for name in names]
    (tmp_path / "originals.sha256").write_bytes(format_digests(sources))
    subprocess.run(
        ["sha256sum", "--check", "--strict", "originals.sha256"], cwd=tmp_path, check=True, capture_output=True
    )
    assert identity(read_digests(tmp_path)) == identity(sources)
    assert {each.file for each in read_digests(tmp_path)} == set(names)
