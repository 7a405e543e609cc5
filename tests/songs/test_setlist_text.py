"""Setlists as bands write them: titles with numbers, keys and lengths around them, accents missing, letters swapped."""

import csv
import io
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.errors import SettingsError
from appliance.songs.library import LibrarySong, slugify
from appliance.songs.model import Song
from appliance.songs.setlist import BreakEntry, End, Setlist, SongEntry, TextEntry
from appliance.songs.setlist_export import as_csv, as_text, long_clock, summary
from appliance.songs.setlist_page import SMALLEST_MM, as_page, type_size_mm
from appliance.songs.setlist_songs import Resolved
from appliance.songs.setlist_text import How, decode_text, import_text

TITLES = (
    "Night Drive", "Night Train", "Hold Fast", "Slow Water", "Two Wires", "Été à Nice", "Eight Lanes", "Glass Waltz",
    "Über den Fluß", "24 Hours", "Salt & Sand", "Break My Heart", "4:33", "Interlude 1", "Interlude 2", "Søster", "夜",
    "99 Luftballons", "Don't Stop",
)  # fmt: skip
SONGS = [
    LibrarySong(
        Path("/library") / slugify(title), Song(title=title, artist="Jo" if title == "Hold Fast" else "", stems=[])
    )
    for title in TITLES
]


def read(line: str) -> tuple[How, object]:
    (only,) = import_text(line, SONGS)
    return only.how, only.entry


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("Night Drive", "Night Drive"),
        ("  night   DRIVE ", "Night Drive"),
        ("Ete a Nice", "Été à Nice"),
        ("E\u0301te\u0301 a\u0300 Nice", "Été à Nice"),
        ("1. Night Drive", "Night Drive"),
        ("01 - Night Drive", "Night Drive"),
        ("01 \u2013 Night Drive", "Night Drive"),
        ("1) Night Drive", "Night Drive"),
        ("#1 Night Drive", "Night Drive"),
        ("A1 - Night Drive", "Night Drive"),
        ("12 Night Drive", "Night Drive"),
        ("* Night Drive", "Night Drive"),
        ("\u2022 Night Drive", "Night Drive"),
        ("- Night Drive", "Night Drive"),
        ("Night Drive 3:45", "Night Drive"),
        ("Night Drive\t3'45\"", "Night Drive"),
        ("Night Drive - 3:45", "Night Drive"),
        ("3. Night Drive (3:45 min)", "Night Drive"),
        ("24 Hours", "24 Hours"),
        ("3. 24 Hours 4:10", "24 Hours"),
        ("4:33", "4:33"),
        ("2. 4:33", "4:33"),
        ("99 Luftballons", "99 Luftballons"),
        ("夜", "夜"),
        ("Break My Heart", "Break My Heart"),
        ("interlude-2", "Interlude 2"),
    ],
)  # fmt: skip
def test_a_title_is_found_whatever_stands_around_it(line: str, title: str) -> None:
    how, entry = read(line)
    assert isinstance(entry, SongEntry)
    assert (entry.song, entry.slug) == (title, slugify(title))
    assert how is How.EXACT or line == "interlude-2"


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("Nihgt Drvie", "Night Drive"),
        ("Slow Watter", "Slow Water"),
        ("Ueber den Fluss", "Über den Fluß"),
        ("Uber den Flus", "Über den Fluß"),
        ("salt and sand", "Salt & Sand"),
        ("Salt und Sand", "Salt & Sand"),
        ("soster", "Søster"),
        ("Dont stop", "Don't Stop"),
        ("Don\u2019t Stop", "Don't Stop"),
        ("glass", "Glass Waltz"),
        ("04. Eight Lines 3:20", "Eight Lanes"),
        ("Two Wires (live)", "Two Wires"),
        ("Hold Fast - Jo", "Hold Fast"),
        ("Jo \u2013 hold fast", "Hold Fast"),
    ],
)  # fmt: skip
def test_a_slip_is_forgiven_and_told(line: str, title: str) -> None:
    how, entry = read(line)
    assert how is How.SIMILAR
    assert isinstance(entry, SongEntry)
    assert entry.song == title


