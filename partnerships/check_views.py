"""The clerk's page: a pass is scanned or typed, checked and counted; green or red with what to do.

It is opened from the institution's own bookmark. What is scanned is data and never followed, so a forged square can
open nothing; the green that counts is the one on the clerk's own screen.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from milanolib import clock
from milanolib.errors import DomainError
from milanolib.pace import is_within
from partnerships.errors import OfferEnded, TooManyTries
from partnerships.links import checking_institution
from partnerships.models import Agreement
from partnerships.offers import lines_of
from partnerships.passes import count_use
from partnerships.taking_back import receipt_of, take_back_use

if TYPE_CHECKING:
    from django.http import HttpRequest, QueryDict

    from partnerships.passes import Counted

TRIES, SECONDS = 60, 60  # a counter in a hurry scans half as many; who guesses would need some million years
CAMERA = "camera=(self), microphone=()"


@sensitive_post_parameters("code", "receipt")
@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
@never_cache
def check(request: HttpRequest, token: str) -> HttpResponse:
    """Show an institution's checking page; a code that is sent is checked and counted at once. htmx gets the part.

    A receipt that is sent takes a count of the last minute back.
    """
    institution = checking_institution(token)
    if institution is None:
        raise Http404
    today = clock.today()
    offers = Agreement.objects.offered(today).filter(institution=institution).select_related("institution")
    chosen = request.POST.get("offer") or request.GET.get("offer", "")
    context: dict[str, Any] = {"institution": institution, "token": token, "request_key": uuid.uuid4().hex}
    status = 200
    if request.method == "POST":
        context["at"] = clock.now()
        try:
            if receipt := request.POST.get("receipt"):
                context["taken_back"] = take_back_use(institution, receipt)
            else:
                counted = _count(institution.pk, list(offers), chosen, request.POST)
                context |= {"counted": counted.agreement, "receipt": receipt_of(counted)}
        except DomainError as refusal:
            context["refusal"], status = refusal, 422
    context["lines"] = lines_of(offers.order_by("pk"), today)
    known = [line.agreement.pk for line in context["lines"]]
    context["chosen"] = int(chosen) if chosen.isdecimal() and int(chosen) in known else next(iter(known), None)
    context["verdict_of"] = next((one for one in context["lines"] if one.agreement.pk == context["chosen"]), None)
    part = "#check" if request.htmx else ""  # type: ignore[attr-defined]
    response = render(request, f"partnerships/check.html{part}", context, status=status)
    response["Permissions-Policy"] = CAMERA
    response["X-Robots-Tag"] = "noindex"
    patch_vary_headers(response, ["HX-Request"])
    return response


def _count(institution: int, offers: list[Agreement], chosen: str, sent: QueryDict) -> Counted:
    if not is_within(f"pass-check:{institution}", allowed=TRIES, seconds=SECONDS):
        raise TooManyTries
    offer = next((one for one in offers if str(one.pk) == chosen), None)
    if offer is None:
        raise OfferEnded
    return count_use(offer, sent.get("code", ""), request_key=sent.get("request_key", ""))
