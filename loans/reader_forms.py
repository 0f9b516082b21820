"""Forms of the desk about readers."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.encryption import seal_tax_code
from accounts.errors import TaxCodeInvalid
from accounts.forms import MUNICIPI
from accounts.issuing import Document, Person
from accounts.models import DeskNote, DocumentKind, Reader, ReaderCategory
from accounts.policy import is_birthday_possible
from milanolib import clock

# Where most readers of Milan with a document from abroad come from; any other code of a document is taken as well.
COUNTRIES = {
    "ITA": _("Italy"),
    "ALB": _("Albania"),
    "BGD": _("Bangladesh"),
    "BRA": _("Brazil"),
    "CHN": _("China"),
    "ECU": _("Ecuador"),
    "EGY": _("Egypt"),
    "FRA": _("France"),
    "D": _("Germany"),
    "IND": _("India"),
    "MAR": _("Morocco"),
    "PAK": _("Pakistan"),
    "PER": _("Peru"),
    "PHL": _("Philippines"),
    "ROU": _("Romania"),
    "RUS": _("Russia"),
    "SEN": _("Senegal"),
    "ESP": _("Spain"),
    "LKA": _("Sri Lanka"),
    "UKR": _("Ukraine"),
    "GBR": _("United Kingdom"),
    "USA": _("United States"),
}


def line(label: Any, most: int, help_text: Any = "", *, required: bool = True, **attrs: str) -> forms.CharField:
    """Return a field for a line of text that the browser does not remember: the computer serves many readers."""
    widget = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", **attrs})
    return forms.CharField(label=label, max_length=most, help_text=help_text, required=required, widget=widget)


def _most(name: str) -> int:
    return Reader._meta.get_field(name).max_length or 0  # type: ignore[union-attr]  # noqa: SLF001  a field of text


class PersonForm(forms.Form):
    """Who somebody is; only one name is needed."""

    given_name = line(_("Given name"), _most("given_name"), _("The only name, if there is a single one."))
    family_name = line(_("Family name"), _most("family_name"), required=False)
    born_on = forms.DateField(
        label=_("Date of birth"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "autocomplete": "off"}),
    )
    municipio = forms.TypedChoiceField(
        label=_("Municipio"), choices=MUNICIPI, coerce=int, empty_value=None, required=False
    )
    phone = line(_("Telephone"), _most("phone"), required=False, inputmode="tel")
    category = forms.ChoiceField(
        label=_("Category"), choices=ReaderCategory.choices, initial=ReaderCategory.PERSON, required=False
    )
    tax_code = line(
        _("Codice fiscale"),
        20,
        _("Scan the health card, or leave it empty: nobody needs one."),
        required=False,
        autocapitalize="characters",
    )

    def clean_tax_code(self) -> str:
        """Refuse what is no codice fiscale."""
        code: str = self.cleaned_data["tax_code"]
        if code:
            try:
                seal_tax_code(code)
            except TaxCodeInvalid as refusal:
                raise forms.ValidationError(str(refusal)) from refusal
        return code

    def clean_born_on(self) -> Any:
        """Refuse a day on which nobody alive was born."""
        born_on = self.cleaned_data["born_on"]
        if born_on is not None and not is_birthday_possible(born_on, clock.today()):
            raise forms.ValidationError(_("The date of birth cannot be right. Check day, month and year."))
        return born_on

    def person(self) -> Person:
        """Return what was told."""
        told = {name: self.cleaned_data[name] for name in Person.__dataclass_fields__}
        return Person(**{**told, "category": told["category"] or ReaderCategory.PERSON})


class DocumentForm(forms.Form):
    """Which document was seen; its number is not asked for."""

    document_kind = forms.ChoiceField(label=_("Document seen"), choices=[("", _("Choose")), *DocumentKind.choices])
    document_country = line(
        _("Country of the document"),
        3,
        _("The letters printed on it, such as ITA, PER or PHL."),
        autocapitalize="characters",
        list="countries",
        size="5",
    )

    def clean_document_country(self) -> str:
        """Take one to three letters, as passports print them."""
        country: str = self.cleaned_data["document_country"].upper()
        if country and not (country.isascii() and country.isalpha()):
            raise forms.ValidationError(_("Write the country as up to three letters, such as ITA."))
        return country

    def document(self) -> Document:
        """Return what was seen."""
        return Document(self.cleaned_data["document_kind"], self.cleaned_data["document_country"])


class NewReaderForm(DocumentForm, PersonForm):
    """A reader who stands at the desk."""

    request_key = forms.CharField(max_length=32, widget=forms.HiddenInput)
    # a scanner ends with Enter, which sends the form: what is scanned stands last
    field_order = [
        "given_name",
        "family_name",
        "born_on",
        "phone",
        "municipio",
        "category",
        "document_kind",
        "document_country",
        "tax_code",
    ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"request_key": uuid.uuid4().hex, "document_country": "ITA", **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        kind = self.fields["document_kind"]
        kind.required = self.fields["document_country"].required = False
        kind.choices = [("", _("none yet: the card is provisional")), *DocumentKind.choices]  # type: ignore[attr-defined]
        kind.help_text = _("Of a child, the document of the parent.")

    def clean(self) -> dict[str, Any]:
        """Ask for the country of a document that was seen."""
        cleaned = super().clean() or {}
        if cleaned.get("document_kind") and not cleaned.get("document_country", "x"):
            self.add_error("document_country", _("Write the country of the document too."))
        return cleaned

    def document_seen(self) -> Document | None:
        """Return the document, None when none was seen."""
        return self.document() if self.cleaned_data["document_kind"] else None


class CorrectForm(PersonForm):
    """What a reader says is right. The codice fiscale on record is never shown."""

    drops_tax_code = forms.BooleanField(label=_("Take the codice fiscale on record away"), required=False)

    def __init__(self, *args: Any, reader: Reader, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if reader.tax_code_hash:
            self.fields["tax_code"].help_text = _("One is on record. Leave this empty to keep it.")
        else:
            del self.fields["drops_tax_code"]


class NoteForm(forms.Form):
    """A word for the colleagues."""

    text = line(
        _("Note for the desk"),
        DeskNote._meta.get_field("text").max_length or 0,  # noqa: SLF001  as above
        _("Only what helps to serve; the reader may ask to read it."),
    )


class GuardianForm(forms.Form):
    """Whose sign-in opens a child's card."""

    guardian = line(_("Guardian's card number or e-mail address"), 254, autocapitalize="none")


class CloseForm(forms.Form):
    """Why a card is closed."""

    reason = line(_("Why"), 200, _("In a few words, without a name."), required=False)


class SearchForm(forms.Form):
    """A card or a name."""

    text = line(_("Card number, codice fiscale or name"), 60, autocapitalize="none")
