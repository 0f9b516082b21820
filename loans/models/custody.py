"""Who has what in hand: journeys, parcels, crates."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from branches.models import Device, Place, Round
from catalog.models import Copy
from loans.models.hold import Assignment
from loans.moves import CRATE_MOVES, TRANSIT_MOVES
from loans.states import (
    OPEN_TRANSIT,
    PARCEL_MOVES,
    PARCEL_WITH_US,
    CrateStatus,
    ParcelStatus,
    TransitReason,
    TransitStatus,
)
from milanolib.errors import DomainError


class CustodyMoveRefused(DomainError):
    """A parcel, crate or journey does not go from its state to that one."""

    code = "custody_move_refused"
    message = _("This has changed meanwhile. Scan it again to see where it stands.")


class Transit(models.Model):
    """A copy's journey from one place to another, with its cause."""

    copy = models.ForeignKey(Copy, models.PROTECT, related_name="transits", verbose_name=_("copy"))
    origin = models.ForeignKey(Place, models.PROTECT, related_name="transits_out", verbose_name=_("from"))
    destination = models.ForeignKey(Place, models.PROTECT, related_name="transits_in", verbose_name=_("to"))
    reason = models.CharField(_("reason"), max_length=10, choices=TransitReason.choices)
    status = models.CharField(
        _("status"), max_length=10, choices=TransitStatus.choices, default=TransitStatus.REQUESTED
    )
    assignment = models.ForeignKey(
        Assignment, models.SET_NULL, null=True, blank=True, related_name="transits", verbose_name=_("assignment")
    )
    expected_on = models.DateField(_("expected on"), null=True, blank=True)
    requested_at = models.DateTimeField(_("requested at"))
    loaded_at = models.DateTimeField(_("loaded at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    previous = models.OneToOneField(
        "self", models.SET_NULL, null=True, blank=True, related_name="next", verbose_name=_("goes on from")
    )
    crate = models.ForeignKey(
        "Crate",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="transits",
        verbose_name=_("crate"),
        help_text=_("The one in which it travels, or came."),
    )
    searched_at = models.DateTimeField(
        _("looked for since"), null=True, blank=True, help_text=_("Too long on the road: both ends were asked.")
    )

    class Meta:
        verbose_name = _("journey")
        verbose_name_plural = _("journeys")
        constraints = [
            models.UniqueConstraint(
                fields=["copy"], condition=Q(status__in=OPEN_TRANSIT), name="transit_one_open_per_copy"
            ),
            models.CheckConstraint(condition=~Q(origin=F("destination")), name="transit_goes_somewhere_else"),
            models.CheckConstraint(
                condition=Q(status__in=OPEN_TRANSIT, ended_at__isnull=True)
                | (~Q(status__in=OPEN_TRANSIT) & Q(ended_at__isnull=False)),
                name="transit_ended_exactly_when_not_open",
            ),
            models.CheckConstraint(
                condition=~Q(status=TransitStatus.LOADED) | Q(loaded_at__isnull=False),
                name="transit_loaded_says_when",
            ),
            models.CheckConstraint(
                condition=Q(crate=None) | ~Q(status=TransitStatus.CANCELLED), name="transit_cut_short_is_in_no_crate"
            ),
        ]
        indexes = [
            models.Index(fields=["destination", "status"], condition=Q(status__in=OPEN_TRANSIT), name="transit_coming")
        ]

    def __str__(self) -> str:
        return f"{self.origin_id} → {self.destination_id}"

    def move_to(self, status: TransitStatus) -> None:
        """Set the next status; saving it is the verb's. Raises CustodyMoveRefused."""
        if status not in TRANSIT_MOVES.get(self.status, ()):
            raise CustodyMoveRefused
        self.status = status


class Crate(models.Model):
    """A numbered crate on its way between two places: the journeys that were scanned into it, wrapped or not."""

    code = models.CharField(_("number"), max_length=20)
    origin = models.ForeignKey(Place, models.PROTECT, related_name="crates_out", verbose_name=_("from"))
    destination = models.ForeignKey(Place, models.PROTECT, related_name="crates_in", verbose_name=_("to"))
    round = models.ForeignKey(
        Round, models.SET_NULL, null=True, blank=True, related_name="crates", verbose_name=_("round")
    )
    status = models.CharField(_("status"), max_length=10, choices=CrateStatus.choices, default=CrateStatus.OPEN)
    opened_at = models.DateTimeField(_("begun at"))
    sealed_at = models.DateTimeField(_("sealed at"), null=True, blank=True)
    parcels_declared = models.PositiveSmallIntegerField(_("inside when sealed"), null=True, blank=True)
    loaded_at = models.DateTimeField(_("given to the van at"), null=True, blank=True)
    carried_by = models.ForeignKey(
        Device, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("taken along by")
    )
    left_at = models.DateTimeField(
        _("left there at"), null=True, blank=True, help_text=_("By the driver's word; received is another's.")
    )
    left_by = models.ForeignKey(
        Device, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("left there by")
    )
    turned_from = models.ForeignKey(
        Place,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="crates_turned_back",
        verbose_name=_("turned back from"),
        help_text=_("The point for which it was, and which closed before it had come."),
    )
    turned_at = models.DateTimeField(_("turned back at"), null=True, blank=True)
    stood_since = models.DateTimeField(
        _("stood before its door since"), null=True, blank=True, help_text=_("The driver had left it there before.")
    )
    fetched_at = models.DateTimeField(_("fetched from there at"), null=True, blank=True)
    received_at = models.DateTimeField(_("received at"), null=True, blank=True)
    parcels_counted = models.PositiveSmallIntegerField(
        _("counted by its point"),
        null=True,
        blank=True,
        help_text=_("By the partner who received it, if they counted."),
    )
    parcels_found = models.PositiveSmallIntegerField(_("of these found on arrival"), null=True, blank=True)
    unpacked_at = models.DateTimeField(_("unpacked at"), null=True, blank=True)

    class Meta:
        verbose_name = _("crate")
        verbose_name_plural = _("crates")
        constraints = [
            models.UniqueConstraint(fields=["code"], name="crate_code_once"),
            models.UniqueConstraint(
                fields=["origin", "destination"],
                condition=Q(status=CrateStatus.OPEN),
                name="crate_one_open_per_way",
            ),
            models.CheckConstraint(
                condition=~Q(origin=F("destination")) | Q(turned_from__isnull=False), name="crate_goes_somewhere_else"
            ),
            models.CheckConstraint(
                condition=Q(turned_from=None, turned_at=None, stood_since=None)
                | (
                    Q(turned_from__isnull=False, turned_at__isnull=False, loaded_at__isnull=False)
                    & ~Q(turned_from=F("destination"))
                ),
                name="crate_turned_back_was_on_the_road",
            ),
            models.CheckConstraint(
                condition=Q(parcels_counted=None) | Q(received_at__isnull=False), name="crate_counted_was_received"
            ),
            models.CheckConstraint(
                condition=Q(fetched_at=None) | Q(stood_since__isnull=False), name="crate_fetched_had_stood_there"
            ),
            models.CheckConstraint(
                condition=Q(status=CrateStatus.OPEN, sealed_at=None, parcels_declared=None)
                | (~Q(status=CrateStatus.OPEN) & Q(sealed_at__isnull=False, parcels_declared__gte=1)),
                name="crate_sealed_says_when_and_how_many",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=[CrateStatus.RECEIVED, CrateStatus.UNPACKED]) | Q(received_at__isnull=False),
                name="crate_received_says_when",
            ),
            models.CheckConstraint(
                condition=~Q(status=CrateStatus.ON_ROAD) | Q(loaded_at__isnull=False), name="crate_on_road_says_when"
            ),
            models.CheckConstraint(
                condition=Q(left_at=None, left_by=None)
                | Q(left_at__gte=F("loaded_at"), loaded_at__isnull=False, left_by__isnull=False),
                name="crate_left_by_somebody_after_it_was_loaded",
            ),
            models.CheckConstraint(
                condition=Q(carried_by=None) | Q(loaded_at__isnull=False), name="crate_taken_along_was_loaded"
            ),
            models.CheckConstraint(
                condition=~Q(status=CrateStatus.UNPACKED)
                | Q(unpacked_at__isnull=False, parcels_found__isnull=False, parcels_found__lte=F("parcels_declared")),
                name="crate_unpacked_says_when_and_how_many",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def is_to_be_fetched(self) -> bool:
        """Whether it was turned back when it stood before a closed door already, and stands there still."""
        return self.status == CrateStatus.ON_ROAD and self.stood_since is not None and self.fetched_at is None

    @classmethod
    def open_between(cls, origin: Place, destination: Place) -> Crate | None:
        """Return the crate that is being filled at a place for another one; there is one at most."""
        return cls.objects.filter(origin=origin, destination=destination, status=CrateStatus.OPEN).first()

    def move_to(self, status: CrateStatus) -> None:
        """Set the next status; saving it is the verb's. Raises CustodyMoveRefused."""
        if status not in CRATE_MOVES.get(self.status, ()):
            raise CustodyMoveRefused
        self.status = status


class Parcel(models.Model):
    """A wrapped copy known only by its tag; who carries it learns neither reader nor title.

    It has exactly one holder: a place, a crate, or nobody of ours once it is handed over or opened.
    """

    tag = models.CharField(_("tag"), max_length=12)
    assignment = models.ForeignKey(Assignment, models.PROTECT, related_name="parcels", verbose_name=_("assignment"))
    origin = models.ForeignKey(Place, models.PROTECT, related_name="parcels_packed", verbose_name=_("packed at"))
    destination = models.ForeignKey(Place, models.PROTECT, related_name="parcels_expected", verbose_name=_("for"))
    shelf_number = models.PositiveSmallIntegerField(_("number on the tag"))
    status = models.CharField(_("status"), max_length=12, choices=ParcelStatus.choices, default=ParcelStatus.PACKED)
    place = models.ForeignKey(
        Place, models.PROTECT, null=True, blank=True, related_name="parcels_here", verbose_name=_("is at")
    )
    crate = models.ForeignKey(
        Crate, models.PROTECT, null=True, blank=True, related_name="parcels", verbose_name=_("crate")
    )
    has_old_label = models.BooleanField(
        _("its label shows another point"), default=False, db_default=False, help_text=_("Its point was changed.")
    )
    packed_at = models.DateTimeField(_("packed at"))
    received_at = models.DateTimeField(_("received at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("parcel")
        verbose_name_plural = _("parcels")
        constraints = [
            models.UniqueConstraint(fields=["tag"], name="parcel_tag_once"),
            models.UniqueConstraint(
                fields=["assignment"], condition=Q(status__in=PARCEL_WITH_US), name="parcel_one_per_assignment"
            ),
            models.UniqueConstraint(
                fields=["destination", "shelf_number"],
                condition=Q(status__in=PARCEL_WITH_US),
                name="parcel_shelf_number_once_per_point",
            ),
            models.CheckConstraint(
                condition=Q(status=ParcelStatus.IN_CRATE, place__isnull=True, crate__isnull=False)
                | Q(
                    status__in=[ParcelStatus.PACKED, ParcelStatus.RECEIVED],
                    place__isnull=False,
                    crate__isnull=True,
                )
                | Q(
                    status__in=[ParcelStatus.HANDED_OVER, ParcelStatus.OPENED, ParcelStatus.LOST],
                    place__isnull=True,
                    crate__isnull=True,
                    ended_at__isnull=False,
                ),
                name="parcel_has_exactly_one_holder",
            ),
        ]
        indexes = [
            models.Index(fields=["destination", "status"], condition=Q(status__in=PARCEL_WITH_US), name="parcel_coming")
        ]

    def __str__(self) -> str:
        return self.tag

    def move_to(self, status: ParcelStatus) -> None:
        """Set the next status; saving it is the verb's. Raises CustodyMoveRefused."""
        if status not in PARCEL_MOVES.get(self.status, ()):
            raise CustodyMoveRefused
        self.status = status


class Handover(models.Model):
    """One link of a parcel's chain of custody: from whom to whom, when, on whose word."""

    parcel = models.ForeignKey(Parcel, models.CASCADE, related_name="handovers", verbose_name=_("parcel"))
    status = models.CharField(_("became"), max_length=12, choices=ParcelStatus.choices)
    place = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("place"))
    at = models.DateTimeField(_("at"))
    device = models.ForeignKey(
        Device, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("device")
    )
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("staff")
    )

    class Meta:
        verbose_name = _("handover")
        verbose_name_plural = _("handovers")
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.parcel_id} {self.status}"
