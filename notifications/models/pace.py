"""How fast a channel goes, and whether it goes at all at present."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from notifications.models.message import Channel


class ChannelPace(models.Model):
    """What the workers of one channel must know of each other. Its row is locked only while messages are claimed."""

    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices, primary_key=True)
    allowance = models.FloatField(_("messages that may go at once"), default=0)
    counted_at = models.DateTimeField(_("counted at"), null=True, blank=True)
    paused_until = models.DateTimeField(_("rests until"), null=True, blank=True)
    failures = models.PositiveSmallIntegerField(_("failures in a row"), default=0)
    why = models.CharField(_("last error"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("pace of a channel")
        verbose_name_plural = _("paces of channels")
        constraints = [
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="channelpace_channel_is_known"),
            models.CheckConstraint(condition=Q(allowance__gte=0), name="channelpace_allowance_is_not_owed"),
        ]

    def __str__(self) -> str:
        return self.channel
