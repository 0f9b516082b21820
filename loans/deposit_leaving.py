"""A house says that the books of a deposit are ready to go: the set leaves by that, to its next stay or home.

Volunteers pack when they have time, not when a librarian presses a button. What they say is what a librarian's own act
would do; it is a day rather than a minute, because the van comes when its round does.
"""

from __future__ import annotations

import datetime as dt
import logging
from typing import TYPE_CHECKING

from loans.deposit_errors import StayNotReceived
from loans.deposit_moves import bring_home, send_deposit
from loans.deposits import lock_set, next_stay
from loans.errors import DayTooEarly, DayTooLate
from loans.models import DepositStay, Task, TaskKind
from loans.policy import READY_WITHIN_DAYS
from milanolib import clock
from milanolib.db import lock, restartable
from milanolib.errors import DomainError

if TYPE_CHECKING:
    from django.db.models import QuerySet

log = logging.getLogger(__name__)


def say_ready(stay: DepositStay, *, from_on: dt.date, counted: int) -> DepositStay:
    """The books of a deposit can be fetched from a day on, so many by the volunteers' count; the last word counts.

    From that day on they wait in a sealed crate for the van, for the next house where a stay is planned, else for their
    library; until then a task tells the library. Said again after they have left, nothing changes. Raises
    StayNotReceived, DayTooEarly, DayTooLate.
    """
    _note_ready(stay, from_on, counted)
    if stay.left_at is None and from_on <= clock.today():
        _let_go(stay)
    return stay


@restartable
def _note_ready(stay: DepositStay, from_on: dt.date, counted: int) -> None:
    lock(stay.deposit)
    stay.refresh_from_db()
    if stay.left_at is not None:
        return
    today = clock.today()
    if stay.received_at is None:
        raise StayNotReceived
    if from_on < today:
        raise DayTooEarly
    if from_on > today + dt.timedelta(days=READY_WITHIN_DAYS):
        raise DayTooLate
    stay.ready_from, stay.ready_count = from_on, counted
    stay.save(update_fields=["ready_from", "ready_count"])
    if from_on > today:
        library, now = stay.deposit.library, clock.now()
        task = Task(kind=TaskKind.DEPOSIT_READY, place=library, point_id=stay.place_id, opened_at=now)
        Task.objects.bulk_create([task], ignore_conflicts=True)  # another set of that house may be ready too


def let_ready_go() -> int:
    """Let all sets leave whose day has come; return how many do. Each by itself, safe to repeat.

    One that cannot, as its next stay is planned for the very same house, keeps its task.
    """
    gone = 0
    for stay in list(ready_stays().filter(ready_from__lte=clock.today()).order_by("ready_from", "pk")):
        try:
            _let_go(stay)
        except DomainError as refusal:
            log.warning("deposit %s stays: %s", stay.deposit_id, refusal.code)
        else:
            gone += 1
    return gone


def ready_stays() -> QuerySet[DepositStay]:
    """Return the stays whose books can be fetched, by the volunteers' word, and have not left."""
    return DepositStay.objects.filter(ready_from__isnull=False, left_at=None).select_related("deposit", "place")


@restartable
def _let_go(stay: DepositStay) -> None:
    copies = lock_set(stay.deposit)
    stay.refresh_from_db()
    if stay.left_at is not None:
        return
    following = next_stay(stay.deposit)
    if following is not None and copies:
        send_deposit(following, counted=stay.ready_count, actor=None)
    else:
        bring_home(stay.deposit, counted=stay.ready_count, actor=None)
    stay.refresh_from_db()
