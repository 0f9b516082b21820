"""How long, how many, which copy. Pure: gets rows and dates, reads no clock and asks no database."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from branches.models.place import PlaceKind
from loans.states import HoldLevel

if TYPE_CHECKING:
    from collections.abc import Iterable

    from accounts.models import Reader
    from branches.calendar import Calendar
    from branches.models import Place
    from catalog.models import Copy
    from loans.models import Hold, KeepingRule, LoanRule, ReaderRule

ADULT_AGE, TEEN_AGE = 18, 14
UNLINK_AFTER_DAYS = 7  # after a clean return no row joins reader and title
DUE_SOON_DAYS = 3
# Where a librarian can take a copy from its shelf; what lies in a machine is lent on the spot only.
PICKABLE = (PlaceKind.BRANCH, PlaceKind.VEHICLE, PlaceKind.HUB)
# Points whose copies travel wrapped, known only by a tag.
PARCEL_KINDS = (PlaceKind.NEWSSTAND, PlaceKind.BOOKSHOP, PlaceKind.CONDOMINIUM, PlaceKind.LOCKER)


def loan_rule_for(
    rules: Iterable[LoanRule], *, material: str, reader_category: str, place: Place, on: dt.date
) -> LoanRule:
    """Return the rule that decides a loan.

    The most specific wins, compared in this fixed order: material, reader's category, branch, kind of point.
    Raises LookupError when not even the general rule is there.
    """
    fitting = [
        rule
        for rule in rules
        if rule.material in ("", material)
        and rule.reader_category in ("", reader_category)
        and rule.branch_id in (None, place.pk)
        and rule.place_kind in ("", place.kind)
        and (rule.valid_from is None or rule.valid_from <= on)
        and (rule.valid_to is None or on <= rule.valid_to)
    ]
    if not fitting:
        raise LookupError("no loan rule fits: the general one is missing")
    return max(
        fitting,
        key=lambda rule: (
            bool(rule.material),
            bool(rule.reader_category),
            rule.branch_id is not None,
            bool(rule.place_kind),
            rule.valid_from is not None,
        ),
    )


def due_on(lent_on: dt.date, days: int, calendar: Calendar) -> dt.date:
    """Return the last day of a loan: `days` later, moved to the next day on which the lending place opens.

    A place that does not open within 400 days keeps the plain date.
    """
    plain = lent_on + dt.timedelta(days=days)
    return calendar.next_open_day(plain) or plain


def keep_until(ready_on: dt.date, rule: KeepingRule, calendar: Calendar) -> dt.date:
    """Return the last day on which a ready copy is kept: calendar days moved to an open one, or the n-th visit."""
    if rule.visits:
        visits = calendar.open_days(ready_on, rule.visits)
        return visits[-1] if visits else ready_on + dt.timedelta(days=7 * rule.visits)
    plain = ready_on + dt.timedelta(days=rule.days)
    return calendar.next_open_day(plain) or plain


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
        case HoldLevel.TITLE | HoldLevel.VOLUME:
            return copy.title_id == hold.title_id
        case _:
            return copy.pk == hold.copy_id


def age_on(day: dt.date, born_on: dt.date) -> int:
    """Return the age in whole years on a day."""
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def age_band(reader: Reader, on: dt.date) -> str:
    """Return the band that statistics keep: child, teen, adult, or '' when the date of birth is not known."""
    if reader.born_on is None:
        return ""
    age = age_on(on, reader.born_on)
    return "child" if age < TEEN_AGE else "teen" if age < ADULT_AGE else "adult"
