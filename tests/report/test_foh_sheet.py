"""The sheet for the engineer: outputs as printed on the interface, levels that add up, and what to expect."""

from report.pages import cells, first, parsed, words
from report.results import LIVE, mastered, result

from appliance.report import MasteredSet, foh_sheet
from appliance.report.outputs import ranges, sent
from appliance.settings import Bus, BusKind, LevelMatch, LivePart, Rig, preset


def told_by(set_: MasteredSet) -> str:
    body = parsed(foh_sheet(set_)).find("body")
    assert body is not None
    return words(body, between=" ")


def output_rows(set_: MasteredSet) -> list[list[str]]:
    return cells(first(parsed(foh_sheet(set_)), "outputs"))


def test_every_output_is_there_as_it_is_patched() -> None:
    buses = (
        Bus(name="Ears", kind=BusKind.EARS, outputs=((5, 6),), sends={"click": 0.0, "guide": -3.0, "track": "off"}),
        Bus(name="FOH", kind=BusKind.HOUSE, outputs=(2, 1), sends={"track": 0.0, "guitar": "off"}, ceiling_dbtp=-2.0),
    )
    set_ = mastered(result(), rig=Rig(outputs=8, buses=buses))
    assert output_rows(set_) == [
        ["1", "FOH", "house", "right", "tracks, without guitar", "-2"],
        ["2", "FOH", "house", "left", "tracks, without guitar", "-2"],
        ["5", "Ears", "ears", "mono", "click and guide (-3 dB)", "-6"],
        ["6", "Ears", "ears", "mono", "click and guide (-3 dB)", "-6"],
    ]
    told = told_by(set_)
    assert "Outputs 5 and 6 are for in-ears and not for the PA." in told
    assert "Nothing leaves by 3, 4, 7 and 8." in told


def test_presets_in_words() -> None:
    rows = output_rows(mastered(result(), rig=preset(8)))
    assert [row[4] for row in rows] == [
        "tracks, without bass, drums, percussion, vocals and keys",
        "tracks, without bass, drums, percussion, vocals and keys",
        "bass", "drums and percussion", "vocals and keys", "click", "guide", "tracks, click and guide",
    ]  # fmt: skip
    assert sent(Bus(name="Off", kind=BusKind.EARS, outputs=(1,), sends={"click": "off"})) == "nothing"
    assert ranges([1, 2, 3, 5, 7, 8]) == "1 to 3, 5, 7 and 8"


def test_the_line_up_tone_is_told_against_the_target() -> None:
    tone = "1 kHz at -18 dBFS (peak of the sine) on left and right reads -18.0 LUFS, on one output alone -21.0."
    assert f"{tone} The songs\u2019 S95 reads the same." in told_by(mastered(result()))
    assert f"{tone} The songs\u2019 S95 reads 4.0 LU less." in told_by(mastered(result(), target_lufs=-22.0))
    told = told_by(mastered(result(), target_lufs=-16.5, match=LevelMatch.INTEGRATED))
    assert "S95" not in told
    assert "integrated loudness reads 1.5 LU more." in told
    assert "Each house output peaks at most -1 dBTP, 17 dB above that tone" in told


def test_what_stands_out_is_named_with_its_figures() -> None:
    told = told_by(
        mastered(
            result("Plain", -20.0, -18.0, limiter=(0.5, 0.01)),
            result("Hit", -20.0, -16.0, target=-16.0, offset_lu=2.0),
            result("Pad", -30.0, -21.0, target=-21.0, sparse=True, limiter=(0.0, 0.0)),
            result("Crest", -30.0, -19.4, limited=True, limiter=(3.0, 0.45)),
            result("Empty", None, None, target=None, house=False),
        )
    )
    assert "Loudest 3 s: \u201cHit\u201d, -15.2 LUFS." in told
    assert "\u201cHit\u201d is the densest (PLR 16.2 dB), \u201cPad\u201d the most open (PLR 21.2 dB)." in told
    assert "The limiters work hardest in \u201cCrest\u201d: 3.0 dB at 1:23 on FOH, 0.45 dB on average." in told
    assert "Below the target, since the limiters would take too much: \u201cCrest\u201d by 1.4 LU." in told
    assert "Meant louder or quieter than the others: \u201cHit\u201d +2.0 LU." in told
    assert "Few quiet sounds, left 3 LU lower: \u201cPad\u201d at -21.0 LUFS." in told
    assert "Nothing for the PA in \u201cEmpty\u201d." in told
    assert "5 songs, 16:40 of music" in told


def test_an_even_set_has_nothing_to_be_named() -> None:
    told = told_by(mastered(result("One", limiter=(0.0, 0.0)), result("Two", limiter=(0.04, 0.0))))
    assert "The house limiters rest through the whole set." in told
    for word in ("Below the target", "Meant louder", "Few quiet", "Nothing for the PA"):
        assert word not in told


def test_the_room_for_live_instruments() -> None:
    told = told_by(mastered(result(), live=LIVE))
    assert "Room is left for live bass and vocals." in told
    assert "Tracks are cut below 80 Hz (24 dB per octave); stems of drums and percussion keep their lows." in told
    assert "lows (110 Hz) 2.2 dB, presence (3000 Hz) 3.0 dB." in told
    assert "keep their lows" not in told_by(mastered(result(), live=(LivePart.BASS, LivePart.DRUMS)))
    assert "the tracks are whole from 30 Hz upwards" in told_by(mastered(result(), live=()))


def test_the_running_order_is_whole_or_says_that_it_does_not_fit() -> None:
    for count in (1, 12, 13, 44):
        told = told_by(mastered(*(result(f"Song number {n}") for n in range(count))))
        assert all(f" {n + 1} Song number {n} 3:20 -17.2 -1.0 18.2" in told for n in range(count))
    told = told_by(mastered(*(result(f"Song number {n}") for n in range(45))))
    assert "45 songs do not fit on this sheet; the report lists them." in told
