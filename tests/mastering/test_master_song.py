"""Whole songs mastered: the levels that come out, what stays as it was, what is named."""

import json
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
from mastering.bands import RATE_HZ, click, guide, master, music, rig, usual_band, write_band

from appliance.mastering.facts import song_facts
from appliance.mastering.plan import SetSong, plan_set
from appliance.mastering.result import SongResult, Weight
from appliance.mastering.song import SongTask, master_song
from appliance.measurement.chain import bus_blocks
from appliance.measurement.loudness import measure_loudness
from appliance.settings import LevelMatch, MasteringSettings
from appliance.songs.mastered import mastered_path, read_mastered, read_mastering
from appliance.vocabulary import Role


def warnings(result: SongResult) -> str:
    return " ".join(f"{one.subject}: {one.sentence}" for one in result.findings if one.weight is Weight.WARNING)


@pytest.mark.parametrize("match", [LevelMatch.S95, LevelMatch.INTEGRATED, LevelMatch.MAX_SHORT_TERM])
def test_songs_20_lu_apart_come_to_one_level(tmp_path: Path, match: LevelMatch) -> None:
    songs = [usual_band(tmp_path, f"Song {n}", level_db, seed=n) for n, level_db in enumerate((-12.0, -22.0, -33.0))]
    results = master(rig(match=match), *songs)
    for result in results:
        assert result.after.house is not None
        loudness = result.after.house.loudness
        numbers = {
            LevelMatch.S95: loudness.s95_lufs,
            LevelMatch.INTEGRATED: loudness.integrated_lufs,
            LevelMatch.MAX_SHORT_TERM: loudness.max_short_term_lufs,
        }
        assert numbers[match] == pytest.approx(-18.0, abs=0.1)
        assert result.reached_lufs == pytest.approx(numbers[match], abs=0.02)


def test_the_balance_of_stems_stays_and_click_and_guide_are_not_touched_for_the_house(tmp_path: Path) -> None:
    seconds = 8.0
    stems = [
        ("Keys", Role.TRACK, music(seconds, -30, 1)),
        ("Strings", Role.TRACK, music(seconds, -36, 2)),
        ("Click", Role.CLICK, click(seconds)),
        ("Guide", Role.GUIDE, guide(seconds)),
    ]
    song = write_band(tmp_path, "Song", stems)
    (result,) = master(rig(), song)
    mastering = read_mastering(song)
    assert mastering is not None
    keys, strings, ticks, voice = mastering.stems
    assert keys.house_gain_db == strings.house_gain_db == pytest.approx(result.gain_db)
    assert keys.ears_gain_db == strings.ears_gain_db
    assert keys.eq == strings.eq
    assert ticks.house_gain_db == voice.house_gain_db == 0.0
    assert ticks.eq == voice.eq == ()


def test_ears_get_click_tracks_and_guide_at_their_levels(tmp_path: Path) -> None:
    song = usual_band(tmp_path, "Song", -31.0)
    master(rig(), song)
    levels = {role: ears_alone(song, role) for role in (Role.TRACK, Role.CLICK, Role.GUIDE)}
    assert 20 * np.log10(np.abs(levels[Role.CLICK]).max()) == pytest.approx(-12.0, abs=0.3)
    assert s95(levels[Role.TRACK]) == pytest.approx(-23.0, abs=0.1)
    speaking = np.abs(levels[Role.GUIDE]).max(axis=1) > 1e-4
    tracks_then = levels[Role.TRACK][speaking]
    assert integrated(levels[Role.GUIDE]) == pytest.approx(power_lufs(tracks_then) + 3.0, abs=1.0)


def ears_alone(song, role: Role) -> np.ndarray:
    """What the ears' stereo mix would get of one role, without its limiter."""
    mastering = read_mastering(song)
    assert mastering is not None
    quiet = [one if stem.role is role else msgspec.structs.replace(one, ears_gain_db=-200.0)
             for one, stem in zip(mastering.stems, song.metadata.stems, strict=True)]  # fmt: skip
    changed = msgspec.structs.replace(mastering, stems=tuple(quiet), guards_dbfs={})
    blocks = [before.copy() for _, before in bus_blocks(rig(), song, RATE_HZ, changed)]
    return np.concatenate(blocks)[:, 3:5] / 2.0**31 * 10 ** (30 / 20)


def weighted(samples: np.ndarray) -> np.ndarray:
    from appliance.kernel import LoudnessMeter  # noqa: PLC0415 - for these few lines

    meter = LoudnessMeter(RATE_HZ, 2)
    meter.take(samples.astype(np.float32))
    return meter.finish().weighted


def s95(samples: np.ndarray) -> float:
    found = measure_loudness(weighted(samples)).s95_lufs
    assert found is not None
    return found


def integrated(samples: np.ndarray) -> float:
    found = measure_loudness(weighted(samples)).integrated_lufs
    assert found is not None
    return found


def power_lufs(samples: np.ndarray) -> float:
    return float(-0.691 + 10 * np.log10(weighted(samples).sum(axis=0).mean()))


