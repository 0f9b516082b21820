"""What the desk keeps beside a reader's card."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.pins import PinHolder
from accounts.models.reader import Reader


class OldCard(models.Model):
    """A card that is valid no more: scanned, it tells staff which one is, and signs nobody in."""

    class Reason(models.TextChoices):
        LOST = "lost", _("reported lost")
        MERGED = "merged", _("joined with another card")

    reader = models.ForeignKey(Reader, models.CASCADE, related_name="old_cards", verbose_name=_("reader"))
    number = models.CharField(_("card number"), max_length=20)
    reason = models.CharField(_("reason"), max_length=8, choices=Reason.choices)
    replaced_at = models.DateTimeField(_("replaced at"))

    class Meta:
        verbose_name = _("old card")
        verbose_name_plural = _("old cards")
        ordering = ["-replaced_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["number"], name="oldcard_number_once")]

    def __str__(self) -> str:
        return self.number


class DeskNote(models.Model):
    """A word for the colleagues about a reader, shown when the card is scanned, until somebody removes it."""

    reader = models.ForeignKey(Reader, models.CASCADE, related_name="desk_notes", verbose_name=_("reader"))
    text = models.CharField(_("note"), max_length=300)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("written by")
    )
    written_at = models.DateTimeField(_("written at"))

    class Meta:
        verbose_name = _("note for the desk")
        verbose_name_plural = _("notes for the desk")
        ordering = ["-written_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["reader", "text"], name="desknote_once_per_reader"),
            models.CheckConstraint(condition=~Q(text=""), name="desknote_says_something"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class DeskBadge(PinHolder):
    """What a colleague scans and types to take over a desk where somebody signed in with a password that day."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="desk_badge", verbose_name=_("staff")
    )
    badge_hash = models.CharField(max_length=64, editable=False)
    set_at = models.DateTimeField(_("set at"))

    class Meta:
        verbose_name = _("badge for the desk")
        verbose_name_plural = _("badges for the desk")
        constraints = [
            models.UniqueConstraint(fields=["badge_hash"], name="deskbadge_badge_once"),
            models.CheckConstraint(condition=~Q(badge_hash="") & ~Q(pin_hash=""), name="deskbadge_has_badge_and_pin"),
        ]

    def __str__(self) -> str:
        return f"#{self.user_id}"
