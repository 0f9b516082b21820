"""The pass as squares: a code's QR as numbers that a page draws by itself, and the printed sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import segno
from django.template.loader import render_to_string

from milanolib.printing import pdf_of

if TYPE_CHECKING:
    from partnerships.passes import PaperCodes

SIDE = 21  # squares of the smallest QR code, which holds a code of either length
QUIET = 4  # blank squares around, by its standard
MASK = 3  # one of the eight is as good as another here, and choosing takes longer than drawing
STYLE = """
@page { size: A4; margin: 14mm; }
body { font-family: Print, sans-serif; font-size: 12pt; }
h1 { font-size: 18pt; margin: 0 0 2mm; }
ul { list-style: none; margin: 6mm 0; padding: 0; }
li { border: 0.3mm dashed #000; display: inline-block; margin: 0 2mm 3mm 0; padding: 4mm; }
li { text-align: center; width: 76mm; }
li img { height: 42mm; width: 42mm; }
.code { font-size: 15pt; font-weight: 700; letter-spacing: 0.5pt; margin: 2mm 0; }
"""


def _qr(code: str) -> segno.QRCode:
    return segno.make(code, error="m", version=1, mask=MASK, micro=False, boost_error=False)


def squares_of(code: str) -> str:
    """Return the rows of a code's QR, six hexadecimal digits each: a set bit is a dark square, the left one first."""
    return "".join(f"{int(''.join(map(str, row)), 2):06x}" for row in _qr(code).matrix)


def path_of(code: str) -> str:
    """Return the dark squares as the path of an SVG."""
    rows = enumerate(_qr(code).matrix)
    return "".join(f"M{x} {y}h1v1h-1z" for y, row in rows for x, dark in enumerate(row) if dark)


def in_fours(code: str) -> str:
    """Return a code as it is easiest to read out: 'K7M2 9QXZ B1C4'."""
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


def sheet_pdf(paper: PaperCodes) -> bytes:
    """Return a sheet of codes as a PDF, in the language of the page. It names nobody."""
    codes = [(_qr(code).svg_data_uri(border=QUIET), in_fours(code)) for code in paper.codes]
    return pdf_of(render_to_string("partnerships/sheet.html", {"codes": codes, "last_day": paper.last_day}), STYLE)
