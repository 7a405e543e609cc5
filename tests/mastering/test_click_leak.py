"""Click in what the audience hears is found; music on the beat is not taken for it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click_library import prepared_songs
from click_songs import beats, burst, leaking, only, pad, snare, write_song

from appliance.mastering.click_leak import HOUSE, ClickLeak, find_click_leaks
from appliance.songs.library import Library
from appliance.songs.prepared import PreparedSong
from appliance.vocabulary import Role

SECONDS = 20.0
CLICK = beats(burst(1000.0, 0.006), SECONDS, late_s=0.25)


def named(leaks: tuple[ClickLeak, ...]) -> dict[str, ClickLeak]:
    return {leak.stem: leak for leak in leaks}


def song_of(path: Path, **tracks: Any) -> PreparedSong:
    stems = [(name, Role.TRACK, samples) for name, samples in tracks.items()]
    return write_song(path / "song", [*stems, ("Click", Role.CLICK, CLICK)])


class TestMadeOfNumbers:
    @pytest.mark.parametrize("level_db", [-20.0, -40.0, -46.0])
    @pytest.mark.parametrize("delay_s", [0.0, 0.0003, 0.007, -0.012])
    def test_a_leak_is_found_with_its_level_and_delay(self, tmp_path: Path, level_db: float, delay_s: float) -> None:
        leak = np.roll(CLICK, round(delay_s * 48_000)) * 10 ** (level_db / 20)
        found = named(find_click_leaks(song_of(tmp_path, Pad=pad(SECONDS, 0.02) + leak, Bass=pad(SECONDS, 0.01, 2))))
        assert set(found) - {HOUSE} == {"Pad"}
        assert found["Pad"].level_db == pytest.approx(level_db, abs=1.5)
        assert found["Pad"].delay_ms == pytest.approx(1000 * delay_s, abs=0.2)

    def test_what_nobody_can_hear_is_not_reported(self, tmp_path: Path) -> None:
        assert not find_click_leaks(song_of(tmp_path, Pad=pad(SECONDS, 0.05) + CLICK * 10 ** (-60 / 20)))
        assert not find_click_leaks(song_of(tmp_path, Nothing=CLICK * 10 ** (-60 / 20)))

    @pytest.mark.parametrize(
        "drum",
        [snare(), burst(900.0, 0.02), burst(1050.0, 0.012), burst(60.0, 0.1), burst(5000.0, 0.03), -0.3 * snare(2)],
        ids=["snare", "woodblock", "cowbell", "kick", "triangle", "other snare"],
    )
    def test_a_drum_that_is_the_same_on_each_click_is_no_leak(self, tmp_path: Path, drum: Any) -> None:
        assert not find_click_leaks(song_of(tmp_path, Drums=beats(drum, SECONDS, late_s=0.25)))
        noisy = beats(drum, SECONDS, late_s=0.25) + pad(SECONDS, 0.002)
        assert not find_click_leaks(song_of(tmp_path, Drums=noisy))

    def test_a_copy_of_the_click_is_found_at_0_db(self, tmp_path: Path) -> None:
        found = named(find_click_leaks(song_of(tmp_path, Copy=CLICK, Pad=pad(SECONDS, 0.05))))
        assert found["Copy"].level_db == pytest.approx(0.0, abs=0.1)
        assert found["Copy"].at_s % 0.5 == pytest.approx(0.25, abs=0.001)

    def test_a_leak_in_one_side_or_turned_over_counts(self, tmp_path: Path) -> None:
        wide = pad(SECONDS, 0.05, channels=2)
        wide[:, 1:] -= 0.02 * CLICK
        assert named(find_click_leaks(song_of(tmp_path, Pad=wide)))["Pad"].level_db == pytest.approx(-34.0, abs=1.5)

    def test_a_leak_in_a_part_of_the_song_is_found_there(self, tmp_path: Path) -> None:
        leak = 0.03 * CLICK
        leak[: 8 * 48_000] = 0.0
        leak[15 * 48_000 :] = 0.0
        found = named(find_click_leaks(song_of(tmp_path, Pad=pad(SECONDS, 0.02) + leak)))
        assert 7.9 < found["Pad"].at_s < 15.0

    def test_stems_gains_count_in_the_house(self, tmp_path: Path) -> None:
        stems = [("Pad", Role.TRACK, pad(5, 0.01) + 0.1 * CLICK[:240_000]), ("C", Role.CLICK, CLICK[:240_000])]
        found = named(find_click_leaks(write_song(tmp_path / "song", stems, gain_db=-6.0)))
        assert found["Pad"].level_db == pytest.approx(-20.0, abs=0.5)
        assert found[HOUSE].level_db == pytest.approx(-26.0, abs=0.5)

    @pytest.mark.parametrize("rate_hz", [44_100, 192_000])
    def test_ticks_of_constant_samples_at_any_rate(self, tmp_path: Path, rate_hz: int) -> None:
        click = beats(np.full(rate_hz // 1000, 0.5), 8.0, rate_hz=rate_hz)
        click += beats(np.full(rate_hz // 1000, 0.4), 8.0, bpm=30.0, rate_hz=rate_hz)
        quiet = pad(8.0, 0.02, rate_hz=rate_hz)
        for level, leaks in ((0.0, set()), (0.01, {HOUSE, "Pad"})):
            stems = [("Pad", Role.TRACK, quiet + level * click), ("Click", Role.CLICK, np.repeat(click, 2, axis=1))]
            found = named(find_click_leaks(write_song(tmp_path / "song", stems, rate_hz)))
            assert set(found) == leaks
            assert all(leak.level_db == pytest.approx(-40.0, abs=1.5) for leak in found.values())

    def test_each_of_several_clicks_is_looked_for(self, tmp_path: Path) -> None:
        other = beats(burst(2500.0, 0.004), SECONDS, bpm=240.0)
        clicks = [("A", Role.CLICK, CLICK), ("B", Role.CLICK, other)]
        stems = [("Pad", Role.TRACK, pad(SECONDS, 0.02) + 0.01 * other), *clicks]
        found = named(find_click_leaks(write_song(tmp_path / "song", stems)))
        assert found["Pad"].level_db == pytest.approx(-40.0, abs=1.5)

    def test_songs_in_which_nothing_can_leak(self, tmp_path: Path) -> None:
        track = ("Pad", Role.TRACK, pad(5, 0.1))
        silent = np.zeros((240_000, 1))
        for stems in ([track], [("C", Role.CLICK, CLICK)], [track, ("C", Role.CLICK, silent)]):
            assert find_click_leaks(write_song(tmp_path / "song", stems)) == ()
        assert find_click_leaks(song_of(tmp_path, Silence=np.zeros_like(CLICK))) == ()

    def test_progress_is_told_to_the_end(self, tmp_path: Path) -> None:
        told: list[float] = []
        find_click_leaks(song_of(tmp_path, Pad=pad(SECONDS, 0.1)), told.append)
        assert told == sorted(told)
        assert told[-1] == 1.0


class TestStick:
    def test_no_song_of_the_stick_leaks(self, click_library: Library) -> None:
        songs = prepared_songs(click_library)
        assert len(songs) == 8
        for song in songs:
            assert Role.CLICK in song.roles
            assert find_click_leaks(song) == (), song.metadata.title

    @pytest.mark.parametrize(
        ("title", "level_db", "delay_s"),
        [
            ("Night Drive", -46.0, 0.0003),
            ("Paper Lanterns", -46.0, 0.007),
            ("Hold Fast", -40.0, 0.0),
            ("Slow Water", -46.0, 0.0),
            ("Two Wires", -30.0, 0.007),
            ("Glass Waltz", -46.0, 0.0003),
        ],
    )
    def test_click_added_to_any_stem_is_found(
        self, click_library: Library, tmp_path: Path, title: str, level_db: float, delay_s: float
    ) -> None:
        (song,) = [each for each in prepared_songs(click_library) if each.metadata.title == title]
        for stem in [stem for stem in song.metadata.stems if stem.role is Role.TRACK]:
            alone = only(song, tmp_path / "alone", stem)
            found = named(find_click_leaks(leaking(alone, tmp_path / "song", [0], level_db, delay_s)))
            assert set(found) == {HOUSE, stem.name}
            assert found[stem.name].level_db == pytest.approx(level_db, abs=1.5)
            assert found[stem.name].delay_ms == pytest.approx(1000 * delay_s, abs=0.2)
            assert find_click_leaks(leaking(alone, tmp_path / "song", [0], -60.0, delay_s)) == ()

    def test_in_a_whole_delivery_only_the_leaking_stem_is_named(self, click_library: Library, tmp_path: Path) -> None:
        (song,) = [each for each in prepared_songs(click_library) if each.metadata.title == "Night Drive"]
        drums = next(stem for stem in song.metadata.stems if stem.name == "Drums")
        part = leaking(song, tmp_path / "song", drums.channels, -20.0, part_s=(6.0, 16.0))
        found = named(find_click_leaks(part))
        assert set(found) - {HOUSE} == {"Drums"}
        assert found["Drums"].level_db == pytest.approx(-20.0, abs=2.0)
        assert 5.9 < found["Drums"].at_s < 16.0


def test_no_song_of_the_demo_band_leaks(demo_library: Library) -> None:
    for song in prepared_songs(demo_library):
        assert find_click_leaks(song) == (), song.metadata.title
