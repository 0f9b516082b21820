"""A branch's call list: readers whom no channel reaches, with what they are to be told. No title stands there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from loans.models import Hold, Loan
from loans.states import HoldStatus, LoanStatus
from loans.unfillable import library_of
from milanolib import clock
from notifications.calls import to_be_called

if TYPE_CHECKING:
    from accounts.models import Reader
    from branches.models import Place
    from notifications.models import Call, Message

MOST_MESSAGES = 2000  # of the whole network, looked at for one branch


@dataclass
class CallLine:
    """A reader to call, what to say, and how earlier calls ended."""

    reader: Reader
    messages: list[Message] = field(default_factory=list)
    says: list[str] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)


def calls_of(place: Place) -> list[CallLine]:
    """Return whom a branch calls, who waits longest first; four statements, however many they are.

    Only what is still true, once for each reservation and loan.
    """
    messages = list(to_be_called().select_related("reader").prefetch_related("calls")[:MOST_MESSAGES])
    holds = Hold.objects.select_related("pickup_place__parent", "pickup_place__vehicle").in_bulk(
        {one.params["hold"] for one in messages if "hold" in one.params}
    )
    loans = Loan.objects.select_related("place__parent", "place__vehicle").in_bulk(
        {one.params["loan"] for one in messages if "loan" in one.params}
    )
    lines: dict[int, CallLine] = {}
    for message in messages:
        if "hold" in message.params:
            where, words = _of_hold(message, holds.get(message.params["hold"]))
        else:
            where, words = _of_loan(message, loans.get(message.params.get("loan")))
        if where is None or library_of(where).pk != place.pk or message.reader is None:
            continue
        line = lines.setdefault(message.reader.pk, CallLine(message.reader))
        line.messages.append(message)
        line.calls.extend(message.calls.all())
        if words not in line.says:
            line.says.append(words)
    return list(lines.values())


def _of_hold(message: Message, hold: Hold | None) -> tuple[Place | None, str]:
    """Return where a reservation is collected and what to say of it; no place when it is not true any more."""
    if hold is None:
        return None, ""
    names = {"place": hold.pickup_place.name, "code": hold.pickup_code}
    if hold.status == HoldStatus.READY and hold.keep_until is not None and hold.keep_until >= clock.today():
        names["day"] = date_format(hold.keep_until, "l j F")
        return hold.pickup_place, _("A reservation is ready at %(place)s until %(day)s, code %(code)s.") % names
    if message.kind == "hold_set_back" and hold.is_open:
        return hold.pickup_place, _("A reservation cannot be collected yet at %(place)s; the turn stays.") % names
    if message.kind == "hold_held_back" and hold.is_open:
        return hold.pickup_place, _("A reservation cannot go to the point that was chosen; the turn stays.")
    return None, ""


def _of_loan(message: Message, loan: Loan | None) -> tuple[Place | None, str]:
    """Return where something was lent and what to say of it; no place when it is not true any more."""
    if loan is None:
        return None, ""
    names = {"day": date_format(loan.due_on, "j F")}
    if message.kind == "loan_lost" and loan.status == LoanStatus.LOST:
        return loan.place, _("A loan that was due on %(day)s is taken for lost.") % names
    if loan.status == LoanStatus.OPEN and loan.due_on < clock.today():
        return loan.place, _("A loan was due on %(day)s and has not come back.") % names
    return None, ""
