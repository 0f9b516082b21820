"""Kinds of message. Apps register theirs; this one knows only that each has a text and a truth to re-read.

An app that comes later calls `register` from its `ready`, puts `messages/<code>.txt` among its templates, and writes
with `notifications.services.write`. Nothing here is touched for it (tests/notifications/sample shows one).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.utils.functional import Promise

    from notifications.models import Message

Facts = dict[str, Any]


class Topic(models.TextChoices):
    """What kinds are about, as the reader chooses among them."""

    HOLDS = "holds", _("Reservations")
    LOANS = "loans", _("Loans")
    CARD = "card", _("Your card")
    READING = "reading", _("The catalogue and you")
    SAFETY = "safety", _("Your sign-in and your data")
    OTHER = "other", _("Other")

    @property
    def why(self) -> str | Promise:
        """Say why somebody gets a message about this."""
        return WHY[self]


WHY: dict[str, Promise] = {
    Topic.HOLDS: _("You get this because you have reserved something."),
    Topic.LOANS: _("You get this because something is, or was, on loan to you."),
    Topic.CARD: _("You get this because you have a card of the libraries."),
    Topic.READING: _("You get this because you asked us to tell you."),
    Topic.SAFETY: _("You get this because it is about the safety of your sign-in or your data."),
    Topic.OTHER: _("You get this because it is about something that you did or asked for with us."),
}


@dataclass(frozen=True)
class Kind:
    """A kind of message.

    `facts` re-reads the truth when the message is about to be sent and returns what the templates need, or None
    when the message is no longer true and must not go out. Under `to` they may name another address than the person's
    own (to prove that a new one is theirs). The text is `messages/<code>.txt`: its first line is
    the subject. Where there are such templates, `messages/simple/<code>.txt` says it in simple words,
    `messages/short/<code>.txt` in one SMS without a title, `messages/<code>.html` as HTML. `sample` returns facts for
    a preview, without the database.

    `is_required`: legal or about safety, cannot be switched off. `is_urgent`: an answer that somebody waits for, by
    night too. `is_worth_a_call`: a librarian calls whom no channel reaches. `gathers`: several in one bundle are told
    in one text, which gets the facts of each as `items`.

    `read_ahead` reads in one statement what several messages are about, by the messages' numbers, just before they are
    sent; `facts` asks `message.just_read` for it, which reads anew what is older than two seconds.
    """

    code: str
    name: str | Promise
    facts: Callable[[Message], Facts | None]
    topic: Topic = Topic.OTHER
    sample: Callable[[], Facts] | None = None
    is_required: bool = False
    is_urgent: bool = False
    is_worth_a_call: bool = False
    gathers: bool = False
    page: str = "portal:mine"  # where a short text leads
    read_ahead: Callable[[list[Message]], dict[int, Any]] | None = None

    @property
    def template(self) -> str:
        """Return the template of the text."""
        return f"messages/{self.code}.txt"

    def templates(self, *, simple: bool = False) -> list[str]:
        """Return the templates of the text, the one to take first in front."""
        return [f"messages/simple/{self.code}.txt", self.template] if simple else [self.template]


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Make a kind known; from an app's `ready`."""
    _kinds[kind.code] = kind


def kind_of(code: str) -> Kind:
    """Return a registered kind. Raises KeyError for one that nobody registered."""
    return _kinds[code]


def known_kind(code: str) -> Kind | None:
    """Return a kind, or None for one that nobody registered: an app that is gone."""
    return _kinds.get(code)


def all_kinds() -> list[Kind]:
    """Return every kind, by topic, in the order in which they were registered."""
    topics = list(Topic)
    return sorted(_kinds.values(), key=lambda kind: topics.index(kind.topic))


def name_of(code: str) -> str | Promise:
    """Return what a kind is called, for the reader's list of messages."""
    return _kinds[code].name if code in _kinds else _("message")
