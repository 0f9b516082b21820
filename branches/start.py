"""Where somebody starts from today: kept in the session, gone when the browser closes; no coordinate is ever here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from branches.geography import start_of

if TYPE_CHECKING:
    from django.http import HttpRequest

    from branches.geography import Landmark

SESSION_KEY = "start"
PARAMETER = "da"  # of the addresses in which a start is chosen: /?da=m3


def chosen_start(request: HttpRequest) -> Landmark | None:
    """Return the start that was chosen in this session; None when none was, or when that point has closed since."""
    code = request.session.get(SESSION_KEY)
    return start_of(code) if isinstance(code, str) and code else None


def remember_start(request: HttpRequest, code: str) -> Landmark | None:
    """Keep a start for the rest of the session and return it; an empty or unknown code forgets the one before."""
    start = start_of(code)
    if start is None:
        request.session.pop(SESSION_KEY, None)
    elif request.session.get(SESSION_KEY) != start.code:
        request.session[SESSION_KEY] = start.code
        request.session.set_expiry(0)  # with the browser, not with the two weeks of Django's cookie
    return start


def start_of_request(request: HttpRequest) -> Landmark | None:
    """Return the start that the address asks for, remembering it, else the one chosen before; None when neither."""
    asked = request.GET.get(PARAMETER)
    return chosen_start(request) if asked is None else remember_start(request, asked)
