"""Forms of the reader's own pages."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from milanolib import clock

USUAL_DELEGATION = dt.timedelta(days=182)


class DayInput(forms.DateInput):
    """A day, chosen in the browser's own calendar; typed where there is none."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class DelegationForm(forms.Form):
    """Who collects, and from when until when."""

    name = forms.CharField(
        label=_("Name of the person"),
        max_length=100,
        help_text=_("As on their card, or on the document that they will show."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    card_number = forms.CharField(
        label=_("Number of their card"),
        max_length=30,
        required=False,
        help_text=_("Leave it empty if they have none: then they show a document."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    valid_from = forms.DateField(label=_("From"), widget=DayInput)
    valid_until = forms.DateField(label=_("Until, that day included"), widget=DayInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        today = clock.today()
        kwargs.setdefault("initial", {"valid_from": today, "valid_until": today + USUAL_DELEGATION})
        super().__init__(*args, **kwargs)


class PauseForm(forms.Form):
    """Until when others go first."""

    until = forms.DateField(
        label=_("The day on which you want to take part again"),
        widget=DayInput,
        help_text=_("Until then others go before you; you keep your turn."),
    )


class LastDayForm(forms.Form):
    """After which day it is no longer of use."""

    day = forms.DateField(
        label=_("The last day on which you still want it"),
        widget=DayInput,
        required=False,
        help_text=_("After it the reservation ends by itself. Leave it empty if there is none."),
    )
