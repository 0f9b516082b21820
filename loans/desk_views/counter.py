"""The counter: one field for cards, copies and names. What a scan means depends on who is at the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.cards import is_card_number, looks_like_card, normalised
from accounts.desk_notes import notes_on
from accounts.finding import reader_at_desk
from accounts.services import note_view
from branches.devices import normalised_code
from loans import desk_sessions
from loans.blocks import blocks_of
from loans.crate_errors import CrateAtTheCounter
from loans.crates import is_crate
from loans.delegations import collecting_at, collects_for, hand_out
from loans.desk_reads import copy_by_code, ended_before, loans_of
from loans.desk_stack import begin_stack
from loans.desk_views.answers import PAGE, answer, can_be_undone, override, parts, renewed, staff
from loans.desk_views.finding import find_readers, find_titles, is_question, means_a_reader
from loans.desk_views.frame import at_desk, desk_page, scanned
from loans.desk_views.slips import paper_of
from loans.desk_words import (
    Told,
    alerts_on_loan,
    alerts_on_return,
    alerts_on_visit,
    tell,
    tell_end,
    tell_loan,
    tell_renewal,
    tell_undone,
    tell_visit,
)
from loans.errors import CopyKeptForAnother, CopyNotHere, CopyOnLoan, LoanNotOpen
from loans.lending import check_in
from loans.models import Loan
from loans.settling import report_missing_parts
from loans.slips_pdf import PAPERS
from loans.undoing import undo_last_act
from milanolib.errors import DomainError
from milanolib.http import respond

if TYPE_CHECKING:
    from django.http import HttpResponse

    from branches.models import Place
    from catalog.models import Copy
    from loans.desk_sessions import Visit
    from milanolib.http import Request

# What happens to a copy while a reader is at the desk, if it is not lent: the reader gives it back (or is on the
# telephone, and somebody else does), or has it already and wants it longer.
TAKE_IN, RENEW = "take_in", "renew"


@at_desk
def counter(request: Request, place: Place, key: str = "") -> HttpResponse:
    """Show the field with the reader of a visit, or with none; take what is scanned."""
    if request.method == "POST":
        return _scan(request, place)
    try:
        visit = desk_sessions.find(request, key) if key else None
    except DomainError as refusal:
        return respond(request, PAGE, refusal=refusal, back=reverse("admin:desk_counter"))
    context = {**parts(request, place, visit), "papers": PAPERS.items(), "paper": paper_of(request)}
    return desk_page(request, PAGE, _("Desk"), context, place=place)


def _scan(request: Request, place: Place) -> HttpResponse:
    """Do what a scan asks for: a card changes the reader, a copy is lent or taken in, words are looked for."""
    code, key = scanned(request), request.POST.get("visit", "")
    if is_card_number(normalised(code)):
        return _greet(request, place, normalised(code), key)
    try:
        visit = desk_sessions.find(request, key) if key else None
    except DomainError as refusal:
        return answer(request, place, None, refusal=refusal, scanned=code, is_turn=True)
    try:
        copy = copy_by_code(code)
    except DomainError as unknown:
        if is_crate(code):
            of_crate = CrateAtTheCounter(crate=normalised_code(code))
            return answer(request, place, visit, refusal=of_crate, scanned=code)
        return _words(request, place, visit, code, unknown)
    mode = request.POST.get("mode", "")
    if visit is None or mode == TAKE_IN:
        return _take_in(request, place, visit, copy)
    return _renew(request, place, visit, copy) if mode == RENEW else _lend(request, place, visit, copy)


def _words(request: Request, place: Place, visit: Visit | None, text: str, refusal: DomainError) -> HttpResponse:
    """Make of a text what it can be that is no code: words for the catalogue, a card read badly, a reader's name."""
    if is_question(text):
        return find_titles(request, place, visit, text)
    if looks_like_card(normalised(text)):
        return _greet(request, place, normalised(text), visit.key if visit is not None else "")
    if means_a_reader(text):
        return find_readers(request, place, visit, text)
    return answer(request, place, visit, refusal=refusal, scanned=text)


def _greet(request: Request, place: Place, card: str, key: str) -> HttpResponse:
    """Begin the visit of a card's reader in place of the one before; that the card was looked at is written down.

    A card that nobody has ends the visit too: what is scanned after it is not lent to the reader before.
    """
    desk_sessions.end(request, key)
    try:
        reader = reader_at_desk(card)
    except DomainError as refusal:
        return answer(request, place, None, refusal=refusal, scanned=card, is_turn=True)
    note_view(request.user, reader, "desk: counter")  # type: ignore[arg-type]  # signed in
    visit = desk_sessions.find(request, desk_sessions.begin(request, reader))
    alerts = alerts_on_visit(reader, blocks_of(reader), notes_on(reader))
    told = tell_visit(reader, collecting_at(reader, place))
    return answer(request, place, visit, told, alerts=alerts, is_turn=True)


