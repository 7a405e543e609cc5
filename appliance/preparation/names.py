"""Reading names: words, order numbers, titles, roles and parts.

Order numbers. A number in front is an order number, and no part of the title, when
- it has a leading zero ("07 Song"), or
- a separator follows that sets it apart ("1. Song", "7) Song", "07_Song", "3 - Song", "A1 - Song"), or
- a sibling carries the number before or after it, written with as many digits ("90 Song" beside "91 Other").
"24 Hours" and "7 Years" alone, or beside "01 Song", stay titles.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from appliance.preparation.words import GENERIC, PART_WORDS, ROLE_WORDS, TRACK
from appliance.songs.library import fold
from appliance.songs.model import Part, Role

LONGEST_PHRASE = 3
SEPARATED = re.compile(
    r"^#?([A-Za-z]?)(\d{1,3})(?:\s*[)_:]+\s*|\s*\.(?!\d)\s*|\s+[-\u2013\u2014]+\s*|[-\u2013\u2014]+\s+)(?=\S)"
)
ZERO_PADDED = re.compile(r"^#?()(0\d{1,2})[\s._)-]*(?=\D)")
PLAIN = re.compile(r"^()(\d{1,3})[ \t]+(?=\S)")
WORD = re.compile(r"[^\W\d_]+|\d+")
CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
LABEL_WORDS = TRACK.union(*(words for _, words in ROLE_WORDS), *PART_WORDS.values())
TECHNICAL = re.compile(
    r"""\s*[(\[{] (?:[\s,/_-]* (?:\d+(?:[.,]\d+)?\s*)?
    (?:ch|chan|channels?|kan[aä]le?|bpm|khz|hz|k|bits?|stereo|mono|stems?|multi-?tracks?|final|master|mix)\b)+
    \s*[)\]}]\s*$""",
    re.IGNORECASE | re.VERBOSE,
)
TRAILING = re.compile(r"[\s_\u2013\u2014-]+(?:stems|multi-?tracks?|\d{2,3}\s*bpm)\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Label:
    """What a name says of a file. ``role`` is TRACK for a part; ``word`` is what said so, as it was written."""

    role: Role
    part: Part | None
    word: str


def split_order(name: str, siblings: Iterable[str] = ()) -> tuple[int | None, str]:
    """``(order number or None, the rest)``; ``siblings`` are the names around it, itself included or not."""
    name = unicodedata.normalize("NFC", name).strip()
    for pattern in (ZERO_PADDED, SEPARATED):
        if match := pattern.match(name):
            return _order(match), name[match.end() :].strip()
    if match := PLAIN.match(name):
        digits = match[2]
        others = [other[0] for sibling in siblings if (other := re.match(r"\d+", sibling.strip()))]
        if any(len(other) == len(digits) and abs(int(other) - int(digits)) == 1 for other in others):
            return int(digits), name[match.end() :].strip()
    return None, name


def _order(match: re.Match[str]) -> int:
    """A side of a record counts in hundreds: A1 is 101, B1 is 201."""
    side = ord(match[1].upper()) - ord("A") + 1 if match[1] else 0
    return 100 * side + int(match[2])


def title_of(name: str, siblings: Iterable[str] = ()) -> tuple[int | None, str]:
    """``(order, title)`` of a folder's or file's name (without suffix), as a person would write the title."""
    order, rest = split_order(name, siblings)
    if " " not in rest:
        rest = rest.replace("_", " ")
    for pattern in (TECHNICAL, TRAILING):
        shorter = pattern.sub("", rest)
        rest = shorter if shorter.strip(" -\u2013\u2014_") else rest
    rest = " ".join(rest.split()).strip(" _\u2013\u2014-") or rest.strip()
    return order, rest or name


def words_of(name: str) -> list[str]:
    """The folded words and numbers of a name: ``NightDrive_Click2`` is night, drive, click, 2."""
    spaced = CAMEL.sub(" ", unicodedata.normalize("NFC", name))
    return WORD.findall(fold(spaced))


def remove_run(words: Sequence[str], run: Sequence[str]) -> list[str]:
    """``words`` without the first place where ``run`` stands in it, if it does."""
    size = len(run)
    for start in range(len(words) - size + 1) if size else ():
        if list(words[start : start + size]) == list(run):
            return [*words[:start], *words[start + size :]]
    return list(words)


def label_of(words: Sequence[str]) -> Label | None:
    """What the words say, wherever among them: time code before click, click before guide, guide before the parts."""
    runs = list(_runs(words))
    for role, vocabulary in ROLE_WORDS:
        if said := next((run for run in runs if run in vocabulary), None):
            return Label(role, None, said.replace("-", " "))
    for run in runs:  # longest first: "synth bass" is a bass, "backing vocals" are vocals
        for part, vocabulary in PART_WORDS.items():
            if run in vocabulary:
                return Label(Role.TRACK, part, run.replace("-", " "))
    if said := next((run for run in runs if run in TRACK), None):
        return Label(Role.TRACK, Part.MIX, said.replace("-", " "))
    return None


def _runs(words: Sequence[str]) -> Iterator[str]:
    for size in range(min(LONGEST_PHRASE, len(words)), 0, -1):
        for start in range(len(words) - size + 1):
            yield "-".join(words[start : start + size])


def labelling(words: Sequence[str]) -> list[bool]:
    """For each word, whether it belongs to a label or says nothing: numbers, single letters, ``stereo``."""
    marks = [word.isdigit() or word in GENERIC or len(word) == 1 for word in words]
    for size in range(1, LONGEST_PHRASE + 1):
        for start in range(len(words) - size + 1):
            if "-".join(words[start : start + size]) in LABEL_WORDS:
                marks[start : start + size] = [True] * size
    return marks


def split_label(words: Sequence[str], separated: bool) -> tuple[list[str], Label | None]:
    """``(title words, label)`` of the name of a file that may be a whole song or a stem of one.

    Nothing but labelling words: all label. At the end they always count ("Night Drive click"); in front only where a
    separator sets them apart (``separated``), else "Count On Me" would be a guide and "Bass Face" a bass.
    """
    marks = labelling(words)
    if all(marks):
        return [], label_of(words)
    first, last = marks.index(False), len(marks) - marks[::-1].index(False)
    label = label_of(words[last:])
    start = 0
    if separated and (in_front := label_of(words[:first])):
        label, start = label or in_front, first
    if label is None:
        return list(words), None
    return list(words[start:last]), label


def has_separator(name: str) -> bool:
    """Whether the first word is set apart from the rest by more than a space."""
    _, rest = split_order(name)
    return bool(re.match(r"^[^\s_\u2013\u2014([-]+\s*(?:_|\s[-\u2013\u2014]\s|[\u2013\u2014(\[])", rest))
