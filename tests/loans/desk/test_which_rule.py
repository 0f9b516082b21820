"""The page that answers: which rule, and why."""

import pytest

from accounts.models import StaffView
from loans.models import LoanRule
from milanolib import clock
from tests.factories import LibrarianFactory, ReaderFactory, UserFactory


@pytest.fixture
def copy(story):
    return story.copies(1)[0]


def ask(desk, copy, **fields):
    return desk.post(
        "desk_rules",
        **{"barcode": copy.barcode, "category": "person", "place": desk.place.pk, "on": "2026-03-02", **fields},
    )


def test_which_rule_is_told_to_who_works_at_a_desk_only(desk, copy, client):
    answer = ask(desk, copy)
    client.force_login(UserFactory(is_staff=True), backend="accounts.backends.CardBackend")

    assert answer.status_code == 200
    assert "due on Wednesday 1 April 2026" in answer.content.decode()
    assert client.get("/gestione/banco/regole/").status_code == 403


def test_looking_at_a_reader_is_written_down_and_no_card_stands_in_the_address(desk, copy, story):
    reader = ReaderFactory()
    story.lent(story.copies(1)[0], reader=reader)

    answer = ask(desk, copy, card=reader.card_number.lower())

    assert answer.context["explained"].loans == 1
    assert StaffView.objects.filter(staff=desk.user, reader=reader).exists()


@pytest.mark.parametrize(("field", "value"), [("barcode", "nothing"), ("card", "ML00000000"), ("on", "yesterday")])
def test_what_is_not_found_is_said_on_its_field_and_nothing_is_lost(desk, copy, field, value):
    answer = ask(desk, copy, **{field: value})

    assert answer.status_code == 422
    assert answer.context["form"].errors[field]
    assert answer.context["form"]["barcode"].value()


def test_rules_are_asked_for_in_the_same_statements_however_many_there_are(desk, copy, django_assert_num_queries):
    ask(desk, copy)
    LoanRule.objects.create(material="map", loan_days=1, max_renewals=0, max_loans=1, limit_group="x")
    with django_assert_num_queries(11):
        ask(desk, copy)


def test_librarian_without_a_desk_says_first_where_she_is(client, network):
    user = LibrarianFactory()
    user.postings.all().delete()
    client.force_login(user, backend="accounts.backends.CardBackend")

    assert "/banco/dove/" in client.get("/gestione/banco/regole/")["Location"]


def test_the_day_is_written_as_the_browsers_field_takes_it_in_every_language(desk):
    page = desk.client.get("/gestione/banco/regole/", headers={"Accept-Language": "it"})

    assert f'value="{clock.today():%Y-%m-%d}"' in page.content.decode()
