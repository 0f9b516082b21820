"""What is still true of a reservation or a loan when a message about it is to be sent: facts for its text, or None."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from branches.models import Visit
from catalog.models import Copy
from catalog.states import MAY_SERVE
from loans.blocks import blocks_of, standing_of
from loans.expectations import expected_for
from loans.models import Hold, Loan
from loans.parcels import travels_as_parcel
from loans.policy import MOVED_BY_DAYS, overdue_stage
from loans.states import HoldStatus, LoanStatus
from milanolib import clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet

    from notifications import kinds
    from notifications.models import Message


def _holds() -> QuerySet[Hold]:
    return Hold.objects.select_related("pickup_place", "title", "work", "reader").defer("title__record")


def _loans() -> QuerySet[Loan]:
    return Loan.objects.select_related("copy__title", "returned_place", "reader").defer("copy__title__record")


def _hold(message: Message) -> Hold | None:
    return message.just_read(lambda: _holds().filter(pk=message.params.get("hold")).first())


def _loan(message: Message) -> Loan | None:
    return message.just_read(lambda: _loans().filter(pk=message.params.get("loan")).first())


def read_holds(messages: list[Message]) -> dict[int, Hold]:
    """Return the reservations that messages are about, by the messages' numbers, in one statement."""
    by_number = _holds().in_bulk({number for message in messages if (number := message.params.get("hold"))})
    return {
        message.pk: by_number[number] for message in messages if (number := message.params.get("hold")) in by_number
    }


def read_loans(messages: list[Message]) -> dict[int, Loan]:
    """Return the loans that messages are about, as above."""
    by_number = _loans().in_bulk({number for message in messages if (number := message.params.get("loan"))})
    return {
        message.pk: by_number[number] for message in messages if (number := message.params.get("loan")) in by_number
    }


def ready(message: Message) -> kinds.Facts | None:
    """Return the facts while the very copy that was told of can be taken, on its last day too."""
    hold = _hold(message)
    if hold is None or hold.status != HoldStatus.READY or hold.keep_until is None or hold.keep_until < clock.today():
        return None
    if not hold.assignments.filter(pk=message.params.get("assignment"), released_at=None).exists():
        return None
    visits = Visit.objects.filter(stop=hold.pickup_place, on__lte=hold.keep_until).coming(clock.today())
    return {"hold": hold, "title": hold.title or hold.work, "place": hold.pickup_place, "visits": visits}


def expired(message: Message) -> kinds.Facts | None:
    """Return the facts of what was left lying."""
    hold = _hold(message)
    if hold is None or hold.status != HoldStatus.EXPIRED:
        return None
    return {"hold": hold, "title": hold.title or hold.work, "place": hold.pickup_place}


def set_back(message: Message) -> kinds.Facts | None:
    """Told to come, and now told to wait; not to who has been told of another copy meanwhile."""
    hold = _hold(message)
    if hold is None or hold.status == HoldStatus.READY or not hold.is_open:
        return None
    return {"title": hold.title or hold.work, "place": hold.pickup_place}


def held_back(message: Message) -> kinds.Facts | None:
    """Return where it is collected instead, or until when it rests, while it is one of the two."""
    hold = _hold(message)
    if hold is None or not hold.is_open:
        return None
    place = message.params.get("place")  # where a closed point's reservations went, unless the reader chose another
    if place is not None:
        is_so = hold.pickup_place_id == place
    else:
        is_so = hold.suspended_until is not None or not travels_as_parcel(hold.pickup_place)
    if not is_so:
        return None
    why = message.params.get("why")
    until = hold.suspended_until if place is None else None
    return {"title": hold.title or hold.work, "place": hold.pickup_place, "until": until, "why": why}


def doubled(message: Message) -> kinds.Facts | None:
    """Return what was kept of two."""
    hold = _hold(message)
    if hold is None or hold.status != HoldStatus.CANCELLED or hold.reader is None:
        return None
    kept = Hold.objects.open().filter(reader=hold.reader, work=hold.work, level=hold.level)
    other = kept.select_related("pickup_place").first()
    return {"title": hold.work, "place": other.pickup_place} if other is not None else None


def unfillable(message: Message) -> kinds.Facts | None:
    """Return the facts while nothing can fill it."""
    hold = _hold(message)
    if hold is None or hold.status != HoldStatus.QUEUED or hold.unfillable_since is None:
        return None
    others = Copy.objects.filter(title__work=hold.work, status__in=MAY_SERVE, is_lendable=True)
    return {"hold": hold, "title": hold.title or hold.work, "has_other_editions": others.exists()}


