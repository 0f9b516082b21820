"""What people ask of the network of condominium libraries: which ones to see, and to open one."""

from __future__ import annotations

import secrets
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

MUNICIPI = [("", _("all of Milan")), *((number, str(number)) for number in range(1, 10))]


class NetworkForm(forms.Form):
    """Which condominium libraries to show; what is not asked narrows nothing."""

    municipio = forms.TypedChoiceField(
        label=_("Municipio"), choices=MUNICIPI, coerce=int, empty_value=None, required=False
    )
    now = forms.BooleanField(label=_("Open now"), required=False)
    all_welcome = forms.BooleanField(label=_("Not for residents only"), required=False)


def _form_key() -> str:
    return secrets.token_urlsafe(16)


class StartForm(forms.Form):
    """A request to open a library in one's building; the hidden key makes the same form sent twice one request."""

    request_key = forms.CharField(widget=forms.HiddenInput, max_length=64, initial=_form_key)
    name = forms.CharField(label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(
        label=_("E-mail address"), required=False, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    phone = forms.CharField(
        label=_("Telephone"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "type": "tel"}),
        help_text=_("We need one of the two to answer you."),
    )
    address = forms.CharField(
        label=_("Address of the building"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
    )
    municipio = forms.TypedChoiceField(
        label=_("Municipio"),
        choices=[("", _("I do not know")), *MUNICIPI[1:]],
        coerce=int,
        empty_value=None,
        required=False,
    )
    text = forms.CharField(
        label=_("How you imagine it"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Which room, who would keep it open, whether there are books already, what the house says."),
    )

    def clean(self) -> dict[str, Any]:
        """Ask for one way to answer."""
        cleaned = super().clean() or {}
        if not self.errors and not cleaned.get("email") and not cleaned.get("phone"):
            self.add_error("email", _("Write an e-mail address or a telephone number: else nobody can answer you."))
        return cleaned
