"""A setlist's file: strict to read, gentle to write, and never less than what was saved."""

import datetime
import tomllib
from pathlib import Path

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from appliance.errors import LibraryError, SettingsError
from appliance.songs.setlist import (
    BreakEntry,
    End,
    Entry,
    Setlist,
    SongEntry,
    TextEntry,
    check_setlist,
    content_digest,
)
from appliance.songs.setlist_rewrite import setlist_text
from appliance.songs.setlistfile import parse_setlist, read_setlist, setlist_from_plain

BY_HAND = """\
# Do not touch before Friday. Jo
name = "Friday"   # the small room
pause_s = 20

# the opener
[[entries]]
song = "Night Drive"
end = "segue" # straight on
crossfade_s = 2
trim_db = 0

[[entries]]
# quiet one
song = "Été à Nice"
slug = "ete-a-nice"
note = '''
Capo 2
Jo sings'''

# drinks
[[entries]]
break = "Interval"
length_s = 1200

[[entries]]
text = "Thank the crew"
# nothing below this line counts

# tonight only
[mastering]
target_lufs = -16.0 # outdoors
when = 2026-11-20
[mastering.live]
drums = true
"""


def replace(setlist: Setlist, **changes: object) -> Setlist:
    return msgspec.structs.replace(setlist, **changes)


def by_hand() -> Setlist:
    return parse_setlist(BY_HAND, "friday.toml")


def test_what_a_person_writes_is_read() -> None:
    setlist = by_hand()
    assert (setlist.name, setlist.version, setlist.pause_s) == ("Friday", 0, 20.0)
    assert setlist.entries == (
        SongEntry(song="Night Drive", end=End.SEGUE, crossfade_s=2.0),
        SongEntry(song="Été à Nice", slug="ete-a-nice", note="Capo 2\nJo sings"),
        BreakEntry(name="Interval", length_s=1200.0),
        TextEntry(text="Thank the crew"),
    )
    assert setlist.mastering == {
        "target_lufs": -16.0, "when": datetime.date(2026, 11, 20), "live": {"drums": True},
    }  # fmt: skip


def test_what_did_not_change_is_left_to_the_letter() -> None:
    assert setlist_text(by_hand(), BY_HAND) == BY_HAND
    without_end = BY_HAND.rstrip("\n")
    assert setlist_text(by_hand(), without_end) == BY_HAND
    windows = BY_HAND.replace("\n", "\r\n")
    assert setlist_text(by_hand(), windows) == windows


def test_a_comment_goes_where_its_entry_goes() -> None:
    setlist = by_hand()
    first, second, drinks, thanks = setlist.entries
    text = setlist_text(replace(setlist, entries=(drinks, second, SongEntry(song="New"), thanks, first)), BY_HAND)
    assert '# drinks\n[[entries]]\nbreak = "Interval"' in text
    assert '[[entries]]\n# quiet one\nsong = "Été à Nice"' in text
    assert '# the opener\n[[entries]]\nsong = "Night Drive"\nend = "segue" # straight on\n' in text
    assert "trim_db = 0\n" in text, "a default that a person wrote is the person's"
    assert "# tonight only\n[mastering]\ntarget_lufs = -16.0 # outdoors\n" in text
    assert text.startswith('# Do not touch before Friday. Jo\nname = "Friday"   # the small room\n')
    places = [text.index(mark) for mark in ("# drinks", "# quiet one", '"New"', "Thank the crew", "# the opener")]
    assert places == sorted(places)
    assert parse_setlist(text, "").entries == (drinks, second, SongEntry(song="New"), thanks, first)


def test_values_change_and_their_comments_stay() -> None:
    setlist = by_hand()
    opener = msgspec.structs.replace(setlist.entries[0], song="Night Train", end=End.STOP, crossfade_s=0.0)
    changed = replace(
        setlist, name="Saturday", entries=(opener, *setlist.entries[1:]), mastering={"target_lufs": -14.0}, version=3
    )
    text = setlist_text(changed, BY_HAND)
    assert parse_setlist(text, "") == changed
    assert 'name = "Saturday"   # the small room\n' in text
    assert '# the opener\n[[entries]]\nsong = "Night Train"\n' in text
    assert "target_lufs = -14.0 # outdoors" in text


def test_emptied_and_filled_again() -> None:
    setlist = by_hand()
    text = setlist_text(replace(setlist, entries=()), BY_HAND)
    assert "entries" not in tomllib.loads(text)
    assert "# tonight only\n[mastering]" in text
    again = setlist_text(setlist, text)
    assert parse_setlist(again, "") == setlist
    assert "the small room" in again


