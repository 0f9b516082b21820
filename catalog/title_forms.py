"""The cataloguer's form of a title's common fields."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from catalog import languages
from catalog.models import Audience, Format, Material, Role
from catalog.records import Values
from catalog.records.checks import YEARS_AHEAD, isbn_faults
from catalog.records.people import BODY, PERSON
from milanolib import clock

FIRST_YEAR = 1400  # what the reading of records takes for a year
SPARE_PEOPLE = 3
LINES = ("isbns", "subjects")


def one_line(label: Any, most: int = 1000, help_text: Any = "", *, required: bool = False) -> forms.CharField:
    """Return a field for a line of text."""
    widget = forms.TextInput(attrs={"autocomplete": "off"})
    return forms.CharField(label=label, max_length=most, help_text=help_text, required=required, widget=widget)


def many_lines(label: Any, help_text: Any, rows: int = 3) -> forms.CharField:
    """Return a field for some lines of text."""
    widget = forms.Textarea(attrs={"rows": rows, "autocomplete": "off"})
    return forms.CharField(label=label, help_text=help_text, required=False, widget=widget)


class TitleForm(forms.Form):
    """The common fields; `values()` gives them as the record's editing takes them."""

    version = forms.CharField(widget=forms.HiddenInput, required=False)
    title = one_line(_("Title"), required=True)
    subtitle = one_line(_("Subtitle"))
    original_title = one_line(_("Original title"), help_text=_("Of a translation: the title in its first language."))
    responsibility = one_line(
        _("Statement of responsibility"), help_text=_("As it stands in the book; a blank, ; and a blank between parts.")
    )
    edition = one_line(_("Edition"), 300)
    published_in = one_line(_("Place of publication"), 300)
    publisher = one_line(_("Publisher"), 300)
    year = forms.IntegerField(
        label=_("Year"), required=False, widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
    )
    series = one_line(_("Series"), 500)
    series_number = one_line(_("Number in the series"), 40)
    language = forms.ChoiceField(label=_("Language"), required=False)
    material = forms.ChoiceField(label=_("Material"), choices=Material.choices)
    audience = forms.ChoiceField(label=_("For whom"), choices=Audience.choices)
    formats = forms.MultipleChoiceField(
        label=_("Easier to read"), choices=Format.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    isbns = many_lines(_("ISBN"), _("One a line, with or without hyphens."), 2)
    dewey = one_line(_("Dewey"), 30)
    subjects = many_lines(
        _("Subjects"), _("One a line; blank, hyphen, blank before a subdivision: Milano - Storia."), 4
    )
    summary = many_lines(_("Summary"), _("In your own words, without telling the end."), 6)

    def __init__(self, *args: Any, now: Values, **kwargs: Any) -> None:
        given = asdict(now)
        for name in LINES:
            given[name] = "\n".join(given[name])
        kwargs["initial"] = {**given, **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        self.now = now
        names = sorted((str(name), code) for code, name in languages.NAMES.items())
        own = [] if now.language in languages.NAMES or not now.language else [(now.language, now.language)]
        choices = [("", _("not known")), *((code, name) for name, code in names), *own]
        self.fields["language"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Bring texts into the shape in which records are read: single blanks, no empty lines."""
        cleaned = super().clean() or {}
        for name, value in cleaned.items():
            if isinstance(value, str) and name != "version":
                lines = [" ".join(line.split()) for line in value.replace("\x00", "").splitlines()]
                cleaned[name] = "\n".join(line for line in lines if line)
        return cleaned

    def clean_isbns(self) -> str:
        """Refuse a new number whose last digit does not fit; those that are there already stay."""
        text: str = self.cleaned_data["isbns"]
        for line in text.splitlines():
            number = " ".join(line.split())
            if number and number not in self.now.isbns:
                for fault in isbn_faults(number.split(" (")[0]):
                    raise forms.ValidationError(fault)
        return text

    def clean_year(self) -> int | None:
        """Refuse a year in which nothing of ours was printed."""
        year: int | None = self.cleaned_data["year"]
        last = clock.today().year + YEARS_AHEAD
        if year is not None and year != self.now.year and not FIRST_YEAR <= year <= last:
            raise forms.ValidationError(
                _now("The year of publication is between %(first)s and %(last)s.") % {"first": FIRST_YEAR, "last": last}
            )
        return year

    def values(self, people: list[tuple[str, str, str]]) -> Values:
        """Return what was asked for."""
        cleaned = dict(self.cleaned_data)
        cleaned.pop("version")
        for name in LINES:
            cleaned[name] = list(dict.fromkeys(cleaned[name].splitlines()))
        return Values(**{**cleaned, "formats": sorted(cleaned["formats"])}, people=people)


class PersonForm(forms.Form):
    """Somebody who did something for a title."""

    name = one_line(_("Name"), 300)
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.AUTHOR)
    kind = forms.ChoiceField(
        label=_("Person or body"), choices=((PERSON, _("person")), (BODY, _("body"))), initial=PERSON
    )


class BasePeople(forms.BaseFormSet):  # type: ignore[type-arg]  # generic at check time only
    """A row for everybody, and some to spare; who has no name is taken out."""

    def people(self) -> list[tuple[str, str, str]]:
        """Return who is named, each once."""
        rows = [
            (" ".join(row["name"].split()), row["role"], row["kind"]) for row in self.cleaned_data if row.get("name")
        ]
        return list(dict.fromkeys(rows))


PeopleForms = forms.formset_factory(PersonForm, formset=BasePeople, extra=SPARE_PEOPLE)


def people_forms(data: Any, now: Values) -> BasePeople:
    """Return the rows of a title's people, as they are or as they were sent."""
    initial = [{"name": name, "role": role, "kind": kind} for name, role, kind in now.people]
    return PeopleForms(data, prefix="people", initial=initial)  # type: ignore[return-value]  # a class made by a factory
