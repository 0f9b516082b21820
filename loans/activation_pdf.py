"""The card with an activation code, handed to a partner: the point, the code, the address as a QR code, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import segno
from django.conf import settings
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils import translation

from milanolib.printing import pdf_of

if TYPE_CHECKING:
    from branches.models import Device

GROUP = 5
STYLE = """
@page { size: A6 landscape; margin: 8mm; }
body { font-family: Print, sans-serif; font-size: 10pt; margin: 0; }
h1 { font-size: 14pt; margin: 0 0 1mm; }
p, ol { margin: 0 0 2mm; }
ol { padding-left: 5mm; }
.code { font-size: 26pt; font-weight: 700; letter-spacing: 1pt; margin: 2mm 0; text-align: center; }
.qr { float: right; height: 30mm; margin: 0 0 2mm 4mm; width: 30mm; }
"""


def grouped(code: str) -> str:
    """Return a code in groups, easier to read out; the dashes may be typed or left out."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def activation_card(device: Device, code: str) -> HttpResponse:
    """Answer with the card of a device just invited, in Italian, whoever prints it.

    The code is on the paper and nowhere else: the answer is not kept, and the QR code holds the address alone.
    """
    address = f"{settings.BASE_URL}/partner/"
    qr = segno.make(address, error="m", micro=False).svg_data_uri(border=2)
    context = {"device": device, "code": grouped(code), "address": address, "qr": qr}
    with translation.override("it"):
        drawn = pdf_of(render_to_string("loans/slips/activation.html", context), STYLE)
    answer = HttpResponse(drawn, content_type="application/pdf")
    answer["Content-Disposition"] = 'inline; filename="activation.pdf"'
    return answer
