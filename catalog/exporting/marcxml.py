"""From MARC-in-JSON to MARCXML: the Library of Congress's slim format for MARC21, MarcXchange for UNIMARC."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from catalog.importing.marcxml import xml_records
from catalog.importing.readers import MARC21

if TYPE_CHECKING:
    from catalog.importing.fields import MarcRecord

NAMESPACES = {MARC21: "http://www.loc.gov/MARC21/slim", "unimarc": "info:lc/xmlns/marcxchange-v2"}
FORMATS = {MARC21: "MARC21", "unimarc": "UNIMARC"}
START = b'<?xml version="1.0" encoding="UTF-8"?>\n<collection>\n'
END = b"</collection>\n"
# What XML 1.0 cannot hold at all.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LINES = {"\r": "&#13;", "\n": "&#10;", "\t": "&#9;", "\x85": "&#133;", "\u2028": "&#8232;"}


def encode(record: MarcRecord, dialect: str) -> tuple[bytes, bool]:
    """Return a record element, and whether it reads back as it is kept.

    It does not where the record holds characters that XML forbids (they become U+FFFD), or odd tags.
    """
    lines = [f"<record xmlns={quoteattr(NAMESPACES[dialect])}"]
    lines[0] += f' format="{FORMATS[dialect]}" type="Bibliographic">' if dialect != MARC21 else ' type="Bibliographic">'
    lines.append(f"  <leader>{_text(record['leader'])}</leader>")
    for one in record["fields"]:
        for tag, content in one.items():
            if isinstance(content, str):
                lines.append(f"  <controlfield tag={_attribute(tag)}>{_text(content)}</controlfield>")
                continue
            indicators = f"ind1={_attribute(content['ind1'])} ind2={_attribute(content['ind2'])}"
            lines.append(f"  <datafield tag={_attribute(tag)} {indicators}>")
            lines += [
                f"    <subfield code={_attribute(code)}>{_text(value)}</subfield>"
                for subfield in content["subfields"]
                for code, value in subfield.items()
            ]
            lines.append("  </datafield>")
    data = ("\n".join([*lines, "</record>"]) + "\n").encode()
    again = next(xml_records(io.BytesIO(data)), None)
    is_same = (
        again is not None
        and again.record is not None
        and (again.record["leader"], again.record["fields"]) == (record["leader"], record["fields"])
    )
    return data, is_same


def _text(text: str) -> str:
    return escape(_FORBIDDEN.sub("\ufffd", text), _LINES)


def _attribute(text: str) -> str:
    return quoteattr(_FORBIDDEN.sub("\ufffd", text))
