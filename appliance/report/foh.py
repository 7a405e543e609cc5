"""One sheet of paper for whoever mixes the show: outputs, line-up, levels, and what to expect."""

from collections.abc import Iterator

from appliance.mastering.findings import PROMISED_LU
from appliance.mastering.result import SongResult
from appliance.report import expected
from appliance.report.markup import Markup, join, tag
from appliance.report.model import MasteredSet
from appliance.report.outputs import KINDS, OutputLine, output_lines, outputs_of, ranges, silent_outputs
from appliance.report.page import aim, document
from appliance.report.rows import song_row
from appliance.report.words import MATCHED, amount, counted, music, number, short
from appliance.settings import BusKind
from appliance.units import clock

LINE_UP_DBFS = -18.0
"""EBU R 68: the peak of a sine at the level by which lines are set."""
ONE_SIDE_LU = 3.0
"""What one of two equal sides lacks."""
OUTPUT_COLUMNS = ("Output", "Bus", "Kind", "Side", "Carries", "Ceiling dBTP")
SONG_COLUMNS = ("", "Song", "Length", "Max S LUFS", "Peak dBTP", "PLR dB")
HALF = 12
"""More songs than that stand in two columns."""
MOST_SONGS = 44
"""More do not fit on one sheet."""


def foh_sheet(set_: MasteredSet) -> str:
    """The whole page."""
    songs, length = counted(len(set_.results), "song"), music(set_.duration_s)
    parts = [
        tag("h1", set_.name, tag("small", " for front of house")),
        tag("p", f"{set_.date} \u00b7 {songs}, {length} of music without pauses \u00b7 {set_.rig.rate_hz} Hz",
            class_="summary"),
        tag("h2", "Outputs of the box"), _outputs(set_),
        tag("h2", "Levels"), _list(_levels(set_)),
        tag("h2", "What to expect"), _list(expected.sentences(set_)),
        *_songs(set_),
    ]  # fmt: skip
    return document(f"{set_.name}: front of house", tag("main", *parts), class_="foh")


def _list(sentences: Iterator[str]) -> Markup:
    return tag("ul", *(tag("li", sentence) for sentence in sentences))


def _outputs(set_: MasteredSet) -> Markup:
    head = tag("tr", *(tag("th", name, scope="col", class_="words") for name in OUTPUT_COLUMNS))
    table = tag("table", tag("thead", head), tag("tbody", *map(_output, output_lines(set_.rig))), class_="outputs")
    words = []
    silent, ears = silent_outputs(set_.rig), outputs_of(set_.rig, BusKind.EARS)
    if ears:
        words.append(f"Outputs {ranges(ears)} are for in-ears and not for the PA.")
    words.append("Click and guide cannot be routed to a house bus.")
    if silent:
        words.append(f"Nothing leaves by {ranges(silent)}.")
    return join(tag("div", table, class_="wide"), tag("p", " ".join(words)))


def _output(line: OutputLine) -> Markup:
    bus = line.bus
    cells = (bus.name, KINDS[bus.kind], line.side, line.sent, amount(bus.ceiling_dbtp))
    number_ = tag("th", str(line.output), scope="row")
    return tag("tr", number_, *(tag("td", cell, class_="words") for cell in cells), class_=bus.kind.value)


def _levels(set_: MasteredSet) -> Iterator[str]:
    house = [bus for bus in set_.rig.buses if bus.kind is BusKind.HOUSE]
    if not house:
        yield "No bus of this rig goes to the PA."
        return
    matched, aimed = MATCHED[set_.settings.match], aim(set_)
    several = ", all house outputs at unity" if len(house) > 1 else ""
    meant = ". S95 is the 95th percentile of short-term loudness: the loud sections" if matched == "S95" else ""
    yield f"{aimed[:1].upper()}{aimed[1:]}, to \u00b1{PROMISED_LU:g} LU (BS.1770 meter{several}){meant}."
    base = set_.base_lufs
    if base is not None:
        yield (
            f"Line-up: 1 kHz at {number(LINE_UP_DBFS, 0)} dBFS (peak of the sine) on left and right reads "
            f"{number(LINE_UP_DBFS)} LUFS, on one output alone {number(LINE_UP_DBFS - ONE_SIDE_LU)}. "
            f"{_against(matched, base - LINE_UP_DBFS)}"
        )
    ceilings = sorted({bus.ceiling_dbtp for bus in house})
    worst = ceilings[-1]
    peaks = f"at most {amount(worst)} dBTP" if len(ceilings) == 1 else f"at most their ceilings, {amount(worst)} dBTP"
    yield f"Each house output peaks {peaks}, {amount(worst - LINE_UP_DBFS)} dB above that tone, whatever the song does."


def _against(matched: str, above_lu: float) -> str:
    if abs(above_lu) < PROMISED_LU / 2:
        return f"The songs\u2019 {matched} reads the same."
    return f"The songs\u2019 {matched} reads {number(abs(above_lu))} LU {'more' if above_lu > 0 else 'less'}."


def _songs(set_: MasteredSet) -> Iterator[Markup]:
    if not set_.results:
        return
    if len(set_.results) > MOST_SONGS:
        yield tag("p", f"{len(set_.results)} songs do not fit on this sheet; the report lists them.")
        return
    numbered = list(enumerate(set_.results, start=1))
    middle = len(numbered) if len(numbered) <= HALF else -(-len(numbered) // 2)
    yield tag("h2", "Running order")
    tables = [_song_table(set_, part) for part in (numbered[:middle], numbered[middle:]) if part]
    yield tag("div", *tables, class_="order" if len(tables) == 1 else "order two")


def _song_table(set_: MasteredSet, songs: list[tuple[int, SongResult]]) -> Markup:
    columns = (tag("th", name, scope="col", class_="words name" if name == "Song" else None) for name in SONG_COLUMNS)
    body = (_song(set_, place, result) for place, result in songs)
    return tag("table", tag("thead", tag("tr", *columns)), tag("tbody", *body))


def _song(set_: MasteredSet, place: int, result: SongResult) -> Markup:
    house, row = result.after.house, song_row(set_, result)
    loudest = house.loudness.max_short_term_lufs if house else None
    cells = (clock(result.duration_s), number(loudest), number(row.true_peak_dbtp), number(row.plr_db))
    title = tag("th", short(result.title, 30), scope="row", class_="words name")
    return tag("tr", tag("td", str(place)), title, *(tag("td", cell) for cell in cells))
