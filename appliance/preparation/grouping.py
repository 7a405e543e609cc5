"""From a tree of delivered files to songs: which files belong together, and what the song is called.

- A folder is a song; folders in it whose names are only words like "Stems", "Audio" or "Click" belong to it.
- Files loose in one folder are one song when their names are parts ("Drums", "Bass", "Click") or share a title
  ("Slow Water Track", "Slow Water Click"); they are several songs when each has a title of its own. Where names decide
  nothing, files of equal length in a folder of their own are stems of one song.
- The title is the folder's, without its order number; for a folder that a person named for the import (a whole stick,
  "Downloads") it is the files' common title, where they have one.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from appliance.preparation.names import (
    CAMEL,
    WORD,
    Label,
    has_separator,
    label_of,
    labelling,
    remove_run,
    split_label,
    split_order,
    title_of,
    words_of,
)
from appliance.preparation.sides import side_pairs
from appliance.preparation.sources import Folder, printable
from appliance.preparation.words import CONTAINERS
from appliance.songs.library import fold

Duration = Callable[[Path], float]
EQUAL_LENGTH_S = 0.02
"""Stems are exported with equal lengths to the sample; MP3 rounds to its frames of 26 ms, which names then decide."""


@dataclass(frozen=True)
class DeliveredFile:
    """A file of a song. ``kept_as`` is its place below originals/, ``label`` how the report calls it."""

    path: Path
    kept_as: str
    label: str
    part_name: str
    """What its name says beside the song's title; empty when it says nothing else."""
    said: Label | None


@dataclass(frozen=True)
class Delivery:
    """The files of one song. ``label`` is the folder or file as the person knows it."""

    title: str
    order: int | None
    label: str
    files: tuple[DeliveredFile, ...]


@dataclass(frozen=True)
class _Named:
    """A file and its name in words; ``title`` and ``said`` are filled as they are found out."""

    folder: Folder
    path: Path
    kept_as: str
    name: str
    order: int | None
    words: tuple[str, ...]
    title: tuple[str, ...] = ()
    said: Label | None = None


def group(trees: Sequence[Folder], duration: Duration) -> list[Delivery]:
    """The songs in the trees, in order of name."""
    deliveries = []
    for tree in trees:
        deliveries += _songs(tree, _title_folder_name(tree), [tree.name], duration)
    return deliveries


def _title_folder_name(tree: Folder) -> str:
    """A person may name the folder "Stems": the folder above it then has the title."""
    return tree.path.parent.name if tree.given and is_container(tree.name) and tree.path.parent.name else tree.name


def is_container(name: str) -> bool:
    """Whether a folder of this name belongs to the song above it."""
    words = words_of(split_order(name)[1])
    if fold(name) in CONTAINERS or (words and "-".join(words) in CONTAINERS):
        return True
    return bool(words) and not all(word.isdigit() for word in words) and all(labelling(words))


def _songs(folder: Folder, title_name: str, siblings: list[str], duration: Duration) -> list[Delivery]:
    pool, apart = _pool(folder)
    deliveries = _divide(pool, folder, title_name, siblings, duration) if pool else []
    names = [each.name for each in apart]
    for each in apart:
        deliveries += _songs(each, each.name, names, duration)
    return deliveries


def _pool(folder: Folder, place: str = "") -> tuple[list[_Named], list[Folder]]:
    """The folder's own files with those of its containers, and the folders that stand for themselves."""
    stems = [printable(path.stem) for path in folder.files]
    pool = []
    for path, stem in zip(folder.files, stems, strict=True):
        order, rest = split_order(stem, stems)
        pool.append(_Named(folder, path, f"{place}{printable(path.name)}", rest, order, tuple(words_of(rest))))
    apart = []
    for inner in folder.folders:
        if is_container(inner.name):
            below, further = _pool(inner, f"{place}{printable(inner.name)}/")
            pool += below
            apart += further
        else:
            apart.append(inner)
    return sorted(pool, key=lambda each: _natural(each.kept_as)), apart


def _natural(text: str) -> list[tuple[int, str]]:
    """For sorting: numbers by their value."""
    return [(int(piece), "") if piece.isdigit() else (-1, piece) for piece in re.split(r"(\d+)", fold(text)) if piece]


def _divide(
    pool: list[_Named], folder: Folder, title_name: str, siblings: list[str], duration: Duration
) -> list[Delivery]:
    order, title = title_of(printable(title_name), siblings)
    title_words = words_of(title)
    sides = _sides(pool, duration)
    pool = [_read(each, title_words, sides.get(number)) for number, each in enumerate(pool)]
    titles = {each.title for each in pool if each.title}
    if len(titles) > 1 and not _one_song(pool, folder, duration):
        return _several(pool)
    shared = titles.pop() if len(titles) == 1 else ()
    if len(pool) > 1 and sum(each.title == shared for each in pool) < 2:
        shared = ()  # one stem with a name of its own among "Drums" and "Click"
    if folder.given and shared and all(each.title in ((), shared) for each in pool):
        everyone = all(each.title == shared for each in pool)
        if everyone:
            first = pool[0]
            order, title = (first.order if len(pool) == 1 else order), _text_of(first, shared)
    pool = _without_common([replace(each, words=tuple(remove_run(each.words, shared))) for each in pool])
    label = folder.label or (folder.label_of(pool[0].path) if len(pool) == 1 else printable(folder.name))
    return [_delivery(title, order, label, pool, len(pool) == 1)]


