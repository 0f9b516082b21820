"""What a librarian must look into."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from branches.models import Place, Report
from catalog.models import Copy, Work
from loans.models.custody import Crate, Parcel
from loans.models.loan import Loan


class TaskKind(models.TextChoices):
    """What a librarian must look into."""

    UNKNOWN_TAG = "unknown_tag", _("A point scanned a tag that we do not know")
    UNKNOWN_BARCODE = "unknown_barcode", _("A barcode was reported that no copy has")
    UNKNOWN_CARD = "unknown_card", _("A copy was lent offline to a card that we do not know")
    NOT_ON_LOAN = "not_on_loan", _("A point took back a copy that was not on loan")
    WRONG_POINT = "wrong_point", _("A parcel turned up at another point")
    PARCEL_GONE = "parcel_gone", _("A parcel was handed over that should not have been")
    LOAN_CONTRADICTED = "loan_contradicted", _("A copy was lent while it was still on loan to somebody")
    LENT_ANYWAY = "lent_anyway", _("A copy was lent or renewed offline although a rule refuses it")
    KEPT_COPY_LENT = "kept_copy_lent", _("A copy kept for another reader was lent offline")
    PARTS_MISSING = "parts_missing", _("A copy came back without all its parts")
    NOT_ON_SHELF = "not_on_shelf", _("A copy was not found on its shelf: look again")
    CLAIMED_RETURNED = "claimed_returned", _("A reader says that this was given back: look for it")
    NEVER_BORROWED = "never_borrowed", _("The reader who should have this never had it: look for it")
    LATE_JOURNEY = "late_journey", _("A copy has been on the road for too long: look for it")
    NOT_IN_CRATE = "not_in_crate", _("A crate should have held this and did not: look for it")
    NOT_ON_LIST = "not_on_list", _("This came in a crate and was not on its list")
    WRONG_CRATE = "wrong_crate", _("A crate for another place turned up at a point")
    CRATE_TURNED = "crate_turned", _("A crate for a point that is closed is brought back: unpack it here")
    CRATE_STOPPED = "crate_stopped", _("A crate for a point that is closed stands here: its parcels go elsewhere")
    PARCEL_MISSING = "parcel_missing", _("A point or its reader did not find what a parcel should hold")
    PARCEL_WRONG = "parcel_wrong", _("A reader found something else in a parcel")
    PARCEL_DAMAGED = "parcel_damaged", _("A reader found a damaged copy in a parcel")
    CRATE_DIFFERS = "crate_differs", _("A point put another number into a crate than it had to send")
    CRATE_MISCOUNTED = "crate_miscounted", _("A point found another number of parcels in a crate than was sealed in it")
    SHELF_DIFFERS = "shelf_differs", _("A point counted another number of parcels than we believe are there")
    HANDOVER_DIFFERS = "handover_differs", _("The driver counted other crates at a stop than the place confirmed")
    FETCH_FROM_POINT = (
        "fetch_from_point",
        _("A point is closed for long: fetch what lies there, scan it at the desk"),
    )
    BAD_REPORT = "bad_report", _("A device sent something that we cannot read")
    DEPOSIT_DIFFERS = "deposit_differs", _("A condominium library counted another number of books than its deposit has")
    DEPOSIT_READY = "deposit_ready", _("Volunteers say from when on a deposit can be fetched: see its page")
    DEPOSIT_WANTED = "deposit_wanted", _("A reader waits for a title of which we have no copy but in a deposit")
    DEPOSIT_MISSING = "deposit_missing", _("Volunteers do not find this book of their deposit")
    DEPOSIT_DAMAGED = "deposit_damaged", _("Volunteers say that this book of their deposit is damaged")
    UNFILLABLE = "unfillable", _("Readers wait for something of which no copy can be lent")
    NEVER_OPEN = "never_open", _("A point opens on no day for more than a year: dates there stay on a closed day")


class Task(models.Model):
    """Something that the machine could not settle. It names things, never a reader."""

    TURNED_UP, GIVEN_UP, SETTLED = "turned_up", "given_up", "settled"  # answers that the machine writes

    kind = models.CharField(_("kind"), max_length=20, choices=TaskKind.choices)
    place = models.ForeignKey(Place, models.PROTECT, related_name="tasks", verbose_name=_("place"))
    copy = models.ForeignKey(Copy, models.SET_NULL, null=True, blank=True, related_name="tasks", verbose_name=_("copy"))
    parcel = models.ForeignKey(
        Parcel, models.SET_NULL, null=True, blank=True, related_name="tasks", verbose_name=_("parcel")
    )
    loan = models.ForeignKey(Loan, models.SET_NULL, null=True, blank=True, related_name="tasks", verbose_name=_("loan"))
    report = models.ForeignKey(
        Report, models.SET_NULL, null=True, blank=True, related_name="tasks", verbose_name=_("report")
    )
    point = models.ForeignKey(
        Place, models.PROTECT, null=True, blank=True, related_name="tasks_about", verbose_name=_("about the point")
    )
    work = models.ForeignKey(
        Work, models.CASCADE, null=True, blank=True, related_name="tasks", verbose_name=_("about the work")
    )
    round_call = models.OneToOneField(
        "RoundCall", models.CASCADE, null=True, blank=True, related_name="task", verbose_name=_("call of the van")
    )
    crate = models.ForeignKey(
        Crate, models.CASCADE, null=True, blank=True, related_name="tasks", verbose_name=_("about the crate")
    )
    opened_at = models.DateTimeField(_("opened at"))
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("closed by")
    )
    answer = models.CharField(_("what was done"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        ordering = ["opened_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "report"], condition=Q(report__isnull=False), name="task_once_per_report_and_kind"
            ),
            models.UniqueConstraint(
                fields=["kind", "point"],
                condition=Q(point__isnull=False, closed_at=None),
                name="task_one_open_per_point_and_kind",
            ),
            models.UniqueConstraint(
                fields=["kind", "place", "work"],
                condition=Q(work__isnull=False, closed_at=None),
                name="task_one_open_per_work_place_and_kind",
            ),
            models.UniqueConstraint(
                fields=["kind", "crate"],
                condition=Q(crate__isnull=False, closed_at=None),
                name="task_one_open_per_crate_and_kind",
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(closed_at__gte=F("opened_at")), name="task_closed_after_it_opened"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"

    @property
    def answer_in_words(self) -> str:
        """Return what was done, also where nobody wrote it because the machine closed the task."""
        said = {
            self.TURNED_UP: _("It turned up."),
            self.GIVEN_UP: _("The search was given up."),
            self.SETTLED: _("It is so no more."),
        }
        return str(said.get(self.answer, self.answer))
