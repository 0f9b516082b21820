"""Barcodes of copies: ours are `MI`, eight digits and a check digit (Luhn); others stay as they are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.db import connection
from django.utils.translation import gettext_lazy as _

from accounts.cards import luhn_digit
from catalog.models import Copy
from milanolib.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFIX, DIGITS = "MI", 8
OURS = re.compile(rf"{PREFIX}\d{{{DIGITS + 1}}}")
_READABLE = re.compile(r"[0-9A-Za-z][0-9A-Za-z.$/+%-]{2,39}")
_ONE_AT_A_TIME = 0x6D6C_6263  # any number of our own: two desks never get one number


class BarcodeWrong(DomainError):
    """A barcode that a scanner or a hand got wrong."""

    code = "barcode_wrong"
    message = _("%(barcode)s is not a barcode of ours: its last digit does not fit the others. Scan it again.")


class BarcodeUnreadable(DomainError):
    """Not what a scanner reads."""

    code = "barcode_unreadable"
    message = _("A barcode has three to forty letters and digits, without blanks. Scan it again.")


class BarcodesUsedUp(DomainError):
    """No number is left."""

    code = "barcodes_used_up"
    message = _("There is no free number after the last one. Stick on a new label and scan it.")


def with_check_digit(number: int) -> str:
    """Return the barcode of a number of eight digits."""
    digits = f"{number:0{DIGITS}d}"
    return f"{PREFIX}{digits}{luhn_digit(digits)}"


def tidy_barcode(text: str) -> str:
    """Return a barcode as it was scanned or typed. Raises BarcodeUnreadable, and BarcodeWrong for one of ours."""
    barcode = "".join(text.split())
    if OURS.fullmatch(barcode.upper()):
        barcode = barcode.upper()
        if luhn_digit(barcode[len(PREFIX) : -1]) != barcode[-1]:
            raise BarcodeWrong(barcode=barcode)
    if not _READABLE.fullmatch(barcode):
        raise BarcodeUnreadable
    return barcode


def next_barcode() -> str:
    """Return the barcode after the last one of ours; in a transaction it is kept from others until its end.

    Raises BarcodesUsedUp.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_AT_A_TIME])
    last = (
        Copy.objects.filter(barcode__startswith=PREFIX, barcode__regex=rf"^{PREFIX}[0-9]{{{DIGITS + 1}}}$")
        .order_by("-barcode")
        .values_list("barcode", flat=True)
        .first()
    )
    number = int(last[len(PREFIX) : -1]) + 1 if last else 1
    if number >= 10**DIGITS:
        raise BarcodesUsedUp
    return with_check_digit(number)


def barcodes_between(first: str, last: str) -> Iterator[str]:
    """Yield our barcodes from one to another, both included; nothing when these are not two of ours in order."""
    ends = [one for one in (first, last) if OURS.fullmatch(one)]
    if len(ends) == 2:  # noqa: PLR2004  a first and a last
        start, stop = (int(one[len(PREFIX) : -1]) for one in ends)
        for number in range(start, stop + 1):
            yield with_check_digit(number)
