"""Institutions and agreements in any state, reached by calling verbs."""

import datetime as dt
import itertools

import pytest

from milanolib import clock
from partnerships.agreeing import activate_agreement, review_agreement
from partnerships.models import Agreement, Institution
from tests.factories import LibrarianFactory

TEXTS = {"title": {"it": "Meno caro", "en": "Less dear"}, "terms": {"it": "Alla cassa.", "en": "At the counter."}}
numbers = itertools.count(1)


def make_institution(**fields):
    """A demonstrative cinema in the centre."""
    code = f"cinema-{next(numbers)}"
    usual = {"code": code, "name": f"Cinema {code}", "kind": "cinema", "municipio": 1, "is_demo": True}
    return Institution.objects.create(**usual | {"latitude": 45.4642, "longitude": 9.19} | fields)


def make_draft(**fields):
    """A draft that could be reviewed: a fifth less for every reader, every day, for a year from today."""
    today = clock.today()
    usual = {"offer": "percentage", "percent": 20, "starts_on": today, "ends_on": today + dt.timedelta(days=364)}
    if "institution" not in fields:
        usual["institution"] = make_institution()
    if "owner" not in fields:
        usual["owner"] = LibrarianFactory()
    return Agreement.objects.create(**TEXTS | usual | fields)


def make_agreement(**fields):
    """An active one."""
    draft = make_draft(**fields)
    review_agreement(draft, actor=None)
    return activate_agreement(draft, actor=None)


@pytest.fixture
def agreement(db, monday):
    return make_agreement()
