"""A reader's card, to be printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from accounts.services import note_view
from loans.cards_pdf import card_pdf
from loans.reader_views.frame import at_desk, reader_of

if TYPE_CHECKING:
    from branches.models import Place
    from milanolib.http import Request


@require_GET
@at_desk
def card(request: Request, _place: Place, reader_id: int) -> HttpResponse:
    """Answer with the card as a PDF of its own size; that it was printed is written down as a view."""
    reader = reader_of(reader_id)
    note_view(request.user, reader, "desk: card")  # type: ignore[arg-type]  # signed in: the permission says so
    answer = HttpResponse(card_pdf(reader), content_type="application/pdf")
    answer["Content-Disposition"] = 'inline; filename="tessera.pdf"'
    return answer
