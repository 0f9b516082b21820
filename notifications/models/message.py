"""The ledger: every message that anybody is to get is a row, written once."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, TypeVar, cast

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts.models import Reader
from notifications.querysets import MessageQuerySet

if TYPE_CHECKING:
    from collections.abc import Callable

    from accounts.models import User

Thing = TypeVar("Thing")
FRESH_SECONDS = 2.0  # what was read ahead longer ago is read again before the message goes


class MessageStatus(models.TextChoices):
    """What became of a message."""

    WAITING = "waiting", _("waiting")
    SENT = "sent", _("sent")
    MOOT = "moot", _("no longer true, not sent")
    UNWANTED = "unwanted", _("switched off by the reader, not sent")
    NO_ADDRESS = "no_address", _("no address")
    REFUSED = "refused", _("refused: the address does not take it")
    STUCK = "stuck", _("set aside after many failures")


class Channel(models.TextChoices):
    """Ways to reach somebody."""

    EMAIL = "email", _("e-mail")
    PUSH = "push", _("notice on this device")
    SMS = "sms", _("SMS")
    IO = "io", _("App IO")
    INBOX = "inbox", _("your page")

    @property
    def is_short(self) -> bool:
        """Whether it carries the short text and not the letter."""
        return self in {Channel.PUSH, Channel.SMS, Channel.IO}


class Message(models.Model):
    """One message to one person by one channel: a kind and parameters (ids), rendered and checked when it is sent.

    The key names the occurrence, and the channel where it is not e-mail. What waits in one `bundle` goes out together.
    """

    key = models.CharField(_("key"), max_length=140)
    kind = models.CharField(_("kind"), max_length=60)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices, default=Channel.EMAIL)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="messages", verbose_name=_("to")
    )
    reader = models.ForeignKey(
        Reader, models.CASCADE, null=True, blank=True, related_name="messages", verbose_name=_("reader")
    )
    language = models.CharField(
        _("language"),
        max_length=5,
        blank=True,
        default="",
        db_default="",
        help_text=_("Of somebody who has neither a sign-in nor a card; what it is about knows the address."),
    )
    params = models.JSONField(_("parameters"), default=dict, help_text=_("Ids only."))
    bundle = models.CharField(
        _("goes with"),
        max_length=80,
        blank=True,
        default="",
        db_default="",
        help_text=_("What waits together is sent together."),
    )
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

    objects = MessageQuerySet.as_manager()

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
                condition=Q(user__isnull=False) | Q(reader__isnull=False) | ~Q(language=""),
                name="message_is_for_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=Q(status=MessageStatus.WAITING), name="message_to_send"),
            models.Index(fields=["reader", "-created_at"], name="message_by_reader"),
            models.Index(
                fields=["bundle", "id"],
                condition=Q(status=MessageStatus.WAITING) & ~Q(bundle=""),
                name="message_bundled",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def person(self) -> User | None:
        """Whose sign-in it is for: the one it was written to, or the reader's."""
        return self.user or (self.reader.user if self.reader else None)

    def just_read(self, read: Callable[[], Thing]) -> Thing:
        """Return what was read ahead, if that was just now; else what `read` reads."""
        return cast("Thing", self._ahead[0]) if self.is_fresh else read()

    def keep_ahead(self, thing: object) -> None:
        """Keep what was just read ahead, for `just_read`."""
        self._ahead = (thing, monotonic())

    @property
    def is_fresh(self) -> bool:
        """Whether what it is about was read ahead just now."""
        return hasattr(self, "_ahead") and monotonic() - self._ahead[1] <= FRESH_SECONDS

    @property
    def card(self) -> Reader | None:
        """Whose card it is about: the reader it was written to, or the one who signs in."""
        return self.reader or getattr(self.user, "reader", None)

    @property
    def outside_key(self) -> str:
        """The key by which the other side knows it, the same however often it is sent: Message-ID, request id.

        Nobody else can make one up, so what comes back under it is about a letter of ours.
        """
        domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">")
        word = salted_hmac("notifications.outside_key", str(self.pk)).hexdigest()[:12]
        return f"<message-{self.pk}.{word}@{domain}>"

    @property
    def shared_key(self) -> str:
        """The key without its channel: rows of one message by several channels have it in common."""
        return self.key.removesuffix(f":{self.channel}")
