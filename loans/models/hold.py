"""Reservations, and the copies meant for them."""

from __future__ import annotations

from django.db import models
from django.db.models import CharField, F, Q, Value
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils.translation import gettext_lazy as _

from accounts.models import Reader
from branches.models import Place
from catalog.models import Copy, Title, Work
from loans.models.group import HoldGroup
from loans.moves import HOLD_MOVES
from loans.querysets import AssignmentQuerySet, HoldQuerySet
from loans.states import OPEN_HOLD, WITH_COPY, HoldLevel, HoldStatus
from milanolib.errors import DomainError

# What takes part in the order now: `HoldQuerySet.waiting`.
WAITS = Q(status=HoldStatus.QUEUED, suspended_until=None, waits_for_set=False)


class Hold(models.Model):
    """A reader's turn for a work, a title, a volume or a copy, to be collected at one point.

    Its place in the order is the key (rank, placed_at, id), which is never renumbered. The reader is unlinked
    some days after it ended.
    """

    reader = models.ForeignKey(
        Reader, models.PROTECT, null=True, blank=True, related_name="holds", verbose_name=_("reader")
    )
    work = models.ForeignKey(Work, models.PROTECT, related_name="holds", verbose_name=_("work"))
    title = models.ForeignKey(
        Title, models.PROTECT, null=True, blank=True, related_name="holds", verbose_name=_("title")
    )
    copy = models.ForeignKey(
        Copy, models.PROTECT, null=True, blank=True, related_name="copy_level_holds", verbose_name=_("copy")
    )
    volume = models.CharField(_("volume"), max_length=40, blank=True)
    level = models.CharField(_("reserved"), max_length=8, choices=HoldLevel.choices)
    pickup_place = models.ForeignKey(
        Place, models.PROTECT, related_name="holds_to_collect", verbose_name=_("to be collected at")
    )
    status = models.CharField(_("status"), max_length=12, choices=HoldStatus.choices, default=HoldStatus.QUEUED)
    rank = models.SmallIntegerField(
        _("rank"), default=0, help_text=_("0 for every reader; others only for published reasons.")
    )
    placed_at = models.DateTimeField(_("placed at"))
    waits_since = models.DateTimeField(
        _("waits at this point since"),
        null=True,
        blank=True,
        help_text=_("Empty: since it was placed. It says nothing about the order."),
    )
    target = models.GeneratedField(
        expression=Concat(
            "level",
            Value(":"),
            Coalesce(Cast("copy_id", CharField()), Cast("title_id", CharField()), Value("")),
            Value(":"),
            "volume",
        ),
        output_field=models.CharField(_("what is asked for"), max_length=80),
        db_persist=True,
    )
    ready_at = models.DateTimeField(_("ready at"), null=True, blank=True)
    keep_until = models.DateField(_("kept until"), null=True, blank=True, help_text=_("Last day, set by the library."))
    not_needed_after = models.DateField(_("not needed after"), null=True, blank=True, help_text=_("Set by the reader."))
    group = models.ForeignKey(
        HoldGroup, models.SET_NULL, null=True, blank=True, related_name="holds", verbose_name=_("reserved together")
    )
    waits_for_set = models.BooleanField(
        _("waits until its whole set can be had"),
        default=False,
        db_default=False,
        help_text=_("It does not take part in the order until a copy of each member can be had at once."),
    )
    suspended_on = models.DateField(_("suspended on"), null=True, blank=True)
    suspended_until = models.DateField(
        _("suspended until"), null=True, blank=True, help_text=_("The day on which it takes part again.")
    )
    suspended_days = models.PositiveSmallIntegerField(_("days it was suspended before"), default=0, db_default=0)
    unfillable_since = models.DateTimeField(_("nothing can fill it since"), null=True, blank=True)
    told_day = models.DateField(
        _("expected around, as told last"), null=True, blank=True, help_text=_("Told anew when it moves by more.")
    )
    pickup_code = models.CharField(_("pickup code"), max_length=8, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    end_reason = models.CharField(_("why it ended"), max_length=30, blank=True)

    objects = HoldQuerySet.as_manager()

    class Meta:
        verbose_name = _("reservation")
        verbose_name_plural = _("reservations")
        ordering = ["rank", "placed_at", "id"]
        permissions = [("work_at_desk", _("Can work at the desk"))]
        constraints = [
            models.UniqueConstraint(
                fields=["reader", "title"],
                condition=Q(status__in=OPEN_HOLD, level=HoldLevel.TITLE),
                name="hold_one_open_per_reader_and_title",
            ),
            models.UniqueConstraint(
                fields=["reader", "work"],
                condition=Q(status__in=OPEN_HOLD, level=HoldLevel.WORK),
                name="hold_one_open_per_reader_and_work",
            ),
            models.UniqueConstraint(
                fields=["reader", "title", "volume"],
                condition=Q(status__in=OPEN_HOLD, level=HoldLevel.VOLUME),
                name="hold_one_open_per_reader_and_volume",
            ),
            models.UniqueConstraint(
                fields=["reader", "copy"],
                condition=Q(status__in=OPEN_HOLD, level=HoldLevel.COPY),
                name="hold_one_open_per_reader_and_copy",
            ),
            models.UniqueConstraint(
                fields=["pickup_code"], condition=~Q(pickup_code=""), name="hold_pickup_code_once_while_valid"
            ),
            models.CheckConstraint(
                condition=Q(level=HoldLevel.WORK, title__isnull=True, copy__isnull=True, volume="")
                | Q(level=HoldLevel.TITLE, title__isnull=False, copy__isnull=True, volume="")
                | (Q(level=HoldLevel.VOLUME, title__isnull=False, copy__isnull=True) & ~Q(volume=""))
                | Q(level=HoldLevel.COPY, title__isnull=False, copy__isnull=False, volume=""),
                name="hold_level_says_what_is_reserved",
            ),
            models.CheckConstraint(
                condition=~Q(status=HoldStatus.READY)
                | (Q(ready_at__isnull=False, keep_until__isnull=False) & ~Q(pickup_code="")),
                name="hold_ready_has_time_last_day_and_code",
            ),
            models.CheckConstraint(
                condition=Q(status__in=OPEN_HOLD, ended_at__isnull=True)
                | (~Q(status__in=OPEN_HOLD) & Q(ended_at__isnull=False)),
                name="hold_ended_exactly_when_not_open",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=OPEN_HOLD) | Q(reader__isnull=False), name="hold_open_has_a_reader"
            ),
            models.CheckConstraint(
                condition=Q(suspended_on=None, suspended_until=None)
                | Q(suspended_on__isnull=False, suspended_until__isnull=False, suspended_until__gt=F("suspended_on")),
                name="hold_suspended_from_a_day_until_a_later_one",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=WITH_COPY) | Q(suspended_until=None), name="hold_suspended_has_no_copy"
            ),
            models.CheckConstraint(
                condition=Q(waits_for_set=False) | ~Q(status__in=WITH_COPY), name="hold_waiting_for_its_set_has_no_copy"
            ),
            models.CheckConstraint(
                condition=Q(status=HoldStatus.READY) | Q(pickup_code=""), name="hold_code_only_while_ready"
            ),
        ]
        indexes = [
            models.Index(fields=["work", "rank", "placed_at", "id"], condition=WAITS, name="hold_in_line"),
            models.Index(
                fields=["work", "target", "pickup_place", "rank", "placed_at", "id"],
                condition=WAITS,
                name="hold_in_line_by_target",
            ),
            models.Index(fields=["reader"], condition=Q(status__in=OPEN_HOLD), name="hold_open_by_reader"),
            models.Index(
                fields=["pickup_place", "status"], condition=Q(status__in=OPEN_HOLD), name="hold_open_by_place"
            ),
            models.Index(
                fields=["suspended_until"],
                condition=Q(status=HoldStatus.QUEUED, suspended_until__isnull=False),
                name="hold_suspended_by_day",
            ),
            models.Index(
                fields=["not_needed_after"],
                condition=Q(status__in=[HoldStatus.QUEUED, HoldStatus.ASSIGNED], not_needed_after__isnull=False),
                name="hold_to_lapse_by_day",
            ),
            models.Index(
                fields=["work"],
                condition=Q(status__in=OPEN_HOLD, unfillable_since__isnull=False),
                name="hold_unfillable_by_work",
            ),
            models.Index(fields=["keep_until"], condition=Q(status=HoldStatus.READY), name="hold_ready_by_last_day"),
        ]

    def __str__(self) -> str:
        return f"{self.level} {self.pk}"

    @property
    def is_open(self) -> bool:
        """Whether the reader still has this turn."""
        return self.status in OPEN_HOLD

    @property
    def order_key(self) -> tuple[int, object, int]:
        """Return the place in the order: earlier is served first."""
        return (self.rank, self.placed_at, self.pk)

    def move_to(self, status: HoldStatus) -> None:
        """Set the next status; saving it, and what follows, is the verb's. Raises HoldMoveRefused."""
        if status not in HOLD_MOVES.get(self.status, ()):
            raise HoldMoveRefused
        self.status = status


