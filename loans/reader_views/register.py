"""Register a reader, and correct what is known of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.errors import PossibleDouble, TaxCodeTaken
from accounts.registering import correct_reader, register_reader
from accounts.services import note_view
from branches.desk_frame import desk_page
from loans.reader_forms import COUNTRIES, CorrectForm, NewReaderForm
from loans.reader_views.frame import at_desk, reader_of
from milanolib.errors import DomainError
from outbox.requests import once

if TYPE_CHECKING:
    from django.http import HttpResponse

    from accounts.models import Reader, User
    from branches.models import Place
    from milanolib.http import Request


@at_desk
def register(request: Request, place: Place) -> HttpResponse:
    """Take down who stands at the desk; show who may have a card already, and let the librarian decide."""
    form = NewReaderForm(request.POST or None)
    context: dict[str, Any] = {"form": form, "countries": COUNTRIES, "doubles": []}
    if request.method != "POST":
        return _form(request, place, _("Register a reader"), context)
    if form.is_valid():
        try:
            number = _register_once(request, form, place)
        except PossibleDouble as refusal:
            context |= {"doubles": refusal.readers, "warning": refusal}
            for reader in refusal.readers:
                note_view(request.user, reader, "desk: possible double")  # type: ignore[arg-type]
        except TaxCodeTaken as refusal:
            form.add_error("tax_code", str(refusal))
        except DomainError as refusal:
            context["refusal"] = refusal
        else:
            messages.success(request, _("Registered. Print the card, and hand it over."))
            return HttpResponseRedirect(reverse("admin:reader", args=[number]))
    return _form(request, place, _("Register a reader"), context, status=422)


def _register_once(request: Request, form: NewReaderForm, place: Place) -> int:
    """Register once for this form, however often it is sent, and return the reader's number."""
    told = form.cleaned_data
    staff: User = request.user  # type: ignore[assignment]  # signed in: the permission says so
    return once(  # type: ignore[no-any-return]  # what the verb answered
        f"user:{staff.pk}",
        told["request_key"],
        "register_reader",
        {"given_name": told["given_name"], "family_name": told["family_name"], "born_on": told["born_on"]},
        lambda: (
            register_reader(
                form.person(),
                document=form.document_seen(),
                although_alike="although_alike" in request.POST,
                actor=staff,
                place_code=place.code,
            ).pk
        ),
    )


@at_desk
def correct(request: Request, place: Place, reader_id: int) -> HttpResponse:
    """Show what is known of a reader in a form, and write what is right."""
    reader = reader_of(reader_id)
    if request.method != "POST":
        note_view(request.user, reader, "desk: correct")  # type: ignore[arg-type]  # signed in
        return _form(request, place, _("Correct the data"), {"form": _filled(reader), "reader": reader})
    form = CorrectForm(request.POST, reader=reader)
    context: dict[str, Any] = {"form": form, "reader": reader}
    if form.is_valid():
        drops = form.cleaned_data.get("drops_tax_code", False)
        try:
            correct_reader(
                reader,
                form.person(),
                drops_tax_code=drops,
                actor=request.user,  # type: ignore[arg-type]
                place_code=place.code,
            )
        except TaxCodeTaken as refusal:
            form.add_error("tax_code", str(refusal))
        except DomainError as refusal:
            context["refusal"] = refusal
        else:
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(reverse("admin:reader", args=[reader.pk]))
    return _form(request, place, _("Correct the data"), context, status=422)


def _filled(reader: Reader) -> CorrectForm:
    names = ("given_name", "family_name", "born_on", "municipio", "phone", "category")
    return CorrectForm(reader=reader, initial={name: getattr(reader, name) for name in names})


def _form(request: Request, place: Place, title: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    return desk_page(request, "loans/readers/form.html", title, context, place=place, status=status)
