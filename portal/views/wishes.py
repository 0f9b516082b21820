"""Suggestions of purchases: send one, see what became of them, take one back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.keys import isbn13
from catalog.models import PurchaseWish
from catalog.reading.wishes import LONGEST, OPEN_WISH, ask_for, in_the_catalogue, room_for, withdraw_wish
from catalog.search import tidy
from milanolib.errors import DomainError
from milanolib.http import respond
from portal.reading_forms import ROOM_IN_WORDS, WishForm

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

MOST_SHOWN = 100


@require_http_methods(["GET", "HEAD", "POST"])
def wish(request: HttpRequest) -> HttpResponse:
    """Suggest a purchase, beginning from the words of a search; what the catalogue has already is shown first."""
    asked = tidy(request.GET.get("q") or request.GET.get("title") or "")
    number = isbn13(asked)
    initial = {"isbn": number} if number else {"title": asked[: LONGEST["title"]]}
    form = WishForm(request.POST if request.method == "POST" else None, initial=initial)
    room = room_for(request.user)
    context = {"form": form, "room": room, "room_in_words": ROOM_IN_WORDS % {"count": room}}
    panel = "portal/wish.html#wish-panel"
    page = panel if request.htmx else "portal/wish.html"  # type: ignore[attr-defined]
    if not form.is_bound:
        return render(request, page, context)
    if not form.is_valid():
        return render(request, page, context, status=422)
    sent = form.cleaned_data
    looked_for = " / ".join((sent["title"], sent["author"], sent["isbn"]))
    if request.POST.get("seen") != looked_for:
        known = in_the_catalogue(title=sent["title"], author=sent["author"], isbn=sent["isbn"])
        if known:
            return render(request, page, {**context, "known": known, "seen": looked_for})
    try:
        ask_for(request.user, **sent)  # type: ignore[arg-type]  # signed in
    except DomainError as refusal:
        return respond(request, panel, context, refusal=refusal, back=request.path)
    done = _("Thank you: your suggestion has been sent. We write to you at each step.")
    return respond(request, panel, context, done=done, back=reverse("portal:wishes"))


@require_safe
def wishes(request: HttpRequest) -> HttpResponse:
    """Show one's own suggestions and what became of them."""
    own = PurchaseWish.objects.filter(user=request.user.pk).select_related("found").order_by("-asked_at", "-pk")
    own = own.defer("found__record", "found__summary")[:MOST_SHOWN]
    lines = [(one, one.status in OPEN_WISH) for one in own]
    return render(request, "portal/wishes.html", {"lines": lines})


@require_POST
def withdraw(request: HttpRequest, wish_id: int) -> HttpResponse:
    """Take one's own suggestion back."""
    own = get_object_or_404(PurchaseWish, pk=wish_id, user=request.user.pk)
    withdraw_wish(own)
    done = _("Your suggestion “%(title)s” has been deleted.") % {"title": own.title}
    return respond(request, "_done.html", done=done, back=reverse("portal:wishes"))
