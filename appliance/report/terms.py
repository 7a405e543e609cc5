"""The words of the report, for those who play."""

from appliance.report.markup import Markup, join, tag

TERMS = (
    ("LUFS, LU", "Loudness as ears hear it (ITU-R BS.1770); 1 LU is 1 dB of it."),
    (
        "S95",
        "How loud the loud sections are: the loudness of 3 s that all but the loudest 5 % of the song stays below. "
        "Songs of one S95 need one fader.",
    ),
    ("Integrated", "Loudness of the whole song, pauses left out."),
    ("Loudness range", "How far quiet and loud sections lie apart. Above 10 LU verses may drown in a loud room."),
    ("Short-term, momentary", "Loudness of 3 s and of 0.4 s; here the loudest of the song."),
    (
        "dBTP, true peak",
        "The highest point of the waveform, between samples too; converters clip at 0. Each output keeps its ceiling; "
        "the sum of all house outputs, which is measured here, may be above it.",
    ),
    (
        "PLR, PSR",
        "True peak less loudness, of the whole song and of its densest 3 s. Small is dense; large has punch and makes "
        "limiters work.",
    ),
    (
        "Limiter",
        "It turns down what would go above the ceiling, for moments. Up to 3 dB, and 0.5 dB on average, hardly anybody "
        "hears.",
    ),
    ("Guard", "A limiter for in-ears, set for each song just above its loudest ordinary second."),
    ("Noise floor", "What is left in the quietest moments."),
    (
        "Correlation, mono loss",
        "What left and right have in common (1: all, 0: nothing, below 0: they cancel), and how much is lost when they "
        "are added.",
    ),
    (
        "Target of the spectrum",
        "What is usual in the set, through the equaliser of the tracks. Stems that keep their lows bring more of them.",
    ),
    ("High-pass, lows, mud, body, presence, air", "The equaliser: what the tracks give up for what is played live."),
)


def terms() -> Markup:
    pairs = (join(tag("dt", name), tag("dd", meaning)) for name, meaning in TERMS)
    return tag("section", tag("h2", "What the words mean"), tag("dl", *pairs), class_="terms")
