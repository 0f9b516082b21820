"""What the libraries keep about a reader: shown by area, and copied for whoever it is about."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from django.http import FileResponse, Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.erasing import erasure_of
from accounts.errors import CopyNotThere
from accounts.exporting import ask_export, export_at, open_export, token_of
from accounts.models import DataExport, Reader
from accounts.own_data import Person, areas_of
from milanolib import clock
from milanolib.errors import DomainError
from milanolib.http import respond

if TYPE_CHECKING:
    from typing import Any

    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

PAGE = "portal/data.html"


@require_safe
@never_cache
def data(request: HttpRequest, reader_id: int | None = None) -> HttpResponse:
    """Say what is kept about this person (or a young child of theirs), area by area, with how many of each."""
    return render(request, PAGE, _context(request, reader_id))


@require_POST
def copy(request: HttpRequest, reader_id: int | None = None) -> HttpResponse:
    """Have a copy of all of it made."""
    _cards, reader = chosen_card(request, reader_id)
    back = address_of("data", reader)
    try:
        ask_export(request.user, reader, language=get_language() or "it")  # type: ignore[arg-type]  # signed in
    except DomainError as error:
        return respond(request, "portal/_data_copy.html", _copies(request, reader), refusal=error, back=back)
    done = _("The copy is being made. We write to you when it is ready; most often that takes a minute.")
    return respond(request, "portal/_data_copy.html", _copies(request, reader), done=done, back=back)


@require_safe
@never_cache
def download(request: HttpRequest, token: str) -> HttpResponseBase:
    """Give a copy to who asked for it; to anybody else its address leads nowhere."""
    export = export_at(token, request.user)  # type: ignore[arg-type]  # signed in
    if export is None:
        raise Http404
    try:
        content = open_export(export)
    except CopyNotThere as gone:
        return render(request, PAGE, {**_context(request, export.reader_id), "refusal": gone}, status=410)
    name = f"biblioteche-milano-{clock.local(export.made_at or clock.now()):%Y-%m-%d}.zip"
    return FileResponse(io.BytesIO(content), as_attachment=True, filename=name, content_type="application/zip")


def chosen_card(request: HttpRequest, reader_id: int | None) -> tuple[list[Reader], Reader | None]:
    """Return the cards for whose data this person answers, and the chosen one: their own, unless another is named."""
    found = Reader.objects.in_whole_care_of(request.user, clock.today()).select_related("user")
    cards = sorted(found, key=lambda reader: reader.user_id != request.user.pk)
    if reader_id is None:
        own = cards[0] if cards and cards[0].user_id == request.user.pk else None
        return cards, own
    chosen = next((reader for reader in cards if reader.pk == reader_id), None)
    if chosen is None:
        raise Http404
    return cards, chosen


def _context(request: HttpRequest, reader_id: int | None) -> dict[str, Any]:
    cards, reader = chosen_card(request, reader_id)
    person = person_of(request, reader)
    areas = areas_of(person)
    return {
        "cards": cards,
        "kept": [area for area in areas if area.count],
        "nothing_of": [area for area in areas if not area.count],
        "erasure": erasure_of(person),
        "erase_url": address_of("erase", reader),
        **_copies(request, reader),
    }


def person_of(request: HttpRequest, reader: Reader | None) -> Person:
    """Return whose data a page is about: a card's reader, or whoever is signed in without a card."""
    return Person(request.user, None) if reader is None else Person.of_card(reader)  # type: ignore[arg-type]  # signed in


def _copies(request: HttpRequest, reader: Reader | None) -> dict[str, Any]:
    last = DataExport.objects.closed().filter(asked_by=request.user.pk, reader=reader).first()
    return {
        "reader": reader,
        "copy": last,
        "token": token_of(last) if last is not None and last.is_there else "",
        "back": address_of("data", reader),
        "ask_url": address_of("data_copy", reader),
    }


def address_of(name: str, reader: Reader | None) -> str:
    """Return the address of a page about a card; without one, about the sign-in."""
    return reverse(f"portal:{name}_of", args=[reader.pk]) if reader is not None else reverse(f"portal:{name}")
