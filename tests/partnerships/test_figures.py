"""Uses of a year, and what the owner is told before the end."""

import datetime as dt

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from notifications.delivery import deliver
from outbox.events import dispatch
from partnerships import agreeing, tasks
from partnerships.figures import uses_of
from partnerships.models import PassKey, UseCount
from tests.factories import LibrarianFactory, UserFactory
from tests.partnerships.conftest import make_agreement, make_draft
from tests.story import fresh

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def used(agreement, on, number):
    UseCount.objects.create(agreement=agreement, on=dt.date.fromisoformat(on), number=number)


def test_uses_are_added_up_by_agreement_and_month(agreement):
    nobody, older = make_agreement(), make_agreement()
    make_draft()
    used(agreement, "2026-03-02", 2)
    used(agreement, "2026-03-31", 3)
    used(agreement, "2026-12-31", 4)
    used(agreement, "2027-01-01", 50)
    used(older, "2026-04-01", 1)
    figures = uses_of(2026)

    assert {row.agreement: row.total for row in figures.rows} == {agreement: 9, nobody: 0, older: 1}
    assert figures.months == [0, 0, 5, 1, 0, 0, 0, 0, 0, 0, 0, 4]
    assert (figures.total, figures.most) == (10, 5)
    assert uses_of(2025).rows == []


def test_uses_are_asked_for_in_as_many_statements_for_three_as_for_one(agreement):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            uses_of(2026)
        return len(queries)

    before = asked()
    used(make_agreement(), "2026-03-02", 2)
    make_agreement()
    assert asked() == before == 2


def test_pages_of_uses_are_for_staff_and_a_cell_is_no_formula(client, agreement):
    names = ["agreement_uses", "agreement_uses_table", "agreement_uses_pdf"]
    for user, status in ((UserFactory(), 302), (UserFactory(is_staff=True), 403), (LibrarianFactory(), 200)):
        client.force_login(user)
        for name in names:
            assert client.get(reverse(f"admin:{name}")).status_code == status
    make_agreement(title={"it": "=cmd()"})
    used(agreement, "2026-03-02", 7)

    table = client.get(reverse("admin:agreement_uses_table")).content.decode()
    assert ";7;" in table
    assert "'=cmd()" in table
    assert client.get(reverse("admin:agreement_uses_pdf")).content.startswith(b"%PDF")
    for year in ("1999", "x", "-1"):
        assert client.get(reverse("admin:agreement_uses"), {"anno": year}).status_code == 404


def test_night_reminds_the_owner_by_letter_and_the_letter_is_true_when_it_goes(monday):
    anna = LibrarianFactory(email="anna@example.org")
    soon = make_agreement(owner=anna, ends_on=dt.date(2026, 4, 1), title={"it": "Il cinema"})
    moved_on = make_agreement(owner=anna, ends_on=dt.date(2026, 4, 1))
    tasks.sweep()
    tasks.sweep()
    dispatch()
    agreeing.end_agreement(moved_on, actor=None)
    deliver()

    (letter,) = [one for one in mail.outbox if one.to == ["anna@example.org"]]
    assert "Il cinema" in letter.body
    assert f"/gestione/partnerships/agreement/{soon.pk}/change/" in letter.body
    assert PassKey.objects.count() == 1
    monday.shift(31 * DAY)
    tasks.sweep()
    assert fresh(soon).status == "ended"
