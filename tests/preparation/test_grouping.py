"""Which files are one song, and what it is called."""

from pathlib import Path

import pytest

from appliance.preparation.grouping import group
from appliance.preparation.sources import collect


def songs(root: Path, files: list[str], lengths: dict[str, float] | None = None) -> dict[str, list[str]]:
    """Title -> its files, for a delivery of ``files`` below ``root``."""
    for name in files:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"RIFF")
    trees, _ = collect([root], root.parent / "scratch")
    made = group(trees, lambda path: (lengths or {}).get(path.name, 0.0))
    assert len({song.title for song in made}) == len(made)
    return {song.title: sorted(file.kept_as for file in song.files) for song in made}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "stick"


def test_a_stick_of_folders(root: Path) -> None:
    files = [
        "01 Night Drive/Drums.wav",
        "01 Night Drive/Click.wav",
        "02 Hold Fast/Hold Fast - Bass.wav",
        "Wer/Klick.wav",
    ]
    assert songs(root, files) == {
        "Night Drive": ["Click.wav", "Drums.wav"],
        "Hold Fast": ["Hold Fast - Bass.wav"],
        "Wer": ["Klick.wav"],
    }


def test_loose_stems_are_one_song(root: Path) -> None:
    files = ["Drums.wav", "Bass.wav", "Weird Thing.wav", "Click.wav"]
    assert songs(root / "Night Drive", files) == {"Night Drive": sorted(files)}


def test_loose_titles_are_songs(root: Path) -> None:
    files = ["01 Night Drive.wav", "02 Count On Me.wav", "03 Bass Face.wav", "24 Hours.mp3"]
    made = songs(root, files)
    assert made == {name.split(" ", 1)[1][:-4] if name[0] == "0" else "24 Hours": [name] for name in files}


def test_loose_pairs_are_songs(root: Path) -> None:
    files = ["Night Drive track.wav", "Night Drive click.wav", "Hold Fast.wav", "Hold Fast - Klick.wav", "Alone.wav"]
    assert songs(root, files) == {
        "Night Drive": ["Night Drive click.wav", "Night Drive track.wav"],
        "Hold Fast": ["Hold Fast - Klick.wav", "Hold Fast.wav"],
        "Alone": ["Alone.wav"],
    }


def test_one_pair_on_a_stick_has_the_files_title(root: Path) -> None:
    assert list(songs(root, ["Slow Water Track.mp3", "Slow Water Click.mp3"])) == ["Slow Water"]


def test_nested_folders(root: Path) -> None:
    files = [
        "Album/01 Night Drive/Stems/Drums.wav",
        "Album/01 Night Drive/Stems/Bass.wav",
        "Album/01 Night Drive/Click/Night Drive Click.wav",
        "Album/02 Hold Fast/Audio Files/24bit/Gtr.wav",
        "Album/Logic/Project.logicx/Media/take 1.wav",
    ]
    assert songs(root, files) == {
        "Night Drive": ["Click/Night Drive Click.wav", "Stems/Bass.wav", "Stems/Drums.wav"],
        "Hold Fast": ["Audio Files/24bit/Gtr.wav"],
    }


def test_a_folder_called_stems_takes_the_name_above_it(root: Path) -> None:
    assert list(songs(root / "Night Drive" / "Stems", ["Drums.wav", "Click.wav"])) == ["Night Drive"]


def test_stems_that_share_a_short_name_of_the_song(root: Path) -> None:
    files = ["02 Hold Fast/HF_Drums.wav", "02 Hold Fast/HF_Noises.wav", "02 Hold Fast/HF_Click.wav"]
    assert list(songs(root, files)) == ["Hold Fast"]


def test_lengths_decide_where_names_do_not(root: Path) -> None:
    files = ["Hold Fast/aaa.wav", "Hold Fast/bbb.wav"]
    assert list(songs(root, files, {"aaa.wav": 10.0, "bbb.wav": 10.0})) == ["Hold Fast"]
    assert list(songs(root, files, {"aaa.wav": 10.0, "bbb.wav": 11.0})) == ["aaa", "bbb"]


def test_a_title_of_role_words_does_not_colour_its_stems(root: Path) -> None:
    files = [
        "Count On Me/Count On Me - Drums.wav",
        "Count On Me/Count On Me - Click.wav",
        "Count On Me/Count On Me.wav",
    ]
    for name in files:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"RIFF")
    (song,) = group(collect([root], root.parent / "scratch")[0], lambda _: 0.0)
    said = {file.kept_as: file.said.role if file.said else None for file in song.files}
    assert said == {"Count On Me - Drums.wav": "track", "Count On Me - Click.wav": "click", "Count On Me.wav": None}


def test_single_files(tmp_path: Path) -> None:
    for name in ("03 Night Drive.wav", "Hold Fast.flac"):
        (tmp_path / name).write_bytes(b"RIFF")
    trees, _ = collect([tmp_path / "03 Night Drive.wav"], tmp_path / "scratch")
    (song,) = group(trees, lambda _: 0.0)
    assert (song.title, song.order) == ("Night Drive", 3)
