"""The bars of a card's number, drawn into the page: rectangles in one path, which the content policy has no word on."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from barcode import Code128

QUIET = 10  # modules of blank at either side, as the standard asks (ISO/IEC 15417)
HEIGHT = 56  # modules


@dataclass(frozen=True)
class Bars:
    """A barcode as a drawing: so many modules wide and high, and the path of its bars."""

    width: int
    height: int
    path: str


def bars_of(text: str) -> Bars:
    """Return the Code 128 of a text, with blank at both sides."""
    (modules,) = Code128(text).build()
    at, parts = QUIET, []
    for module, run in groupby(modules):
        length = len(list(run))
        if module == "1":
            parts.append(f"M{at} 0h{length}v{HEIGHT}h-{length}z")
        at += length
    return Bars(at + QUIET, HEIGHT, "".join(parts))
