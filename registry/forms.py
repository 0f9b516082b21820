"""What people and librarians fill in."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loans.models import Hold
from milanolib import clock
from registry.certificates import certificates
from registry.errors import LastDayBeforeFirst

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

    from registry.slots import Slot

KEY_FORMAT = "%Y%m%dT%H%MZ"
DAYS = (dt.date(2020, 1, 1), dt.date(2199, 12, 31))  # what is outside was mistyped


def instant_of(key: str) -> dt.datetime | None:
    """Return the instant that a slot's key names; None for anything else."""
    try:
        return dt.datetime.strptime(key, KEY_FORMAT).replace(tzinfo=dt.UTC)
    except ValueError:
        return None


def words_for(slot: Slot, *, has_day: bool = False) -> str:
    """Return how a slot is offered: its time, where it stands alone its day too, and whether a librarian helps."""
    time = date_format(clock.local(slot.starts), "l j F, H:i" if has_day else "H:i")
    if slot.is_assisted:
        return _("%(time)s, with help") % {"time": time}
    return time


def _kinds(nothing: str) -> list[tuple[str, str]]:
    """Return the kinds of certificates to choose from, after what is chosen where nothing is said."""
    return [("", nothing), *((code, one.name.text) for code, one in certificates().items())]


def _not_said() -> list[tuple[str, str]]:
    return _kinds(_("not said"))


class SlotForm(forms.Form):
    """One of the slots of a day."""

    slot = forms.CharField(
        label=gettext_lazy("Time"),
        help_text=gettext_lazy("“With help”: a librarian helps you at the workstation."),
        widget=forms.RadioSelect(attrs={"class": "ml-times"}),
        error_messages={"required": gettext_lazy("Choose a time.")},
    )

    def __init__(self, *args: Any, slots: Sequence[Slot] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        self.offer(slots)

    def offer(self, slots: Sequence[Slot], *, another: Slot | None = None) -> None:
        """Show these slots of a day to choose from, and one of another day; of help only where somebody helps."""
        choices = [(slot.key, words_for(slot)) for slot in slots]
        if another is not None:
            choices.append((another.key, words_for(another, has_day=True)))
        field: Any = self.fields["slot"]
        field.widget.choices = choices
        if not any(slot.is_assisted for slot in (*slots, another) if slot is not None):
            field.help_text = ""

    def clean_slot(self) -> dt.datetime:
        """Return the instant; whether it is a slot the verb says, and offers another where it is not."""
        starts = instant_of(self.cleaned_data["slot"])
        if starts is None:
            raise forms.ValidationError(_("Choose a time."))
        return starts


class OwnReservations(forms.ModelMultipleChoiceField):
    """Reservations of who is signed in, by their titles and where they are to be collected as yet."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, hold: Any) -> str:
        """Return the title, and the point that it leaves."""
        return _("%(title)s, now at %(place)s") % {"title": hold.work, "place": hold.pickup_place}


class BookingForm(SlotForm):
    """A slot for somebody with an e-mail address; who is signed in is asked for none."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        help_text=gettext_lazy("Only to tell you of this booking. It is erased thirty days after your visit."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    certificate = forms.ChoiceField(
        label=gettext_lazy("Which certificate?"),
        required=False,
        help_text=gettext_lazy("Only counted, never kept with your booking."),
    )

    together = OwnReservations(
        label=gettext_lazy("Collect here too, in one trip"),
        queryset=Hold.objects.none(),
        required=False,
        help_text=gettext_lazy("These reservations are to be collected elsewhere as yet. Tick what shall come here."),
    )

    def __init__(
        self, *args: Any, own_email: str = "", elsewhere: QuerySet[Hold] | None = None, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        if elsewhere:
            self.fields["together"].queryset = elsewhere  # type: ignore[attr-defined]
        else:
            del self.fields["together"]
        self.fields["certificate"].choices = _kinds(_("I would rather not say"))  # type: ignore[attr-defined]
        if own_email:
            del self.fields["email"]


class WaitForm(forms.Form):
    """To be told when a slot of a full day is free."""

    email = BookingForm.base_fields["email"]


class WalkInForm(forms.Form):
    """Which certificate somebody wants who walks in, if they say so."""

    certificate = forms.ChoiceField(
        label=gettext_lazy("Which certificate?"),
        required=False,
        choices=_not_said,
        help_text=gettext_lazy("Only counted, by the month."),
    )


class TelephoneForm(SlotForm):
    """A slot for somebody on the telephone."""

    slot = forms.CharField(label=gettext_lazy("Time"), widget=forms.Select)
    contact = forms.CharField(label=gettext_lazy("Telephone or e-mail address"), max_length=254)
    certificate = WalkInForm.base_fields["certificate"]


class BlockForm(forms.Form):
    """Hours of a day in which nobody can book."""

    starts = forms.TimeField(label=gettext_lazy("From"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    ends = forms.TimeField(label=gettext_lazy("To"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    reason = forms.CharField(label=gettext_lazy("Reason"), required=False, max_length=200)


class DayField(forms.DateField):
    """A civil day that somebody types or picks."""

    widget = forms.DateInput({"type": "date"}, "%Y-%m-%d")
    default_validators = [MinValueValidator(DAYS[0]), MaxValueValidator(DAYS[1])]


class MoveForm(forms.Form):
    """Days whose bookings all get another slot."""

    first = DayField(label=gettext_lazy("First day"))
    last = DayField(label=gettext_lazy("Last day"))
    sure = forms.BooleanField(
        label=gettext_lazy("Each gets the first free slot after the last day, and one letter"),
        error_messages={"required": gettext_lazy("Tick that you are sure; nothing was moved.")},
    )

    def clean(self) -> dict[str, Any]:
        """Say beside the last day when it comes before the first."""
        cleaned = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and last < first:
            self.add_error("last", str(LastDayBeforeFirst()))
        return cleaned
