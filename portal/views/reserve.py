"""Reserve a title."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import Reader, User
from catalog.models import Title
from loans.holds import place_hold, reader_rule
from loans.models import Hold, ReaderRule
from milanolib.errors import DomainError
from milanolib.http import respond
from outbox.requests import once
from portal.forms import PickupForm

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from branches.models import Place

PANEL = "portal/reserve.html#reserve-panel"


@require_http_methods(["GET", "HEAD", "POST"])
def reserve(request: HttpRequest, title_id: int, slug: str) -> HttpResponse:
    """Choose a point and reserve; a second click with the same key gets the same answer."""
    title = get_object_or_404(Title.objects.defer("record").prefetch_related("contributions__agent"), pk=title_id)
    reader = Reader.objects.filter(user=request.user.pk).first()
    context: dict[str, Any] = {"title": title, "reader": reader, "slug": slug}
    if reader is None:
        return render(request, "portal/reserve.html", context)
    rule = ReaderRule.objects.filter(reader_status=reader.status).first()
    context["rule"] = rule
    kinds = rule.pickup_kinds if rule else []
    if request.method != "POST":
        context["form"] = PickupForm(kinds=kinds, initial={"request_key": uuid.uuid4().hex, "pickup": _usual(reader)})
        return render(request, "portal/reserve.html", context)
    form = context["form"] = PickupForm(request.POST, kinds=kinds)
    if not form.is_valid():
        return render(request, PANEL if request.htmx else "portal/reserve.html", context, status=422)  # type: ignore[attr-defined]
    try:
        hold = _place(request.user, reader, title, form)  # type: ignore[arg-type]
    except DomainError as refusal:
        return respond(request, PANEL, context, refusal=refusal, back=request.path)
    context["hold"] = Hold.objects.with_place_in_queue().select_related("pickup_place").get(pk=hold)
    return respond(request, PANEL, context, done=_("Reserved."), back=reverse("portal:mine"))


def _place(user: User, reader: Reader, title: Title, form: PickupForm) -> int:
    """Reserve once for this key and return the hold's number."""
    reader_rule(reader)
    pickup: Place = form.cleaned_data["pickup"]
    return once(
        f"user:{user.pk}",
        form.cleaned_data["request_key"],
        "place_hold",
        {"title": title.pk, "pickup": pickup.pk},
        lambda: place_hold(reader, title, pickup, actor=None).pk,
    )


def _usual(reader: Reader) -> str | None:
    """Return the point where the reader collected last, to be proposed first."""
    last = Hold.objects.filter(reader=reader).select_related("pickup_place").order_by("-placed_at").first()
    return last.pickup_place.code if last else None