def last_day(message: Message) -> kinds.Facts | None:
    """Return the facts on the last day itself, as long as it is kept."""
    hold = _hold(message)
    if hold is None or hold.status != HoldStatus.READY or hold.keep_until != clock.today():
        return None
    if hold.keep_until.isoformat() != message.params.get("day"):
        return None
    return {"hold": hold, "title": hold.title or hold.work, "place": hold.pickup_place}


def date_moved(message: Message) -> kinds.Facts | None:
    """Return the day around which it is expected, if that is still about the one that was to be told."""
    hold = _hold(message)
    if hold is None or not hold.is_open:
        return None
    expected = expected_for([hold]).get(hold.pk)
    day = dt.date.fromisoformat(str(message.params.get("day")))
    if expected is None or expected.on is None or abs(expected.on - day).days > MOVED_BY_DAYS:
        return None
    return {"hold": hold, "title": hold.title or hold.work, "place": hold.pickup_place, "day": expected.on}


def due_soon(message: Message) -> kinds.Facts | None:
    """Return the facts while the day is still to come, and is that day."""
    loan = _due(message)
    return {"loan": loan, "title": loan.copy.title} if loan is not None and loan.due_on > clock.today() else None


def due_today(message: Message) -> kinds.Facts | None:
    """Return the facts on the day itself."""
    loan = _due(message)
    return {"loan": loan, "title": loan.copy.title} if loan is not None and loan.due_on == clock.today() else None


def overdue(stage: int) -> Callable[[Message], kinds.Facts | None]:
    """Return what re-reads the truth of a reminder: the loan is late by as much as that reminder says, not more."""

    def facts(message: Message) -> kinds.Facts | None:
        loan = _due(message)
        if loan is None or overdue_stage((clock.today() - loan.due_on).days) != stage:
            return None
        return {"loan": loan, "title": loan.copy.title}

    return facts


def _due(message: Message) -> Loan | None:
    """Return the loan if it is open and due on the day that the message speaks of."""
    loan = _loan(message)
    if loan is None or loan.status != LoanStatus.OPEN or loan.due_on.isoformat() != message.params.get("due_on"):
        return None
    return loan


def renewed(message: Message) -> kinds.Facts | None:
    """Return the facts while the new day stands."""
    loan = _due(message)
    if loan is None:
        return None
    return {"loan": loan, "title": loan.copy.title, "left": loan.max_renewals - loan.renewals}


def not_renewed(message: Message) -> kinds.Facts | None:
    """Return the facts with the reason, while the day it was due on stands and has not passed."""
    loan = _due(message)
    if loan is None or loan.due_on < clock.today():
        return None
    return {"loan": loan, "title": loan.copy.title, "why": message.params.get("why")}


def closed(message: Message) -> kinds.Facts | None:
    """Return the facts of the receipt."""
    loan = _loan(message)
    if loan is None or loan.status != LoanStatus.CLOSED or loan.closed_at is None or loan.returned_place is None:
        return None
    return {"loan": loan, "title": loan.copy.title, "place": loan.returned_place}


def claimed(message: Message) -> kinds.Facts | None:
    """Return the facts while it is looked for."""
    return _in_state(message, LoanStatus.CLAIMED)


def lost(message: Message) -> kinds.Facts | None:
    """Return the facts while it counts as lost."""
    return _in_state(message, LoanStatus.LOST)


def settled(message: Message) -> kinds.Facts | None:
    """Return the facts of what was made good or was never borrowed."""
    facts = _in_state(message, LoanStatus.CLOSED)
    return facts if facts and facts["loan"].end_reason else None


def _in_state(message: Message, status: LoanStatus) -> kinds.Facts | None:
    loan = _loan(message)
    return {"loan": loan, "title": loan.copy.title} if loan is not None and loan.status == status else None


def suspension_begun(message: Message) -> kinds.Facts | None:
    """Return until when lateness suspends the reader in all, while that return still does."""
    loan = _loan(message)
    if loan is None or loan.suspended_until is None or loan.suspended_until.isoformat() != message.params.get("until"):
        return None
    if loan.reader is None or loan.suspended_until < clock.today():
        return None
    return {"until": standing_of(loan.reader, clock.today()).suspended_until}


def suspension_ended(message: Message) -> kinds.Facts | None:
    """Return whether anything else still stops a reader whom lateness stops no more."""
    reader = message.reader
    if reader is None or standing_of(reader, clock.today()).suspended_until is not None:
        return None
    return {"is_free": not blocks_of(reader)}
