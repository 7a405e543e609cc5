"""Any stems, levels and profiles: the ceilings hold, the balance stays, and mastering twice is mastering once."""

import tempfile
from pathlib import Path

import msgspec
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from mastering.bands import RATE_HZ, click, drums, guide, master, music, rig, write_band

from appliance.measurement.chain import HEADROOM_DB, bus_blocks
from appliance.settings import BusKind, LivePart
from appliance.songs.mastered import mastered_path, read_mastering
from appliance.songs.prepared import PreparedSong
from appliance.units import gain_from_db
from appliance.vocabulary import Role

SECONDS = 4.0
KINDS = {
    "music": lambda level_db, seed: music(SECONDS, level_db, seed),
    "drums": lambda level_db, seed: drums(SECONDS, level_db, seed=seed),
    "square": lambda level_db, seed: (
        gain_from_db(level_db)
        * np.sign(np.sin(2 * np.pi * 110 * (1 + seed / 7) * np.arange(round(SECONDS * RATE_HZ)) / RATE_HZ))[
            :, np.newaxis
        ]
    ),
    "silence": lambda *_: np.zeros((round(SECONDS * RATE_HZ), 1)),
}
tracks = st.lists(
    st.tuples(st.sampled_from(sorted(KINDS)), st.floats(-60, 0), st.integers(1, 5)), min_size=1, max_size=3
)
masterings = st.fixed_dictionaries(
    {
        "target_lufs": st.floats(-40, -9),
        "limiter_max_db": st.floats(0, 12),
        "limiter_mean_db": st.floats(0, 6),
        "live": st.lists(st.sampled_from(list(LivePart)), unique=True).map(tuple),
        "eq_amount": st.floats(0, 1.5),
        "eq_ears": st.booleans(),
        "click_dbfs": st.floats(-40, -6),
        "tracks_lufs": st.floats(-45, -14),
        "guide_lu": st.floats(-12, 12),
    }
)


def write(folder: Path, chosen: list[tuple[str, float, int]]) -> PreparedSong:
    stems = [
        (f"{kind} {n}", Role.TRACK, np.clip(KINDS[kind](level_db, seed), -1, 1))
        for n, (kind, level_db, seed) in enumerate(chosen)
    ]
    cues = [("Click", Role.CLICK, click(SECONDS)), ("Guide", Role.GUIDE, guide(SECONDS))]
    return write_band(folder, "Song", [*stems, *cues])


@settings(max_examples=25, deadline=None)
@given(chosen=tracks, mastering=masterings)
def test_any_song_with_any_settings(chosen: list[tuple[str, float, int]], mastering: dict[str, object]) -> None:
    the_rig = rig(**mastering)
    with tempfile.TemporaryDirectory() as folder:
        song = write(Path(folder), chosen)
        (result,) = master(the_rig, song)
        found = read_mastering(song)
        assert found is not None
        for bus, heard in zip(the_rig.buses, result.after.buses, strict=True):
            peak = heard.measured.levels.sample_peak_dbfs
            assert peak is None or peak <= bus.ceiling_dbtp + 1e-6
            true_peak = heard.measured.levels.true_peak_dbtp
            assert true_peak is None or true_peak <= bus.ceiling_dbtp + 1.2  # squares: beyond any short filter
        house = [heard.limiter for heard in result.after.buses if heard.kind is BusKind.HOUSE]
        if result.gain_db > -59.9:
            assert max(one.max_reduction_db for one in house) <= the_rig.mastering.limiter_max_db + 0.01
        gains = {one.house_gain_db for one, stem in zip(found.stems, song.metadata.stems, strict=True)
                 if stem.role is Role.TRACK}  # fmt: skip
        assert len(gains) == 1
        mastered_path(song).unlink()
        assert master(the_rig, song) == [result]


@settings(max_examples=10, deadline=None)
@given(levels=st.lists(st.floats(-50, -20), min_size=2, max_size=3), target=st.floats(-40, -25))
def test_on_linear_paths_the_house_is_the_same_mix_only_louder(levels: list[float], target: float) -> None:
    """Far below the ceiling and without an equaliser the mastered house is the delivered one times one factor."""
    the_rig = rig(target_lufs=target)
    with tempfile.TemporaryDirectory() as folder:
        song = write(Path(folder), [("music", level_db, n + 1) for n, level_db in enumerate(levels)])
        (result,) = master(the_rig, song)
        found = read_mastering(song)
        assert found is not None
        flat = msgspec.structs.replace(
            found,
            stems=tuple(msgspec.structs.replace(one, eq=()) for one in found.stems),
            fade_in_frames=0,
            fade_out_frames=0,
        )
        plain, louder = (
            np.concatenate([before[:, :2] for _, before in bus_blocks(the_rig, song, RATE_HZ, version)]).astype(float)
            for version in (None, flat)
        )
        expected = plain * gain_from_db(result.gain_db)
        scale = 2.0**31 * gain_from_db(HEADROOM_DB)
        # Whichever side is quieter was rounded to 32-bit words at its own level.
        rounding = 2 * max(1.0, gain_from_db(result.gain_db))
        assert np.abs(louder - expected).max() <= rounding + 1e-6 * np.abs(expected).max()
        assert np.abs(expected).max() < scale
