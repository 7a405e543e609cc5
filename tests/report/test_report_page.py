"""The report as a page: well-formed, self-contained, complete, and true to the results."""

import re
from html.parser import HTMLParser
from xml.etree.ElementTree import Element, tostring

import pytest
from report.pages import cells, first, parsed, words
from report.results import HOSTILE, LONG, edge_cases, mastered, result

from appliance.mastering.result import warning
from appliance.report import MasteredSet, foh_sheet, report_page
from appliance.report.page import summary
from appliance.settings import Bus, BusKind, LevelMatch, Rig, preset

VOID = {"meta", "br"}
CLIPPED = warning("Lead", "It is clipped 3 times, first at 0:12. Ask for a file that is not.")

SETS = {
    "none": mastered(),
    "failed": mastered(failed=("Broken: The audio is damaged in chunk 3. Prepare the song again.",)),
    "one": mastered(result()),
    "eight": mastered(*(result(f"Song {n}", -30.0 + n) for n in range(8))),
    "forty": mastered(*(result(f"Song {n}", -30.0 + n / 4) for n in range(40))),
    "edge": mastered(*edge_cases()),
    "album": mastered(*(result(f"Song {n}", -30.0 + n) for n in range(3)), match=LevelMatch.ALBUM),
    "reference": mastered(*edge_cases(), match=LevelMatch.REFERENCE, reference=HOSTILE),
    "no house": mastered(
        result(house=False, before=None, after=None, target=None),
        rig=Rig(outputs=1, buses=(Bus(name=HOSTILE, kind=BusKind.EARS, outputs=(1,), sends={"click": 0.0}),)),
    ),
}


@pytest.fixture(params=[*SETS])
def any_set(request: pytest.FixtureRequest) -> MasteredSet:
    return SETS[request.param]


