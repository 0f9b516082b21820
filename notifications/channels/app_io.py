"""App IO, the app of Italy's public services: ask whether this person may be written to, then submit.

    POST {base}/profiles   {"fiscal_code"}: 200 {"sender_allowed"}, 404 for somebody without the app
    POST {base}/messages   subject of 10 to 120 characters, markdown of 80 to 10,000: 201 {"id"}

The interface knows no key of ours: a call that is not answered may be a message sent. It is told once more, and marked.
What is sent names no title, because it would stand beside a codice fiscale in somebody else's house.
"""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.encryption import open_tax_code
from notifications.channels import PermanentError
from notifications.channels.calling import account_of, call_or_tell
from notifications.channels.wording import name_in

if TYPE_CHECKING:
    from notifications.channels import Rendered
    from notifications.channels.calling import Answer
    from notifications.models import Message

SUBJECT, MARKDOWN = (10, 120), (80, 10_000)  # characters: the least and the most
TIME_TO_LIVE = 86_400  # seconds in which the app may still bring it; an hour to a week
SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+!|~])")


class AppIoCarrier:
    """Sends the short text and the way to the reader's page."""

    def __init__(self) -> None:
        self._base, _user, key = account_of(settings.APP_IO_URL)
        self._headers = {"Ocp-Apim-Subscription-Key": key, "Content-Type": "application/json"}

    def address_of(self, message: Message) -> str:
        """Return the reader's codice fiscale."""
        reader = message.card
        if reader is None or reader.tax_code_encrypted is None:
            return ""
        return open_tax_code(bytes(reader.tax_code_encrypted))

    def send(self, rendered: Rendered, address: str, key: str, *, is_repeat: bool = False) -> str:  # noqa: ARG002  it knows no key
        """Ask for the profile, submit, and return the message's id there."""
        profile = self._post("/profiles", {"fiscal_code": address}, is_harmless=True)
        if profile.status != HTTPStatus.OK:
            raise PermanentError("has_no_app" if profile.status == HTTPStatus.NOT_FOUND else f"http_{profile.status}")
        if profile.json().get("sender_allowed") is not True:
            raise PermanentError("does_not_want_us")
        with translation.override(rendered.language):
            content = {"subject": subject_of(name_in(rendered)), "markdown": markdown_of(rendered)}
        asked = {"fiscal_code": address, "time_to_live": TIME_TO_LIVE, "content": content}
        answer = self._post("/messages", asked)
        if answer.status != HTTPStatus.CREATED:
            raise PermanentError(f"http_{answer.status}")
        return str(answer.json().get("id", ""))[:100]

    def _post(self, path: str, asked: dict[str, object], *, is_harmless: bool = False) -> Answer:
        return call_or_tell(
            "POST",
            self._base + path,
            headers=self._headers,
            content=json.dumps(asked).encode(),
            is_harmless=is_harmless,
        )

    def close(self) -> None:
        """Nothing is open."""


def subject_of(name: str) -> str:
    """Return a subject of the length that App IO takes; inside the message's language."""
    least, most = SUBJECT
    subject = name if len(name) >= least else _("Libraries of Milan: %(subject)s") % {"subject": name}
    return subject if len(subject) <= most else subject[: most - 1] + "…"


def markdown_of(rendered: Rendered) -> str:
    """Return the body: what happened, and where to read the rest; as long as App IO asks for, inside the language."""
    rest = _("The rest stands on your page of the Libraries of Milan, where you also choose how we write to you:")
    plain = SPECIAL.sub(r"\\\1", rendered.short)
    body = f"{plain}\n\n{rest}\n\n{rendered.link}"
    return body[: MARKDOWN[1]]
