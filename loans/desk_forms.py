"""Forms of the desk."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from branches.models import Device, Place
from loans.desk_reads import partner_points
from loans.models import Task


class AnswerForm(forms.Form):
    """What a librarian did about a task."""

    answer = forms.CharField(
        label=_("What was done"),
        max_length=Task._meta.get_field("answer").max_length,  # noqa: SLF001  Django's public way to a field
        help_text=_("In a few words, without a reader's name."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class InviteForm(forms.Form):
    """A phone for a partner's point that this branch serves."""

    place = forms.ModelChoiceField(label=_("Point"), queryset=Place.objects.none(), empty_label=_("Choose the point"))
    name = forms.CharField(
        label=_("Name of the phone"),
        max_length=80,
        help_text=_("How you will know it again, such as: Marco's phone."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, served_by: Place, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].queryset = partner_points(served_by)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuse a name that a live phone of the point bears: a page sent twice must not make two phones."""
        cleaned = super().clean() or {}
        place, name = cleaned.get("place"), cleaned.get("name")
        if place and name and Device.objects.filter(place=place, name__iexact=name, revoked_at=None).exists():
            self.add_error(
                "name", _("This point already has a phone with this name. Revoke it, or choose another name.")
            )
        return cleaned
