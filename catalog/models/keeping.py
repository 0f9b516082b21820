"""What librarians keep beside titles and copies: covers, imports, stocktakes."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from branches.models import Place
from catalog.models.copy import Copy
from catalog.models.title import Title


class Cover(models.Model):
    """The picture of an edition that a librarian put up; the renditions lie beside it under the digest."""

    title = models.OneToOneField(Title, models.CASCADE, primary_key=True, related_name="cover")
    image = models.FileField(_("picture"), upload_to="covers/")
    digest = models.CharField(max_length=16, editable=False)
    put_up_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("put up by")
    )
    put_up_at = models.DateTimeField(_("put up at"))

    class Meta:
        verbose_name = _("cover")
        verbose_name_plural = _("covers")

    def __str__(self) -> str:
        return str(self.title_id)


class ImportRun(models.Model):
    """An import that somebody started in the admin, and its report."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("could not be read")

    file = models.FileField(_("file"), upload_to="imports/")
    name = models.CharField(_("name of the file"), max_length=200)
    format = models.CharField(_("format"), max_length=10, default="auto")
    source = models.CharField(_("source"), max_length=40, blank=True)
    branch = models.ForeignKey(
        Place, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("library for copies without one")
    )
    is_trial = models.BooleanField(_("trial, nothing is kept"), default=True)
    status = models.CharField(_("status"), max_length=8, choices=Status.choices, default=Status.WAITING)
    report = models.JSONField(default=dict)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("asked by")
    )
    asked_at = models.DateTimeField(_("asked at"))
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-asked_at"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status__in=["done", "failed"]) | Q(ended_at__isnull=False), name="importrun_ended_has_time"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Stocktake(models.Model):
    """The copies that a library finds on its shelves, scanned one by one, against those it should have."""

    place = models.ForeignKey(Place, models.PROTECT, related_name="stocktakes", verbose_name=_("library"))
    prefix = models.CharField(
        _("shelf marks that begin with"), max_length=80, blank=True, help_text=_("Empty for all the shelves.")
    )
    started_at = models.DateTimeField(_("started at"))
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("started by")
    )
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    outcome = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("stocktake")
        verbose_name_plural = _("stocktakes")
        ordering = ["-started_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["place"], condition=Q(closed_at=None), name="stocktake_one_open_per_library"
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(closed_at__gte=F("started_at")), name="stocktake_closes_after_it_began"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place_id} {self.pk}"


class StocktakeScan(models.Model):
    """One barcode found on a shelf; kept as it was read, known or not."""

    stocktake = models.ForeignKey(Stocktake, models.CASCADE, related_name="scans")
    barcode = models.CharField(_("barcode"), max_length=40)
    copy = models.ForeignKey(Copy, models.SET_NULL, null=True, blank=True, related_name="+")
    finding = models.CharField(max_length=20, help_text=_("What was seen at once: in order, misplaced, unknown …"))
    scanned_at = models.DateTimeField()

    class Meta:
        verbose_name = _("scan of a stocktake")
        verbose_name_plural = _("scans of stocktakes")
        ordering = ["-scanned_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["stocktake", "barcode"], name="stocktakescan_barcode_once")]

    def __str__(self) -> str:
        return self.barcode
