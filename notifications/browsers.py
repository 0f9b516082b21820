"""Browsers on which somebody wants notices: asked for on their page, and gone when the browser takes none any more."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from milanolib import clock
from notifications.channels.push_sealing import is_key_of_a_browser
from notifications.errors import BrowserNotUsable
from notifications.models import Channel, PushSubscription
from notifications.preferences import use_channel

if TYPE_CHECKING:
    from accounts.models import User

MOST_BROWSERS = 10  # of one person; the oldest goes
LOOPBACK = {"127.0.0.1", "localhost"}


def is_push_service(endpoint: str) -> bool:
    """Whether an address that a browser gave is one of a push service we know; we call no other.

    Else somebody could make us call a machine of the house. The list is `PUSH_HOSTS`; `.example.org` is every host
    below it. On loopback, and for the try-out only, any port and no TLS will do.
    """
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if "@" in parts.netloc or not any(
        host == known or (known.startswith(".") and host.endswith(known)) for known in settings.PUSH_HOSTS
    ):
        return False
    if settings.DEMO and host in LOOPBACK:
        return True
    return parts.scheme == "https" and port in {None, 443}


@transaction.atomic
def add_browser(user: User, *, endpoint: str, p256dh: str, auth: str) -> PushSubscription:
    """Send this person's notices to this browser from now on, and return it.

    A browser that was somebody else's is theirs no more: notices follow who sits before it. Asked for twice, it is
    one. Raises BrowserNotUsable.
    """
    if not is_push_service(endpoint) or not is_key_of_a_browser(p256dh, auth):
        raise BrowserNotUsable
    browser, _is_new = PushSubscription.objects.update_or_create(
        endpoint=endpoint, defaults={"user": user, "p256dh": p256dh, "auth": auth, "created_at": clock.now()}
    )
    kept = PushSubscription.objects.filter(user=user).order_by("-created_at", "-pk").values_list("pk", flat=True)
    PushSubscription.objects.filter(user=user).exclude(pk__in=list(kept[:MOST_BROWSERS])).delete()
    _use_notices(user)
    return browser


@transaction.atomic
def remove_browser(user: User, browser_id: int) -> bool:
    """Send no notices to this browser any more; return whether it was this person's."""
    is_removed = bool(PushSubscription.objects.filter(user=user, pk=browser_id).delete()[0])
    _use_notices(user)
    return is_removed


def _use_notices(user: User) -> None:
    """Let notices be among the channels of this person's card as long as a browser takes them."""
    reader = getattr(user, "reader", None)
    if reader is not None:
        use_channel(reader, Channel.PUSH, on=PushSubscription.objects.filter(user=user).exists())


def forget_browser(browser: PushSubscription) -> None:
    """Forget a browser whose push service says that it is no more."""
    PushSubscription.objects.filter(pk=browser.pk, endpoint=browser.endpoint).delete()
