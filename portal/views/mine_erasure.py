"""Being erased: what goes, what stays and why, what hinders; asked for with the password, taken back without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.erasing import ask_erasure, cancel_erasure, erasure_at, erasure_of, token_of, what_hinders
from milanolib.errors import DomainError
from portal.views.mine_data import address_of, chosen_card, person_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@reauthentication_required
def erase(request: HttpRequest, reader_id: int | None = None) -> HttpResponse:
    """Say what being erased means; a POST asks for it. The password is given once more, for some minutes."""
    _cards, reader = chosen_card(request, reader_id)
    person = person_of(request, reader)
    refusal: DomainError | None = None
    if request.method == "POST":
        try:
            ask_erasure(person, actor=request.user, language=get_language() or "it")  # type: ignore[arg-type]  # signed in
        except DomainError as error:
            refusal = error
        else:
            return HttpResponseRedirect(address_of("erase", reader))
    erasure = erasure_of(person)
    context = {
        "reader": reader,
        "erasure": erasure,
        "keep_token": token_of(erasure) if erasure is not None else "",
        "hindrances": what_hinders(person) if erasure is None else [],
        "refusal": refusal,
        "back": address_of("data", reader),
    }
    return render(request, "portal/erase.html", context, status=422 if refusal else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_not_required
def cancel(request: HttpRequest, token: str) -> HttpResponse:
    """Take it back, from the letter or from one's page; by a button, because mail filters open addresses."""
    erasure = erasure_at(token)
    if erasure is None:
        raise Http404
    refusal: DomainError | None = None
    if request.method == "POST":
        try:
            cancel_erasure(erasure, actor=None)
        except DomainError as error:
            refusal = error
        else:
            messages.success(request, _("Nothing is erased. All stays as it was."))
            return HttpResponseRedirect(request.path)
    context = {"erasure": erasure, "refusal": refusal}
    return render(request, "portal/erasure_cancel.html", context, status=422 if refusal else 200)
