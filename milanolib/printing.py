"""What is printed: PDF drawn here and sent nowhere, bars and squares that any scanner reads, the fonts of the house.

Barcodes are Code 128, which holds all letters.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING
from urllib.parse import quote

import segno
from barcode import Code128
from barcode.writer import SVGWriter
from django.contrib.staticfiles import finders
from django.utils.safestring import mark_safe

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

FONT = "fonts/Titillium_Web/titillium-web-v10-latin-ext_latin-{weight}.woff2"
WEIGHTS = {400: "regular", 700: "700"}
QUIET = 4  # blank at either side of the bars, in millimetres


def pdf_of(html: str, style: str) -> bytes:
    """Return a page as a PDF; it asks nothing of the network. `style` may use the family Print."""
    # Some forty megabytes, and libraries of the system: only who prints pays for it.
    import weasyprint  # noqa: PLC0415
    from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415

    fetcher = weasyprint.URLFetcher(allowed_protocols=["data", "file"])
    document = weasyprint.HTML(string=html, url_fetcher=fetcher)
    fonts = FontConfiguration()
    sheet = weasyprint.CSS(string=_font_faces() + style, url_fetcher=fetcher, font_config=fonts)
    return document.write_pdf(stylesheets=[sheet], font_config=fonts)  # type: ignore[no-any-return]


def bars_svg(code: str, *, height: float = 12) -> str:
    """Return the bars of a code, so many millimetres high, as the address of a picture drawn in the page itself."""
    out = io.BytesIO()
    options = {"module_width": 0.25, "module_height": height, "quiet_zone": QUIET, "write_text": False}
    Code128(code, writer=SVGWriter()).write(out, options)
    return "data:image/svg+xml," + quote(out.getvalue().decode())


def qr_code(text: str) -> SafeString:
    """Return a QR code as an SVG element that needs no style, so that the content security policy lets it be."""
    drawn = segno.make(text, error="m", micro=False).svg_inline(border=2, svgclass=None, lineclass=None, omitsize=True)
    return mark_safe(drawn)  # noqa: S308  segno draws it; the text becomes squares


def _font_faces() -> str:
    faces = ""
    for weight, name in WEIGHTS.items():
        path = finders.find(FONT.format(weight=name))
        source = f"file://{path}" if path else "data:,"
        faces += f'@font-face {{ font-family: Print; font-weight: {weight}; src: url("{source}"); }}\n'
    return faces
