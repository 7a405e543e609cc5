"""Which song an entry means, what is missing, what is played, and how long it takes."""

import shutil
from pathlib import Path

import msgspec
import pytest

from appliance.songs.library import Library, slugify
from appliance.songs.model import Role, Song, Stem
from appliance.songs.setlist import BreakEntry, End, Entry, Setlist, SongEntry, TextEntry
from appliance.songs.setlist_songs import Resolved, pin, resolve, steps, totals
from appliance.songs.songfile import read_song, write_song

TITLES = ("Night", "Night Drive", "Été à Nice", "Interlude 1", "Interlude 2", "Hold Fast")


def add(library: Library, title: str, slug: str | None = None) -> None:
    folder = library.folder / (slug or slugify(title))
    folder.mkdir(parents=True)
    stem = Stem(name="Choir", role=Role.TRACK, file="Choir.wav", channels=(1,))
    write_song(folder / "song.toml", Song(title=title, stems=[stem]))


def retitle(library: Library, slug: str, title: str) -> None:
    path = library.folder / slug / "song.toml"
    song = read_song(path)
    song.title = title
    write_song(path, song)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    made = Library(tmp_path / "library")
    for title in TITLES:
        add(made, title)
    return made


def meant(library: Library, song: str, slug: str = "") -> str | None:
    (resolved,) = resolve(Setlist(name="x", entries=(SongEntry(song=song, slug=slug),)), library)
    assert bool(resolved.warnings) or not resolved.missing, "what is missing is told"
    return resolved.song.slug if resolved.song else None


def test_a_title_is_enough(library: Library) -> None:
    assert meant(library, "ete a nice") == "ete-a-nice"
    assert meant(library, "Hold") == "hold-fast"
    assert meant(library, "hold-fast") == "hold-fast"
    assert meant(library, "Interlude") is None
    assert meant(library, "Interlude 2") == "interlude-2"


def test_the_folder_holds_while_the_title_is_corrected(library: Library) -> None:
    retitle(library, "hold-fast", "Hold On Fast")
    assert meant(library, "Hold Fast", "hold-fast") == "hold-fast"
    assert meant(library, "Hold Fast") is None, "a person who names no folder names what is called so now"


def test_another_title_is_another_song_whatever_the_folder_says(library: Library) -> None:
    assert meant(library, "Night Drive", "hold-fast") == "night-drive"
    assert meant(library, "Interlude 2", "interlude-1") == "interlude-2"
    assert meant(library, "été", "hold-fast") == "ete-a-nice"
    assert meant(library, "Something New", "hold-fast") is None


def test_of_two_songs_alike_the_folder_decides(library: Library) -> None:
    add(library, "Hold Fast", "hold-fast-2")
    assert meant(library, "Hold Fast", "hold-fast") == "hold-fast"
    assert meant(library, "Hold Fast", "hold-fast-2") == "hold-fast-2"
    assert meant(library, "Hold Fast") is None


def test_a_song_that_is_gone_is_missing_and_no_other_takes_its_place(library: Library) -> None:
    shutil.rmtree(library.folder / "night")
    assert meant(library, "Night", "night") is None
    assert meant(library, "Night") == "night-drive", "only a person writes no folder, and may write half a title"
    add(library, "Night")
    assert meant(library, "Night", "night") == "night"


def test_a_song_that_comes_back_elsewhere_is_found_by_its_title(library: Library) -> None:
    (library.folder / "hold-fast").rename(library.folder / "hold-fast-2")
    assert meant(library, "Hold Fast", "hold-fast") == "hold-fast-2"


def test_why_it_is_missing(library: Library) -> None:
    (library.folder / "hold-fast" / "song.toml").write_text("title =")
    entries = (
        SongEntry(song="Hold Fast", slug="hold-fast"), SongEntry(song="Elm"), SongEntry(song="Interlude"),
        SongEntry(song="Elm", slug="night"),
    )  # fmt: skip
    resolved = resolve(Setlist(name="x", entries=entries), library)
    assert all(each.missing for each in resolved)
    for each, sentence in zip(resolved, ("cannot be read", "not in the library", "Several", '"Night" is'), strict=True):
        assert sentence in each.warnings[0]
        assert "skipped" in each.warnings[0]


