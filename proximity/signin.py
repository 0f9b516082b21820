"""How a partner's phone is known: an activation code once, then a long-lived cookie; no account, no password."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Concatenate, ParamSpec

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django_htmx.http import HttpResponseClientRedirect

from branches.devices import ActivationRefused, activate_device, device_of, normalised_code
from branches.models import Device, DeviceKind
from milanolib.http import problem
from milanolib.pace import is_within

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

P = ParamSpec("P")

COOKIE = "milanolib_partner"
COOKIE_SALT = "proximity.phone"
COOKIE_PATH = "/partner/"
DAY = 24 * 60 * 60
COOKIE_LASTS = 400 * DAY  # the longest that browsers keep one
RENEWED_AFTER = DAY
ATTEMPTS, ATTEMPTS_WITHIN = 20, 10 * 60  # by address: many phones share one on a mobile network


def phone_required(
    refuse: Callable[[HttpRequest], HttpResponse],
) -> Callable[
    [Callable[Concatenate[HttpRequest, Device, P], HttpResponse]], Callable[Concatenate[HttpRequest, P], HttpResponse]
]:
    """Let only an activated phone in and pass it to the view; anybody else gets `refuse`'s answer.

    A signed-in reader or librarian counts for nothing here. The cookie is renewed as the phone is used.
    """

    def decorate(
        view: Callable[Concatenate[HttpRequest, Device, P], HttpResponse],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
        @functools.wraps(view)
        def run(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            device = phone_of(request)
            if device is None:
                return refuse(request)
            response = view(request, device, *args, **kwargs)
            if COOKIE not in response.cookies and not _token(request, max_age=RENEWED_AFTER):
                remember(response, _token(request))
            return response

        return login_not_required(never_cache(run))

    return decorate


def phone_of(request: HttpRequest) -> Device | None:
    """Return the activated phone that sends this request, with its place; None when it is not (any more) one."""
    device = device_of(_token(request))
    return device if device is not None and device.kind == DeviceKind.PARTNER_PHONE else None


def _token(request: HttpRequest, *, max_age: int = COOKIE_LASTS) -> str:
    return request.get_signed_cookie(COOKIE, default="", salt=COOKIE_SALT, max_age=max_age) or ""


def to_activation(request: HttpRequest) -> HttpResponse:
    """Send a phone to the activation page; one that was known before is told why."""
    if COOKIE in request.COOKIES:
        messages.warning(request, _("This phone is no longer connected. Ask your library for a new activation code."))
    page = reverse("proximity:activate")
    answer = HttpResponseClientRedirect(page) if request.htmx else redirect(page)  # type: ignore[attr-defined]
    forget(answer)
    return answer


def unknown_phone(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  the shape of a refusal
    """Refuse what a script asks for, in words for a script."""
    return problem(401, "phone_unknown", "this phone is not activated: keep the reports, activate it, send again")


def activate(code: str, form_key: str) -> str:
    """Bind this phone with an activation code and return its token. Raises ActivationRefused.

    The token follows from the code and the random key of the form, so that the same form sent again (the answer was
    lost on the way, a double tap) finds the phone bound and gets the same token, though the code is used up.
    """
    token = salted_hmac("proximity.activation", f"{normalised_code(code)}:{form_key}", algorithm="sha256").hexdigest()
    try:
        activate_device(code, kind=DeviceKind.PARTNER_PHONE, token=token)
    except ActivationRefused:
        if device_of(token) is None:
            raise
    return token


def remember(response: HttpResponse, token: str) -> None:
    """Put the phone's token into its cookie."""
    response.set_signed_cookie(
        COOKIE,
        token,
        salt=COOKIE_SALT,
        max_age=COOKIE_LASTS,
        path=COOKIE_PATH,
        secure=bool(settings.SESSION_COOKIE_SECURE),
        httponly=True,
        samesite="Lax",
    )


def forget(response: HttpResponse) -> None:
    """Take the phone's cookie away."""
    response.delete_cookie(COOKIE, path=COOKIE_PATH, samesite="Lax")


def may_try(request: HttpRequest) -> bool:
    """Count an attempt to activate and say whether it is one of the first; without cache or address, all are."""
    try:
        address = get_adapter(request).get_client_ip(request)
    except PermissionDenied:
        return True
    return is_within(f"partner-activation:{address}", allowed=ATTEMPTS, seconds=ATTEMPTS_WITHIN)
