"""The stack that a librarian is taking in: what she scanned since she began it, sorted by where it goes.

It is read from the log of acts and from where each copy is now, so it outlives a page that is loaded again, and a copy
that has left meanwhile (lent, put on the van) leaves the list by itself.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from accounts.models import Act
from catalog.models import Copy
from catalog.states import CopyStatus
from loans.desk_words import TONES, shelf_label
from loans.lending import NextStep
from loans.models import Assignment, Parcel, Transit
from loans.states import OPEN_TRANSIT, PARCEL_WITH_US
from milanolib import clock

if TYPE_CHECKING:
    from django.http import HttpRequest

    from accounts.models import User
    from branches.models import Place

SLOT = "desk_stack_since"
MOST_ROWS = 200
ORDER = (NextStep.SHELF, NextStep.HOLD_SHELF, NextStep.PACK, NextStep.CRATE, NextStep.ASIDE)


@dataclass(frozen=True)
class Row:
    """One copy of the stack, and what is written beside it: shelf mark, reader's label, or nothing."""

    copy: Copy
    mark: str


@dataclass
class Pile:
    """Copies that go to the same shelf, parcel or crate; the first scanned lies at the bottom."""

    step: NextStep
    destination: str
    rows: list[Row] = field(default_factory=list)

    @property
    def tone(self) -> str:
        """Return the colour that the answers to these scans had."""
        return TONES[self.step]


def begin_stack(request: HttpRequest) -> None:
    """Forget the present stack: the list begins with the next scan."""
    request.session[SLOT] = clock.now().isoformat()


def stack_of(request: HttpRequest, place: Place) -> list[Pile]:
    """Return what this librarian took in at a library since she began her stack (or today), in piles.

    Five statements, however many were scanned; the newest two hundred.
    """
    copies = _scanned(request.user, place, _since(request))  # type: ignore[arg-type]  # signed in
    held = {
        one.copy_id: one
        for one in Assignment.objects.open()
        .filter(copy__in=copies)
        .select_related("hold__reader", "hold__pickup_place")
    }
    bound = dict(
        Transit.objects.filter(copy__in=copies, status__in=OPEN_TRANSIT).values_list("copy", "destination__name")
    )
    wrapped = set(
        Parcel.objects.filter(assignment__in=list(held.values()), status__in=PARCEL_WITH_US).values_list(
            "assignment__copy", flat=True
        )
    )
    piles: dict[tuple[NextStep, str], Pile] = {}
    for copy in copies:
        found = _goes(copy, held.get(copy.pk), bound.get(copy.pk, ""), is_wrapped=copy.pk in wrapped)
        if found is not None:
            step, destination, mark = found
            piles.setdefault((step, destination), Pile(step, destination)).rows.append(Row(copy, mark))
    return sorted(piles.values(), key=lambda pile: (ORDER.index(pile.step), pile.destination))


def _since(request: HttpRequest) -> dt.datetime:
    begun = request.session.get(SLOT)
    today = clock.start_of(clock.today())
    return max(dt.datetime.fromisoformat(begun), today) if begun else today


def _scanned(staff: User, place: Place, since: dt.datetime) -> list[Copy]:
    """Return the copies in the order in which they were scanned last."""
    subjects = (
        Act.objects.filter(staff=staff, verb="check_in", place_code=place.code, at__gte=since)
        .order_by("-at", "-pk")
        .values_list("subject", flat=True)[:MOST_ROWS]
    )
    ids = list(dict.fromkeys(int(subject.partition(":")[2]) for subject in subjects))
    found = Copy.objects.filter(pk__in=ids, place=place).select_related("title")
    copies = {copy.pk: copy for copy in found.defer("title__record", "title__summary")}
    return [copies[pk] for pk in reversed(ids) if pk in copies]


def _goes(
    copy: Copy, held: Assignment | None, destination: str, *, is_wrapped: bool
) -> tuple[NextStep, str, str] | None:
    """Return the pile of a copy as things stand now, and what is written beside it; None when it has left."""
    label = shelf_label(held.hold.reader) if held is not None and held.hold.reader is not None else ""
    match copy.status:
        case CopyStatus.AVAILABLE:
            return NextStep.SHELF, "", copy.shelf_mark
        case CopyStatus.SET_ASIDE:
            return NextStep.HOLD_SHELF, "", label
        case CopyStatus.PICKED if held is not None:
            return NextStep.PACK, held.hold.pickup_place.name, ""
        case CopyStatus.IN_TRANSIT if destination:
            return NextStep.CRATE, destination, _("parcel") if is_wrapped else ""
        case CopyStatus.DAMAGED:
            return (NextStep.CRATE, destination, _("damaged")) if destination else (NextStep.ASIDE, "", "")
        case _:
            return None
