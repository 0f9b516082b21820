"""Which rule decides a loan, and why: asked for a copy and a reader, or a kind of reader, at one place on one day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.cards import normalised
from accounts.models import ReaderCategory
from accounts.services import note_view, reader_by_card
from branches.models import Place, PlaceKind
from loans.blocks import blocks_of
from loans.desk_reads import copy_by_barcode
from loans.desk_views.frame import at_desk, desk_page
from loans.explaining import explain_loan
from milanolib import clock
from milanolib.errors import DomainError

if TYPE_CHECKING:
    from django.http import HttpResponse

    from milanolib.http import Request


class RuleQuestionForm(forms.Form):
    """A copy, who would borrow it, where and when."""

    barcode = forms.CharField(label=gettext_lazy("Barcode of the copy"), max_length=60)
    card = forms.CharField(
        label=gettext_lazy("Card of the reader"),
        max_length=30,
        required=False,
        help_text=gettext_lazy("May be left empty; looking at a reader is written down."),
    )
    category = forms.ChoiceField(
        label=gettext_lazy("Reader's category, without a card"),
        choices=ReaderCategory.choices,
        required=False,
    )
    place = forms.ModelChoiceField(
        label=gettext_lazy("Lent at"),
        queryset=Place.objects.exclude(kind__in=[PlaceKind.VEHICLE, PlaceKind.HUB]).order_by("kind", "name"),
    )
    on = forms.DateField(label=gettext_lazy("On"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))


@at_desk
def which_rule(request: Request, place: Place) -> HttpResponse:
    """Ask, and show the rules in the order in which they were weighed. Sent by POST: no card stands in an address."""
    initial = {"place": place.pk, "on": clock.today(), "category": ReaderCategory.PERSON}
    form = RuleQuestionForm(request.POST or None, initial=initial)
    context: dict[str, Any] = {"form": form}
    status = 200
    if form.is_bound:
        if form.is_valid():
            context |= _answer(request, form)
        status = 200 if form.is_valid() else 422
    return desk_page(
        request, "loans/desk/which_rule.html", _("Which rule, and why"), context, place=place, status=status
    )


def _answer(request: Request, form: RuleQuestionForm) -> dict[str, Any]:
    """Return the explanation, or put what was not found on its field."""
    asked = form.cleaned_data
    try:
        copy = copy_by_barcode(asked["barcode"])
    except DomainError as refusal:
        form.add_error("barcode", str(refusal))
        return {}
    reader = None
    if asked["card"]:
        try:
            reader = reader_by_card(normalised(asked["card"]))
        except DomainError as refusal:
            form.add_error("card", str(refusal))
            return {}
        note_view(request.user, reader, "desk: which rule")  # type: ignore[arg-type]  # signed in
    explained = explain_loan(copy, asked["place"], asked["on"], reader=reader, category=asked["category"])
    return {"explained": explained, "blocks": blocks_of(reader) if reader is not None else []}
