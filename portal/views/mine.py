"""The first of the reader's own pages, and receipts; what else they show stands in mine_*.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.erasing import erasures_shown_to, token_of
from loans.models import Loan
from loans.states import HoldStatus, LoanStatus
from notifications.mending import has_broken_address
from portal.household import Household

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

ROWS_SHOWN = 5  # of loans, and of reservations that cannot be collected yet; the rest is a page on


@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """Show what can be collected, what is due first, what is reserved; own and the children's cards."""
    household = Household.of(request.user)
    loans, holds = list(household.loans), list(household.holds)
    waiting = [hold for hold in holds if hold.status != HoldStatus.READY]
    context = {
        "household": household,
        "has_broken_address": has_broken_address(request.user),  # type: ignore[arg-type]  # signed in
        "blocks": household.blocks(),
        "erasures": [(one, token_of(one)) for one in erasures_shown_to(request.user)],  # type: ignore[arg-type]
        "ready": household.hold_lines(hold for hold in holds if hold.status == HoldStatus.READY),
        "holds": household.hold_lines(waiting[:ROWS_SHOWN]),
        "loans": [household.loan_line(loan) for loan in loans[:ROWS_SHOWN]],
        "loan_count": len(loans),
        "hold_count": len(waiting),
        "more_loans": len(loans) > ROWS_SHOWN,
        "more_holds": len(waiting) > ROWS_SHOWN,
    }
    return render(request, "portal/mine.html", context)


@require_safe
def receipt(request: HttpRequest, loan_id: int) -> HttpResponse:
    """The receipt of a return, as long as the loan is linked to its reader."""
    loan = get_object_or_404(Loan.objects.visible_to(request.user).for_reader_page(), pk=loan_id)
    hidden = Household.of(request.user).hidden
    if loan.status != LoanStatus.CLOSED or loan.returned_place is None or loan.reader_id in hidden:
        raise Http404
    return render(request, "portal/receipt.html", {"loan": loan})
