"""A reader's card as a PDF of its own size: name, number, and bars that any scanner reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.template.loader import render_to_string
from django.utils import translation

from milanolib.printing import bars_svg, pdf_of

if TYPE_CHECKING:
    from accounts.models import Reader

WIDTH, HEIGHT = 85.6, 54  # millimetres, ISO/IEC 7810 ID-1
STYLE = """
@page { size: 85.6mm 54mm; margin: 0; }
body { font-family: Print, sans-serif; margin: 0; }
.card { box-sizing: border-box; height: 54mm; overflow: hidden; padding: 4mm 5mm; text-align: center; width: 85.6mm; }
.library { font-size: 10pt; font-weight: 700; margin: 0; }
.name { font-size: 12pt; height: 11mm; line-height: 5.5mm; margin: 1mm 0; overflow: hidden; }
.bars { display: block; height: 17mm; margin: 0 auto; }
.number { font-size: 11pt; font-weight: 700; letter-spacing: 0.5pt; margin: 1mm 0 0; }
"""


def card_pdf(reader: Reader) -> bytes:
    """Return the card; in Italian, whoever prints it. An institution's card and a child's look the same."""
    with translation.override("it"):
        html = render_to_string("loans/readers/card.html", {"reader": reader, "bars": bars_svg(reader.card_number)})
    return pdf_of(html, STYLE)
