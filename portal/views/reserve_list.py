"""Reserve titles of one's own list together: whichever comes first, or all at once."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import Reader
from branches.geography import start_groups
from catalog.models import ReadingList
from loans.groups import place_group
from loans.policy import GROUP_MOST
from loans.states import GroupKind
from milanolib.errors import DomainError
from milanolib.http import respond
from outbox.requests import once
from portal.forms import GroupForm
from portal.reserving import rule_of, start_for, usual_point

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from accounts.models import User
    from catalog.models import Title

PANEL = "portal/reserve_list.html#reserve-panel"


@require_http_methods(["GET", "HEAD", "POST"])
def reserve_list(request: HttpRequest, list_id: int) -> HttpResponse:
    """Choose titles of a list, how they belong together and where to collect them; a second click does nothing more."""
    own = get_object_or_404(ReadingList, pk=list_id, owner=request.user.pk)
    entries = own.entries.filter(title__merged_into=None).select_related("title")
    titles = [entry.title for entry in entries.defer("title__record", "title__summary")]
    reader = Reader.objects.filter(user=request.user.pk).first()
    context: dict[str, Any] = {"list": own, "titles": titles, "reader": reader, "most": GROUP_MOST}
    if reader is None or len(titles) < 2:  # noqa: PLR2004  together means two at least
        return render(request, "portal/reserve_list.html", context)
    rule = rule_of(reader)
    kinds = rule.pickup_kinds if rule else []
    if request.method != "POST":
        chosen = [title.pk for title in titles] if len(titles) <= GROUP_MOST else []
        initial = {"request_key": uuid.uuid4().hex, "pickup": usual_point(reader), "titles": chosen}
        context |= {"groups": start_groups, "start": (start := start_for(request, reader))}
        context["form"] = GroupForm(kinds=kinds, offered=titles, start=start, initial=initial)
        return render(request, "portal/reserve_list.html", context)
    form = context["form"] = GroupForm(request.POST, kinds=kinds, offered=titles, start=start_for(request, reader))
    if not form.is_valid():
        return render(request, PANEL if request.htmx else "portal/reserve_list.html", context, status=422)  # type: ignore[attr-defined]
    try:
        context["reserved"] = _place(request.user, reader, titles, form)  # type: ignore[arg-type]  # signed in
    except DomainError as refusal:
        return respond(request, PANEL, context, refusal=refusal, back=request.path)
    return respond(request, PANEL, context, done=_("Reserved."), back=reverse("portal:holds"))


def _place(user: User, reader: Reader, titles: list[Title], form: GroupForm) -> int:
    """Reserve once for this key and return the group's number."""
    sent = form.cleaned_data
    chosen = [title for title in titles if str(title.pk) in sent["titles"]]
    kind = GroupKind(sent["kind"])
    return once(
        f"user:{user.pk}",
        sent["request_key"],
        "place_group",
        {"titles": [title.pk for title in chosen], "pickup": sent["pickup"].pk, "kind": kind.value},
        lambda: place_group(reader, chosen, sent["pickup"], kind, actor=None).pk,
    )
