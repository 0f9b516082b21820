"""Request id, compression, what a page may use of a device, the reader's language, sign-in, and what is gone."""

from __future__ import annotations

import re
import uuid
from http import HTTPStatus
from typing import TYPE_CHECKING

from django.contrib.auth.middleware import LoginRequiredMiddleware as DjangoLoginRequiredMiddleware
from django.http import HttpResponse
from django.middleware.gzip import GZipMiddleware
from django.utils import translation
from django.utils.cache import patch_cache_control

from milanolib import logs
from milanolib.errors import GoneMeanwhile
from milanolib.views import gone

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

TEXT = re.compile(r"text/|image/svg\+xml|application/(?:(?:[\w.-]+\+)?(?:xml|json)|javascript)\b")
NO_CAMERA = "camera=(), microphone=()"
GIVEN_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


class RequestIdMiddleware:
    """Give each request an id (or keep the proxy's), for the log, the error page and the answer's header."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with the id in `X-Request-ID`."""
        given = request.headers.get("X-Request-ID", "")
        request.request_id = given if GIVEN_ID.fullmatch(given) else uuid.uuid4().hex  # type: ignore[attr-defined]
        token = logs.request_id.set(request.request_id)  # type: ignore[attr-defined]
        try:
            response = self.get_response(request)
        finally:
            logs.request_id.reset(token)
        response["X-Request-ID"] = request.request_id  # type: ignore[attr-defined]
        return response


class CompressionMiddleware(GZipMiddleware):
    """Send text compressed: pages always, and the static files that no collecting has compressed before.

    Django pads each page by a random length, and the form's token changes with every page: so the length of an answer
    tells nobody what stands in it. Pictures and fonts are compressed already; a part of a file is sent as it is.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Compress a whole answer of text that has a body."""
        is_whole = request.method != "HEAD" and response.status_code != HTTPStatus.PARTIAL_CONTENT
        if not is_whole or not TEXT.match(response.get("Content-Type", "")):
            return response
        return super().process_response(request, response)


class PermissionsPolicyMiddleware:
    """Say with each answer that a page may use neither camera nor microphone, unless the view has said otherwise."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with a `Permissions-Policy`."""
        response = self.get_response(request)
        response.setdefault("Permissions-Policy", NO_CAMERA)
        return response


class ReaderLanguageMiddleware:
    """Speak the language that the signed-in person chose, unless this browser asked for another one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Activate the language for this request."""
        user = getattr(request, "user", None)
        chosen = getattr(user, "language", "") if user is not None and "django_language" not in request.COOKIES else ""
        if chosen:
            translation.activate(chosen)
            request.LANGUAGE_CODE = chosen
        return self.get_response(request)


class LoginRequiredMiddleware(DjangoLoginRequiredMiddleware):
    """Every page needs a sign-in but those marked `login_not_required`; htmx is sent there as a whole page."""

    def handle_no_permission(  # type: ignore[override]  # a 204 with a header, not only a redirect
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponse:
        """Redirect to the sign-in page; a part of a page must not be replaced by it."""
        response = super().handle_no_permission(request, view_func)
        if request.headers.get("HX-Request"):
            return HttpResponse(status=204, headers={"HX-Redirect": request.headers.get("HX-Current-URL", "/mio/")})
        return response


class PrivatePagesMiddleware:
    """Keep the pages of a signed-in person out of the browser's store: a library's computers are shared."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with `Cache-Control: private, no-store` to who is signed in."""
        response = self.get_response(request)
        if request.user.is_authenticated and not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_store=True)
        return response


class GoneMeanwhileMiddleware:
    """Say that what a page was about was removed while it waited, wherever the view did not say it itself.

    Any verb may find it so, those too that refuse nothing else.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer with the page for it; None for everything else."""
        return gone(request) if isinstance(exception, GoneMeanwhile) else None
