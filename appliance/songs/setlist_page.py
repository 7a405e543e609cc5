"""A setlist as a page: one HTML file without any other, for the floor in front of the monitors.

Printed it fills A4 with titles as large as they can be; on a screen it is white on black, because the stage is dark.
"""

import html
import math
from collections.abc import Sequence

from appliance.songs.setlist import BreakEntry, End, Setlist, SongEntry
from appliance.songs.setlist_export import summary, title_of
from appliance.songs.setlist_songs import Resolved
from appliance.units import clock

PAGE_WIDTH_MM = 186.0
"""A4 without margins of 12 mm."""
LIST_HEIGHT_MM = 240.0
"""A4 without margins, heading and last line."""
LARGEST_MM = 14.0
SMALLEST_MM = 6.5
"""18 points: a capital of 4.6 mm is seen at 80 cm under the same angle as newsprint at 40 cm. Rather two pages."""
LINE = 1.3
"""Height of a line of titles, with the space around it, in its own type sizes."""
LETTER = 0.58
"""Width of a bold sans-serif letter on average, in its own type sizes; a little more than measured."""
MARGIN = 6.3
"""Type sizes beside the title: number, end mark and length."""
NOTE, BREAK, TEXT = 0.5, 0.62, 0.62
"""Type sizes of what is smaller than a title, in those of a title."""

STYLE = """\
@page { size: A4 portrait; margin: 12mm }
* { box-sizing: border-box }
html { background: #000; color: #fff; color-scheme: dark }
body { font: 700 %(size)s/1.12 "Helvetica Neue", Arial, "Liberation Sans", sans-serif; margin: 0 auto; padding: 3mm;
  max-width: 194mm }
h1 { font-size: 7mm; margin: 0 0 1mm; overflow-wrap: anywhere }
.sums, .note, .length { font-weight: 400; color: #ccc }
.sums { font-size: 4.2mm; margin: 0 0 2.5mm }
ol { list-style: none; margin: 0; padding: 0 }
li { display: grid; grid-template-columns: 1.6em 1fr auto auto; column-gap: .3em; align-items: baseline;
  padding: .09em 0; border-bottom: .3mm solid #555; break-inside: avoid }
.title { overflow-wrap: anywhere; min-width: 0 }
.number { text-align: right; padding-right: .25em; font-variant-numeric: tabular-nums; color: #ccc; font-weight: 400 }
.end { white-space: nowrap; font-size: .7em }
.length { font-size: .5em; min-width: 2.6em; text-align: right; font-variant-numeric: tabular-nums }
.note { grid-column: 2 / -1; font-size: .5em; white-space: pre-line; overflow-wrap: anywhere }
.break, .text { grid-template-columns: 1fr auto; font-size: .62em; break-after: avoid }
.break { background: #fff; color: #000; padding: .25em .5em; letter-spacing: .06em }
.break .length { color: inherit; font-size: .8em }
.text { font-style: italic; font-weight: 400; white-space: pre-line; padding-left: 2.58em }
.break .note, .text .note { grid-column: 1 / -1; font-size: .8em }
.tag { font-size: .75em; border: .3mm solid; padding: 0 .3em }
@media print {
  html { background: #fff; color: #000; color-scheme: light }
  body { padding: 0; max-width: none }
  .sums, .note, .length, .number { color: #000 }
  li { border-color: #999 }
  .break { background: #000; color: #fff; print-color-adjust: exact; -webkit-print-color-adjust: exact }
}
"""


def as_page(setlist: Setlist, resolved: Sequence[Resolved]) -> str:
    """The whole HTML file."""
    rows, count = [], 0
    for each in resolved:
        count += isinstance(each.entry, SongEntry)
        rows.append(_row(each, count))
    size_mm = type_size_mm(resolved)
    # On a telephone the page is as wide as the screen; 8 mm of 194 are then 4.1 hundredths of it, which is too small.
    style = STYLE % {"size": f"min({size_mm:.2f}mm, 7.5vw)"}
    name = html.escape(setlist.name)
    note = f'<p class="sums note">{html.escape(setlist.note)}</p>\n' if setlist.note else ""
    return (
        '<!DOCTYPE html>\n<html>\n<head>\n<meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{name}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
        f'<h1><bdi>{name}</bdi></h1>\n<p class="sums">{html.escape(summary(setlist, resolved))}</p>\n{note}'
        "<ol>\n" + "".join(rows) + "</ol>\n</body>\n</html>\n"
    )


def type_size_mm(resolved: Sequence[Resolved]) -> float:
    """The largest size of titles, in mm, at which all fits on one page; never so small that nobody can read it."""
    size = LARGEST_MM
    while size > SMALLEST_MM and sum(_height(each, size) for each in resolved) * size > LIST_HEIGHT_MM:
        size -= 0.25
    return max(size, SMALLEST_MM)


def _height(each: Resolved, size_mm: float) -> float:
    """Of one entry, in type sizes of a title."""
    scale = TEXT if not isinstance(each.entry, SongEntry) else 1.0
    letters = (PAGE_WIDTH_MM / size_mm - MARGIN) / LETTER
    lines = _lines(title_of(each), letters / scale) * scale
    return lines * LINE + (_lines(each.entry.note, letters / NOTE) * NOTE * LINE if each.entry.note else 0.0)


def _lines(text: str, letters: float) -> int:
    return sum(max(1, math.ceil(len(line) / max(1.0, letters))) for line in text.splitlines() or [""])


def _row(each: Resolved, count: int) -> str:
    entry = each.entry
    note = f'<span class="note">{html.escape(entry.note)}</span>' if entry.note else ""
    title = f'<span class="title"><bdi>{html.escape(title_of(each))}</bdi></span>'
    if not isinstance(entry, SongEntry):
        minutes = f'<span class="length">{round(entry.length_s / 60)} min</span>' if entry.length_s >= 30 else ""
        kind = "break" if isinstance(entry, BreakEntry) else "text"
        return f'<li class="{kind}">{title}{minutes}{note}</li>\n'
    length = "" if each.length_s is None else clock(each.length_s)
    mark = '<span class="tag">missing</span>' if each.missing else _end(entry)
    return (
        f'<li><span class="number">{count}</span>{title}<span class="end">{mark}</span>'
        f'<span class="length">{length}</span>{note}</li>\n'
    )


def _end(entry: SongEntry) -> str:
    """Nothing for a stop; an arrow where the next song starts by itself, with the seconds that it waits or overlaps."""
    if entry.end is End.STOP:
        return ""
    if entry.crossfade_s:
        return f"&#8594; &#215; {entry.crossfade_s:g} s"
    return f"&#8594; {entry.gap_s:g} s" if entry.gap_s else "&#8594;"
