"""What a closure moved: one batch for a closure, one line for each thing, so that it can be resumed and put back."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from branches.models import Closure, Place, Visit
from loans.models.hold import Hold
from loans.models.loan import Loan

UNDO_WITHIN = dt.timedelta(days=7)


class ClosureBatch(models.Model):
    """The dates that a closure moved, as it was applied; it keeps its own days, since the closure may change or go.

    A closure has one batch that stands: applying it again after it was made longer goes on with that one.
    """

    closure = models.ForeignKey(
        Closure, models.SET_NULL, null=True, blank=True, related_name="batches", verbose_name=_("closure")
    )
    place = models.ForeignKey(Place, models.PROTECT, related_name="closure_batches", verbose_name=_("place"))
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)
    applied_at = models.DateTimeField(_("applied at"))
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("applied by")
    )
    finished_at = models.DateTimeField(_("all moved at"), null=True, blank=True)
    undo_begun_at = models.DateTimeField(_("undone from"), null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("undone by")
    )
    undone_at = models.DateTimeField(_("all put back at"), null=True, blank=True)

    class Meta:
        verbose_name = _("closure applied")
        verbose_name_plural = _("closures applied")
        ordering = ["-applied_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["closure"],
                condition=Q(closure__isnull=False, undo_begun_at=None),
                name="closurebatch_one_standing_per_closure",
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="closurebatch_ends_after_it_began"
            ),
            models.CheckConstraint(
                condition=Q(finished_at=None) | Q(finished_at__gte=F("applied_at")),
                name="closurebatch_finished_after_it_was_applied",
            ),
            models.CheckConstraint(
                condition=Q(undo_begun_at=None)
                | Q(undo_begun_at__gte=F("applied_at"), undo_begun_at__lte=F("applied_at") + UNDO_WITHIN),
                name="closurebatch_undone_within_seven_days",
            ),
            models.CheckConstraint(
                condition=Q(undone_at=None) | Q(undo_begun_at__isnull=False, undone_at__gte=F("undo_begun_at")),
                name="closurebatch_put_back_after_undo_began",
            ),
        ]
        indexes = [
            models.Index(
                fields=["applied_at"],
                condition=Q(finished_at=None, undo_begun_at=None) | Q(undo_begun_at__isnull=False, undone_at=None),
                name="closurebatch_to_go_on_with",
            )
        ]

    def __str__(self) -> str:
        return f"{self.place_id} {self.starts_on}"

    @property
    def undo_until(self) -> dt.datetime:
        """Return the last instant at which it can be undone."""
        return self.applied_at + UNDO_WITHIN


class Moved(models.TextChoices):
    """What a line of a batch is about."""

    LOAN = "loan", _("loan")
    HOLD = "hold", _("reservation kept")
    VISIT = "visit", _("visit of the Bibliobus")


class LeftBecause(models.TextChoices):
    """Why an undo left a line as it was."""

    RENEWED = "renewed", _("renewed since")
    CHANGED = "changed", _("changed since")
    ENDED = "ended", _("given back, collected or ended since")
    TOO_LATE = "too_late", _("the earlier day is today or past: nobody could keep to it")
    STILL_SHUT = "still_shut", _("closed on the earlier day for another reason")


class ClosureMove(models.Model):
    """One line of a batch: a thing, its day before and after. The thing is forgotten when its reader is unlinked.

    Of a visit the line says that it was cancelled; its day after is the next visit, or the same day without one.
    """

    batch = models.ForeignKey(ClosureBatch, models.CASCADE, related_name="moves", verbose_name=_("closure applied"))
    kind = models.CharField(_("kind"), max_length=6, choices=Moved.choices)
    loan = models.ForeignKey(
        Loan, models.SET_NULL, null=True, blank=True, related_name="closure_moves", verbose_name=_("loan")
    )
    hold = models.ForeignKey(
        Hold, models.SET_NULL, null=True, blank=True, related_name="closure_moves", verbose_name=_("reservation")
    )
    visit = models.ForeignKey(
        Visit, models.SET_NULL, null=True, blank=True, related_name="closure_moves", verbose_name=_("visit")
    )
    before = models.DateField(_("before"))
    after = models.DateField(_("after"))
    moved_at = models.DateTimeField(_("moved at"))
    put_back_at = models.DateTimeField(_("put back at"), null=True, blank=True)
    left_because = models.CharField(_("left because"), max_length=12, choices=LeftBecause.choices, blank=True)

    class Meta:
        verbose_name = _("date moved")
        verbose_name_plural = _("dates moved")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "loan"], name="closuremove_loan_once_per_batch"),
            models.UniqueConstraint(fields=["batch", "hold"], name="closuremove_hold_once_per_batch"),
            models.UniqueConstraint(fields=["batch", "visit"], name="closuremove_visit_once_per_batch"),
            models.CheckConstraint(
                condition=Q(kind=Moved.LOAN, hold=None, visit=None)
                | Q(kind=Moved.HOLD, loan=None, visit=None)
                | Q(kind=Moved.VISIT, loan=None, hold=None),
                name="closuremove_is_about_one_thing",
            ),
            models.CheckConstraint(condition=Q(after__gte=F("before")), name="closuremove_never_to_an_earlier_day"),
            models.CheckConstraint(
                condition=Q(put_back_at=None) | Q(left_because=""), name="closuremove_put_back_or_left"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.before} → {self.after}"
