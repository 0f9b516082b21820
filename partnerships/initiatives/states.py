"""The states of an initiative, of its dates and of the places booked there."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class InitiativeStatus(models.TextChoices):
    """Whether readers see an initiative."""

    DRAFT = "draft", _("draft")
    PUBLISHED = "published", _("published")
    CANCELLED = "cancelled", _("cancelled")


class DateStatus(models.TextChoices):
    """Whether a date takes place."""

    PLANNED = "planned", _("planned")
    CANCELLED = "cancelled", _("cancelled")


class BookingStatus(models.TextChoices):
    """What has become of places that somebody asked for."""

    REQUESTED = "requested", _("to be confirmed")
    WAITING = "waiting", _("on the waiting list")
    OFFERED = "offered", _("offered from the waiting list")
    CONFIRMED = "confirmed", _("confirmed")
    CAME = "came", _("came")
    CANCELLED = "cancelled", _("cancelled")
    EXPIRED = "expired", _("not confirmed in time")


TO_CONFIRM = (BookingStatus.REQUESTED, BookingStatus.OFFERED)
# These take places. Written out: places are given again when their booking leaves this set.
HOLDING = (BookingStatus.REQUESTED, BookingStatus.OFFERED, BookingStatus.CONFIRMED, BookingStatus.CAME)
OPEN = (*HOLDING, BookingStatus.WAITING)