class Balance(HTMLParser):
    """Fails on a tag that is closed by another one, or never."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002  # so the parser calls it
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:  # noqa: ARG002  # so the parser calls it
        assert tag in VOID, f"HTML does not know that <{tag}/> is closed"

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def songs(page: str) -> list[Element]:
    return [each for each in parsed(page).iter("section") if each.get("class") == "song"]


@pytest.mark.parametrize("make", [report_page, foh_sheet])
def test_a_page_is_well_formed_as_html_and_as_xml(any_set: MasteredSet, make: type) -> None:
    page = make(any_set)
    page.encode()
    balance = Balance()
    balance.feed(page)
    balance.close()
    assert balance.open == []
    assert parsed(page).find("head/title") is not None


@pytest.mark.parametrize("make", [report_page, foh_sheet])
def test_a_page_needs_nothing_beside_it_and_runs_nothing(any_set: MasteredSet, make: type) -> None:
    root = parsed(make(any_set))
    for element in root.iter():
        assert element.tag not in {"script", "link", "img", "image", "iframe", "object", "embed", "use"}
        for name, value in element.attrib.items():
            assert name not in {"src", "srcset", "data", "style"}
            assert not name.startswith("on")
            assert name != "href" or value.startswith("#song-")
    style = root.findtext("head/style")
    assert style
    assert "@media print" in style
    assert not re.search(r"url\(|@import|@font-face|https?:", style)


def test_every_link_leads_to_a_song(any_set: MasteredSet) -> None:
    root = parsed(report_page(any_set))
    targets = {each.get("id") for each in root.iter("section")}
    links = [each.get("href", "")[1:] for each in root.iter("a")]
    assert set(links) <= targets
    assert len(links) >= 2 * len(any_set.results)


def test_every_song_and_every_finding_is_there(any_set: MasteredSet) -> None:
    page = report_page(any_set)
    sections = songs(page)
    assert len(sections) == len(any_set.results)
    for section, song in zip(sections, any_set.results, strict=True):
        told = words(section)
        assert " ".join(song.title.replace("\x07", "\ufffd").split()) in told
        for finding in song.findings:
            assert f"{finding.subject}: {finding.sentence}" in told


def test_warnings_come_first_with_what_failed() -> None:
    songs_ = (result("One", findings=(CLIPPED,)), result("Two"), result("Three", findings=(CLIPPED, CLIPPED)))
    opening = words(first(parsed(report_page(mastered(*songs_, failed=("Four: It is cut short.",)))), "first"))
    before, _, after = opening.partition("The set at a glance")
    assert before.count(CLIPPED.sentence) == 3
    assert re.search(r"Four: It is cut short\..*1 One.*3 Three", before)
    assert "2 Two" not in before
    assert "2 Two" in after
    assert "Nothing needs attention." in words(parsed(report_page(mastered(result("Two")))))


@pytest.mark.parametrize("make", [report_page, foh_sheet])
def test_a_title_is_text_whatever_it_is(make: type) -> None:
    set_ = mastered(result(HOSTILE), result(LONG), result("\ud800 half"), rig=preset(2))
    page = make(set_)
    page.encode()
    assert "<script" not in page.lower()
    assert "&lt;script&gt;alert(&#x27;Ä&amp;Ö&#x27;)&lt;/script&gt;" in page
    assert "\x07" not in page
    assert "\ufffd half" in page


def test_a_long_title_is_whole_at_its_song_and_short_elsewhere() -> None:
    page = report_page(mastered(result(LONG, findings=(CLIPPED,))))
    heading = songs(page)[0].find("h2")
    assert heading is not None
    assert LONG in words(heading)
    rest = page.replace(str(tostring(heading, encoding="unicode")), "")
    table = first(parsed(rest), "set")
    assert LONG not in words(table)
    assert LONG[:50] in words(table)


def test_the_table_says_what_the_results_say() -> None:
    one = result("One", -22.54, -18.04, limiter=(2.26, 0.134), findings=(CLIPPED,))
    two = result("Two", -9.5, -21.0, target=-21.0, sparse=True)
    three = result("Three", -20.0, -19.37, limited=True, offset_lu=1.5, limiter=(3.0, 0.5))
    none = result("None", None, None, target=None, house=False)
    table = first(parsed(report_page(mastered(one, two, three, none))), "set")
    assert cells(table) == [
        ["1", "One", "3:20", "-22.5", "-18.0", "-18.0", "+4.5", "-1.0", "2.3 / 0.13", "18.3", "1 warning"],
        ["2", "Two", "3:20", "-9.5", "-21.0", "-21.0", "-11.5", "-1.0", "1.5 / 0.04", "21.2", "sparse, 3 LU lower"],
        ["3", "Three", "3:20", "-20.0", "-18.0", "-19.4", "+0.6", "-1.0", "3.0 / 0.50", "19.6",
         "1.4 LU below target, 1.5 LU louder by wish"],
        ["4", "None", "3:20", *["\u2013"] * 5, "\u2013 / \u2013", "\u2013", "nothing for the audience"],
    ]  # fmt: skip


def test_numbers_before_and_after_are_those_of_the_house() -> None:
    page = report_page(mastered(result(before=-22.5, after=-18.0, limiter=(2.25, 0.14))))
    table = first(songs(page)[0], "numbers")
    assert {name: values for name, *values in cells(table)} == {
        "Integrated LUFS": ["-23.8", "-19.2"],
        "S95 LUFS": ["-22.5", "-18.0"],
        "Loudness range LU": ["6.5", "6.5"],
        "Max short-term LUFS": ["-21.8", "-17.2"],
        "Max momentary LUFS": ["-20.0", "-15.5"],
        "True peak dBTP": ["-2.0", "-1.0"],
        "PLR dB": ["21.8", "18.2"],
        "PSR dB": ["9.5", "9.5"],
        "Noise floor dBFS": ["-61.5", "-61.5"],
        "Correlation": ["0.64", "0.64"],
        "Mono loss dB": ["0.8", "0.8"],
        "Limiter, max / mean dB": ["0.0 / 0.00", "2.2 / 0.14"],
    }


def test_a_song_without_anything_has_dashes_and_no_drawing() -> None:
    page = report_page(mastered(result(before=None, after=None, target=None, house=False, limiter=(0.0, 0.0))))
    section = songs(page)[0]
    assert "nothing in this song for the audience" in words(section)
    assert not list(section.iter("svg"))
    assert {words(cell) for cell in first(section, "numbers").iter("td")} == {"\u2013"}


def test_the_summary_says_what_was_aimed_at() -> None:
    assert "8 songs, 26:40 of music" in summary(SETS["eight"])
    assert "S95 of every song at \u221218.0 LUFS" in summary(SETS["eight"])
    assert "integrated loudness of every song at \u221223.5" in summary(
        mastered(match=LevelMatch.INTEGRATED, target_lufs=-23.5)
    )
    assert "the others as far below as they were" in summary(SETS["album"])
    assert "as in \u201cTwo\u201d: \u221213.0 LUFS" in summary(
        mastered(result("Two", target=-13.0), match=LevelMatch.REFERENCE, reference="Two")
    )
