"""Filters of the list of points, by django-filter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _

from branches.models import NEVER_OPEN_TO_READERS, Place, PlaceKind

if TYPE_CHECKING:
    from branches.querysets import PlaceQuerySet

KINDS = [(kind.value, kind.label) for kind in PlaceKind if kind not in NEVER_OPEN_TO_READERS]


class PointFilter(django_filters.FilterSet):
    """Kind, Municipio, what can be done there; a box that is not ticked asks for nothing."""

    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=KINDS, empty_label=_("all kinds"))
    municipio = django_filters.ChoiceFilter(
        label=_("Municipio"), choices=[(number, number) for number in range(1, 10)], empty_label=_("all of Milan")
    )
    pickup = django_filters.BooleanFilter(
        label=_("Collect reservations"), widget=forms.CheckboxInput, method="if_ticked", field_name="accepts_pickup"
    )
    returns = django_filters.BooleanFilter(
        label=_("Give back"), widget=forms.CheckboxInput, method="if_ticked", field_name="accepts_returns"
    )

    class Meta:
        model = Place
        fields = ["kind", "municipio"]

    def if_ticked(self, places: PlaceQuerySet, name: str, value: bool | None) -> PlaceQuerySet:  # noqa: FBT001  django-filter's signature
        """Narrow only when the box is ticked."""
        return places.filter(**{name: True}) if value else places
