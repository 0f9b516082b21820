"""Stage two: messages to their channel. Claim by lease, commit, send, stamp; no lock is held while sending.

Inside the database each message is claimed by one worker at a time. Outside, a server that accepts the text and then
drops the connection leaves us in doubt: the message is sent once more with the same key and marked; in doubt again, it
is set aside for somebody to look at. Each channel is claimed by itself, and rests by itself (`notifications.pacing`).
What waits in one bundle is claimed and sent together: its eldest row gives the time and the key.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q

from milanolib import clock
from notifications import channels, pacing
from notifications.channels import ChannelDownError, LeavesTime, PermanentError, PossiblyDoubleError, TransientError
from notifications.composing import compose
from notifications.kinds import known_kind
from notifications.marks import broken_among
from notifications.mending import mark_and_ask
from notifications.models import AddressMark, Channel, Message, MessageStatus
from notifications.policy import end_of_quiet, goes_quietly
from notifications.preferences import channels_for, preference_of

if TYPE_CHECKING:
    from notifications.channels import Carrier
    from notifications.composing import Composed

log = logging.getLogger(__name__)

LEASE = dt.timedelta(minutes=2)
FIRST_DELAY = dt.timedelta(seconds=15)
LONGEST_DELAY = dt.timedelta(hours=1)
STUCK_AFTER = 30
WRITTEN_TOGETHER = 10  # messages that are written down in one statement: who dies before leaves so many doubles
READ_TOGETHER = 20  # messages of which the truth is read in one statement for each kind
WRITTEN = ("status", "leased_until", "last_error", "sent_at", "message_id", "may_be_double", "attempts", "due_at")


def deliver(limit: int = 500) -> int:
    """Send what is due by every channel, one after another, and return how many letters went out."""
    return sum(deliver_by(channel, limit) for channel in pacing.channels_due(channels.usable(), clock.now()))


def deliver_by(channel: str, limit: int = 500) -> int:
    """Send what is due by one channel and return how many letters went out; several workers may do so at once."""
    carrier = channels.carrier_for(channel)
    sent = handled = 0
    try:
        while handled < limit and (claimed := _claim(channel, limit - handled)):
            handled += len(claimed)
            sent += _send_all(channel, carrier, claimed)
    finally:
        carrier.close()
    return sent


def _claim(channel: str, limit: int = 500) -> list[list[Message]]:
    """Take messages into this worker's hands for two minutes; a worker that dies loses them to the next one.

    Return them by bundle. A bundle is taken through its eldest row alone, so that no two workers share one.
    """
    now = clock.now()
    waiting = Message.objects.filter(status=MessageStatus.WAITING)
    elder = waiting.filter(bundle=OuterRef("bundle"), pk__lt=OuterRef("pk"))
    with transaction.atomic():
        count = min(limit, pacing.may_claim(channel, now))
        firsts = list(
            waiting.select_for_update(skip_locked=True, no_key=True)
            .filter(Q(leased_until=None) | Q(leased_until__lt=now), channel=channel, due_at__lte=now)
            .filter(Q(bundle="") | ~Exists(elder))
            .order_by("due_at", "id")
            .values_list("pk", "bundle")[:count]
        )
        bundles = [bundle for _pk, bundle in firsts if bundle]
        with_them = waiting.filter(bundle__in=bundles) if bundles else waiting.none()
        ids = {pk for pk, _bundle in firsts} | set(
            with_them.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True)
        )
        if not ids:
            return []
        claimed = Message.objects.filter(pk__in=ids)
        claimed.exclude(leased_until=None).update(may_be_double=True)  # its worker died, perhaps after sending
        claimed.update(leased_until=now + LEASE)
        pacing.count_claimed(channel, len(firsts))
    by_bundle: dict[str | int, list[Message]] = {}
    for message in Message.objects.filter(pk__in=ids).with_choices().order_by("due_at", "pk"):
        by_bundle.setdefault(message.bundle or message.pk, []).append(message)
    return [sorted(together, key=lambda message: message.pk) for together in by_bundle.values()]


def _send_all(channel: str, carrier: Carrier, claimed: list[list[Message]]) -> int:
    """Send each over the channel's one connection and return how many went; one that fails does not stop the rest.

    A channel that fails does: the rest goes back as it was. So does what a slow channel leaves too little time for,
    before the lease ends and somebody else takes it.
    """
    addresses = [carrier.address_of(together[0]) for together in claimed]
    broken = broken_among(channel, addresses)
    leased_until = claimed[0][0].leased_until
    ahead = _Ahead(claimed)
    if isinstance(carrier, LeavesTime):
        carrier.meanwhile = ahead.meanwhile
    sent, goes_on = 0, True
    try:
        for number, (together, address) in enumerate(zip(claimed, addresses, strict=True)):
            if leased_until is None or clock.now() > leased_until - LEASE / 2:
                _give_back(claimed[number:])
                break
            ahead.get_ready(number)
            went, goes_on = _try(carrier, together, address, ahead, is_broken=address in broken)
            ahead.gone += went
            sent += bool(went)
            if not goes_on:
                _give_back(claimed[number + 1 :])
                break
    finally:
        _stamp_sent(ahead.gone)
    if sent and goes_on:
        pacing.go_on(channel)
    return sent


class _Ahead:
    """What is done while the other side keeps a letter: write down what went before, read and compose the next."""

    def __init__(self, claimed: list[list[Message]]) -> None:
        self.gone: list[Message] = []  # and not written down yet
        self._claimed = claimed
        self._next = 0  # the first for which nothing was done
        self._composed: tuple[list[Message], Composed] | None = None

    def get_ready(self, number: int) -> None:
        """Do what must be done before a bundle's turn, unless it was done meanwhile."""
        if number < self._next:
            return
        if len(self.gone) >= WRITTEN_TOGETHER:
            _stamp_sent(self.gone)
        if number % READ_TOGETHER == 0:
            _read_ahead(self._claimed[number : number + READ_TOGETHER])
        self._next = number + 1

    def meanwhile(self) -> None:
        """Get the next bundle ready, and compose it if it was read ahead.

        What goes wrong with it is left alone: it will do so again when its turn comes.
        """
        if self._next < len(self._claimed):
            with contextlib.suppress(Exception):
                self.get_ready(self._next)
                wanted = [message for message in self._claimed[self._next - 1] if _is_wanted(message)]
                if wanted and _is_fresh(wanted):
                    self._composed = wanted, compose(wanted)

    def compose(self, together: list[Message]) -> Composed:
        """Compose a bundle, unless that was done meanwhile and what was read for it is fresh still."""
        wanted, composed = self._composed or ([], ([], None))
        self._composed = None
        return composed if wanted == together and _is_fresh(together) else compose(together)


