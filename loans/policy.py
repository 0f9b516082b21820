"""How long, how many, which copy. Pure: gets rows and dates, reads no clock and asks no database."""

from __future__ import annotations

import calendar
import datetime as dt
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from accounts.policy import ADULT_AGE, age_on
from branches.models.place import PlaceKind
from loans.states import HoldLevel
from milanolib import clock

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from accounts.models import Reader
    from branches.calendar import Calendar
    from branches.models import Place
    from catalog.models import Copy
    from loans.models import Hold, KeepingRule, LoanRule, ReaderRule

TEEN_AGE = 14
UNLINK_AFTER_DAYS = 7  # after a clean return no row joins reader and title
DUE_SOON_DAYS = 3
OVERDUE_DAYS = (1, 8, 22)  # so many days past the date the first, the second and the last reminder go out
MOVED_BY_DAYS = 2  # an expected day that moves by more is told
GROUP_LEAST, GROUP_MOST = 2, 10  # titles that can be reserved together
GROUP_COPIES_MOST = 30  # copies of them in all: each try to serve a set looks at all
MAX_SUSPENDED_DAYS = 180  # of one reservation in all; longer and others would wait for readers who do not come back
LATE_ON_THE_ROAD_DAYS = 4  # a copy is looked for when it is later than that
READY_WITHIN_DAYS = 60  # so far ahead volunteers may say from when on a deposit can be fetched
MAY_STAND_DAYS = 3  # so many nights a crate may stand before a door that is closed, and no longer
# Where a librarian can take a copy from its shelf; what lies in a machine is lent on the spot only.
PICKABLE = (PlaceKind.BRANCH, PlaceKind.VEHICLE, PlaceKind.HUB)
# Points whose copies travel wrapped, known only by a tag.
PARCEL_KINDS = (PlaceKind.NEWSSTAND, PlaceKind.BOOKSHOP, PlaceKind.CONDOMINIUM, PlaceKind.LOCKER)


def material_class(copy: Copy) -> str:
    """Return what a copy is lent as: its own loan class, else its title's material; needs `copy.title` fetched."""
    return copy.loan_class or copy.title.material


@dataclass(frozen=True)
class Judged:
    """One rule before one loan: whether it fits, what it fails by, and how specific it is."""

    rule: LoanRule
    fails_by: str  # the first thing that does not fit; '' when all does

    @property
    def rank(self) -> tuple[bool, ...]:
        """Return how specific the rule is, compared in the fixed order; a rule for some time beats one for always."""
        rule = self.rule
        return (
            bool(rule.material),
            bool(rule.reader_category),
            rule.branch_id is not None,
            bool(rule.place_kind),
            rule.is_dated,
        )


def judge_loan_rules(
    rules: Iterable[LoanRule], *, material: str, reader_category: str, place: Place, on: dt.date
) -> list[Judged]:
    """Return every rule with whether it fits: those that do first, the one that decides at the head.

    The fixed order, most specific first: material class, reader's category, branch, kind of point, dates. That two
    rules fit and are equally specific is refused by the database (loans/models/rules.py).
    """
    judged = []
    for rule in rules:
        tests = (
            ("material", rule.material in ("", material)),
            ("reader_category", rule.reader_category in ("", reader_category)),
            ("branch", rule.branch_id in (None, place.pk)),
            ("place_kind", rule.place_kind in ("", place.kind)),
            ("valid_from", rule.valid_from is None or rule.valid_from <= on),
            ("valid_to", rule.valid_to is None or on <= rule.valid_to),
        )
        judged.append(Judged(rule, next((name for name, fits in tests if not fits), "")))
    return sorted(judged, key=lambda one: (not one.fails_by, one.rank), reverse=True)


def loan_rule_for(
    rules: Iterable[LoanRule], *, material: str, reader_category: str, place: Place, on: dt.date
) -> LoanRule:
    """Return the rule that decides a loan. Raises LookupError when not even the general rule is there."""
    judged = judge_loan_rules(rules, material=material, reader_category=reader_category, place=place, on=on)
    if not judged or judged[0].fails_by:
        raise LookupError("no loan rule fits: the general one is missing")
    return judged[0].rule


def reader_rule_of(rules: Iterable[ReaderRule], *, status: str, category: str) -> ReaderRule:
    """Return how much a reader may have: the rule for the category, else the one for any. Raises LookupError."""
    fitting = [rule for rule in rules if rule.reader_status == status and rule.reader_category in ("", category)]
    if not fitting:
        raise LookupError(f"no reader rule for {status}")
    return max(fitting, key=lambda rule: bool(rule.reader_category))


