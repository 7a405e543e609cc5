"""Left and right as two files: "Drums L" beside "Drums R".

A side means something only where its other side is there, with the same rest of the name in the same folder: "Pad L"
alone may be a low pad, or the one side that somebody used.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from appliance.preparation.names import split_order, words_of
from appliance.preparation.words import SIDE_WORDS
from appliance.songs.model import Side


@dataclass(frozen=True)
class SidePair:
    """Places in a list of names; ``at`` is which of the names' words says the side."""

    left: int
    right: int
    at: int


def side_pairs(names: Sequence[str]) -> list[SidePair]:
    """The pairs among files, called as they lie below their song's folder. A name that fits twice has no pair."""
    places = [PurePosixPath(name) for name in names]
    siblings: dict[PurePosixPath, list[str]] = defaultdict(list)
    for place in places:
        siblings[place.parent].append(place.stem)
    found: dict[tuple[PurePosixPath, int, tuple[str, ...]], dict[Side, list[int]]] = defaultdict(
        lambda: {Side.LEFT: [], Side.RIGHT: []}
    )
    for number, place in enumerate(places):
        words = words_of(split_order(place.stem, siblings[place.parent])[1])
        for at, word in enumerate(words):
            for side, vocabulary in SIDE_WORDS.items():
                if word in vocabulary:
                    rest = (*words[:at], *words[at + 1 :])
                    found[place.parent, at, rest][side].append(number)
    pairs = [
        SidePair(sides[Side.LEFT][0], sides[Side.RIGHT][0], at)
        for (_, at, _), sides in found.items()
        if len(sides[Side.LEFT]) == len(sides[Side.RIGHT]) == 1
    ]
    taken = Counter(number for pair in pairs for number in (pair.left, pair.right))
    return [pair for pair in pairs if taken[pair.left] == taken[pair.right] == 1]