def _is_fresh(together: list[Message]) -> bool:
    return all(message.is_fresh for message in together)


def _read_ahead(claimed: list[list[Message]]) -> None:
    """Read in one statement for each kind what the next few messages are about."""
    by_kind: dict[str, list[Message]] = {}
    for together in claimed:
        for message in together:
            by_kind.setdefault(message.kind, []).append(message)
    for code, messages in by_kind.items():
        kind = known_kind(code)
        if kind is not None and kind.read_ahead is not None:
            found = kind.read_ahead(messages)
            for message in messages:
                message.keep_ahead(found.get(message.pk))


def _try(
    carrier: Carrier, together: list[Message], address: str, ahead: _Ahead, *, is_broken: bool
) -> tuple[list[Message], bool]:
    """Send, or write down why not; return what went, and whether the channel can go on."""
    channel = together[0].channel
    try:
        return _send(carrier, together, address, ahead, is_broken=is_broken), True
    except PossiblyDoubleError as error:
        _put_off_in_doubt(together, str(error))
        pacing.let_rest(channel, str(error))
        return [], False
    except TransientError as error:
        _put_off(together, str(error), retry_after=error.retry_after)
        if isinstance(error, ChannelDownError):
            pacing.let_rest(channel, str(error), retry_after=error.retry_after)
        return [], not isinstance(error, ChannelDownError)
    except PermanentError as error:
        _stamp(together, MessageStatus.REFUSED, error=str(error))
    except Exception as error:  # noqa: BLE001  a poisoned row is set aside and must not stop the rest
        _put_off(together, type(error).__name__)
    return [], True


