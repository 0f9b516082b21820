"""The institution's page on which it proposes title and terms of one agreement, by an address that only it knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from milanolib import clock
from milanolib.errors import DomainError
from milanolib.pace import is_within
from partnerships.errors import TooManyTries
from partnerships.forms import ProposalForm
from partnerships.links import proposing_agreement
from partnerships.offers import line_of
from partnerships.proposing import propose_texts
from partnerships.states import ProposalStatus

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

AN_HOUR = 60 * 60


@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
@never_cache
def propose(request: HttpRequest, token: str) -> HttpResponse:
    """Show what was agreed, and take the institution's own words for it; nothing changes until a librarian says so."""
    agreement = proposing_agreement(token)
    if agreement is None:
        raise Http404
    waiting = agreement.proposals.filter(status=ProposalStatus.WAITING).first()
    form = ProposalForm(request.POST or None, initial=ProposalForm.initial_of(waiting or agreement))
    refusal: DomainError | None = None
    if request.method == "POST" and form.is_valid():
        try:
            if not is_within(f"proposals:{agreement.pk}", allowed=20, seconds=AN_HOUR):
                raise TooManyTries
            propose_texts(agreement, **form.texts(), note=form.cleaned_data["note"])
        except DomainError as error:
            refusal = error
        else:
            return redirect("partnerships:propose", token)
    context = {"line": line_of(agreement, clock.today()), "form": form, "waiting": waiting, "refusal": refusal}
    response = render(request, "partnerships/propose.html", context, status=422 if form.errors or refusal else 200)
    response["X-Robots-Tag"] = "noindex"
    return response
