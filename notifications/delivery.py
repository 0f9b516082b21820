"""Stage two: messages to their channel. Claim by lease, commit, send, stamp; no lock is held while sending.

Inside the database each message is claimed by one worker at a time. Outside, a mail server that accepts the text
and then drops the connection leaves us in doubt: the message is sent once more with the same Message-ID and marked.
What waits in one bundle is claimed and sent together: its eldest row gives the time and the key.
"""

from __future__ import annotations

import datetime as dt
import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from milanolib import clock
from notifications import channels
from notifications.channels import PermanentError, PossiblyDoubleError, TransientError
from notifications.composing import compose
from notifications.models import Message, MessageStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from notifications.channels import Carrier

log = logging.getLogger(__name__)

LEASE = dt.timedelta(minutes=2)
FIRST_DELAY = dt.timedelta(seconds=15)
LONGEST_DELAY = dt.timedelta(hours=1)
STUCK_AFTER = 30
BATCH = 50
WRITTEN = ("status", "leased_until", "last_error", "sent_at", "message_id", "may_be_double", "attempts", "due_at")


def deliver(limit: int = 500) -> int:
    """Send what is due and return how many letters went out; several workers may do so at once."""
    sent = 0
    for _turn in range(0, limit, BATCH):
        claimed = _claim(BATCH)
        if not claimed:
            break
        sent += sum(_send_all(claimed))
    return sent


def _claim(count: int) -> list[list[Message]]:
    """Take messages into this worker's hands for two minutes; a worker that dies loses them to the next one.

    Return them by bundle. A bundle is taken through its eldest row alone, so that no two workers share one.
    """
    now = clock.now()
    waiting = Message.objects.filter(status=MessageStatus.WAITING)
    elder = waiting.filter(bundle=OuterRef("bundle"), pk__lt=OuterRef("pk"))
    with transaction.atomic():
        firsts = list(
            waiting.select_for_update(skip_locked=True, no_key=True)
            .filter(Q(leased_until=None) | Q(leased_until__lt=now), due_at__lte=now)
            .filter(Q(bundle="") | ~Exists(elder))
            .order_by("due_at", "id")
            .values_list("pk", "bundle")[:count]
        )
        bundles = [bundle for _pk, bundle in firsts if bundle]
        with_them = waiting.filter(bundle__in=bundles) if bundles else waiting.none()
        ids = {pk for pk, _bundle in firsts} | set(
            with_them.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True)
        )
        claimed = Message.objects.filter(pk__in=ids)
        claimed.exclude(leased_until=None).update(may_be_double=True)  # its worker died, perhaps after sending
        claimed.update(leased_until=now + LEASE)
    by_bundle: dict[str | int, list[Message]] = {}
    mine = Message.objects.filter(pk__in=ids).select_related("user", "reader__user", "reader__preference")
    for message in mine.order_by("due_at", "pk"):
        by_bundle.setdefault(message.bundle or message.pk, []).append(message)
    return [sorted(together, key=lambda message: message.pk) for together in by_bundle.values()]


def _send_all(claimed: list[list[Message]]) -> Iterator[bool]:
    """Send each over its channel's one connection; a message or a channel that fails does not stop the rest."""
    with _carriers() as carrier_for:
        for together in claimed:
            try:
                yield _send(together, carrier_for)
            except TransientError as error:
                yield _put_off(together, str(error) or "TransientError", retry_after=error.retry_after)
            except PossiblyDoubleError as error:
                for message in together:
                    message.may_be_double = True
                yield _put_off(together, type(error.__cause__ or error).__name__)
            except PermanentError as error:
                yield _stamp(together, MessageStatus.REFUSED, error=str(error))
            except Exception as error:  # noqa: BLE001  a poisoned row is set aside and must not stop the rest
                yield _put_off(together, type(error).__name__)


@contextmanager
def _carriers() -> Iterator[Callable[[str], Carrier]]:
    """Make each channel's carrier when the first message needs it; close them all at the end."""
    made: dict[str, Carrier] = {}

    def carrier_for(channel: str) -> Carrier:
        if channel not in made:
            made[channel] = channels.carrier_for(channel)
        return made[channel]

    try:
        yield carrier_for
    finally:
        for carrier in made.values():
            carrier.close()


def _send(together: list[Message], carrier_for: Callable[[str], Carrier]) -> bool:
    """Render what is still true of it and hand it over once; return whether something went out."""
    first = together[0]
    carrier = carrier_for(first.channel)
    if first.person is not None and not first.person.is_active:
        return _stamp(together, MessageStatus.NO_ADDRESS)
    true, rendered = compose(together)
    _stamp([message for message in together if message not in true], MessageStatus.MOOT)
    if rendered is None:
        return False
    together = true
    address = rendered.to or carrier.address_of(first)
    if not address:
        return _stamp(together, MessageStatus.NO_ADDRESS)
    if not _still_ours(together):
        return False
    key = first.outside_key
    for message in together:
        message.message_id = key
    known_as = carrier.send(rendered, address, key)
    for message in together:
        message.message_id = known_as or key
    return _stamp(together, MessageStatus.SENT)


def _still_ours(together: list[Message]) -> bool:
    """Renew the lease just before sending; False when it ran out and another worker has the messages now."""
    until = clock.now() + LEASE
    mine = Message.objects.filter(
        pk__in=[message.pk for message in together],
        status=MessageStatus.WAITING,
        leased_until=together[0].leased_until,
    )
    if mine.update(leased_until=until) < len(together):
        return False
    for message in together:
        message.leased_until = until
    return True


def _stamp(together: list[Message], status: MessageStatus, *, error: str = "") -> bool:
    """Write down what became of those that still wait; return whether that is that they were sent."""
    for message in together:
        if message.status == MessageStatus.WAITING:
            message.status = status
            message.last_error = error[:80]
            message.sent_at = clock.now() if status == MessageStatus.SENT else None
            _save(message)
    return status == MessageStatus.SENT


def _put_off(together: list[Message], error: str, *, retry_after: dt.timedelta | None = None) -> bool:
    """Leave it for later with a doubling delay; after many failures it is set aside for somebody to look at."""
    now = clock.now()
    for message in together:
        if message.status != MessageStatus.WAITING:
            continue
        message.attempts += 1
        message.last_error = error[:80]
        delay = min(FIRST_DELAY * 2 ** min(message.attempts - 1, 10), LONGEST_DELAY)
        message.due_at = now + max(delay, retry_after or delay)
        if message.attempts >= STUCK_AFTER:
            message.status = MessageStatus.STUCK
        _save(message)
        log.warning("message %s (%s) put off: %s", message.pk, message.kind, error)
    return False


def _save(message: Message) -> None:
    """Let it go with its outcome, unless somebody else has written one meanwhile."""
    message.leased_until = None
    still_waiting = Message.objects.filter(pk=message.pk, status=MessageStatus.WAITING)
    still_waiting.update(**{name: getattr(message, name) for name in WRITTEN})
