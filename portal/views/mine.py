"""The reader's own pages."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Reader
from loans.holds import cancel_hold, change_pickup
from loans.models import Hold, Loan, ReaderRule
from loans.renewals import renew_loan
from loans.states import LoanStatus
from milanolib import clock
from milanolib.errors import DomainError
from milanolib.http import respond
from notifications.kinds import name_of
from notifications.models import Message
from portal.forms import PickupForm

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

RECEIPTS_SHOWN = 10
MESSAGES_SHOWN = 50


@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """What the reader has on loan, has reserved, has given back of late; own and the children's cards."""
    readers = list(Reader.objects.visible_to(request.user))
    loans = Loan.objects.filter(reader__in=readers).for_reader_page()
    today = clock.today()
    context: dict[str, Any] = {
        "readers": readers,
        "loans": loans.standing().order_by("due_on", "pk"),
        "holds": Hold.objects.filter(reader__in=readers).open().for_reader_page().order_by("-ready_at", "placed_at"),
        "receipts": loans.filter(status=LoanStatus.CLOSED).order_by("-closed_at")[:RECEIPTS_SHOWN],
        "today": today,
        "hidden": _hidden(request),
    }
    return render(request, "portal/mine.html", context)


def _hidden(request: HttpRequest) -> set[int]:
    """Return the numbers of the readers (children from 14 on) whose titles this person does not see."""
    hidden = Reader.objects.whose_titles_are_hidden_from(request.user, clock.today())  # type: ignore[arg-type]
    return set(hidden.values_list("pk", flat=True))


@require_POST
def renew(request: HttpRequest, loan_id: int) -> HttpResponse:
    """Renew one loan; the row says the new date, or why not."""
    loan = get_object_or_404(Loan.objects.visible_to(request.user).for_reader_page(), pk=loan_id)
    due_before = loan.due_on
    try:
        renew_loan(loan, actor=None)
    except DomainError as refusal:
        return respond(
            request,
            "portal/mine.html#loan-row",
            {"loan": loan, "hidden": _hidden(request)},
            refusal=refusal,
            back=reverse("portal:mine"),
        )
    return respond(
        request,
        "portal/mine.html#loan-row",
        {"loan": loan, "hidden": _hidden(request)},
        done=_("Renewed.") if loan.due_on > due_before else _("You have renewed this today already."),
        back=reverse("portal:mine"),
    )


@require_POST
def cancel(request: HttpRequest, hold_id: int) -> HttpResponse:
    """Cancel a reservation; whoever comes next gets the copy."""
    hold = get_object_or_404(Hold.objects.visible_to(request.user).for_reader_page(), pk=hold_id)
    try:
        cancel_hold(hold, actor=None)
    except DomainError as refusal:
        return respond(
            request,
            "portal/mine.html#hold-row",
            {"hold": hold, "hidden": _hidden(request)},
            refusal=refusal,
            back=reverse("portal:mine"),
        )
    return respond(
        request,
        "portal/mine.html#hold-row",
        {"hold": hold, "hidden": _hidden(request)},
        done=_("The reservation has been cancelled."),
        back=reverse("portal:mine"),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def move(request: HttpRequest, hold_id: int) -> HttpResponse:
    """Choose another point for a reservation; its turn stays."""
    hold = get_object_or_404(Hold.objects.visible_to(request.user).open().for_reader_page(), pk=hold_id)
    rule = ReaderRule.objects.filter(reader_status=hold.reader.status if hold.reader else "").first()
    kinds = rule.pickup_kinds if rule else []
    data = request.POST if request.method == "POST" else None
    form = PickupForm(data, kinds=kinds, initial={"pickup": hold.pickup_place.code, "request_key": uuid.uuid4().hex})
    context: dict[str, Any] = {"hold": hold, "form": form, "is_hidden": hold.reader_id in _hidden(request)}
    if data is None or not form.is_valid():
        return render(request, "portal/move.html", context, status=422 if data is not None else 200)
    try:
        change_pickup(hold, form.cleaned_data["pickup"], actor=None)
    except DomainError as refusal:
        return respond(request, "portal/move.html#move-panel", context, refusal=refusal, back=request.path)
    return respond(
        request,
        "portal/move.html#move-panel",
        context,
        done=_("From now on this is where you collect it. Your turn stays the same."),
        back=reverse("portal:mine"),
    )


@require_safe
def receipt(request: HttpRequest, loan_id: int) -> HttpResponse:
    """The receipt of a return, as long as the loan is linked to its reader."""
    loan = get_object_or_404(Loan.objects.visible_to(request.user).for_reader_page(), pk=loan_id)
    if loan.status != LoanStatus.CLOSED or loan.reader_id in _hidden(request):
        raise Http404
    return render(request, "portal/receipt.html", {"loan": loan})


@require_safe
def messages_sent(request: HttpRequest) -> HttpResponse:
    """Everything we have sent to this person, and what it was about."""
    rows = Message.objects.filter(user=request.user.pk) | Message.objects.filter(reader__user=request.user.pk)
    lines = [{"message": row, "name": name_of(row.kind)} for row in rows.order_by("-created_at")[:MESSAGES_SHOWN]]
    return render(request, "portal/messages.html", {"lines": lines})
