"""A copy in a reader's hands."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Reader
from branches.models import Place
from catalog.models import Copy
from loans.models.hold import Hold
from loans.models.rules import LoanRule
from loans.moves import LOAN_MOVES
from loans.querysets import LoanQuerySet
from loans.states import STANDING_LOAN, LoanEnd, LoanStatus
from milanolib.errors import DomainError


class Loan(models.Model):
    """A loan with the rule values frozen when it began: a change of policy never rewrites it.

    The reader is unlinked some days after a clean return; age band and Municipio stay for statistics.
    """

    reader = models.ForeignKey(
        Reader, models.PROTECT, null=True, blank=True, related_name="loans", verbose_name=_("reader")
    )
    copy = models.ForeignKey(Copy, models.PROTECT, related_name="loans", verbose_name=_("copy"))
    hold = models.OneToOneField(
        Hold, models.SET_NULL, null=True, blank=True, related_name="loan", verbose_name=_("reservation")
    )
    place = models.ForeignKey(Place, models.PROTECT, related_name="loans_made", verbose_name=_("lent at"))
    status = models.CharField(_("status"), max_length=8, choices=LoanStatus.choices, default=LoanStatus.OPEN)
    lent_at = models.DateTimeField(_("lent at"))
    due_on = models.DateField(_("due on"))
    loan_days = models.PositiveSmallIntegerField(_("days of a loan"))
    max_renewals = models.PositiveSmallIntegerField(_("renewals allowed"))
    renewals = models.PositiveSmallIntegerField(_("renewals"), default=0)
    renewed_at = models.DateTimeField(_("last renewed at"), null=True, blank=True)
    extended_on = models.DateField(
        _("put off on"), null=True, blank=True, help_text=_("'Not today': the due day moved on by one, once.")
    )
    grace_days = models.PositiveSmallIntegerField(_("days late that are forgiven"), default=0)
    suspension_per_day = models.DecimalField(
        _("days of suspension for each day late"), max_digits=4, decimal_places=2, default=0
    )
    suspension_most = models.PositiveSmallIntegerField(_("days of suspension at most"), default=0)
    counts_in_total = models.BooleanField(_("counts towards all loans together"), default=True)
    limit_group = models.CharField(_("counted together as"), max_length=20, blank=True)
    rule = models.ForeignKey(LoanRule, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("rule"))
    material = models.CharField(_("material class"), max_length=12)
    reader_category = models.CharField(_("reader's category"), max_length=12, blank=True)
    age_band = models.CharField(_("age band"), max_length=8, blank=True)
    municipio = models.PositiveSmallIntegerField(_("reader's Municipio"), null=True, blank=True)
    closed_at = models.DateTimeField(_("given back at"), null=True, blank=True)
    returned_place = models.ForeignKey(
        Place, models.PROTECT, null=True, blank=True, related_name="loans_returned", verbose_name=_("given back to")
    )
    checked_in_at = models.DateTimeField(_("checked in at"), null=True, blank=True)
    suspended_until = models.DateField(
        _("suspends its reader until"), null=True, blank=True, help_text=_("Because it came back late; the last day.")
    )
    is_remembered = models.BooleanField(
        _("in the history, if its reader keeps one"),
        default=True,
        db_default=True,
        help_text=_("Not ticked: its reader has deleted it from the history."),
    )
    lost_after_days = models.PositiveSmallIntegerField(_("taken for lost after days late"), default=60, db_default=60)
    claimed_on = models.DateField(
        _("given back on, says its reader"), null=True, blank=True, help_text=_("Late days stop there.")
    )
    claimed_place = models.ForeignKey(
        Place, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("given back to, says its reader")
    )
    lost_on = models.DateField(_("lost since"), null=True, blank=True, help_text=_("Late days stop there."))
    settled_at = models.DateTimeField(
        _("settled at"), null=True, blank=True, help_text=_("When a claimed or lost loan ended for good.")
    )
    end_reason = models.CharField(
        _("why it ended otherwise"), max_length=14, choices=LoanEnd.choices, blank=True, default="", db_default=""
    )
    unlinked_at = models.DateTimeField(_("unlinked from its reader at"), null=True, blank=True)

    objects = LoanQuerySet.as_manager()

    class Meta:
        verbose_name = _("loan")
        verbose_name_plural = _("loans")
        permissions = [("override_refusal", _("Can lend, reserve and renew although a rule says no"))]
        constraints = [
            models.UniqueConstraint(
                fields=["copy"], condition=Q(status__in=STANDING_LOAN), name="loan_one_standing_per_copy"
            ),
            models.CheckConstraint(
                condition=Q(status=LoanStatus.CLOSED, closed_at__isnull=False)
                | (~Q(status=LoanStatus.CLOSED) & Q(closed_at__isnull=True)),
                name="loan_closed_exactly_when_given_back",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(closed_at__gte=F("lent_at")),
                name="loan_given_back_after_it_was_lent",
            ),
            models.CheckConstraint(
                condition=Q(reader__isnull=False, unlinked_at__isnull=True)
                | Q(reader__isnull=True, unlinked_at__isnull=False, status=LoanStatus.CLOSED),
                name="loan_without_reader_is_closed_and_says_when",
            ),
            models.CheckConstraint(
                condition=Q(suspended_until__isnull=True) | Q(status=LoanStatus.CLOSED),
                name="loan_suspends_only_once_given_back",
            ),
            models.CheckConstraint(
                condition=~Q(status=LoanStatus.CLAIMED) | Q(claimed_on__isnull=False, lost_on__isnull=True),
                name="loan_claimed_says_since_when",
            ),
            models.CheckConstraint(
                condition=~Q(status=LoanStatus.LOST) | Q(lost_on__isnull=False), name="loan_lost_says_since_when"
            ),
            models.CheckConstraint(
                condition=~Q(status=LoanStatus.OPEN) | Q(claimed_on__isnull=True, lost_on__isnull=True),
                name="loan_open_is_neither_claimed_nor_lost",
            ),
            models.CheckConstraint(
                condition=Q(claimed_on__isnull=False) | Q(claimed_place__isnull=True),
                name="loan_claimed_place_only_with_its_day",
            ),
            models.CheckConstraint(
                condition=Q(status=LoanStatus.CLOSED) | Q(end_reason="", settled_at__isnull=True),
                name="loan_settled_only_when_closed",
            ),
            models.CheckConstraint(
                condition=~Q(status=LoanStatus.CLOSED) | Q(returned_place__isnull=False) | ~Q(end_reason=""),
                name="loan_closed_was_given_back_or_says_why_not",
            ),
            models.CheckConstraint(
                condition=Q(renewals__lte=F("max_renewals")), name="loan_renewed_no_more_than_allowed"
            ),
            models.CheckConstraint(
                condition=Q(extended_on=None) | Q(due_on__gt=F("extended_on")), name="loan_put_off_is_due_later"
            ),
        ]
        indexes = [
            models.Index(fields=["reader"], condition=Q(status__in=STANDING_LOAN), name="loan_standing_by_reader"),
            models.Index(
                fields=["reader", "suspended_until"],
                condition=Q(suspended_until__isnull=False, reader__isnull=False),
                name="loan_suspending_by_reader",
            ),
            models.Index(fields=["due_on"], condition=Q(status=LoanStatus.OPEN), name="loan_open_by_due_day"),
            models.Index(
                fields=["copy"],
                condition=Q(status__in=[LoanStatus.CLAIMED, LoanStatus.LOST]),
                name="loan_claimed_or_lost",
            ),
            models.Index(
                fields=["closed_at"],
                condition=Q(status=LoanStatus.CLOSED, reader__isnull=False),
                name="loan_to_be_unlinked",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def receipt_number(self) -> str:
        """Return the number on the receipt of the return."""
        return f"R{self.pk:08d}"

    def move_to(self, status: LoanStatus) -> None:
        """Set the next status; saving it, and what follows, is the verb's. Raises LoanMoveRefused."""
        if status not in LOAN_MOVES.get(self.status, ()):
            raise LoanMoveRefused
        self.status = status


class LoanMoveRefused(DomainError):
    """A loan does not go from its state to that one."""

    code = "loan_move_refused"
    message = _("This loan has changed meanwhile. Load the page again to see where it stands.")
