"""Who did what at the desk. Two logs that are never joined: acts name no reader, views name no title."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Act(models.Model):
    """A change that somebody of the staff made: who, when, where, why. It names the row changed, never a reader."""

    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="acts", null=True, verbose_name=_("staff")
    )
    verb = models.CharField(_("act"), max_length=60)
    subject = models.CharField(_("what was changed"), max_length=60, help_text=_("What was changed, such as loan:12."))
    place_code = models.CharField(_("place"), max_length=60, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("act")
        verbose_name_plural = _("acts")
        indexes = [
            models.Index(fields=["subject"], name="act_by_subject"),
            models.Index(fields=["at"], name="act_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.subject}"


class StaffView(models.Model):
    """Somebody of the staff looked at a reader's card. It never names a title."""

    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="views_of_readers", verbose_name=_("staff")
    )
    reader = models.ForeignKey(
        "accounts.Reader", models.CASCADE, related_name="views_by_staff", verbose_name=_("reader")
    )
    page = models.CharField(_("page"), max_length=60)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("staff view")
        verbose_name_plural = _("staff views")
        indexes = [models.Index(fields=["reader", "at"], name="staffview_by_reader")]

    def __str__(self) -> str:
        return f"{self.page} {self.pk}"


class ReaderSearch(models.Model):
    """Somebody of the staff searched for a reader. What was searched for goes after a week, the fact stays."""

    class By(models.TextChoices):
        CARD = "card", _("card")
        TAX_CODE = "tax_code", _("codice fiscale")
        NAME = "name", _("name")

    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="searches_for_readers", verbose_name=_("staff")
    )
    by = models.CharField(_("by"), max_length=8, choices=By.choices)
    name = models.CharField(_("name searched for"), max_length=60, blank=True)
    found = models.PositiveSmallIntegerField(_("readers shown"))
    place_code = models.CharField(_("place"), max_length=60, blank=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("search for a reader")
        verbose_name_plural = _("searches for readers")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(by="name") | models.Q(name=""), name="readersearch_keeps_names_only"
            )
        ]
        indexes = [models.Index(fields=["at"], name="readersearch_by_time")]

    def __str__(self) -> str:
        return f"{self.by} {self.pk}"
