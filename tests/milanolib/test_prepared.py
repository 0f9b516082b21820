"""A statement that is built once answers as the ORM's own does, whatever values it is sent with."""

import datetime as dt

import pytest
from django.db import connection
from django.db.models import DateField
from django.test.utils import CaptureQueriesContext

from branches.models import Closure
from milanolib.prepared import Given, Prepared
from tests.factories import ClosureFactory

pytestmark = pytest.mark.django_db


def standing(day):
    return Closure.objects.filter(starts_on__lte=day, ends_on__gte=day).order_by("pk").values_list("pk", "starts_on")


def test_rows_are_those_of_the_orm_for_each_value_and_one_statement():
    for first, last in ((1, 3), (2, 5), (6, 6)):
        ClosureFactory(starts_on=dt.date(2026, 3, first), ends_on=dt.date(2026, 3, last))
    built = []
    prepared = Prepared(lambda: built.append(1) or standing(Given("day", DateField())))

    with CaptureQueriesContext(connection) as queries:
        answers = [prepared.rows(day=dt.date(2026, 3, day)) for day in range(1, 8)]
    assert answers == [list(standing(dt.date(2026, 3, day))) for day in range(1, 8)]
    assert [len(answer) for answer in answers] == [1, 2, 2, 1, 1, 1, 0]
    assert (len(built), len(queries)) == (1, 7)


def test_rows_refuse_to_be_sent_without_a_value():
    with pytest.raises(KeyError, match="day"):
        Prepared(lambda: standing(Given("day", DateField()))).rows(days=dt.date(2026, 3, 1))