@pytest.mark.parametrize(
    "previous",
    [
        'name = "x"\nentries = [{song = "a"}, {break = "b"}]\n',
        'name = "x"\n[[entries]]\nsong = "a"\n[mastering]\nb = 1\n[[entries]]\nsong = "b"\n',
        'mastering = {a = 1}\nname = "x"\n[[entries]]\nsong = "a"',
        '[mastering]\na = [{b = 1}]\n[[entries]]\nsong = "a"\n[mastering.c]\nd = 2\n',
        'name = "x"\nmastering.live.drums = true\n',
        'name = "x"\n[[entries]]\nsong = """\n[[entries]]\n"""\n',
        "\n\n",
        "not TOML",
        "",
    ],
)
def test_whatever_was_there_what_is_saved_is_read(previous: str) -> None:
    for wanted in (by_hand(), replace(by_hand(), entries=by_hand().entries[2:], mastering={"x": [1, {"y": 2}]})):
        assert parse_setlist(setlist_text(wanted, previous), "") == wanted


line = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=20).filter(str.strip)
text_ = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"], include_characters="\n\t"), max_size=40)
slug = st.from_regex(r"[a-z0-9][a-z0-9-]{0,9}", fullmatch=True) | st.just("")
seconds = st.floats(0, 60, allow_subnormal=False)
lengths = st.floats(0, 86_400, allow_subnormal=False)


@st.composite
def song_entries(draw: st.DrawFn) -> SongEntry:
    end = draw(st.sampled_from(End))
    gap = end is End.SEGUE and draw(st.booleans())
    return SongEntry(
        song=draw(line), slug=draw(slug), end=end, gap_s=draw(seconds) if gap else 0.0,
        crossfade_s=draw(seconds) if end is End.SEGUE and not gap else 0.0, trim_db=draw(st.floats(-60, 12)),
        muted=tuple(draw(st.lists(line, max_size=2))), note=draw(text_),
    )  # fmt: skip


entries = st.one_of(
    song_entries(),
    st.builds(BreakEntry, name=line, length_s=lengths, note=text_),
    st.builds(TextEntry, text=text_.filter(str.strip), length_s=lengths, note=text_),
)
toml = st.recursive(
    st.booleans() | st.integers(-(2**62), 2**62) | st.floats(allow_nan=False) | text_ | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(line, inner, max_size=3),
    max_leaves=6,
)
some_setlists = st.builds(
    Setlist, name=line, version=st.integers(0, 10**6), note=text_, pause_s=seconds,
    entries=st.lists(entries, max_size=6).map(tuple), mastering=st.dictionaries(line, toml, max_size=3),
)  # fmt: skip


@settings(deadline=None, max_examples=40)
@given(some_setlists)
@example(Setlist(name="x", entries=(SongEntry(song='a"\\[[entries]]#', note='\n"""\n'),)))
def test_any_setlist_survives(setlist: Setlist) -> None:
    check_setlist(setlist, "")
    text = setlist_text(setlist)
    assert parse_setlist(text, "") == setlist
    assert setlist_text(setlist, text) == text


