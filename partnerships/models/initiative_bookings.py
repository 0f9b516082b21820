"""Places that somebody asked for at a date of an initiative, and who came to each date of a series."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from partnerships.initiatives.querysets import InitiativeBookingQuerySet
from partnerships.initiatives.states import OPEN, TO_CONFIRM, BookingStatus
from partnerships.models.initiatives import InitiativeDate


class InitiativeBooking(models.Model):
    """So many adults and children, with a contact and nothing else; it goes thirty days after the last date."""

    date = models.ForeignKey(InitiativeDate, models.PROTECT, related_name="bookings", verbose_name=_("date"))
    status = models.CharField(_("state"), max_length=10, choices=BookingStatus.choices)
    code = models.CharField(_("code"), max_length=8)
    adults = models.PositiveSmallIntegerField(_("adults"), default=1)
    children = models.PositiveSmallIntegerField(_("children"), default=0)
    contact = models.CharField(_("contact"), max_length=254, blank=True)
    contact_hash = models.CharField(max_length=64, blank=True)
    language = models.CharField(_("language"), max_length=5, default="it")
    created_at = models.DateTimeField(_("booked at"))
    hold_until = models.DateTimeField(_("to be confirmed by"), null=True, blank=True)
    came = models.PositiveSmallIntegerField(_("people who came"), default=0)
    came_at = models.DateTimeField(_("came at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    objects = InitiativeBookingQuerySet.as_manager()

    class Meta:
        verbose_name = _("booked places")
        verbose_name_plural = _("booked places")
        constraints = [
            models.UniqueConstraint(
                fields=["date", "contact_hash"],
                condition=Q(status__in=OPEN) & ~Q(contact_hash=""),
                name="initiativebooking_one_open_per_contact",
            ),
            models.CheckConstraint(
                condition=Q(adults__gte=1) | Q(children__gte=1), name="initiativebooking_is_of_somebody"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=TO_CONFIRM) | Q(hold_until__isnull=False),
                name="initiativebooking_held_says_until_when",
            ),
            models.CheckConstraint(
                condition=Q(status=BookingStatus.CAME, came__gte=1, came__lte=F("adults") + F("children"))
                | (~Q(status=BookingStatus.CAME) & Q(came=0)),
                name="initiativebooking_came_says_how_many",
            ),
        ]
        indexes = [models.Index(fields=["status", "hold_until"], name="initiativebooking_by_status")]

    def __str__(self) -> str:
        return f"{self.code} {self.pk}"

    @property
    def people(self) -> int:
        """Return how many places it takes."""
        return self.adults + self.children

    @property
    def has_address(self) -> bool:
        """Whether messages reach its contact: an e-mail address, not a telephone."""
        return "@" in self.contact


class SeriesAttendance(models.Model):
    """How many of a booking came to one date of its series; a booking of a single date says it itself."""

    booking = models.ForeignKey(
        InitiativeBooking, models.CASCADE, related_name="attendances", verbose_name=_("booked places")
    )
    date = models.ForeignKey(InitiativeDate, models.PROTECT, related_name="attendances", verbose_name=_("date"))
    came = models.PositiveSmallIntegerField(_("people who came"))
    came_at = models.DateTimeField(_("came at"))

    class Meta:
        verbose_name = _("attendance of a series")
        verbose_name_plural = _("attendances of series")
        constraints = [
            models.UniqueConstraint(fields=["booking", "date"], name="seriesattendance_once_per_date"),
            models.CheckConstraint(condition=Q(came__gte=1), name="seriesattendance_is_of_somebody"),
        ]

    def __str__(self) -> str:
        return f"{self.booking_id} {self.date_id}: {self.came}"
