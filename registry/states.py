"""States of a booking."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class BookingStatus(models.TextChoices):
    """What has become of a booking."""

    REQUESTED = "requested", _("to be confirmed")
    CONFIRMED = "confirmed", _("confirmed")
    ARRIVED = "arrived", _("arrived")
    IN_PROGRESS = "in_progress", _("in progress")
    DONE = "done", _("done")
    NO_SHOW = "no_show", _("did not come")
    CANCELLED = "cancelled", _("cancelled")
    EXPIRED = "expired", _("not confirmed in time")


COMING = (BookingStatus.REQUESTED, BookingStatus.CONFIRMED)
# These hold the resource. Written out: a slot is given again when its booking leaves this set.
HOLDING = (*COMING, BookingStatus.ARRIVED, BookingStatus.IN_PROGRESS)
