"""The copies of a title by place: what is free now, where it stands on the shelf, how far it is and whether open."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Subquery
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from branches.calendar import calendar_of, state_at
from branches.geography import minutes_from
from branches.models import Place
from branches.public_texts import public_text
from catalog.models import Copy, ShelfHint
from catalog.states import CopyStatus
from loans.deposit_reads import stays_of_copies
from loans.models import Assignment, Loan
from loans.policy import PICKABLE
from milanolib import clock

if TYPE_CHECKING:
    from branches.calendar import OpenState
    from branches.geography import Landmark
    from branches.public_texts import PublicText
    from catalog.models import Title

GONE = (CopyStatus.WITHDRAWN, CopyStatus.LOST)
AHEAD = dt.timedelta(days=14)  # how far the next opening of a library is looked for


@dataclass(frozen=True)
class Shelf:
    """A shelf mark and, in plain words, where that shelf is; either may be missing."""

    mark: str
    hint: PublicText | None = None


@dataclass
class PlaceLine:
    """The copies at one place: those on its shelves, and those that belong there and are away."""

    place: Place
    copies: list[Copy] = field(default_factory=list)
    shelves: list[Shelf] = field(default_factory=list)
    minutes: int | None = None
    open_state: OpenState | None = None

    @property
    def free(self) -> int:
        """How many of them are free now."""
        return sum(is_free(copy) for copy in self.copies)

    @property
    def states(self) -> list[str]:
        """What to say of the copies that are not free, each state once with how many when there are several."""
        counts = Counter(_state(copy) for copy in self.copies if not is_free(copy))
        return [f"{state} ({count})" if count > 1 else state for state, count in counts.items()]


def is_free(copy: Copy) -> bool:
    """Whether a copy is free now; needs `is_meant`, as `copies_of` gives it."""
    return (
        copy.status == CopyStatus.AVAILABLE
        and copy.is_lendable
        and copy.missed_at is None
        and not copy.is_meant  # type: ignore[attr-defined]
        and copy.place is not None
        and copy.place.kind in PICKABLE
    )


def copies_of(title: Title) -> list[Copy]:
    """Return the title's copies with their places, whether each is meant for a reader, and when a lent one is due.

    One that is away with its deposit names its `deposit_stay`, asked for only where a copy is on display.
    """
    copies: list[Copy] = list(
        Copy.objects.filter(title=title)
        .exclude(status__in=GONE)
        .annotate(
            is_meant=Exists(Assignment.objects.open().filter(copy=OuterRef("pk"))),
            due_on=Subquery(Loan.objects.standing().filter(copy=OuterRef("pk")).values("due_on")[:1]),
        )
        .select_related("home", "place")
        .order_by("home__name", "shelf_mark", "pk")
    )
    stays = stays_of_copies(copies)
    for copy in copies:
        copy.deposit_stay = stays.get(copy.pk)  # type: ignore[attr-defined]
    return copies


def place_lines(copies: list[Copy], start: Landmark | None) -> list[PlaceLine]:
    """Return the copies by place: where something is free first, the nearest first where a start was chosen.

    Asks for the hints about shelves and, with a start, for hours: six statements at most.
    """
    lines: dict[int, PlaceLine] = {}
    for copy in copies:
        place = copy.place if copy.status == CopyStatus.AVAILABLE and copy.place is not None else copy.home
        lines.setdefault(place.pk, PlaceLine(place)).copies.append(copy)
    _say_where(lines)
    if start is not None:
        _say_how_far(lines, start)
    return sorted(
        lines.values(),
        key=lambda line: (not line.free, line.minutes is None, line.minutes or 0, -line.free, line.place.name),
    )


def _state(copy: Copy) -> str:
    if copy.status == CopyStatus.AVAILABLE:
        if copy.is_meant:  # type: ignore[attr-defined]
            return _("promised to a reader")
        if copy.missed_at is not None:
            return _("not found on its shelf, being looked for")
        return str(copy.get_status_display()) if copy.is_lendable else _("to be read in the library")
    due_on = copy.due_on  # type: ignore[attr-defined]
    if copy.status == CopyStatus.ON_LOAN and due_on is not None and due_on >= clock.today():
        return _("on loan until %(day)s") % {"day": date_format(due_on, "j F")}
    stay = copy.deposit_stay  # type: ignore[attr-defined]
    if stay is not None:
        return _("in deposit at %(place)s until %(day)s") % {
            "place": stay.place,
            "day": date_format(stay.until_on, "j F"),
        }
    return str(copy.get_status_display())


def _say_where(lines: dict[int, PlaceLine]) -> None:
    """Add the shelf marks of each place, each with the hint whose beginning is the longest that fits."""
    hints: dict[int, list[ShelfHint]] = {}
    for hint in ShelfHint.objects.filter(place__in=list(lines)).order_by() if lines else ():
        hints.setdefault(hint.place_id, []).append(hint)
    for key, line in lines.items():
        own = sorted(hints.get(key, []), key=lambda hint: -len(hint.prefix))
        for mark in dict.fromkeys(copy.shelf_mark for copy in line.copies):
            fitting = next((hint for hint in own if mark.casefold().startswith(hint.prefix.casefold())), None)
            if mark or fitting is not None:
                line.shelves.append(Shelf(mark, public_text(fitting.hint) if fitting else None))


def _say_how_far(lines: dict[int, PlaceLine], start: Landmark) -> None:
    now = clock.now()
    today = clock.local(now).date()
    fetched = Place.objects.with_calendar(today, today + AHEAD).in_bulk(list(lines))
    for key, line in lines.items():
        place = fetched.get(key)
        if place is None or place.latitude is None or place.longitude is None:
            continue
        line.minutes = minutes_from(start, place)
        line.open_state = state_at(calendar_of(place), now)
