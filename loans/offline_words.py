"""What a librarian is told of each act that was done without network, when it has been sent."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from loans.records import Applied

GOOD, WARN, BAD = "good", "warn", "bad"
WORDS: dict[str, tuple[str, str | Promise]] = {
    "lent": (GOOD, _("Lent until %(day)s.")),
    "already_lent": (GOOD, _("Was known already: lent until %(day)s.")),
    "lent_and_returned": (GOOD, _("Lent, and back since.")),
    "loan_contradicted": (
        WARN,
        _("Lent. By the records somebody else still had it: that loan has ended just before. A task tells more."),
    ),
    "kept_copy_lent": (
        WARN,
        _("Lent. It was kept for another reader, who has the turn back and waits again. A task tells more."),
    ),
    "lent_anyway": (WARN, _("Lent, although a rule refuses it. A task tells which.")),
    "unknown_card": (BAD, _("No card has this number. The copy counts as missing; a task holds the number.")),
    "unknown_barcode": (BAD, _("No copy has this barcode. A task holds the number.")),
    "taken_in": (GOOD, _("The loan has ended. Scan the copy at check-in: it tells where it goes.")),
    "already_taken_in": (GOOD, _("Was taken in already.")),
    "scan_again": (WARN, _("Scan the copy at check-in: it tells where it goes.")),
    "renewed": (GOOD, _("Renewed until %(day)s.")),
    "already_renewed": (GOOD, _("Was known already: due on %(day)s.")),
    "renewed_anyway": (WARN, _("Renewed until %(day)s, although a rule refuses it. A task tells which.")),
    "not_on_loan": (WARN, _("By the records it was not on loan.")),
    "picked": (GOOD, _("Taken from its shelf for a reader.")),
    "bad_report": (BAD, _("Nobody can read this. It is kept as it came, with a task.")),
    "send_again": (WARN, _("Could not be applied now; it will be sent again.")),
}
UNFORESEEN: tuple[str, str | Promise] = (WARN, _("It is kept. A task tells more."))


def tell_recorded(applied: Applied) -> tuple[str, str]:
    """Return the tone and the sentence for what became of an act."""
    tone, sentence = WORDS.get(applied.detail, UNFORESEEN)
    day = date_format(dt.date.fromisoformat(applied.due_on), "j F Y") if applied.due_on else "?"
    return tone, str(sentence) % {"day": day}
