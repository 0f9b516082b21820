"""What a reader has on loan: renew one or all, put off a due day, receipts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from loans.models import Loan
from loans.renewals import Renewal, put_off_loan, renew_all, renew_loan
from milanolib.errors import DomainError
from milanolib.http import respond
from portal.household import Household

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

ROW = "portal/_loan_row.html"
RECEIPTS_SHOWN = 20


@require_safe
def loans(request: HttpRequest) -> HttpResponse:
    """Show the loans by their due day, and what was given back of late."""
    household = Household.of(request.user)
    lines = [household.loan_line(loan) for loan in household.loans]
    return render(request, "portal/loans.html", _page(household, lines))


@require_http_methods(["GET", "HEAD", "POST"])
def renew_every(request: HttpRequest) -> HttpResponse:
    """Renew all that can be renewed; each row says its new day, or why not.

    Without htmx the page itself is the answer: what became of each loan is kept nowhere, so there is nothing to be
    sent on to. Sent again it changes nothing.
    """
    if request.method != "POST":
        return HttpResponseRedirect(reverse("portal:loans"))
    household = Household.of(request.user)
    outcomes = renew_all(household.loans, actor=None)
    lines = [household.loan_line(one.loan, *_told(one)) for one in sorted(outcomes, key=lambda one: one.loan.due_on)]
    context = _page(household, lines) | {"summary": _summary(outcomes), "is_good": any(one.is_new for one in outcomes)}
    htmx = request.htmx  # type: ignore[attr-defined]
    return render(request, "portal/loans.html#loans" if htmx else "portal/loans.html", context)


@require_POST
def renew(request: HttpRequest, loan_id: int) -> HttpResponse:
    """Renew one loan; the row says the new date, or why not."""

    def act(loan: Loan) -> str:
        due_before = loan.due_on
        renew_loan(loan, actor=None)
        if loan.due_on == due_before:
            return _("You have renewed this today already.")
        return _("Renewed until %(day)s.") % {"day": date_format(loan.due_on, "l j F")}

    return _answer(request, loan_id, act)


@require_POST
def put_off(request: HttpRequest, loan_id: int) -> HttpResponse:
    """'Not today': one more day for one loan; the row says the new date, or why not."""

    def act(loan: Loan) -> str:
        put_off_loan(loan, actor=None)
        return _("You have time until %(day)s.") % {"day": date_format(loan.due_on, "l j F")}

    return _answer(request, loan_id, act)


def _answer(request: HttpRequest, loan_id: int, act: Callable[[Loan], str]) -> HttpResponse:
    """Do something with one of the person's loans and answer with its row."""
    loan = get_object_or_404(Loan.objects.visible_to(request.user).for_reader_page(), pk=loan_id)
    household = Household.of(request.user)
    refusal, done = None, ""
    try:
        done = act(loan)
    except DomainError as error:
        refusal = error
    context = {"line": household.loan_line(loan)}
    return respond(request, ROW, context, refusal=refusal, done=done, back=reverse("portal:loans"))


def _page(household: Household, lines: list[Any]) -> dict[str, Any]:
    return {
        "household": household,
        "lines": lines,
        "can_renew_all": sum(line.can_renew for line in lines) > 1,
        "receipts": [household.loan_line(loan) for loan in household.returned[:RECEIPTS_SHOWN]],
    }


def _told(outcome: Renewal) -> tuple[str, str]:
    if outcome.refusal is not None:
        return str(outcome.refusal), "bad"
    if outcome.is_new:
        return _("Renewed until %(day)s.") % {"day": date_format(outcome.loan.due_on, "l j F")}, "good"
    return _("You have renewed this today already."), "quiet"


def _summary(outcomes: list[Renewal]) -> str:
    new = sum(one.is_new for one in outcomes)
    refused = sum(one.refusal is not None for one in outcomes)
    parts = []
    if new:
        parts.append(ngettext("%(count)s loan renewed.", "%(count)s loans renewed.", new) % {"count": new})
    if refused:
        words = ngettext(
            "%(count)s could not be renewed: its row says why.",
            "%(count)s could not be renewed: each row says why.",
            refused,
        )
        parts.append(words % {"count": refused})
    return " ".join(parts) or _("There was nothing to renew.")
