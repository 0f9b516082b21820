"""Stage two: messages to their channel. Claim by lease, commit, send, stamp; no lock is held while sending.

Inside the database each message is claimed by one worker at a time. Outside, a mail server that accepts the text
and then drops the connection leaves us in doubt: the message is sent once more with the same Message-ID and marked.
"""

from __future__ import annotations

import datetime as dt
import logging
import smtplib
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils import translation

from milanolib import clock
from notifications.kinds import kind_of
from notifications.models import Message, MessageStatus

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.core.mail.backends.base import BaseEmailBackend

    from accounts.models import User

log = logging.getLogger(__name__)

LEASE = dt.timedelta(minutes=2)
FIRST_DELAY = dt.timedelta(seconds=15)
LONGEST_DELAY = dt.timedelta(hours=1)
STUCK_AFTER = 30
BATCH = 50


def deliver(limit: int = 500) -> int:
    """Send what is due and return how many messages went out; several workers may do so at once."""
    sent = 0
    for _turn in range(0, limit, BATCH):
        claimed = _claim(BATCH)
        if not claimed:
            break
        sent += sum(_send_all(claimed))
    return sent


def _claim(count: int) -> list[Message]:
    """Take messages into this worker's hands for two minutes; a worker that dies loses them to the next one."""
    now = clock.now()
    with transaction.atomic():
        ids = list(
            Message.objects.select_for_update(skip_locked=True, no_key=True)
            .filter(Q(leased_until=None) | Q(leased_until__lt=now), status=MessageStatus.WAITING, due_at__lte=now)
            .order_by("due_at", "id")
            .values_list("pk", flat=True)[:count]
        )
        claimed = Message.objects.filter(pk__in=ids)
        claimed.exclude(leased_until=None).update(may_be_double=True)  # its worker died, perhaps after sending
        claimed.update(leased_until=now + LEASE)
    return list(Message.objects.filter(pk__in=ids).select_related("user", "reader__user").order_by("due_at", "pk"))


def _send_all(messages: list[Message]) -> Iterator[bool]:
    """Send over one connection; a message that fails does not stop the rest."""
    mailer = get_connection()
    try:
        for message in messages:
            yield _send_one(message, mailer)
    finally:
        try:
            mailer.close()
        except (smtplib.SMTPException, OSError):
            log.info("the mail server had closed the connection")


def _send_one(message: Message, mailer: BaseEmailBackend) -> bool:  # noqa: PLR0911  one return for each outcome
    user = message.user or (message.reader.user if message.reader else None)
    if user is None or not user.is_active:
        return _stamp(message, MessageStatus.NO_ADDRESS)
    try:
        mail = _compose(message, user)
        if mail is not None:
            mail.message()  # whatever cannot be put into a letter is found here
    except Exception as error:  # noqa: BLE001  a poisoned row is set aside and must not stop the rest
        return _put_off(message, error)
    if mail is None:
        return _stamp(message, MessageStatus.MOOT)
    if not mail.to:
        return _stamp(message, MessageStatus.NO_ADDRESS)
    if not _still_ours(message):
        return False
    try:
        mail.connection = mailer
        mail.send()
    except smtplib.SMTPServerDisconnected as error:  # perhaps after the text was accepted
        message.may_be_double = True
        mailer.connection = None  # type: ignore[attr-defined]  # a new one for the next message
        return _put_off(message, error)
    except (smtplib.SMTPException, OSError) as error:
        return _put_off(message, error)
    return _stamp(message, MessageStatus.SENT)


def _compose(message: Message, user: User) -> EmailMessage | None:
    """Re-read the truth and render it in the person's language; None when it is no longer true."""
    kind = kind_of(message.kind)
    with translation.override(user.language or settings.LANGUAGE_CODE):
        facts = kind.facts(message)
        if facts is None:
            return None
        text = render_to_string(kind.template, {**facts, "user": user, "base_url": settings.BASE_URL})
    to = facts.get("to") or user.email
    subject, _gap, body = text.strip().partition("\n")
    message.message_id = f"<message-{message.pk}@{settings.DEFAULT_FROM_EMAIL.rpartition('@')[2].rstrip('>')}>"
    return EmailMessage(
        " ".join(subject.split()),
        body.strip() + "\n",
        to=[to] if to else [],
        headers={"Message-ID": message.message_id},
    )


def _still_ours(message: Message) -> bool:
    """Renew the lease just before sending; False when it ran out and another worker has the message now."""
    until = clock.now() + LEASE
    mine = Message.objects.filter(pk=message.pk, status=MessageStatus.WAITING, leased_until=message.leased_until)
    if not mine.update(leased_until=until):
        return False
    message.leased_until = until
    return True


def _stamp(message: Message, status: MessageStatus) -> bool:
    message.status, message.leased_until, message.last_error = status, None, ""
    message.sent_at = clock.now() if status == MessageStatus.SENT else None
    message.save(update_fields=["status", "leased_until", "last_error", "sent_at", "message_id", "may_be_double"])
    return status == MessageStatus.SENT


def _put_off(message: Message, error: Exception) -> bool:
    message.attempts += 1
    message.leased_until = None
    message.last_error = type(error).__name__
    message.due_at = clock.now() + min(FIRST_DELAY * 2 ** min(message.attempts - 1, 10), LONGEST_DELAY)
    if message.attempts >= STUCK_AFTER:
        message.status = MessageStatus.STUCK
    message.save(
        update_fields=["attempts", "leased_until", "last_error", "due_at", "status", "message_id", "may_be_double"]
    )
    log.warning("message %s (%s) put off: %s", message.pk, message.kind, type(error).__name__)
    return False
