"""The ledger of messages, and what readers write to us about the site."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Reader


class MessageStatus(models.TextChoices):
    """What became of a message."""

    WAITING = "waiting", _("waiting")
    SENT = "sent", _("sent")
    MOOT = "moot", _("no longer true, not sent")
    NO_ADDRESS = "no_address", _("no address")
    STUCK = "stuck", _("set aside after many failures")


class Channel(models.TextChoices):
    """Ways to reach somebody."""

    EMAIL = "email", _("e-mail")


class Message(models.Model):
    """One message to one person: a kind and parameters (ids), rendered and checked for truth when it is sent."""

    key = models.CharField(_("key"), max_length=140)
    kind = models.CharField(_("kind"), max_length=60)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices, default=Channel.EMAIL)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="messages", verbose_name=_("to")
    )
    reader = models.ForeignKey(
        Reader, models.CASCADE, null=True, blank=True, related_name="messages", verbose_name=_("reader")
    )
    params = models.JSONField(_("parameters"), default=dict, help_text=_("Ids only."))
    status = models.CharField(_("status"), max_length=12, choices=MessageStatus.choices, default=MessageStatus.WAITING)
    created_at = models.DateTimeField(_("written at"))
    due_at = models.DateTimeField(_("not before"))
    leased_until = models.DateTimeField(_("in a worker's hands until"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    message_id = models.CharField(_("Message-ID"), max_length=120, blank=True)
    may_be_double = models.BooleanField(
        _("possible double"), default=False, help_text=_("The connection broke after the text was handed over.")
    )
    last_error = models.CharField(_("last error"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["key"], name="message_once_per_key"),
            models.CheckConstraint(
                condition=~Q(status=MessageStatus.SENT) | Q(sent_at__isnull=False), name="message_sent_says_when"
            ),
            models.CheckConstraint(
                condition=Q(user__isnull=False) | Q(reader__isnull=False), name="message_is_for_somebody"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=Q(status=MessageStatus.WAITING), name="message_to_send"),
            models.Index(fields=["reader", "-created_at"], name="message_by_reader"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Feedback(models.Model):
    """What somebody wrote about the site (accessibility above all), with a case number to come back to."""

    class Topic(models.TextChoices):
        ACCESSIBILITY = "accessibility", _("Something is hard or impossible to use")
        FAULT = "fault", _("Something does not work")
        CONTENT = "content", _("Something is wrong or missing")
        OTHER = "other", _("Something else")

    case_number = models.CharField(_("case number"), max_length=12)
    topic = models.CharField(_("topic"), max_length=14, choices=Topic.choices)
    text = models.TextField(_("text"), max_length=4000)
    page = models.CharField(_("page"), max_length=200, blank=True)
    email = models.EmailField(_("e-mail address for the answer"), blank=True)
    received_at = models.DateTimeField(_("received at"))
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)

    class Meta:
        verbose_name = _("feedback")
        verbose_name_plural = _("feedback")
        ordering = ["-received_at"]
        constraints = [models.UniqueConstraint(fields=["case_number"], name="feedback_case_number_once")]

    def __str__(self) -> str:
        return self.case_number
