"""What the report draws: every point where its number says, and the same scales for all songs."""

from itertools import pairwise
from xml.etree.ElementTree import Element

import pytest
from msgspec.structs import replace
from report.pages import of_class, parsed
from report.results import edge_cases, mastered, result

from appliance.mastering.picture import Picture
from appliance.measurement.spectrum import NOMINAL_HZ
from appliance.report import report_page
from appliance.report.scales import set_scales, shapes
from appliance.report.spectrum import HEIGHT, spectrum
from appliance.report.svg import WIDTH, times_s
from appliance.report.waveform import TAKEN, WAVE, waveform


def points(drawing: Element, class_: str, which: int = 0) -> list[tuple[float, float]]:
    found = [*of_class(drawing, class_)][which]
    if found.tag == "polygon":
        return [tuple(map(float, pair.split(","))) for pair in found.get("points", "").split()]  # type: ignore[misc]
    numbers = found.get("d", "").replace("M", "").replace("L", "").split()
    return [(float(x), float(y)) for x, y in zip(numbers[::2], numbers[1::2], strict=True)]


def test_the_waveform_has_its_peaks_where_they_are_and_as_high() -> None:
    song = result(duration_s=100.0)
    peaks = tuple(1.0 if n == 150 else 0.25 for n in range(600))
    taken = tuple(1.5 if n == 150 else 0.0 for n in range(600))
    song = replace(
        song,
        picture_before=Picture(step_s=100 / 600, peaks=(0.5,) * 600, reduction_db=(0.0,) * 600),
        picture_after=Picture(step_s=100 / 600, peaks=peaks, reduction_db=taken),
    )
    drawing = parsed(waveform(song, set_scales(mastered(song)), 3.0))
    after = points(drawing, "after-area")
    highest = min(after, key=lambda point: point[1])
    assert highest == (pytest.approx(WIDTH * 150.5 / 600, abs=0.1), 0.0)
    assert max(after, key=lambda point: point[1])[1] == WAVE, "mirrored"
    assert after[0] == (pytest.approx(WIDTH * 0.5 / 600, abs=0.1), pytest.approx(WAVE * 0.375, abs=0.1))
    # what is smaller lies in front: before is 0 there wherever after is smaller
    front = points(drawing, "before-area", 1)
    assert min(y for _, y in front) == pytest.approx(WAVE * 0.25, abs=0.1)
    assert front[0][1] == WAVE / 2
    deepest = max(points(drawing, "taken-area"), key=lambda point: point[1])
    assert deepest == (highest[0], pytest.approx(TAKEN / 2))


def test_the_spectra_are_compared_at_equal_loudness() -> None:
    set_ = mastered(result(before=-22.5, after=-18.0))
    found = shapes(set_, set_.results[0])
    assert found.before == pytest.approx(found.after), "the same shape, 4.5 dB apart"
    at_1k = NOMINAL_HZ.index(1000.0)
    usual = set_.results[0].usual_db
    cut = [target - level for target, level in zip(found.target, usual, strict=True)]  # type: ignore[operator]
    assert cut[at_1k] == pytest.approx(0.0, abs=0.6)
    assert cut[NOMINAL_HZ.index(3150.0)] == pytest.approx(-3.0, abs=0.1), "the presence band"
    assert cut[NOMINAL_HZ.index(80.0)] == pytest.approx(-3.0 - 1.8, abs=0.5), "corner of the high-pass and lows"
    assert cut[0] < -30.0


def test_the_target_makes_up_for_what_the_equaliser_costs() -> None:
    """Where 6 dB of gain bring 4.5 LU, the rest lies 1.5 dB higher at equal loudness."""
    song = result(before=-22.5, after=-18.0)
    dearer = replace(song, gain_db=6.0)
    plain, lifted = (shapes(mastered(one), one).target for one in (song, dearer))
    assert [b - a for a, b in zip(plain, lifted, strict=True)] == pytest.approx([1.5] * len(plain))  # type: ignore[operator]


def test_a_band_without_a_level_breaks_the_curve() -> None:
    set_ = mastered(result())
    found = shapes(set_, set_.results[0])
    broken = found._replace(after=(*found.after[:10], None, *found.after[11:]))
    drawing = parsed(spectrum("Song", broken, set_scales(set_)))
    path = next(of_class(drawing, "after-line")).get("d", "")
    assert path.count("M") == 2
    drawn = points(drawing, "after-line")
    assert len(drawn) == len(NOMINAL_HZ) - 1
    assert all(a[0] < b[0] for a, b in pairwise(drawn))
    assert drawn[0][0] == 0.0
    assert drawn[-1][0] == WIDTH
    assert all(0 <= y <= HEIGHT for _, y in drawn)


def test_all_songs_have_the_same_scales() -> None:
    loud, soft = result("Loud", -9.0, -12.0, target=-12.0), result("Soft", -40.0, -18.0, limiter=(7.4, 0.1))
    scales = set_scales(mastered(loud, soft))
    assert scales.lufs[0] < -40.0
    assert scales.lufs[1] > -9.0
    assert scales.reduction_db == 8.0
    assert scales.loudness(-100.0) == 0.0
    assert scales.loudness(0.0) == 1.0


def test_each_song_has_a_dumbbell_from_before_to_after_on_one_target_line() -> None:
    set_ = mastered(result("One", -30.0, -18.0), result("Two", -10.0, -16.5, target=-16.5, offset_lu=1.5))
    scales, page = set_scales(set_), parsed(report_page(set_))
    rows = [*of_class(page, "dumbbell")]
    assert len(rows) == 3, "two songs and the axis"
    for row, song, before in zip(rows, set_.results, (-30.0, -10.0), strict=False):
        found = {each.get("class"): each for each in row.iter()}
        for class_, level in (("before-dot", before), ("after-dot", song.reached_lufs)):
            assert found[class_].get("cx") == f"{100 * scales.loudness(level):.2f}%"
        assert found["target"].get("x1") == f"{100 * scales.loudness(song.target_lufs):.2f}%"
        promise = found["promise"]
        assert float(promise.get("width", "")[:-1]) == pytest.approx(
            100 * (scales.loudness(0.2 - 20) - scales.loudness(-20)), abs=0.02
        )
    assert {each.get("class") for each in rows[1].iter()} >= {"target faint", "target"}, "the set's, and its own"


def test_a_time_axis_has_few_labels_however_long_the_song() -> None:
    assert list(times_s(2.0)) == [0, 1, 2]
    assert list(times_s(200.0)) == [0, 60, 120, 180]
    for duration_s in (0.0, 0.4, 59.0, 61.0, 361.0, 3599.0, 10_800.0):
        labels = list(times_s(duration_s))
        assert labels[0] == 0
        assert len(labels) <= 7
        assert labels[-1] <= duration_s


def test_a_page_of_many_songs_stays_small() -> None:
    page = report_page(mastered(*(result(f"Song {n}", -30.0 + n / 4) for n in range(40)), *edge_cases()))
    assert len(page) < 60_000 * 49
