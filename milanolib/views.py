"""Pages for what goes wrong before or beside a view, and what robots may read. None needs database or session."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

if TYPE_CHECKING:
    from django.http import HttpRequest

# What belongs to somebody, does something, or is a part of another page.
NOT_FOR_ROBOTS = (
    "/accesso/",
    "/anagrafe/prenotazione/",
    "/convenzioni/proposte/",
    "/convenzioni/verifica/",
    "/gestione/",
    "/lingua/",
    "/mio/",
    "/partner/",
    "/segnala/",
    "/catalogo/suggerimenti/",
    "/catalogo/valori/",
    "/catalogo/*/prenota/",
    "/catalogo/*/recensione/",
)


def _page(request: HttpRequest, status: int, template: str) -> HttpResponse:
    """Render without the request's context processors: they may ask the database that has just failed."""
    context = {"request_id": getattr(request, "request_id", ""), "LANGUAGE_CODE": get_language()}
    return HttpResponse(render_to_string(template, context), status=status)


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001  Django passes it
    """Say that the form was too old and that nothing was lost or done."""
    return _page(request, 403, "403_csrf.html")


@login_not_required
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that what was sent cannot be read, or is too large."""
    if isinstance(exception, RequestDataTooBig):
        return _page(request, 413, "413.html")
    return _page(request, 400, "400.html")


def gone(request: HttpRequest) -> HttpResponse:
    """Say that what this was about was removed a moment ago and that nothing was done."""
    return _page(request, 410, "410.html")


@login_not_required
def server_error(request: HttpRequest) -> HttpResponse:
    """Say that it is our fault; or, when the database does not answer, that this passes and when to come back."""
    error = sys.exc_info()[1]
    is_lost = isinstance(error, OperationalError | InterfaceError) and not getattr(error.__cause__, "sqlstate", None)
    if not is_lost:
        return _page(request, 500, "500.html")
    response = _page(request, 503, "503.html")
    response["Retry-After"] = "30"
    return response


@require_safe
@login_not_required
def robots(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  Django passes it
    """Tell search engines which pages are not for them; the others may be read and found."""
    lines = ["User-agent: *", *(f"Disallow: {address}" for address in NOT_FOR_ROBOTS)]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
