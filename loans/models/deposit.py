"""Sets of our copies that stay some months at a condominium library, then move whole to the next one or home."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from branches.models import Place, PlaceKind
from catalog.models import Copy
from loans.deposit_errors import DepositMoveRefused
from loans.states import DEPOSIT_MOVES, DepositStatus, LeftDeposit

if TYPE_CHECKING:
    import datetime as dt


class Deposit(models.Model):
    """A set of copies of one library with a name of its own. Its row is the lock of its stays."""

    name = models.CharField(_("name"), max_length=80)
    library = models.ForeignKey(Place, models.PROTECT, related_name="deposits", verbose_name=_("lent by"))
    status = models.CharField(
        _("status"), max_length=10, choices=DepositStatus.choices, default=DepositStatus.COMPOSING
    )
    made_at = models.DateTimeField(_("begun at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("deposit")
        verbose_name_plural = _("deposits")
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["library", "name"], condition=Q(ended_at=None), name="deposit_name_once_while_it_stands"
            ),
            models.CheckConstraint(
                condition=Q(status=DepositStatus.ENDED, ended_at__isnull=False)
                | (~Q(status=DepositStatus.ENDED) & Q(ended_at=None)),
                name="deposit_ended_says_when",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def move_to(self, status: DepositStatus) -> None:
        """Set the next status; saving it is the verb's. Raises DepositMoveRefused."""
        if status not in DEPOSIT_MOVES.get(self.status, ()):
            raise DepositMoveRefused(status=self.get_status_display())
        self.status = status


class DepositCopy(models.Model):
    """A copy in a set, from when to when. Called `DepositCopy`, because a copy is in many sets in its life."""

    deposit = models.ForeignKey(Deposit, models.CASCADE, related_name="members", verbose_name=_("deposit"))
    copy = models.ForeignKey(Copy, models.PROTECT, related_name="deposits", verbose_name=_("copy"))
    added_at = models.DateTimeField(_("added at"))
    left_at = models.DateTimeField(_("left at"), null=True, blank=True)
    left_because = models.CharField(_("left because"), max_length=12, choices=LeftDeposit.choices, blank=True)

    class Meta:
        verbose_name = _("copy of a deposit")
        verbose_name_plural = _("copies of a deposit")
        ordering = ["added_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["copy"], condition=Q(left_at=None), name="depositcopy_in_one_set_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(left_at=None, left_because="") | (Q(left_at__isnull=False) & ~Q(left_because="")),
                name="depositcopy_left_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.deposit_id} {self.copy_id}"


class DepositStay(models.Model):
    """Where a set is to be, from which day to which; and when it was sent there, received, and left."""

    deposit = models.ForeignKey(Deposit, models.CASCADE, related_name="stays", verbose_name=_("deposit"))
    place = models.ForeignKey(
        Place,
        models.PROTECT,
        related_name="deposit_stays",
        limit_choices_to={"kind": PlaceKind.CONDOMINIUM},
        verbose_name=_("condominium library"),
    )
    from_on = models.DateField(_("from"))
    until_on = models.DateField(_("until"), help_text=_("Its last day."))
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    copies_sent = models.PositiveSmallIntegerField(_("books sent"), null=True, blank=True)
    received_at = models.DateTimeField(_("received at"), null=True, blank=True)
    counted_in = models.PositiveSmallIntegerField(_("books counted on arrival"), null=True, blank=True)
    ready_from = models.DateField(
        _("ready to go from"), null=True, blank=True, help_text=_("By the word of the volunteers.")
    )
    ready_count = models.PositiveSmallIntegerField(_("books counted when it was ready"), null=True, blank=True)
    left_at = models.DateTimeField(_("left at"), null=True, blank=True)
    counted_out = models.PositiveSmallIntegerField(_("books counted when it left"), null=True, blank=True)

    class Meta:
        verbose_name = _("stay of a deposit")
        verbose_name_plural = _("stays of a deposit")
        ordering = ["from_on", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(until_on__gte=F("from_on")), name="depositstay_ends_after_it_begins"),
            models.CheckConstraint(
                condition=Q(sent_at=None, copies_sent=None) | Q(sent_at__isnull=False, copies_sent__gte=1),
                name="depositstay_sent_says_how_many",
            ),
            models.CheckConstraint(
                condition=Q(received_at=None) | Q(sent_at__isnull=False), name="depositstay_received_was_sent"
            ),
            models.CheckConstraint(
                condition=Q(left_at=None) | Q(received_at__isnull=False), name="depositstay_left_was_received"
            ),
            models.CheckConstraint(
                condition=Q(ready_from=None, ready_count=None)
                | Q(ready_from__isnull=False, ready_count__isnull=False, received_at__isnull=False),
                name="depositstay_ready_was_received_and_counted",
            ),
            models.UniqueConstraint(
                fields=["deposit"],
                condition=Q(sent_at__isnull=False, left_at=None),
                name="depositstay_one_under_way",
            ),
            ExclusionConstraint(
                name="depositstay_one_at_a_time",
                expressions=[
                    (F("deposit"), RangeOperators.EQUAL),
                    (
                        Func(
                            F("from_on"),
                            F("until_on"),
                            RangeBoundary(inclusive_lower=True, inclusive_upper=True),
                            function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.deposit_id} {self.place_id}"

    def is_over_on(self, day: dt.date) -> bool:
        """Whether the set should have left by a day."""
        return self.left_at is None and self.until_on < day