@pytest.mark.parametrize(
    ("line", "kept", "candidates"),
    [
        ("Never Recorded", "Never Recorded", ()),
        ("07. Never Recorded (Am) 4:00", "Never Recorded", ()),
        ("07 Never Recorded", "Never Recorded", ()),
        ("1 Never Recorded", "Never Recorded", ()),
        ("25 Hours", "25 Hours", ("24 Hours",)),
        ("Interlude 3", "Interlude 3", ("Interlude 1", "Interlude 2")),
        ("night", "night", ("Night Drive", "Night Train")),
        ("Hold Fast - Somebody Else Entirely", "Hold Fast - Somebody Else Entirely", ()),
    ],
)  # fmt: skip
def test_what_the_library_has_not_stays_as_missing(line: str, kept: str, candidates: tuple[str, ...]) -> None:
    (only,) = import_text(line, SONGS)
    assert only.how is How.MISSING
    assert isinstance(only.entry, SongEntry)
    assert (only.entry.song, only.entry.slug) == (kept, "")
    assert set(candidates) <= set(only.candidates)


@pytest.mark.parametrize(
    ("line", "note"),
    [
        ("Night Drive (Am)", "Am"),
        ("Night Drive [F#m] 3:45", "F#m"),
        ("Night Drive (Key: G)", "Key: G"),
        ("Night Drive (120 bpm)", "120 bpm"),
        ("Night Drive [Es-Dur] (capo 2)", "Es-Dur, capo 2"),
    ],
)  # fmt: skip
def test_a_key_becomes_the_note(line: str, note: str) -> None:
    how, entry = read(line)
    assert how is How.EXACT
    assert isinstance(entry, SongEntry)
    assert (entry.song, entry.note) == ("Night Drive", note)


@pytest.mark.parametrize(
    ("line", "entry"),
    [
        ("--- break ---", BreakEntry(name="break")),
        ("Pause", BreakEntry(name="Pause")),
        ("PAUSE 20 min", BreakEntry(name="PAUSE", length_s=1200)),
        ("--- Pause (15 Minuten) ---", BreakEntry(name="Pause", length_s=900)),
        ("Interval: 20'", BreakEntry(name="Interval", length_s=1200)),
        ("=== drinks, 10 min ===", BreakEntry(name="drinks", length_s=600)),
        ("Set 2:", TextEntry(text="Set 2")),
        ("--- SET 2 ---", TextEntry(text="SET 2")),
        ("Zugabe", TextEntry(text="Zugabe")),
        ("Encore:", TextEntry(text="Encore")),
        ("> Thank the crew", TextEntry(text="Thank the crew")),
        ("x" * 300, TextEntry(text="x" * 300)),
        ("# Friday, 12 songs", None),
        ("==========", None),
    ],
)  # fmt: skip
def test_what_is_no_song(line: str, entry: object) -> None:
    assert read(line)[1] == entry


def test_a_song_called_like_a_break_is_a_song() -> None:
    pause = LibrarySong(Path("/library/pause"), Song(title="Pause", stems=[]))
    (only,) = import_text("1. pause\n".removeprefix("1. "), [*SONGS, pause])
    assert only.entry == SongEntry(song="Pause", slug="pause")


def test_lines_are_counted_and_blank_ones_ignored() -> None:
    lines = import_text("\ufeff".lstrip("\ufeff") + "\n\nNight Drive\r\n \t\nPause\n", SONGS)
    assert [(line.number, line.how) for line in lines] == [(3, How.EXACT), (5, How.BREAK)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_text_of_any_computer(encoding: str) -> None:
    assert decode_text("Été à Nice\r\nÜber".encode(encoding), "x") == "Été à Nice\r\nÜber"


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n\0\0\0", b"a\0b", b"\xff\xfea", b"x" * (2 << 20)])
def test_what_is_no_text(data: bytes) -> None:
    with pytest.raises(SettingsError):
        decode_text(data, "x")


def test_a_line_without_end() -> None:
    with pytest.raises(SettingsError, match="too long") as caught:
        import_text("a\n" + "b" * 5_000, SONGS, "x.txt")
    assert caught.value.subject == "x.txt: line 2"


@settings(deadline=None, max_examples=200)
@given(st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("-#>.:()[] 0123456789\n'"), max_size=80))
def test_no_line_is_dropped_in_silence(text: str) -> None:
    lines = import_text(text, SONGS)
    blank = sum(not re.sub(r"[\x00-\x1f\x7f-\x9f\s]", "", line) for line in text.splitlines())
    assert len(lines) == len(text.splitlines()) - blank
    assert all(line.entry is not None or line.how is How.LEFT_OUT for line in lines)


