"""Why a reader may not borrow or reserve now. Derived from the rows each time it is asked, never stored beside them."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.formats import date_format

from accounts.models import ReaderStatus
from loans.errors import CardExpired, NotCollectedBefore, ReaderClosed, ReaderSuspended, TooManyOverdue, TooYoung
from loans.models import Hold, Loan, ReaderRule
from loans.policy import age_on, reader_rule_of
from loans.states import STANDING_LOAN, HoldStatus, LoanStatus
from milanolib import clock

if TYPE_CHECKING:
    from accounts.models import Reader
    from loans.overriding import Override
    from milanolib.errors import DomainError


@dataclass
class Standing:
    """What a reader has, as far as rules ask: counted once, in one statement, however long the past is."""

    loans: int = 0
    by_group: Counter[str] = field(default_factory=Counter)
    overdue: int = 0
    suspended_until: dt.date | None = None


def reader_rule(reader: Reader) -> ReaderRule:
    """Return how much this reader may have. Raises ReaderClosed."""
    if reader.status == ReaderStatus.CLOSED:
        raise ReaderClosed
    rules = ReaderRule.objects.filter(reader_status=reader.status)
    return reader_rule_of(rules, status=reader.status, category=reader.category)


def standing_of(reader: Reader, today: dt.date) -> Standing:
    """Return a reader's loans by what counts together, how many are late, and until when lateness suspends."""
    rows = (
        Loan.objects.filter(reader=reader)
        .filter(Q(status__in=STANDING_LOAN) | Q(suspended_until__gte=today))
        .values_list("status", "due_on", "limit_group", "counts_in_total", "suspended_until")
    )
    standing = Standing()
    for status, due_on, group, counts, suspended_until in rows:
        if status == LoanStatus.CLOSED:
            days = [day for day in (suspended_until, standing.suspended_until) if day is not None]
            standing.suspended_until = max(days)
            continue
        standing.loans += counts
        standing.by_group[group] += 1
        standing.overdue += status == LoanStatus.OPEN and due_on < today
    return standing


def blocks_from(reader: Reader, rule: ReaderRule, standing: Standing, today: dt.date) -> list[DomainError]:
    """Return what forbids any new loan and reservation, each with its reason and remedy. Pure."""
    blocks: list[DomainError] = []
    if reader.card_expires_on is not None and reader.card_expires_on < today:
        blocks.append(CardExpired())
    if standing.suspended_until is not None:
        blocks.append(ReaderSuspended(until=date_format(standing.suspended_until, "j F Y")))
    if standing.overdue > rule.max_overdue:
        blocks.append(TooManyOverdue(count=standing.overdue))
    return blocks


def not_collected_until(reader: Reader, rule: ReaderRule, today: dt.date) -> dt.date | None:
    """Return until when reservations left lying forbid new ones; None when they do not."""
    if not rule.not_collected_days:
        return None
    since = clock.start_of(today - dt.timedelta(days=rule.not_collected_days))
    ended = Hold.objects.filter(reader=reader, status=HoldStatus.EXPIRED, ended_at__gte=since).values_list(
        "ended_at", flat=True
    )
    last_days = sorted(clock.local(at).date() + dt.timedelta(days=rule.not_collected_days) for at in ended if at)
    # as soon as the oldest of those that are too many is forgotten, the reader may reserve again
    too_many = len(last_days) - rule.max_not_collected
    return last_days[too_many - 1] if too_many > 0 else None


def reserving_blocks(reader: Reader, rule: ReaderRule, today: dt.date) -> list[DomainError]:
    """Return what forbids a new reservation: what forbids a loan, and reservations that were not collected."""
    blocks = blocks_from(reader, rule, standing_of(reader, today), today)
    until = not_collected_until(reader, rule, today)
    if until is not None:
        blocks.append(NotCollectedBefore(until=date_format(until, "j F Y")))
    return blocks


def blocks_of(reader: Reader) -> list[DomainError]:
    """Return everything that forbids this reader something new today, for pages: four statements at most."""
    try:
        rule = reader_rule(reader)
    except ReaderClosed as closed:
        return [closed]
    return reserving_blocks(reader, rule, clock.today())


def refuse_age(reader: Reader, from_age: int, on: dt.date, permit: Override) -> None:
    """Raise TooYoung for a reader who is known to be younger than that."""
    if reader.born_on is not None and age_on(on, reader.born_on) < from_age:
        permit.check(TooYoung(age=from_age))


def still_counting() -> Q:
    """Return the condition on reservations that were not collected and still count against their reader."""
    counting = Q(pk__in=[])
    for rule in ReaderRule.objects.filter(not_collected_days__gt=0):
        since = clock.start_of(clock.today() - dt.timedelta(days=rule.not_collected_days))
        counting |= Q(status=HoldStatus.EXPIRED, reader__status=rule.reader_status, ended_at__gte=since)
    return counting
