"""Desks that rest: nothing opens in a session that a desk has left alone, until somebody says who is there."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from branches import shared_desks

if TYPE_CHECKING:
    from collections.abc import Callable

    from milanolib.http import Request


class SharedDeskMiddleware:
    """Send a desk at rest to the page that asks for a badge; let a badge open the desk and nothing else."""

    def __init__(self, get_response: Callable[[Request], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: Request) -> HttpResponse:
        """Answer, unless the desk rests; outside the desk, who came by badge is nobody."""
        if not request.user.is_authenticated or not request.user.is_staff:
            return self.get_response(request)
        if shared_desks.is_at_rest(request):
            is_open = request.path in shared_desks.pages_at_rest()
            return self.get_response(request) if is_open else _to_switch(request)
        if shared_desks.is_by_badge(request) and not shared_desks.is_of_the_desk(request.path):
            request.user = AnonymousUser()
        elif _is_use(request):
            shared_desks.note_use(request)
        return self.get_response(request)


def _to_switch(request: Request) -> HttpResponse:
    """Go to the page that asks who is there; a part of a page must not be replaced by it."""
    url = reverse("admin:desk_switch")
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    if request.method == "GET":
        url += f"?{urlencode({'next': request.get_full_path()})}"
    return HttpResponseRedirect(url)


def _is_use(request: Request) -> bool:
    """Whether a request means that somebody works at a desk; pages that look for news by themselves do not count."""
    asks_by_itself = request.method == "GET" and request.headers.get("HX-Request")
    return request.path.startswith(reverse("admin:index")) and not asks_by_itself
