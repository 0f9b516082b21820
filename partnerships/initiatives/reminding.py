"""Who is booked hears of a date once, the day before."""

from __future__ import annotations

from django.db import transaction

from milanolib import clock
from outbox.events import emit
from partnerships.initiatives.policy import REMIND_BEFORE
from partnerships.initiatives.states import InitiativeStatus
from partnerships.models import InitiativeDate


@transaction.atomic
def remind_of_dates() -> int:
    """Tell who is booked of each date that begins within a day; return how many dates are near. Once for each time."""
    now = clock.now()
    near = InitiativeDate.objects.planned().filter(starts_at__gt=now, starts_at__lte=now + REMIND_BEFORE)
    number = 0
    for date in near.filter(initiative__status=InitiativeStatus.PUBLISHED).order_by("pk"):
        starts = date.starts_at.isoformat()
        emit("partnerships.date_near", key=f"partnerships.date_near:{date.pk}:{starts}", date_id=date.pk, starts=starts)
        number += 1
    return number
