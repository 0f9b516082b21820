"""What staff see and do in the ledger: volumes, what is stuck, sending again, a test."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Count, Min

from accounts.services import note_act
from milanolib import clock
from notifications.channels import usable
from notifications.errors import NothingToResend, ReasonMissing
from notifications.kinds import name_of
from notifications.models import Channel, ChannelPace, Message, MessageStatus
from notifications.services import write
from outbox.nudge import nudge

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from accounts.models import User
    from notifications.querysets import MessageQuerySet

COUNTED_DAYS = 30
BAR_LENGTH = 240  # of the longest bar, in the drawing's own units
MOST_STUCK = 50
MAY_GO_AGAIN = (MessageStatus.SENT, MessageStatus.STUCK, MessageStatus.REFUSED, MessageStatus.NO_ADDRESS)
TEST = "test_message"


@dataclass
class Piece:
    """A part of a bar: one channel's."""

    channel: str
    count: int
    left: float = 0
    width: float = 0


@dataclass
class Volume:
    """How many messages of a kind were written within the days counted: by channel, and by what became of them."""

    name: str | Promise
    pieces: list[Piece]
    total: int = 0
    sent: int = 0
    moot: int = 0
    not_reached: int = 0
    by_channel: list[int] = field(default_factory=list)


def volumes() -> list[Volume]:
    """Return the volumes of the last month, the largest first: one statement."""
    since = clock.now() - dt.timedelta(days=COUNTED_DAYS)
    rows = Message.objects.filter(created_at__gte=since).order_by().values_list("kind", "channel", "status")
    counts: dict[str, dict[tuple[str, str], int]] = {}
    for kind, channel, status, count in rows.annotate(count=Count("pk")):
        counts.setdefault(kind, {})[channel, status] = count
    found = [_volume(kind, of_kind) for kind, of_kind in counts.items()]
    longest = max((one.total for one in found), default=1)
    for one in found:
        left = 0.0
        for piece in one.pieces:
            piece.left, piece.width = round(left, 1), round(piece.count * BAR_LENGTH / longest, 1)
            left += piece.width
    return sorted(found, key=lambda one: -one.total)


def _volume(kind: str, counts: dict[tuple[str, str], int]) -> Volume:
    by_channel = [sum(n for (one, _status), n in counts.items() if one == channel) for channel in Channel]

    def ended(*statuses: str) -> int:
        return sum(n for (_channel, status), n in counts.items() if status in statuses)

    return Volume(
        name=name_of(kind),
        pieces=[Piece(channel, n) for channel, n in zip(Channel, by_channel, strict=True) if n],
        total=sum(by_channel),
        sent=ended(MessageStatus.SENT),
        moot=ended(MessageStatus.MOOT, MessageStatus.UNWANTED),
        not_reached=ended(MessageStatus.NO_ADDRESS, MessageStatus.REFUSED, MessageStatus.STUCK),
        by_channel=by_channel,
    )


@dataclass(frozen=True)
class ChannelState:
    """How a channel fares: how many messages wait for it and since when the eldest should be out; whether it rests."""

    name: str | Promise
    waiting: int = 0
    due_since: dt.datetime | None = None
    rests_until: dt.datetime | None = None
    why: str = ""


def channel_states() -> list[ChannelState]:
    """Return how each channel that can be used fares: two statements."""
    now = clock.now()
    due = Message.objects.filter(status=MessageStatus.WAITING, due_at__lte=now, channel__in=usable()).order_by()
    waiting = {
        channel: (count, since)
        for channel, count, since in due.values_list("channel").annotate(count=Count("pk"), since=Min("due_at"))
    }
    resting = ChannelPace.objects.filter(paused_until__gt=now).in_bulk()
    return [
        ChannelState(
            Channel(channel).label,
            *waiting.get(channel, (0, None)),
            *((resting[channel].paused_until, resting[channel].why) if channel in resting else ()),
        )
        for channel in usable()
    ]


def stuck() -> MessageQuerySet:
    """Return what was set aside after many failures, the last one first."""
    return Message.objects.filter(status=MessageStatus.STUCK).order_by("-pk")


@transaction.atomic
def resend(message: Message, *, reason: str, actor: User) -> Message:
    """Let a message go out once more, if it is still true then; safe to repeat: while it waits it goes once.

    `reason` is a few words without a name, kept with the act. The key stays, so that the other side may see that it had
    it before. Raises ReasonMissing, NothingToResend.
    """
    if not reason.strip():
        raise ReasonMissing
    row = Message.objects.select_for_update(no_key=True).get(pk=message.pk)
    if row.status not in MAY_GO_AGAIN:
        raise NothingToResend
    row.status, row.due_at, row.attempts, row.sent_at = MessageStatus.WAITING, clock.now(), 0, None
    row.last_error, row.bundle, row.may_be_double = "", "", False
    row.save(update_fields=["status", "due_at", "attempts", "sent_at", "last_error", "bundle", "may_be_double"])
    note_act("resend", f"message:{row.pk}", actor=actor, reason=reason.strip())
    nudge("deliver")
    return row


def write_test(actor: User) -> None:
    """Write a test to somebody of the staff, by the channels of their own card; once a minute."""
    now = clock.now()
    write(TEST, key=f"test:{actor.pk}:{now:%Y%m%d%H%M}", user=actor, params={"at": now.isoformat()})
    note_act("write_test", f"user:{actor.pk}", actor=actor)
