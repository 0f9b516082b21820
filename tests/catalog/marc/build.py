"""Small MARC records written for the tests, and the writers that put them into each container.

A record is a list of fields: `("001", "X1")` or `("200", "1 ", "a", "Title", "f", "Somebody")`.
"""

from xml.sax.saxutils import escape, quoteattr

MARC21_LEADER = "00000nam a2200000 i 4500"
UNIMARC_LEADER = "00000nam0 2200000   450 "
SLIM = "http://www.loc.gov/MARC21/slim"
EXCHANGE = "info:lc/xmlns/marcxchange-v2"
ITALIAN_SLIM = "http://www.bncf.firenze.sbn.it/unimarc/slim"
GENERAL = "20261122d1999    m  y0itay50      ba"  # UNIMARC 100 $a: 1999, adults, Unicode

MARC21_BOOK = [
    ("001", "M1"),
    ("003", "IT-TEST"),
    ("008", "261122s1999    it a   c      000 1 ita d"),
    ("020", "  ", "a", "8800000002 (rilegato)", "c", "12 EUR"),
    ("020", "  ", "a", "978-88-00-00000-0"),
    ("041", "1 ", "a", "ita", "h", "eng"),
    ("082", "04", "a", "823/.914", "2", "23"),
    ("100", "1 ", "a", "Verdi, Ada,", "d", "1950-", "0", "(IT-TEST)A1"),
    ("240", "10", "a", "The paper lighthouse.", "l", "Italiano"),
    (
        "245",
        "13",
        "a",
        "Il faro di carta :",
        "b",
        "una storia di mare /",
        "c",
        "Ada Verdi ; illustrazioni di Ugo Neri.",
    ),
    ("250", "  ", "a", "2. ed."),
    ("264", " 1", "a", "Milano :", "b", "Editrice di Prova,", "c", "[1999]"),
    ("300", "  ", "a", "212 p. :", "b", "ill. ;", "c", "21 cm"),
    ("490", "1 ", "a", "I fari ;", "v", "7"),
    ("520", "  ", "a", "Un faro, due sorelle."),
    ("650", " 7", "a", "Fari", "x", "Narrativa per ragazzi", "2", "nsbncf"),
    ("700", "1 ", "a", "Neri, Ugo"),
    ("700", "1 ", "a", "Gialli, Eva,", "e", "translator."),
    ("852", "  ", "b", "norte", "p", "C1", "h", "R N", "i", "VER"),
    ("852", "  ", "b", "norte", "h", "senza codice"),
]
UNIMARC_BOOK = [
    ("001", "IT\\ICCU\\TST\\0000001"),
    ("010", "  ", "a", "88-00-00000-2", "b", "rilegato"),
    ("100", "  ", "a", "20261122d1999    d  y0itay50      ba"),
    ("101", "1 ", "a", "ita", "c", "eng"),
    (
        "200",
        "1 ",
        "a",
        "\x98Il \x9cfaro di carta",
        "e",
        "una storia di mare",
        "f",
        "Ada Verdi",
        "g",
        "traduzione di Eva Gialli",
    ),
    ("205", "  ", "a", "2. ed."),
    ("210", "  ", "a", "Milano", "c", "Editrice di Prova", "d", "1999"),
    ("215", "  ", "a", "212 p.", "c", "ill.", "d", "21 cm"),
    ("225", "2 ", "a", "I fari", "v", "7"),
    ("330", "  ", "a", "Un faro, due sorelle."),
    ("454", " 0", "1", "001IT\\ICCU\\TST\\0000002", "1", "2001 ", "a", "The \x98paper\x9c lighthouse"),
    ("606", "  ", "a", "Fari", "x", "Narrativa per ragazzi"),
    ("610", "0 ", "a", "mare", "a", "sorelle"),
    ("676", "  ", "a", "823.914", "v", "23"),
    ("700", " 1", "a", "Verdi", "b", ", Ada", "3", "IT\\ICCU\\TSTV\\000001", "4", "070"),
    ("702", " 1", "a", "Gialli", "b", ", Eva", "3", "TSTV000002"),
    ("702", " 1", "a", "Neri", "b", "Ugo", "4", "440"),
    ("801", " 3", "a", "IT", "b", "TEST"),
    ("995", "  ", "b", "NORTE", "f", "C1", "k", "R N VER", "r", "book"),
]


def iso2709(fields, leader=MARC21_LEADER, encoding="utf-8"):
    """Return a record as ISO 2709, with right lengths; values that are bytes go in as they are."""
    directory, body = b"", b""
    for tag, *content in fields:
        data = _content(content, encoding) + b"\x1e"
        directory += b"%s%04d%05d" % (tag.encode(), len(data), len(body))
        body += data
    base = 24 + len(directory) + 1
    length = base + len(body) + 1
    head = b"%05d%s%05d%s" % (length, leader[5:12].encode(), base, leader[17:].encode())
    return head + directory + b"\x1e" + body + b"\x1d"


def _content(content, encoding):
    def coded(text):
        return text if isinstance(text, bytes) else text.encode(encoding)

    if len(content) == 1:
        return coded(content[0])
    indicators, *subfields = content
    parts = [b"\x1f" + coded(code) + coded(text) for code, text in zip(subfields[::2], subfields[1::2], strict=True)]
    return coded(indicators) + b"".join(parts)


def marcxml(*records, namespace=SLIM, leader=MARC21_LEADER, attributes=""):
    """Return records as MARCXML."""
    inner = "".join(xml_record(fields, leader=leader, attributes=attributes) for fields in records)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<collection xmlns="{namespace}">\n{inner}</collection>\n'.encode()


def xml_record(fields, leader=MARC21_LEADER, attributes=""):
    """Return one record element."""
    lines = [f"<record{attributes}>", f"  <leader>{leader}</leader>"]
    for tag, *content in fields:
        if len(content) == 1:
            lines.append(f"  <controlfield tag={quoteattr(tag)}>{escape(content[0])}</controlfield>")
            continue
        indicators, *subfields = content
        lines.append(f'  <datafield tag={quoteattr(tag)} ind1="{indicators[0]}" ind2="{indicators[1]}">')
        lines += [
            f"    <subfield code={quoteattr(code)}>{escape(text)}</subfield>"
            for code, text in zip(subfields[::2], subfields[1::2], strict=True)
        ]
        lines.append("  </datafield>")
    return "\n".join([*lines, "</record>\n"])


def as_json(fields, leader=MARC21_LEADER):
    """Return a record as MARC-in-JSON, written out by hand rather than by the importer."""
    listed = []
    for tag, *content in fields:
        if len(content) == 1:
            listed.append({tag: content[0]})
        else:
            indicators, *subfields = content
            pairs = [{code: text} for code, text in zip(subfields[::2], subfields[1::2], strict=True)]
            listed.append({tag: {"ind1": indicators[0], "ind2": indicators[1], "subfields": pairs}})
    return {"leader": leader, "fields": listed}


def simple(number, title="Titolo", *more):
    """Return the fields of a plain MARC21 record; without a number it has no field 001."""
    named = [("001", number)] if number else []
    return [*named, ("008", "261122s2001    it            000 0 ita d"), ("245", "00", "a", title), *more]


def simple_unimarc(number, title="Titolo", *more):
    """Return the fields of a plain UNIMARC record."""
    return [("001", number), ("100", "  ", "a", GENERAL), ("200", "1 ", "a", title), *more]
