"""What is said of a set as a whole, and the same numbers for spreadsheets, scripts and terminals."""

import csv
import io
import json
import math

import msgspec
import pytest
from report.results import HOSTILE, edge_cases, mastered, result
from rich.console import Console

from appliance.commands.master_table import set_table
from appliance.mastering.result import SongResult, warning
from appliance.report import MasteredSet, csv_table, json_report, report_page
from appliance.report.words import MINUS, NOTHING, listed, music, number, some
from appliance.settings import LevelMatch, MasteringSettings, Rig

CLIPPED = warning("Lead [red]", "It is clipped 3 times, first at 0:12. Ask for a file that is not.")


def ordinary() -> tuple[SongResult, ...]:
    """Three songs that are alike now, and four that must not count."""
    return (
        result("One", -24.0, -18.02),
        result("Two", -9.5, -17.97),
        result("Three", -15.0, -18.0),
        result("Offset", -40.0, -16.0, target=-16.0, offset_lu=2.0),
        result("Sparse", -1.0, -21.0, target=-21.0, sparse=True),
        result("Limited", -45.0, -19.37, limited=True),
        result("Silent", None, None, target=None),
    )


def rows_of(set_: MasteredSet) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(csv_table(set_))))


def printed(set_: MasteredSet) -> str:
    console = Console(width=160, file=io.StringIO(), highlight=False)
    console.print(set_table(set_))
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_the_spread_is_of_songs_that_are_to_be_alike_and_could_be() -> None:
    set_ = mastered(*ordinary())
    assert [song.title for song in set_.alike] == ["One", "Two", "Three"]
    assert set_.spread_before_lu == pytest.approx(14.5)
    assert set_.spread_after_lu == pytest.approx(0.05)
    page = report_page(set_)
    assert "S95 of 3 songs lay 14.5 LU apart; now it lies 0.05 LU apart." in page
    assert (
        "Not counted, for an offset, few sounds, the limiters or silence: Offset, Sparse, Limited and Silent." in page
    )
    assert "S95 of all songs lay 44.0 LU apart; now it lies 5.0 LU apart." in page


def test_one_song_has_no_spread() -> None:
    for songs in ((), (result(),), (result(limited=True), result(sparse=True))):
        set_ = mastered(*songs)
        assert set_.spread_before_lu is None
        assert set_.spread_after_lu is None


def test_the_spread_is_of_the_number_that_is_matched() -> None:
    songs = (result("One", -24.0, -18.0), result("Two", -20.0, -18.0))
    louder = msgspec.structs.replace(songs[1].before.house.loudness, integrated_lufs=-25.0)  # type: ignore[union-attr]
    house = msgspec.structs.replace(songs[1].before.house, loudness=louder)
    two = msgspec.structs.replace(songs[1], before=msgspec.structs.replace(songs[1].before, house=house))
    assert mastered(songs[0], two, match=LevelMatch.INTEGRATED).spread_before_lu == pytest.approx(0.25)
    assert mastered(songs[0], two).spread_before_lu == pytest.approx(4.0)


@pytest.mark.parametrize(
    ("reached", "common"),
    [(-19.37, -19.4), (-19.4, -19.4), (-19.401, -19.4), (-19.44, -19.5), (-18.2, -18.2), (-39.9, -39.9), (-41.0, None)],
)
def test_the_common_target_is_the_loudest_that_all_reach(reached: float, common: float | None) -> None:
    set_ = mastered(
        result("One"), result("Two", -30.0, -18.3, limited=True), result("Three", after=reached, limited=True)
    )
    assert set_.common_target_lufs == (min(common, -18.3) if common is not None else None)


def test_a_common_target_counts_what_each_song_lacks_of_its_own_target() -> None:
    """A song 2 LU louder by wish that lacks 1.2 LU reaches its place 2 LU above a common target 1.2 LU lower."""
    wished = result("Wished", after=-17.2, target=-16.0, offset_lu=2.0, limited=True)
    assert mastered(result("One"), wished).common_target_lufs == pytest.approx(-19.2)
    # 2 LU up by wish and 3 LU down for few sounds: the set's target is 1 LU above this song's.
    held = result("One", target=-13.0, after=-14.5, limited=True, offset_lu=2.0, sparse=True)
    as_reference = mastered(held, match=LevelMatch.REFERENCE, reference="X")
    assert as_reference.common_target_lufs == pytest.approx(-13.5)
    assert 'set match = "s95" and target_lufs = -13.5' in report_page(as_reference).replace("&quot;", '"')
    assert mastered(*(result(),) * 2).common_target_lufs is None
    assert "target_lufs" not in report_page(mastered(result()))


def test_warnings_are_told_song_by_song_with_their_place() -> None:
    set_ = mastered(result("One"), result("Two", findings=(CLIPPED, CLIPPED)), result("Two", findings=(CLIPPED,)))
    assert [(one.place, one.title, one.finding) for one in set_.warnings] == [
        (2, "Two", CLIPPED), (2, "Two", CLIPPED), (3, "Two", CLIPPED),
    ]  # fmt: skip