@settings(deadline=None, max_examples=40)
@given(some_setlists, st.randoms(use_true_random=False), st.lists(entries, max_size=3), some_setlists)
def test_any_change_keeps_every_comment_of_what_stays(
    setlist: Setlist, random: object, added: list[Entry], other: Setlist
) -> None:
    commented, number = [], 0
    for row in setlist_text(setlist).splitlines():
        if row == "[[entries]]":
            commented.append(f"# above {number}")
            number += 1
        commented.append(row)
    before = "\n".join(["# the very first", *commented, "# the very last", ""])
    kept = list(enumerate(setlist.entries))
    random.shuffle(kept)  # type: ignore[attr-defined]  # Hypothesis' own Random
    kept = kept[: len(kept) - len(kept) // 3]
    wanted = replace(other, entries=(*(entry for _, entry in kept), *added))
    after = setlist_text(wanted, before)
    assert parse_setlist(after, "") == wanted
    assert after.startswith("# the very first\n")
    if not setlist.mastering:  # else it stands in a table, and goes with it
        assert "# the very last" in after
    distinct = len(set(map(repr, setlist.entries))) == len(setlist.entries)
    if distinct and not {repr(e) for e in added} & set(map(repr, setlist.entries)):
        order = [f"# above {n}" for n, _ in kept]
        assert [row for row in after.splitlines() if row in order] == order


HOSTILE = [
    ('name = "Friday"', "name = 5", "name", "Must be text"),
    ('name = "Friday"', 'name = ""', "name", "needs a name"),
    ('name = "Friday"', 'name = "a\\nb"', "name", "one line"),
    ('name = "Friday"', "", "name", "missing"),
    ('name = "Friday"', 'titel = "Friday"', "titel", "Unknown"),
    ('name = "Friday"', 'name = "Friday"\nversion = -1', "version", "Must be 0 to"),
    ('name = "Friday"', 'name = "Friday"\nversion = 1e3', "version", "whole number"),
    ('name = "Friday"', 'name = "Friday"\nversion = 99999999999999999999999', "version", "."),
    ("pause_s = 20", "pause_s = nan", "pause_s", "Must be 0 to"),
    ("pause_s = 20", 'pause_s = "20 s"', "pause_s", "in seconds without the unit"),
    ("pause_s = 20", f"pause_s = {'9' * 400}", "pause_s", "."),
    ("pause_s = 20", f"pause_s = {'9' * 5000}", None, "Not valid TOML"),
    ("pause_s = 20", f"pause_s = {'[' * 5000}", None, "Not valid TOML"),
    ("pause_s = 20", "pause_s =", None, "Not valid TOML"),
    ("crossfade_s = 2", "crossfade_s = inf", "entries[0].crossfade_s", "Must be 0 to"),
    ("crossfade_s = 2", "crossfade_s = 1e300", "entries[0].crossfade_s", "Must be 0 to"),
    ("crossfade_s = 2", "crossfade_s = -2", "entries[0].crossfade_s", "Must be 0 to"),
    ("crossfade_s = 2", "crossfade = 2", "entries[0].crossfade", "did you mean crossfade_s?"),
    ("crossfade_s = 2", "crossfade_s = 2\ngap_s = 1", "entries[0].crossfade_s", "not both"),
    ('end = "segue"', 'end = "stop"', "entries[0].crossfade_s", "Only a segue"),
    ('end = "segue"', 'end = "seque"', "entries[0].end", "Must be one of stop, continue, segue"),
    ('end = "segue"', "end = [1]", "entries[0].end", "Must be one of"),
    ("trim_db = 0", "trim_db = nan", "entries[0].trim_db", "Must be -60 to 12 dB"),
    ("trim_db = 0", "trim_db = 13", "entries[0].trim_db", "Must be -60 to 12 dB"),
    ("trim_db = 0", 'muted = "Choir"', "entries[0].muted", "Must be a list"),
    ("trim_db = 0", 'muted = ["Choir", 3]', "entries[0].muted[1]", "Must be text"),
    ("trim_db = 0", 'muted = [""]', "entries[0].muted[0]", "A stem needs a name"),
    ('song = "Night Drive"', "song = true", "entries[0].song", "Must be text"),
    ('song = "Night Drive"', 'song = "  "', "entries[0].song", "needs a title"),
    ('song = "Night Drive"', 'title = "Night Drive"', "entries[0].title", "did you mean song?"),
    ('song = "Night Drive"', "note = 'x'", "entries[0]", "needs a song, a break or a text"),
    ('slug = "ete-a-nice"', 'slug = "../../etc"', "entries[1].slug", "name alone"),
    ('break = "Interval"', 'break = "Interval"\nsong = "x"', "entries[2]", "one thing: song or break"),
    ('break = "Interval"', 'break = "Interval"\ntrim_db = 1', "entries[2].trim_db", "Unknown"),
    ("length_s = 1200", "length_s = 1e9", "entries[2].length_s", "Must be 0 to"),
    ('text = "Thank the crew"', 'text = " "', "entries[3].text", "There is no text"),
    ('text = "Thank the crew"', 'text = "\\u0007"', "entries[3].text", "cannot be printed"),
    ("[mastering]", "[masterin]", "masterin", "did you mean mastering?"),
]


@pytest.mark.parametrize(("before", "after", "key", "sentence"), HOSTILE, ids=range(len(HOSTILE)))
def test_a_slip_is_named_by_its_key(before: str, after: str, key: str | None, sentence: str) -> None:
    assert before in BY_HAND
    with pytest.raises(SettingsError) as caught:
        parse_setlist(BY_HAND.replace(before, after, 1), "friday.toml")
    assert caught.value.subject == ("friday.toml" if key is None else f"friday.toml: {key}")
    assert sentence in caught.value.sentence


@pytest.mark.parametrize("data", [{"entries": 5}, {"entries": [5]}, {"entries": {}}, {"mastering": 1}, {"name": None}])
def test_json_is_checked_alike(data: dict[str, object]) -> None:
    with pytest.raises(SettingsError):
        setlist_from_plain({"name": "x", **data}, "what the page sent")
    with pytest.raises(SettingsError, match="500"):
        setlist_from_plain({"name": "x", "entries": [{"song": "a"}] * 501}, "")


def test_files_that_are_none(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    with pytest.raises(LibraryError, match="no such setlist"):
        read_setlist(path)
    path.write_bytes(b'name = "\xff"')
    with pytest.raises(SettingsError, match="UTF-8"):
        read_setlist(path)
    path.write_bytes(b"#" * (5 << 20))
    with pytest.raises(SettingsError, match="too large"):
        read_setlist(path)
    path.write_bytes(b"\xef\xbb\xbfname = 'x'\r\n")
    assert read_setlist(path).setlist == Setlist(name="x")
    path.unlink()
    path.mkdir()
    with pytest.raises(LibraryError, match="cannot be read"):
        read_setlist(path)


def test_the_digest_tells_contents_apart_and_nothing_else() -> None:
    setlist = by_hand()
    assert content_digest(setlist) == content_digest(replace(setlist, version=9))
    assert content_digest(parse_setlist(BY_HAND.replace("trim_db = 0\n", "") + "# more", "")) == content_digest(setlist)
    for change in ({"note": "x"}, {"entries": setlist.entries[1:]}, {"mastering": {}}, {"name": "friday"}):
        assert content_digest(replace(setlist, **change)) != content_digest(setlist)
