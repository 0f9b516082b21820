"""What readers keep of the network for themselves, and what they see of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from branches.models.place import Place


class FavouritePoint(models.Model):
    """A point that somebody uses: searches can be narrowed to what is free at these."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="favourite_points")
    place = models.ForeignKey(Place, models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("point somebody uses")
        verbose_name_plural = _("points somebody uses")
        constraints = [models.UniqueConstraint(fields=["user", "place"], name="favouritepoint_once_per_user")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.place_id}"


class PlacePhoto(models.Model):
    """The photograph of a place; what it shows is told in words too."""

    place = models.OneToOneField(Place, models.CASCADE, primary_key=True, related_name="photo")
    image = models.FileField(_("photograph"), upload_to="places/")
    digest = models.CharField(max_length=16, editable=False, blank=True)
    alt = models.JSONField(_("what it shows, by language"), default=dict)
    credit = models.CharField(_("credit"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("photograph of a place")
        verbose_name_plural = _("photographs of places")
        constraints = [models.CheckConstraint(condition=Q(alt__has_key="it"), name="placephoto_is_told_in_italian")]

    def __str__(self) -> str:
        return str(self.place_id)
