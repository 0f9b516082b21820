"""Whom no channel reaches: which messages a librarian tells by telephone, and how the call ended."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from accounts.services import note_acts
from milanolib import clock
from milanolib.db import lock
from notifications.kinds import all_kinds
from notifications.models import Call, CallOutcome, Message, MessageStatus

if TYPE_CHECKING:
    from accounts.models import Reader, User
    from notifications.querysets import MessageQuerySet

CALLED_WITHIN = dt.timedelta(days=14)  # later nobody needs to hear it any more
SAME_CALL = dt.timedelta(minutes=1)
NOT_REACHED = (MessageStatus.NO_ADDRESS, MessageStatus.REFUSED)


def to_be_called() -> MessageQuerySet:
    """Return the messages that reached their reader by no channel and are worth a call, the eldest first.

    None of those that somebody told, or whose number was wrong. Whether they are still true is the caller's to see.
    """
    kinds = [kind.code for kind in all_kinds() if kind.is_worth_a_call]
    reached = Message.objects.filter(
        reader=OuterRef("reader"), kind=OuterRef("kind"), params=OuterRef("params"), status=MessageStatus.SENT
    )
    over = Call.objects.filter(message=OuterRef("pk")).exclude(outcome=CallOutcome.NO_ANSWER)
    found: MessageQuerySet = (
        Message.objects.filter(status__in=NOT_REACHED, kind__in=kinds, reader__isnull=False)
        .filter(created_at__gte=clock.now() - CALLED_WITHIN)
        .exclude(params={})
        .exclude(Exists(reached))
        .exclude(Exists(over))
        .order_by("created_at", "pk")
    )
    return found


@transaction.atomic
def note_call(
    reader: Reader, messages: list[Message], outcome: str, *, actor: User, place_code: str = ""
) -> list[Message]:
    """Write down how a call to a reader about these messages ended; return those that it was new for.

    Pressed twice, or by two at once, it is one call. Who was not reached stays on the list.
    """
    lock(reader)
    now = clock.now()
    known = Call.objects.filter(message__in=messages).filter(
        Q(outcome=CallOutcome.TOLD) | Q(outcome=outcome, called_at__gte=now - SAME_CALL)
    )
    over = set(known.values_list("message_id", flat=True))
    new = [one for one in messages if one.reader_id == reader.pk and one.pk not in over]
    Call.objects.bulk_create(Call(message=one, outcome=outcome, called_at=now, called_by=actor) for one in new)
    subjects = [f"message:{one.pk}" for one in new]
    note_acts("note_call", subjects, actor=actor, reason=outcome, place_code=place_code)
    return new
