"""The reader's own pages, from the right and from the wrong account."""

import pytest
from django.urls import reverse

from accounts.models import Act, Guardianship
from loans.models import Hold, Loan
from loans.states import HoldStatus, LoanStatus
from milanolib import clock
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def test_mine_shows_own_loans_and_holds_and_nobody_elses(story, signed_in):
    reader, client = signed_in()
    own, other = story.copies(1)[0], story.copies(1)[0]
    story.lent(own, reader=reader)
    story.lent(other)
    held = story.copies(1)[0]
    story.hold(held.title, reader=reader)

    page = client.get(reverse("portal:mine")).content.decode()

    assert own.title.title in page
    assert held.title.title in page
    assert other.title.title not in page


@pytest.mark.parametrize("count", [1, 3])
def test_mine_asks_the_database_as_often_for_three_rows_as_for_one(story, signed_in, count, django_assert_num_queries):
    reader, client = signed_in()
    for copy in [story.copies(1)[0] for _number in range(count)]:
        story.lent(copy, reader=reader)
    for copy in [story.copies(1)[0] for _number in range(count)]:
        story.hold(copy.title, reader=reader, pickup=story.network.newsstand)
    for copy in [story.copies(1)[0] for _number in range(count)]:
        story.lent(copy, reader=reader)
        story.given_back(copy)

    with django_assert_num_queries(13):
        client.get(reverse("portal:mine"))


def test_renew_moves_the_date_for_the_reader_and_is_hidden_from_others(story, signed_in):
    reader, client = signed_in()
    _other, stranger = signed_in()
    loan = story.lent(story.copies(1)[0], reader=reader)
    story.later(days=10)
    address = reverse("portal:renew", args=[loan.pk])

    wrong = stranger.post(address, HTTP_HX_REQUEST="true")
    right = client.post(address, HTTP_HX_REQUEST="true")

    assert wrong.status_code == 404
    assert right.status_code == 200
    assert Loan.objects.get(pk=loan.pk).due_on > loan.due_on


def test_renew_refused_says_why_and_that_it_may_be_reserved_again(story, signed_in):
    reader, client = signed_in()
    copy = story.copies(1)[0]
    loan = story.lent(copy, reader=reader)
    story.hold(copy.title)
    story.later(days=10)

    answer = client.post(reverse("portal:renew", args=[loan.pk]), HTTP_HX_REQUEST="true", HTTP_ACCEPT_LANGUAGE="en")

    assert answer.status_code == 422
    assert "Another reader waits for this" in answer.content.decode()


def test_cancel_ends_the_hold_for_the_reader_and_is_hidden_from_others(story, signed_in):
    reader, client = signed_in()
    _other, stranger = signed_in()
    hold = story.hold(story.copies(1)[0].title, reader=reader)
    address = reverse("portal:cancel", args=[hold.pk])

    wrong = stranger.post(address)
    right = client.post(address)

    assert wrong.status_code == 404
    assert right.status_code == 302
    assert Hold.objects.get(pk=hold.pk).status == HoldStatus.CANCELLED


def test_move_changes_the_point_for_the_reader_and_is_hidden_from_others(story, signed_in):
    reader, client = signed_in()
    _other, stranger = signed_in()
    hold = story.hold(story.copies(1)[0].title, reader=reader)
    address = reverse("portal:move", args=[hold.pk])
    chosen = {"pickup": story.network.newsstand.code, "request_key": "k"}

    wrong = stranger.post(address, chosen)
    right = client.post(address, chosen)

    assert wrong.status_code == 404
    assert right.status_code == 302
    assert Hold.objects.get(pk=hold.pk).pickup_place == story.network.newsstand


def test_receipt_is_the_readers_own(story, signed_in):
    reader, client = signed_in()
    _other, stranger = signed_in()
    copy = story.copies(1)[0]
    loan = story.lent(copy, reader=reader)
    address = reverse("portal:receipt", args=[loan.pk])
    before = client.get(address)
    story.take_back(copy)

    page = client.get(address)

    assert before.status_code == 404
    assert stranger.get(address).status_code == 404
    assert Loan.objects.get(pk=loan.pk).status == LoanStatus.CLOSED
    assert loan.receipt_number in page.content.decode()
    assert story.network.newsstand.name in page.content.decode()


def test_mine_shows_a_guardian_the_childs_card(story, signed_in):
    child, _client = signed_in(born_on=clock.today().replace(year=clock.today().year - 9))
    reader, client = signed_in()
    copy = story.copies(1)[0]
    story.lent(copy, reader=child)
    Guardianship.objects.create(guardian=reader.user, child=child, since=clock.now())

    page = client.get(reverse("portal:mine")).content.decode()

    assert child.card_number in page
    assert copy.title.title in page


@pytest.mark.parametrize(("years", "shows", "is_seen"), [(13, False, True), (14, False, False), (14, True, True)])
def test_mine_hides_the_titles_of_a_child_from_fourteen_on_unless_the_child_shows_them(
    story, signed_in, years, shows, is_seen
):
    today = clock.today()
    child, _client = signed_in(born_on=today.replace(year=today.year - years))
    reader, client = signed_in()
    lent, held, returned = (story.copies(1)[0] for _number in range(3))
    story.lent(lent, reader=child)
    story.hold(held.title, reader=child)
    loan = story.lent(returned, reader=child)
    story.given_back(returned)
    Guardianship.objects.create(guardian=reader.user, child=child, since=clock.now(), shows_titles=shows)

    page = client.get(reverse("portal:mine")).content.decode()

    assert [copy.title.title in page for copy in (lent, held, returned)] == [is_seen] * 3
    assert (client.get(reverse("portal:receipt", args=[loan.pk])).status_code == 200) == is_seen


def test_messages_are_the_persons_own(story, signed_in):
    _reader, client = signed_in()

    answer = client.get(reverse("portal:messages"))

    assert answer.status_code == 200


def test_mine_without_a_card_says_how_to_get_one(client):
    client.force_login(UserFactory(), backend="accounts.backends.CardBackend")

    answer = client.get(reverse("portal:mine"), HTTP_ACCEPT_LANGUAGE="en")

    assert "no library card" in answer.content.decode()


def test_reading_of_staff_is_nobodys_business(story, signed_in):
    reader, client = signed_in()
    reader.user.is_staff = True
    reader.user.save()
    hold = story.hold(story.copies(1)[0].title, reader=reader)
    client.post(reverse("portal:cancel", args=[hold.pk]))

    assert not Act.objects.exists()
