"""Return boxes and bags of returns: nobody saw when a copy was dropped, so its loan ends as early as it can have been.

A box is emptied again and again; what lies in it was dropped since the time before. The days in the box are never the
reader's.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from accounts.services import note_act
from branches.models import Place
from branches.models.place import NEVER_OPEN_TO_READERS
from loans.lending import CheckIn, Dropped, check_in
from loans.models import Emptying
from milanolib import clock
from milanolib.db import StartAgain, restartable
from milanolib.errors import DomainError

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.models import User
    from catalog.models import Copy

JUST_AFTER = dt.timedelta(seconds=1)
EARLIEST = dt.datetime.min.replace(tzinfo=dt.UTC)


class NothingDroppedThere(DomainError):
    """Copies are not given back at that place."""

    code = "nothing_dropped_there"
    message = _("Nothing is given back at this place. Choose the box or the bag that you have emptied.")


class NotEmptiedYet(DomainError):
    """The time lies ahead."""

    code = "not_emptied_yet"
    message = _("This time has not come yet. Say when the box or the bag was emptied.")


class EmptiedSince(DomainError):
    """A later emptying is written down already."""

    code = "emptied_since"
    message = _("It was emptied again on %(at)s. Go on with that one, or say a later time.")


def boxes_of(place: Place) -> QuerySet[Place]:
    """Return the boxes and bags that come to a library: its own, and those of the points it serves."""
    return (
        Place.objects.filter(Q(pk=place.pk) | Q(parent=place), accepts_returns=True)
        .exclude(kind__in=NEVER_OPEN_TO_READERS)
        .order_by("name", "pk")
    )


def emptyings_at(place: Place) -> QuerySet[Emptying]:
    """Return the emptyings of the boxes and bags that come to a library, the newest first."""
    return Emptying.objects.filter(place__in=boxes_of(place)).select_related("place").order_by("-emptied_at", "-pk")


@restartable
def empty_box(place: Place, *, emptied_at: dt.datetime, actor: User | None) -> Emptying:
    """Write down that a return box, or a point's bag of returns, was emptied at a time (aware). Safe to repeat.

    Raises NothingDroppedThere, NotEmptiedYet, EmptiedSince.
    """
    if not place.accepts_returns or place.kind in NEVER_OPEN_TO_READERS:
        raise NothingDroppedThere
    if emptied_at > clock.now():
        raise NotEmptiedYet
    last = Emptying.objects.filter(place=place).order_by("-emptied_at").first()
    if last is not None and emptied_at == last.emptied_at:
        return last
    if last is not None and emptied_at < last.emptied_at:
        raise EmptiedSince(at=date_format(clock.local(last.emptied_at), "j F, H:i"))
    try:
        with transaction.atomic():
            emptying = Emptying.objects.create(
                place=place, emptied_at=emptied_at, last_emptied_at=last.emptied_at if last else None, by=actor
            )
    except IntegrityError as error:  # a colleague has written one down meanwhile
        raise StartAgain from error
    note_act("empty_box", f"emptying:{emptying.pk}", actor=actor, place_code=place.code)
    return emptying


def check_in_bulk(copy: Copy, emptying: Emptying, place: Place, *, actor: User | None) -> CheckIn:
    """Take in, at a library, a copy that lay in a box or a bag, and say where it goes next.

    Its loan ends just after the emptying before this one, never before it began. Of a box that is emptied for the first
    time nobody knows since when things lay in it: the loan ends on the day the place joined the network, or else when
    it began. A loan that a partner has ended by a scan stays as it is, and so does one that began after the emptying:
    it ends when it began. Safe to repeat.
    """
    return check_in(copy, place, actor=actor, dropped=Dropped(emptying.place, dropped_since(emptying)))


def dropped_since(emptying: Emptying) -> dt.datetime:
    """Return since when what lay in a box may have lain there (aware)."""
    if emptying.last_emptied_at is not None:
        return emptying.last_emptied_at + JUST_AFTER
    opened_on = emptying.place.opened_on
    return clock.start_of(opened_on) if opened_on is not None else EARLIEST
