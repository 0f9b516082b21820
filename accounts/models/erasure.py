"""That somebody asked to be erased."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models.reader import Reader


class ErasureQuerySet(models.QuerySet["Erasure"]):
    """Erasures."""

    def open(self) -> ErasureQuerySet:
        """Return those that wait for their day, or for what still hinders them."""
        return self.filter(cancelled_at=None, done_at=None)


class Erasure(models.Model):
    """A card, a sign-in or both are to be erased on a day. Done, it names nobody: it says that somebody was.

    Their address is kept sealed until the last letter has left, then it is forgotten too.
    """

    reader = models.ForeignKey(
        Reader, models.SET_NULL, null=True, blank=True, related_name="erasures", verbose_name=_("card")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="erasures",
        verbose_name=_("sign-in"),
    )
    told = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("who is written to"),
        help_text=_("The person, or the parent who asked for a child."),
    )
    is_on_paper = models.BooleanField(_("asked for on paper"), default=False)
    language = models.CharField(_("language"), max_length=5, default="it")
    asked_at = models.DateTimeField(_("asked for at"))
    due_at = models.DateTimeField(_("not before"))
    cancelled_at = models.DateTimeField(_("taken back at"), null=True, blank=True)
    done_at = models.DateTimeField(_("erased at"), null=True, blank=True)
    address_sealed = models.BinaryField(null=True, editable=False)

    objects = ErasureQuerySet.as_manager()

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        ordering = ["-asked_at", "-id"]
        permissions = [("erase_reader", _("Can have a reader erased who asks on paper"))]
        constraints = [
            models.UniqueConstraint(
                fields=["reader"], condition=Q(cancelled_at=None, done_at=None), name="erasure_one_open_per_card"
            ),
            models.UniqueConstraint(
                fields=["user"], condition=Q(cancelled_at=None, done_at=None), name="erasure_one_open_per_sign_in"
            ),
            models.CheckConstraint(
                condition=Q(done_at=None) | Q(reader=None, user=None, cancelled_at=None),
                name="erasure_done_names_nobody",
            ),
            models.CheckConstraint(
                condition=Q(address_sealed=None) | Q(done_at__isnull=False), name="erasure_keeps_an_address_once_done"
            ),
            models.CheckConstraint(condition=Q(due_at__gte=F("asked_at")), name="erasure_due_after_it_was_asked"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"
