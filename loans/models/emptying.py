"""When return boxes and bags of returns were emptied: what lay in one was dropped since the time before."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from branches.models import Place


class Emptying(models.Model):
    """A box or a bag was emptied. Each row names the one before it, so that time only goes forward at a place."""

    place = models.ForeignKey(Place, models.PROTECT, related_name="emptyings", verbose_name=_("box or bag"))
    emptied_at = models.DateTimeField(_("emptied at"))
    last_emptied_at = models.DateTimeField(
        _("emptied before that at"), null=True, blank=True, help_text=_("Empty for the first time ever.")
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by")
    )

    class Meta:
        verbose_name = _("emptying")
        verbose_name_plural = _("emptyings")
        ordering = ["-emptied_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["place", "last_emptied_at"], nulls_distinct=False, name="emptying_follows_one_other"
            ),
            models.CheckConstraint(
                condition=Q(last_emptied_at=None) | Q(emptied_at__gt=F("last_emptied_at")),
                name="emptying_goes_forward_in_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place_id} {self.emptied_at:%Y-%m-%d %H:%M}"
