"""What readers ask of the list of initiatives."""

from __future__ import annotations

import datetime as dt

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from milanolib import clock
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
