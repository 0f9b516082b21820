"""What a partner is told after each act: how it went and what to do now, in one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib import messages
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from loans.records import Applied

GOOD, WARN, BAD = "good", "warn", "bad"
LEVELS = {GOOD: messages.SUCCESS, WARN: messages.WARNING, BAD: messages.ERROR}


@dataclass(frozen=True)
class Told:
    """One answer on the screen: `tone` colours it, `number` stands beside it in large figures."""

    tone: str
    sentence: str
    number: int | None = None


# The codes that `loans.records` gives: (tone, sentence, whether to show the number on the tag).
ANSWERS: dict[str, tuple[str, str | Promise, bool]] = {
    "received": (GOOD, _("Taken in. Put it on shelf number %(number)s."), True),
    "already_received": (WARN, _("Taken in already. Its place is shelf number %(number)s."), True),
    "goes_back": (WARN, _("Nobody waits for it any more. Put it with the things for the driver."), False),
    "wrong_point": (
        WARN,
        _("This parcel belongs to another point. Put it with the things for the driver; the library has been told."),
        False,
    ),
    "crate_received": (
        GOOD,
        _("The crate is taken in with all its parcels. Put each on the number on its tag; say if one is missing."),
        False,
    ),
    "crate_miscounted": (
        WARN,
        _(
            "The crate is taken in, but another number was sealed in it. Say which parcel is missing, or put what is "
            "too much with the things for the driver. The library has been told."
        ),
        False,
    ),
    "crate_for_another": (
        WARN,
        _("This crate belongs to another place. Give it back to the driver; the library has been told."),
        False,
    ),
    "unknown_tag": (
        BAD,
        _(
            "No parcel has the tag %(what)s. Check it letter by letter; if it is right, put the parcel aside for the "
            "driver. The library has been told."
        ),
        False,
    ),
    "handed_over": (GOOD, _("Handed over. Shelf number %(number)s is free again."), False),
    "already_handed_over": (
        WARN,
        _("This parcel has already been handed over or gone back. Nothing more to do."),
        False,
    ),
    "handed_over_late": (
        WARN,
        _("Handed over. The reservation had ended meanwhile: the library has been told, you need do nothing."),
        False,
    ),
    "parcel_gone": (
        WARN,
        _("By our records this parcel was no longer here. It is written down and the library has been told."),
        False,
    ),
    "returned": (GOOD, _("Returned. Put it in the returns bag. Receipt %(receipt)s."), False),
    "already_returned": (WARN, _("This return was written down already. Put it in the returns bag."), False),
    "tag_not_barcode": (BAD, _("This is the tag of a parcel. Scan the library's barcode on the item."), False),
    "unknown_barcode": (
        WARN,
        _(
            "We do not know the barcode %(what)s. If it is right, put the item in the returns bag all the same; the "
            "library has been told."
        ),
        False,
    ),
    "not_on_loan": (
        WARN,
        _("By our records it was not on loan. Put it in the returns bag all the same; the library has been told."),
        False,
    ),
    "parcel_missed": (
        WARN,
        _("Written down as missing. The library looks for it, and its reader is told to wait."),
        False,
    ),
    "loan_voided": (
        GOOD,
        _("The loan is struck off and the reader keeps the turn. Put what you have with the things for the driver."),
        False,
    ),
    "fault_kept": (
        WARN,
        _("It is written down and the library has been told. Put what you have with the things for the driver."),
        False,
    ),
    "crate_sealed": (GOOD, _("Crate %(receipt)s is ready. Give it to the driver as it is."), False),
    "crate_differs": (
        WARN,
        _("By our records another number goes back. Give all of it to the driver; the library has been told."),
        False,
    ),
    "day_closed": (GOOD, _("The day is closed: what you counted is what we have written down."), False),
    "count_differs": (
        WARN,
        _("By our records another number is here. Count again; if it is right, the library has been told."),
        False,
    ),
    "bad_report": (BAD, _("We could not read this. It is written down and the library has been told."), False),
}
UNFORESEEN: tuple[str, str | Promise, bool] = (WARN, _("It is written down. The library will look at it."), False)


def tell(applied: Applied, *, what: str = "") -> Told:
    """Return what to say of a report that was kept; `what` is the tag or barcode as it was typed."""
    tone, sentence, shows_number = ANSWERS.get(applied.detail, UNFORESEEN)
    words = {"number": applied.shelf_number, "receipt": applied.receipt, "what": what}
    return Told(tone, str(sentence) % words, applied.shelf_number if shows_number else None)
