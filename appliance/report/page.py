"""The report of a mastered set as one HTML page that needs nothing beside it."""

from collections.abc import Iterator
from importlib import resources
from itertools import groupby

from appliance.report.markup import Markup, join, tag
from appliance.report.model import MasteredSet, SetWarning
from appliance.report.overview import glance
from appliance.report.scales import set_scales
from appliance.report.song import findings_list, song_section
from appliance.report.terms import terms
from appliance.report.words import MATCHED, counted, music, number, short
from appliance.settings import LevelMatch


def report_page(set_: MasteredSet) -> str:
    """The whole page."""
    scales = set_scales(set_)
    songs = [song_section(set_, place, result, scales) for place, result in enumerate(set_.results, start=1)]
    first = tag(
        "header",
        tag("h1", set_.name),
        tag("p", summary(set_), class_="summary"),
        tag("h2", "Look at before the show"),
        *_warnings(set_),
        tag("h2", "The set at a glance"),
        glance(set_, scales),
        class_="first",
    )
    return document(f"{set_.name}: mastering report", join(first, *songs, terms()))


def document(title: str, body: Markup, class_: str = "report") -> str:
    """An HTML page with the style sheet in it."""
    style = resources.files("appliance.report").joinpath("style.css").read_text(encoding="utf-8")
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", title),
        tag("style", Markup(style)),
    )
    return "<!DOCTYPE html>\n" + tag("html", head, tag("body", body, class_=class_), lang="en") + "\n"


def summary(set_: MasteredSet) -> str:
    """When, how much music, and the target."""
    songs = f"{counted(len(set_.results), 'song')}, {music(set_.duration_s)} of music"
    return f"{set_.date} \u00b7 {songs} \u00b7 {aim(set_)}"


def aim(set_: MasteredSet) -> str:
    """What was made equal, and to what."""
    matched, settings = MATCHED[set_.settings.match], set_.settings
    if settings.match is LevelMatch.ALBUM:
        return f"loudest song at {number(settings.target_lufs)} LUFS ({matched}), the others as far below as they were"
    if settings.match is LevelMatch.REFERENCE:
        return f"{matched} of every song as in \u201c{settings.reference}\u201d: {number(set_.base_lufs)} LUFS"
    return f"{matched} of every song at {number(settings.target_lufs)} LUFS"


def _warnings(set_: MasteredSet) -> Iterator[Markup]:
    if not set_.warnings and not set_.failed:
        yield tag("p", "Nothing needs attention.")
        return
    if set_.failed:
        yield tag("ul", *(tag("li", sentence) for sentence in set_.failed), class_="warnings failed")
    songs = [list(group) for _, group in groupby(set_.warnings, key=lambda one: one.place)]
    if songs:
        yield tag("ul", *map(_song_warnings, songs), class_="songs")


def _song_warnings(warnings: list[SetWarning]) -> Markup:
    place, title, _ = warnings[0]
    link = tag("a", f"{place} {short(title, 60)}", href=f"#song-{place}")
    return tag("li", link, findings_list(tuple(one.finding for one in warnings), "warnings"))
