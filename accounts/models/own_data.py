"""Copies of what is kept about people, made for them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.reader import Reader
from milanolib import clock


class DataExportQuerySet(models.QuerySet["DataExport"]):
    """Copies of people's data."""

    def closed(self) -> DataExportQuerySet:
        """Return them without what is in them, which may be large."""
        return self.defer("content_sealed")


class DataExport(models.Model):
    """A copy of all that is kept about somebody: asked for, made by the worker, kept sealed for some days, deleted.

    The row stays without its content: it says that a copy was made, and keeps the next one from coming too soon.
    """

    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="data_exports", verbose_name=_("asked for by")
    )
    reader = models.ForeignKey(
        Reader,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="data_exports",
        verbose_name=_("card"),
        help_text=_("Empty: of a sign-in without a card."),
    )
    language = models.CharField(_("language"), max_length=5)
    asked_at = models.DateTimeField(_("asked for at"))
    made_at = models.DateTimeField(_("made at"), null=True, blank=True)
    kept_until = models.DateTimeField(_("kept until"), null=True, blank=True)
    content_sealed = models.BinaryField(null=True, editable=False)

    objects = DataExportQuerySet.as_manager()

    class Meta:
        verbose_name = _("copy of somebody's data")
        verbose_name_plural = _("copies of people's data")
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["asked_by", "reader"],
                condition=Q(made_at=None),
                nulls_distinct=False,
                name="dataexport_one_in_the_making",
            ),
            models.CheckConstraint(
                condition=Q(made_at=None, kept_until=None, content_sealed=None)
                | Q(made_at__isnull=False, kept_until__isnull=False),
                name="dataexport_made_says_until_when",
            ),
        ]
        indexes = [
            models.Index(
                fields=["kept_until"], condition=Q(content_sealed__isnull=False), name="dataexport_to_be_deleted"
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def is_there(self) -> bool:
        """Whether it can be downloaded: it is made, and its days are not over."""
        return self.kept_until is not None and self.kept_until > clock.now()
