"""Forms, chords and lengths."""

import pytest

from appliance.demo.charts import CHARTS, arrange
from appliance.demo.chords import frequency_hz, near, pitches


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.title)
@pytest.mark.parametrize("seconds", [10, 20, 60, 240])
def test_sections_follow_one_another_and_fill_the_time(chart, seconds):
    arrangement = arrange(chart, seconds)
    bar = 1
    for section in arrangement.sections:
        assert section.bar == bar
        assert section.bars >= 2
        bar += section.bars
    assert bar == len(arrangement.chords) - 1
    assert arrangement.chords[0] is None
    assert None not in arrangement.chords[1:]
    assert arrangement.duration_s == pytest.approx(seconds, abs=max(2 * arrangement.bar_s, 4))


def test_a_minute_has_the_whole_form():
    for chart in CHARTS:
        names = [section.name for section in arrange(chart, 60).sections]
        assert names == ["intro", "verse", "chorus", "verse", "chorus", "bridge", "chorus", "outro"]


def test_chords():
    assert pitches("C") == (0, 4, 7)
    assert pitches("F#m") == (6, 9, 1)
    assert pitches("Bb") == (10, 2, 5)
    assert pitches("E7") == (4, 8, 11, 2)
    with pytest.raises(ValueError, match="unknown chord"):
        pitches("Hsus")
    assert [near(pitch, 60) for pitch in (0, 5, 7, 11)] == [60, 65, 55, 59]
    assert frequency_hz(69) == 440
