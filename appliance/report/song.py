"""One song of the report: what it looks like, its numbers, and what was done to it and why."""

from collections.abc import Iterator

from appliance.mastering.equaliser import stem_bands
from appliance.mastering.result import Finding, Heard, SongResult, Weight
from appliance.report.markup import Markup, join, tag
from appliance.report.model import MasteredSet, before_lufs, house_work, of_weight, reached_lufs
from appliance.report.rows import measured_values
from appliance.report.scales import Scales, shapes
from appliance.report.spectrum import spectrum
from appliance.report.waveform import waveform
from appliance.report.words import MATCHED, NOTHING, listed, number
from appliance.units import clock
from appliance.vocabulary import Role

NOTHING_HEARD = "There is nothing in this song for the audience, so there is nothing to draw."


def song_section(set_: MasteredSet, place: int, result: SongResult, scales: Scales) -> Markup:
    length = tag("span", clock(result.duration_s), class_="length")
    heading = tag("h2", tag("span", str(place), class_="place"), " ", result.title, " ", length)
    warnings, done = of_weight(result, Weight.WARNING), of_weight(result, Weight.DONE)
    told = [
        _numbers(result),
        _settings(set_, result),
        join(tag("h3", "What was done, and why"), findings_list(done, "done")) if done else "",
    ]
    return tag(
        "section",
        heading,
        findings_list(warnings, "warnings") if warnings else "",
        tag("div", tag("div", *_drawings(set_, result, scales)), tag("div", *told), class_="pair"),
        class_="song",
        id=f"song-{place}",
    )


def findings_list(findings: tuple[Finding, ...], class_: str) -> Markup:
    """Each with its subject; paper leaves out a subject that was just named."""
    before = (None, *(finding.subject for finding in findings))
    items = []
    for finding, last in zip(findings, before, strict=False):  # nothing comes after the last
        again = "again" if finding.subject == last else None
        items.append(tag("li", tag("b", f"{finding.subject}: ", class_=again), f"{finding.sentence} "))
    return tag("ul", *items, class_=class_)


def _drawings(set_: MasteredSet, result: SongResult, scales: Scales) -> Iterator[Markup]:
    if before_lufs(result, set_.settings.match) is None and reached_lufs(result) is None:
        yield tag("p", NOTHING_HEARD, class_="nothing")
        return
    waves = waveform(result, scales, set_.settings.limiter_max_db)
    keys = ("fill-before", "before", "fill-after", "after", "fill-taken", "limiter, dashed: allowed")
    yield tag("figure", waves, _caption("House peaks", *keys))
    curves = spectrum(result.title, shapes(set_, result), scales)
    keys = ("line-before", "before", "line-after", "after", "line-target", "target")
    yield tag("figure", curves, _caption("Third octaves, Hz", *keys))


def _caption(words: str, *keys: str) -> Markup:
    pairs = zip(keys[::2], keys[1::2], strict=True)
    swatches = [tag("span", tag("i", class_=class_), name) for class_, name in pairs]
    return tag("figcaption", tag("span", words, class_="what"), *swatches, class_="key")


def _numbers(result: SongResult) -> Markup:
    before, after = measured_values(result.before.house), measured_values(result.after.house)
    rows = [
        (name, unit, number(one, digits), number(other, digits))
        for (name, unit, digits), one, other in zip(NUMBERS, before, after, strict=True)
    ]
    rows.append(("Limiter, max / mean", "dB", _work(result.before), _work(result.after)))
    body = [
        tag("tr", tag("th", name, tag("small", f" {unit}"), scope="row", class_="words"), tag("td", a), tag("td", b))
        for name, unit, a, b in rows
    ]
    columns = [tag("th", name, scope="col") for name in ("", "before", "after")]
    return tag("table", tag("thead", tag("tr", *columns)), tag("tbody", *body), class_="numbers")


NUMBERS = (
    ("Integrated", "LUFS", 1), ("S95", "LUFS", 1), ("Loudness range", "LU", 1), ("Max short-term", "LUFS", 1),
    ("Max momentary", "LUFS", 1), ("True peak", "dBTP", 1), ("PLR", "dB", 1), ("PSR", "dB", 1),
    ("Noise floor", "dBFS", 1), ("Correlation", "", 2), ("Mono loss", "dB", 1),
)  # fmt: skip
"""Name, unit, digits; in the order of MEASURED."""


def _work(heard: Heard) -> str:
    work = house_work(heard)
    return f"{number(work.max_db)} / {number(work.mean_db, 2)}" if work else NOTHING


def _settings(set_: MasteredSet, result: SongResult) -> Markup:
    pairs = [
        ("Level", _level(set_, result)),
        ("Equaliser", _equaliser(set_, result)),
        ("In-ears", f"tracks {_db(result.ears.tracks_db)}, click {_db(result.ears.click_db)}, "
                    f"guide {_db(result.ears.guide_db)}"),
        ("Guards", listed([f"{bus} {number(level)} dBFS" for bus, level in result.guards_dbfs.items()])),
    ]  # fmt: skip
    return tag("dl", *(join(tag("dt", name), tag("dd", words)) for name, words in pairs if words))


def _level(set_: MasteredSet, result: SongResult) -> str:
    before, after = before_lufs(result, set_.settings.match), reached_lufs(result)
    if after is None:
        return ""
    matched = MATCHED[set_.settings.match]
    return (
        f"all tracks {_db(result.gain_db)}; {matched} {number(before)} \u2192 {number(after)} LUFS, "
        f"target {number(result.target_lufs)}"
    )


def _equaliser(set_: MasteredSet, result: SongResult) -> str:
    moves = [f"{move.band} {_db(move.gain_db)}" for move in result.equaliser.moves if move.gain_db]
    whole = stem_bands(result.equaliser, set_.settings.live, Role.TRACK, None)
    others = [stem.name for stem in result.stems if stem.role is Role.TRACK and stem.eq != whole]
    keep = f"; lows stay in {listed(others)}" if others else ""
    return ", ".join([f"high-pass {result.equaliser.high_pass_hz:g} Hz", *moves]) + keep


def _db(gain_db: float) -> str:
    return f"{number(gain_db, sign=True)} dB"
