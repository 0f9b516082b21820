"""The language of a phone: asked for in the address, so that a page kept on the phone gets its answers in its own."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Concatenate, ParamSpec

from django.conf import settings
from django.utils import translation

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

P = ParamSpec("P")

ASKED = "lingua"
LANGUAGES = [code for code, _name in settings.LANGUAGES]


def in_asked_language(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Answer in the language that the address asks for, and let the browser remember it for the other pages."""

    @functools.wraps(view)
    def run(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        language = speak_asked_language(request)
        response = view(request, *args, **kwargs)
        if language and request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME) != language:
            response.set_cookie(
                settings.LANGUAGE_COOKIE_NAME,
                language,
                max_age=settings.LANGUAGE_COOKIE_AGE,
                secure=settings.LANGUAGE_COOKIE_SECURE,
                httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
                samesite="Lax",
            )
        return response

    return run


def speak_asked_language(request: HttpRequest) -> str:
    """Go on in the language that the address asks for, if we speak it, and return it; else return nothing."""
    language = request.GET.get(ASKED, "")
    if language not in LANGUAGES:
        return ""
    translation.activate(language)
    request.LANGUAGE_CODE = language
    return language
