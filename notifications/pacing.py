"""How fast each channel goes, and when it rests: so that one that is slow, broken or full delays its own rows only.

A channel that nobody answers on rests, twice as long each time, and tries again with one message. Over HTTP one worker
at a time speaks for a channel; else a gateway that hangs would take all workers away from the mail.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import F

from milanolib import clock
from notifications.models import Channel, ChannelPace, Message, MessageStatus

if TYPE_CHECKING:
    from collections.abc import Iterable

FIRST_REST = dt.timedelta(seconds=15)
LONGEST_REST = dt.timedelta(minutes=15)
BATCH = {Channel.EMAIL: 100, Channel.INBOX: 500}
BATCH_OF_OTHERS = 10
BURST = dt.timedelta(seconds=10)  # what was not used in this time may go at once
MANY_AT_ONCE = {Channel.EMAIL, Channel.INBOX}  # channels for which several workers may speak


def may_claim(channel: str, now: dt.datetime) -> int:
    """Return how many messages may be claimed for a channel now. Inside a transaction: locks the channel's pace."""
    ChannelPace.objects.bulk_create([ChannelPace(channel=channel)], ignore_conflicts=True)
    pace = ChannelPace.objects.select_for_update(no_key=True).get(channel=channel)
    if pace.paused_until is not None and pace.paused_until > now:
        return 0
    if channel not in MANY_AT_ONCE and _is_in_hands(channel, now):
        return 0
    most = 1 if pace.failures else BATCH.get(Channel(channel), BATCH_OF_OTHERS)
    per_minute = settings.MESSAGES_PER_MINUTE.get(channel, 0)
    if not per_minute:
        return most
    pace.allowance = _allowance(pace, per_minute, now)
    pace.counted_at = now
    pace.save(update_fields=["allowance", "counted_at"])
    return min(most, int(pace.allowance))


def _allowance(pace: ChannelPace, per_minute: int, now: dt.datetime) -> float:
    """Return what may go: what was left, and what has come since, but no more than of ten seconds."""
    most = max(1.0, per_minute * BURST.total_seconds() / 60)
    if pace.counted_at is None:
        return most
    since = max(0.0, (now - pace.counted_at).total_seconds())
    return min(most, pace.allowance + since * per_minute / 60)


def _is_in_hands(channel: str, now: dt.datetime) -> bool:
    return Message.objects.filter(channel=channel, status=MessageStatus.WAITING, leased_until__gt=now).exists()


def count_claimed(channel: str, count: int) -> None:
    """Take what was claimed from what may go; in the transaction of `may_claim`."""
    if count and settings.MESSAGES_PER_MINUTE.get(channel, 0):
        ChannelPace.objects.filter(channel=channel).update(allowance=F("allowance") - count)


def let_rest(channel: str, why: str, *, retry_after: dt.timedelta | None = None) -> None:
    """Let a channel rest: nobody answers there, or it knows us no more."""
    pace = ChannelPace.objects.get(channel=channel)
    rest = min(FIRST_REST * 2 ** min(pace.failures, 10), LONGEST_REST)
    ChannelPace.objects.filter(channel=channel).update(
        failures=F("failures") + 1 if pace.failures < 1000 else F("failures"),  # noqa: PLR2004  a column has an end
        paused_until=clock.now() + max(rest, retry_after or rest),
        why=why[:80],
    )


def go_on(channel: str) -> None:
    """Something went out: whatever was the matter is over."""
    ChannelPace.objects.filter(channel=channel, failures__gt=0).update(failures=0, paused_until=None, why="")


def channels_due(usable: Iterable[str], now: dt.datetime) -> list[str]:
    """Return the channels that have something to send and do not rest."""
    resting = ChannelPace.objects.filter(paused_until__gt=now).values("channel")
    waiting = Message.objects.filter(status=MessageStatus.WAITING, due_at__lte=now, channel__in=list(usable))
    return sorted(waiting.exclude(channel__in=resting).order_by().values_list("channel", flat=True).distinct())
