"""Who closes a library is told what is planned there."""

import datetime as dt

import pytest

from branches.hanging import what_hangs_on, what_hangs_on_closure
from partnerships.initiatives import planning
from tests.factories import BranchFactory, ClosureFactory
from tests.partnerships.initiatives.conftest import make_draft, make_initiative
from tests.partnerships.initiatives.test_booking import WEEKLY

pytestmark = pytest.mark.django_db


def told(found):
    return {one.number for one in found if "iniziativ" in one.what or "initiative" in one.what}


def test_closing_tells_of_dates_to_come_and_of_those_in_its_days(monday):
    place = BranchFactory()
    one = make_initiative(place=place, rule=WEEKLY)  # the 3rd, 10th and 17th
    make_draft(place=place)
    make_initiative(place=place, venue="Parco")
    closure = ClosureFactory(place=place, starts_on=dt.date(2026, 3, 10), ends_on=dt.date(2026, 3, 16))

    assert told(what_hangs_on(place)) == {3}
    assert told(what_hangs_on_closure(closure)) == {1}
    closure.ends_on = None
    assert told(what_hangs_on_closure(closure)) == {2}
    planning.cancel_initiative(one, actor=None)
    assert told(what_hangs_on_closure(closure)) == set()
