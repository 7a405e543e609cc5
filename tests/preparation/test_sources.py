"""What sticks and archives bring along: droppings, other files, attacks."""

import os
import stat
import unicodedata
import zipfile
from pathlib import Path

import numpy as np
import pytest
from deliveries import click, music, prepared_of, run, sentences, write

from appliance.errors import SourceError
from appliance.preparation.archives import safe_place, unpack
from appliance.preparation.report import Outcome
from appliance.preparation.sources import collect
from appliance.songs.library import Library


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "library")


def wav(tmp_path: Path, seed: int = 1) -> bytes:
    return write(tmp_path / "scratch.wav", music(1, seed=seed)).read_bytes()


def zipped(path: Path, entries: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return path


def test_droppings_and_other_kinds_are_passed_over_in_silence(tmp_path: Path, library: Library) -> None:
    folder = tmp_path / "in" / "Song"
    write(folder / "Drums.wav", music())
    quiet = ["._Drums.wav", ".DS_Store", "Thumbs.db", "desktop.ini", "Song.als", "lyrics.txt", "chords.pdf", "Song.mid",
             "cover.JPG", "Drums.wav.asd", "~$notes.docx", ".hidden.wav"]  # fmt: skip
    for name in quiet:
        (folder / name).write_bytes(b"\0\5\x16\7" * 100)
    write(tmp_path / "in" / "__MACOSX" / "Song" / "Drums.wav", music(seed=2))
    write(tmp_path / "in" / "System Volume Information" / "x.wav", music(seed=2))
    write(tmp_path / "in" / "Song.logicx" / "Media" / "Take.wav", music(seed=2))
    (tmp_path / "in" / "Lyrics").mkdir()
    (tmp_path / "in" / "Lyrics" / "a.txt").write_text("la")
    report = run(library, tmp_path / "in")
    assert sentences(report) == []
    assert [song.title for song in report.songs] == ["Song"]


def test_strange_things_are_mentioned_and_stop_nothing(tmp_path: Path, library: Library) -> None:
    folder = tmp_path / "in" / "Song"
    write(folder / "Drums.wav", music())
    (folder / "what.xyz").write_bytes(b"abc")
    os.mkfifo(folder / "Pipe.wav")
    (folder / "Gone.wav").symlink_to(folder / "nowhere.wav")
    (tmp_path / "in" / "Loop").symlink_to(tmp_path / "in", target_is_directory=True)
    (tmp_path / "in" / "Empty").mkdir()
    (folder / "Bass.wav").write_bytes(bytes(5000))
    report = run(library, tmp_path / "in", tmp_path / "missing")
    assert sorted(sentences(report)) == sorted(
        [
            "in/Empty: The folder is empty.",
            "in/Loop: This is a link to another folder; links are not followed.",
            "in/Song/Bass.wav: The file holds nothing but zero bytes. Copy it again.",
            "in/Song/Gone.wav: The file cannot be read: No such file or directory.",
            "in/Song/Pipe.wav: This is not a file and is ignored.",
            "in/Song/what.xyz: This is no audio file of a known kind and is ignored.",
            f"{tmp_path / 'missing'}: There is nothing of this name.",
        ]
    )
    assert report.songs[0].outcome is Outcome.IMPORTED


def test_an_audio_file_without_a_suffix_is_recognised(tmp_path: Path, library: Library) -> None:
    folder = tmp_path / "Song"
    folder.mkdir()
    (folder / "Drums").write_bytes(wav(tmp_path))
    assert run(library, folder).songs[0].outcome is Outcome.IMPORTED


def test_names_in_any_form(tmp_path: Path, library: Library) -> None:
    """Decomposed accents, as a Mac writes them, and bytes that are no UTF-8 at all."""
    folder = tmp_path / "in" / unicodedata.normalize("NFD", "02 Été à Nice")
    write(folder / unicodedata.normalize("NFD", "Été à Nice - Métronome.wav"), music(1))
    (Path(os.fsdecode(os.fsencode(folder) + b"/Gitarre \xfcber.wav"))).write_bytes(wav(tmp_path, 2))
    report = run(library, tmp_path / "in")
    assert report.songs[0].outcome is Outcome.IMPORTED
    song = library.find("été à nice").song
    assert song.title == "Été à Nice"
    assert {str(stem.role) for stem in song.stems} == {"click", "track"}
    prepared_of(library, "Été à Nice")


def test_archives_with_stems_and_with_songs(tmp_path: Path, library: Library) -> None:
    one, two, three = (wav(tmp_path, seed) for seed in (1, 2, 3))
    clicks = write(tmp_path / "click.wav", click(1, 420)).read_bytes()
    inner = zipped(tmp_path / "inner.zip", {"Drums.wav": three, "Click.wav": clicks}).read_bytes()
    (tmp_path / "in").mkdir()
    zipped(
        tmp_path / "in" / "01 Night Drive.zip", {"Stems/Drums.wav": one, "Stems/Bass.wav": two, "__MACOSX/._x": b"x"}
    )
    zipped(
        tmp_path / "in" / "Album.zip",
        {"01 Hold Fast/Drums.wav": two, "Night Train/Track.wav": three, "Inner.zip": inner},
    )
    report = run(library, tmp_path / "in")
    assert sentences(report) == []
    titles = {"Night Drive", "Hold Fast", "Night Train", "Inner"}
    assert {each.song.title for each in library.songs()} == titles
    for title in titles:
        prepared_of(library, title)
    originals = library.find("Night Drive").folder / "originals"
    assert (originals / "Stems" / "Bass.wav").read_bytes() == two


def test_names_of_archives_that_do_not_say_how_they_are_written(tmp_path: Path) -> None:
    archive = tmp_path / "a.zip"
    raw = zipped(archive, {"Fl__gel.wav": b"RIFF"}).read_bytes()
    archive.write_bytes(raw.replace(b"Fl__gel", "Flügel".encode()))
    unpack(archive, tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["Flügel.wav"]


@pytest.mark.parametrize(
    "name", ["../evil.wav", "a/../../evil.wav", "/etc/evil.wav", "C:\\evil.wav", "..\\evil.wav", "a\\..\\..\\b.wav"]
)
def test_names_that_lead_outside(tmp_path: Path, library: Library, name: str) -> None:
    assert safe_place(name) is None
    archive = zipped(tmp_path / "bad.zip", {"Good.wav": wav(tmp_path), name: wav(tmp_path)})
    before = sorted(tmp_path.iterdir())
    report = run(library, archive)
    assert len(sentences(report)) == 1
    assert "leads outside" in sentences(report)[0]
    assert sorted(path for path in tmp_path.iterdir() if path != library.folder) == before
    assert library.songs() == []


def test_links_bombs_and_passwords(tmp_path: Path) -> None:
    def refusal(archive: Path, limit: int = 1 << 40) -> str:
        with pytest.raises(SourceError) as caught:
            unpack(archive, tmp_path / f"out-{archive.stem}", limit)
        assert not list((tmp_path / f"out-{archive.stem}").glob("*"))
        return caught.value.sentence

    link = zipfile.ZipInfo("Drums.wav")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert "is a link" in refusal(tmp_path / "link.zip")

    with (
        zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("x.wav", "w", force_zip64=True) as big,
    ):
        for _ in range(1100):
            big.write(bytes(1 << 20))
    assert "not plausible" in refusal(tmp_path / "bomb.zip")
    assert "not plausible" in refusal(zipped(tmp_path / "large.zip", {"x.wav": os.urandom(5000)}), 4000)

    locked = zipped(tmp_path / "locked.zip", {"x.wav": b"data"})
    raw = bytearray(locked.read_bytes())
    raw[6] |= 1
    raw[raw.index(b"PK\1\2") + 8] |= 1
    locked.write_bytes(raw)
    assert "password" in refusal(locked)

    cut = tmp_path / "cut.zip"
    cut.write_bytes(zipped(tmp_path / "whole.zip", {"x.wav": os.urandom(5000)}).read_bytes()[:3000])
    assert "damaged" in refusal(cut)


def test_an_entry_that_is_longer_than_it_says(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "liar.zip", {"x.wav": bytes(100_000)})
    raw = archive.read_bytes()
    archive.write_bytes(raw.replace((100_000).to_bytes(4, "little"), (1000).to_bytes(4, "little")))
    with pytest.raises(SourceError, match="damaged"):
        unpack(archive, tmp_path / "out")
    written = tmp_path / "out" / "x.wav"
    assert not written.exists() or written.stat().st_size <= 1000


def test_too_deep_is_left_out(tmp_path: Path) -> None:
    deep = tmp_path / "in"
    for number in range(30):
        deep = deep / f"Folder {number} x"
    write(deep / "Track.wav", np.zeros(10))
    trees, findings = collect([tmp_path / "in"], tmp_path / "scratch")
    assert len(trees) == 1
    assert "folders deep" in findings[0].sentence