class HoldMoveRefused(DomainError):
    """A reservation does not go from its state to that one."""

    code = "hold_move_refused"
    message = _("This reservation has changed meanwhile. Load the page again to see where it stands.")


class Assignment(models.Model):
    """A copy meant for a hold, until released; tentative before it is committed by picking the copy."""

    hold = models.ForeignKey(Hold, models.PROTECT, related_name="assignments", verbose_name=_("reservation"))
    copy = models.ForeignKey(Copy, models.PROTECT, related_name="assignments", verbose_name=_("copy"))
    made_at = models.DateTimeField(_("made at"))
    committed_at = models.DateTimeField(_("committed at"), null=True, blank=True)
    released_at = models.DateTimeField(_("released at"), null=True, blank=True)
    release_reason = models.CharField(_("released because"), max_length=30, blank=True)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        constraints = [
            models.UniqueConstraint(
                fields=["copy"], condition=Q(released_at=None), name="assignment_one_open_per_copy"
            ),
            models.UniqueConstraint(
                fields=["hold"], condition=Q(released_at=None), name="assignment_one_open_per_hold"
            ),
            models.CheckConstraint(
                condition=Q(committed_at=None) | Q(committed_at__gte=F("made_at")),
                name="assignment_committed_after_it_was_made",
            ),
            models.CheckConstraint(
                condition=Q(released_at=None, release_reason="")
                | (Q(released_at__isnull=False) & ~Q(release_reason="")),
                name="assignment_released_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hold_id} ← {self.copy_id}"

    @property
    def is_tentative(self) -> bool:
        """Whether another copy may still be put in this one's place."""
        return self.committed_at is None


class HoldPass(models.Model):
    """A hold was passed over for a copy, and why; it kept its turn. Readers and librarians can see it.

    For a full point it is written of the first who waits there for the same thing: those behind were not due yet.
    """

    hold = models.ForeignKey(Hold, models.CASCADE, related_name="passes", verbose_name=_("reservation"))
    copy = models.ForeignKey(Copy, models.CASCADE, related_name="passes", verbose_name=_("copy"))
    place = models.ForeignKey(
        Place, models.CASCADE, null=True, blank=True, related_name="passes", verbose_name=_("point that was full")
    )
    reason = models.CharField(_("reason"), max_length=30)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("reservation passed over")
        verbose_name_plural = _("reservations passed over")
        constraints = [models.UniqueConstraint(fields=["hold", "copy", "reason"], name="holdpass_once_per_copy")]

    def __str__(self) -> str:
        return f"{self.hold_id} {self.reason}"
