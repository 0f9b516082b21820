"""Addresses that no longer work are mended by their reader: asked on their page and by every other channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.models import EmailAddress
from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from milanolib import clock
from notifications import kinds
from notifications.last_letters import KIND as LAST_LETTER
from notifications.marks import broken_among, mark_address, mend_address
from notifications.models import Channel
from notifications.services import write
from outbox import events

if TYPE_CHECKING:
    from accounts.models import User
    from notifications.models import Message
    from outbox.models import Event

KIND = "address_broken"


def register_all() -> None:
    """Register the kind and the handler."""
    kinds.register(
        kinds.Kind(
            KIND,
            _("Your e-mail address does not work"),
            _facts,
            topic=kinds.Topic.SAFETY,
            sample=_sample,
            is_required=True,
        )
    )
    events.register("accounts.email_confirmed", _on_email_confirmed)


def has_broken_address(user: User) -> bool:
    """Whether letters to this person come back."""
    return bool(user.email and broken_among(Channel.EMAIL, [user.email]))


def mark_and_ask(message: Message, address: str, why: str) -> None:
    """Mark the address that a message could not reach, and ask its person by the other channels to mend it, once.

    The address of somebody who is erased is not remembered by a mark either.
    """
    user = message.person
    if user is None and message.kind == LAST_LETTER:
        return
    was_broken = bool(broken_among(message.channel, [address]))
    mark = mark_address(message.channel, address, why)
    is_theirs = user is not None and (user.email or "").lower() == address.lower()
    if message.channel != Channel.EMAIL or not is_theirs or was_broken or not broken_among(Channel.EMAIL, [address]):
        return
    write(KIND, key=f"address-broken:{mark.pk}:{clock.today():%Y%m%d}", user=user, params={}, not_by=Channel.EMAIL)


def use_again(user: User) -> bool:
    """Write to this address again: its reader says that it works. Return whether it was marked."""
    return bool(user.email) and mend_address(Channel.EMAIL, user.email or "")


def _facts(message: Message) -> kinds.Facts | None:
    user = message.person
    return _sample() if user is not None and has_broken_address(user) else None


def _sample() -> kinds.Facts:
    return {"link": settings.BASE_URL + reverse("portal:mine")}


def _on_email_confirmed(event: Event) -> None:
    """Somebody has opened what we sent there: it works."""
    address = EmailAddress.objects.filter(pk=event.payload["address_id"], verified=True).first()
    if address is not None:
        mend_address(Channel.EMAIL, address.email)
