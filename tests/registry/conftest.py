"""A library with a workstation, open every weekday from nine to seven, and the clock in hand."""

import datetime as dt

import pytest

from branches.models import Weekday
from milanolib import clock
from registry.models import Kiosk, WeeklyRule
from tests.factories import BranchFactory, OpeningHoursFactory


def make_kiosk(code="prova", **fields):
    """A kiosk at a library of its own: by itself from nine to one, helped from ten to eleven, slots of 20 minutes."""
    place = BranchFactory(code=f"library-{code}", hours_known=True, name=f"Biblioteca {code}")
    for weekday in Weekday.values[:6]:
        OpeningHoursFactory(place=place, weekday=weekday)
    kiosk = Kiosk.objects.create(
        **{"code": code, "kind": "kiosk", "name": f"Anagrafe {code}", "place": place, "municipio": 1} | fields
    )
    for weekday in Weekday.values[:6]:
        WeeklyRule.objects.create(resource=kiosk, weekday=weekday, starts=dt.time(9), ends=dt.time(13))
        WeeklyRule.objects.create(
            resource=kiosk, weekday=weekday, starts=dt.time(10), ends=dt.time(11), is_assisted=True
        )
    return kiosk


def at(hour, minute=0, *, day=3):
    """An instant of March 2026 in Milan; Tuesday the third unless said otherwise."""
    return dt.datetime(2026, 3, day, hour, minute, tzinfo=clock.ROME).astimezone(dt.UTC)


@pytest.fixture
def kiosk(db, monday):
    return make_kiosk(buffer_minutes=10)
