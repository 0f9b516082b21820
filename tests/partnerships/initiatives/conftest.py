"""Initiatives in any state, reached by calling verbs."""

import datetime as dt

import pytest

from milanolib import clock
from partnerships.initiatives.planning import plan_dates, publish_initiative
from partnerships.initiatives.recurring import Recurrence
from partnerships.models import Initiative
from tests.factories import BranchFactory

TEXTS = {"title": {"it": "Storie ad alta voce", "en": "Stories aloud"}, "text": {"it": "Si legge.", "en": "We read."}}
TUESDAY = dt.date(2026, 3, 3)


def at(hour, minute=0, *, day=3, month=3):
    """An instant of 2026 in Milan; Tuesday the third of March unless said otherwise."""
    return dt.datetime(2026, month, day, hour, minute, tzinfo=clock.ROME).astimezone(dt.UTC)


def make_draft(*, rule=None, **fields):
    """A draft at a library, on Tuesday at five unless another rule is given."""
    if "place" not in fields:
        fields["place"] = BranchFactory(latitude=45.46, longitude=9.19, step_free=True)
    draft = Initiative.objects.create(**TEXTS | {"kind": "story_time"} | fields)
    plan_dates(draft, rule or Recurrence(TUESDAY, dt.time(17), dt.time(18, 30)), actor=None)
    return draft


def make_initiative(**fields):
    """A published one."""
    return publish_initiative(make_draft(**fields), actor=None)


@pytest.fixture
def initiative(db, monday):
    return make_initiative()
