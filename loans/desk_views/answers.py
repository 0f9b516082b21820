"""How the counter answers: one line for the newest act, and beside it whatever has changed on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.desk_notes import notes_on
from accounts.models import StaffView
from accounts.services import note_view
from loans import overriding
from loans.blocks import blocks_of
from loans.delegations import collecting_at, collectors_of
from loans.desk_reads import holds_of, loans_of, ready_for
from loans.desk_stack import stack_of
from loans.desk_views.frame import desk_page
from loans.desk_views.slips import paper_of
from loans.desk_words import act_in_words
from loans.renewals import renew_loan
from loans.slips_pdf import PAPERS
from loans.undoing import last_act_of, undoably
from milanolib import clock
from milanolib.http import respond

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence
    from typing import TypeVar

    from django.http import HttpResponse

    from accounts.models import User
    from branches.models import Place
    from catalog.models import Copy
    from loans.delegations import Collecting
    from loans.desk_sessions import Visit
    from loans.desk_words import Alert, Told
    from loans.models import Loan
    from milanolib.errors import DomainError
    from milanolib.http import Request

    R = TypeVar("R")

PAGE = "loans/desk/counter.html"
PAGE_OF_DELEGATES = "desk: somebody collects"  # in the log of who saw whose card
MOST_LOANS, MOST_HOLDS = 60, 30
LONGEST_REASON = 200


def parts(request: Request, place: Place, visit: Visit | None) -> dict[str, Any]:
    """Return what the screen shows beside the scan field: the reader at the desk, or the stack that comes in."""
    last = last_act_of(staff(request))
    always = {"desk": place, "visit": visit, "last_act": last, "last_act_in_words": act_in_words(last) if last else ""}
    if visit is None:
        return {**always, "piles": stack_of(request, place)}
    today = clock.today()
    loans = list(loans_of(visit.reader)[:MOST_LOANS])
    collecting = collecting_at(visit.reader, place)
    ready_through = [one for one in collecting if one.count]
    note_views_through(staff(request), ready_through, visit.since)
    return {
        **always,
        "reader": visit.reader,
        "loans": loans,
        "late": sum(loan.status == "open" and loan.due_on < today for loan in loans),
        "holds": list(holds_of(visit.reader)[:MOST_HOLDS]),
        "ready": list(ready_for(visit.reader, place)),
        "collecting": collecting,
        "ready_through": ready_through,
        "collectors": list(collectors_of(visit.reader)),
        "blocks": blocks_of(visit.reader),
        "notes": list(notes_on(visit.reader)),
        "today": today,
    }


def note_views_through(viewer: User, ready: Sequence[Collecting], since: dt.datetime) -> None:
    """Write down, once in a visit, who is seen on the screen of the reader who collects for them.

    `since` is when the visit began (aware).
    """
    shown = {one.reader.pk: one.reader for one in ready}
    if not shown:
        return
    noted = StaffView.objects.filter(staff=viewer, reader__in=shown, page=PAGE_OF_DELEGATES, at__gte=since)
    for pk in shown.keys() - set(noted.values_list("reader", flat=True)):
        note_view(viewer, shown[pk], PAGE_OF_DELEGATES)


def staff(request: Request) -> User:
    """Return who works at the desk; the guard of every page has asked that somebody is signed in."""
    return request.user  # type: ignore[return-value]


def can_be_undone(request: Request, place: Place, what: tuple[str, str, str], act: Callable[[], R]) -> R:
    """Run a verb so that this librarian can undo it; `what` is the verb, its subject and that in words."""
    verb, subject, about = what
    return undoably(verb, subject, act, about=about, place=place, actor=staff(request))


def renewed(request: Request, place: Place, loan: Loan) -> Loan:
    """Renew a loan for the reader at the desk."""
    what = ("renew_loan", f"loan:{loan.pk}", str(loan.copy.title))
    return can_be_undone(
        request, place, what, lambda: renew_loan(loan, actor=staff(request), override=override(request))
    )


def address(visit: Visit | None) -> str:
    """Return where the screen stands with this reader, or with none."""
    return reverse("admin:desk_visit", args=[visit.key]) if visit is not None else reverse("admin:desk_counter")


def override(request: Request) -> str:
    """Return why a refusal is to be passed over; '' from somebody who may not."""
    reason = request.POST.get("override", "").strip()[:LONGEST_REASON]
    return reason if reason and request.user.has_perm(overriding.PERMISSION) else ""


def _all_the_same(request: Request, refusal: DomainError | None) -> list[tuple[str, str]]:
    """Return what is sent again with a reason, where this refusal may be passed over and this person may do so."""
    if refusal is None or not refusal.is_overridable or not request.user.has_perm(overriding.PERMISSION):
        return []
    left_out = ("csrfmiddlewaretoken", "desk", "override")
    return [(name, str(value)) for name, values in request.POST.lists() if name not in left_out for value in values]


def answer(  # noqa: PLR0913  what may stand in an answer, each by its name
    request: Request,
    place: Place,
    visit: Visit | None,
    told: Told | None = None,
    *,
    refusal: DomainError | None = None,
    copy: Copy | None = None,
    about: str = "",
    scanned: str = "",
    alerts: Sequence[Alert] = (),
    offers: Sequence[str] = (),
    is_turn: bool = False,
) -> HttpResponse:
    """Answer an act at the counter: `told` when it was done, `refusal` when a rule said no.

    `about` is a line below (the title; how the loan ended), `alerts` what must be confirmed, `offers` what may be done
    instead. `is_turn` says that another reader, or none, is at the desk now: the answers of the one before go.
    """
    context: dict[str, Any] = {
        **parts(request, place, visit),
        "told": told,
        "copy": copy,
        "about": about,
        "scanned": scanned,
        "alerts": alerts,
        "offers": offers,
        "is_turn": is_turn,
        "again": _all_the_same(request, refusal),
        "is_swap": True,
    }
    done = _in_a_line(told, copy, about, alerts) if told is not None else ""
    response = respond(request, f"{PAGE}#answer", context, refusal=refusal, done=done, back=address(visit))
    if is_turn and request.htmx:
        response["HX-Reswap"] = "innerHTML"
        response["HX-Push-Url"] = address(visit)
    return response


def offer_choices(
    request: Request, place: Place, visit: Visit | None, template: str, context: dict[str, Any], told: Told
) -> HttpResponse:
    """Show something to choose from below the scan field; without JavaScript the page comes anew with it.

    Nothing is put into an address, where names and titles would be kept by others.
    """
    context = {**parts(request, place, visit), **context, "choices": template, "told": told, "is_swap": True}
    if request.htmx:
        return render(request, f"{PAGE}#answer", context)
    paper = {"papers": PAPERS.items(), "paper": paper_of(request)}
    return desk_page(request, PAGE, _("Desk"), {**context, **paper, "is_swap": False}, place=place)


def _in_a_line(told: Told, copy: Copy | None, about: str, alerts: Sequence[Alert]) -> str:
    """Return an answer as the message of the next page, where there is no JavaScript."""
    first = f"{copy.title}: {told}" if copy is not None else str(told)
    sentences = (first, about, *(alert.words for alert in alerts))
    return " ".join(one if one.endswith((".", "?")) else f"{one}." for one in sentences if one)
