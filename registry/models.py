"""Resources that are used by the slot, and the workstations among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from branches.models import Place, Weekday
from milanolib import clock
from registry.querysets import BookingQuerySet, KioskQuerySet
from registry.states import HOLDING, BookingStatus

if TYPE_CHECKING:
    import datetime as dt


class ResourceKind(models.TextChoices):
    """What is used by the slot."""

    KIOSK = "kiosk", _("registry workstation")
    SEAT = "seat", _("study seat")
    ROOM = "room", _("room")
    STATION = "station", _("station")


class KioskService(models.TextChoices):
    """What a workstation offers beside the register itself."""

    PRINT = "print", _("printing on paper")
    CIE_READER = "cie_reader", _("reader for the electronic identity card")
    SCREEN_READER = "screen_reader", _("screen reader and large text")
    LOW_DESK = "low_desk", _("desk for who sits in a wheelchair")


class Resource(models.Model):
    """Something at a place that one person (or group) at a time uses for a slot. No place: still to be confirmed."""

    place = models.ForeignKey(
        Place, models.PROTECT, null=True, blank=True, related_name="resources", verbose_name=_("place")
    )
    kind = models.CharField(_("kind"), max_length=12, choices=ResourceKind.choices)
    code = models.SlugField(_("code"), max_length=60)
    name = models.CharField(_("name"), max_length=120)
    slot_minutes = models.PositiveSmallIntegerField(_("minutes of a slot"), default=20)
    buffer_minutes = models.PositiveSmallIntegerField(_("minutes between two slots"), default=5)
    opens_on = models.DateField(_("opens on"), null=True, blank=True)

    class Meta:
        verbose_name = _("resource")
        verbose_name_plural = _("resources")
        constraints = [
            models.UniqueConstraint(fields=["code"], name="resource_once_per_code"),
            models.CheckConstraint(condition=Q(slot_minutes__range=(5, 480)), name="resource_slot_is_of_some_length"),
        ]

    def __str__(self) -> str:
        return self.name

    def is_in_service_on(self, day: dt.date) -> bool:
        """Whether it can be used on a day: its place is known, and it has been opened."""
        return self.place_id is not None and (self.opens_on is None or self.opens_on <= day)


class Kiosk(Resource):
    """A workstation joined to the national register of residents. It sees nothing of ours, and we nothing of it."""

    municipio = models.PositiveSmallIntegerField(_("Municipio"))
    step_free = models.BooleanField(_("step-free"), null=True, blank=True)
    services = ArrayField(models.CharField(max_length=20), verbose_name=_("services"), default=list, blank=True)

    objects = KioskQuerySet.as_manager()  # type: ignore[misc]  # a resource has Django's own

    class Meta:
        verbose_name = _("registry workstation")
        verbose_name_plural = _("registry workstations")
        permissions = [("run_kiosk", "Can run a registry workstation")]
        constraints = [
            models.CheckConstraint(condition=Q(municipio__range=(1, 9)), name="kiosk_municipio_one_to_nine"),
        ]

    def get_absolute_url(self) -> str:
        """Return the page on which its slots are booked; that of all of them as long as its library is not known."""
        return reverse("registry:slots", args=[self.code]) if self.place_id else reverse("registry:kiosks")

    @property
    def services_in_words(self) -> list[str]:
        """Return what it offers, in words, in the order in which they are defined."""
        return [str(one.label) for one in KioskService if one in self.services]


class WeeklyRule(models.Model):
    """From when to when a resource is used on a weekday, in wall time; the place's hours and closures cut it."""

    resource = models.ForeignKey(Resource, models.CASCADE, related_name="rules", verbose_name=_("resource"))
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday.choices)
    starts = models.TimeField(_("from"))
    ends = models.TimeField(_("to"))
    is_assisted = models.BooleanField(_("a librarian helps"), default=False)

    class Meta:
        verbose_name = _("weekly hours")
        verbose_name_plural = _("weekly hours")
        constraints = [
            models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="weeklyrule_ends_after_it_starts"),
            models.UniqueConstraint(
                fields=["resource", "weekday", "starts", "is_assisted"], name="weeklyrule_once_per_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.starts:%H:%M}–{self.ends:%H:%M}"


class Block(models.Model):
    """Hours in which a resource cannot be booked: it is broken, or needed otherwise."""

    resource = models.ForeignKey(Resource, models.CASCADE, related_name="blocks", verbose_name=_("resource"))
    during = DateTimeRangeField(_("during"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("blocked hours")
        verbose_name_plural = _("blocked hours")
        constraints = [
            models.CheckConstraint(condition=Q(during__isempty=False), name="block_is_of_some_length"),
        ]

    def __str__(self) -> str:
        return " – ".join(f"{clock.local(one):%d/%m/%Y %H:%M}" for one in (self.during.lower, self.during.upper))


class Booking(models.Model):
    """A slot that somebody has. What for is never written here; the contact goes thirty days after the visit."""

    resource = models.ForeignKey(Resource, models.PROTECT, related_name="bookings", verbose_name=_("resource"))
    during = DateTimeRangeField(_("during"))
    status = models.CharField(_("status"), max_length=12, choices=BookingStatus.choices)
    code = models.CharField(_("code"), max_length=8)
    contact = models.CharField(_("contact"), max_length=254, blank=True)
    contact_hash = models.CharField(max_length=64, blank=True)
    language = models.CharField(_("language"), max_length=5, default="it")
    is_walk_in = models.BooleanField(_("came without a booking"), default=False)
    created_at = models.DateTimeField(_("booked at"))
    confirm_until = models.DateTimeField(_("to be confirmed by"), null=True, blank=True)
    arrived_at = models.DateTimeField(_("arrived at"), null=True, blank=True)
    started_at = models.DateTimeField(_("began at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    objects = BookingQuerySet.as_manager()

    class Meta:
        verbose_name = _("booking")
        verbose_name_plural = _("bookings")
        constraints = [
            ExclusionConstraint(
                name="booking_one_at_a_time",
                expressions=[("resource", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
                condition=Q(status__in=HOLDING),
            ),
            models.UniqueConstraint(
                fields=["contact_hash"],
                condition=Q(status__in=HOLDING) & ~Q(contact_hash=""),
                name="booking_one_open_per_contact",
            ),
            models.CheckConstraint(
                condition=~Q(status=BookingStatus.REQUESTED) | Q(confirm_until__isnull=False),
                name="booking_requested_says_until_when",
            ),
            models.CheckConstraint(condition=Q(during__isempty=False), name="booking_is_of_some_length"),
        ]
        indexes = [models.Index(fields=["status", "confirm_until"], name="booking_by_status")]

    def __str__(self) -> str:
        return f"{self.code} {self.pk}"

    @property
    def starts(self) -> dt.datetime:
        """Return when it begins."""
        return self.during.lower  # type: ignore[no-any-return]

    @property
    def ends(self) -> dt.datetime:
        """Return when it ends."""
        return self.during.upper  # type: ignore[no-any-return]

    @property
    def has_address(self) -> bool:
        """Whether messages reach its contact: an e-mail address, not a telephone."""
        return "@" in self.contact


class Waiting(models.Model):
    """Somebody waits for a slot on a day that is full. Gone with the offer, or with the day."""

    resource = models.ForeignKey(Resource, models.CASCADE, related_name="waiting", verbose_name=_("resource"))
    on = models.DateField(_("day"))
    contact = models.CharField(_("contact"), max_length=254)
    contact_hash = models.CharField(max_length=64)
    language = models.CharField(_("language"), max_length=5, default="it")
    created_at = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("place on a waiting list")
        verbose_name_plural = _("places on waiting lists")
        constraints = [
            models.UniqueConstraint(fields=["resource", "on", "contact_hash"], name="waiting_once_per_day_and_contact"),
        ]

    def __str__(self) -> str:
        return f"{self.resource_id} {self.on}"


class CertificateCount(models.Model):
    """How often a kind of certificate was asked for in a month. By the day it could be matched with a booking."""

    kiosk = models.ForeignKey(Kiosk, models.CASCADE, related_name="counts", verbose_name=_("workstation"))
    month = models.DateField(_("month"))
    kind = models.CharField(_("certificate"), max_length=30)
    number = models.PositiveIntegerField(_("number"), default=0)

    class Meta:
        verbose_name = _("certificates asked for")
        verbose_name_plural = _("certificates asked for")
        constraints = [
            models.UniqueConstraint(fields=["kiosk", "month", "kind"], name="certificatecount_once_per_month"),
            models.CheckConstraint(condition=Q(month__day=1), name="certificatecount_is_of_a_month"),
        ]

    def __str__(self) -> str:
        return f"{self.kiosk_id} {self.month} {self.kind}"
