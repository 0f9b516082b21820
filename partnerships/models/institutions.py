"""Cinemas, theatres, museums and whoever else offers something to readers."""

from __future__ import annotations

from django.core.validators import URLValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class InstitutionKind(models.TextChoices):
    """What sort of house it is."""

    CINEMA = "cinema", _("cinema")
    THEATRE = "theatre", _("theatre")
    MUSEUM = "museum", _("museum")
    MUSIC = "music", _("concerts")
    BOOKSHOP = "bookshop", _("bookshop")
    OTHER = "other", _("other")


class Institution(models.Model):
    """A house of the city with which the libraries agree on something, and where it is."""

    code = models.SlugField(_("code"), max_length=60)
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=12, choices=InstitutionKind.choices)
    address = models.CharField(_("address"), max_length=200, blank=True)
    municipio = models.PositiveSmallIntegerField(_("Municipio"), null=True, blank=True)
    latitude = models.FloatField(_("latitude"), null=True, blank=True)
    longitude = models.FloatField(_("longitude"), null=True, blank=True)
    step_free = models.BooleanField(_("step-free"), null=True, blank=True)
    website = models.CharField(_("website"), max_length=300, blank=True, validators=[URLValidator(["https", "http"])])
    contact = models.TextField(_("whom to call there"), blank=True, max_length=400, help_text=_("Seen by staff only."))
    links_version = models.PositiveIntegerField(
        _("number of its links"),
        default=1,
        help_text=_("One more, and the addresses that were given to the institution before stop working."),
    )
    is_demo = models.BooleanField(_("demonstrative"), default=False)

    class Meta:
        verbose_name = _("institution")
        verbose_name_plural = _("institutions")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["code"], name="institution_once_per_code"),
            models.CheckConstraint(
                condition=Q(latitude=None, longitude=None)
                | Q(
                    latitude__isnull=False,
                    longitude__isnull=False,
                    latitude__range=(-90, 90),
                    longitude__range=(-180, 180),
                ),
                name="institution_has_both_coordinates_or_none",
            ),
            models.CheckConstraint(
                condition=Q(municipio=None) | Q(municipio__range=(1, 9)), name="institution_municipio_one_to_nine"
            ),
        ]

    def __str__(self) -> str:
        return self.name
