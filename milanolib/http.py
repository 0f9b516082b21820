"""One way to answer: a part of a page for htmx, a redirect with a message for a plain form."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails


class Request(HttpRequest):
    """A request as our middleware leaves it; for annotations."""

    htmx: HtmxDetails
    request_id: str


def problem(status: int, code: str, detail: str) -> JsonResponse:
    """Answer a machine as RFC 9457 says; `code` is for the machine and never changes."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "code": code, "detail": detail}
    return JsonResponse(body, status=status, content_type="application/problem+json")


def respond(
    request: HttpRequest,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    refusal: Exception | None = None,
    done: str = "",
    back: str = "",
) -> HttpResponse:
    """Answer a form: the partial `template` to htmx (422 when refused), a redirect to `back` otherwise.

    `done` is what is said when it worked, `refusal` the rule that said no; both reach a reader without
    JavaScript as a message on the page they are sent back to.
    """
    context = {**(context or {}), "refusal": refusal, "done": done}
    if request.htmx:  # type: ignore[attr-defined]
        response = render(request, template, context, status=422 if refusal else 200)
    else:
        if refusal:
            messages.error(request, str(refusal))
        elif done:
            messages.success(request, done)
        response = HttpResponseRedirect(back or request.get_full_path())
    patch_vary_headers(response, ["HX-Request"])
    return response
