"""What circulation keeps about a reader: what is open, what ended within seven days, a history where one is kept."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.own_data import WORK, Area, Column, Hindrance, Part, initials_of
from loans.holds import cancel_hold
from loans.models import Delegation, Hold, HoldGroup, Loan, Task
from loans.models.hold import HoldMoveRefused
from loans.reminders import unlink
from loans.states import HoldStatus, LoanStatus
from milanolib.db import lock

if TYPE_CHECKING:
    from collections.abc import Iterable

ERASED = "erased"  # why a reservation ended with its reader's data


class CirculationPart(Part):
    """Loans, reservations, and who may collect for whom."""

    covers = (
        "loans.Loan.reader",
        "loans.Hold.reader",
        "loans.HoldGroup.reader",
        "loans.Delegation.reader",
        "loans.Delegation.delegate",
    )
    left_out = {
        "loans.ClosureBatch.applied_by": WORK,
        "loans.ClosureBatch.undone_by": WORK,
        "loans.Handover.staff": WORK,
        "loans.Task.closed_by": WORK,
        "loans.Emptying.by": WORK,
        "loans.LastAct.staff": WORK,
    }

    def areas(self) -> Iterable[Area]:
        """Return loans, reservations, groups of them, delegations in both directions."""
        yield self._loans()
        yield from self._reservations()
        yield from self._delegations()

    def _loans(self) -> Area:
        return Area(
            "loans",
            _("Loans"),
            _(
                "While they are open, and seven days after a clean return; longer only if you keep a history, or while "
                "something is in dispute."
            ),
            Loan.objects.filter(reader__in=self.readers),
            Column("title", "copy__title__title", _("title")),
            Column("barcode", "copy__barcode", _("barcode")),
            "status",
            "lent_at",
            Column("lent_at_place", "place__name", _("lent at (place)")),
            "due_on",
            "renewals",
            Column("returned_at", "closed_at", _("given back at")),
            Column("returned_to_place", "returned_place__name", _("given back to")),
            "suspended_until",
            "claimed_on",
            "lost_on",
            "settled_at",
            Column("in_history", "is_remembered", _("in the history, if you keep one")),
        )

    def _reservations(self) -> Iterable[Area]:
        yield Area(
            "reservations",
            _("Reservations"),
            _("While they are open, and seven days after they ended."),
            Hold.objects.filter(reader__in=self.readers),
            Column("title", "work__title", _("title")),
            "level",
            "volume",
            "status",
            "placed_at",
            Column("pickup_place", "pickup_place__name"),
            "ready_at",
            "keep_until",
            "not_needed_after",
            "suspended_on",
            "suspended_until",
            Column("told_day", label=_("expected around")),
            "ended_at",
            "end_reason",
        )
        yield Area(
            "reservations_together",
            _("What you reserved together"),
            _("Until the first of its reservations is forgotten."),
            HoldGroup.objects.filter(reader__in=self.readers),
            "kind",
            "placed_at",
        )

    def _delegations(self) -> Iterable[Area]:
        yield Area(
            "delegations",
            _("Who may collect for you"),
            _("Until thirty days after the last day. Of their names only the initials are told."),
            Delegation.objects.filter(reader__in=self.readers),
            Column("initials", "delegate_name", _("initials"), initials_of),
            "valid_from",
            "valid_until",
            "given_at",
            "revoked_at",
        )
        yield Area(
            "delegations_received",
            _("For whom you may collect"),
            _("Until thirty days after the last day. Who they are is their own affair, so it is not said here."),
            Delegation.objects.filter(delegate__in=self.readers),
            "valid_from",
            "valid_until",
            "revoked_at",
        )

    def hindrances(self) -> Iterable[Hindrance]:
        """Return what is on loan, lost or claimed, what can be collected, and what librarians are looking into."""
        own = Loan.objects.filter(reader__in=self.readers)
        if count := own.standing().count():
            yield Hindrance(
                ngettext("%(count)s loan is not settled.", "%(count)s loans are not settled.", count)
                % {"count": count},
                _("Give back what you have, and settle at any library what is lost or in dispute."),
            )
        if count := Hold.objects.filter(reader__in=self.readers, status=HoldStatus.READY).count():
            yield Hindrance(
                ngettext("%(count)s reservation is ready for you.", "%(count)s reservations are ready for you.", count)
                % {"count": count},
                _("Collect what is ready, or cancel it on the page of your reservations."),
                ends_by_itself=True,
            )
        if count := Task.objects.filter(loan__in=own.filter(status=LoanStatus.CLOSED), closed_at=None).count():
            yield Hindrance(
                ngettext(
                    "A librarian is looking into %(count)s loan.", "Librarians are looking into %(count)s loans.", count
                )
                % {"count": count},
                _("Ask at any library how it stands."),
            )

    def end_what_is_open(self) -> None:
        """Cancel every reservation: its copy goes to the next reader, or home."""
        for hold in Hold.objects.open().filter(reader__in=self.readers).order_by("pk"):
            with suppress(HoldMoveRefused):  # collected this very moment: then its loan hinders
                cancel_hold(hold, actor=None, reason=ERASED)

    def erase(self) -> None:
        """Unlink what has ended, however lately; category, age band and Municipio stay for statistics."""
        loans = list(Loan.objects.filter(reader__in=self.readers).order_by("pk"))
        holds = list(Hold.objects.filter(reader__in=self.readers).order_by("pk"))
        lock(loans, holds)
        unlink(loans=[loan.pk for loan in loans], holds=[hold.pk for hold in holds])
        HoldGroup.objects.filter(reader__in=self.readers).delete()
