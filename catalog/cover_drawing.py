"""Drawing the cover of an edition that has no picture: a quiet ground, title, author, a sign of what it is. Pure.

The same wording gives the same picture. Letters that our fonts lack are never drawn as boxes: a title in another
script gives way to its other title, else to its author, else the ground and the sign stand alone.
"""

from __future__ import annotations

import functools
import math
import unicodedata
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # it brings no types
from PIL import Image, ImageDraw, ImageFont

from milanolib.pictures import webp

DESIGN = "1"  # change it with the drawing: the addresses change with it
OVER = 2  # drawn larger, then made smaller: smooth edges
# Ground and accent; the letters are nearly white, at least 7:1 on each ground.
PALETTE = (
    ("#0b4450", "#ffcb47"),
    ("#5b1f2b", "#f3b9a4"),
    ("#263a2b", "#b9d08b"),
    ("#2b2f55", "#a9b7ef"),
    ("#4a3316", "#e8c27a"),
    ("#3d2548", "#d9a7dd"),
    ("#233645", "#8fc5de"),
    ("#53301a", "#f0a868"),
)
INK = "#fdf8ee"
LINES = 6  # of a title
LONGEST = 200
SMALL = 100  # points of width below which only the title is drawn
_FONTS = {
    "title": "Lora/lora-v20-latin-ext_latin-700.ttf",
    "author": "Titillium_Web/titillium-web-v10-latin-ext_latin-regular.ttf",
}


@dataclass(frozen=True)
class Wording:
    """What stands on a cover."""

    title: str
    authors: tuple[str, ...]
    material: str
    other_title: str = ""


