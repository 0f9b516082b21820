"""The life of a copy, on one screen. Written only by the verbs of `loans`, under the copy's lock."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class CopyStatus(models.TextChoices):
    """Where a copy stands in its life."""

    ON_ORDER = "on_order", _("on order")
    IN_PROCESS = "in_process", _("being prepared")
    AVAILABLE = "available", _("available")
    PICKED = "picked", _("taken from the shelf for a reservation")
    IN_TRANSIT = "in_transit", _("on the road")
    SET_ASIDE = "set_aside", _("kept for a reader")
    ON_LOAN = "on_loan", _("on loan")
    CLAIMED_RETURNED = "claimed_returned", _("said to be returned")
    MISSING = "missing", _("missing")
    LOST = "lost", _("lost")
    DAMAGED = "damaged", _("damaged")
    IN_REPAIR = "in_repair", _("in repair")
    ON_DISPLAY = "on_display", _("on display")
    WITHDRAWN = "withdrawn", _("withdrawn")


# A copy in one of these lies at a place; in one of NOWHERE at none. In transit it may still wait at a place for
# the van, or be in a crate; so may a damaged one, which travels home as it is.
AT_A_PLACE = (
    CopyStatus.IN_PROCESS,
    CopyStatus.AVAILABLE,
    CopyStatus.PICKED,
    CopyStatus.SET_ASIDE,
    CopyStatus.IN_REPAIR,
    CopyStatus.ON_DISPLAY,
)
NOWHERE = (
    CopyStatus.ON_ORDER,
    CopyStatus.ON_LOAN,
    CopyStatus.CLAIMED_RETURNED,
    CopyStatus.MISSING,
    CopyStatus.LOST,
    CopyStatus.WITHDRAWN,
)
# Copies that may yet serve a reservation, now or when they come back.
MAY_SERVE = (
    CopyStatus.ON_ORDER,
    CopyStatus.IN_PROCESS,
    CopyStatus.AVAILABLE,
    CopyStatus.PICKED,
    CopyStatus.IN_TRANSIT,
    CopyStatus.SET_ASIDE,
    CopyStatus.ON_LOAN,
    CopyStatus.CLAIMED_RETURNED,
    CopyStatus.IN_REPAIR,
    CopyStatus.ON_DISPLAY,
)
