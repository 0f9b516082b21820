"""Reading circulation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact

from accounts.models import Reader
from catalog.states import MAY_SERVE
from loans.states import OPEN_HOLD, STANDING_LOAN, HoldLevel, HoldStatus, LoanStatus

if TYPE_CHECKING:
    import datetime as dt

    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User
    from loans.models import Assignment, Hold, Loan


def key_compared(how: str, prefix: str = "") -> Q:
    """Return the condition that a row's order key is `lt` or `gt` than that of the hold of the outer query.

    `prefix` leads from the row to its hold.
    """
    rank, placed_at, pk = f"{prefix}rank", f"{prefix}placed_at", f"{prefix}pk"
    outer = {rank: OuterRef("rank"), placed_at: OuterRef("placed_at")}
    return (
        Q(**{f"{rank}__{how}": OuterRef("rank")})
        | Q(**{rank: OuterRef("rank"), f"{placed_at}__{how}": OuterRef("placed_at")})
        | Q(**outer, **{f"{pk}__{how}": OuterRef("pk")})
    )


class HoldQuerySet(models.QuerySet["Hold"]):
    """Reservations."""

    def open(self) -> HoldQuerySet:
        """Return the reservations that still have their turn."""
        return self.filter(status__in=OPEN_HOLD)

    def visible_to(self, user: User | AnonymousUser) -> HoldQuerySet:
        """Return the reservations of the readers this person may act for."""
        return self.filter(reader__in=Reader.objects.visible_to(user))

    def waiting(self) -> HoldQuerySet:
        """Return the reservations without a copy that take part in the order now.

        Not those that are suspended, and of a set only when all of it can be had at once (docs/adr/0008).
        """
        return self.filter(status=HoldStatus.QUEUED, suspended_until=None, waits_for_set=False)

    def in_order(self) -> HoldQuerySet:
        """Order by the key that decides whose turn it is."""
        return self.order_by("rank", "placed_at", "id")

    def with_place_in_queue(self) -> HoldQuerySet:
        """Annotate `ahead`: how many open, not suspended holds on the same work come before, still without a copy.

        The one meaning of 'place in the queue' on every screen: ahead + 1.
        """
        earlier = (
            type(self)(self.model)
            .waiting()
            .filter(work=OuterRef("work"))
            .filter(key_compared("lt"))
            .filter(
                Q(level=HoldLevel.WORK) | Q(title=OuterRef("title")) | Exact(OuterRef("level"), Value(HoldLevel.WORK))
            )
            .order_by()
            .values("work")
            .annotate(n=Count("*"))
            .values("n")
        )
        return self.annotate(ahead=Coalesce(Subquery(earlier, output_field=models.IntegerField()), 0))

    def with_passes(self) -> HoldQuerySet:
        """Annotate `held_up_at`: when a copy last went to a later hold for want of room at the pickup place.

        And `made_way_at`: when it last gave up a copy for an earlier one. Both only since it waits as it does now.
        """
        from loans.models import HoldPass

        since = Coalesce(OuterRef("waits_since"), OuterRef("placed_at"))
        passes = HoldPass.objects.filter(at__gte=since).order_by("-at").values("at")
        alike = passes.filter(hold__work=OuterRef("work"), hold__target=OuterRef("target"))
        return self.annotate(
            held_up_at=Subquery(alike.filter(place=OuterRef("pickup_place"))[:1]),
            made_way_at=Subquery(passes.filter(hold=OuterRef("pk"), reason="earlier_turn")[:1]),
        )

    def for_reader_page(self) -> HoldQuerySet:
        """Fetch what the reader's page shows of each."""
        from catalog.models import Contribution, Copy, Title

        contributions = Prefetch("contributions", Contribution.objects.select_related("agent"))
        titles = Title.objects.defer("record", "summary").prefetch_related(contributions)
        others = Copy.objects.filter(title__work=OuterRef("work"), status__in=MAY_SERVE, is_lendable=True)
        return (
            self.with_place_in_queue()
            .with_passes()
            .annotate(has_other_editions=Exists(others))
            .select_related("pickup_place", "work", "group")
            .prefetch_related(Prefetch("title", titles))
        )


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    """Copies meant for holds."""

    def open(self) -> AssignmentQuerySet:
        """Return those not released."""
        return self.filter(released_at=None)


class LoanQuerySet(models.QuerySet["Loan"]):
    """Loans."""

    def standing(self) -> LoanQuerySet:
        """Return the loans that are not closed."""
        return self.filter(status__in=STANDING_LOAN)

    def visible_to(self, user: User | AnonymousUser) -> LoanQuerySet:
        """Return the loans of the readers this person may act for."""
        return self.filter(reader__in=Reader.objects.visible_to(user))

    def overdue(self, today: dt.date) -> LoanQuerySet:
        """Return the open loans whose last day has passed."""
        return self.filter(status=LoanStatus.OPEN, due_on__lt=today)

    def about(self, words: str) -> LoanQuerySet:
        """Return the loans of titles that have each of these words in the title or in the name of one of its people.

        Parts of words are enough; accents and capitals are the same.
        """
        from catalog.models import Contribution

        found = self
        for word in words.split():
            people = Contribution.objects.filter(title=OuterRef("copy__title"), agent__name__unaccent__icontains=word)
            found = found.filter(Q(copy__title__title__unaccent__icontains=word) | Exists(people))
        return found

    def given_back(self) -> LoanQuerySet:
        """Return the loans that ended because the copy came back; others were struck off or made good."""
        return self.filter(status=LoanStatus.CLOSED, returned_place__isnull=False)

    def claimed_or_lost(self) -> LoanQuerySet:
        """Return the loans whose copy nobody can find: said to be given back, or lost."""
        return self.filter(status__in=[LoanStatus.CLAIMED, LoanStatus.LOST])

    def about_to_renew_by_themselves(self) -> LoanQuerySet:
        """Return the loans whose reader chose that they renew by themselves, and that most likely will.

        Renewals are left and nobody waits for the work; whether a free copy could serve who waits is not looked at.
        """
        from loans.models import Hold

        queue = Hold.objects.filter(work=OuterRef("copy__title__work"), status=HoldStatus.QUEUED)
        return self.filter(
            ~Exists(queue), status=LoanStatus.OPEN, reader__renews_by_itself=True, renewals__lt=F("max_renewals")
        )

    def for_reader_page(self) -> LoanQuerySet:
        """Fetch what the reader's page shows of each."""
        from catalog.models import Contribution, Title

        contributions = Prefetch("contributions", Contribution.objects.select_related("agent"))
        titles = Title.objects.defer("record", "summary").prefetch_related(contributions)
        return self.select_related("copy", "place", "returned_place").prefetch_related(Prefetch("copy__title", titles))
