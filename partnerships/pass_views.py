"""The reader's pass: the page of the account, the codes for the telephone, the sheet to print, the page without signal.

What gives out codes asks for a sign-in; the page that the telephone keeps holds nothing of anybody, so anybody may
fetch it. Nothing here writes a row or a line of a log.
"""

from __future__ import annotations

import functools
import hashlib
import json
from typing import TYPE_CHECKING, Any

from allauth.core import ratelimit
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Reader
from milanolib import clock
from milanolib.errors import DomainError
from partnerships.pass_codes import STEP, Claim
from partnerships.pass_pictures import in_fours, path_of, sheet_pdf, squares_of
from partnerships.passes import age_claim, give_codes, print_codes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.http import HttpRequest

SCRIPT, PARTS = "portal/js/pass.js", ("css/theme.css", "portal/css/fonts.css", "portal/css/portal.css")
MORE_PARTS = ("portal/css/parts.css", "portal/css/own.css", "portal/css/pass.css", SCRIPT)


@require_safe
@never_cache
def own_pass(request: HttpRequest) -> HttpResponse:
    """Show the pass of one of one's cards, or why there is none; without a script the code of this minute alone."""
    readers = _cards(request)
    reader = _chosen(readers, request.GET)
    says_age = request.GET.get("age") == "1"
    context: dict[str, Any] = {"readers": readers, "reader": reader, "says_age": says_age}
    if reader is not None:
        context["knows_age"] = age_claim(reader) != Claim.NOTHING
        try:
            code = give_codes(reader, says_age=says_age, steps=1).codes[0]
            context |= {"path": path_of(code), "code": in_fours(code), "now": clock.now()}
        except DomainError as refusal:
            context["refusal"] = refusal
    return render(request, "partnerships/own_pass.html", context)


def for_own_card(
    action: str,
) -> Callable[[Callable[[HttpRequest, Reader, bool], HttpResponse]], Callable[..., HttpResponse]]:
    """Let a view answer who asks for one of their own cards, no more often than `action` allows.

    The view gets the card, and whether its age shall be told.
    """

    def decorate(view: Callable[[HttpRequest, Reader, bool], HttpResponse]) -> Callable[..., HttpResponse]:
        @require_POST
        @never_cache
        @functools.wraps(view)
        def answer(request: HttpRequest) -> HttpResponse:
            if limited := ratelimit.consume_or_429(request, action=action):
                return limited  # type: ignore[no-any-return]
            reader = _chosen(_cards(request), request.POST)
            if reader is None:
                raise Http404
            return view(request, reader, request.POST.get("age") == "1")

        return answer

    return decorate


@for_own_card("pass")
def codes(_request: HttpRequest, reader: Reader, says_age: bool) -> HttpResponse:  # noqa: FBT001  as the decorator calls it
    """Give the telephone the codes of the coming hours, with their squares and our clock."""
    try:
        given = give_codes(reader, says_age=says_age)
    except DomainError as refusal:
        return JsonResponse({"refusal": str(refusal)}, status=422)
    return JsonResponse(
        {
            "codes": given.codes,
            "squares": [squares_of(code) for code in given.codes],
            "startsAt": round(given.starts_at.timestamp() * 1000),
            "step": round(STEP.total_seconds() * 1000),
            "now": round(clock.now().timestamp() * 1000),
        }
    )


@for_own_card("pass_sheet")
def sheet(request: HttpRequest, reader: Reader, says_age: bool) -> HttpResponse:  # noqa: FBT001  as the decorator calls it
    """Print a sheet for who has no telephone, or leaves it at home."""
    try:
        printed = print_codes(reader, says_age=says_age)
    except DomainError as refusal:
        context = {"readers": _cards(request), "reader": reader, "refusal": refusal}
        return render(request, "partnerships/own_pass.html", context, status=422)
    answer = HttpResponse(sheet_pdf(printed), content_type="application/pdf")
    answer["Content-Disposition"] = 'attachment; filename="pass.pdf"'
    return answer


@require_safe
@login_not_required
@never_cache
def kept_pass(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  a view's arguments
    """The page that a telephone keeps: it shows what is in the telephone's own store, with or without signal."""
    return HttpResponse(_shell())


@require_safe
@login_not_required  # the browser asks for it by itself; it holds nothing of anybody
@never_cache
def worker(request: HttpRequest) -> HttpResponse:
    """Return the script that keeps that page and its parts; another version of either makes it another."""
    parts = [static(path) for path in (*PARTS, *MORE_PARTS)]
    version = hashlib.sha256(json.dumps([_shell(), parts, get_language()]).encode()).hexdigest()[:12]
    kept = json.dumps({"page": reverse("partnerships:kept_pass"), "parts": parts, "version": version})
    return render(request, "partnerships/pass_worker.js", {"kept": kept}, content_type="text/javascript; charset=utf-8")


def _shell() -> str:
    return render_to_string("partnerships/kept_pass.html", {"LANGUAGE_CODE": get_language()})


def _cards(request: HttpRequest) -> list[Reader]:
    """Return one's own card and those of the children one looks after, one's own first."""
    return sorted(Reader.objects.visible_to(request.user), key=lambda one: one.user_id != request.user.pk)


def _chosen(readers: list[Reader], asked: Mapping[str, str]) -> Reader | None:
    """Return the card that is asked for, else the first; None without any. Raises Http404 for somebody else's."""
    number = asked.get("card", "")
    if not number:
        return readers[0] if readers else None
    found = next((one for one in readers if str(one.pk) == number), None)
    if found is None:
        raise Http404
    return found
