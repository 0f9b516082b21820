"""Check-out: a card, then one copy after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.cards import is_card_number, normalised
from accounts.finding import reader_at_desk
from accounts.services import note_view, verify_reader
from loans import desk_sessions
from loans.desk_reads import copy_by_barcode, ready_for
from loans.desk_views.frame import at_desk, desk_page, go, scanned
from loans.errors import CopyOnLoan
from loans.lending import check_out
from loans.models import Loan
from milanolib import clock
from milanolib.errors import DomainError
from milanolib.http import respond

if TYPE_CHECKING:
    from django.http import HttpResponse

    from branches.models import Place
    from catalog.models import Copy
    from loans.desk_sessions import Visit
    from milanolib.http import Request


@at_desk
def lend(request: Request, place: Place) -> HttpResponse:
    """Ask for a card, and open a visit for its reader."""
    if request.method == "POST":
        return _greet(request, scanned(request))
    return desk_page(request, "loans/desk/check_out.html", _("Check-out"), {}, place=place)


def _greet(request: Request, card: str) -> HttpResponse:
    """Open a visit for the reader of a card; that the card was looked at is written down."""
    back = reverse("admin:desk_check_out")
    try:
        reader = reader_at_desk(card)
    except DomainError as refusal:
        return respond(request, "_refusal.html", refusal=refusal, back=back)
    note_view(request.user, reader, "desk: check-out")  # type: ignore[arg-type]  # signed in
    return go(request, reverse("admin:desk_reader", args=[desk_sessions.begin(request, reader)]))


@at_desk
def reader(request: Request, place: Place, key: str) -> HttpResponse:
    """Show the reader at the desk, and lend what is scanned; another card begins that reader's visit."""
    code = scanned(request)
    if request.method == "POST" and is_card_number(normalised(code)):
        desk_sessions.end(request, key)
        return _greet(request, code)
    try:
        visit = desk_sessions.find(request, key)
    except DomainError as refusal:
        return _gone(request, refusal)
    if request.method == "POST":
        return _lent(request, place, visit, code)
    lent_now = (
        Loan.objects.filter(reader=visit.reader, place=place, lent_at__gte=visit.since)
        .select_related("copy__title")
        .defer("copy__title__record", "copy__title__summary")
        .order_by("-lent_at", "-pk")
    )
    context = {**_about(visit, place), "lent_now": lent_now}
    return desk_page(request, "loans/desk/reader.html", _("Check-out"), context, place=place)


def _lent(request: Request, place: Place, visit: Visit, code: str) -> HttpResponse:
    back = reverse("admin:desk_reader", args=[visit.key])
    context: dict[str, Any] = {"desk": place, "scanned": code, "visit": visit}
    template = "loans/desk/reader.html#answer"
    try:
        copy = copy_by_barcode(code)
        loan = _lend_once(request, copy, visit, place)
    except DomainError as refusal:
        return respond(request, template, context, refusal=refusal, back=back)
    context |= {**_about(visit, place), "loan": loan, "is_swap": True}
    done = _("%(title)s: due on %(day)s") % {"title": loan.copy.title, "day": date_format(loan.due_on, "l j F")}
    return respond(request, template, context, done=done, back=back)


def _lend_once(request: Request, copy: Copy, visit: Visit, place: Place) -> Loan:
    """Lend a copy; a scanner that reads twice gets the same loan again."""
    try:
        return check_out(copy, visit.reader, place, actor=request.user)  # type: ignore[arg-type]
    except CopyOnLoan:
        own = Loan.objects.standing().filter(copy=copy, reader=visit.reader, lent_at__gte=visit.since)
        loan = own.select_related("copy__title").first()
        if loan is None:
            raise
        return loan


def _about(visit: Visit, place: Place) -> dict[str, Any]:
    """Return what is shown of the reader: how many loans, how many late, what is ready here."""
    standing = Loan.objects.standing().filter(reader=visit.reader)
    return {
        "visit": visit,
        "reader": visit.reader,
        "loans": standing.count(),
        "late": standing.overdue(clock.today()).count(),
        "ready": list(ready_for(visit.reader, place)),
    }


@require_POST
@at_desk
def verify(request: Request, _place: Place, key: str) -> HttpResponse:
    """Write down that the librarian has seen the reader's document."""
    try:
        visit = desk_sessions.find(request, key)
    except DomainError as refusal:
        return _gone(request, refusal)
    verify_reader(visit.reader, how="document", actor=request.user)  # type: ignore[arg-type]
    done = _("Verified: every point of the network is open to this reader now.")
    return respond(request, "_done.html", done=done, back=reverse("admin:desk_reader", args=[key]))


@require_POST
@at_desk
def leave(request: Request, _place: Place, key: str) -> HttpResponse:
    """End the reader's visit: the next page shows nothing of them."""
    desk_sessions.end(request, key)
    return go(request, reverse("admin:desk_check_out"))


def _gone(request: Request, refusal: DomainError) -> HttpResponse:
    """Send whoever works with a visit that is over back to the card; a part of the page would not say it."""
    response = respond(request, "_refusal.html", refusal=refusal, back=reverse("admin:desk_check_out"))
    return go(request, reverse("admin:desk_check_out")) if request.htmx else response
