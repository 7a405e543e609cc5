"""song.toml: strict to read, gentle to write."""

from pathlib import Path

import pytest

from appliance.errors import LibraryError, SettingsError
from appliance.songs.model import Part, Role, Section, Song, Stem
from appliance.songs.songfile import read_song, write_song


def a_song() -> Song:
    return Song(
        title="Été à Nice",
        order=6,
        stems=[
            Stem(name="Drums", role=Role.TRACK, file="Drums.wav", channels=(1, 2), part=Part.DRUMS, reason="its name"),
            Stem(name="Click", role=Role.CLICK, file="sub/Click.wav", channels=(1,), gain_db=-3.5),
        ],
        sections=[Section(name="intro", start_s=0.0), Section(name="verse", start_s=12.25)],
    )


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "song.toml"
    write_song(path, a_song())
    assert read_song(path) == a_song()
    assert "[[sections]]" in path.read_text()


def test_a_persons_comments_and_corrections_survive_a_rewrite(tmp_path: Path) -> None:
    path = tmp_path / "song.toml"
    write_song(path, a_song())
    text = path.read_text().replace('role = "click"', 'role = "guide" # it counts in, says Jo')
    path.write_text("# do not touch before Friday\n" + text)
    song = read_song(path)
    assert song.stems[1].role is Role.GUIDE
    song.title = "Summer in Nice"
    song.stems[1].gain_db = 1.0
    write_song(path, song)
    after = path.read_text()
    assert after.startswith("# do not touch before Friday\n")
    assert 'role = "guide" # it counts in, says Jo' in after
    assert read_song(path) == song
    before = path.read_bytes()
    write_song(path, song)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("before", "after", "key"),
    [
        ('role = "click"', 'role = "klick"', "stems[1].role"),
        ("channels = [1, 2]", 'channels = "1-2"', "stems[0].channels"),
        ("channels = [1, 2]", "channels = [1, 2, 3]", "stems[0].channels"),
        ("channels = [1, 2]", "channels = [0]", "stems[0].channels"),
        ("channels = [1, 2]", "channels = []", "stems[0].channels"),
        ("channels = [1, 2]", "channels = [1, 1]", "stems[0].channels"),
        ('file = "Drums.wav"', 'file = "../../etc/passwd"', "stems[0].file"),
        ('file = "Drums.wav"', 'file = "/etc/passwd"', "stems[0].file"),
        ("channels = [1, 2]", 'channels = [1, 2]\nside = "left"', "stems[0].side"),
        ("channels = [1]", 'channels = [1]\nside = "middle"', "stems[1].side"),
        ("gain_db = -3.5", "gain_db = 60.0", "stems[1].gain_db"),
        ("gain_db = -3.5", "gain_db = nan", "stems[1].gain_db"),
        ("gain_db = -3.5", "gain = -3.5", "stems[1]"),
        ("start_s = 12.25", "start_s = -1.0", "sections[1].start_s"),
        ("start_s = 0.0", "start_s = 13.0", "sections[1].start_s"),
        ('title = "Été à Nice"', 'title = " "', "title"),
        ('title = "Été à Nice"', 'titel = "Été à Nice"', "top"),
        ('title = "Été à Nice"', "title = ", "song.toml"),
    ],
)
def test_a_slip_is_named_by_its_key(tmp_path: Path, before: str, after: str, key: str) -> None:
    path = tmp_path / "song.toml"
    write_song(path, a_song())
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))
    with pytest.raises(SettingsError) as caught:
        read_song(path)
    assert caught.value.subject is not None
    assert caught.value.subject.endswith(key)


def test_too_many_channels_and_no_file(tmp_path: Path) -> None:
    stems = [Stem(name=f"{n}", role=Role.TRACK, file="a.wav", channels=(1, 2)) for n in range(33)]
    with pytest.raises(SettingsError, match="66 channels"):
        write_song(tmp_path / "song.toml", Song(title="x", stems=stems))
    with pytest.raises(LibraryError):
        read_song(tmp_path / "song.toml")