def test_what_to_look_at_besides(library: Library) -> None:
    entries = (SongEntry(song="Hold", muted=("choir", "Pad")), SongEntry(song="Night"))
    first, second = resolve(Setlist(name="x", entries=entries), library)
    assert first.warnings == ('It is taken for "Hold Fast" [hold-fast].', 'It has no stem "Pad" to be muted.')
    assert second.warnings == ()
    assert first.length_s is None


def test_pinned_to_its_folder_each_entry_keeps_its_words(library: Library) -> None:
    entries = (
        SongEntry(song="hold", note="x"),
        SongEntry(song="Elm"),
        BreakEntry(name="Pause"),
        SongEntry(song="Interl"),
    )
    pinned = pin(Setlist(name="x", entries=entries), library)
    assert pinned.entries == (msgspec.structs.replace(entries[0], slug="hold-fast"), *entries[1:])
    assert pin(pinned, library) == pinned
    assert meant(library, "hold", "hold-fast") == "hold-fast"


def evening(library: Library, *entries: Entry, length_s: float | None = 200.0) -> list[Resolved]:
    resolved = resolve(Setlist(name="x", entries=entries), library)
    return [
        each if each.song is None else Resolved(each.number, each.entry, each.song, length_s) for each in resolved
    ]  # fmt: skip


def test_what_is_played_and_what_follows(library: Library) -> None:
    on = End.CONTINUE
    resolved = evening(
        library,
        TextEntry(text="Hello"),
        SongEntry(song="Night", end=on),
        TextEntry(text="Say something"),
        SongEntry(song="Night Drive", end=End.SEGUE, crossfade_s=3),
        SongEntry(song="Elm", end=on),
        SongEntry(song="Hold Fast", end=End.SEGUE, gap_s=2),
        BreakEntry(name="Pause"),
        SongEntry(song="Interlude 1", end=End.SEGUE, crossfade_s=50),
        SongEntry(song="Interlude 2", end=on),
    )
    played = [(step.number, step.end, step.gap_s, step.crossfade_s) for step in steps(resolved)]
    assert played == [
        (2, End.CONTINUE, 0, 0),
        (4, End.STOP, 0, 0),  # what was to follow is missing
        (6, End.STOP, 0, 0),  # a break
        (8, End.SEGUE, 0, 50),
        (9, End.STOP, 0, 0),  # nothing follows
    ]


def test_totals_with_and_without_what_lies_between(library: Library) -> None:
    entries = (
        SongEntry(song="Night"),
        SongEntry(song="Night Drive", end=End.SEGUE, gap_s=5),
        SongEntry(song="Hold Fast", end=End.SEGUE, crossfade_s=8),
        SongEntry(song="Interlude 1"),
        BreakEntry(name="Pause", length_s=600),
        SongEntry(song="Elm"),
        TextEntry(text="Good night", length_s=60),
        SongEntry(song="Interlude 2"),
    )
    sums = totals(Setlist(name="x", pause_s=30), evening(library, *entries))
    assert (sums.songs, sums.missing, sums.unknown) == (6, 1, 0)
    assert sums.music_s == 5 * 200
    assert sums.whole_s == 5 * 200 + 30 + 5 - 8 + 600 + 60
    unknown = totals(Setlist(name="x"), evening(library, *entries, length_s=None))
    assert (unknown.unknown, unknown.music_s) == (5, 0)


def test_a_crossfade_is_no_longer_than_the_songs(library: Library) -> None:
    entries = (SongEntry(song="Interlude 1", end=End.SEGUE, crossfade_s=50), SongEntry(song="Interlude 2"))
    resolved = evening(library, *entries, length_s=10.0)
    assert steps(resolved)[0].crossfade_s == 10.0
    assert totals(Setlist(name="x"), resolved).whole_s == 10.0
