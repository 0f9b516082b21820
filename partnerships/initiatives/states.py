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
