"""The band played by Debian's MMA (arranges the chart) and FluidSynth (plays it, one family of voices at a time)."""

import importlib.util
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import soundfile as sf

from appliance.demo.charts import Arrangement
from appliance.demo.voices import RATE_HZ, Audio
from appliance.errors import SourceError

SOUNDFONT = Path("/usr/share/sounds/sf2/TimGM6mb.sf2")
DRUM_CHANNEL = 9
FAMILIES = (
    (24, "Keys"),
    (32, "Guitar"),
    (40, "Bass"),
    (52, "Strings"),
    (55, "Vocals"),
    (56, "Strings"),
    (80, "Horns"),
    (128, "Synth"),
)
"""General MIDI programs below each number, counted from 0, are of that family."""
CHOIR = """\
Begin Chord-Choir
Voice ChoirAahs
Octave 5
Voicing Mode=Optimal
Articulate 95
Sequence {{1 {length} 80}}
End"""
"""The grooves have no voices; this band sings its choruses."""
LOUDNESS_DB = {"Drums": -20, "Bass": -22, "Guitar": -26, "Keys": -25, "Horns": -27, "Synth": -27, "Vocals": -26}
"""The mix: RMS of each family while it plays. The soundfont's own levels follow no plan. Others: -29."""
LOUDEST_HIT = np.float32(0.4)
"""Else a few strokes of a brush would be as loud over time as a rock kit, and drown the rest."""
PATIENCE_S = 300.0


def available() -> bool:
    """Whether the packages mma, fluidsynth and timgm6mb-soundfont, and mido, are installed."""
    programs = all(shutil.which(program) for program in ("mma", "fluidsynth"))
    return programs and SOUNDFONT.exists() and importlib.util.find_spec("mido") is not None


def play(arrangement: Arrangement) -> dict[str, Audio]:
    """Stem name -> float32 (frames, 2) at 48 kHz."""
    with tempfile.TemporaryDirectory(prefix="sidestage-demo-") as scratch:
        work = Path(scratch)
        source = work / "song.mma"
        source.write_text(_mma(arrangement), encoding="utf-8")
        _run("mma", str(source), "-f", str(work / "song.mid"))
        frames = round(arrangement.duration_s * RATE_HZ)
        return {name: _perform(midi, frames) for name, midi in _split(work / "song.mid").items()}


def _mma(arrangement: Arrangement) -> str:
    """The chart in MMA's language; ``z!`` is a bar in which nobody plays."""
    chart = arrangement.chart
    seed = int.from_bytes(chart.title.encode()[:4], "big")
    lines = [f"RndSeed {seed}", f"Tempo {chart.tempo:g}", f"Time {chart.beats}", f"Groove {chart.groove}"]
    lines += CHOIR.format(length="1" if chart.beats == 4 else "2.").splitlines()
    lines.append("z!")
    for section in arrangement.sections:
        lines.append("Chord-Choir On" if section.name == "chorus" else "Chord-Choir Off")
        lines += [arrangement.chords[bar] or "z!" for bar in range(section.bar, section.bar + section.bars)]
    lines.append(f"{arrangement.chords[-1]} z!@2")
    return "\n".join(lines) + "\n"


def _split(path: Path) -> dict[str, Path]:
    """One MIDI file per family of voices: all that sets the time, and the notes of that family's channels."""
    import mido  # noqa: PLC0415  # only when a band plays from its MIDI files

    song = mido.MidiFile(path)
    programs: dict[int, int] = {}
    playing = set()
    for track in song.tracks:
        for message in track:
            if message.type == "program_change":
                programs.setdefault(message.channel, message.program)
            elif message.type == "note_on" and message.velocity:
                playing.add(message.channel)
    families: dict[str, set[int]] = {}
    for channel in sorted(playing):
        families.setdefault(_family(channel, programs.get(channel, 0)), set()).add(channel)
    written = {}
    for name, channels in families.items():
        part = mido.MidiFile(type=song.type, ticks_per_beat=song.ticks_per_beat)
        for track in song.tracks:
            now, events = 0, []
            for message in track:
                now += message.time
                if message.is_meta or getattr(message, "channel", None) in channels:
                    events.append((now, message))
            moments = [0, *(moment for moment, _ in events)]
            part.tracks.append(
                mido.MidiTrack(
                    message.copy(time=moment - before)
                    for (moment, message), before in zip(events, moments, strict=False)
                )
            )
        written[name] = path.with_name(f"{name}.mid")
        part.save(written[name])
    return written


def _family(channel: int, program: int) -> str:
    return "Drums" if channel == DRUM_CHANNEL else next(name for below, name in FAMILIES if program < below)


def _perform(midi: Path, frames: int) -> Audio:
    sound = midi.with_suffix(".wav")
    _run("fluidsynth", "-n", "-i", "-q", "-g", "0.6", "-r", str(RATE_HZ), "-O", "float", "-T", "wav", "-F", str(sound),
         str(SOUNDFONT), str(midi))  # fmt: skip
    played, _ = sf.read(sound, dtype="float32", always_2d=True)
    sound.unlink()
    tape = np.zeros((frames, 2), np.float32)
    count = min(frames, len(played))
    tape[:count] = played[:count]
    # The hall of the last note is cut where the tape ends; nobody hears a fade of this length, but a step would click.
    tape *= _fader(tape, midi.stem)
    fade = RATE_HZ // 10
    tape[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)[:, None]
    return tape


def _fader(tape: Audio, name: str) -> np.float32:
    """What brings the family to its place in the mix, however often it rests."""
    blocks = np.square(tape[: len(tape) // RATE_HZ * RATE_HZ]).reshape(-1, 2 * RATE_HZ).mean(axis=1)
    playing = blocks[blocks > blocks.max(initial=0) / 100]
    wanted = np.float32(10 ** (LOUDNESS_DB.get(name, -29) / 20))
    if not playing.size:
        return np.float32(0)
    return min(wanted / np.sqrt(playing.mean()), LOUDEST_HIT / np.abs(tape).max())


def _run(*command: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE_S)
    except (OSError, subprocess.SubprocessError) as error:
        raise SourceError("Could not play the demo band; try `--tools builtin`.", command[0]) from error