def _send(carrier: Carrier, together: list[Message], address: str, ahead: _Ahead, *, is_broken: bool) -> list[Message]:
    """Render what is still true of it and hand it over once; return what went out, to be written down."""
    first = together[0]
    if first.person is not None and not first.person.is_active:
        return _stamp(together, MessageStatus.NO_ADDRESS)
    unwanted = [one for one in together if not _is_wanted(one)]
    _stamp(unwanted, MessageStatus.UNWANTED)
    together = [message for message in together if message not in unwanted]
    if not together or _is_held(together):
        return []
    true, rendered = ahead.compose(together)
    _stamp([message for message in together if message not in true], MessageStatus.MOOT)
    if rendered is None:
        return []
    address = rendered.to or ("" if is_broken else address)
    if not address:
        return _stamp(true, MessageStatus.NO_ADDRESS, error="address_marked" if is_broken else "")
    for message in true:
        message.message_id = first.outside_key
    try:
        known_as = carrier.send(
            rendered, address, first.outside_key, is_repeat=any(message.may_be_double for message in true)
        )
    except PermanentError as refused:
        if refused.is_gone:
            mark_and_ask(first, address, AddressMark.Why.BOUNCED)
        raise
    for message in true:
        message.message_id = known_as or first.outside_key
        message.sent_at = clock.now()
    return true


def _is_wanted(message: Message) -> bool:
    """Whether its person still wants this kind by this channel; one's own page nobody can switch off."""
    return message.channel == Channel.INBOX or message.channel in channels_for(message.kind, message.card)


def _is_held(together: list[Message]) -> bool:
    """Put back what the quiet hours have caught (it was tried before, say); return whether.

    Who wants all together at an hour has chosen that hour, whatever the quiet ones are.
    """
    first, preference = together[0], preference_of(together[0].card)
    if goes_quietly(first.channel, known_kind(first.kind)) or (preference and preference.digest_hour is not None):
        return False
    ends = end_of_quiet(preference, clock.now())
    if ends is None:
        return False
    waiting = Message.objects.filter(pk__in=[message.pk for message in together], status=MessageStatus.WAITING)
    waiting.update(due_at=ends, leased_until=None)
    return True


def _give_back(claimed: list[list[Message]]) -> None:
    """Let go of what was not tried; whoever comes next finds it as it was."""
    untried = [message for together in claimed for message in together]
    if untried:
        ours = Message.objects.filter(status=MessageStatus.WAITING, leased_until=untried[0].leased_until)
        ours.filter(pk__in=[message.pk for message in untried]).update(leased_until=None)


def _stamp_sent(gone: list[Message]) -> None:
    """Write down in one statement what went out, and forget the list. Who dies before leaves marked doubles."""
    if not gone:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE notifications_message AS message
                  SET status = 'sent', sent_at = gone.sent_at, message_id = gone.message_id, leased_until = NULL,
                      last_error = ''
                 FROM unnest(%s::bigint[], %s::timestamptz[], %s::text[]) AS gone (id, sent_at, message_id)
                WHERE message.id = gone.id AND message.status = 'waiting'""",
            [
                [message.pk for message in gone],
                [message.sent_at for message in gone],
                [message.message_id for message in gone],
            ],
        )
    gone.clear()


def _stamp(together: list[Message], status: MessageStatus, *, error: str = "") -> list[Message]:
    """Write down why those that still wait did not go out; none went."""
    for message in together:
        if message.status == MessageStatus.WAITING:
            message.status = status
            message.last_error = error[:80]
            _save(message)
    return []


def _put_off_in_doubt(together: list[Message], error: str) -> None:
    """It may have gone: once more, under the same key, and marked. In doubt again, somebody must look at it."""
    for message in together:
        if message.may_be_double:
            message.attempts = STUCK_AFTER
        message.may_be_double = True
    _put_off(together, error)


def _put_off(together: list[Message], error: str, *, retry_after: dt.timedelta | None = None) -> None:
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


def _save(message: Message) -> None:
    """Let it go with its outcome, unless somebody else has written one meanwhile."""
    message.leased_until = None
    still_waiting = Message.objects.filter(pk=message.pk, status=MessageStatus.WAITING)
    still_waiting.update(**{name: getattr(message, name) for name in WRITTEN})
