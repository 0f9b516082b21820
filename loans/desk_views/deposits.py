"""Deposits at the desk: sets that a library lends to condominium libraries, their books, their stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from loans.deposit_errors import NotInDeposit
from loans.deposit_moves import bring_home, call_back_copy, receive_deposit, send_deposit
from loans.deposit_reads import content_of, deposits_of, standing_deposits
from loans.deposits import (
    add_to_deposit,
    cancel_stay,
    change_stay,
    compose_deposit,
    next_stay,
    plan_stay,
    stay_under_way,
    take_out_of_deposit,
)
from loans.desk_forms import CountForm, DepositForm, DepositStayForm, LastDayForm
from loans.desk_reads import copy_by_code
from loans.desk_views.answers import staff
from loans.desk_views.frame import at_desk, desk_page, go, scanned
from loans.desk_words import Told, tell
from milanolib.errors import DomainError
from milanolib.http import respond

if TYPE_CHECKING:
    from collections.abc import Callable

    from django import forms
    from django.http import HttpResponse

    from branches.models import Place
    from catalog.models import Copy
    from loans.models import Deposit, DepositStay
    from milanolib.http import Request

LIST, PAGE = "loans/desk/deposits.html", "loans/desk/deposit.html"


@at_desk
def deposits(request: Request, place: Place) -> HttpResponse:
    """Show the deposits of this library, and begin one."""
    form = DepositForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            begun = compose_deposit(place, form.cleaned_data["name"], actor=staff(request))
        except DomainError as refusal:
            form.add_error("name", str(refusal))
        else:
            return go(request, _address(begun))
    context = {"form": form, "deposits": deposits_of(place)}
    return desk_page(request, LIST, _("Deposits"), context, place=place, status=422 if form.errors else 200)


@at_desk
def deposit(request: Request, place: Place, deposit_id: int) -> HttpResponse:
    """Show a deposit with its books and stays; scan a book into it, or take one out."""
    one = get_object_or_404(standing_deposits(place), pk=deposit_id)
    if request.method == "POST":
        return _scanned(request, place, one)
    return _page(request, place, one)


def _page(request: Request, place: Place, one: Deposit, form: forms.Form | None = None) -> HttpResponse:
    context = {
        "deposit": one,
        "content": content_of(one),
        "stays": list(one.stays.select_related("place")),
        "here": stay_under_way(one),
        "following": next_stay(one),
        "form": form or DepositStayForm(),
    }
    return desk_page(request, PAGE, str(one), context, place=place, status=422 if form is not None else 200)


def _scanned(request: Request, place: Place, one: Deposit) -> HttpResponse:
    code, is_out = scanned(request), request.POST.get("mode") == "out"
    context: dict[str, Any] = {"desk": place, "scanned": code, "deposit": one, "is_swap": True}
    try:
        copy = copy_by_code(code)
        told = _taken_out(request, place, one, copy) if is_out else _added(request, place, one, copy)
    except DomainError as refusal:
        one.refresh_from_db()
        context["content"] = content_of(one)
        return respond(request, f"{PAGE}#answer", context, refusal=refusal, back=_address(one))
    context |= {"told": told, "copy": copy, "content": content_of(one)}
    return respond(request, f"{PAGE}#answer", context, done=f"{copy.title}: {told}.", back=_address(one))


def _added(request: Request, place: Place, one: Deposit, copy: Copy) -> Told:
    add_to_deposit(one, copy, place, actor=staff(request))
    number = len(content_of(one))
    words = ngettext("%(count)s book in it", "%(count)s books in it", number) % {"count": number}
    return Told(_("In the deposit"), str(one), words, "crate", "check")


def _taken_out(request: Request, place: Place, one: Deposit, copy: Copy) -> Told:
    return tell(take_out_of_deposit(one, copy, place, actor=staff(request)))


@require_POST
@at_desk
def plan(request: Request, place: Place, deposit_id: int) -> HttpResponse:
    """Plan a stay of a deposit."""
    one = get_object_or_404(standing_deposits(place), pk=deposit_id)
    form = DepositStayForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        try:
            plan_stay(one, said["place"], from_on=said["from_on"], until_on=said["until_on"], actor=staff(request))
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Planned."))
            return go(request, _address(one))
    return _page(request, place, one, form)


@require_POST
@at_desk
def act(request: Request, place: Place, deposit_id: int, act: str) -> HttpResponse:
    """Do something to a deposit as a whole, say so, and show its page again."""
    one = get_object_or_404(standing_deposits(place), pk=deposit_id)
    if act not in ACTS:
        raise Http404
    try:
        messages.success(request, ACTS[act](request, one))
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return go(request, _address(one))


def _stay(request: Request, one: Deposit) -> DepositStay:
    number = request.POST.get("stay", "")
    return get_object_or_404(one.stays.select_related("place"), pk=number if number.isdecimal() else 0)


def _counted(request: Request) -> int | None:
    """Return what was counted, None where nobody says so. Raises CountUnreadable."""
    return CountForm.number_in(request.POST)


def _send(request: Request, one: Deposit) -> str:
    stay = send_deposit(_stay(request, one), counted=_counted(request), actor=staff(request))
    return _("All of it is in a sealed crate for %(place)s. Print its list on the page “Crates”.") % {
        "place": stay.place
    }


def _received(request: Request, one: Deposit) -> str:
    stay = _stay(request, one)
    counted = _counted(request)
    receive_deposit(stay, counted=stay.copies_sent or 0 if counted is None else counted, actor=staff(request))
    return _("The deposit is at %(place)s.") % {"place": stay.place}


def _home(request: Request, one: Deposit) -> str:
    is_away = stay_under_way(one) is not None
    bring_home(one, counted=_counted(request), actor=staff(request))
    if is_away:
        return _("The deposit has ended. Unpack its crate as any other when it comes.")
    return _("The deposit has ended. Its books are on the stack of check-ins: put them back where it says.")


def _cancel(request: Request, one: Deposit) -> str:
    number = request.POST.get("stay", "")
    stay = one.stays.select_related("place").filter(pk=number if number.isdecimal() else 0).first()
    if stay is not None:
        cancel_stay(stay, actor=staff(request))
    return _("This stay is taken out.")


def _last_day(request: Request, one: Deposit) -> str:
    stay, day = _stay(request, one), LastDayForm.day_in(request.POST)
    change_stay(stay, from_on=stay.from_on, until_on=day, actor=staff(request))
    return _("The last day is changed.")


def _call_back(request: Request, one: Deposit) -> str:
    copy = copy_by_code(request.POST.get("scan", ""))
    if not one.members.filter(copy=copy).exists():
        raise NotInDeposit
    copy = call_back_copy(copy, actor=staff(request))
    return _("%(title)s waits for the van. At its next check-in it goes to who waits for it.") % {"title": copy.title}


ACTS: dict[str, Callable[[Request, Deposit], str]] = {
    "partenza": _send,
    "arrivo": _received,
    "casa": _home,
    "via": _cancel,
    "giorno": _last_day,
    "richiamo": _call_back,
}


def _address(one: Deposit) -> str:
    return reverse("admin:desk_deposit", args=[one.pk])