def test_the_limiter_has_a_budget_and_what_does_not_reach_the_target_is_named(tmp_path: Path) -> None:
    spiky = music(8.0, -40.0)
    spiky[:: RATE_HZ // 3] = 0.9
    song = write_band(tmp_path, "Spiky", [("Band", Role.TRACK, spiky)])
    (result,) = master(rig(), song)
    house = result.after.buses[0].limiter
    assert house.max_reduction_db <= 3.0
    assert house.mean_reduction_db <= 0.5
    assert house.max_reduction_db > 2.8 or house.mean_reduction_db > 0.46, "as loud as it may be"
    assert result.limited
    assert result.shortfall_lu > 1
    assert f"stays {result.shortfall_lu:.1f} LU below its target" in warnings(result)
    (allowed,) = master(rig(limiter_max_db=12.0, limiter_mean_db=6.0), song)
    assert allowed.reached_lufs > result.reached_lufs + 1


def test_mastering_twice_is_mastering_once_and_writes_nothing(tmp_path: Path) -> None:
    song = usual_band(tmp_path, "Song", -25.0)
    (first,) = master(rig(), song)
    written = mastered_path(song).stat()
    (again,) = master(rig(), song)
    assert again == first
    assert mastered_path(song).stat().st_mtime_ns == written.st_mtime_ns
    mastered_path(song).unlink()
    (anew,) = master(rig(), song)
    assert anew == first
    (louder,) = master(rig(target_lufs=-20.0), song)
    assert louder.reached_lufs == pytest.approx(-20.0, abs=0.1)


def test_a_mastered_file_that_is_damaged_or_of_another_song_counts_for_nothing(tmp_path: Path) -> None:
    song = usual_band(tmp_path, "Song", -25.0, seconds=5.0)
    master(rig(), song)
    good = mastered_path(song).read_bytes()
    for damaged in (b"", good[: len(good) // 2], b"[]", good.replace(song.data_sha256.hex().encode(), b"0" * 64)):
        mastered_path(song).write_bytes(damaged)
        assert read_mastering(song) is None
    beyond = json.loads(good)
    beyond["mastering"]["end_frame"] = song.frames + 1
    mastered_path(song).write_text(json.dumps(beyond))
    assert read_mastered(song) is None
    mastered_path(song).write_bytes(good)
    assert read_mastering(song) is not None


def test_an_offset_makes_the_opener_quieter(tmp_path: Path) -> None:
    song = usual_band(tmp_path, "Opener", -20.0)
    facts = song_facts(rig(), song)
    (plan,) = plan_set(MasteringSettings(), [SetSong("Opener", -3.0, facts)])
    task = SongTask(rig=rig(), settings=MasteringSettings(), song=song, facts=facts, plan=plan, offset_lu=-3.0)
    result = master_song(task)
    assert result.after.house is not None
    assert result.after.house.loudness.s95_lufs == pytest.approx(-21.0, abs=0.1)
    assert "3 LU quieter than the others" in " ".join(one.sentence for one in result.findings)


def test_songs_of_nearly_nothing(tmp_path: Path) -> None:
    """Silence, a click alone, half a second: each is mastered somehow, and says what is missing."""
    silent = write_band(tmp_path, "Silent", [("Pad", Role.TRACK, np.zeros((RATE_HZ * 5, 2)))])
    only_click = write_band(tmp_path, "Click only", [("Click", Role.CLICK, click(5.0))])
    short = write_band(tmp_path, "Short", [("Hit", Role.TRACK, music(0.5, -20.0))])
    results = master(rig(), silent, only_click, short)
    assert "nothing in it for the audience" in warnings(results[0])
    assert "nothing in it for the audience" in warnings(results[1])
    assert results[2].reached_lufs == pytest.approx(-18.0, abs=0.1)


def test_a_pad_and_a_shaker_lie_lower_than_the_band(tmp_path: Path) -> None:
    """Sparse is what it is among the others; alike in loudness it would shout."""
    t = np.arange(15 * RATE_HZ) / RATE_HZ
    pad = sum(np.sin(2 * np.pi * hz * t) for hz in (220.0, 277.2, 329.6))[:, np.newaxis] * [0.03, 0.03]
    shaker = np.diff(np.random.default_rng(7).standard_normal((len(t) + 1, 2)), axis=0) * 0.01
    shaker *= (t * 4 % 1 < 0.2)[:, np.newaxis]
    sparse = write_band(tmp_path, "Sparse", [("Pad", Role.TRACK, pad), ("Shaker", Role.TRACK, shaker)])
    bands = [usual_band(tmp_path, f"Band {n}", -20.0 - n, seconds=15.0, seed=n) for n in range(3)]
    *others, lower = master(rig(), *bands, sparse)
    assert [result.sparse for result in (*others, lower)] == [False, False, False, True]
    assert lower.reached_lufs == pytest.approx(-21.0, abs=0.1)
    assert "lies 3 LU lower" in " ".join(one.sentence for one in lower.findings)


def test_a_corrected_song_is_not_played_with_what_was_decided_before(tmp_path: Path) -> None:
    song = usual_band(tmp_path, "Song", -25.0, seconds=5.0)
    master(rig(), song)
    assert read_mastering(song) is not None
    corrected = replace(song, metadata=msgspec.structs.replace(song.metadata, recipe="another"))
    assert read_mastering(corrected) is None


def test_quiet_verses_and_lifted_noise_are_named(tmp_path: Path) -> None:
    """Verses far below a short chorus; and a quiet song with hiss between its phrases."""
    ballad = music(60.0, -20.0)
    ballad[: 50 * RATE_HZ] *= 10 ** (-9 / 20)
    uneven = write_band(tmp_path, "Uneven", [("Band", Role.TRACK, ballad)])
    frames = 20 * RATE_HZ
    hiss = np.random.default_rng(3).standard_normal((frames, 2)) * 10 ** (-82 / 20)
    phrases = music(20.0, -40.0) * (np.arange(frames) // RATE_HZ % 4 < 2)[:, np.newaxis] + hiss
    noisy = write_band(tmp_path, "Noisy", [("Tape", Role.TRACK, phrases)])
    even = usual_band(tmp_path, "Even", -20.0)
    results = master(rig(), uneven, noisy, even)
    assert "LU above its average" in warnings(results[0])
    assert "LU above its average" not in warnings(results[2])
    assert "noise comes up to" in warnings(results[1])
    assert "noise" not in warnings(results[2])