def _sides(pool: list[_Named], duration: Duration) -> dict[int, int]:
    """Which word says left or right in a name, where the other side is there and as long: no part of a title then."""
    sides: dict[int, int] = {}
    for pair in side_pairs([each.kept_as for each in pool]):
        left_s, right_s = (duration(pool[number].path) for number in (pair.left, pair.right))
        if left_s > 0 and abs(left_s - right_s) < EQUAL_LENGTH_S:
            sides |= {pair.left: pair.at, pair.right: pair.at}
    return sides


def _read(each: _Named, title_words: list[str], side: int | None) -> _Named:
    """Split the name into title and label; the folder's title says nothing more, nor does a side."""
    words = remove_run(each.words, title_words)
    if not words and each.words:
        return replace(each, words=())
    bare = [word for number, word in enumerate(each.words) if number != side]
    title, said = split_label(remove_run(bare, title_words), has_separator(each.name))
    return replace(each, words=tuple(words), title=tuple(title), said=said)


def _one_song(pool: list[_Named], folder: Folder, duration: Duration) -> bool:
    """Whether files with different names are stems of one song all the same."""
    pure = [each for each in pool if not each.title and each.said]
    if len(pure) >= 2 or (pure and not folder.given):
        return True
    stripped = _without_common(pool)
    if stripped != pool and any(all(labelling(each.words)) and label_of(each.words) for each in stripped):
        return True
    if any(each.said for each in pool) or folder.given:
        return False
    lengths = [duration(each.path) for each in pool]
    return min(lengths) > 0 and max(lengths) - min(lengths) < EQUAL_LENGTH_S


def _without_common(pool: list[_Named]) -> list[_Named]:
    """Remove the words that all names begin or end with, except those that say what a stem is."""
    if len(pool) < 2:
        return pool
    for backwards in (False, True):
        rows = [list(each.words[::-1] if backwards else each.words) for each in pool]
        common = 0
        while all(len(row) > common and row[common] == rows[0][common] for row in rows):
            common += 1
        marks = labelling(rows[0][:common])
        common = marks.index(True) if True in marks else common
        if common:
            rows = [row[common:] for row in rows]
            pool = [replace(e, words=tuple(r[::-1] if backwards else r)) for e, r in zip(pool, rows, strict=True)]
    return pool


def _several(pool: list[_Named]) -> list[Delivery]:
    """Each title a song: alone, or with its click."""
    songs: dict[tuple[str, ...], list[_Named]] = defaultdict(list)
    for each in pool:
        songs[each.title].append(each)
    deliveries = []
    for title, files in songs.items():
        first = files[0]
        order = next((each.order for each in files if each.order is not None), None)
        label = first.folder.label_of(first.path)
        text = _text_of(first, title) if title else printable(first.path.stem)
        alone = [replace(each, words=tuple(remove_run(each.words, title))) for each in files]
        deliveries.append(_delivery(text, order, label, alone, len(files) == 1))
    return deliveries


def _text_of(each: _Named, words: Sequence[str]) -> str:
    """The title as it is written in the file's name."""
    if list(words) == words_of(each.name):
        return title_of(each.name)[1]
    start, end = _span(each.name, words)
    return title_of(CAMEL.sub(" ", unicodedata.normalize("NFC", each.name))[start:end])[1]


def _span(name: str, words: Sequence[str]) -> tuple[int, int]:
    """Where ``words`` stand in the name, with the spaces of CAMEL put in."""
    spaced = CAMEL.sub(" ", unicodedata.normalize("NFC", name))
    places = [match for match in WORD.finditer(spaced) if words_of(match[0])]
    folded = ["".join(words_of(match[0])) for match in places]
    for start in range(len(folded) - len(words) + 1):
        if folded[start : start + len(words)] == list(words):
            return places[start].start(), places[start + len(words) - 1].end()
    return 0, len(spaced)


def _delivery(title: str, order: int | None, label: str, pool: list[_Named], whole: bool) -> Delivery:
    files = []
    taken: set[str] = set()
    for each in pool:
        kept = each.kept_as
        number = 2
        while kept in taken:  # only names whose bytes were not UTF-8 can meet here
            kept = f"{number} {printable(each.path.name)}"
            number += 1
        taken.add(kept)
        said = each.said if whole else label_of(each.words)
        part_name = _part_name(each) if said or not all(labelling(each.words)) else ""
        files.append(DeliveredFile(each.path, kept, each.folder.label_of(each.path), part_name, said))
    return Delivery(title, order, label, tuple(files))


def _part_name(each: _Named) -> str:
    if not each.words:
        return ""
    start, end = _span(each.name, each.words)
    spaced = CAMEL.sub(" ", unicodedata.normalize("NFC", each.name))
    return " ".join(spaced[start:end].replace("_", " ").split())
