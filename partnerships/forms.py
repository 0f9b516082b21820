"""What readers ask of the list of agreements, and what institutions write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext_lazy as _

from partnerships.models import InstitutionKind, OfferKind

if TYPE_CHECKING:
    from partnerships.models import Agreement, TextProposal


class AgreementsForm(forms.Form):
    """Which agreements: of what sort of house, with which offer, whether they hold today. All may be left open."""

    tipo = forms.ChoiceField(label=_("Where"), required=False, choices=[("", _("anywhere")), *InstitutionKind.choices])
    offerta = forms.ChoiceField(label=_("What"), required=False, choices=[("", _("any offer")), *OfferKind.choices])
    oggi = forms.BooleanField(label=_("Only what holds today"), required=False)


def _line(label: object, **options: object) -> forms.CharField:
    return forms.CharField(label=label, max_length=120, **options)  # type: ignore[arg-type]  # a form's own options


def _area(label: object, **options: object) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 5})
    return forms.CharField(label=label, max_length=2000, widget=widget, **options)  # type: ignore[arg-type]  # as above


class ProposalForm(forms.Form):
    """Title and terms by language, as an institution would write them."""

    title_it = _line(_("Title, Italian"))
    title_en = _line(_("Title, English"), required=False)
    terms_it = _area(_("Terms, Italian"))
    terms_en = _area(_("Terms, English"), required=False)
    note = forms.CharField(
        label=_("A word for the library"),
        required=False,
        max_length=600,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Readers never see it."),
    )

    @staticmethod
    def initial_of(source: Agreement | TextProposal) -> dict[str, str]:
        """Return what stands there now, to begin with."""
        names = [(name, language) for name in ("title", "terms") for language in ("it", "en")]
        return {f"{name}_{language}": getattr(source, name).get(language, "") for name, language in names} | {
            "note": getattr(source, "note", "")
        }

    def texts(self) -> dict[str, dict[str, str]]:
        """Return title and terms by language, without what is empty."""
        return {
            name: {
                language: self.cleaned_data[f"{name}_{language}"]
                for language in ("it", "en")
                if self.cleaned_data[f"{name}_{language}"]
            }
            for name in ("title", "terms")
        }