def test_csv_has_a_row_for_each_song_with_its_numbers() -> None:
    set_ = mastered(*ordinary(), result(HOSTILE.replace("\x07", "\n"), findings=(CLIPPED, CLIPPED)))
    rows = rows_of(set_)
    assert [row["title"] for row in rows] == [song.title for song in set_.results]
    assert [row["place"] for row in rows] == [str(n) for n in range(1, 9)]
    one = {
        key: rows[0][key] for key in ("length_s", "matched_by", "before_lufs", "target_lufs", "after_lufs", "gain_db")
    }
    assert one == {
        "length_s": "200.000", "matched_by": "s95", "before_lufs": "-24.000", "target_lufs": "-18.000",
        "after_lufs": "-18.020", "gain_db": "5.980",
    }  # fmt: skip
    assert (rows[3]["offset_lu"], rows[4]["sparse"], rows[5]["limited"]) == ("2.000", "yes", "yes")
    assert rows[5]["shortfall_lu"] == "1.370"
    assert (rows[0]["before_integrated_lufs"], rows[0]["after_true_peak_dbtp"]) == ("-25.250", "-1.000")
    assert (rows[0]["lows_db"], rows[0]["mud_db"], rows[0]["high_pass_hz"]) == ("-2.250", "0.000", "80.000")
    assert rows[0]["ears_click_db"] == "-8.500"
    assert [rows[6][key] for key in ("before_lufs", "target_lufs", "after_lufs", "gain_db", "after_plr_db")] == [""] * 5
    said = f"{CLIPPED.subject}: {CLIPPED.sentence}"
    assert rows[7]["warnings"] == f"{said} | {said}"
    assert None not in rows[7], "no cell beyond the header"


def test_csv_of_any_set_has_the_same_columns() -> None:
    headers = {csv_table(mastered(*songs)).splitlines()[0] for songs in ((), (result(),), edge_cases())}
    assert len(headers) == 1
    names = headers.pop().split(",")
    assert len(set(names)) == len(names)
    assert all(name == name.lower() and name.isidentifier() for name in names)
    cells = [cell for row in rows_of(mastered(*edge_cases())) for cell in row.values()]
    assert not {"nan", "inf", "-inf", "None"} & set(cells)


def test_json_has_everything_and_gives_the_results_back() -> None:
    set_ = mastered(*ordinary(), *edge_cases(), failed=("Four: It is cut short.",))
    content = json.loads(json_report(set_))
    assert content["format"] == 1
    assert content["failed"] == ["Four: It is cut short."]
    assert content["spread_after_lu"] == set_.spread_after_lu
    assert content["common_target_lufs"] == -19.4
    assert len(content["warnings"]) == len(set_.warnings)
    assert content["warnings"][0]["title"] == HOSTILE
    again = msgspec.convert(content["songs"], tuple[SongResult, ...])
    expected = [
        msgspec.structs.replace(song, reached_lufs=None) if song.reached_lufs == -math.inf else song
        for song in set_.results
    ]
    assert list(again) == expected
    assert msgspec.convert(content["rig"], Rig) == set_.rig
    assert msgspec.convert(content["settings"], MasteringSettings) == set_.settings


def test_the_terminal_shows_every_song_the_spread_and_warnings() -> None:
    songs = (*ordinary(), result("[bold]Brackets", findings=(CLIPPED,)))
    shown = printed(mastered(*songs))
    for song in songs:
        assert song.title in shown
    assert "4 songs that are to be alike lay 14.5 LU apart; now 0.05 LU." in shown
    assert "All songs reach -19.4 LUFS: set target_lufs = -19.4." in shown
    assert f"[bold]Brackets, {CLIPPED.subject}: {CLIPPED.sentence}" in shown
    assert shown.count("[bold]Brackets") == 2, "its row and its warning"
    limited = next(line for line in shown.splitlines() if "Limited" in line)
    assert [word for word in limited.replace("\u2502", " ").split() if word != "LU"] == [
        "Limited", "-45.0", "-18.0", "-19.4", "+25.6", "-1.0", "1.5", "/", "0.04", "1.4", "below", "target",
    ]  # fmt: skip
    assert printed(mastered(result())).count("LU apart") == 0
    assert "Silence" in printed(mastered(*edge_cases()))


def test_numbers_and_lists_in_words() -> None:
    assert number(-18.04) == f"{MINUS}18.0"
    assert number(-0.04) == "0.0"
    assert number(0.04, sign=True) == "0.0"
    assert number(3.25, 2, sign=True) == "+3.25"
    assert {number(None), number(math.nan), number(-math.inf)} == {NOTHING}
    assert [listed([]), listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
    assert some(list("abcdefg"), 5) == "a, b, c, d and 3 more"
    assert some(list("abcde"), 5) == "a, b, c, d and e"
    assert [music(439.4), music(3599.0), music(6720.0)] == ["7:19", "1 h 00 min", "1 h 52 min"]
