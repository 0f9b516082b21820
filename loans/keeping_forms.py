"""Forms about copies."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from branches.models import Place, Size
from catalog.importing.copies import OWNERS
from milanolib import clock


def line(label: Any, most: int, help_text: Any = "", *, required: bool = False) -> forms.CharField:
    """Return a field for a line of text."""
    widget = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
    return forms.CharField(label=label, max_length=most, help_text=help_text, required=required, widget=widget)


class CopyForm(forms.Form):
    """What a library writes about a copy of its own."""

    shelf_mark = line(_("Shelf mark"), 80)
    volume = line(_("Volume"), 40, _("Only of a title in several volumes, such as: 2. Readers choose among them."))
    size = forms.ChoiceField(label=_("Size"), choices=Size.choices, initial=Size.MEDIUM)
    parts_note = line(
        _("Other parts"),
        120,
        _("What goes out and comes back with it, such as: 2 CDs, a map. The desk is asked for it."),
    )
    is_lendable = forms.BooleanField(label=_("Can be borrowed"), required=False, initial=True)


class NewCopyForm(CopyForm):
    """A copy to be added."""

    barcode = line(_("Barcode"), 60, _("Scan the label. Left empty, the copy gets the next free number."))
    is_ready = forms.TypedChoiceField(
        label=_("Now"),
        choices=(("1", _("it stands on the shelf")), ("0", _("it is being prepared; check it in when it is ready"))),
        coerce=lambda value: value == "1",
        initial="1",
        widget=forms.RadioSelect,
    )
    field_order = ["barcode", "shelf_mark", "volume", "size", "parts_note", "is_lendable", "is_ready"]


class RelocateForm(forms.Form):
    """Where a copy belongs from now on."""

    home = forms.ModelChoiceField(
        label=_("Library"), queryset=Place.objects.none(), empty_label=_("Choose the library")
    )
    shelf_mark = line(_("Shelf mark there"), 80)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owners = Place.objects.filter(kind__in=OWNERS, closed_on=None).order_by("name")
        self.fields["home"].queryset = owners  # type: ignore[attr-defined]


class WithdrawForm(forms.Form):
    """Why a copy goes."""

    reason = line(_("Why"), 200, _("In a few words, without a reader's name."), required=True)
    although_waited_for = forms.BooleanField(label=_("Withdraw it although readers wait for it"), required=False)


class NoForm(forms.Form):
    """Nothing is asked."""


class ReasonForm(forms.Form):
    """Why, if there is something to say."""

    reason = line(_("Why"), 200, _("In a few words, without a reader's name."))


class WhatIsWrongForm(forms.Form):
    """What is wrong with a copy."""

    reason = line(_("What is wrong with it"), 200, _("In a few words, without a reader's name."), required=True)


class FinalForm(forms.Form):
    """Why something is done that cannot be undone."""

    reason = line(_("Why"), 200, _("In a few words, without a reader's name."), required=True)
    is_sure = forms.BooleanField(label=_("Yes. This cannot be undone."))

    def clean(self) -> dict[str, Any]:
        """Leave out what was only to be confirmed."""
        cleaned = super().clean() or {}
        cleaned.pop("is_sure", None)
        return cleaned


class ClaimForm(forms.Form):
    """When and where a reader says that a copy was given back."""

    returned_on = forms.DateField(
        label=_("Given back on"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "autocomplete": "off"}),
    )
    place = forms.ModelChoiceField(
        label=_("Given back at"),
        queryset=Place.objects.none(),
        required=False,
        empty_label=_("the reader does not know"),
    )
    reason = line(_("What else is known"), 200, _("In a few words, without a reader's name."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        points = Place.objects.open_to_readers(clock.today()).order_by("name")
        self.fields["place"].queryset = points  # type: ignore[attr-defined]
