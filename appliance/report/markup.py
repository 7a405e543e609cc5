"""HTML and SVG, written so that nothing unescaped can slip in: text is escaped unless it is markup already.

What comes out is well-formed XML too.
"""

import html
import re

UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""What XML forbids, or nobody can see; a file name may hold it all the same."""

VOID = frozenset({"br", "meta"})
"""Elements that HTML closes by itself."""


class Markup(str):
    """Text that is markup and is not escaped any more."""

    __slots__ = ()


def text(words: str) -> Markup:
    """Escaped, for content and for attributes between double quotes."""
    if isinstance(words, Markup):
        return words
    return Markup(html.escape(UNPRINTABLE.sub("\ufffd", words)))


def tag(name: str, /, *children: str, **attributes: str | float | None) -> Markup:
    """An element. ``class_`` is ``class``, ``text_anchor`` is ``text-anchor``; None leaves an attribute out."""
    given = ((key.rstrip("_").replace("_", "-"), value) for key, value in attributes.items() if value is not None)
    written = "".join(f' {key}="{_value(value)}"' for key, value in given)
    if name in VOID:
        return Markup(f"<{name}{written}/>")
    return Markup(f"<{name}{written}>{join(*children)}</{name}>")


def join(*parts: str) -> Markup:
    return Markup("".join(map(text, parts)))


def _value(value: str | float) -> str:
    return text(value) if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")
