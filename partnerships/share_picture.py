"""The picture beside a shared link: the offer or the title in large letters, the house below. Pure."""

from __future__ import annotations

import functools
import io
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

from catalog.cover_drawing import INK, drawable

if TYPE_CHECKING:
    from partnerships.offers import AgreementLine

SIZE = (1200, 630)  # what those who show links ask for
GROUND, ACCENT = "#073b45", "#ffcb47"
FONT = "Titillium_Web/titillium-web-v10-latin-ext_latin-{weight}.ttf"
MARGIN = 80


def share_picture(line: AgreementLine) -> bytes:
    """Return the picture of an agreement as PNG: what is offered, and by whom."""
    return drawn(line.offer, line.title.text, line.agreement.institution.name)


def drawn(large: str, title: str, below: str) -> bytes:
    """Return three texts as PNG; letters that our font lacks are left out rather than drawn as boxes."""
    picture = Image.new("RGB", SIZE, GROUND)
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 0, 24, SIZE[1]), fill=ACCENT)
    parts = (
        (large, "700", 104, ACCENT, 2),
        (title, "700", 56, INK, 2),
        (below, "regular", 48, INK, 1),
        ("Milanolib", "regular", 36, INK, 1),
    )
    top = MARGIN
    for text, weight, size, ink, most in parts:
        font = _font(weight, size)
        for row in _rows(drawable(text, "author"), font, SIZE[0] - 2 * MARGIN)[:most]:
            pen.text((MARGIN, top), row, font=font, fill=ink)
            top += round(size * 1.25)
        top += 18
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def _rows(text: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    """Return a text in rows that fit; a word that is too long is cut."""
    rows: list[str] = []
    for word in text.split():
        longer = f"{rows[-1]} {word}" if rows else word
        if rows and font.getlength(longer) <= width:
            rows[-1] = longer
        else:
            rows.append(word)
    return [_cut(row, font, width) for row in rows]


def _cut(row: str, font: ImageFont.FreeTypeFont, width: int) -> str:
    while font.getlength(row) > width:
        row = row[:-1]
    return row


@functools.cache
def _font(weight: str, size: int) -> ImageFont.FreeTypeFont:
    package = find_spec("bootstrap_italia_template")
    assert package is not None  # noqa: S101  installed: settings name it
    assert package.origin is not None  # noqa: S101  as above
    folder = Path(package.origin).parent / "static" / "fonts"
    return ImageFont.truetype(str(folder / FONT.format(weight=weight)), size)
