"""What a small display shows: now, next, section, what is left, fault. Pure: a view in, a picture of one bit out.

The letters are a bitmap font of 6 x 11 points, so that the picture is the same on every machine; what matters most is
drawn twice as large. At 256 x 64 a line has 42 small letters or 21 large ones, at 128 x 64 half as many.
"""

import textwrap
import unicodedata
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from appliance.units import clock

LETTER = (6, 11)
LARGE = 2
HEIGHT = 64
SECTION_Y = 24
BAR_Y = 38
BAR_HEIGHT = 7
NEXT_Y = 51
FAULT_Y = 12
FAULT_LINES = 4

_FONT = ImageFont.load_default_imagefont()


@dataclass(frozen=True)
class DisplayView:
    """The show as far as a display tells it. Empty texts are left out."""

    state: str = ""
    """One word, such as ``ready`` or ``playing``."""
    now: str = ""
    next: str = ""
    section: str = ""
    remaining_s: float | None = None
    duration_s: float = 0.0
    fault: str = ""
    """A sentence. It takes the place of everything but a small title."""


def draw(view: DisplayView, width: int) -> Image.Image:
    """The picture, ``width`` x 64, mode "1": 1 is lit."""
    image = Image.new("1", (width, HEIGHT))
    if view.fault:
        _line(image, 0, view.now or view.state, "")
        _fault(image, view.fault)
        return image
    _title(image, view.now or view.state)
    _line(image, SECTION_Y, view.section or (view.state if view.now else ""), _left(view))
    if view.remaining_s is not None and view.duration_s > 0:
        _bar(image, 1 - view.remaining_s / view.duration_s)
    if view.next:
        _line(image, NEXT_Y, f"> {view.next}", "")
    return image


def letters(text: str) -> str:
    """The text in letters that the font has: Latin ones with their accents, others without, else a question mark."""
    plain = []
    for letter in unicodedata.normalize("NFC", text):
        if not letter.isprintable():
            continue
        if ord(letter) > 0xFF:
            base = unicodedata.normalize("NFKD", letter)[0]
            letter = {"\N{RIGHT SINGLE QUOTATION MARK}": "'", "\N{EN DASH}": "-"}.get(base, base)  # noqa: PLW2901
        plain.append(letter if ord(letter) <= 0xFF else "?")
    return "".join(plain)


def fitted(text: str, length: int) -> str:
    """The text in so many letters, with two dots where it was cut."""
    text = letters(text)
    return text if len(text) <= length else text[: max(0, length - 2)].rstrip() + ".."


def _left(view: DisplayView) -> str:
    """Full seconds are shown until they are over, so that 0:00 is the end."""
    return "" if view.remaining_s is None else f"-{clock(max(0.0, view.remaining_s) + 0.999)}"


def _title(image: Image.Image, title: str) -> None:
    """Large if it fits; else small, in two lines."""
    large = image.width // (LETTER[0] * LARGE)
    if len(letters(title)) <= large:
        _text(image, (0, 0), letters(title), LARGE)
        return
    rows = textwrap.wrap(letters(title), image.width // LETTER[0])
    for number, row in enumerate([*rows[:1], " ".join(rows[1:])]):
        _text(image, (0, number * LETTER[1]), fitted(row, image.width // LETTER[0]))


def _line(image: Image.Image, y: int, left: str, right: str) -> None:
    length = image.width // LETTER[0]
    _text(image, (0, y), fitted(left, length - len(right) - 1 if right else length))
    _text(image, (image.width - len(right) * LETTER[0] - 1, y), right)


def _bar(image: Image.Image, share: float) -> None:
    pen = ImageDraw.Draw(image)
    end = image.width - 1
    pen.rectangle((0, BAR_Y, end, BAR_Y + BAR_HEIGHT - 1), outline=1)
    filled = round((end - 4) * min(1.0, max(0.0, share)))
    if filled > 0:
        pen.rectangle((2, BAR_Y + 2, 2 + filled, BAR_Y + BAR_HEIGHT - 3), fill=1)


def _fault(image: Image.Image, sentence: str) -> None:
    """Dark letters on a lit ground: seen from the corner of an eye."""
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, FAULT_Y, image.width - 1, HEIGHT - 1), fill=1)
    length = image.width // LETTER[0] - 1
    rows = textwrap.wrap(letters(sentence), length)
    if len(rows) > FAULT_LINES:
        rows = [*rows[: FAULT_LINES - 1], fitted(" ".join(rows[FAULT_LINES - 1 :]), length)]
    for number, row in enumerate(rows):
        pen.text((3, FAULT_Y + 2 + number * (LETTER[1] + 1)), row, font=_FONT, fill=0)


def _text(image: Image.Image, at: tuple[int, int], text: str, scale: int = 1) -> None:
    if not text:
        return
    small = Image.new("1", (len(text) * LETTER[0] + 1, LETTER[1]))
    ImageDraw.Draw(small).text((1, 0), text, font=_FONT, fill=1)  # some letters begin one point before their place
    image.paste(small.resize((small.width * scale, small.height * scale), Image.Resampling.NEAREST), at)
