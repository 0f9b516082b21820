"""Forms of the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Case, Value, When
from django.utils.translation import gettext_lazy as _

from branches.models import Device, DeviceKind, Place, PlaceKind
from catalog.models import Copy, Title
from loans.boxes import boxes_of
from loans.deposit_errors import CountUnreadable, StayBackwards
from loans.deposits import condominiums
from loans.desk_reads import partner_points
from loans.models import Deposit, Hold, Task
from loans.states import GroupKind, HoldLevel
from milanolib import clock

if TYPE_CHECKING:
    import datetime as dt

    from django.http import QueryDict

MOST_COUNTED = 9999
MINUTE = "%Y-%m-%dT%H:%M"  # as browsers show and send a time


class AnswerForm(forms.Form):
    """What a librarian did about a task."""

    answer = forms.CharField(
        label=_("What was done"),
        max_length=Task._meta.get_field("answer").max_length,  # noqa: SLF001  Django's public way to a field
        help_text=_("In a few words, without a reader's name."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class PointField(forms.ModelChoiceField):
    """One of the points where a reader may collect, by name and address."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=Place.objects.none(), to_field_name="code", **kwargs)

    def label_from_instance(self, obj: Place) -> str:  # type: ignore[override]
        """Return name and address."""
        return ", ".join(part for part in (obj.name, obj.address) if part)


class PointForm(forms.Form):
    """Where a reservation is collected; `kinds` are those that the reader's rule allows, none means all."""

    pickup = PointField(label=_("To be collected at"), empty_label=None)

    def __init__(self, *args: Any, kinds: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        libraries_first = Case(When(kind=PlaceKind.BRANCH, then=Value(0)), default=Value(1))
        points = Place.objects.pickup_points(clock.today()).order_by(libraries_first, "kind", "name")
        self.fields["pickup"].queryset = points.filter(kind__in=kinds) if kinds else points  # type: ignore[attr-defined]


class ReserveForm(PointForm):
    """What is reserved, and where it is collected; which volume or which copy is asked next."""

    level = forms.ChoiceField(
        label=_("What"),
        choices=[
            (HoldLevel.TITLE.value, HoldLevel.TITLE.label),
            (HoldLevel.WORK.value, HoldLevel.WORK.label),
            (HoldLevel.VOLUME.value, _("one volume")),
            (HoldLevel.COPY.value, _("one copy")),
        ],
        initial=HoldLevel.TITLE,
    )
    title = forms.ModelChoiceField(
        queryset=Title.objects.filter(merged_into=None).defer("record", "summary"), widget=forms.HiddenInput
    )
    volume = forms.CharField(
        max_length=Hold._meta.get_field("volume").max_length,  # noqa: SLF001  Django's public way to a field
        required=False,
        widget=forms.HiddenInput,
    )
    copy = forms.ModelChoiceField(queryset=Copy.objects.all(), required=False, widget=forms.HiddenInput)
    field_order = ["pickup", "level", "title", "volume", "copy"]


class TogetherForm(PointForm):
    """Titles that are reserved together, how they belong together, and where they are collected."""

    together = forms.ModelMultipleChoiceField(
        queryset=Title.objects.filter(merged_into=None).defer("record", "summary"), required=False
    )
    kind = forms.ChoiceField(choices=GroupKind.choices)


class EmptyingForm(forms.Form):
    """Which box or bag was emptied, and when."""

    place = forms.ModelChoiceField(
        label=_("Box or bag"), queryset=Place.objects.none(), empty_label=_("Choose what was emptied")
    )
    emptied_at = forms.DateTimeField(
        label=_("When it was emptied"),
        help_text=_("What is found in it next time was dropped after this."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MINUTE),
    )

    def __init__(self, *args: Any, served_by: Place, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].queryset = boxes_of(served_by)  # type: ignore[attr-defined]
        self.fields["emptied_at"].initial = clock.local(clock.now()).strftime(MINUTE)


class InviteForm(forms.Form):
    """A phone, or a partner's own software, for a point that this branch serves."""

    kind = forms.ChoiceField(
        label=_("For"),
        choices=[
            (DeviceKind.PARTNER_PHONE, _("A phone, with an activation code")),
            (DeviceKind.PARTNER_SOFTWARE, _("The partner's own software, with a token")),
        ],
        initial=DeviceKind.PARTNER_PHONE,
    )
    place = forms.ModelChoiceField(label=_("Point"), queryset=Place.objects.none(), empty_label=_("Choose the point"))
    name = forms.CharField(
        label=_("Name of the phone or program"),
        max_length=80,
        help_text=_("How you will know it again, such as: Marco's phone."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, served_by: Place, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].queryset = partner_points(served_by)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuse a name that a live device of the point bears: a page sent twice must not make two."""
        cleaned = super().clean() or {}
        place, name = cleaned.get("place"), cleaned.get("name")
        if place and name and Device.objects.filter(place=place, name__iexact=name, revoked_at=None).exists():
            self.add_error(
                "name", _("This point already has a device with this name. Revoke it, or choose another name.")
            )
        return cleaned


class DepositForm(forms.Form):
    """A deposit is begun."""

    name = forms.CharField(
        label=_("Name of the new deposit"),
        max_length=Deposit._meta.get_field("name").max_length,  # noqa: SLF001  Django's public way to a field
        help_text=_("As you will call it, for instance “Noir, autumn”."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class DepositStayForm(forms.Form):
    """Where a deposit is to be, from which day to which."""

    place = PointField(label=_("Condominium library"))
    from_on = forms.DateField(label=_("From"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    until_on = forms.DateField(label=_("Last day"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].queryset = condominiums(clock.today()).order_by("name")  # type: ignore[attr-defined]


class CountForm(forms.Form):
    """How many books were counted."""

    counted = forms.IntegerField(label=_("How many books there are"), min_value=0, max_value=MOST_COUNTED)

    @classmethod
    def number_in(cls, said: QueryDict) -> int | None:
        """Return the number that was sent, None where the field was left empty. Raises CountUnreadable."""
        form = cls(said)
        form.fields["counted"].required = False
        if not form.is_valid():
            raise CountUnreadable
        number: int | None = form.cleaned_data["counted"]
        return number


class LastDayForm(forms.Form):
    """Until when a deposit stays."""

    until_on = forms.DateField(label=_("Last day"))

    @classmethod
    def day_in(cls, said: QueryDict) -> dt.date:
        """Return the day that was sent. Raises StayBackwards."""
        form = cls(said)
        if not form.is_valid():
            raise StayBackwards
        day: dt.date = form.cleaned_data["until_on"]
        return day
