"""What can be done about a reader's card, each a form on the reader's page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.decorators import permission_required
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.cards_of_readers import close_card, renew_card, reopen_card, report_card_lost
from accounts.desk_notes import remove_desk_note, write_desk_note
from accounts.erasing import MAY_ERASE, ask_erasure, cancel_erasure, erasure_of
from accounts.models import DeskNote
from accounts.own_data import Person
from accounts.services import verify_reader
from loans.reader_forms import CloseForm, DocumentForm, NoteForm
from loans.reader_views.frame import at_desk, reader_of
from loans.reader_views.reader import page, settle

if TYPE_CHECKING:
    from django.http import HttpResponse

    from accounts.models import User
    from branches.models import Place
    from milanolib.http import Request


def _staff(request: Request) -> User:
    return request.user  # type: ignore[return-value]  # signed in: the permission says so


@require_POST
@at_desk
def verify(request: Request, place: Place, reader_id: int) -> HttpResponse:
    """Write down which document was seen; a provisional card becomes a full one."""
    reader = reader_of(reader_id)
    form = DocumentForm(request.POST, prefix="document")
    if not form.is_valid():
        return page(request, place, reader, document_form=form)

    def act() -> str:
        verify_reader(reader, how="document", document=form.document(), actor=_staff(request), place_code=place.code)
        return _("Verified: every point of the network is open to this reader now.")

    return settle(request, place, reader, act, document_form=form)


@require_POST
@at_desk
def renew(request: Request, place: Place, reader_id: int) -> HttpResponse:
    """Let the card be valid for five years from today."""
    reader = reader_of(reader_id)

    def act() -> str:
        day = renew_card(reader, actor=_staff(request), place_code=place.code).card_expires_on
        return _("The card is valid until %(day)s.") % {"day": date_format(day, "j F Y") if day else ""}

    return settle(request, place, reader, act)


@require_POST
@at_desk
def lost(request: Request, place: Place, reader_id: int) -> HttpResponse:
    """Replace the card that the page showed; a page sent twice replaces it once."""
    reader = reader_of(reader_id)

    def act() -> str:
        card = request.POST.get("card", "")[:20]
        new = report_card_lost(reader, card, actor=_staff(request), place_code=place.code).card_number
        return _("The old card opens nothing any more. The new number is %(card)s: print the card.") % {"card": new}

    return settle(request, place, reader, act)


@require_POST
@at_desk
def close(request: Request, place: Place, reader_id: int) -> HttpResponse:
    """Close the card, unless something is open on it."""
    reader = reader_of(reader_id)
    form = CloseForm(request.POST, prefix="close")
    if not form.is_valid():
        return page(request, place, reader, close_form=form)

    def act() -> str:
        close_card(reader, actor=_staff(request), place_code=place.code, **form.cleaned_data)
        return _("The card is closed.")

    return settle(request, place, reader, act, close_form=form)


@require_POST
@at_desk
def reopen(request: Request, place: Place, reader_id: int) -> HttpResponse:
    """Open a closed card again."""
    reader = reader_of(reader_id)

    def act() -> str:
        reopen_card(reader, actor=_staff(request), place_code=place.code)
        return _("The card is open again. Look at its last day.")

    return settle(request, place, reader, act)


@require_POST
@at_desk
@permission_required(MAY_ERASE, raise_exception=True)
def erase(request: Request, place: Place, reader_id: int) -> HttpResponse:
    """Have a reader erased who asks on paper, or not after all."""
    reader = reader_of(reader_id)
    person = Person.of_card(reader)

    def act() -> str:
        waiting = erasure_of(person)
        if request.POST.get("keep") and waiting is not None:
            cancel_erasure(waiting, actor=_staff(request), place_code=place.code)
            return _("Nothing is erased.")
        language = reader.user.language if reader.user is not None else ""
        due_at = ask_erasure(
            person, actor=_staff(request), language=language or settings.LANGUAGE_CODE, place_code=place.code
        ).due_at
        return _("Erased on %(day)s, unless something is on loan then.") % {"day": date_format(due_at, "j F Y")}

    return settle(request, place, reader, act)


@require_POST
@at_desk
def note(request: Request, place: Place, reader_id: int) -> HttpResponse:
    """Leave a note for whoever scans the card next."""
    reader = reader_of(reader_id)
    form = NoteForm(request.POST, prefix="note")
    if not form.is_valid():
        return page(request, place, reader, note_form=form)

    def act() -> str:
        write_desk_note(reader, form.cleaned_data["text"], actor=_staff(request), place_code=place.code)
        return _("Noted: whoever scans the card sees it.")

    return settle(request, place, reader, act, note_form=form)


@require_POST
@at_desk
def remove_note(request: Request, place: Place, reader_id: int, note_id: int) -> HttpResponse:
    """Take a note away; one that a colleague took away meanwhile is gone as well."""
    reader = reader_of(reader_id)

    def act() -> str:
        written = DeskNote.objects.filter(reader=reader, pk=note_id).first()
        if written is not None:
            remove_desk_note(written, actor=_staff(request), place_code=place.code)
        return _("The note is gone.")

    return settle(request, place, reader, act)
