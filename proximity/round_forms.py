"""What a driver sends from a stop: a crate that was scanned or pressed, or how many went and stayed."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.formats import time_format
from django.utils.translation import gettext_lazy as _

from branches.devices import normalised_code
from loans.counts import MOST_COUNTED
from proximity.forms import KeyedForm, typed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from loans.carrying import Halt


NUMBER_MISSING = _("Type how many crates there were, 0 if there was none.")
COUNTED: dict[str, Any] = {
    "min_value": 0,
    "max_value": MOST_COUNTED,
    "error_messages": {"required": NUMBER_MISSING, "invalid": NUMBER_MISSING},
}


class RoundForm(KeyedForm):
    """A form that makes one act of what it says, however often it is sent."""

    def key_for(self, *said: object) -> str:
        """Return the request key: of this form and of what it says, so that the next scan into it is another act."""
        digest = hashlib.sha256(":".join(map(str, said)).encode()).hexdigest()[:16]
        return f"{self.cleaned_data['key']}-{digest}"


class PressedForm(RoundForm):
    """The button of one crate."""

    crate = forms.CharField(widget=forms.HiddenInput, max_length=60)


class StopForm(RoundForm):
    """A form of one of the stops of the driver's day."""

    stop = forms.TypedChoiceField(
        label=_("You are at"), coerce=int, error_messages={"invalid_choice": _("Choose a stop of today's round.")}
    )

    def __init__(self, *args: Any, halts: Iterable[Halt], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.halts = {halt.stop.pk: halt for halt in halts}
        self.fields["stop"].choices = [  # type: ignore[attr-defined]
            (pk, f"{time_format(halt.stop.arrives, 'H:i')} {halt.stop.place}") for pk, halt in self.halts.items()
        ]

    @property
    def halt(self) -> Halt:
        """Return the stop that was chosen; the form is valid."""
        return self.halts[self.cleaned_data["stop"]]


class CrateForm(StopForm):
    """A crate in the driver's hand: what stands sealed there goes along, what goes there is left."""

    crate = forms.CharField(
        label=_("Code of the crate"),
        widget=typed(autofocus="", enterkeyhint="done"),
        max_length=60,
        error_messages={"required": _("Scan the crate, or type its letters and digits.")},
    )

    def clean_crate(self) -> str:
        """Return the code as it is printed."""
        return normalised_code(self.cleaned_data["crate"])


class CallForm(StopForm):
    """How many crates the driver has left and taken along."""

    stop = forms.TypedChoiceField(coerce=int, widget=forms.HiddenInput)
    left = forms.IntegerField(label=_("Crates left here today"), **COUNTED)
    taken = forms.IntegerField(label=_("Crates taken along today"), **COUNTED)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("left", "taken"):
            self.fields[name].widget.attrs["inputmode"] = "numeric"
