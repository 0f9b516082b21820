"""The door of the interface for partners' software: a token for one point, few questions a minute, clear refusals."""

from __future__ import annotations

import functools
from http import HTTPStatus
from typing import TYPE_CHECKING, Concatenate, ParamSpec

from allauth.account.adapter import get_adapter
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from branches.devices import device_of
from branches.models import Device, DeviceKind
from milanolib.http import problem
from milanolib.pace import is_spent, is_within

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

P = ParamSpec("P")

ALLOWED, WITHIN = 240, 60  # requests of one token, and within how many seconds
WRONG_ALLOWED, WRONG_WITHIN = 100, 600  # requests without a right token from one address; then it rests
SCHEME = "bearer"


class Refused(Exception):
    """A request that makes no sense. `status`, `code` and `detail` make the answer."""

    def __init__(self, status: HTTPStatus, code: str, detail: str) -> None:
        super().__init__(code)
        self.status, self.code, self.detail = status, code, detail


def resource(
    method: str, *, asks: tuple[str, ...] = ()
) -> Callable[
    [Callable[Concatenate[HttpRequest, Device, P], HttpResponse]], Callable[Concatenate[HttpRequest, P], HttpResponse]
]:
    """Make a view a resource of the interface: one method, named parameters only, and the device of the token.

    Cookies and sessions count for nothing here, so that no other site can use them, and no form's token is asked for.
    """

    def decorate(
        view: Callable[Concatenate[HttpRequest, Device, P], HttpResponse],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
        @functools.wraps(view)
        def run(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            tries = _tries_of(request)
            if is_spent(tries, allowed=WRONG_ALLOWED):
                return _too_often(f"too many requests with a wrong token: wait {WRONG_WITHIN} seconds", WRONG_WITHIN)
            device = device_of_token(request)
            if device is None:
                is_within(tries, allowed=WRONG_ALLOWED, seconds=WRONG_WITHIN)
                return _unknown_token()
            if request.method != method:
                return _wrong_method(method)
            if not is_within(f"interop:{device.pk}", allowed=ALLOWED, seconds=WITHIN):
                return _too_often(f"at most {ALLOWED} requests in {WITHIN} seconds: wait, then go on", WITHIN)
            try:
                _refuse_unknown(request, asks)
                return view(request, device, *args, **kwargs)
            except Refused as refusal:
                return problem(refusal.status, refusal.code, refusal.detail)

        return csrf_exempt(login_not_required(never_cache(run)))

    return decorate


def device_of_token(request: HttpRequest) -> Device | None:
    """Return the partner's software whose token came in `Authorization: Bearer`; None for any other device."""
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != SCHEME:
        return None
    device = device_of(token.strip())
    return device if device is not None and device.kind == DeviceKind.PARTNER_SOFTWARE else None


def _tries_of(request: HttpRequest) -> str:
    """Return under which name wrong tokens are counted; requests whose address nobody knows are counted together."""
    try:
        return f"interop-wrong:{get_adapter(request).get_client_ip(request)}"
    except PermissionDenied:
        return "interop-wrong:"


def _refuse_unknown(request: HttpRequest, asks: tuple[str, ...]) -> None:
    for name, values in request.GET.lists():
        if name not in asks:
            known = ", ".join(asks) or "none"
            raise Refused(HTTPStatus.BAD_REQUEST, "unknown_parameter", f"known here: {known}")
        if len(values) > 1:
            raise Refused(HTTPStatus.BAD_REQUEST, "parameter_twice", f"{name} came more than once")


def _unknown_token() -> HttpResponse:
    answer = problem(
        HTTPStatus.UNAUTHORIZED, "token_unknown", "send Authorization: Bearer and a token that the library has issued"
    )
    answer["WWW-Authenticate"] = 'Bearer realm="milanolib"'
    return answer


def _wrong_method(method: str) -> HttpResponse:
    answer = problem(HTTPStatus.METHOD_NOT_ALLOWED, "wrong_method", f"only {method} here")
    answer["Allow"] = method
    return answer


def _too_often(detail: str, seconds: int) -> HttpResponse:
    answer = problem(HTTPStatus.TOO_MANY_REQUESTS, "too_often", detail)
    answer["Retry-After"] = str(seconds)
    return answer
