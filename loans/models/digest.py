"""What a point's phone may keep of a pickup code."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from loans.models.custody import Parcel


class CodeDigest(models.Model):
    """The slow, salted digest of the code for one parcel: enough to know the code when a reader says it.

    It belongs to the minute in which the parcel became ready; ready anew, a parcel has another code and another digest.
    """

    parcel = models.OneToOneField(Parcel, models.CASCADE, related_name="code_digest", verbose_name=_("parcel"))
    ready_at = models.DateTimeField(_("ready at"))
    salt = models.CharField(max_length=32, editable=False)
    digest = models.CharField(max_length=64, editable=False)

    class Meta:
        verbose_name = _("digest of a pickup code")
        verbose_name_plural = _("digests of pickup codes")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(salt__regex=r"^[0-9a-f]{32}$", digest__regex=r"^[0-9a-f]{64}$"),
                name="code_digest_is_salted",
            ),
        ]

    def __str__(self) -> str:
        return str(self.parcel_id)
