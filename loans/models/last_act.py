"""What a librarian did last, as long as it can be undone."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from branches.models import Place


class LastAct(models.Model):
    """The last act of somebody at a desk, with each row that it changed, before and after; a trigger writes them.

    One for a member of staff. It joins reader and title, so it is emptied when it can be undone no more.
    """

    staff = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="last_act", verbose_name=_("staff")
    )
    number = models.PositiveBigIntegerField(
        _("number"), default=0, help_text=_("Grows with each act: a page that was left open undoes no other one.")
    )
    verb = models.CharField(_("act"), max_length=60, blank=True)
    subject = models.CharField(_("what it was about"), max_length=60, blank=True, help_text=_("Such as copy:12."))
    about = models.CharField(_("in words"), max_length=200, blank=True)
    place = models.ForeignKey(Place, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("place"))
    at = models.DateTimeField(_("at"))
    rows = models.JSONField(_("what it changed"), default=list)

    class Meta:
        verbose_name = _("last act")
        verbose_name_plural = _("last acts")
        indexes = [models.Index(F("at"), condition=~Q(rows=[]), name="lastact_to_be_emptied")]

    def __str__(self) -> str:
        return f"{self.verb} {self.pk}"
