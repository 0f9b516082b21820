"""What was sent to a reader and why, and how they choose to be told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from milanolib.http import respond
from notifications.composing import render_part
from notifications.kinds import Topic, known_kind, name_of
from notifications.models import Message, MessageStatus
from notifications.preferences import choose, choose_by_kind, choose_language, choosers, preference_of
from portal.household import Household
from portal.preference_forms import KindsForm, PreferencesForm

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest, HttpResponse

    from accounts.models import Reader
    from notifications.kinds import Kind
    from notifications.querysets import MessageQuerySet

ROWS_ON_A_PAGE = 30
CHOICES = "portal/preferences.html"


@dataclass
class Line:
    """One message, whichever channels it went by."""

    message: Message
    name: object
    why: object
    whose: str
    ways: list[Message] = field(default_factory=list)


@require_safe
def messages_sent(request: HttpRequest) -> HttpResponse:
    """Everything we have sent to this person and to the children they look after, why, and what became of it."""
    household = Household.of(request.user)
    page = Paginator(_messages_for(request, household), ROWS_ON_A_PAGE).get_page(request.GET.get("page"))
    context = {"lines": _lines(page, household), "page_obj": page}
    return render(request, "portal/messages.html", context)


def _messages_for(request: HttpRequest, household: Household) -> MessageQuerySet:
    """Return what was written to this person, and to cards whose titles they may see, the last one first."""
    mine = Q(user=request.user.pk) | Q(reader__in=household.open_cards)
    return Message.objects.filter(mine).order_by("-created_at", "-pk")


def _lines(rows: Iterable[Message], household: Household) -> list[Line]:
    """Put the rows of one message by several channels together."""
    lines: dict[str, Line] = {}
    for row in rows:
        kind = known_kind(row.kind)
        why = kind.topic.why if kind is not None else Topic.OTHER.why
        line = lines.setdefault(row.shared_key, Line(row, name_of(row.kind), why, household.whose(row.reader_id)))
        line.ways.append(row)
    return list(lines.values())


@require_safe
def message(request: HttpRequest, message_id: int) -> HttpResponse:
    """One message as it would read now; what it was about may be over, or have been forgotten."""
    row = get_object_or_404(_messages_for(request, Household.of(request.user)).with_choices(), pk=message_id)
    kind = known_kind(row.kind)
    context: dict[str, object] = {"message": row, "name": name_of(row.kind), "part": None, "kind": kind}
    if kind is not None and kind.topic != Topic.SAFETY and row.status != MessageStatus.MOOT:
        context["part"] = _text_of(row, kind, request)
    return render(request, "portal/message.html", context)


def _text_of(row: Message, kind: Kind, request: HttpRequest) -> object:
    facts = kind.facts(row)
    if facts is None:
        return None
    preference = preference_of(row.card)
    simple = preference is not None and preference.reads_simple_words
    return render_part(kind, facts, user=request.user, simple=simple, is_part=True)  # type: ignore[arg-type]  # signed in


@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest, reader_id: int | None = None) -> HttpResponse:
    """Choose by which channels and when a card's reader is told, and in which language."""
    household, reader = _chosen_card(request, reader_id)
    if reader is None:
        return render(request, CHOICES, {"household": household})
    is_own = reader.user_id == request.user.pk
    form = PreferencesForm(request.POST or None, reader=reader, user=request.user if is_own else None)
    if request.method != "POST" or not form.is_valid():
        context = _choices(household, reader, form, KindsForm(reader=reader))
        return render(request, CHOICES, context, status=422 if request.method == "POST" else 200)
    choose(reader, form.wishes)
    if is_own:
        choose_language(request.user, form.cleaned_data["language"])  # type: ignore[arg-type]  # signed in
    return _kept(request, household, reader)


@require_http_methods(["POST"])
def by_kind(request: HttpRequest, reader_id: int) -> HttpResponse:
    """Choose other channels for some kinds of message."""
    household, reader = _chosen_card(request, reader_id)
    assert reader is not None  # noqa: S101  for the type checker; a number that is not one's own is answered by 404
    kinds = KindsForm(request.POST, reader=reader)
    if not kinds.is_valid():
        is_own = reader.user_id == request.user.pk
        form = PreferencesForm(reader=reader, user=request.user if is_own else None)
        return render(request, CHOICES, _choices(household, reader, form, kinds), status=422)
    choose_by_kind(reader, kinds.chosen)
    return _kept(request, household, reader)


def _chosen_card(request: HttpRequest, reader_id: int | None) -> tuple[Household, Reader | None]:
    """Return the cards, and the one that is chosen with what its reader has chosen. Raises Http404."""
    household = Household.of(request.user)
    card = household.card(reader_id)
    if card is None:
        return household, None
    reader = choosers(pk=card.pk)
    if reader is None:
        raise Http404
    return household, reader


def _choices(household: Household, reader: Reader, form: PreferencesForm, kinds: KindsForm) -> dict[str, object]:
    return {"household": household, "reader": reader, "form": form, "kinds": kinds}


def _kept(request: HttpRequest, household: Household, reader: Reader) -> HttpResponse:
    back = reverse("portal:preferences_of", args=[reader.pk])
    context: dict[str, object] = {"household": household, "reader": reader}
    return respond(request, CHOICES, context, done=_("Kept. From now on we write to you like this."), back=back)
