"""Re-read the truth of messages and render what is still true, in their person's language and words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

from django.conf import settings
from django.template.exceptions import TemplateDoesNotExist
from django.template.loader import get_template, render_to_string, select_template
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from notifications.channels import Rendered
from notifications.kinds import Kind, kind_of
from notifications.models import Channel, Message
from notifications.policy import fitted_to_sms
from notifications.preferences import optional_kinds, preference_of, unsubscribe_token

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.utils.safestring import SafeString

    from accounts.models import User
    from notifications.kinds import Facts


@dataclass(frozen=True)
class Part:
    """One text of a letter: of one message, or of several of a kind that are told in one."""

    kind: Kind
    subject: str
    body: str
    html: str
    short: str


Composed: TypeAlias = "tuple[list[Message], Rendered | None]"


def compose(together: list[Message]) -> Composed:
    """Return which of these messages are still true, and one text for them; None when nothing is left to say.

    Only what their channel carries is rendered: the letter, or the short text.
    """
    first = together[0]
    is_short = Channel(first.channel).is_short
    with translation.override(language_of(first)):
        true = [(message, facts) for message in together if (facts := kind_of(message.kind).facts(message)) is not None]
        if not true:
            return [], None
        preference = preference_of(first.card)
        simple = preference is not None and preference.reads_simple_words
        is_digest = len({message.kind for message, _facts in true}) > 1
        parts = [
            render_part(
                kind,
                facts,
                user=first.person,
                simple=simple,
                is_part=is_digest or len(gathered) > 1,
                with_html=not is_short,
                with_short=is_short,
            )
            for kind, gathered in _gathered(true)
            for facts in gathered
        ]
        letter = _letter(first, parts, to=true[0][1].get("to") or "", is_short=is_short)
        return [message for message, _facts in true], letter


def preview(kind: Kind, *, language: str, simple: bool) -> Rendered:
    """Return a kind's letter with the facts made up for it. Raises LookupError for a kind that has none."""
    if kind.sample is None:
        raise LookupError(f"no sample for {kind.code}")
    with translation.override(language):
        part = render_part(kind, kind.sample(), user=None, simple=simple)
        return _letter(Message(kind=kind.code), [part], to="")


def language_of(message: Message) -> str:
    """Return the language that a message's person chose, else the house's."""
    person = message.person
    chosen = person.language if person is not None else message.language
    return chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def _gathered(true: list[tuple[Message, Facts]]) -> list[tuple[Kind, list[Facts]]]:
    """Return the facts by kind, in order; several of a kind that gathers become one, with each among its `items`."""
    by_kind: dict[str, list[Facts]] = {}
    for message, facts in true:
        by_kind.setdefault(message.kind, []).append(facts)
    told = []
    for code, several in by_kind.items():
        kind = kind_of(code)
        told.append((kind, [{**several[0], "items": several}] if kind.gathers else several))
    return told


def render_part(
    kind: Kind,
    facts: Facts,
    *,
    user: User | None,
    simple: bool = False,
    is_part: bool = False,
    with_html: bool = True,
    with_short: bool = True,
) -> Part:
    """Render what one message says in the present language; of a part of a letter without its foot.

    What nobody asks for is empty.
    """
    context: dict[str, Any] = {**facts, "user": user, "base_url": settings.BASE_URL, "is_part": is_part}
    context.setdefault("items", [facts])
    text = select_template(kind.templates(simple=simple)).render(context)
    subject, _gap, body = text.strip().partition("\n")
    return Part(
        kind,
        " ".join(subject.split()),
        body.strip(),
        _own(f"messages/{kind.code}.html", context) if with_html else "",
        fitted_to_sms(_own(f"messages/short/{kind.code}.txt", context) or _plain_short(kind)) if with_short else "",
    )


def _own(template: str, context: dict[str, Any]) -> str:
    """Render a template that a kind may have; empty where it has none."""
    return render_to_string(template, context) if _exists(template) else ""


@cache
def _exists(template: str) -> bool:
    """Whether there is such a template; looking for one that is not there takes longer than rendering it."""
    try:
        get_template(template)
    except TemplateDoesNotExist as error:
        if error.args[0] != template:
            raise
        return False
    return True


def _plain_short(kind: Kind) -> str:
    """Return a short text for a kind without one of its own: what it is called, and where to read it."""
    return _("Libraries of Milan: %(what)s. Read it here: %(link)s") % {"what": kind.name, "link": link_of(kind)}


def link_of(kind: Kind) -> str:
    """Return the address of the page that a kind leads to."""
    return settings.BASE_URL + reverse(kind.page)


def _letter(first: Message, parts: list[Part], *, to: str, is_short: bool = False) -> Rendered:
    """Put the parts into one letter, with why it came and how to switch it off; or into one short text alone."""
    kind = parts[0].kind
    subject, body, short, link = parts[0].subject, parts[0].body, parts[0].short, link_of(kind)
    if len(parts) > 1:
        count = len(parts)
        subject = ngettext(
            "%(count)s message from the Libraries of Milan", "%(count)s messages from the Libraries of Milan", count
        ) % {"count": count}
        link = settings.BASE_URL + reverse("portal:messages")
        short = fitted_to_sms(_("Libraries of Milan: %(subject)s. %(link)s") % {"subject": subject, "link": link})
        body = render_to_string("messages/_digest.txt", {"parts": parts, "base_url": settings.BASE_URL}).strip()
    language = translation.get_language() or settings.LANGUAGE_CODE
    codes = tuple(dict.fromkeys(part.kind.code for part in parts))
    unsubscribe = unsubscribe_address(first, codes)
    text = html = ""
    if not is_short:
        foot = {"base_url": settings.BASE_URL, "language": language, "unsubscribe": unsubscribe}
        text = render_to_string("messages/_letter.txt", {**foot, "body": body, "why": _why("txt", codes, language)})
        html = render_to_string(
            "messages/_letter.html",
            {**foot, "subject": subject, "parts": parts, "why": _why("html", codes, language)},
        )
    return Rendered(
        kind=kind.code,
        language=language,
        subject=subject,
        text=text.strip() + "\n",
        html=html,
        short=short,
        link=link,
        unsubscribe=unsubscribe,
        to=to,
    )


@cache
def _why(form: str, codes: tuple[str, ...], language: str) -> SafeString:
    """Render why a letter of these kinds comes, which is the same in each of them; `language` is the present one."""
    del language  # one for each
    told = [kind_of(code) for code in codes]
    whys = list(dict.fromkeys(str(kind.topic.why) for kind in told))
    return render_to_string(f"messages/_why.{form}", {"whys": whys, "kind": told[0], "base_url": settings.BASE_URL})


def unsubscribe_address(message: Message, codes: Iterable[str]) -> str:
    """Return the address that switches these kinds off by a message's channel; empty where none can be."""
    reader = message.card
    optional = [kind.code for kind in optional_kinds(codes)]
    if reader is None or not optional:
        return ""
    token = unsubscribe_token(reader.pk, optional, message.channel)
    return settings.BASE_URL + reverse("notifications:unsubscribe", args=[token])
