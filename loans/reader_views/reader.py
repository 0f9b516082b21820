"""A reader's page: data, document, card, guardians and children, notes; what can be done stands beside each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.urls import reverse

from accounts.desk_notes import notes_on
from accounts.erasing import erasure_of
from accounts.models import Guardianship, Reader, ReaderStatus
from accounts.own_data import Person
from accounts.policy import ADULT_AGE, age_on
from accounts.querysets import TITLES_ONES_OWN_FROM
from accounts.services import note_view
from branches.desk_frame import desk_page
from loans.models import Hold, Loan
from loans.reader_forms import COUNTRIES, CloseForm, DocumentForm, GuardianForm, NoteForm
from loans.reader_views.frame import at_desk, reader_of
from milanolib import clock
from milanolib.adminsite import tiles_of
from milanolib.errors import DomainError, GoneMeanwhile
from milanolib.printing import bars_svg

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponse

    from branches.models import Place
    from milanolib.http import Request


@at_desk
def reader(request: Request, place: Place, reader_id: int) -> HttpResponse:
    """Show a reader; that somebody looked is written down."""
    return page(request, place, reader_of(reader_id))


def page(
    request: Request, place: Place, shown: Reader, *, refusal: DomainError | None = None, **forms: Any
) -> HttpResponse:
    """Render the page of a reader, with the forms as they were filled in where one was refused."""
    note_view(request.user, shown, "desk: reader")  # type: ignore[arg-type]  # signed in: the permission says so
    shown.refresh_from_db()
    today = clock.today()
    context: dict[str, Any] = {
        "reader": shown,
        "age": age_on(today, shown.born_on) if shown.born_on else None,
        "adult_age": ADULT_AGE,
        "titles_own_from": TITLES_ONES_OWN_FROM,
        "is_expired": shown.card_expires_on is not None and shown.card_expires_on < today,
        "is_open": shown.status != ReaderStatus.CLOSED,
        "notes": notes_on(shown),
        "old_cards": shown.old_cards.all(),
        "guardianships": Guardianship.objects.filter(child=shown, ended_at=None).select_related("guardian__reader"),
        "children": _children(shown),
        "loans": Loan.objects.standing().filter(reader=shown).count(),
        "holds": Hold.objects.open().filter(reader=shown).count(),
        "bars": bars_svg(shown.card_number),
        "ways": tiles_of("reader", request.user, shown.pk),
        "countries": COUNTRIES,
        "refusal": refusal,
        "erasure": erasure_of(Person.of_card(shown)),
        "document_form": DocumentForm(initial={"document_country": "ITA"}, prefix="document"),
        "note_form": NoteForm(prefix="note"),
        "guardian_form": GuardianForm(prefix="guardian"),
        "close_form": CloseForm(prefix="close"),
    }
    status = 422 if refusal or forms else 200
    return desk_page(
        request, "loans/readers/reader.html", shown.full_name, {**context, **forms}, place=place, status=status
    )


def settle(request: Request, place: Place, shown: Reader, act: Callable[[], str], **forms: Any) -> HttpResponse:
    """Do something about a reader and come back to the page with what was done.

    When a rule says no, the page itself says so, with the forms as they were filled in: nothing that names a title
    goes into a message, which a browser or a session would keep.
    """
    try:
        done = act()
    except GoneMeanwhile:  # the reader: there is no page to come back to
        raise
    except DomainError as refusal:
        return page(request, place, shown, refusal=refusal, **forms)
    messages.success(request, done)
    return HttpResponseRedirect(reverse("admin:reader", args=[shown.pk]))


def _children(shown: Reader) -> Any:
    """Return the guardianships by which this reader looks after children's cards."""
    if shown.user is None:
        return Guardianship.objects.none()
    children = Reader.objects.visible_to(shown.user).exclude(pk=shown.pk)
    return Guardianship.objects.filter(guardian=shown.user, ended_at=None, child__in=children).select_related("child")
