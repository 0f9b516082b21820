"""Loans and reservations follow when two cards become one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.movers import Mover, Moving
from catalog.models import Work
from loans import custody
from loans.blocks import reader_rule
from loans.holds import close_hold
from loans.models import Assignment, Delegation, Hold, HoldGroup, Loan
from loans.states import HoldStatus
from milanolib.db import StartAgain, lock

if TYPE_CHECKING:
    from collections.abc import Iterable

    from accounts.models import Reader

MERGED = "readers_merged"  # why a reservation ended that both cards had


class CirculationMover(Mover):
    """Loans and reservations.

    Where both have reserved the same thing, one reservation ends: the one whose copy has not been taken from its shelf
    yet, else the later one. Limits end nothing: who has more than is allowed keeps it, and gets nothing new until there
    is room.
    """

    moves = ("loans.Loan.reader", "loans.Hold.reader", "loans.HoldGroup.reader")
    stays = ("loans.LastAct.staff",)

    def __init__(self, keep: Reader, other: Reader) -> None:
        super().__init__(keep, other)
        self._locked: set[int] = set()

    def lock_above(self) -> None:
        """Lock the queues from which a reservation may go."""
        self._locked = {one.work_id for pair in self._doubled() for one in pair}
        list(Work.objects.select_for_update(no_key=True).filter(pk__in=self._locked).order_by("pk").values_list("pk"))

    def what_moves(self) -> Iterable[Moving]:
        """Say how many, which reservations are doubled, and what is more than is allowed."""
        loans = Loan.objects.standing().filter(reader=self.other).count()
        holds = Hold.objects.open().filter(reader=self.other).count()
        doubled = self._doubled()
        rule = reader_rule(self.keep if self.keep.is_verified else self.other)
        notes = [
            _("“%(title)s” is reserved on both cards: one reservation ends, the one that is further from its reader.")
            % {"title": one.title or one.work}
            for one, _twin in doubled
        ]
        total = holds + Hold.objects.open().filter(reader=self.keep).count() - len(doubled)
        if holds and total > rule.max_holds:
            words = {"number": total, "limit": rule.max_holds}
            notes.append(
                _("Together %(number)s, more than the %(limit)s allowed: they stay, and a new one waits for room.")
                % words
            )
        yield Moving(_("loans"), loans)
        yield Moving(_("reservations"), holds, tuple(notes))

    def move(self) -> None:
        """Move all; what both have reserved is one reservation afterwards, and its copy goes to the next reader."""
        doubled = self._doubled()
        works = {one.work_id for pair in doubled for one in pair}
        if not works <= self._locked:  # reserved while we waited
            raise StartAgain
        held = list(Assignment.objects.open().filter(hold__in=[one for pair in doubled for one in pair]))
        copies = {one.copy_id: custody.fetch_copy(one.copy_id) for one in held}
        loans = list(Loan.objects.standing().filter(reader=self.other))
        holds = {one.pk: one for one in Hold.objects.open().filter(reader__in=[self.keep, self.other])}
        lock(copies.values(), loans, holds.values(), held)
        by_hold = {one.hold_id: one for one in held if one.released_at is None}
        for one, twin in doubled:
            ending = _further(holds[one.pk], holds[twin.pk], by_hold)
            assignment = by_hold.get(ending.pk)
            close_hold(ending, assignment, HoldStatus.CANCELLED, MERGED)
            if assignment is not None:
                custody.send_on(copies[assignment.copy_id], assignment)
        Hold.objects.filter(reader=self.other).update(reader=self.keep)
        HoldGroup.objects.filter(reader=self.other).update(reader=self.keep)
        Loan.objects.filter(reader=self.other).update(reader=self.keep)

    def _doubled(self) -> list[tuple[Hold, Hold]]:
        """Return the open reservations of both cards on the same thing, in pairs."""
        own = {_target(one): one for one in Hold.objects.open().filter(reader=self.keep)}
        theirs = Hold.objects.open().filter(reader=self.other).select_related("title", "work").defer("title__record")
        return [(one, own[_target(one)]) for one in theirs.in_order() if _target(one) in own]


class DelegationMover(Mover):
    """Who may collect for whom: what doubles is one delegation afterwards, that which lasts longer."""

    moves = ("loans.Delegation.reader", "loans.Delegation.delegate")

    def what_moves(self) -> Iterable[Moving]:
        """Say how many, in both directions."""
        yield Moving(_("people who may collect for this reader"), self.other.delegations.not_revoked().count())
        yield Moving(
            _("people for whom this reader may collect"), self.other.delegations_received.not_revoked().count()
        )

    def move(self) -> None:
        """Move all; nobody collects for themselves."""
        both = [self.keep, self.other]
        Delegation.objects.filter(reader__in=both, delegate__in=both).delete()
        rows = Delegation.objects.filter(Q(reader__in=both) | Q(delegate__in=both)).order_by("-valid_until", "pk")
        known: set[tuple[object, ...]] = set()
        for one in rows:
            one.reader_id = self.keep.pk if one.reader_id == self.other.pk else one.reader_id
            one.delegate_id = self.keep.pk if one.delegate_id == self.other.pk else one.delegate_id
            whom = one.delegate_name.lower() if one.delegate_id is None else one.delegate_id
            if one.revoked_at is None and (one.reader_id, whom) in known:
                one.delete()
            elif one.revoked_at is None:
                known.add((one.reader_id, whom))
        kept = Delegation.objects.all()
        kept.filter(reader=self.other).update(reader=self.keep)
        kept.filter(delegate=self.other).update(delegate=self.keep)


def _target(hold: Hold) -> tuple[object, ...]:
    return (hold.level, hold.work_id, hold.title_id, hold.volume, hold.copy_id)


def _further(one: Hold, twin: Hold, held: dict[int, Assignment]) -> Hold:
    """Return which of two reservations ends: the one whose copy stands on its shelf still, else the later."""

    def distance(hold: Hold) -> tuple[bool, object]:
        assignment = held.get(hold.pk)
        return (assignment is None or assignment.is_tentative, hold.order_key)

    return max((one, twin), key=distance)
