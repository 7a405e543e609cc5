"""What is not a number, too loud, silent, or overshoots when it is resampled."""

from pathlib import Path

import numpy as np
import pytest
from deliveries import RATE, audio_of, click, music, prepared_of, run, sentences, tone, write

from appliance.preparation.report import Outcome
from appliance.songs.library import Library


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "library")


def test_what_is_not_a_number_is_silence(tmp_path: Path, library: Library) -> None:
    bad = tone()
    bad[1000:1064], bad[5000], bad[6000] = np.nan, np.inf, -np.inf
    write(tmp_path / "Song" / "Drums.wav", bad, subtype="FLOAT")
    report = run(library, tmp_path / "Song")
    assert sentences(report) == ["Drums.wav: 66 samples were not numbers; they are silenced."]
    audio = audio_of(prepared_of(library, "Song"))[:, 0]
    expected = np.nan_to_num(bad.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    np.testing.assert_array_equal(audio, np.rint(expected.astype(float) * (1 << 23)))


@pytest.mark.parametrize(
    ("over_db", "restored"), [(0.1, True), (11.1, True), (23.9, True), (24.1, False), (200.0, False)]
)
def test_beyond_full_scale_is_scaled_and_never_wraps(
    tmp_path: Path, library: Library, over_db: float, restored: bool
) -> None:
    peak = 10 ** (over_db / 20)
    stereo = np.column_stack([tone(level=peak), tone(level=peak / 4)])
    write(tmp_path / "Song" / "Keys.wav", stereo, subtype="DOUBLE")
    write(tmp_path / "Song" / "Bass.wav", tone(level=0.25), subtype="DOUBLE")
    report = run(library, tmp_path / "Song")
    (sentence,) = sentences(report)
    assert sentence.startswith(f"Keys.wav: It {'goes' if restored else 'is'} {over_db:.1f} dB beyond full scale")
    song = prepared_of(library, "Song")
    bass, keys = song.metadata.stems
    assert bass.gain_db == 0.0
    assert keys.gain_db == pytest.approx(over_db if restored else 0.0, abs=1e-4)
    audio = audio_of(song) / (1 << 23)
    scale = 10 ** (keys.gain_db / 20) if restored else peak
    np.testing.assert_allclose(audio[:, keys.channels] * scale, stereo, atol=scale * 2**-19)
    np.testing.assert_array_equal(audio[:, bass.channels[0]], np.rint(tone(level=0.25) * (1 << 23)) / (1 << 23))


def test_full_scale_square_resampled_overshoots_and_survives(tmp_path: Path, library: Library) -> None:
    """A square at full scale grows by 1 to 2 dB when it is band-limited anew: scaled, not clipped, not wrapped."""
    square = np.sign(tone(1.0, 441.0, rate=44_100)) * 0.999
    write(tmp_path / "Song" / "Keys.wav", square, 44_100)
    report = run(library, tmp_path / "Song")
    assert "beyond full scale" in sentences(report)[1]
    song = prepared_of(library, "Song")
    stem = song.metadata.stems[0]
    assert 0.5 < stem.gain_db < 3.0
    audio = audio_of(song)[:, 0] / (1 << 23)
    assert np.abs(audio).max() == pytest.approx(1.0, abs=1e-4)
    assert np.sqrt(np.mean((audio * 10 ** (stem.gain_db / 20)) ** 2)) == pytest.approx(0.999, rel=0.01)


def test_exactly_full_scale_is_not_too_loud(tmp_path: Path, library: Library) -> None:
    ends = np.array([1.0, -1.0, 0.5, 0.0] * 2000)
    write(tmp_path / "Song" / "Keys.wav", ends, subtype="FLOAT")
    assert sentences(run(library, tmp_path / "Song")) == []
    song = prepared_of(library, "Song")
    assert audio_of(song)[:4, 0].tolist() == [(1 << 23) - 1, -(1 << 23), 1 << 22, 0]
    assert song.metadata.stems[0].gain_db == 0.0


def test_a_silent_stem_is_left_out_and_kept(tmp_path: Path, library: Library) -> None:
    write(tmp_path / "Song" / "Drums.wav", music())
    write(tmp_path / "Song" / "Horns.wav", np.zeros(RATE), subtype="PCM_16")
    report = run(library, tmp_path / "Song")
    assert "Horns.wav: It is silent from beginning to end and is left out." in sentences(report)
    assert prepared_of(library, "Song").channels == 1
    assert (library.find("Song").folder / "originals" / "Horns.wav").exists()


def test_only_a_click_comes_in_with_a_warning(tmp_path: Path, library: Library) -> None:
    write(tmp_path / "Song" / "Click.wav", click())
    report = run(library, tmp_path / "Song")
    assert sentences(report) == ["Click.wav: There is no track in it: the audience will hear nothing."]
    assert report.songs[0].outcome is Outcome.IMPORTED
    assert not report.failed


def test_a_persons_gain_and_the_scaling_add_up(tmp_path: Path, library: Library) -> None:
    write(tmp_path / "Song" / "Keys.wav", tone(level=2.0), subtype="FLOAT")
    run(library, tmp_path / "Song")
    path = library.find("Song").folder / "song.toml"
    path.write_text(path.read_text().replace('part = "keys"', 'part = "keys"\ngain_db = -2.5'))
    run(library, tmp_path / "Song")
    assert prepared_of(library, "Song").metadata.stems[0].gain_db == pytest.approx(6.0206 - 2.5, abs=1e-3)
    assert library.find("Song").song.stems[0].gain_db == -2.5
