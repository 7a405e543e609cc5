"""The equalisers of a song's stems: who hears them, what they remember, and what they leave alone."""

from collections.abc import Sequence

import numpy as np
import pytest
from analysis import pink_noise
from oracle import BusSpec, model_chain
from oracle import EqBand as ModelBand
from scenes import pack24, play, unpack
from scipy.signal import sosfilt

from appliance.kernel import Kernel, SampleFormat, Voice, band_sections
from appliance.settings import BusKind, EqBand, EqType
from appliance.vocabulary import Role

RATE_HZ = 48_000
HOUSE, EARS = BusKind.HOUSE, BusKind.EARS
BUSES = ((2, HOUSE), (1, EARS), (2, EARS), (1, HOUSE), (1, HOUSE), (2, HOUSE), (1, EARS))
"""Ten channels: some vectors of the kernel hear both kinds of stems, one hears one kind."""

BANDS = [
    EqBand(type=EqType.HIGH_PASS, frequency_hz=40.0, order=4),
    EqBand(type=EqType.LOW_SHELF, frequency_hz=120.0, gain_db=-4.0),
    EqBand(type=EqType.PEAK, frequency_hz=400.0, gain_db=3.0, q=1.4),
    EqBand(type=EqType.PEAK, frequency_hz=2_500.0, gain_db=-6.0, q=3.0),
    EqBand(type=EqType.HIGH_SHELF, frequency_hz=8_000.0, gain_db=4.0),
    EqBand(type=EqType.LOW_PASS, frequency_hz=16_000.0, order=1),
    EqBand(type=EqType.NOTCH, frequency_hz=50.0, q=8.0),
]
"""Eight sections."""


def kernel_of(buses: Sequence[tuple[int, BusKind]] = BUSES, rate_hz: int = RATE_HZ, stems: int = 1) -> Kernel:
    """Every output plays its bus channel; a song of so many tracks in slot 0 waits for its gains."""
    channels = sum(width for width, _ in buses)
    kernel = Kernel(rate_hz, buses, channels)
    for bus in range(len(buses)):
        kernel.set_limiter(bus, 0.0, 50.0)
    for output in range(channels):
        kernel.set_patch(output, output)
    kernel.set_song(0, [Role.TRACK] * stems)
    return kernel


def words_of(seed: int, frames: int, stems: int = 1) -> np.ndarray:
    return np.rint(pink_noise(RATE_HZ, frames / RATE_HZ, stems, rms_db=-26.0, seed=seed) * 2**23).astype(np.int64)


def filtered(words: np.ndarray, bands: Sequence[EqBand]) -> np.ndarray:
    return sosfilt(np.insert(band_sections(bands, RATE_HZ), 3, 1.0, axis=1), words / 2**23, axis=0)


def error_dbfs(heard: np.ndarray, expected: np.ndarray) -> float:
    return float(10 * np.log10(np.max(np.mean((heard - expected) ** 2, axis=0)) + 1e-30))


@pytest.mark.parametrize("rate_hz", [44_100, 48_000, 96_000])
@pytest.mark.parametrize("ears_equalised", [False, True])
@pytest.mark.parametrize("stems", [1, 5, 8, 13])
def test_each_output_is_the_models(rate_hz: int, ears_equalised: bool, stems: int) -> None:
    random = np.random.default_rng(stems)
    kernel = kernel_of(rate_hz=rate_hz, stems=stems)
    words = np.rint(pink_noise(rate_hz, 0.5, stems, rms_db=-38.0, seed=1) * 2**23).astype(np.int64)
    channels = kernel.bus_channels
    gains = random.uniform(-1, 1, (stems, channels)).astype(np.float32)
    gains[random.random(gains.shape) < 0.2] = 0.0
    kernel.set_gains(0, gains, 0)
    kernel.set_ears_equalised(0, ears_equalised)
    model = {}
    for stem in range(0, stems, 2 if stems < 13 else 3):
        bands = [BANDS[i] for i in random.permutation(len(BANDS))[: 1 + stem % len(BANDS)]]
        kernel.set_stem_eq(0, stem, bands, 0)
        model[stem] = [ModelBand(b.type.value, b.frequency_hz, b.gain_db, b.q, b.order) for b in bands]
    specs = [BusSpec(width, ceiling_db=0.0, plain=kind is EARS and not ears_equalised) for width, kind in BUSES]
    expected = model_chain(words, gains, specs, rate_hz, range(channels), stem_eq=model)
    assert error_dbfs(play(kernel, words) / 2**31, expected) < -145.0
    assert all(bus.gain == 1.0 for bus in kernel.meters().buses), "the limiter may not act here"


