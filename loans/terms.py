"""On which terms a place lends and keeps: its rules and its calendar, read together in one statement."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, F, OuterRef, Q, Subquery
from django.db.models.functions import Cast, JSONObject

from branches.calendar import DATES_AHEAD
from branches.calendar_rows import calendar_from, with_calendar_rows
from branches.models import Place
from loans.models import KeepingRule, LoanRule
from loans.policy import loan_rule_for, material_class
from milanolib import clock

if TYPE_CHECKING:
    from accounts.models import Reader
    from branches.calendar import Calendar
    from catalog.models import Copy

_DATES, _DECIMALS = ("valid_from", "valid_to"), ("suspension_per_day",)


@dataclass(frozen=True)
class Terms:
    """What a place's loans follow on one day."""

    place: Place
    on: dt.date
    rules: list[LoanRule]
    calendar: Calendar

    def rule_for(self, reader: Reader, copy: Copy) -> LoanRule:
        """Return the rule that decides a loan of this copy to this reader here; `copy.title` is fetched."""
        return loan_rule_for(
            self.rules, material=material_class(copy), reader_category=reader.category, place=self.place, on=self.on
        )


def terms_of(place: Place, on: dt.date) -> Terms:
    """Return the loan rules that may decide at a place, and its calendar from a day on."""
    rules = LoanRule.objects.filter(
        Q(branch=None) | Q(branch=OuterRef("pk")), Q(place_kind="") | Q(place_kind=OuterRef("kind"))
    ).order_by("pk")
    names: dict[str, Any] = {field.attname: field.attname for field in LoanRule._meta.concrete_fields}  # noqa: SLF001
    names |= {name: Cast(F(name), CharField()) for name in _DECIMALS}  # as it stands, not as a floating number
    places = with_calendar_rows(Place.objects.all(), on, on + DATES_AHEAD)
    fetched = places.annotate(rule_rows=ArraySubquery(rules.values(row=JSONObject(**names)))).get(pk=place.pk)
    return Terms(fetched, on, [_rule(row) for row in fetched.rule_rows], calendar_from(fetched))  # type: ignore[attr-defined]


def _rule(row: dict[str, Any]) -> LoanRule:
    dates = {name: dt.date.fromisoformat(row[name]) if row[name] else None for name in _DATES}
    return LoanRule(**{**row, **dates, **{name: Decimal(row[name]) for name in _DECIMALS}})


def keeping_at(pickup: Place, ready_at: dt.datetime) -> tuple[KeepingRule, Calendar]:
    """Return a point's rule, and its calendar as it stands now from the day on which a copy became ready there."""
    start = clock.local(ready_at).date()
    rules = KeepingRule.objects.filter(place_kind=OuterRef("kind")).values(row=JSONObject(days="days", visits="visits"))
    places = with_calendar_rows(Place.objects.all(), start, start + DATES_AHEAD).annotate(keeping=Subquery(rules))
    place = places.get(pk=pickup.pk)
    if place.keeping is None:
        raise KeepingRule.DoesNotExist
    return KeepingRule(place_kind=place.kind, **place.keeping), calendar_from(place)
