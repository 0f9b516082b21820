"""What volunteers do with a deposit, and what everybody reads of it."""

import datetime as dt
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loans.deposit_moves import call_back_copy
from loans.models import Crate, DepositStay, Task, TaskKind
from loans.states import CrateStatus, DepositStatus
from milanolib import clock
from tests.factories import CondominiumFactory
from tests.proximity.conftest import connect
from tests.story import fresh

HOME = "/partner/biblioteca/"


@pytest.fixture
def house(network):
    return CondominiumFactory(
        code="house", name="Casa", parent=network.south, accepts_pickup=False, accepts_returns=False
    )


@pytest.fixture
def volunteer(story, phones, house):
    return connect(phones(), story.token(house))


@pytest.fixture
def stay(story, house):
    """A deposit of two books on its way to the house."""
    return story.deposit_sent(2, place=house)


def page(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


def test_a_volunteer_counts_what_has_come_and_a_second_tap_changes_nothing(volunteer, story, stay):
    address = f"{HOME}depositi/{stay.pk}/"
    assert "on its way to you" in page(volunteer.get(HOME))
    story.stay(stay.deposit, after=91)
    assert volunteer.post(address, {"act": "here", "counted": "-1"}).status_code == 422
    assert volunteer.post(address, {"act": "here"}).status_code == 422

    for _twice in range(2):
        assert volunteer.post(address, {"act": "here", "counted": "1"})["Location"] == HOME

    assert fresh(stay).counted_in == 1
    assert fresh(stay).deposit.status == DepositStatus.IN_PLACE
    assert Task.objects.get().kind == TaskKind.DEPOSIT_DIFFERS
    assert "here until 31 May" in page(volunteer.get(HOME))


def test_a_volunteer_sends_it_on(volunteer, story, house):
    stay = story.deposit_in_place(2, place=house)
    address = f"{HOME}depositi/{stay.pk}/"
    following = story.stay(stay.deposit, after=91)
    assert "On to" in page(volunteer.get(address))

    for _twice in range(2):
        ready = volunteer.post(f"{address}pronti/", {"counted": "2", "from_on": clock.today()})
        assert ready["Location"] == HOME

    assert fresh(following).sent_at is not None
    assert volunteer.get(address).status_code == 404


def test_a_volunteer_sends_it_home_today_or_says_from_when(volunteer, story, house):
    stay = story.deposit_in_place(2, place=house)
    address = f"{HOME}depositi/{stay.pk}/"
    assert f"Back to {stay.deposit.library.name}" in page(volunteer.get(address))
    later = clock.today() + dt.timedelta(days=3)

    volunteer.post(f"{address}pronti/", {"counted": "2", "from_on": later})
    assert "ready to go from" in page(volunteer.get(HOME))
    assert "You said: 2 books" in page(volunteer.get(address))
    assert Task.objects.get().kind == TaskKind.DEPOSIT_READY

    volunteer.post(f"{address}pronti/", {"counted": "2", "from_on": clock.today()})
    assert fresh(stay.deposit).status == DepositStatus.ENDED
    assert Crate.objects.get(origin=house).status == CrateStatus.SEALED


@pytest.mark.parametrize("sent", [{"counted": "-1"}, {"counted": ""}, {"from_on": "x"}, {"from_on": "2020-01-01"}])
def test_what_a_volunteer_writes_wrongly_of_a_deposit_is_said_and_kept(volunteer, story, house, sent):
    stay = story.deposit_in_place(2, place=house)

    answer = volunteer.post(f"{HOME}depositi/{stay.pk}/pronti/", {"counted": "2", "from_on": str(clock.today())} | sent)

    assert answer.status_code == 422
    assert 'aria-invalid="true"' in page(answer)
    assert fresh(stay).ready_from is None


def test_a_deposit_is_ready_by_the_phone_of_its_own_house_only(partner, story, house, phones, network):
    stay = story.deposit_in_place(2, place=house)
    address = f"{HOME}depositi/{stay.pk}/pronti/"
    sent = {"counted": "2", "from_on": clock.today()}
    other = connect(phones(), story.token(CondominiumFactory(code="other", parent=network.south)))

    assert partner.post(address, sent).status_code == 404
    assert other.post(address, sent).status_code == 404
    assert phones().post(address, sent).status_code == 302
    assert fresh(stay).left_at is None


def test_a_volunteer_names_a_book_that_is_damaged(volunteer, story, house):
    stay = story.deposit_in_place(2, place=house)
    copy, address = story.copies_in(stay.deposit)[0], f"{HOME}depositi/{stay.pk}/guasti/"

    unknown = volunteer.post(address, {"barcode": "nothing", "what": "deposit_damaged"})
    elsewhere = volunteer.post(address, {"barcode": story.copies(1)[0].barcode, "what": "deposit_damaged"})
    odd = volunteer.post(address, {"barcode": copy.barcode, "what": "bad_report"})
    assert {answer.status_code for answer in (unknown, elsewhere, odd)} == {422}
    assert 'value="nothing"' in page(unknown)

    assert volunteer.post(address, {"barcode": copy.barcode, "what": "deposit_damaged"}).status_code == 302

    task = Task.objects.get()
    assert (task.kind, task.copy, task.place) == (TaskKind.DEPOSIT_DAMAGED, copy, story.network.north)


def test_a_volunteer_reads_which_books_go_back(volunteer, story, house):
    stay = story.deposit_in_place(2, place=house)
    copy = story.copies_in(stay.deposit)[0]
    call_back_copy(copy, actor=None)

    assert copy.barcode in page(volunteer.get(HOME))
    story.given_back(copy, story.network.south)
    assert copy.barcode not in page(volunteer.get(HOME))


def test_deposits_of_other_houses_and_other_points_are_not_there(volunteer, partner, story, stay):
    other = story.deposit_in_place(1)

    for client, number in ((volunteer, other.pk), (partner, stay.pk)):
        assert client.get(f"{HOME}depositi/{number}/").status_code == 404
        assert client.post(f"{HOME}depositi/{number}/", {"act": "here", "counted": 1}).status_code == 404
        assert client.post(f"{HOME}depositi/{number}/guasti/", {}).status_code == 404
    assert DepositStay.objects.get(pk=stay.pk).received_at is None


def test_the_public_page_lists_the_titles_that_are_there_now(client, story, house):
    def read():
        return page(client.get(house.get_absolute_url(), HTTP_ACCEPT_LANGUAGE="en"))

    def asked():
        with CaptureQueriesContext(connection) as queries:
            read()
        return len(queries)

    coming = story.deposit_sent(1, place=house)
    assert "Books of the libraries here" not in read()
    stay = story.deposit_in_place(1, place=house)
    title = story.copies_in(stay.deposit)[0].title
    assert title.title in read()
    assert "Books of the libraries here until 31 May 2026" in read()
    assert story.copies_in(coming.deposit)[0].title.title not in read()

    one = asked()
    for copy in story.copies(2):
        stay.deposit.members.create(copy=copy, added_at=stay.sent_at)
    story.is_broken = True  # written past the verbs, to count statements
    assert asked() == one


def test_the_page_of_a_title_says_where_its_copy_is(client, story, house):
    stay = story.deposit_in_place(1, place=house)
    title = story.copies_in(stay.deposit)[0].title

    assert "in deposit at Casa until 31 May" in page(client.get(title.get_absolute_url(), HTTP_ACCEPT_LANGUAGE="en"))
