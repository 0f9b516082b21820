"""Filters of the list of points, by django-filter."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _

from branches.models import NEVER_OPEN_TO_READERS, Place, PlaceKind, Service
from branches.presentation import CALENDAR_AHEAD, Moment
from milanolib import clock

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from branches.querysets import PlaceQuerySet

KINDS = [(kind.value, kind.label) for kind in PlaceKind if kind not in NEVER_OPEN_TO_READERS]
DAYS_AHEAD = CALENDAR_AHEAD - dt.timedelta(days=7)  # hours are fetched so far; a week is left to say when it closes


class PointForm(forms.Form):
    """What is asked of the points. Day and hour are wall time in Milan."""

    def clean(self) -> dict[str, Any]:
        """Refuse a moment that contradicts itself, is past or lies beyond the hours that are settled."""
        cleaned = super().clean() or {}
        day, hour, today = cleaned.get("day"), cleaned.get("hour"), clock.today()
        if cleaned.get("now") and (day or hour):
            self.add_error("day", _("Choose “open now” or a day and an hour, not both."))
        elif day and day < today:
            self.add_error("day", _("This day is past: choose today or a later one."))
        elif day and day > today + DAYS_AHEAD:
            self.add_error("day", _("Choose a day within the next nine weeks: later hours are not settled yet."))
        elif hour and not day and "day" not in self.errors and _instant(today, hour) < clock.now():
            self.add_error("day", _("This hour is past today: choose a day too."))
        return cleaned


class _Ticks(forms.CheckboxSelectMultiple):
    """Several boxes to tick."""

    use_fieldset = True


def _box(label: StrOrPromise, name: str = "") -> django_filters.BooleanFilter:
    return django_filters.BooleanFilter(
        label=label, widget=forms.CheckboxInput, method="if_ticked" if name else "later", field_name=name or None
    )


class PointFilter(django_filters.FilterSet):
    """Where, which kinds, what can be done there, when open; what is not asked narrows nothing.

    Whether a place is open is no column: `moment` says for when it was asked, and the view narrows the lines.
    """

    municipio = django_filters.ChoiceFilter(
        label=_("Municipio"), choices=[(number, number) for number in range(1, 10)], empty_label=_("all of Milan")
    )
    now = _box(_("Open now"))
    pickup = django_filters.BooleanFilter(
        label=_("Collect reservations"), widget=forms.CheckboxInput, method="for_pickup"
    )
    returns = _box(_("Give back"), "accepts_returns")
    lends = _box(_("Borrow on the spot"), "lends_on_the_spot")
    step_free = _box(_("Step-free access"), "step_free")
    all_welcome = django_filters.BooleanFilter(
        label=_("Not for residents only"), widget=forms.CheckboxInput, method="for_everybody"
    )
    day = django_filters.DateFilter(
        label=_("Open on"),
        method="later",
        help_text=_("Without an hour: at any time of that day."),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"invalid": _("This is no date: write it as 2026-03-14.")},
    )
    hour = django_filters.TimeFilter(
        label=_("At"),
        method="later",
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        error_messages={"invalid": _("This is no time of day: write it as 17:30.")},
    )
    kind = django_filters.MultipleChoiceFilter(label=_("Kind"), choices=KINDS, widget=_Ticks)
    services = django_filters.MultipleChoiceFilter(
        label=_("What is there"), choices=Service.choices, widget=_Ticks, method="with_all"
    )

    ALWAYS_SHOWN = ("municipio", "now", "pickup", "returns")

    class Meta:
        model = Place
        form = PointForm
        fields: list[str] = []

    @property
    def moment(self) -> Moment | None:
        """Return for when openness is asked; None when it is not, or when what was asked makes no sense."""
        asked = self.form.cleaned_data if self.is_bound and not self.errors else {}
        if asked.get("now"):
            return Moment(clock.now(), is_now=True)
        day, hour = asked.get("day"), asked.get("hour")
        if hour:
            return Moment(_instant(day or clock.today(), hour))
        return Moment(clock.start_of(day), all_day=day) if day else None

    @property
    def shown_fields(self) -> list[forms.BoundField]:
        """Return the fields that are always in sight."""
        return [self.form[name] for name in self.ALWAYS_SHOWN]

    @property
    def further_fields(self) -> list[forms.BoundField]:
        """Return the fields that open on request."""
        return [one for one in self.form if one.name not in self.ALWAYS_SHOWN]

    @property
    def further_asked(self) -> int:
        """Return how many of the further fields narrow the list or are wrong."""
        if not self.is_bound:
            return 0
        wrong, asked = self.errors, self.form.cleaned_data
        return sum(bool(asked.get(one.name)) or one.name in wrong for one in self.further_fields)

    def if_ticked(self, places: PlaceQuerySet, name: str, value: bool | None) -> PlaceQuerySet:  # noqa: FBT001  django-filter's signature
        """Narrow only when the box is ticked."""
        return places.filter(**{name: True}) if value else places

    def for_pickup(self, places: PlaceQuerySet, name: str, value: bool | None) -> PlaceQuerySet:  # noqa: ARG002, FBT001  django-filter's signature
        """Narrow to the points that a reservation offers, when the box is ticked."""
        return places.pickup_points(clock.today()) if value else places

    def for_everybody(self, places: PlaceQuerySet, name: str, value: bool | None) -> PlaceQuerySet:  # noqa: ARG002, FBT001  django-filter's signature
        """Leave out what only those who live in a building may enter, when the box is ticked."""
        return places.exclude(residents_only=True) if value else places

    def with_all(self, places: PlaceQuerySet, name: str, value: list[str]) -> PlaceQuerySet:
        """Narrow to points that offer all of the chosen services."""
        return places.filter(**{f"{name}__contains": value}) if value else places

    def later(self, places: PlaceQuerySet, name: str, value: object) -> PlaceQuerySet:  # noqa: ARG002  django-filter's signature
        """Leave openness to `moment`."""
        return places


def _instant(day: dt.date, hour: dt.time) -> dt.datetime:
    return dt.datetime.combine(day, hour, tzinfo=clock.ROME)
