"""Reserve a title."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import Reader, User
from branches.geography import start_groups
from catalog.models import Title
from loans.expectations import expected_for
from loans.holds import place_hold
from loans.models import Hold
from milanolib.errors import DomainError
from milanolib.http import respond
from outbox.requests import once
from portal.forms import ReserveForm
from portal.reserving import hold_to_be, rule_of, start_for, target_of, targets_to_choose, usual_point

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from branches.models import Place
    from portal.reserving import Target

PANEL = "portal/reserve.html#reserve-panel"


@require_http_methods(["GET", "HEAD", "POST"])
def reserve(request: HttpRequest, title_id: int, slug: str) -> HttpResponse:
    """Choose a point and reserve; a second click with the same key gets the same answer."""
    title = get_object_or_404(Title.objects.defer("record").prefetch_related("contributions__agent"), pk=title_id)
    reader = Reader.objects.filter(user=request.user.pk).first()
    context: dict[str, Any] = {"title": title, "reader": reader, "slug": slug}
    if reader is None:
        return render(request, "portal/reserve.html", context)
    rule = context["rule"] = rule_of(reader)
    kinds, targets = rule.pickup_kinds if rule else [], targets_to_choose(title)
    if request.method != "POST":
        proposed = _proposed(request, reader, targets)
        about = _about(request, reader, title, targets, proposed["what"])
        context |= {"groups": start_groups, "start": about["start"]}
        context["form"] = ReserveForm(kinds=kinds, targets=targets, initial=proposed, **about)
        return render(request, "portal/reserve.html", context)
    about = _about(request, reader, title, targets, request.POST.get("what") or targets[0].value)
    form = context["form"] = ReserveForm(request.POST, kinds=kinds, targets=targets, **about)
    if not form.is_valid():
        return render(request, PANEL if request.htmx else "portal/reserve.html", context, status=422)  # type: ignore[attr-defined]
    try:
        hold = _place(request.user, reader, title, form)  # type: ignore[arg-type]
    except DomainError as refusal:
        return respond(request, PANEL, context, refusal=refusal, back=request.path)
    placed = context["hold"] = Hold.objects.with_place_in_queue().select_related("pickup_place").get(pk=hold)
    context["expected"] = expected_for([placed]).get(placed.pk)
    return respond(request, PANEL, context, done=_("Reserved."), back=reverse("portal:mine"))


def _about(
    request: HttpRequest, reader: Reader, title: Title, targets: list[Target], what: str | None
) -> dict[str, Any]:
    """Return what the points are shown with: from where they are how far, and of what the expected days are."""
    target = next((one for one in targets if one.value == what), None)
    return {"start": start_for(request, reader), "hold": hold_to_be(reader, title, target)}


def _place(user: User, reader: Reader, title: Title, form: ReserveForm) -> int:
    """Reserve once for this key and return the hold's number."""
    pickup: Place = form.cleaned_data["pickup"]
    target = target_of(title, form.cleaned_data.get("what", ""))
    return once(
        f"user:{user.pk}",
        form.cleaned_data["request_key"],
        "place_hold",
        {"title": title.pk, "pickup": pickup.pk, "what": target.value},
        lambda: place_hold(reader, title, pickup, actor=None, level=target.level, volume=target.volume).pk,
    )


def _proposed(request: HttpRequest, reader: Reader, targets: list[Target]) -> dict[str, str | None]:
    """Return what the form shows at first: what the address asks for, else this edition; one of several volumes never.

    Which volume is meant nobody can guess.
    """
    asked = request.GET.get("what", "")
    usual = "" if targets[0].volume else targets[0].value
    what = asked if asked in {target.value for target in targets} else usual
    return {"request_key": uuid.uuid4().hex, "pickup": usual_point(reader), "what": what}
