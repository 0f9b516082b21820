"""Calls to readers whom no channel reaches."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from notifications.models.message import Message


class CallOutcome(models.TextChoices):
    """How a call ended."""

    TOLD = "told", _("told")
    NO_ANSWER = "no_answer", _("no answer")
    WRONG_NUMBER = "wrong_number", _("wrong number")


class Call(models.Model):
    """A librarian called a reader about a message that no channel could bring; what it was about stands there."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="calls", verbose_name=_("message"))
    outcome = models.CharField(_("outcome"), max_length=12, choices=CallOutcome.choices)
    called_at = models.DateTimeField(_("called at"))
    called_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("called by")
    )

    class Meta:
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        ordering = ["-called_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["message"],
                condition=models.Q(outcome=CallOutcome.TOLD),
                name="call_told_once_per_message",
            )
        ]

    def __str__(self) -> str:
        return f"{self.outcome} {self.pk}"
