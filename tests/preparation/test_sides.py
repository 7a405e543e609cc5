"""Left and right as two mono files sound left and right; a side alone, or of something else, means nothing."""

from pathlib import Path

import numpy as np
import pytest
from deliveries import RATE, audio_of, click, music, prepared_of, roles_of, run, sentences, write

from appliance.preparation.prepare import is_current
from appliance.preparation.sides import SidePair, side_pairs
from appliance.settings import preset
from appliance.songs.library import Library
from appliance.songs.model import Side
from appliance.songs.routing import gain_matrix

PAIRS = [
    ("Drums L", "Drums R"),
    ("Keys (left)", "Keys (right)"),
    ("Pad.L", "Pad.R"),
    ("Gitarre links", "Gitarre rechts"),
    ("Guitare gauche", "Guitare droite"),
    ("Guitarra izquierda", "Guitarra derecha"),
    ("Guitarra izq", "Guitarra der"),
    ("Chitarra sinistra", "Chitarra destra"),
    ("Chitarra SX", "Chitarra DX"),
    ("Guitarra esquerda", "Guitarra direita"),
    ("Toetsen links", "Toetsen rechts"),
    ("OH_L", "OH_R"),
    ("GtrL", "GtrR"),
    ("Left Hand Piano L", "Left Hand Piano R"),
    ("01 Synth L", "02 Synth R"),
    ("L Strings", "R Strings"),
]


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "library")


def sides_of(library: Library, title: str) -> dict[str, Side | None]:
    return {stem.file: stem.side for stem in library.find(title).song.stems}


@pytest.mark.parametrize("pair", PAIRS)
def test_names_that_are_a_pair(pair: tuple[str, str]) -> None:
    left, right = (f"{name}.wav" for name in pair)
    (found,) = side_pairs(["Bass.wav", right, left, "Click.wav"])
    assert (found.left, found.right) == (2, 1)


@pytest.mark.parametrize(
    "names",
    [
        ["Drums L.wav", "Bass.wav"],
        ["Drums L.wav", "Bass R.wav"],
        ["Drums L.wav", "Drums R 2.wav"],
        ["Drums L.wav", "Drums R.wav", "Drums R.flac"],
        ["Drums L.wav", "Drums.wav"],
        ["a/Drums L.wav", "b/Drums R.wav"],
        ["Der Bass.wav", "Bass.wav"],
        ["Drumsl.wav", "Drumsr.wav"],
    ],
)
def test_names_that_are_none(names: list[str]) -> None:
    assert side_pairs(names) == []


def test_a_number_behind_the_side_belongs_to_the_name() -> None:
    names = ["Gtr L 1.wav", "Gtr R 1.wav", "Gtr L 2.wav", "Gtr R 2.wav"]
    assert side_pairs(names) == [SidePair(0, 1, 1), SidePair(2, 3, 1)]


@pytest.mark.parametrize("pair", PAIRS)
def test_two_mono_files_sound_left_and_right(tmp_path: Path, library: Library, pair: tuple[str, str]) -> None:
    """Heard as the same sound in one stereo file would be, on every preset."""
    left, right = music(3, seed=1), music(3, seed=2)
    write(tmp_path / "in" / "One" / f"{pair[0]}.wav", left)
    write(tmp_path / "in" / "One" / f"{pair[1]}.wav", right)
    write(tmp_path / "in" / "Two" / "Strings.wav", np.column_stack([left, right]))
    assert sentences(run(library, tmp_path / "in")) == []
    assert sides_of(library, "One") == {f"{pair[0]}.wav": "left", f"{pair[1]}.wav": "right"}
    reasons = {stem.file: stem.reason for stem in library.find("One").song.stems}
    assert reasons[f"{pair[1]}.wav"].endswith(f'the right of two sides, "{pair[0]}.wav" is the other')
    assert len({stem.name for stem in library.find("One").song.stems}) == 2
    heard = {}
    for title in ("One", "Two"):
        song = prepared_of(library, title)
        stems = song.metadata.stems
        for stem in stems:
            stem.part = None
        heard[title] = [audio_of(song) @ gain_matrix(preset(outputs), stems) for outputs in (1, 2, 4, 8)]
    for one, two in zip(heard["One"], heard["Two"], strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("given", [True, False])
def test_a_whole_song_in_two_halves(tmp_path: Path, library: Library, given: bool) -> None:
    """As some programs write stereo: the halves bear nothing but the title and the side."""
    folder = tmp_path / "stick" if given else tmp_path / "stick" / "Other Name"
    for name, sound in {"L": music(4, seed=1), "R": music(4, seed=2)}.items():
        write(folder / f"Night Drive.{name}.wav", sound)
    write(folder / "Night Drive Click.wav", click(4))
    write(folder / "Hold Fast.wav", music(5, seed=3))
    run(library, tmp_path / "stick")
    assert roles_of(library, "Night Drive") == {
        "Night Drive Click.wav:1": "click", "Night Drive.L.wav:1": "track", "Night Drive.R.wav:1": "track",
    }  # fmt: skip
    sides = sides_of(library, "Night Drive")
    assert list(sides.values()) == [None, "left", "right"]
    assert [stem.name for stem in library.find("Night Drive").song.stems] == ["Click", "Track left", "Track right"]
    assert roles_of(library, "Hold Fast") == {"Hold Fast.wav:1": "track"}


def test_two_songs_about_directions_stay_two(tmp_path: Path, library: Library) -> None:
    write(tmp_path / "in" / "Turn Left.wav", music(4))
    write(tmp_path / "in" / "Turn Right.wav", music(5, seed=2))
    run(library, tmp_path / "in")
    assert [each.song.title for each in library.songs()] == ["Turn Left", "Turn Right"]


def test_a_side_means_nothing_where_the_files_are_not_two_halves(tmp_path: Path, library: Library) -> None:
    one = np.column_stack([music(4), music(4, seed=2)])
    for name, data in {
        "Pad L": music(4, seed=3),
        "Keys L": one, "Keys R": music(4, seed=4),
        "Song Stuff L": music(4, seed=5), "Song Stuff R": click(4),
        "Gtr L": music(4, seed=6), "Gtr R": np.zeros(4 * RATE),
    }.items():  # fmt: skip
        write(tmp_path / "Song" / f"{name}.wav", data)
    run(library, tmp_path / "Song")
    assert set(sides_of(library, "Song").values()) == {None}


def test_a_person_may_undo_it(tmp_path: Path, library: Library) -> None:
    write(tmp_path / "Song" / "Drums L.wav", music(2))
    write(tmp_path / "Song" / "Drums R.wav", music(2, seed=2))
    run(library, tmp_path / "Song")
    path = library.find("Song").folder / "song.toml"
    assert [stem.side for stem in prepared_of(library, "Song").metadata.stems] == ["left", "right"]
    path.write_text(path.read_text().replace('side = "left"\n', "").replace('side = "right"\n', ""))
    assert not is_current(path.parent, RATE)
    run(library, tmp_path / "Song")
    assert [stem.side for stem in prepared_of(library, "Song").metadata.stems] == [None, None]
