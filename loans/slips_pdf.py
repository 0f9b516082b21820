"""What the desk prints: slips for the hold shelf, parcels and crates, a crate's list, the receipt of a loan.

Slips come out of a slip printer (a roll of 80 mm, one after the other) or eight to an A4 sheet, to be cut. None says a
reader's name; what travels says neither the reader nor the title.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import segno
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loans.desk_words import shelf_label
from milanolib import clock
from milanolib.printing import bars_svg, pdf_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from accounts.models import Reader
    from branches.models import Place
    from loans.models import Assignment, Crate, Loan, Parcel, Transit

ROLL, SHEET = "roll", "a4"
PAPERS = {ROLL: gettext_lazy("slip printer, 80 mm"), SHEET: gettext_lazy("A4 sheets")}
ROLL_WIDTH, SLIP_HEIGHT = 80, 74  # millimetres
PER_SHEET = 8  # two beside one another, 105 mm wide
LIST_HEAD, LIST_LINE = 62, 15  # millimetres of a roll that the head and one line of a list take
STYLE = """
body {{ font-family: Print, sans-serif; margin: 0; }}
@page {{ size: {width}mm {height}mm; margin: {margin}mm; }}
.page {{ break-after: page; height: {height}mm; overflow: hidden; position: relative; width: {width}mm; }}
.page:last-child {{ break-after: auto; }}
.slip {{ box-sizing: border-box; height: 74mm; overflow: hidden; padding: 3mm 4mm; text-align: center;
  width: {slip}mm; }}
.on-sheet .slip {{ border: 0.1mm dashed #888; float: left; }}
.head {{ font-size: 9pt; line-height: 4mm; margin: 0; max-height: 8mm; overflow: hidden; }}
.what {{ font-size: 11pt; font-weight: 700; line-height: 5mm; margin: 1mm 0 0; }}
.big {{ font-size: 34pt; font-weight: 700; line-height: 1; margin: 1.5mm 0; overflow: hidden; }}
.big.is-long {{ font-size: 17pt; line-height: 1.1; max-height: 20mm; }}
.line {{ font-size: 11pt; line-height: 5mm; margin: 0; }}
.bars {{ display: block; height: 15mm; margin: 1.5mm auto 0; max-width: 100%; }}
.qr {{ display: block; height: 27mm; margin: 1mm auto 0; width: 27mm; }}
.code {{ font-size: 11pt; font-weight: 700; letter-spacing: 0.5pt; margin: 0.5mm 0 0; }}
h1 {{ font-size: 15pt; margin: 0 0 2mm; }}
p {{ font-size: 11pt; margin: 0 0 2mm; }}
table {{ border-collapse: collapse; font-size: 10pt; width: 100%; }}
td, th {{ border-bottom: 0.1mm solid #000; padding: 1mm 1mm; text-align: left; vertical-align: top; }}
tr {{ break-inside: avoid; }}
.day {{ white-space: nowrap; }}
"""


@dataclass(frozen=True)
class Slip:
    """One slip: what it is for, one thing in large letters, a few lines, and a code as bars or as a square."""

    head: str
    what: str
    big: str
    lines: tuple[str, ...] = ()
    bars: str = ""
    square: str = ""

    @property
    def is_long(self) -> bool:
        """Whether the large letters must be smaller, so that a library's name fits."""
        return len(self.big) > 10  # noqa: PLR2004  letters that fit beside one another

    @property
    def bars_svg(self) -> str:
        """Return the code as bars."""
        return bars_svg(self.bars)

    @property
    def square_svg(self) -> str:
        """Return the code as a QR code."""
        return segno.make(self.square, error="m", micro=False).svg_data_uri(border=2)


def hold_slip(held: Assignment) -> Slip:
    """Return what is put into a copy on the hold shelf: the reader's label and the last day, never the name."""
    hold = held.hold
    until = _("until %(day)s") % {"day": date_format(hold.keep_until, "l j F")} if hold.keep_until else ""
    label = shelf_label(hold.reader) if hold.reader is not None else ""
    return Slip(str(hold.pickup_place), _("Reserved"), label, (until,), bars=held.copy.barcode)


def transit_slip(transit: Transit) -> Slip:
    """Return what is put into a copy that travels without a parcel: where it goes, and why."""
    day = date_format(clock.local(transit.requested_at), "j F Y")
    lines = (str(transit.get_reason_display()), _("from %(place)s, %(day)s") % {"place": transit.origin, "day": day})
    return Slip(_("To:"), "", str(transit.destination), lines, bars=transit.copy.barcode)


def parcel_tag(parcel: Parcel) -> Slip:
    """Return what is stuck on a parcel: number, point and code; neither reader nor title."""
    return Slip(str(parcel.destination), _("Number"), str(parcel.shelf_number), (parcel.tag,), square=parcel.tag)


def slips_pdf(slips: Sequence[Slip], *, paper: str) -> bytes:
    """Return slips as a PDF for a paper of PAPERS."""
    on_sheet = paper == SHEET
    count = PER_SHEET if on_sheet else 1
    pages = [slips[start : start + count] for start in range(0, len(slips), count)]
    html = render_to_string("loans/slips/slips.html", {"pages": pages, "on_sheet": on_sheet})
    width, height, slip = (210, 297, 105) if on_sheet else (ROLL_WIDTH, SLIP_HEIGHT, ROLL_WIDTH)
    return pdf_of(html, STYLE.format(width=width, height=height, margin=0, slip=slip))


def receipt_pdf(loans: Sequence[Loan], place: Place, reader: Reader, *, paper: str) -> bytes:
    """Return what a reader takes home: what is on loan and until when, in the reader's language; it names nobody."""
    language = reader.user.language if reader.user is not None else ""
    with translation.override(language or "it"):
        return _list_pdf("loans/slips/receipt.html", {"loans": loans, "place": place}, len(loans), paper)


def manifest_pdf(crate: Crate, parcels: Sequence[Parcel], transits: Sequence[Transit], *, paper: str) -> bytes:
    """Return the list that travels with a crate: tags and numbers, and the copies that travel without a parcel."""
    context = {"crate": crate, "parcels": parcels, "transits": transits, "bars": bars_svg(crate.code)}
    return _list_pdf("loans/slips/manifest.html", context, len(parcels) + len(transits), paper)


def pick_list_pdf(picks: Iterable[Assignment], place: Place) -> bytes:
    """Return the pick list of a library on A4 sheets, in shelf order, with a box to tick."""
    context = {"picks": picks, "place": place, "today": clock.today()}
    return _list_pdf("loans/slips/pick_list.html", context, 0, SHEET)


def _list_pdf(template: str, context: dict[str, Any], lines: int, paper: str) -> bytes:
    html = render_to_string(template, {**context, "now": clock.now()})
    width, height = (210, 297) if paper == SHEET else (ROLL_WIDTH, LIST_HEAD + LIST_LINE * max(lines, 1))
    margin = 12 if paper == SHEET else 4
    return pdf_of(html, STYLE.format(width=width, height=height, margin=margin, slip=ROLL_WIDTH))
