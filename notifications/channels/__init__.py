"""Ways to reach somebody. Each stands in a module of its own and is registered from `NotificationsConfig.ready`.

A carrier knows where a person is reached and hands one rendered message over. It is made anew for each batch, so that
it may keep one connection for all of it, and says by its errors what delivery shall do. None can stop another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from notifications.models import Message


class ChannelError(Exception):
    """It did not go out, or nobody knows."""


class TransientError(ChannelError):
    """It did not work now and was not handed over; again later, not before `retry_after` where the other side says."""

    def __init__(self, why: str = "", *, retry_after: dt.timedelta | None = None) -> None:
        super().__init__(why)
        self.retry_after = retry_after


class ChannelDownError(TransientError):
    """As above, and no other message of this channel would go either: nobody is there, or we are not known."""


class PermanentError(ChannelError):
    """The address will not take it, however often it is tried; `is_gone`: nor will it take anything else."""

    def __init__(self, why: str = "", *, is_gone: bool = False) -> None:
        super().__init__(why)
        self.is_gone = is_gone


class PossiblyDoubleError(ChannelError):
    """The connection broke after the text was handed over: it is tried again with the same key, and marked."""


@dataclass(frozen=True)
class Rendered:
    """A message in its person's language, checked for truth just now."""

    kind: str
    language: str
    subject: str
    text: str
    html: str
    short: str  # fits one SMS and names no title; for push and SMS
    link: str  # the page that a short text leads to
    unsubscribe: str  # address for RFC 8058 (POST), and for a page (GET); empty where it cannot be switched off
    to: str = ""  # another address than the person's own: to prove that a new one is theirs


class Carrier(Protocol):
    """What a channel does for delivery."""

    def address_of(self, message: Message) -> str:
        """Return where the message's person is reached by this channel; empty when nowhere."""

    def send(self, rendered: Rendered, address: str, key: str, *, is_repeat: bool = False) -> str:
        """Hand it over; return the id by which the other side knows it, or an empty text for the key itself.

        `key` is the same whenever this message is tried: Message-ID, request id. `is_repeat` says that it may have
        been handed over before. Raises a ChannelError; whatever else is raised puts this one message off.
        """

    def close(self) -> None:
        """Let the connection go; must not raise."""


@runtime_checkable
class LeavesTime(Protocol):
    """A carrier that calls `meanwhile`, which does not raise, when it has handed over and the other side thinks."""

    meanwhile: Callable[[], None]


_makers: dict[str, Callable[[], Carrier]] = {}


def register(channel: str, make: Callable[[], Carrier]) -> None:
    """Make a channel usable: `make` returns a carrier for one batch."""
    _makers[channel] = make


def is_usable(channel: str) -> bool:
    """Whether somebody has registered this channel; readers can choose those only."""
    return channel in _makers


def usable() -> list[str]:
    """Return the channels that somebody has registered."""
    return list(_makers)


def carrier_for(channel: str) -> Carrier:
    """Return a new carrier. Raises KeyError for a channel that nobody registered."""
    return _makers[channel]()
