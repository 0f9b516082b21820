"""Browsers that somebody signed in with before, known by a cookie that says nothing about who it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from accounts.models import User

COOKIE = "milanolib_browser"
KEPT_FOR = 365 * 24 * 60 * 60  # seconds
MOST_PEOPLE = 5  # of one browser: a family's; the one who came first is forgotten


def knows_browser(request: HttpRequest, user: User) -> bool:
    """Whether this person signed in with this browser before, within a year."""
    mark = _mark(user)
    return any(constant_time_compare(mark, one) for one in _marks(request))


def remember_browser(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Let this browser be known to belong to this person too."""
    mark = _mark(user)
    marks = [mark, *(one for one in _marks(request) if one != mark)][:MOST_PEOPLE]
    response.set_cookie(
        COOKIE,
        ".".join(marks),
        max_age=KEPT_FOR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _marks(request: HttpRequest) -> list[str]:
    return [one for one in request.COOKIES.get(COOKIE, "").split(".") if one][:MOST_PEOPLE]


def _mark(user: User) -> str:
    """Return what stands in the cookie for somebody: made with our key, so that nobody guesses or makes one."""
    return salted_hmac("accounts.browsers", str(user.pk)).hexdigest()[:24]
