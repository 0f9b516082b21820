"""What the desk is told after a scan: in words first, with a colour and an icon beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from loans.lending import CheckIn, NextStep
from milanolib import clock
from milanolib.errors import DomainError

if TYPE_CHECKING:
    from accounts.models import Reader
    from loans.models import Loan

TONES = {NextStep.SHELF: "shelf", NextStep.HOLD_SHELF: "hold", NextStep.PACK: "pack", NextStep.CRATE: "crate"}
ICONS = {NextStep.SHELF: "book", NextStep.HOLD_SHELF: "bell", NextStep.PACK: "card", NextStep.CRATE: "truck"}


@dataclass(frozen=True)
class Told:
    """One answer to a scan: the step in big words, where, and what else is worth knowing."""

    step: str
    where: str
    detail: str
    tone: str
    icon: str

    def __str__(self) -> str:
        """Return all of it as one line, for a message on the next page."""
        return " · ".join(part for part in (self.step, self.where, self.detail) if part)


def shelf_label(reader: Reader) -> str:
    """Return how a reader is named on the hold shelf: initials and the last four digits of the card."""
    return f"{reader.initials} {reader.card_number[-4:]}"


def tell(outcome: CheckIn) -> Told:
    """Say where a copy in hand goes."""
    where, detail = "", ""
    match outcome.step:
        case NextStep.SHELF:
            where = outcome.copy.shelf_mark
        case NextStep.HOLD_SHELF:
            where, detail = _on_the_shelf(outcome)
        case _:
            where = _("for %(place)s") % {"place": outcome.destination}
    return Told(
        step=str(NextStep(outcome.step).label),
        where=where,
        detail=detail,
        tone=TONES[NextStep(outcome.step)],
        icon=ICONS[NextStep(outcome.step)],
    )


def _on_the_shelf(outcome: CheckIn) -> tuple[str, str]:
    hold = outcome.hold
    if hold is None or hold.reader is None:
        return "", ""
    if hold.keep_until is None:
        return shelf_label(hold.reader), ""
    day = date_format(hold.keep_until, "l j F")
    return shelf_label(hold.reader), _("keep it until %(day)s") % {"day": day}


def tell_refusal(code: str, params: dict[str, object]) -> str:
    """Return the sentence of the rule that would have refused what a desk reported; '' for a rule that is no more."""
    kind = next((kind for kind in DomainError.__subclasses__() if kind.code == code), None)
    try:
        return str(kind(**params)) if kind is not None else ""
    except (KeyError, ValueError, TypeError):  # its sentence has other parameters by now
        return ""


def tell_end(now_closed: Loan | None, last: Loan | None) -> str:
    """Say when the loan ended, and where, if it was not here and now; '' when there was none."""
    if now_closed is not None:
        return _("The loan ended now.")
    if last is None or last.closed_at is None:
        return ""
    at = date_format(clock.local(last.closed_at), "j F, H:i")
    return _("The loan had ended on %(at)s at %(place)s.") % {"at": at, "place": last.returned_place}
