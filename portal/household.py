"""The cards that a signed-in person may act for, and their loans and reservations as the reader's pages show them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import F
from django.http import Http404

from accounts.models import Reader
from loans.blocks import blocks_of
from loans.expectations import Expectation, expected_for
from loans.models import Hold, Loan
from loans.reminders import to_be_unlinked_before
from loans.states import LoanStatus
from milanolib import clock
from portal.elsewhere import ClosedPoint, closed_points
from portal.words import Words, hold_words, loan_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User
    from loans.querysets import HoldQuerySet, LoanQuerySet
    from milanolib.errors import DomainError


@dataclass(frozen=True)
class LoanLine:
    """A loan on a reader's page. `told` is what became of it among several, `tone` how that is shown."""

    loan: Loan
    words: Words
    whose: str
    is_hidden: bool
    can_renew: bool
    can_put_off: bool
    told: str = ""
    tone: str = ""


@dataclass(frozen=True)
class HoldLine:
    """A reservation on a reader's page."""

    hold: Hold
    words: Words
    expected: Expectation | None
    whose: str
    is_hidden: bool
    closed: ClosedPoint | None = None


@dataclass(frozen=True)
class Household:
    """One's own card and the cards one looks after; of some of those the titles are their reader's own affair."""

    readers: list[Reader]
    hidden: frozenset[int]

    @classmethod
    def of(cls, user: User | AnonymousUser) -> Household:
        """Read it: two statements. One's own card comes first."""
        readers = sorted(Reader.objects.visible_to(user), key=lambda reader: reader.user_id != user.pk)
        hidden = Reader.objects.whose_titles_are_hidden_from(user, clock.today()).values_list("pk", flat=True)
        return cls(readers, frozenset(hidden))

    @property
    def open_cards(self) -> list[Reader]:
        """Return the cards whose titles this person sees."""
        return [reader for reader in self.readers if reader.pk not in self.hidden]

    @property
    def keeps_history(self) -> bool:
        """Whether one of these cards keeps a history."""
        return any(reader.keeps_history for reader in self.readers)

    def card(self, reader_id: int | None) -> Reader | None:
        """Return one of the cards; without a number the first, None where there is none. Raises Http404."""
        return _chosen(self.readers, reader_id)

    def own_card(self, reader_id: int | None) -> Reader | None:
        """Return one of the cards whose titles this person sees, as `card` does. Raises Http404."""
        return _chosen(self.open_cards, reader_id)

    def blocks(self) -> list[tuple[str, DomainError]]:
        """Return what forbids each of these readers something new today, with whose card it is where there are several.

        Four statements for a card.
        """
        return [(self.whose(reader.pk), block) for reader in self.readers for block in blocks_of(reader)]

    @property
    def loans(self) -> LoanQuerySet:
        """Return the loans that are not over, the first to be given back first."""
        loans = Loan.objects.filter(reader__in=self.readers).standing()
        return loans.for_reader_page().order_by("due_on", "pk")

    @property
    def returned(self) -> LoanQuerySet:
        """Return the loans of the last seven days that are over, the last one first; older ones are the history's."""
        since = to_be_unlinked_before()
        loans = Loan.objects.filter(reader__in=self.readers, status=LoanStatus.CLOSED, closed_at__gte=since)
        return loans.for_reader_page().order_by("-closed_at", "-pk")

    @property
    def holds(self) -> HoldQuerySet:
        """Return the open reservations: what can be collected first, then in the order in which they were placed."""
        holds = Hold.objects.filter(reader__in=self.readers).open()
        return holds.for_reader_page().order_by(F("ready_at").asc(nulls_last=True), "placed_at", "pk")

    def whose(self, reader_id: int | None) -> str:
        """Return whose something is where there are several cards; '' where it goes without saying."""
        if len(self.readers) < 2:  # noqa: PLR2004  one card
            return ""
        return next((reader.given_name for reader in self.readers if reader.pk == reader_id), "")

    def loan_line(self, loan: Loan, told: str = "", tone: str = "") -> LoanLine:
        """Return one loan as its row shows it."""
        today = clock.today()
        is_open = loan.status == LoanStatus.OPEN
        can_put_off = is_open and loan.due_on == today and loan.extended_on is None
        is_hidden = loan.reader_id in self.hidden
        words = loan_words(loan, today)
        return LoanLine(loan, words, self.whose(loan.reader_id), is_hidden, is_open, can_put_off, told, tone)

    def hold_line(self, hold: Hold) -> HoldLine:
        """Return one reservation as its row shows it."""
        return self.hold_lines([hold])[0]

    def hold_lines(self, holds: Iterable[Hold]) -> list[HoldLine]:
        """Return several."""
        asked = list(holds)
        expected = expected_for(asked)
        closed = closed_points(asked, self.readers, clock.today())
        return [
            HoldLine(
                hold,
                hold_words(hold),
                expected.get(hold.pk),
                self.whose(hold.reader_id),
                hold.reader_id in self.hidden,
                closed.get(hold.pk),
            )
            for hold in asked
        ]


def _chosen(readers: list[Reader], reader_id: int | None) -> Reader | None:
    if reader_id is None:
        return readers[0] if readers else None
    found = next((reader for reader in readers if reader.pk == reader_id), None)
    if found is None:
        raise Http404
    return found
