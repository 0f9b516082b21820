"""What stands behind the pass: the secrets that sign its codes, and which codes were used. Nothing of any reader."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class PassKey(models.Model):
    """A secret that signs passes: one signs, those before it are believed for a while. Its letter is in the code."""

    letter = models.CharField(_("letter"), max_length=1)
    secret_sealed = models.BinaryField(editable=False)
    made_at = models.DateTimeField(_("made at"))
    believed_until = models.DateTimeField(
        _("believed until"), null=True, blank=True, help_text=_("Empty: this one signs.")
    )

    class Meta:
        verbose_name = _("key of passes")
        verbose_name_plural = _("keys of passes")
        constraints = [
            models.UniqueConstraint(fields=["letter"], name="passkey_once_per_letter"),
            models.UniqueConstraint(
                fields=["believed_until"],
                condition=Q(believed_until=None),
                nulls_distinct=False,
                name="passkey_one_signs",
            ),
        ]

    def __str__(self) -> str:
        return self.letter


class SpentCode(models.Model):
    """A code that was used, until nobody would believe it any more: a keyed hash, joined to nothing.

    Beside codes stand, for a minute or two, what was sent with one and the receipts by which a use was taken back.
    """

    digest = models.CharField(max_length=64, primary_key=True)
    expires_at = models.DateTimeField(_("expires at"))

    class Meta:
        verbose_name = _("used code")
        verbose_name_plural = _("used codes")
        indexes = [models.Index(fields=["expires_at"], name="spentcode_by_expiry")]

    def __str__(self) -> str:
        return self.digest[:6]
