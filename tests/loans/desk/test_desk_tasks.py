"""Tasks and parcels of a branch."""

import datetime as dt

import pytest
from django.urls import reverse

from accounts.models import Act
from loans.models import Loan, Task, TaskKind
from loans.records import LEND
from loans.settling import TaskClosed, close_task
from milanolib import clock
from tests.factories import CopyFactory, ReaderFactory


@pytest.fixture
def task(network, monday):
    """A task of the south library."""
    return Task.objects.create(
        kind=TaskKind.NOT_ON_LOAN, place=network.south, copy=CopyFactory(home=network.south), opened_at=clock.now()
    )


def test_tasks_are_those_of_the_own_branch(desk, other_desk, task):
    assert task.copy.barcode in desk.get("desk_tasks").content.decode()
    assert task.copy.barcode not in other_desk.get("desk_tasks").content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_tasks_take_as_many_queries_for_one_row_as_for_three(count, desk, story, network, django_assert_num_queries):
    for number in range(count):
        story.take_back(CopyFactory(home=network.south), network.newsstand)
        story.receive(type("Unknown", (), {"tag": f"Z{number}", "destination": network.newsstand}))
        story.lend_offline(CopyFactory(home=network.south, is_lendable=False), ReaderFactory(), place=network.south)
        story.packed(CopyFactory(home=network.south).title, pickup=network.newsstand if number else network.locker)

    with django_assert_num_queries(8):
        desk.get("desk_tasks")


def test_task_without_a_copy_shows_what_the_point_scanned(desk, story, network):
    story.receive(type("Unknown", (), {"tag": "ZZZZ1111", "destination": network.newsstand}))

    assert "ZZZZ1111" in desk.get("desk_tasks").content.decode()


def test_task_of_a_loan_made_without_network_names_loan_and_rule_and_no_reader(desk, story, network):
    reader = ReaderFactory(family_name="Merini", card_expires_on=dt.date(2026, 1, 1))
    story.lend_offline(CopyFactory(home=network.south), reader, place=network.south)

    page = desk.get("desk_tasks").content.decode()

    assert f"/gestione/loans/loan/{Loan.objects.get().pk}/change/" in page
    assert "This card has expired." in page
    assert "Merini" not in page
    assert reader.card_number not in page


def test_task_of_a_card_that_nobody_knows_shows_it_as_it_was_read(desk, story, network):
    story.at_desk(LEND, CopyFactory(home=network.south), place=network.south, card="ML00000000")

    assert "ML00000000" in desk.get("desk_tasks").content.decode()


def test_closing_a_task_keeps_the_answer_and_who_gave_it(desk, task):
    answer = desk.post("desk_task", task.pk, htmx=True, answer="Found behind the desk.")

    task.refresh_from_db()
    assert answer.status_code == 200
    assert (task.answer, task.closed_by) == ("Found behind the desk.", desk.user)
    assert Act.objects.get(verb="close_task").subject == f"task:{task.pk}"
    assert task.copy.barcode not in desk.get("desk_tasks").content.decode()


def test_closing_without_javascript_comes_back_to_the_list(desk, task):
    said = desk.said(desk.post("desk_task", task.pk, answer="Found."))

    assert said == [f"Closed: {task.get_kind_display()}"]


@pytest.mark.parametrize("words", ["", "   ", "x" * 301])
def test_task_is_not_closed_without_words_nor_with_too_many(words, desk, task):
    answer = desk.post("desk_task", task.pk, htmx=True, answer=words)

    task.refresh_from_db()
    assert answer.status_code == 422
    assert task.closed_at is None


def test_task_that_a_colleague_closed_keeps_the_first_answer(desk, task):
    close_task(task, answer="First.", actor=None)

    answer = desk.post("desk_task", task.pk, htmx=True, answer="Second.")

    task.refresh_from_db()
    assert answer.status_code == 422
    assert task.answer == "First."
    with pytest.raises(TaskClosed):
        close_task(task, answer="Third.", actor=None)


def test_task_of_another_branch_is_not_found(other_desk, task):
    assert other_desk.post("desk_task", task.pk, answer="Mine.").status_code == 404


def test_parcels_are_listed_until_their_point_scans_them_in(desk, story, network):
    _hold, _copy, parcel = story.packed(CopyFactory(home=network.south).title)

    before = list(desk.get("desk_tasks").context["parcels"])
    story.receive(parcel)

    assert before == [parcel]
    assert list(desk.get("desk_tasks").context["parcels"]) == []


def asked(desk, **query):
    return [task.kind for task, _form in desk.client.get(reverse("admin:desk_tasks"), query).context["rows"]]


def test_tasks_can_be_filtered_by_sort_and_by_point(desk, task, story, network):
    unknown = type("Unknown", (), {"tag": "ZZZZ1111"})
    story.receive(unknown, network.newsstand)
    story.take_back(CopyFactory(home=network.south), network.small_newsstand)

    assert len(asked(desk)) == 3
    assert asked(desk, genere="pacchi") == [TaskKind.UNKNOWN_TAG]
    assert asked(desk, genere="altro") == [TaskKind.NOT_ON_LOAN] * 2
    assert asked(desk, punto=network.newsstand.code) == [TaskKind.UNKNOWN_TAG]
    assert asked(desk, genere="altro", punto=network.small_newsstand.code) == [TaskKind.NOT_ON_LOAN]
    assert asked(desk, genere="casse") == []


@pytest.mark.parametrize("query", [{"genere": "rubbish"}, {"punto": "north"}, {"punto": "\x00"}])
def test_filter_that_makes_no_sense_shows_all_and_says_so(desk, task, query):
    page = desk.client.get(reverse("admin:desk_tasks"), query)

    assert [one for one, _form in page.context["rows"]] == [task]
    assert page.context["filters"].errors
