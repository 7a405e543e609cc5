"""Is one of a song's tracks a mix of the others? Both together would double the level in the room.

By sound, not by name. Taking a stem for a mix costs the audience that stem, so all of this must hold:

- In every octave the candidate is the sum of the other tracks, as far as an equaliser, a compressor and a limiter leave
  it so. That is what coherence tells: the part of one sound that any filter at all could make of the other. A mix with
  something in it that is on no other track is no mere mix, however soft that is, and stays; it is worth a word, though.
- Several others take part, each the right way round and about as loud as it was delivered. The drums, too, follow from
  a mix and the rest: they are the mix *minus* the rest.
- The sum explains it far better than any other track alone: an amplifier's microphone resembles the direct signal.

Measured in the worst octave on 18 songs of 2 to 7 tracks: plain sums and softly clipped ones 0.99 and more, as MP3 0.91
and more; with an equaliser 0.97, with a 4:1 compressor and 12 dB of clipping too 0.79 to 0.99; a sum with one more
stem in it 0.04 to 0.86. In the mean of the octaves no track comes above 0.22.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

import numpy as np
from numpy.typing import NDArray

from appliance.preparation.measure import SKETCH_HZ

CERTAIN = 0.92
CERTAIN_BY_NAME = 0.88
"""In the worst octave; a name that says mix lowers what is asked for."""
WORTH_A_WORD = 0.5
"""In the mean of the octaves: so much of it is in the other tracks too that somebody should look."""
AT_LEAST = 2
TAKES_PART = 0.02
"""Of the energy of the mix; what is softer cannot be told from chance."""
UNEVEN = 4.0
"""12 dB: a mono stem that a mixer's pan law made 3 dB softer, and what an equaliser does to a bass."""
BETTER = 0.5
"""What the sum leaves unexplained, as part of what the best single track leaves."""
ALONE = 0.9
"""A track that another one explains that well is its copy, whatever the others do."""
FURTHEST = SKETCH_HZ // 10
"""An MP3 or AAC without a note of its delay is late by up to 48 ms."""
FRAME = 4096
"""A quarter of a second: 15 cycles of the lowest tone."""
FEWEST_FRAMES = 12
"""Of a song of 5 s and more; among fewer, all sounds look alike."""
OCTAVES_HZ = (60, 120, 240, 480, 960, 1920, 3840, 7200)
FAINT = 1e-6
"""An octave that much weaker than the strongest, or a moment that much softer, is noise of the encoding."""

Sketch = NDArray[np.float64]


class Verdict(Enum):
    """What a track is to the others."""

    TRACK = auto()
    MIX = auto()
    OVERLAPS = auto()
    """A mix of the others, or of some, with something else in it."""


@dataclass(frozen=True)
class Candidate:
    """One track: a stem, or the two sides of one. ``named`` when the name says that it is a mix."""

    sketch: Sketch
    """Mono, of ``measure``'s kind."""
    named: bool


def judge(tracks: Sequence[Candidate]) -> list[Verdict]:
    """Each track against all the others that are not mixes."""
    verdicts = [Verdict.TRACK] * len(tracks)
    for number in sorted(range(len(tracks)), key=lambda each: not tracks[each].named):
        rest = [other for other in range(len(tracks)) if other != number and verdicts[other] is not Verdict.MIX]
        if tracks[number].named:  # there may be two mixes, and neither is a part of the other
            rest = [other for other in rest if not tracks[other].named]
        if len(rest) >= AT_LEAST:
            verdicts[number] = _judge_one(tracks[number], [tracks[other].sketch for other in rest])
    return verdicts


def _judge_one(track: Candidate, others: Sequence[Sketch]) -> Verdict:
    size = max(map(len, (track.sketch, *others)))
    rows = np.array([_filled(other, size) for other in others])
    mix = _aligned(_filled(track.sketch, size), rows.sum(axis=0))
    octaves = explained(mix, rows.sum(axis=0))
    together = float(np.mean(octaves))
    if together < WORTH_A_WORD or not _several_take_part(mix, rows):
        return Verdict.TRACK
    alone = max(float(np.mean(explained(mix, row))) for row in rows)
    if alone > ALONE or 1 - together > BETTER * (1 - alone):
        return Verdict.TRACK
    certain = CERTAIN_BY_NAME if track.named else CERTAIN
    return Verdict.MIX if min(octaves) >= certain else Verdict.OVERLAPS


def _several_take_part(mix: Sketch, rows: NDArray[np.float64]) -> bool:
    gains = np.linalg.lstsq(rows @ rows.T, rows @ mix, rcond=1e-6)[0]
    part = gains**2 * np.sum(rows * rows, axis=1) > TAKES_PART * float(mix @ mix)
    if np.count_nonzero(part) < AT_LEAST:
        return False
    typical = float(np.median(gains[part]))
    return bool(typical > 0 and np.all((gains[part] > typical / UNEVEN) & (gains[part] < typical * UNEVEN)))


def explained(sound: Sketch, by: Sketch) -> list[float]:
    """For each octave that ``sound`` has, which part of it a filter could make of ``by``, from 0 to 1.

    Each moment counts alike, however loud, so that a compressor or a fade does not matter.
    """
    ours, theirs = _spectra(sound), _spectra(by)
    energy = np.sum(np.abs(ours) ** 2, axis=1)
    loud = energy > FAINT * energy.max(initial=0.0)
    if np.count_nonzero(loud) < FEWEST_FRAMES:
        return [0.0]
    ours, theirs = _levelled(ours[loud]), _levelled(theirs[loud])
    own, other = (np.sum(np.abs(each) ** 2, axis=0) for each in (ours, theirs))
    common = np.abs(np.sum(ours * np.conj(theirs), axis=0)) ** 2
    told = np.divide(common, other, out=np.zeros_like(common), where=other > 0)
    places = np.searchsorted(np.fft.rfftfreq(FRAME, 1 / SKETCH_HZ), OCTAVES_HZ)
    whole, part = (np.add.reduceat(each, places)[:-1] for each in (own, told))
    return [float(each) for each in (part / np.maximum(whole, 1e-30))[whole > FAINT * whole.max()]] or [0.0]


def _spectra(sound: Sketch) -> NDArray[np.complex128]:
    """Half overlapping, within each second of the sketch only: what follows it comes later in the song."""
    seconds = _filled(sound, -(-len(sound) // SKETCH_HZ) * SKETCH_HZ).reshape(-1, SKETCH_HZ)
    frames = np.lib.stride_tricks.sliding_window_view(seconds, FRAME, axis=1)[:, :: FRAME // 2]
    return np.asarray(np.fft.rfft(frames.reshape(-1, FRAME) * np.hanning(FRAME), axis=1))


def _levelled(spectra: NDArray[np.complex128]) -> NDArray[np.complex128]:
    energy = np.sum(np.abs(spectra) ** 2, axis=1, keepdims=True)
    return np.asarray(spectra / np.sqrt(np.maximum(energy, FAINT * energy.max() + 1e-30)))


def _filled(sketch: Sketch, size: int) -> Sketch:
    filled = np.zeros(size)
    filled[: len(sketch)] = sketch
    return filled


def _aligned(late: Sketch, reference: Sketch) -> Sketch:
    """``late`` moved by up to FURTHEST to where it resembles the reference most."""
    size = 1 << (len(late) + FURTHEST).bit_length()
    likeness = np.fft.irfft(np.conj(np.fft.rfft(late, size)) * np.fft.rfft(reference, size), size)
    near = np.concatenate([likeness[-FURTHEST:], likeness[: FURTHEST + 1]])
    return np.roll(late, int(np.argmax(near)) - FURTHEST)
