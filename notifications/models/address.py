"""Where somebody can be reached beside what stands in `accounts`, and which addresses no longer work."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from notifications.models.message import Channel


class PushSubscription(models.Model):
    """A browser on which somebody wants notices: what its push service gave us."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="push_subscriptions", verbose_name=_("user")
    )
    endpoint = models.URLField(_("address at the push service"), max_length=1000)
    p256dh = models.CharField(_("key of the browser"), max_length=120)
    auth = models.CharField(_("secret of the browser"), max_length=60)
    created_at = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("browser that takes notices")
        verbose_name_plural = _("browsers that take notices")
        constraints = [models.UniqueConstraint(fields=["endpoint"], name="pushsubscription_endpoint_once")]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def service(self) -> str:
        """Whose push service brings notices there."""
        return urlsplit(self.endpoint).hostname or ""


class AddressMark(models.Model):
    """An address that does not work, known by its keyed hash only: who gets another one is free of the mark."""

    class Why(models.TextChoices):
        BOUNCED = "bounced", _("does not exist any more")
        FULL = "full", _("was full, or did not answer, several times")
        COMPLAINED = "complained", _("called our mail unwanted")

    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    address_hash = models.CharField(max_length=64, editable=False)
    why = models.CharField(_("what is the matter"), max_length=10, choices=Why.choices)
    times = models.PositiveSmallIntegerField(_("times"), default=1)
    marked_at = models.DateTimeField(_("marked at"))
    mended_at = models.DateTimeField(_("mended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("address that does not work")
        verbose_name_plural = _("addresses that do not work")
        constraints = [
            models.UniqueConstraint(fields=["channel", "address_hash"], name="addressmark_once_per_address"),
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="addressmark_channel_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.pk}"