def shown(*entries: SongEntry | BreakEntry | TextEntry, length_s: float | None = 225.4) -> list[Resolved]:
    by_title = {song.song.title: song for song in SONGS}
    resolved = []
    for number, entry in enumerate(entries, start=1):
        song = by_title.get(entry.song) if isinstance(entry, SongEntry) else None
        length = length_s if song else None if isinstance(entry, SongEntry) else entry.length_s
        resolved.append(Resolved(number, entry, song, length))
    return resolved


EVENING = (
    TextEntry(text="Set 1"),
    SongEntry(song="Night Drive", slug="night-drive"),
    SongEntry(song="24 Hours", slug="24-hours", end=End.SEGUE, gap_s=4),
    SongEntry(song="=HYPERLINK(\"x\")", note="<b>Capo</b> 2"),
    BreakEntry(name="Interval", length_s=1200),
    SongEntry(song="Été à Nice", slug="ete-a-nice", end=End.CONTINUE, trim_db=-1.5, muted=("Choir", "Pad")),
    SongEntry(song="4:33", slug="4-33"),
)  # fmt: skip


def test_exported_text_can_be_imported() -> None:
    text = as_text(Setlist(name="Friday", entries=EVENING), shown(*EVENING))
    assert text.startswith(
        "# Friday: 5 songs, 15:02 of music, 35:02 in all, 1 missing\n> Set 1\n1. Night Drive  3:45\n"
    )
    entries = [line.entry for line in import_text(text, SONGS) if line.entry is not None]
    names = [each.song if isinstance(each, SongEntry) else each for each in entries]
    wanted = [each.song if isinstance(each, SongEntry) else each for each in EVENING]
    assert names == wanted


def test_a_spreadsheet_gets_every_row_and_no_formula() -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv(shown(*EVENING)))))
    assert [row["kind"] for row in rows] == ["text", "song", "song", "song", "break", "song", "song"]
    assert rows[3]["title"] == '\'=HYPERLINK("x")'
    assert rows[3]["state"] == "missing"
    assert rows[5]["title"] == "Été à Nice"
    assert (rows[5]["trim_db"], rows[5]["muted"], rows[5]["end"]) == ("-1.5", "Choir, Pad", "continue")
    assert (rows[1]["length_s"], rows[3]["length_s"], rows[4]["length_s"]) == ("225.4", "", "1200")


class Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


def test_the_page_needs_nothing_else_and_believes_no_title() -> None:
    evil = '<script>alert("1")</script> & </li>'
    entries = (*EVENING, SongEntry(song=evil, note=evil), TextEntry(text=evil, note=evil), BreakEntry(name=evil))
    setlist = Setlist(name=evil, note=evil, entries=entries)
    text = as_page(setlist, shown(*entries))
    page = Page(text)
    assert page.open == []
    assert {tag for tag, _ in page.tags} == {
        "html", "head", "meta", "title", "style", "body", "h1", "p", "ol", "li", "span", "bdi",
    }  # fmt: skip
    assert not {name for _, attributes in page.tags for name in attributes} & {"src", "href", "onload", "style"}
    assert not re.search(r"url\(|@import|https?:|//", text)
    assert page.words.count(evil) == 8
    assert "Été à Nice" in page.words
    assert "missing" in page.words
    assert "20 min" in page.words
    assert "A4" in text


def test_titles_are_as_large_as_the_page_allows() -> None:
    def size(count: int, title: str = "Night Drive") -> float:
        return type_size_mm(shown(*(SongEntry(song=title) for _ in range(count))))

    assert size(5) > size(20) > size(30) >= size(60) == SMALLEST_MM
    assert size(20) > 8
    assert size(14, "A title that goes on and on and never seems to end at all") < size(14)


def test_lengths_as_a_musician_reads_them() -> None:
    assert [long_clock(s) for s in (0, 59.6, 3_599.4, 3_599.6, 3_725)] == [
        "0:00",
        "1:00",
        "59:59",
        "1:00:00",
        "1:02:05",
    ]
    assert summary(Setlist(name="x"), []) == "0 songs, 0:00 of music"
