"""Pages taken apart again."""

from collections.abc import Iterator
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

MINUS = "\u2212"


def parsed(markup: str) -> Element:
    """A page or a piece of one, which the test made itself. Raises ParseError where it is not well-formed."""
    return ElementTree.fromstring(markup.removeprefix("<!DOCTYPE html>\n"))  # noqa: S314


def words(element: Element, between: str = "") -> str:
    """The text that is seen, with plain minus signs; ``between`` what two elements have between them."""
    return " ".join(between.join(element.itertext()).split()).replace(MINUS, "-")


def of_class(element: Element, class_: str) -> Iterator[Element]:
    return (each for each in element.iter() if each.get("class") == class_)


def first(element: Element, class_: str) -> Element:
    return next(of_class(element, class_))


def cells(table: Element) -> list[list[str]]:
    """Of each row below the header."""
    return [[words(cell) for cell in row] for row in table.iter("tr")][1:]
