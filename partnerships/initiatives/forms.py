"""What readers ask of the list of initiatives, and fill in to book."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from milanolib import clock
from partnerships.initiatives.errors import TooManyTogether
from partnerships.models import ForWhom, InitiativeKind, SpokenLanguage

AHEAD = dt.timedelta(days=365)
SPANS = {"oggi": dt.timedelta(days=1), "settimana": dt.timedelta(days=7), "mese": dt.timedelta(days=31)}
WHEN = [("", _("any day")), ("oggi", _("today")), ("settimana", _("this week")), ("mese", _("within a month"))]
FITS = {  # who asks for what is made for one of these is shown the others too
    ForWhom.CHILDREN.value: (ForWhom.CHILDREN, ForWhom.FAMILIES),
    ForWhom.FAMILIES.value: (ForWhom.FAMILIES, ForWhom.CHILDREN, ForWhom.EVERYBODY),
    ForWhom.TEENAGERS.value: (ForWhom.TEENAGERS, ForWhom.EVERYBODY),
    ForWhom.ADULTS.value: (ForWhom.ADULTS, ForWhom.EVERYBODY),
    ForWhom.EVERYBODY.value: (ForWhom.EVERYBODY,),
}


class InitiativesForm(forms.Form):
    """Which initiatives: when, for whom, of what kind, in which language, reached and understood how."""

    quando = forms.ChoiceField(label=_("When"), required=False, choices=WHEN)
    per = forms.ChoiceField(label=_("For whom"), required=False, choices=[("", _("anybody")), *ForWhom.choices])
    tipo = forms.ChoiceField(label=_("What"), required=False, choices=[("", _("anything")), *InitiativeKind.choices])
    lingua = forms.ChoiceField(
        label=_("Spoken"), required=False, choices=[("", _("any language")), *SpokenLanguage.choices]
    )
    senza_gradini = forms.BooleanField(label=_("Only where there is no step"), required=False)
    lis = forms.BooleanField(label=_("Only with sign language"), required=False)

    def until(self) -> dt.datetime:
        """Return the instant before which the asked dates begin."""
        today = clock.today()
        asked = self.cleaned_data["quando"] if self.is_valid() else ""
        return clock.start_of(today + SPANS.get(asked, AHEAD))

    def condition(self) -> Q:
        """Return what dates must be to be shown; everything while nothing sensible was asked."""
        if not self.is_valid():
            return Q()
        asked = self.cleaned_data
        found = Q()
        if asked["per"]:
            found &= Q(initiative__audience__in=FITS[asked["per"]])
        if asked["tipo"]:
            found &= Q(initiative__kind=asked["tipo"])
        if asked["lingua"]:
            found &= Q(initiative__language=asked["lingua"])
        if asked["senza_gradini"]:
            of_the_library = Q(initiative__step_free=None, initiative__venue="", initiative__place__step_free=True)
            found &= Q(initiative__step_free=True) | of_the_library
        if asked["lis"]:
            found &= Q(initiative__sign_language=True)
        return found


class PlacesForm(forms.Form):
    """How many come: adults and children, at most so many together."""

    adults = forms.IntegerField(label=_("Adults"), min_value=0, initial=1)
    children = forms.IntegerField(label=_("Children"), min_value=0, initial=0)

    def __init__(self, *args: Any, most: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.most = most
        for name in ("adults", "children"):
            self.fields[name].max_value = most  # type: ignore[attr-defined]
            self.fields[name].widget.attrs |= {"max": most, "inputmode": "numeric"}

    def clean(self) -> dict[str, Any]:
        """Refuse nobody, and more than one booking may have."""
        cleaned: dict[str, Any] = super().clean() or {}
        people = (cleaned.get("adults") or 0) + (cleaned.get("children") or 0)
        if not self.errors and not people:
            self.add_error("adults", _("Say how many of you come."))
        if people > self.most:
            self.add_error("children", TooManyTogether(most=self.most).message % {"most": self.most})
        return cleaned


class BookForm(PlacesForm):
    """Places at a date; who is not signed in gives an e-mail address, which is all that is kept of them."""

    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        help_text=_("For this booking only; erased thirty days after the date."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def __init__(self, *args: Any, own_email: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if own_email:
            del self.fields["email"]


class OnceForm(forms.Form):
    """A form that counts once, however often its button is pressed: it brings a key of its own."""

    request_key = forms.CharField(max_length=32, required=False, widget=forms.HiddenInput(attrs={"id": False}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"initial": {"request_key": uuid.uuid4().hex}} | kwargs)


class DoorForm(OnceForm):
    """What is scanned or typed at the door, and how many came; without a code they have no booking."""

    code = forms.CharField(
        label=_("Ticket or code"),
        max_length=300,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
    )
    people = forms.IntegerField(
        label=_("How many came"),
        min_value=1,
        max_value=100,
        required=False,
        help_text=_("Empty: all of the booking. Without a code: people who have not booked."),
    )

    def clean(self) -> dict[str, Any]:
        """Refuse an empty form: it is a key pressed by mistake."""
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors and not cleaned.get("code") and not cleaned.get("people"):
            self.add_error("code", _("Scan a ticket, or write how many come."))
        return cleaned


class AttendanceForm(forms.Form):
    """How many came to a date that nobody needs to book."""

    people = forms.IntegerField(
        label=_("How many came in all"),
        min_value=1,
        max_value=10_000,
        help_text=_("For the year's figures. Write it again to correct it."),
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )


class TelephoneForm(OnceForm, PlacesForm):
    """A booking that is heard: an e-mail address or a telephone number."""

    contact = forms.CharField(label=_("E-mail address or telephone"), max_length=254)