def _lend(request: Request, place: Place, visit: Visit, copy: Copy) -> HttpResponse:
    try:
        loan = _lend_once(request, copy, visit, place)
    except (CopyOnLoan, CopyNotHere, CopyKeptForAnother) as refusal:
        offers = [RENEW, TAKE_IN] if _has_it(visit, copy) else [TAKE_IN]
        return answer(request, place, visit, refusal=refusal, copy=copy, scanned=copy.barcode, offers=offers)
    except DomainError as refusal:
        return answer(request, place, visit, refusal=refusal, copy=copy, scanned=copy.barcode)
    return answer(request, place, visit, tell_loan(loan, visit.reader), copy=loan.copy, alerts=alerts_on_loan(loan))


def _lend_once(request: Request, copy: Copy, visit: Visit, place: Place) -> Loan:
    """Lend a copy, to the reader who is there or for whom they collect; a scanner that reads twice gets it again."""
    try:
        return can_be_undone(
            request,
            place,
            ("check_out", f"copy:{copy.pk}", str(copy.title)),
            lambda: hand_out(copy, visit.reader, place, actor=staff(request), override=override(request)),
        )
    except CopyOnLoan:
        readers = [visit.reader.pk, *collects_for(visit.reader).values_list("reader", flat=True)]
        own = Loan.objects.standing().filter(copy=copy, reader__in=readers, lent_at__gte=visit.since)
        loan = own.select_related("copy__title", "reader", "place").first()
        if loan is None:
            raise
        return loan


def _has_it(visit: Visit, copy: Copy) -> bool:
    return Loan.objects.standing().filter(copy=copy, reader=visit.reader).exists()


def _renew(request: Request, place: Place, visit: Visit, copy: Copy) -> HttpResponse:
    try:
        loan = loans_of(visit.reader).filter(copy=copy).first()
        if loan is None:
            raise LoanNotOpen
        renewed(request, place, loan)
    except DomainError as refusal:
        return answer(request, place, visit, refusal=refusal, copy=copy, scanned=copy.barcode)
    return answer(request, place, visit, tell_renewal(loan), copy=loan.copy)


def _take_in(request: Request, place: Place, visit: Visit | None, copy: Copy) -> HttpResponse:
    try:
        outcome = can_be_undone(
            request,
            place,
            ("check_in", f"copy:{copy.pk}", str(copy.title)),
            lambda: check_in(copy, place, actor=staff(request)),
        )
    except DomainError as refusal:
        return answer(request, place, visit, refusal=refusal, copy=copy, scanned=copy.barcode)
    ended = tell_end(outcome.closed_loan, ended_before(outcome.copy))
    alerts = alerts_on_return(outcome)
    return answer(request, place, visit, tell(outcome), copy=outcome.copy, about=ended, alerts=alerts)


@require_POST
@at_desk
def new_stack(request: Request, place: Place) -> HttpResponse:
    """Begin a new stack: the list at the side is empty again."""
    begin_stack(request)
    told = Told(_("A new stack"), detail=_("The list begins with the next scan."))
    return answer(request, place, None, told, is_turn=True)


@require_POST
@at_desk
def parts_missing(request: Request, place: Place) -> HttpResponse:
    """Write down that not all parts of a copy are there; the library that took it in looks for them."""
    try:
        visit = desk_sessions.find(request, key) if (key := request.POST.get("visit", "")) else None
        copy = copy_by_code(scanned(request))
        report_missing_parts(copy, place, actor=request.user)  # type: ignore[arg-type]
    except DomainError as refusal:
        return answer(request, place, None, refusal=refusal, scanned=scanned(request))
    told = Told(_("Written down: parts are missing"), detail=_("You find it among the tasks of your library."))
    return answer(request, place, visit, told, about=copy.barcode)


@require_POST
@at_desk
def undo(request: Request, place: Place) -> HttpResponse:
    """Undo what this librarian did last, whoever is at the desk now."""
    visit = None
    number = request.POST.get("number", "")
    try:
        visit = desk_sessions.find(request, key) if (key := request.POST.get("visit", "")) else None
        undone = undo_last_act(int(number) if number.isdecimal() else 0, actor=staff(request), place=place)
    except DomainError as refusal:
        return answer(request, place, visit, refusal=refusal)
    return answer(request, place, visit, tell_undone(undone), about=undone.about)
