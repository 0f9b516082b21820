"""The ticket to print: what, when, where, for how many, the code and its picture. No contact."""

from __future__ import annotations

from typing import TYPE_CHECKING

import segno
from django.template.loader import render_to_string

from branches.public_texts import public_text
from milanolib.printing import pdf_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from partnerships.models import InitiativeBooking, InitiativeDate

STYLE = """
@page { size: A5; margin: 15mm; }
body { font-family: Print, sans-serif; font-size: 12pt; }
h1 { font-size: 18pt; }
.code { font-size: 30pt; font-weight: 700; margin: 4mm 0; }
.qr { height: 45mm; width: 45mm; }
"""


def ticket_of(booking: InitiativeBooking, dates: Sequence[InitiativeDate], link: str) -> bytes:
    """Return the ticket as a PDF, in the language of the page."""
    initiative = booking.date.initiative
    context = {
        "booking": booking,
        "dates": [one for one in dates if not one.is_cancelled],
        "title": public_text(initiative.title).text,
        "initiative": initiative,
        "qr": segno.make(link, error="m").svg_data_uri(border=2),
    }
    return pdf_of(render_to_string("partnerships/initiatives/ticket.html", context), STYLE)
