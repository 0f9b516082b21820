"""Notices on a reader's own device, through the push service of their browser (RFC 8030, 8291, 8292).

A notice goes to every browser on which the person asked for notices. Its topic and its tag are the message's own, so
that a double takes the place of the first, at the push service and on the screen.
"""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings

from milanolib import clock
from notifications.browsers import forget_browser, is_push_service
from notifications.channels import ChannelDownError, ChannelError, PermanentError, PossiblyDoubleError, TransientError
from notifications.channels.calling import call_or_tell
from notifications.channels.push_sealing import authorization, own_key, seal
from notifications.channels.wording import name_in
from notifications.models import PushSubscription

if TYPE_CHECKING:
    from notifications.channels import Rendered
    from notifications.models import Message

KEPT_FOR = 86_400  # seconds in which the push service may still bring it
LONGEST_TOPIC = 32
GONE = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
TAKEN = {HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.ACCEPTED}


class PushCarrier:
    """Sends the short text, which names no title: it is shown on a locked screen."""

    def __init__(self) -> None:
        self._silent: set[str] = set()
        self._key = own_key(settings.VAPID_KEY)
        self._contact = "mailto:" + settings.DEFAULT_FROM_EMAIL.rpartition("<")[2].rstrip(">")

    def address_of(self, message: Message) -> str:
        """Return the numbers of the person's browsers; the addresses themselves stay in their table."""
        user = message.person
        if user is None:
            return ""
        numbers = PushSubscription.objects.filter(user=user).order_by("pk").values_list("pk", flat=True)
        return " ".join(str(number) for number in numbers)

    def send(self, rendered: Rendered, address: str, key: str, *, is_repeat: bool = False) -> str:  # noqa: ARG002  doubles replace each other
        """Send to each browser; one that took it is enough. Browsers that are no more are forgotten."""
        topic = re.sub(r"[^\w-]", "", key.partition("@")[0], flags=re.ASCII)[:LONGEST_TOPIC]
        content = json.dumps(
            {
                "title": name_in(rendered),
                "body": rendered.short,
                "url": rendered.link,
                "tag": topic,
                "lang": rendered.language,
            }
        ).encode()
        taken, trouble = 0, None
        for browser in PushSubscription.objects.filter(pk__in=address.split()).order_by("pk"):
            try:
                taken += self._send_to(browser, content, topic)
            except ChannelError as error:  # another browser may have another push service
                trouble = error
        if not taken:
            raise trouble or PermanentError("no_browser_left")
        return ""

    def _send_to(self, browser: PushSubscription, content: bytes, topic: str) -> bool:
        """Send to one browser; a push service that was silent or busy is left alone for the rest of the batch."""
        host = urlsplit(browser.endpoint).netloc
        if not is_push_service(browser.endpoint):
            raise PermanentError("no_push_service")
        if host in self._silent:
            raise TransientError("service_rests")
        try:
            return self._hand_over(browser, content, topic)
        except ChannelDownError as error:  # one of several services: the others go on
            self._silent.add(host)
            raise TransientError(str(error), retry_after=error.retry_after) from error
        except PossiblyDoubleError as error:  # a double takes the place of the first: no doubt that matters
            self._silent.add(host)
            raise TransientError(str(error)) from error

    def _hand_over(self, browser: PushSubscription, content: bytes, topic: str) -> bool:
        answer = call_or_tell(
            "POST",
            browser.endpoint,
            headers={
                "Authorization": authorization(self._key, browser.endpoint, contact=self._contact, now=clock.now()),
                "Content-Encoding": "aes128gcm",
                "Content-Type": "application/octet-stream",
                "TTL": str(KEPT_FOR),
                "Topic": topic,
                "Urgency": "normal",
            },
            content=seal(content, point=browser.p256dh, secret=browser.auth),
        )
        if answer.status in GONE:
            forget_browser(browser)
            return False
        if answer.status not in TAKEN:
            raise PermanentError(f"http_{answer.status}")
        return True

    def close(self) -> None:
        """Nothing is open."""
