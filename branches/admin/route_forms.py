"""What may be written about the van: a route with its calls, and what becomes of one dated round."""

from itertools import pairwise

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from branches.models import Round, Route, RouteCall, Weekday
from branches.rounds import FEWEST_CALLS, refuse_move
from milanolib.errors import DomainError
from milanolib.registers import NamedRows


class RouteForm(forms.ModelForm):
    """A route: its weekdays as boxes to tick."""

    weekdays = forms.TypedMultipleChoiceField(
        label=_("Weekdays"), choices=Weekday.choices, coerce=int, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = Route
        fields = ["name", "hub", "vehicle", "weekdays", "valid_from", "valid_to", "is_active", "is_off_on_holidays"]


class RouteCallForm(forms.ModelForm):
    """A call: without a time of departure the van leaves at once."""

    departs = forms.TimeField(
        label=_("Departs"), required=False, widget=forms.TextInput(attrs={"size": "8", "aria-label": _("Departs")})
    )

    def clean(self):
        cleaned = super().clean()
        arrives, departs = cleaned.get("arrives"), cleaned.get("departs")
        cleaned["departs"] = departs or arrives
        if arrives and departs and departs < arrives:
            self.add_error("departs", _("The van cannot leave before it has arrived."))
        return cleaned

    def validate_constraints(self):
        """Leave it to the rows together: each alone would be compared with what the others were before."""

    class Meta:
        model = RouteCall
        fields = ["place", "arrives", "departs"]
        widgets = {"arrives": forms.TextInput(attrs={"size": "8"})}


class RouteCallFormSet(NamedRows):
    """The calls of a route: the van is at one place at a time, and a round brings something somewhere."""

    def clean(self):
        super().clean()
        if any(self.errors):
            return
        rows = [form.cleaned_data for form in self.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]
        rows.sort(key=lambda row: row["arrives"])
        if len(rows) < FEWEST_CALLS:
            raise ValidationError(_("A route calls at two places at least."))
        for first, second in pairwise(rows):
            if second["arrives"] < first["departs"]:
                raise ValidationError(
                    _("The van is still at %(first)s when it should be at %(second)s (%(time)s). Change one.")
                    % {
                        "first": first["place"],
                        "second": second["place"],
                        "time": f"{second['arrives']:%H:%M}",
                    }
                )
        hub = self.instance.hub_id
        if hub is not None and hub not in {row["place"].pk for row in rows}:
            raise ValidationError(
                _("The van never calls where copies are sorted. Add a call there, or choose another place.")
            )


class RoundForm(forms.ModelForm):
    """One dated round: another day, or not at all, and why."""

    is_cancelled = forms.BooleanField(label=_("Cancelled"), required=False)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=_("Kept with your name. Needed when you cancel the round or move it."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["is_cancelled"] = self.instance.cancelled_at is not None

    def clean(self):
        cleaned = super().clean()
        if self.errors or not {"on", "is_cancelled"} & set(self.changed_data):
            return cleaned
        try:
            refuse_move(Round.objects.get(pk=self.instance.pk), cleaned["on"])
        except DomainError as refusal:
            self.add_error("on", str(refusal))
        is_restored = self.changed_data == ["is_cancelled"] and not cleaned["is_cancelled"]
        if not cleaned["reason"] and not is_restored:
            self.add_error("reason", _("Say why, in a few words."))
        return cleaned

    class Meta:
        model = Round
        fields = ["on"]
