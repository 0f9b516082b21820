"""From the bytes of old catalogues to Unicode: MARC-8, ISO 5426, and UTF-8 that may be damaged.

Each decoder returns the text and whether a byte had no meaning; such a byte becomes U+FFFD, never a guess. The
tables of MARC-8 are pymarc's; its decoder is not used because it drops non-sorting marks and writes to stderr.
"""

from __future__ import annotations

import re
import unicodedata

from pymarc.marc8_mapping import CODESETS, ODD_MAP

UNKNOWN = "\ufffd"
NON_SORT_BEGIN, NON_SORT_END = "\x98", "\x9c"
ESCAPE = 0x1B
ASCII_SET, ANSEL_SET, EAST_ASIAN_SET = 0x42, 0x45, 0x31
EAST_ASIAN_BYTES = 3
SPACE, LAST_ASCII, FIRST_HIGH, LAST_BYTE = 0x20, 0x7F, 0xA0, 0xFF
# Control bytes that mean something in MARC-8 and ISO 5426: non-sorting marks, joiner and non-joiner.
CONTROLS = {0x88: NON_SORT_BEGIN, 0x89: NON_SORT_END, 0x8D: "\u200d", 0x8E: "\u200c"}
_DESIGNATION = re.compile(rb"\x1b(?:\$([,)\-]?)|([(,)\-]))(.)", re.DOTALL)
_SHORT_DESIGNATION = {ord("s"): ASCII_SET, ord("g"): 0x67, ord("b"): 0x62, ord("p"): 0x70}

# ISO 5426-1983, right half: byte to Unicode. Marks in the second table stand before the letter they belong to.
_ISO5426 = {
    0xA1: 0x00A1, 0xA2: 0x201E, 0xA3: 0x00A3, 0xA4: 0x0024, 0xA5: 0x00A5, 0xA6: 0x2020, 0xA7: 0x00A7, 0xA8: 0x2032,
    0xA9: 0x2018, 0xAA: 0x201C, 0xAB: 0x00AB, 0xAC: 0x266D, 0xAD: 0x00A9, 0xAE: 0x2117, 0xAF: 0x00AE, 0xB0: 0x02BB,
    0xB1: 0x02BC, 0xB2: 0x201A, 0xB6: 0x2021, 0xB7: 0x00B7, 0xB8: 0x2033, 0xB9: 0x2019, 0xBA: 0x201D, 0xBB: 0x00BB,
    0xBC: 0x266F, 0xBD: 0x02B9, 0xBE: 0x02BA, 0xBF: 0x00BF, 0xE1: 0x00C6, 0xE2: 0x0110, 0xE6: 0x0132, 0xE8: 0x0141,
    0xE9: 0x00D8, 0xEA: 0x0152, 0xEC: 0x00DE, 0xF1: 0x00E6, 0xF2: 0x0111, 0xF3: 0x00F0, 0xF5: 0x0131, 0xF6: 0x0133,
    0xF8: 0x0142, 0xF9: 0x00F8, 0xFA: 0x0153, 0xFB: 0x00DF, 0xFC: 0x00FE,
}  # fmt: skip
_ISO5426_MARKS = {
    0xC0: "\u0309", 0xC1: "\u0300", 0xC2: "\u0301", 0xC3: "\u0302", 0xC4: "\u0303", 0xC5: "\u0304", 0xC6: "\u0306",
    0xC7: "\u0307", 0xC8: "\u0308", 0xC9: "\u0308", 0xCA: "\u030a", 0xCB: "\u0315", 0xCC: "\u0312", 0xCD: "\u030b",
    0xCE: "\u031b", 0xCF: "\u030c", 0xD0: "\u0327", 0xD1: "\u031c", 0xD2: "\u0326", 0xD3: "\u0328", 0xD4: "\u0325",
    0xD5: "\u032e", 0xD6: "\u0323", 0xD7: "\u0324", 0xD8: "\u0332", 0xD9: "\u0333", 0xDA: "\u0329", 0xDB: "\u032d",
}  # fmt: skip


def from_utf8(data: bytes) -> tuple[str, bool]:
    """Return the text, with U+FFFD for what is not UTF-8."""
    try:
        return data.decode("utf-8"), False
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace"), True


def from_iso5426(data: bytes) -> tuple[str, bool]:
    """Return the text of ISO 646 with ISO 5426 (UNIMARC character sets 01 and 03)."""
    if data.isascii() and ESCAPE not in data:
        return data.decode("ascii"), False
    letters: list[str] = []
    marks: list[str] = []
    is_damaged = False
    for byte in data:
        if byte in _ISO5426_MARKS:
            marks.append(_ISO5426_MARKS[byte])
            continue
        if byte <= LAST_ASCII:
            letter = chr(byte)
        else:
            letter = chr(_ISO5426[byte]) if byte in _ISO5426 else CONTROLS.get(byte, UNKNOWN)
        is_damaged = is_damaged or letter == UNKNOWN or byte == ESCAPE
        letters.append(letter)
        letters += marks
        marks.clear()
    letters += marks
    return unicodedata.normalize("NFC", "".join(letters)), is_damaged


def from_marc8(data: bytes) -> tuple[str, bool]:
    """Return the text of MARC-8, East Asian characters included."""
    if data.isascii() and ESCAPE not in data:
        return data.decode("ascii"), False
    letters: list[str] = []
    marks: list[str] = []
    is_damaged = False
    low, high = ASCII_SET, ANSEL_SET
    place = 0
    while place < len(data):
        byte = data[place]
        if byte == ESCAPE:
            chosen = _designated(data, place)
            if chosen is None:
                letters.append("\x1b")  # a stray one: kept, so that whoever mends the record can see it
                is_damaged = True
                place += 1
            else:
                is_low, charset, place = chosen
                low, high = (charset, high) if is_low else (low, charset)
            continue
        if low == EAST_ASIAN_SET and SPACE < byte <= LAST_ASCII:
            triple = data[place : place + EAST_ASIAN_BYTES].partition(b"\x1b")[0]  # one cut short ends where it ends
            code = int.from_bytes(triple, "big")
            charset = low
            place += len(triple)
        else:
            code = byte
            charset = high if byte > LAST_ASCII else low
            place += 1
        letter, is_mark = _marc8_letter(charset, code)
        is_damaged = is_damaged or letter == UNKNOWN
        if is_mark:
            marks.append(letter)
            continue
        letters.append(letter)
        letters += marks
        marks.clear()
    letters += marks
    return unicodedata.normalize("NFC", "".join(letters)), is_damaged


def _marc8_letter(charset: int, code: int) -> tuple[str, bool]:
    if code <= SPACE or LAST_ASCII < code < FIRST_HIGH:
        return CONTROLS.get(code) or chr(code), False
    table = CODESETS[charset]
    known = table.get(code) or (table.get(code ^ 0x80) if code <= LAST_BYTE else None)  # either half of the code page
    if known is not None:
        return chr(known[0]), bool(known[1])
    odd = ODD_MAP.get(code)
    return (chr(odd) if odd is not None else UNKNOWN), False


def _designated(data: bytes, place: int) -> tuple[bool, int, int] | None:
    """Return (whether for the lower half, character set, where to read on) of an escape sequence, or None."""
    if match := _DESIGNATION.match(data, place):
        which = match[1] if match[1] is not None else match[2]
        charset = match[3][0]
        return (which in (b"(", b",", b""), charset, match.end()) if charset in CODESETS else None
    short = _SHORT_DESIGNATION.get(data[place + 1]) if place + 1 < len(data) else None
    return (True, short, place + 2) if short in CODESETS else None
