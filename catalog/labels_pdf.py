"""Labels of copies as PDF: a barcode that any scanner reads, and the shelf mark for the spine.

How a PDF and its bars are drawn stands in `milanolib.printing`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from milanolib.printing import bars_svg, pdf_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.utils.functional import Promise

    from catalog.models import Copy

LONGEST_WORD = 8  # letters of a shelf mark's word that a spine takes in one line
BOTH, BARCODES, SPINES = "both", "barcodes", "spines"
KINDS = {
    BOTH: _("a barcode and a spine label for each copy"),
    BARCODES: _("barcodes only"),
    SPINES: _("spine labels only"),
}


@dataclass(frozen=True)
class Layout:
    """A sheet or a roll: millimetres."""

    name: str | Promise
    page: tuple[float, float]
    label: tuple[float, float]
    columns: int
    rows: int
    margin: tuple[float, float]  # top, left

    @property
    def per_page(self) -> int:
        """How many labels a page takes."""
        return self.columns * self.rows


LAYOUTS = {
    "a4-3x8": Layout(_("A4 sheet, 3 × 8 labels of 70 × 36 mm"), (210, 297), (70, 36), 3, 8, (4.5, 0)),
    "roll-60x30": Layout(_("roll of labels of 60 × 30 mm"), (60, 30), (60, 30), 1, 1, (0, 0)),
}
STYLE = """
@page {{ size: {page_width}mm {page_height}mm; margin: 0; }}
body {{ font-family: Print, sans-serif; margin: 0; }}
.page {{ break-after: page; height: {page_height}mm; overflow: hidden; position: relative; width: {page_width}mm; }}
.page:last-child {{ break-after: auto; }}
.label {{ box-sizing: border-box; height: {height}mm; overflow: hidden; padding: 2.5mm 3mm; position: absolute;
  text-align: center; width: {width}mm; }}
{places}
.library {{ font-size: 7pt; height: 4mm; line-height: 4mm; overflow: hidden; white-space: nowrap; }}
.title {{ font-size: 7pt; height: 4mm; line-height: 4mm; overflow: hidden; white-space: nowrap; }}
.bars {{ display: block; height: {bars}mm; margin: 0 auto; max-width: 100%; }}
.code {{ font-size: 9pt; font-weight: 700; letter-spacing: 0.3pt; line-height: 4mm; }}
.mark {{ font-size: 15pt; font-weight: 700; line-height: 1.12; }}
.mark.is-long {{ font-size: 11pt; }}
"""


@dataclass(frozen=True)
class Label:
    """One label on its page: where it is, and the barcode or the shelf mark on it."""

    place: int
    copy: Copy
    bars: str = ""
    mark: tuple[str, ...] = ()


def labels_pdf(copies: Sequence[Copy], *, layout: str, kind: str = BOTH, start: int = 1) -> bytes:
    """Return the labels of some copies (title and home fetched) as a PDF.

    `layout` is a key of LAYOUTS, `kind` one of KINDS. `start` is the first free label of a sheet that was begun,
    counted from 1, left to right and downwards.
    """
    shape = LAYOUTS[layout]
    labels: list[Label] = []
    for copy in copies:
        if kind in (BOTH, BARCODES):
            labels.append(Label(0, copy, bars=bars_svg(copy.barcode)))
        if kind in (BOTH, SPINES):
            labels.append(Label(0, copy, mark=spine_lines(copy.shelf_mark)))
    skipped = (start - 1) % shape.per_page
    pages: list[list[Label]] = []
    for number, label in enumerate(labels, skipped):
        if not pages or number % shape.per_page == 0:
            pages.append([])
        pages[-1].append(Label(number % shape.per_page, label.copy, label.bars, label.mark))
    html = render_to_string("catalog/labels.html", {"pages": pages})
    return pdf_of(html, _style(shape))


def spine_lines(mark: str) -> tuple[str, ...]:
    """Return a shelf mark as it stands on a back: a word a line, and long ones cut where they must be."""
    lines: list[str] = []
    for word in mark.split():
        lines += [word[start : start + LONGEST_WORD] for start in range(0, len(word), LONGEST_WORD)]
    return tuple(lines)


def _style(shape: Layout) -> str:
    width, height = shape.label
    top, left = shape.margin
    places = "\n".join(
        f".at-{number} {{ left: {left + number % shape.columns * width}mm; "
        f"top: {top + number // shape.columns * height}mm; }}"
        for number in range(shape.per_page)
    )
    return STYLE.format(
        page_width=shape.page[0],
        page_height=shape.page[1],
        width=width,
        height=height,
        places=places,
        bars=height - 18,
    )
