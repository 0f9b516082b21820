"""What readers ask of the list of agreements."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from partnerships.models import InstitutionKind, OfferKind


class AgreementsForm(forms.Form):
    """Which agreements: of what sort of house, with which offer, whether they hold today. All may be left open."""

    tipo = forms.ChoiceField(label=_("Where"), required=False, choices=[("", _("anywhere")), *InstitutionKind.choices])
    offerta = forms.ChoiceField(label=_("What"), required=False, choices=[("", _("any offer")), *OfferKind.choices])
    oggi = forms.BooleanField(label=_("Only what holds today"), required=False)
