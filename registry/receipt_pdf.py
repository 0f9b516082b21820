"""The receipt of a booking, to print: where, when, the code, and the way back to it as a QR code. No contact."""

from __future__ import annotations

from typing import TYPE_CHECKING

import segno
from django.template.loader import render_to_string

from milanolib.printing import pdf_of

if TYPE_CHECKING:
    from registry.models import Booking

STYLE = """
@page { size: A5; margin: 15mm; }
body { font-family: Print, sans-serif; font-size: 12pt; }
h1 { font-size: 18pt; }
.code { font-size: 30pt; font-weight: 700; margin: 4mm 0; }
.qr { height: 45mm; width: 45mm; }
"""


def receipt_of(booking: Booking, link: str) -> bytes:
    """Return the receipt as a PDF, in the language of the page."""
    qr = segno.make(link, error="m").svg_data_uri(border=2)
    return pdf_of(render_to_string("registry/receipt.html", {"booking": booking, "qr": qr}), STYLE)
