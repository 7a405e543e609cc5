"""Rubbish of every kind: names, headers and settings may be refused with a sentence, and nothing else may happen."""

import contextlib
from pathlib import Path

import numpy as np
import pytest
from deliveries import music, write
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.errors import SettingsError, SourceError
from appliance.preparation.arrange import Analysed, arrange
from appliance.preparation.grouping import group
from appliance.preparation.measure import measure
from appliance.preparation.probe import probe
from appliance.preparation.sources import Folder
from appliance.songs.library import slugify
from appliance.songs.songfile import read_song

WORDS = [
    "click",
    "Guide",
    "Drums",
    "Bass",
    "Night",
    "Drive",
    "01",
    "24",
    "Hours",
    "Count",
    "On",
    "Me",
    "Track",
    "Stems",
    "(8ch)",
    "-",
    "_",
    ".",
    "Été",
    "É",
    "夜",
    "L",
    "R",
    "�",
    "A1",
    "120bpm",
    "ClickTrack",
    "'",
    "ß",
    "İ",
    "ﬁ",
    "²",
    "٣",
]
SLIPS = r'(title|stems|order|x) = ("a"|\[\]|1|\{\}|\[\{name="x"\}\])\n?'
NAMES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).flatmap(
    lambda words: st.sampled_from(["", " ", "_", " - "]).map(lambda glue: glue.join(words))
)
KINDS = {
    "a.wav": ("WAV", "PCM_24"),
    "b.aif": ("AIFF", "PCM_16"),
    "c.flac": ("FLAC", "PCM_16"),
    "d.mp3": ("MP3", None),
    "e.ogg": ("OGG", "VORBIS"),
    "f.w64": ("W64", "PCM_16"),
    "g.wav": ("RF64", "FLOAT"),
    "h.caf": ("CAF", "PCM_16"),
}


@settings(max_examples=300, deadline=None)
@given(title=NAMES, stems=st.lists(NAMES, min_size=1, max_size=8, unique=True), given_=st.booleans())
def test_any_names_give_songs_that_hold_every_file_once(title: str, stems: list[str], given_: bool) -> None:
    folder = Folder(title, Path("/x") / "y", "", given=given_)
    folder.files = [folder.path / f"{stem}.wav" for stem in stems]
    songs = group([folder], lambda path: float(len(path.name)))
    assert sorted(file.path for song in songs for file in song.files) == sorted(folder.files)
    for song in songs:
        assert song.title.strip()
        song.title.encode()
        assert slugify(song.title)
        assert len({file.kept_as for file in song.files}) == len(song.files)
        for file in song.files:
            assert file.part_name == file.part_name.strip()


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("healthy")
    stereo = np.column_stack([music(0.3), music(0.3, seed=2)])
    made = {name: write(folder / name, stereo, 44_100, subtype, kind) for name, (kind, subtype) in KINDS.items()}
    return {name: path.read_bytes() for name, path in made.items()}


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_damaged_files_are_refused_or_read(
    tmp_path_factory: pytest.TempPathFactory, healthy: dict[str, bytes], data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(KINDS)))
    raw = bytearray(healthy[name])
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, min(len(raw) - 1, 200)))
        raw[place] = data.draw(st.sampled_from([0, 1, 0x7F, 0x80, 0xFF]))
    if data.draw(st.booleans()):
        del raw[data.draw(st.integers(0, len(raw) - 1)) :]
    path = tmp_path_factory.mktemp("damaged") / name
    path.write_bytes(raw)
    with contextlib.suppress(SourceError):
        facts = measure(probe(path))
        assert all(np.isfinite(channel.envelope).all() for channel in facts.channels)
        (song,) = group([Folder("Song", path.parent, "", files=[path])], lambda _: 0.0)
        arrange(song, [Analysed(song.files[0], facts)])


@settings(max_examples=200, deadline=None)
@given(text=st.one_of(st.text(), st.from_regex(SLIPS, fullmatch=True)))
def test_any_text_as_song_toml_is_refused_with_a_sentence(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("song") / "song.toml"
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    with pytest.raises(SettingsError):
        read_song(path)
