"""Re-read the truth of messages and render what is still true, in their person's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from notifications.channels import Rendered
from notifications.kinds import kind_of

if TYPE_CHECKING:
    from notifications.models import Message


def compose(together: list[Message]) -> tuple[list[Message], Rendered | None]:
    """Return which of these messages are still true, and one text for them; None when nothing is left to say."""
    message = together[0]
    person = message.person
    language = (person.language if person is not None else "") or settings.LANGUAGE_CODE
    kind = kind_of(message.kind)
    with translation.override(language):
        facts = kind.facts(message)
        if facts is None:
            return [], None
        text = render_to_string(kind.template, {**facts, "user": person, "base_url": settings.BASE_URL})
    subject, _gap, body = text.strip().partition("\n")
    subject = " ".join(subject.split())
    return [message], Rendered(
        kind=kind.code,
        language=language,
        subject=subject,
        text=body.strip() + "\n",
        html="",
        short=subject,
        link=settings.BASE_URL,
        unsubscribe="",
        to=facts.get("to") or "",
    )