def test_ears_hear_plain_stems_to_the_bit_and_the_house_others() -> None:
    words = words_of(2, 9_000, 3)
    heard = []
    for bands in ([], BANDS):
        kernel = kernel_of(stems=3)
        kernel.set_gains(0, np.random.default_rng(1).uniform(-1, 1, (3, 10)).astype(np.float32), 0)
        kernel.set_stem_eq(0, 1, bands, 0)
        heard.append(play(kernel, words))
    ears = np.array([kind is EARS for width, kind in BUSES for _ in range(width)])
    assert np.array_equal(heard[0][:, ears], heard[1][:, ears])
    assert np.all(np.any(heard[0][:, ~ears] != heard[1][:, ~ears], axis=0))


def test_flat_equalisers_change_no_bit() -> None:
    """Never set, set to nothing, set and taken away again, and a neighbour's in the same vector."""
    words = words_of(3, 6_000, 10)
    gains = np.random.default_rng(4).uniform(-1, 1, (10, 10)).astype(np.float32)
    heard = []
    for way in range(5):
        kernel = kernel_of(stems=10)
        kernel.set_ears_equalised(0, way % 2 == 1)
        kernel.set_gains(0, gains, 900)
        if way == 1:
            kernel.set_stem_eq(0, 3, [], 100)
        elif way == 2:
            kernel.set_stem_eq(0, 3, BANDS, 0)
            kernel.set_song(0, [Role.TRACK] * 10)
            kernel.set_gains(0, gains, 900)
        elif way == 3:
            kernel.set_stem_sections(0, 3, np.array([[1.0, 0, 0, 0, 0]] * 8), 0)
        elif way == 4:
            kernel.set_stem_eq(0, 9, BANDS, 0)
            gains[9] = 0.0
        heard.append(play(kernel, words))
    assert np.array_equal(heard[0], heard[1])
    assert np.array_equal(heard[0], heard[2])
    assert np.array_equal(heard[0], heard[3])
    silent_ninth = kernel_of(stems=10)
    silent_ninth.set_gains(0, gains, 900)
    kernel = kernel_of(stems=10)
    kernel.set_gains(0, gains, 900)
    kernel.set_stem_eq(0, 9, BANDS, 0)
    assert np.array_equal(play(silent_ninth, words), play(kernel, words))


def voices_heard(kernel: Kernel, voices: Sequence[Voice], frames: int) -> np.ndarray:
    raw = kernel.render(voices, frames) + kernel.render([], kernel.latency_frames)
    return unpack(raw, SampleFormat.S32_LE, kernel.outputs)[kernel.latency_frames :] / 2**31


def house_of_one() -> Kernel:
    kernel = kernel_of([(1, HOUSE)])
    kernel.set_gains(0, np.ones((1, 1)), 0)
    kernel.set_stem_eq(0, 0, BANDS, 0)
    return kernel


def test_two_voices_of_one_song_remember_apart() -> None:
    one, other = words_of(5, 2_000), words_of(6, 1_500)
    voices = [Voice(pack24(one), 0, 0, 2_000), Voice(pack24(other), 0, 300, 1_500, memory=63)]
    expected = filtered(one, BANDS)
    expected[300:1_800] += filtered(other, BANDS)
    assert error_dbfs(voices_heard(house_of_one(), voices, 2_000), expected) < -145.0
    shared = [voices[0], Voice(pack24(other), 0, 300, 1_500)]
    assert error_dbfs(voices_heard(house_of_one(), shared, 2_000), expected) > -60.0, "the test can see"


