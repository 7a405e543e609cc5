"""Finding the song that a line of a setlist means, when the title is not written as the library has it."""

import difflib
import re
from collections.abc import Callable, Sequence

from appliance.songs.library import LibrarySong, fold

SIMILAR = 0.8
"""Of 1: "Nihgt Drvie" is 0.82 like "Night Drive"; two titles of one band are seldom above 0.7."""
CLEARLY = 0.05
"""How much more like the line the best title must be than the second."""
SHORTEST_BEGINNING = 3

UNLIKE = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "\u0131": "i"})
"""Letters that Unicode does not take apart."""


_DIGITS = re.compile(r"\d+")
"""Numbers must be the same: "Interlude 1" is very much like "Interlude 2", and another song."""


def the_one(wanted: str, songs: Sequence[LibrarySong], same: Callable[[str], str]) -> LibrarySong | None:
    """The only song whose title is the same text once ``same`` has been applied to both."""
    key = same(wanted)
    found = [each for each in songs if key and same(each.song.title) == key]
    return found[0] if len(found) == 1 else None


def loose(text: str) -> str:
    """Letters and digits alone; ä, ae and a are one, and so are "&" and "and"."""
    folded = fold(text.replace("&", " and ").replace("+", " and ")).translate(UNLIKE)
    folded = re.sub(r"\b(and|und|et|y|e|en)\b", "and", folded)
    for two, one in (("ae", "a"), ("oe", "o"), ("ue", "u")):
        folded = folded.replace(two, one)
    return "".join(c for c in folded if c.isalnum())


def by_artist(text: str, songs: Sequence[LibrarySong]) -> LibrarySong | None:
    """``Title - Artist`` or ``Artist - Title``, where the library knows the artist."""
    before, separator, behind = re.sub(r"\s+[\u2013\u2014-]\s+", "\0", text, count=1).partition("\0")
    if not separator:
        return None
    pairs = {(loose(before), loose(behind)), (loose(behind), loose(before))}
    found = [each for each in songs if (loose(each.song.title), loose(each.song.artist)) in pairs]
    return found[0] if len(found) == 1 else None


def by_likeness(text: str, songs: Sequence[LibrarySong]) -> LibrarySong | None:
    """The only title that begins so, else the one that is clearly the most like."""
    key = loose(text)
    songs = [each for each in songs if _DIGITS.findall(each.song.title) == _DIGITS.findall(text)]
    if len(key) >= SHORTEST_BEGINNING:
        begun = [each for each in songs if loose(each.song.title).startswith(key)]
        if begun:
            return begun[0] if len(begun) == 1 else None
    ranked = _ranked(key, songs)
    if not ranked or ranked[0][0] < SIMILAR or (len(ranked) > 1 and ranked[0][0] - ranked[1][0] < CLEARLY):
        return None
    return ranked[0][1]


def _ranked(key: str, songs: Sequence[LibrarySong]) -> list[tuple[float, LibrarySong]]:
    matcher = difflib.SequenceMatcher(autojunk=False)
    matcher.set_seq2(key)
    ranked = []
    for each in songs:
        matcher.set_seq1(loose(each.song.title))
        if matcher.real_quick_ratio() >= 0.5 and matcher.quick_ratio() >= 0.5:
            ranked.append((matcher.ratio(), each))
    return sorted(ranked, key=lambda pair: (-pair[0], pair[1].slug))


def candidates(text: str, songs: Sequence[LibrarySong]) -> tuple[str, ...]:
    key = loose(text)
    begun = [s.song.title for s in songs if len(key) >= SHORTEST_BEGINNING and loose(s.song.title).startswith(key)]
    like = [each.song.title for likeness, each in _ranked(key, songs) if likeness >= 0.6]
    return tuple(dict.fromkeys([*begun, *like]))[:3]
