"""The pass on paper, printed at the desk for a reader who has no phone or no sign-in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import Reader
from accounts.services import note_view
from branches.desk_frame import at_desk_with, desk_page
from milanolib.errors import DomainError
from milanolib.pace import is_within
from partnerships.errors import TooManySheets
from partnerships.pass_codes import PAPER_DAYS, Claim
from partnerships.pass_pictures import sheet_pdf
from partnerships.passes import PAPER_CODES, age_claim, print_at_desk, refuse_pass

if TYPE_CHECKING:
    from branches.models import Place
    from milanolib.http import Request

PERMISSION = "accounts.serve_reader"
SHEETS, A_DAY = 6, 24 * 60 * 60  # as many as a sign-in prints by itself: ACCOUNT_RATE_LIMITS, "pass_sheet"


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@at_desk_with(PERMISSION)
def sheet(request: Request, place: Place, reader_id: int) -> HttpResponse:
    """Show what a sheet is and whether this reader gets one; a form that is sent answers with the sheet as a PDF."""
    reader = get_object_or_404(Reader.objects.select_related("user"), pk=reader_id)
    note_view(request.user, reader, "desk: pass")  # type: ignore[arg-type]  # signed in: the permission says so
    try:
        refuse_pass(reader)
        if request.method == "POST":
            return _printed(request, place, reader)
    except DomainError as error:
        refusal: DomainError | None = error
    else:
        refusal = None
    context: dict[str, Any] = {
        "reader": reader,
        "refusal": refusal,
        "knows_age": age_claim(reader) != Claim.NOTHING,
        "codes": PAPER_CODES,
        "days": PAPER_DAYS,
    }
    status = 422 if refusal and request.method == "POST" else 200
    return desk_page(
        request, "partnerships/desk/pass_sheet.html", _("Pass on paper"), context, place=place, status=status
    )


def _printed(request: Request, place: Place, reader: Reader) -> HttpResponse:
    """Return the sheet in the reader's language. Raises TooManySheets, and what `print_at_desk` raises."""
    if not is_within(f"pass-sheet:{reader.pk}", allowed=SHEETS, seconds=A_DAY):
        raise TooManySheets(number=SHEETS)
    says_age = request.POST.get("age") == "1"
    staff: Any = request.user  # signed in: the permission says so
    printed = print_at_desk(reader, says_age=says_age, actor=staff, place_code=place.code)
    language = reader.user.language if reader.user is not None else ""
    with translation.override(language or "it"):
        answer = HttpResponse(sheet_pdf(printed), content_type="application/pdf")
    answer["Content-Disposition"] = 'inline; filename="pass.pdf"'
    return answer
