"""The network of condominium libraries for everybody: all of them, how to open one, what became of a request."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from allauth.core import ratelimit
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from branches.models import Place, PlaceKind
from milanolib import clock
from proximity.condominium_forms import NetworkForm, StartForm
from proximity.condominium_reads import events_everywhere, libraries, news
from proximity.models import CondominiumLibrary, StartRequest
from proximity.start_requests import ask_to_start

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
@login_not_required
def network(request: HttpRequest) -> HttpResponse:
    """All condominium libraries that belong to the network today, what is on, how it grew; htmx gets the list alone."""
    now, today = clock.now(), clock.today()
    form = NetworkForm(request.GET or None)
    asked: dict[str, Any] = form.cleaned_data if form.is_bound and form.is_valid() else {}
    places = Place.objects.open_to_readers(today)
    if asked.get("municipio"):
        places = places.filter(municipio=asked["municipio"])
    if asked.get("all_welcome"):
        places = places.exclude(residents_only=True)
    found = libraries(places, now)
    if asked.get("now"):
        found = [one for one in found if one.line.state.is_open]
    is_part = request.htmx and not request.htmx.history_restore_request  # type: ignore[attr-defined]
    context: dict[str, Any] = {"form": form, "libraries": found, "asks_now": asked.get("now")}
    if not is_part:
        context |= {"events": events_everywhere(today), "news": news()}
    response = render(request, f"proximity/network.html{'#libraries' if is_part else ''}", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_safe
@login_not_required
def books(request: HttpRequest, code: str) -> HttpResponse:
    """The own books of a library, as its volunteers listed them."""
    places = Place.objects.open_to_readers(clock.today()).filter(kind=PlaceKind.CONDOMINIUM)
    place = get_object_or_404(places, code=code)
    library = CondominiumLibrary.objects.filter(place=place).first()
    if library is None or not library.own_list:
        raise Http404
    return render(request, "proximity/books.html", {"place": place, "books": library.own_list.splitlines()})


@sensitive_post_parameters("name", "email", "phone", "address", "text")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_not_required
def start(request: HttpRequest) -> HttpResponse:
    """How to open one in one's building, and the request for it; who sends it lands where it can be followed."""
    user = request.user if request.user.is_authenticated else None
    form = StartForm(request.POST or None, initial={"email": user.email, "name": user.name} if user else {})
    if request.method == "POST" and form.is_valid():
        if limited := ratelimit.consume_or_429(request, action="start_request"):
            return limited
        return redirect(ask_to_start(user=user, language=get_language() or "it", **form.cleaned_data))
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    own = StartRequest.objects.filter(user=user) if user else []
    return render(request, "proximity/start.html", {"form": form, "own": own}, status=status)


@require_safe
@never_cache
@login_not_required
def follow(request: HttpRequest, token: str) -> HttpResponse:
    """Where a request stands. The address is all it takes, so no name, number or house is on the page."""
    found = get_object_or_404(StartRequest.objects.select_related("library"), token=token)
    response = render(request, "proximity/request.html", {"asked": found})
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "no-referrer"
    return response