@pytest.mark.parametrize("fresh", [False, True])
def test_a_voice_goes_on_or_begins_anew(fresh: bool) -> None:
    words = words_of(7, 3_000)
    kernel = house_of_one()
    out = [kernel.render([Voice(pack24(words[:1_000]), 0, 0, 1_000)], 1_000)]
    out.append(kernel.render([Voice(pack24(words[1_000:]), 0, 0, 2_000, fresh=fresh)], 2_000))
    out.append(kernel.render([], kernel.latency_frames))
    heard = unpack(b"".join(out), SampleFormat.S32_LE, 1)[kernel.latency_frames :] / 2**31
    anew = np.vstack([filtered(words[:1_000], BANDS), filtered(words[1_000:], BANDS)])
    assert error_dbfs(heard, anew if fresh else filtered(words, BANDS)) < -145.0


def test_another_song_finds_empty_memories() -> None:
    words = words_of(8, 1_000)
    kernel = house_of_one()
    voices_heard(kernel, [Voice(pack24(words_of(9, 1_000)), 0, 0, 1_000)], 1_000)
    for slot in (0, 5):
        kernel.set_song(slot, [Role.TRACK])
        kernel.set_gains(slot, np.ones((1, 1)), 0)
        kernel.set_stem_eq(slot, 0, BANDS, 0)
        heard = voices_heard(kernel, [Voice(pack24(words), slot, 0, 1_000)], 1_000)
        assert error_dbfs(heard, filtered(words, BANDS)) < -145.0


def test_a_fade_comes_after_the_filters() -> None:
    """Down to nothing, and nothing rings on; up from nothing, and the step of a filter's start is not heard."""
    words = words_of(10, 2_000)
    fade = np.concatenate([np.linspace(0, 1, 1_000), np.linspace(1, 0, 1_000)]).astype(np.float32)
    heard = voices_heard(house_of_one(), [Voice(pack24(words), 0, 0, 2_000, fade)], 2_500)
    assert error_dbfs(heard[:2_000], filtered(words, BANDS) * fade[:, np.newaxis]) < -145.0
    assert not np.any(heard[2_000:])


def test_what_no_filter_can_be_is_refused_and_changes_nothing() -> None:
    words = words_of(11, 3_000)
    kernel = house_of_one()
    with pytest.raises(ValueError, match="not stable"):
        kernel.set_stem_sections(0, 0, np.array([[0.5, 0, 0, 0, 0], [1, 0, 0, 0, 1.0]]), 0)
    with pytest.raises(ValueError, match="not stable"):
        kernel.set_stem_sections(0, 0, np.array([[np.nan, 0, 0, 0, 0]]), 0)
    for slot, channel, count in ((0, 0, 9), (0, 1, 1), (1, 0, 1), (8, 0, 1)):
        with pytest.raises(ValueError, match="refused"):
            kernel.set_stem_sections(slot, channel, np.array([[0.5, 0, 0, 0, 0]] * count), 0)
    with pytest.raises(ValueError, match="rows of five"):
        kernel.set_stem_sections(0, 0, np.zeros((2, 4)), 0)
    for slot in (1, 8):
        with pytest.raises(ValueError, match="refused"):
            kernel.set_ears_equalised(slot, True)
    heard = voices_heard(kernel, [Voice(pack24(words), 0, 0, 3_000)], 3_000)
    assert error_dbfs(heard, filtered(words, BANDS)) < -145.0
    stray = [Voice(pack24(words), 0, 0, 3_000, memory=64)]
    assert not np.any(voices_heard(kernel, stray, 3_000)), "a voice with no memory is as silent as one with no slot"


def test_what_a_filter_makes_absurdly_loud_stays_a_number() -> None:
    """Eight sections of a million each are more than a float holds: another stem and another bus never hear of it."""
    kernel = kernel_of([(1, HOUSE), (1, HOUSE)], stems=2)
    kernel.set_gains(0, np.eye(2, dtype=np.float32), 0)
    kernel.set_stem_sections(0, 0, np.array([[1e6, 0, 0, 0, 0]] * 8), 0)
    words = words_of(12, 2_000, 2)
    heard = voices_heard(kernel, [Voice(pack24(words), 0, 0, 2_000)], 2_000)
    assert np.array_equal(heard[:, 1], words[:, 1] / 2**23)
    assert np.max(np.abs(heard)) <= 1.0
    assert kernel.meters().not_finite > 0
