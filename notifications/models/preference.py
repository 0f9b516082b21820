"""How a reader wants to be told."""

from __future__ import annotations

import datetime as dt

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Reader
from notifications.models.message import Channel

QUIET_FROM, QUIET_UNTIL = dt.time(21), dt.time(8)


class Preference(models.Model):
    """When and by which channels a reader is told, for kinds without a choice of their own. No row: as usual."""

    reader = models.OneToOneField(
        Reader, models.CASCADE, primary_key=True, related_name="preference", verbose_name=_("reader")
    )
    channels = ArrayField(
        models.CharField(max_length=10, choices=Channel.choices), blank=True, verbose_name=_("channels")
    )
    digest_hour = models.PositiveSmallIntegerField(
        _("all together at"), null=True, blank=True, help_text=_("The hour of the day; empty: each by itself.")
    )
    has_quiet_hours = models.BooleanField(_("quiet hours"), default=True)
    quiet_from = models.TimeField(_("quiet from"), default=QUIET_FROM)
    quiet_until = models.TimeField(_("quiet until"), default=QUIET_UNTIL)
    reads_simple_words = models.BooleanField(_("simple words"), default=False)

    class Meta:
        verbose_name = _("preference")
        verbose_name_plural = _("preferences")
        constraints = [
            models.CheckConstraint(
                condition=Q(digest_hour=None) | Q(digest_hour__lte=23), name="preference_digest_hour_of_a_day"
            ),
            models.CheckConstraint(
                condition=Q(channels__contained_by=Channel.values), name="preference_channels_are_known"
            ),
        ]

    def __str__(self) -> str:
        return str(self.reader_id)


class KindChoice(models.Model):
    """By which channels a reader is told of one kind; none: only on their own page."""

    reader = models.ForeignKey(Reader, models.CASCADE, related_name="kind_choices", verbose_name=_("reader"))
    kind = models.CharField(_("kind"), max_length=60)
    channels = ArrayField(
        models.CharField(max_length=10, choices=Channel.choices), default=list, blank=True, verbose_name=_("channels")
    )

    class Meta:
        verbose_name = _("choice for a kind")
        verbose_name_plural = _("choices for kinds")
        constraints = [
            models.UniqueConstraint(fields=["reader", "kind"], name="kindchoice_once_per_reader_and_kind"),
            models.CheckConstraint(
                condition=Q(channels__contained_by=Channel.values), name="kindchoice_channels_are_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