def drawn(wording: Wording, width: int, height: int) -> bytes:
    """Return a cover as WebP, exactly `width` x `height` points."""
    wide, high = width * OVER, height * OVER
    ground, accent = _colours(wording)
    picture = Image.new("RGB", (wide, high), ground)
    pen = ImageDraw.Draw(picture)
    margin = wide // 11
    is_small = width < SMALL
    pen.rectangle((0, 0, wide // 28, high), fill=accent)
    title = drawable(wording.title, "title") or drawable(wording.other_title, "title")
    authors = [one for one in (drawable(name, "author") for name in wording.authors) if one]
    if is_small and not title:
        title, authors = (authors[0] if authors else ""), []
    box = (margin + wide // 28, margin, wide - margin, int(high * (0.74 if is_small else 0.66)))
    bottom = _write(
        pen, title, "title", box, (wide // (6 if is_small else 7), wide // 10 if is_small else wide // 13), INK
    )
    if not is_small and authors:
        top = max(bottom + high // 28, margin)
        pen.rectangle((box[0], top, box[0] + wide // 6, top + high // 180), fill=accent)
        lower = (box[0], top + high // 28, box[2], int(high * 0.84))
        _write(pen, ", ".join(authors), "author", lower, (wide // 14, wide // 18), INK)
    _sign(pen, wording.material, (wide - margin - wide // 7, high - margin - wide // 7, wide // 7), accent, ground)
    return webp(picture.resize((width, height), Image.Resampling.LANCZOS))


def drawable(text: str, kind: str) -> str:
    """Return a text as our font can draw it: composed, marks it lacks left out; '' when letters are missing."""
    known = _letters(kind)
    kept = []
    for char in unicodedata.normalize("NFC", " ".join(text.split())):
        if ord(char) in known:
            kept.append(char)
        elif unicodedata.category(char)[0] in "LN":
            plain = unicodedata.normalize("NFKD", char)[0]
            if ord(plain) not in known:
                return ""
            kept.append(plain)
    found = "".join(kept).strip()
    return found if any(char.isalnum() for char in found) else ""


def _colours(wording: Wording) -> tuple[str, str]:
    """Return ground and accent: the same for the books of one author."""
    name = wording.authors[0] if wording.authors else wording.title
    return PALETTE[sha256(name.casefold().encode()).digest()[0] % len(PALETTE)]


def _write(
    pen: ImageDraw.ImageDraw, text: str, kind: str, box: tuple[int, int, int, int], sizes: tuple[int, int], ink: str
) -> int:
    """Write a text into a box, as large as it fits between two sizes, else shortened; return where it ends."""
    left, top, right, bottom = box
    if not text:
        return top
    text = text[:LONGEST]  # more would not be seen, and each size tries all of it
    for size in range(sizes[0], sizes[1] - 1, -2):
        font = _font(kind, size)
        lines = _broken(text, font, right - left)
        step = math.ceil(size * 1.22)
        if len(lines) <= LINES and top + len(lines) * step <= bottom and not _is_torn(lines, text):
            break
    fitting = max(1, min(LINES, (bottom - top) // step))
    if len(lines) > fitting:
        lines = [*lines[: fitting - 1], _shortened(lines[fitting - 1], font, right - left)]
    for number, line in enumerate(lines):
        pen.text((left, top + number * step), line, font=font, fill=ink)
    return top + len(lines) * step


def _is_torn(lines: list[str], text: str) -> bool:
    return " ".join(lines) != text


def _broken(text: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    """Break a text into lines that fit; a word wider than a line is torn."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        longer = f"{line} {word}" if line else word
        if font.getlength(longer) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        rest = word
        while font.getlength(rest) > width and len(rest) > 1:
            cut = next((n for n in range(1, len(rest)) if font.getlength(rest[: n + 1] + "-") > width), len(rest) - 1)
            lines.append(rest[:cut] + "-")
            rest = rest[cut:]
        line = rest
    return [*lines, line] if line else lines


def _shortened(line: str, font: ImageFont.FreeTypeFont, width: int) -> str:
    while line and font.getlength(line + "…") > width:
        line = line[:-1]
    return line.rstrip(" ,;:.-") + "…"


def _sign(pen: ImageDraw.ImageDraw, material: str, at: tuple[int, int, int], ink: str, ground: str) -> None:
    """Draw what kind of thing it is, in a square with its upper left corner and its side at `at`."""
    x, y, side = at
    line = max(2, side // 14)
    box = (x, y, x + side, y + side)
    match material:
        case "dvd" | "cd" | "audiobook":
            pen.ellipse(box, outline=ink, width=line)
            inner = side * (2 if material == "cd" else 3) // 7
            pen.ellipse((x + inner, y + inner, x + side - inner, y + side - inner), fill=ink)
        case "comic":
            pen.rectangle(box, outline=ink, width=line)
            pen.line((x + side * 3 // 5, y, x + side * 2 // 5, y + side), fill=ink, width=line)
            pen.line((x, y + side // 2, x + side // 2, y + side // 2), fill=ink, width=line)
        case "magazine":
            pen.rectangle(box, outline=ink, width=line)
            pen.rectangle((x, y, x + side, y + side // 3), fill=ink)
        case "videogame":
            third = side // 3
            pen.rectangle((x + third, y, x + 2 * third, y + side), fill=ink)
            pen.rectangle((x, y + third, x + side, y + 2 * third), fill=ink)
        case "map":
            pen.rectangle(box, outline=ink, width=line)
            pen.line((x + side // 3, y, x + side // 3, y + side), fill=ink, width=line)
            pen.line((x + 2 * side // 3, y, x + 2 * side // 3, y + side), fill=ink, width=line)
        case "score":
            for number in range(5):
                level = y + side // 6 + number * side // 6
                pen.line((x, level, x + side, level), fill=ink, width=max(1, line // 2))
            pen.ellipse((x + side // 3, y + side // 2, x + side * 2 // 3, y + side * 3 // 4), fill=ink)
        case _:
            pen.polygon([(x, y + side // 6), (x + side // 2, y + side // 3), (x + side // 2, y + side),
                         (x, y + side * 5 // 6)], fill=ink)  # fmt: skip
            pen.polygon([(x + side, y + side // 6), (x + side // 2, y + side // 3), (x + side // 2, y + side),
                         (x + side, y + side * 5 // 6)], fill=ink)  # fmt: skip
            pen.line((x + side // 2, y + side // 3, x + side // 2, y + side), fill=ground, width=line)


def _file(kind: str) -> Path:
    """Return a font of the design system's package."""
    package = find_spec("bootstrap_italia_template")
    if package is None or package.origin is None:  # pragma: no cover  it is among the installed apps
        raise RuntimeError("the design system's package is not installed")
    return Path(package.origin).parent / "static" / "fonts" / _FONTS[kind]


@functools.lru_cache(maxsize=256)
def _font(kind: str, size: int) -> ImageFont.FreeTypeFont:
    # The plain layout: the same on every machine, whatever libraries it has.
    return ImageFont.truetype(_file(kind), size, layout_engine=ImageFont.Layout.BASIC)


@functools.cache
def _letters(kind: str) -> frozenset[int]:
    with TTFont(_file(kind), lazy=True) as font:
        return frozenset(font.getBestCmap())
