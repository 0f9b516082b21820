"""Kinds of message. Apps register theirs; this one knows only that each has a text and a truth to re-read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.utils.functional import Promise

    from notifications.models import Message

Facts = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """A kind of message.

    `facts` re-reads the truth when the message is about to be sent and returns what the templates need, or None
    when the message is no longer true and must not go out. Under `to` they may name another address than the person's
    own (to prove that a new one is theirs). The text is `messages/<code>.txt`: its first line is
    the subject.
    """

    code: str
    name: str | Promise
    facts: Callable[[Message], Facts | None]

    @property
    def template(self) -> str:
        """Return the template of the text."""
        return f"messages/{self.code}.txt"


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Make a kind known; from an app's `ready`."""
    _kinds[kind.code] = kind


def kind_of(code: str) -> Kind:
    """Return a registered kind. Raises KeyError for one that nobody registered."""
    return _kinds[code]


def name_of(code: str) -> str | Promise:
    """Return what a kind is called, for the reader's list of messages."""
    return _kinds[code].name if code in _kinds else _("message")
