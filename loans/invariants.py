"""What must be true of the whole database, recomputed from the rows: `manage.py check_invariants`.

Constraints keep one row, or the rows of one key, in order. Here is what ties rows of several tables together. Each
check is one statement over a table, not a walk through its rows, and names what disagrees by its number only.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, F, Func, OuterRef, Q, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce

from accounts.choices import HISTORY
from accounts.models import Consent, Reader
from branches.models import PlaceCapacity, PlaceKind, Report, ReportOutcome
from catalog.models import Availability, Copy, StaleTitle
from catalog.states import CopyStatus
from loans.blocks import still_counting
from loans.deposit_faults import deposits, journeys
from loans.fairness import room_taken, unfair_waits
from loans.fairness_of_groups import groups, sets_that_could_be_had
from loans.faults import said_of, with_rows
from loans.models import (
    UNDO_WITHIN,
    Assignment,
    ClosureBatch,
    ClosureMove,
    Crate,
    Deposit,
    Hold,
    HoldGroup,
    LastAct,
    Loan,
    Parcel,
    Task,
    TaskKind,
    Transit,
)
from loans.policy import PARCEL_KINDS, UNLINK_AFTER_DAYS
from loans.records import cards_to_forget
from loans.routing import free_copies
from loans.states import (
    OPEN_HOLD,
    OPEN_TRANSIT,
    PARCEL_WITH_US,
    WITH_COPY,
    CrateStatus,
    GroupKind,
    HoldLevel,
    HoldStatus,
    LoanStatus,
    ParcelStatus,
    TransitReason,
    TransitStatus,
)
from milanolib import clock
from notifications.models import Message
from outbox.models import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from loans.faults import Fault

# What a copy on loan is called, by how the loan stands.
LENT = {
    LoanStatus.OPEN: CopyStatus.ON_LOAN,
    LoanStatus.CLAIMED: CopyStatus.CLAIMED_RETURNED,
    LoanStatus.LOST: CopyStatus.LOST,
}
# Where a committed copy can be, by how its hold stands.
COMMITTED = {
    HoldStatus.PICKED: (CopyStatus.PICKED,),
    HoldStatus.IN_TRANSIT: (CopyStatus.IN_TRANSIT,),
    HoldStatus.ARRIVED: (CopyStatus.IN_TRANSIT, CopyStatus.SET_ASIDE),
    HoldStatus.READY: (CopyStatus.SET_ASIDE,),
}
MEANT_FOR_SOMEBODY = (CopyStatus.PICKED, CopyStatus.SET_ASIDE)
# What ended is unlinked by the night before (loans/tasks.py); a report is applied when it comes, or comes again.
UNLINKED_WITHIN = dt.timedelta(days=UNLINK_AFTER_DAYS, hours=1)
EMPTIED_WITHIN = dt.timedelta(hours=1)
APPLIED_WITHIN = dt.timedelta(hours=1)


def disagreements() -> list[str]:
    """Return everything that is not as it must be, one line each, with ids only; empty when all is well."""
    return [line for check in _checks() for line in check]


def _checks() -> Iterator[Iterator[str]]:
    """Give each check of a table, or of what joins two, where there is anything to check."""
    of_rows: tuple[tuple[type[models.Model], Callable[[], Iterator[Fault]]], ...] = (
        (Copy, _copies), (Loan, _loans), (Transit, _transits), (Task, _searches), (Assignment, _assignments),
        (Hold, _holds), (Parcel, _parcels), (Assignment, _wrappings), (Crate, _crates), (HoldGroup, groups),
        (Loan, _links_of_loans), (Hold, _links_of_holds), (Reader, _histories), (Request, _requests),
        (Report, _reports), (LastAct, _acts), (Message, _messages), (ClosureBatch, _closures),
        (Deposit, deposits), (Transit, journeys),
    )  # fmt: skip
    walked: tuple[tuple[type[models.Model], Callable[[], Iterator[str]]], ...] = (
        (Assignment, _rooms), (Hold, unfair_waits), (HoldGroup, sets_that_could_be_had),
    )  # fmt: skip
    filled = with_rows({model for model, _check in (*of_rows, *walked)})
    yield from (said_of(*check()) for model, check in of_rows if model in filled)
    yield from (check() for model, check in walked if model in filled)
    yield _free()


def _free() -> Iterator[str]:
    """What search takes to be free is free, but for titles whose change it has not looked at yet."""
    noted = Exists(StaleTitle.objects.filter(title_id=OuterRef("title_id")))
    free = free_copies().filter(~noted).order_by().values("title_id", "place_id").annotate(copies=models.Count("pk"))
    real = free.values_list("title_id", "place_id", "copies")
    said = Availability.objects.filter(~noted).values_list("title_id", "place_id", "free")
    for title, place, count in real.difference(said):
        yield f"title {title}: {count} copies are free at place {place}, and search does not know"
    for title, place, count in said.difference(real):
        yield f"title {title}: search takes {count} copies to be free at place {place}"


def _copies() -> Iterator[Fault]:
    standing = Loan.objects.standing().filter(copy=OuterRef("pk"))
    on_the_road = Transit.objects.filter(copy=OuterRef("pk"), status__in=OPEN_TRANSIT)
    committed = Assignment.objects.open().filter(copy=OuterRef("pk"), committed_at__isnull=False)
    in_a_crate = on_the_road.filter(crate__isnull=False)
    lent = Copy.objects.filter(status__in=LENT.values())
    travelling = Copy.objects.filter(status=CopyStatus.IN_TRANSIT)
    may_ride = Copy.objects.filter(status__in=[CopyStatus.IN_TRANSIT, CopyStatus.DAMAGED])
    yield ("copy {}: lies at a Bibliobus stop, which holds no stock", Copy.objects.filter(place__kind=PlaceKind.STOP))
    yield ("copy {}: is on loan without a loan", lent.filter(~Exists(standing)))
    yield ("copy {}: is in transit without a journey", travelling.filter(~Exists(on_the_road)))
    yield ("copy {}: is in transit, at no place and in no crate", may_ride.filter(~Exists(in_a_crate), place=None))
    yield ("copy {}: is in a crate and at a place", may_ride.filter(Exists(in_a_crate), place__isnull=False))
    yield (
        "copy {}: is kept for somebody, but nobody is meant",
        Copy.objects.filter(~Exists(committed), status__in=MEANT_FOR_SOMEBODY),
    )
    meant = Assignment.objects.open().filter(copy=OuterRef("pk"))
    yield (
        "copy {}: was not found on its shelf, but is meant for a reader",
        Copy.objects.filter(Exists(meant), missed_at__isnull=False),
    )


def _loans() -> Iterator[Fault]:
    fits = Q()
    for loan, copy in LENT.items():
        fits |= Q(status=loan, copy__status=copy)
    yield ("loan {}: stands, but its copy is not on loan", Loan.objects.standing().exclude(fits))
    yield (
        "loan {}: serves a hold that was not collected",
        Loan.objects.filter(hold__isnull=False).exclude(hold__status=HoldStatus.COLLECTED),
    )
    yield (
        "loan {}: its reader is not the reader of its hold",
        Loan.objects.filter(reader__isnull=False, hold__reader__isnull=False).exclude(hold__reader=F("reader")),
    )
    claimed = Loan.objects.filter(claimed_on__isnull=False)
    yield ("loan {}: is said to be given back before it was lent", claimed.filter(lent_at__date__gt=F("claimed_on")))
    yield ("loan {}: was lost before it was lent", Loan.objects.filter(lent_at__date__gt=F("lost_on")))
    yield (
        "loan {}: ended after the day on which it was said to be given back",
        claimed.filter(status=LoanStatus.CLOSED, end_reason="", closed_at__date__gt=F("claimed_on")),
    )


def _transits() -> Iterator[Fault]:
    open_ones = Transit.objects.filter(status__in=OPEN_TRANSIT)
    goes_home_damaged = Q(copy__status=CopyStatus.DAMAGED, reason=TransitReason.HOME)
    yield (
        "transit {}: is open, but its copy is not on the road",
        open_ones.exclude(Q(copy__status=CopyStatus.IN_TRANSIT) | goes_home_damaged),
    )
    meant = open_ones.filter(
        reason=TransitReason.HOLD, assignment__isnull=False, assignment__released_at=None
    ).annotate(goal=Coalesce("assignment__hold__pickup_place__vehicle", "assignment__hold__pickup_place"))
    meant = meant.filter(crate__turned_from=None)  # what is brought back goes on from where its crate is unpacked
    yield ("transit {}: does not go where its reader will collect", meant.exclude(goal=F("destination")))
    hops = Transit.objects.filter(previous__isnull=False)
    yield (
        "transit {}: goes on from one of another copy, or from one that was not cut short",
        hops.exclude(previous__status=TransitStatus.CANCELLED, previous__copy=F("copy")),
    )


def _searches() -> Iterator[Fault]:
    """Look for librarians who are asked to search for what nobody misses any more."""
    searched = Transit.objects.filter(copy=OuterRef("copy"), status__in=OPEN_TRANSIT, searched_at__isnull=False)
    asked = Task.objects.filter(closed_at=None, copy__isnull=False)
    asked = asked.filter(
        (Q(kind=TaskKind.NOT_ON_SHELF) & Q(copy__missed_at=None))
        | (Q(kind=TaskKind.CLAIMED_RETURNED) & ~Q(copy__status=CopyStatus.CLAIMED_RETURNED))
        | (Q(kind=TaskKind.NEVER_BORROWED) & ~Q(copy__status=CopyStatus.MISSING))
        | (Q(kind__in=[TaskKind.LATE_JOURNEY, TaskKind.NOT_IN_CRATE]) & ~Exists(searched))
    )
    yield ("task {}: asks to look for a copy that is not missed", asked)


def _assignments() -> Iterator[Fault]:
    open_ones = Assignment.objects.open()
    tentative, committed = open_ones.filter(committed_at=None), open_ones.filter(committed_at__isnull=False)
    yield (
        "assignment {}: is tentative, but its copy is not on a shelf",
        tentative.exclude(copy__status=CopyStatus.AVAILABLE),
    )
    yield (
        "assignment {}: is tentative, but its hold is not waiting for the pick list",
        tentative.exclude(hold__status=HoldStatus.ASSIGNED),
    )
    fits = Q()
    for hold, copies in COMMITTED.items():
        fits |= Q(hold__status=hold, copy__status__in=copies)
    yield ("assignment {}: is committed, but its hold and its copy disagree", committed.exclude(fits))
    serves = Q(hold__work=F("copy__title__work"), copy__is_lendable=True) & (
        Q(hold__level=HoldLevel.WORK)
        | Q(hold__level=HoldLevel.TITLE, hold__title=F("copy__title"))
        | Q(hold__level=HoldLevel.VOLUME, hold__title=F("copy__title"), hold__volume=F("copy__volume"))
        | Q(hold__level=HoldLevel.COPY, hold__copy=F("copy"))
    )
    yield ("assignment {}: its copy is not what the hold asks for", open_ones.exclude(serves))


def _holds() -> Iterator[Fault]:
    meant = Assignment.objects.open().filter(hold=OuterRef("pk"))
    yield ("hold {}: has no copy, but says it has", Hold.objects.filter(~Exists(meant), status__in=WITH_COPY))
    yield (
        "hold {}: waits or has ended, but a copy is meant for it",
        Hold.objects.filter(Exists(meant)).exclude(status__in=WITH_COPY),
    )
    ready = Hold.objects.filter(status=HoldStatus.READY).annotate(
        shelf=Coalesce("pickup_place__vehicle", "pickup_place")
    )
    yield (
        "hold {}: is ready, but its copy is not where it is to be collected",
        ready.filter(Exists(meant.exclude(copy__place=OuterRef("shelf")))),
    )
    collected = Loan.objects.filter(hold=OuterRef("pk"))
    yield (
        "hold {}: was collected, but no loan began",
        Hold.objects.filter(~Exists(collected), status=HoldStatus.COLLECTED),
    )
    alone = Hold.objects.open().filter(Q(group=None) | ~Q(group__kind=GroupKind.SET), waits_for_set=True)
    yield "hold {}: waits for a set that it is not of", alone


def _parcels() -> Iterator[Fault]:
    with_us = Parcel.objects.filter(status__in=PARCEL_WITH_US)
    yield (
        "parcel {}: is with us, but its copy is not",
        with_us.exclude(assignment__copy__status__in=[CopyStatus.IN_TRANSIT, CopyStatus.SET_ASIDE]),
    )
    yield (
        "parcel {}: lies at another place than its copy",
        with_us.filter(place__isnull=False).exclude(place=F("assignment__copy__place")),
    )
    another = with_us.filter(assignment__copy=OuterRef("assignment__copy"), pk__gt=OuterRef("pk"))
    yield ("parcel {}: its copy is in another parcel too", with_us.filter(Exists(another)))


def _wrappings() -> Iterator[Fault]:
    wrapped = Parcel.objects.filter(assignment=OuterRef("pk"))
    at_points = Assignment.objects.open().filter(hold__pickup_place__kind__in=PARCEL_KINDS)
    yield (
        "assignment {}: is on its way to a point without a parcel",
        at_points.filter(~Exists(wrapped.filter(status__in=PARCEL_WITH_US)), hold__status=HoldStatus.IN_TRANSIT),
    )
    yield (
        "assignment {}: is ready at a point that has not taken its parcel in",
        at_points.filter(~Exists(wrapped.filter(status=ParcelStatus.RECEIVED)), hold__status=HoldStatus.READY),
    )


def _crates() -> Iterator[Fault]:
    """What is in a crate has no other holder, goes where it goes, and is as far as it is."""
    carried = Transit.objects.filter(status__in=OPEN_TRANSIT, crate__isnull=False)
    yield ("transit {}: is in a crate that goes elsewhere", carried.exclude(crate__destination=F("destination")))
    yield (
        "transit {}: is on the van, but its crate is not",
        carried.filter(status=TransitStatus.LOADED, crate__loaded_at=None),
    )
    yield (
        "transit {}: waits for the van that has taken its crate",
        carried.filter(status=TransitStatus.REQUESTED, crate__loaded_at__isnull=False),
    )
    yield (
        "transit {}: was not found in its crate, and nobody looks for it",
        carried.filter(crate__status=CrateStatus.UNPACKED, searched_at=None),
    )
    rides = Transit.objects.filter(copy=OuterRef("assignment__copy"), status__in=OPEN_TRANSIT).values("crate")
    with_us = Parcel.objects.filter(status__in=PARCEL_WITH_US).annotate(rides_in=models.Subquery(rides[:1]))
    yield (
        "parcel {}: is not in the crate of its journey",
        with_us.filter(
            Q(crate=None, rides_in__isnull=False)
            | Q(crate__isnull=False, rides_in=None)
            | (Q(crate__isnull=False, rides_in__isnull=False) & ~Q(crate=F("rides_in")))
        ),
    )


def _rooms() -> Iterator[str]:
    """Compare with all the room there is: what goes out of service does not carry its parcels away."""
    totals = dict(PlaceCapacity.objects.values_list("place").annotate(models.Sum("total")))
    taken = room_taken(totals)
    for place in sorted(totals):
        if taken[place] > totals[place]:
            yield f"place {place}: {taken[place]} copies are meant for {totals[place]} places"


def _ended_long_ago() -> models.QuerySet[Loan]:
    """Return the loans that ended well before the days for which a reader and a title may stand together."""
    before = clock.now() - UNLINKED_WITHIN
    ended = Loan.objects.filter(status=LoanStatus.CLOSED, closed_at__lt=before)
    return ended.filter(Q(settled_at=None) | Q(settled_at__lt=before))


def _links_of_loans() -> Iterator[Fault]:
    """Look for loans that join a reader and a title although all ended well more than a week ago."""
    disputed = Task.objects.filter(
        closed_at=None, copy=OuterRef("copy"), opened_at__range=(OuterRef("lent_at"), OuterRef("closed_at"))
    )
    named = Task.objects.filter(closed_at=None, loan=OuterRef("pk"))
    yield (
        "loan {}: still names its reader",
        _ended_long_ago()
        .filter(~Exists(disputed), ~Exists(named), reader__isnull=False)
        .filter(Q(reader__keeps_history=False) | Q(is_remembered=False))
        .exclude(suspended_until__gte=clock.today()),
    )


def _links_of_holds() -> Iterator[Fault]:
    before = clock.now() - UNLINKED_WITHIN
    over = (
        Hold.objects.exclude(status__in=OPEN_HOLD)
        .filter(ended_at__lt=before)
        .filter(Q(loan=None) | Q(loan__status=LoanStatus.CLOSED, loan__closed_at__lt=before))
    )
    yield (
        "hold {}: still names its reader",
        over.filter(reader__isnull=False)
        .exclude(still_counting())
        .exclude(Exists(Task.objects.filter(closed_at=None, copy=OuterRef("loan__copy")))),
    )


def _histories() -> Iterator[Fault]:
    consents = Consent.objects.filter(kind=HISTORY, reader=OuterRef("pk"), withdrawn_at=None)
    yield "reader {}: a history is kept without a consent", Reader.objects.filter(~Exists(consents), keeps_history=True)


def _requests() -> Iterator[Fault]:
    kept = Request.objects.filter(client__startswith="user:", created_at__lt=clock.now() - UNLINKED_WITHIN)
    yield "request {}: still names its reader", kept


def _acts() -> Iterator[Fault]:
    old = LastAct.objects.filter(at__lt=clock.now() - EMPTIED_WITHIN).exclude(rows=[])
    yield "lastact {}: can be undone no more, but still says what it changed", old


def _messages() -> Iterator[Fault]:
    """Look for messages that lead to what was unlinked, by their parameters or by the event they were made from."""
    forgotten = Loan.objects.filter(Q(reader=None) | Q(pk__in=_ended_long_ago().filter(reader__keeps_history=True)))
    for name, unlinked, keys in (
        ("loan", forgotten, r"^(loan-[a-z-]+|due-soon|overdue):"),
        ("hold", Hold.objects.filter(reader=None), r"^hold-[a-z-]+:"),
    ):
        said = unlinked.annotate(text=Cast("pk", models.CharField()))
        messages = Message.objects.annotate(
            about=KeyTextTransform(name, "params"), event_key=Func("key", Value(":"), Value(2), function="split_part")
        )
        for rows in (
            messages.filter(Exists(said.filter(text=OuterRef("about"))), about__isnull=False),
            messages.filter(Exists(said.filter(text=OuterRef("event_key"))), about__isnull=True, key__regex=keys),
        ):
            yield f"message {{}}: names a {name} that ended long ago", rows


def _reports() -> Iterator[Fault]:
    """Look for what a point reported and nobody applied; it must never be lost."""
    waiting = Report.objects.filter(outcome=ReportOutcome.RECEIVED, received_at__lt=clock.now() - APPLIED_WITHIN)
    yield "report {}: was received and not applied", waiting
    yield "report {}: still names a card", cards_to_forget(clock.now() - UNLINKED_WITHIN)


def _closures() -> Iterator[Fault]:
    """What a closure moved to a later day has no earlier one, unless it was put back; an undo has looked at all.

    A renewal, another closure, a longer one only move further on. A copy that was ready, turned up elsewhere and
    became ready again has new days of its own.
    """
    standing = ClosureMove.objects.filter(put_back_at=None)
    yield (
        "closure move {}: its loan is due before the day to which it was moved",
        standing.filter(loan__status=LoanStatus.OPEN, loan__due_on__lt=F("after")),
    )
    yield (
        "closure move {}: its reservation is kept for less long than it was moved to",
        standing.filter(
            hold__status=HoldStatus.READY, hold__ready_at__lte=F("moved_at"), hold__keep_until__lt=F("after")
        ),
    )
    yield (
        "closure move {}: was neither put back nor left, though its closure was undone",
        standing.filter(left_because="", batch__undone_at__isnull=False),
    )
    yield (
        "closure move {}: names a loan that has lost its reader",
        ClosureMove.objects.filter(loan__reader=None).exclude(loan=None),
    )
    yield (
        "closure move {}: names a reservation that has lost its reader",
        ClosureMove.objects.filter(hold__reader=None).exclude(hold=None),
    )
    told = ClosureBatch.objects.filter(applied_at__lt=clock.now() - UNLINKED_WITHIN - UNDO_WITHIN)
    about = Message.objects.annotate(about=KeyTextTransform("closure_batch", "params"))
    batch = told.annotate(text=Cast("pk", models.CharField())).filter(text=OuterRef("about"))
    yield (
        "message {}: names a closure that cannot be undone any more",
        about.filter(Exists(batch), about__isnull=False),
    )
