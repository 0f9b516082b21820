"""What a volunteer writes on the phone about their library."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from loans.models import TaskKind
from milanolib import clock

UNTIL = "%H:%M"
LATEST = dt.time(23, 59)
HOURS_OFFERED = 5
EARLIEST_MINUTES = 20  # an hour that is nearer than this is no offer


def hours_offered(now: dt.datetime) -> list[dt.time]:
    """Return the next full hours of today, for one tap each; none late in the evening. `now` is Milan's wall time."""
    first = (now + dt.timedelta(minutes=EARLIEST_MINUTES)).hour + 1
    return [dt.time(hour) for hour in range(first, min(first + HOURS_OFFERED, 24)) if hour > now.hour]


class UntilForm(forms.Form):
    """Until when the library is open today."""

    until = forms.TimeField(
        label=_("Another hour"),
        input_formats=[UNTIL],
        widget=forms.TimeInput(format=UNTIL, attrs={"type": "time"}),
        error_messages={
            "required": _("Choose until when you are open."),
            "invalid": _("This is no time of day: write it as 17:30."),
        },
    )


class DescribeForm(forms.Form):
    """Hours in plain words, and how many own books."""

    italian = forms.CharField(
        label=_("When you are open, in Italian"),
        required=False,
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For instance: martedì e giovedì pomeriggio, suonare in portineria."),
    )
    english = forms.CharField(
        label=_("The same in English"), required=False, max_length=400, widget=forms.Textarea(attrs={"rows": 3})
    )
    own_books = forms.IntegerField(
        label=_("How many books of your own"), required=False, min_value=0, max_value=1_000_000
    )

    def clean(self) -> dict[str, Any]:
        """Ask for Italian when there is any text: readers of other languages fall back on it."""
        cleaned = super().clean() or {}
        if cleaned.get("english") and not cleaned.get("italian"):
            self.add_error("italian", _("Write the Italian text too: readers of other languages fall back on it."))
        return cleaned


class EventForm(forms.Form):
    """Something that is on at the library."""

    on = forms.DateField(label=_("Day"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    starts = forms.TimeField(label=_("At"), widget=forms.TimeInput(format=UNTIL, attrs={"type": "time"}))
    title = forms.CharField(label=_("Title"), max_length=120, widget=forms.TextInput(attrs={"class": "mp-words"}))
    text = forms.CharField(
        label=_("What it is"), required=False, max_length=600, widget=forms.Textarea(attrs={"rows": 3})
    )

    def clean_on(self) -> dt.date:
        """Refuse a day that nobody plans for."""
        on: dt.date = self.cleaned_data["on"]
        if on > clock.today() + dt.timedelta(days=366):
            raise forms.ValidationError(_("Choose a day within the next year."))
        return on


class DepositCountForm(forms.Form):
    """How many books of a deposit there are."""

    counted = forms.IntegerField(
        label=_("How many books there are"),
        min_value=0,
        max_value=9999,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"required": _("Count the books and write how many there are.")},
    )


class DepositReadyForm(DepositCountForm):
    """How many books of a deposit are ready to go, and from which day on."""

    from_on = forms.DateField(
        label=_("From which day on they can be fetched"),
        initial=clock.today,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("Choose a day."), "invalid": _("Choose a day.")},
    )


class DepositFaultForm(forms.Form):
    """A book of a deposit that is not there, or damaged."""

    barcode = forms.CharField(
        label=_("Barcode of the book"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "class": "mp-words"}),
    )
    what = forms.ChoiceField(
        label=_("What is wrong"),
        choices=[
            (TaskKind.DEPOSIT_MISSING, _("We do not find it")),
            (TaskKind.DEPOSIT_DAMAGED, _("It is damaged")),
        ],
    )

    def clean_what(self) -> TaskKind:
        """Return the kind of the task that it becomes."""
        return TaskKind(self.cleaned_data["what"])
