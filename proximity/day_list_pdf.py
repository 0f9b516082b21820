"""The day on paper, for when the phone is broken: what comes, what is here, what goes back, with boxes to tick."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from loans import handing
from milanolib import clock
from milanolib.printing import pdf_of
from proximity.day import LAST_DIGITS, helping_library
from proximity.forms import in_fours

if TYPE_CHECKING:
    from branches.models import Place

STYLE = """
@page { size: A4; margin: 14mm; @bottom-right { content: counter(page) "/" counter(pages); font: 9pt Print; } }
body { font-family: Print, sans-serif; font-size: 11pt; margin: 0; }
h1 { font-size: 17pt; margin: 0 0 1mm; }
h2 { font-size: 13pt; margin: 7mm 0 2mm; break-after: avoid; }
p { margin: 0 0 2mm; }
table { border-collapse: collapse; width: 100%; }
td, th { border-bottom: 0.2mm solid #000; padding: 1.5mm; text-align: left; }
tr { break-inside: avoid; }
.number { font-size: 15pt; font-weight: 700; width: 18mm; }
.tag { font-size: 13pt; font-weight: 700; letter-spacing: 0.5pt; }
.time { width: 42mm; }
.box { border: 0.4mm solid #000; display: inline-block; height: 5mm; width: 5mm; }
"""


def day_list_pdf(place: Place) -> bytes:
    """Return the list of a point's day as a PDF: tags and shelf numbers, never a reader, a title or a code."""
    parts = [
        (_("Coming"), _("No parcel is on its way."), handing.expected_at(place)),
        (_("Here"), _("No parcel is waiting here."), handing.here_at(place)),
        (_("Give to the driver"), _("Nothing to give back."), handing.going_back_from(place)),
    ]
    context = {
        "place": place,
        "library": helping_library(place),
        "now": clock.now(),
        "parts": [
            (title, none, [(number, in_fours(tag)) for number, tag in parcels.values_list("shelf_number", "tag")])
            for title, none, parcels in parts
        ],
        "crates": handing.crates_for_the_van(place),
        "returned": [
            barcode[-LAST_DIGITS:] for barcode in handing.returned_to(place).values_list("copy__barcode", flat=True)
        ],
    }
    return pdf_of(render_to_string("proximity/day_list.html", context), STYLE)
