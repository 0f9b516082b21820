"""Book places, and one's own places by the address that only its letter says: confirm, change, cancel, ticket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.core import ratelimit
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from branches.public_texts import public_text
from milanolib import clock
from milanolib.errors import DomainError
from partnerships.initiatives.booking import (
    book_places,
    cancel_places,
    change_places,
    confirm_places,
    counting_date,
    people_before,
    remind_of_own,
)
from partnerships.initiatives.errors import AlreadyBooked
from partnerships.initiatives.feeds import calendar_of
from partnerships.initiatives.forms import BookForm, PlacesForm
from partnerships.initiatives.links import link_to, read_token, token_of
from partnerships.initiatives.own_places import own_places
from partnerships.initiatives.policy import is_bookable
from partnerships.initiatives.states import TO_CONFIRM, BookingStatus
from partnerships.initiatives.ticket_pdf import ticket_of
from partnerships.models import InitiativeBooking, InitiativeDate, Rhythm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest

ACTS = {"confirm": confirm_places, "cancel": cancel_places}


@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
@never_cache
def book(request: HttpRequest, number: int, date_id: int) -> HttpResponse:
    """Book places at a date for oneself and children; signed in at once, else confirmed from a letter."""
    dates = InitiativeDate.objects.public().select_related("initiative__place")
    date = get_object_or_404(dates.exclude(places=None), pk=date_id, initiative=number)
    own_email = (request.user.email or "") if request.user.is_authenticated else ""
    form = BookForm(request.POST or None, most=date.initiative.per_family, own_email=own_email)
    context = {**_about(date), "form": form}
    if request.method != "POST":
        return render(request, "partnerships/initiatives/book.html", context)
    if not form.is_valid():
        return render(request, "partnerships/initiatives/book.html", context, status=422)
    contact = own_email or form.cleaned_data["email"]
    if limited := ratelimit.consume_or_429(request, action="initiatives", key=contact.lower()):
        return limited  # type: ignore[no-any-return]
    try:
        booked = book_places(
            date,
            contact,
            adults=form.cleaned_data["adults"],
            children=form.cleaned_data["children"],
            language=get_language() or "it",
            is_confirmed=bool(own_email),
        )
    except AlreadyBooked as refusal:
        return _has_some(request, refusal, own_email, context)
    except DomainError as refusal:
        date.refresh_from_db()
        refused = {**context, **_about(date), "refusal": refusal}
        return render(request, "partnerships/initiatives/book.html", refused, status=422)
    return redirect("initiatives:booking", token_of(booked)) if own_email else redirect("initiatives:sent")


def _has_some(request: HttpRequest, refusal: AlreadyBooked, own_email: str, context: dict[str, Any]) -> HttpResponse:
    """Tell whoever is signed in; a stranger gets the same page as for a new booking, and the contact a letter.

    Who sends the same once more, signed in, is led to the booking that they have: the button was pressed twice.
    """
    asked, has = context["form"].cleaned_data, refusal.booking
    if own_email and (asked["adults"], asked["children"]) == (has.adults, has.children):
        return redirect("initiatives:booking", token_of(has))
    remind_of_own(has)
    if not own_email:
        return redirect("initiatives:sent")
    refused = {**context, "refusal": refusal, "own": token_of(has)}
    return render(request, "partnerships/initiatives/book.html", refused, status=422)


@require_safe
@login_not_required
def sent(request: HttpRequest) -> HttpResponse:
    """Say that a letter is on its way; the same for whoever has a booking already."""
    return render(request, "partnerships/initiatives/sent.html")


@require_safe
@never_cache
def mine(request: HttpRequest) -> HttpResponse:
    """Show whoever is signed in what their address has booked or waits for, and lead to each booking's own page."""
    lines = own_places(request.user.email or "", clock.now())  # type: ignore[union-attr]  # signed in
    return render(request, "partnerships/initiatives/mine.html", {"lines": lines})


@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
@never_cache
def booking(request: HttpRequest, token: str) -> HttpResponse:
    """Show places; a button confirms, changes or cancels them, never the address alone: mail filters open it."""
    own = _own(token)
    refusal: DomainError | None = None
    most = own.date.initiative.per_family
    is_change = request.POST.get("act") == "change"
    asked = {"adults": own.adults, "children": own.children}
    form = PlacesForm(request.POST if is_change else None, most=most, initial=asked)
    if request.method == "POST":
        try:
            if not is_change and (act := ACTS.get(request.POST.get("act", ""))) is not None:
                act(own)
                return redirect("initiatives:booking", token)
            if is_change and form.is_valid():
                change_places(own, **form.cleaned_data)
                return redirect("initiatives:booking", token)
        except DomainError as error:
            refusal = error
            own = _own(token)
    is_late = own.hold_until is not None and own.hold_until <= clock.now()
    dates = _dates_of(own)
    context = {
        **_about(own.date),
        "booking": own,
        "token": token,
        "refusal": refusal,
        "form": form,
        "dates": dates,
        "is_past": all(one.ends_at <= clock.now() for one in dates),
        "is_to_confirm": own.status in TO_CONFIRM and not is_late,
        "is_confirmed": own.status == BookingStatus.CONFIRMED,
        "is_waiting": own.status == BookingStatus.WAITING,
        "people_before": people_before(own),
        "is_late": is_late or own.status == BookingStatus.EXPIRED,
    }
    is_free_again = context["is_late"] or own.status == BookingStatus.CANCELLED
    context["books_again"] = is_free_again and is_bookable(own.date.initiative, dates[0], clock.now())
    is_refused = refusal is not None or bool(form.errors)
    return render(request, "partnerships/initiatives/booking.html", context, status=422 if is_refused else 200)


@require_safe
@login_not_required
@never_cache
def calendar_file(request: HttpRequest, token: str) -> HttpResponse:  # noqa: ARG001  a view's arguments
    """Return the dates of confirmed places for one's own calendar."""
    answer = HttpResponse(calendar_of(_dates_of(_confirmed(token))), content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="iniziativa.ics"'
    return answer


@require_safe
@login_not_required
@never_cache
def ticket(request: HttpRequest, token: str) -> HttpResponse:  # noqa: ARG001  a view's arguments
    """Return the ticket to print or to keep: code and its picture."""
    own = _confirmed(token)
    answer = HttpResponse(ticket_of(own, _dates_of(own), link_to(own)), content_type="application/pdf")
    answer["Content-Disposition"] = 'inline; filename="biglietto.pdf"'
    return answer


def _about(date: InitiativeDate) -> dict[str, Any]:
    """Return what pages say of a date: the title, when, and of a series what counts for all of its dates."""
    initiative = date.initiative
    return {
        "date": date,
        "counting": counting_date(date),
        "initiative": initiative,
        "title": public_text(initiative.title),
        "is_series": initiative.rhythm == Rhythm.SERIES,
    }


def _dates_of(own: InitiativeBooking) -> Sequence[InitiativeDate]:
    """Return the dates that a booking is for."""
    if own.date.initiative.rhythm != Rhythm.SERIES:
        return [own.date]
    return list(own.date.initiative.dates.select_related("initiative__place").order_by("starts_at"))


def _own(token: str) -> InitiativeBooking:
    number = read_token(token)
    if number is None:
        raise Http404
    return get_object_or_404(InitiativeBooking.objects.select_related("date__initiative__place"), pk=number)


def _confirmed(token: str) -> InitiativeBooking:
    found = _own(token)
    if found.status != BookingStatus.CONFIRMED:
        raise Http404
    return found