def first_lent_on(rule: LoanRule, *, year: int | None, added_on: dt.date | None) -> dt.date | None:
    """Return from when a copy may be lent although it is new; None when the rule asks for no wait or nobody can say.

    Of its publication only the year is known: it was out by the last day of that year, and by the day on which the
    library had it (law 633/1941, article 69: eighteen months from the first sale). What bears no year is old as a rule.
    """
    if not rule.not_lent_months or year is None:
        return None
    out_by = dt.date(year, 12, 31)
    return months_after(min(out_by, added_on or out_by), rule.not_lent_months)


def months_after(day: dt.date, months: int) -> dt.date:
    """Return the same day some months later; a day that the month does not have becomes its last."""
    year, month = divmod(day.month - 1 + months, 12)
    last = calendar.monthrange(day.year + year, month + 1)[1]
    return dt.date(day.year + year, month + 1, min(day.day, last))


def suspension_days(late_days: int, *, grace_days: int, per_day: Decimal, most: int) -> int:
    """Return for how many days lateness suspends a reader: none within the grace, else so many a day, up to `most`."""
    if late_days <= grace_days:
        return 0
    return min(math.ceil(late_days * per_day), most)


def late_days(due: dt.date, returned: dt.date, hours: Calendar) -> int:
    """Return how many days late a copy came back; days on which the lending place was shut do not count."""
    days = (returned - due).days
    return sum(hours.is_open_on(due + dt.timedelta(days=day)) is not False for day in range(1, min(days, 400) + 1))


def overdue_stage(days_late: int) -> int:
    """Return which reminder a loan so many days past its date has come to: 0 (none), 1, 2 or 3."""
    return sum(days_late >= days for days in OVERDUE_DAYS)


def due_on(lent_on: dt.date, days: int, hours: Calendar) -> dt.date:
    """Return the last day of a loan: `days` later, moved to the next day on which the lending place opens.

    A place that does not open within 400 days keeps the plain date.
    """
    plain = lent_on + dt.timedelta(days=days)
    return hours.next_open_day(plain) or plain


def looked_for_after(requested_on: dt.date, expected_on: dt.date | None) -> dt.date:
    """Return the last day on which a copy may still be on the road: it is late by as long as its way, or four days."""
    expected = expected_on or requested_on
    way = (expected - requested_on).days
    return expected + dt.timedelta(days=max(way, LATE_ON_THE_ROAD_DAYS))


def keep_until(ready_on: dt.date, rule: KeepingRule, hours: Calendar) -> dt.date:
    """Return the last day on which a ready copy is kept: calendar days moved to an open one, or the n-th visit."""
    if rule.visits:
        visits = hours.open_days(ready_on, rule.visits)
        return visits[-1] if visits else ready_on + dt.timedelta(days=7 * rule.visits)
    plain = ready_on + dt.timedelta(days=rule.days)
    return hours.next_open_day(plain) or plain


def last_day_kept(ready_at: dt.datetime, rule: KeepingRule, hours: Calendar) -> dt.date:
    """Return until which day a copy ready since `ready_at` (aware) is kept; a visit that was over then does not count.

    `hours` reach from that day on.
    """
    start = clock.local(ready_at).date()
    openings = hours.openings_on(start)
    if rule.visits and openings and openings[-1].ends <= ready_at:
        start += dt.timedelta(days=1)
    return keep_until(start, rule, hours)


def can_collect_at(rule: ReaderRule, place: Place) -> bool:
    """Whether a reader under this rule may collect at a kind of point."""
    return not rule.pickup_kinds or place.kind in rule.pickup_kinds


def can_serve(copy: Copy, hold: Hold) -> bool:
    """Whether this copy is what the hold asks for, wherever it is now; needs `copy.title` fetched."""
    if not copy.is_lendable or copy.title.work_id != hold.work_id:
        return False
    match hold.level:
        case HoldLevel.WORK:
            return True
        case HoldLevel.TITLE:
            return copy.title_id == hold.title_id
        case HoldLevel.VOLUME:
            return copy.title_id == hold.title_id and copy.volume == hold.volume
        case _:
            return copy.pk == hold.copy_id


def targets_of(copy: Copy) -> list[str]:
    """Return what holds ask for (`Hold.target`) that this copy is: any edition, this edition, this volume, itself."""
    return [
        f"{HoldLevel.WORK}::",
        f"{HoldLevel.TITLE}:{copy.title_id}:",
        f"{HoldLevel.VOLUME}:{copy.title_id}:{copy.volume}",
        f"{HoldLevel.COPY}:{copy.pk}:",
    ]


def age_band(reader: Reader, on: dt.date) -> str:
    """Return the band that statistics keep: child, teen, adult, or '' when the date of birth is not known."""
    if reader.born_on is None:
        return ""
    age = age_on(on, reader.born_on)
    return "child" if age < TEEN_AGE else "teen" if age < ADULT_AGE else "adult"
