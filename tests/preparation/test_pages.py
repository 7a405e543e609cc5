"""docs/importing.md and docs/prepared-song.md say what the code does."""

import json
import re
from pathlib import Path

import msgspec
import pytest

from appliance.songs.model import Section, Song, Stem
from appliance.songs.prepared import Metadata, PreparedStem, Source
from appliance.songs.songfile import read_song

ROOT = Path(__file__).parents[2]
IMPORTING = (ROOT / "docs" / "importing.md").read_text(encoding="utf-8")
PREPARED = (ROOT / "docs" / "prepared-song.md").read_text(encoding="utf-8")


def test_the_example_is_a_good_song_that_names_every_key(tmp_path: Path) -> None:
    example = IMPORTING.partition("```toml\n")[2].partition("```")[0]
    (tmp_path / "song.toml").write_text(example, encoding="utf-8")
    song = read_song(tmp_path / "song.toml")
    assert song.title == "Night Drive"
    for struct in (Song, Stem, Section):
        for field in msgspec.structs.fields(struct):
            assert re.search(rf"^(\[\[)?{field.name}\b", example, re.MULTILINE), field.name


def code() -> str:
    """All sentences of the import, on one line each as far as they stand in one piece."""
    return "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "appliance" / "preparation").glob("*.py"))


def rows() -> list[str]:
    table = IMPORTING.partition("| sentence | what became of it |")[2].partition("\n\n")[0]
    return [cell for row in table.splitlines()[2:] for cell in row.split("|")[1].split(" / ")]


@pytest.mark.parametrize("sentence", rows())
def test_every_sentence_is_one_that_is_said(sentence: str) -> None:
    """The words between what differs from file to file."""
    for piece in re.split(r"\.\.\.|\d[\d.]*|\"\w*\"", sentence.strip()):
        words = piece.strip(' ".,:;').removeprefix("It is ")
        if len(words) > 5:
            assert words in code(), words


def test_every_key_of_the_metadata_is_shown() -> None:
    shown = json.loads(PREPARED.partition("```json\n")[2].partition("```")[0])
    assert set(shown) == {field.name for field in msgspec.structs.fields(Metadata)}
    assert set(shown["stems"][0]) == {field.name for field in msgspec.structs.fields(PreparedStem)}
    assert set(shown["sources"][0]) == {field.name for field in msgspec.structs.fields(Source)}
    msgspec.convert(shown, Metadata)
