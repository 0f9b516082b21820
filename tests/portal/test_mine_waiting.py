"""What a reader who waits is told: why a copy that came was not for them, and that none can come."""

import pytest
from django.urls import reverse

from branches.models import PlaceCapacity
from loans.hold_changes import change_pickup, resume_hold, suspend_hold
from loans.keeping import withdraw_copy
from loans.unfillable import look_at_unfillable
from milanolib import clock
from tests.factories import TitleFactory, WorkFactory

pytestmark = pytest.mark.django_db


def page_of(client):
    return client.get(reverse("portal:holds"), HTTP_ACCEPT_LANGUAGE="en").content.decode()


def test_a_full_point_is_said_to_all_who_wait_there_for_the_same(story, signed_in):
    first, first_client = signed_in()
    behind, behind_client = signed_in()
    elsewhere, elsewhere_client = signed_in()
    copy = story.copies(1)[0]
    story.lent(copy)
    full = story.network.small_newsstand
    PlaceCapacity.objects.filter(place=full).update(total=0)
    for reader in (first, behind):
        story.hold(copy.title, reader=reader, pickup=full)
    story.hold(copy.title)
    story.hold(copy.title, reader=elsewhere)
    assert "had no room" not in page_of(first_client)

    story.given_back(copy)

    for client in (first_client, behind_client):
        assert f"A copy came on 2 March, but {full.name} had no room for it" in page_of(client)
    assert "had no room" not in page_of(elsewhere_client)


def test_a_full_point_is_said_no_more_after_another_was_chosen(story, signed_in):
    reader, client = signed_in()
    copy = story.copies(1)[0]
    full = story.network.small_newsstand
    PlaceCapacity.objects.filter(place=full).update(total=0)
    hold = story.hold(copy.title, reader=reader, pickup=full)
    story.picked(copy.title)
    assert "had no room" in page_of(client)
    story.later(minutes=1)

    change_pickup(hold, story.network.north, actor=None)

    assert "had no room" not in page_of(client)


def test_who_made_way_is_told_why(story, signed_in):
    reader, client = signed_in()
    copy = story.copies(1)[0]
    earlier = story.hold(copy.title)
    suspend_hold(earlier, clock.today().replace(month=5), actor=None)
    story.hold(copy.title, reader=reader)

    resume_hold(earlier, actor=None)

    assert "a reader who was before you waits again" in page_of(client)


@pytest.mark.parametrize("has_other", [True, False])
def test_what_nothing_can_fill_says_so_and_what_to_do(story, signed_in, has_other):
    reader, client = signed_in()
    title, other = TitleFactory.create_batch(2, work=WorkFactory())
    copy = story.copies(1, title=title)[0]
    if has_other:
        story.copies(1, title=other)
    story.hold(title, reader=reader)
    withdraw_copy(copy, reason="torn", although_waited_for=True, actor=None)
    look_at_unfillable()

    page = page_of(client)

    assert "No copy can come now" in page
    assert ("?what=work" in page) == has_other
    assert reverse("portal:wish") in page


@pytest.mark.parametrize("rows", [1, 3])
def test_holds_that_were_passed_over_cost_no_query_each(story, signed_in, django_assert_num_queries, rows):
    reader, client = signed_in()
    full = story.network.small_newsstand
    PlaceCapacity.objects.filter(place=full).update(total=0)
    for _number in range(rows):
        story.hold(story.copies(1)[0].title, reader=reader, pickup=full)
    page_of(client)

    with django_assert_num_queries(14):
        page_of(client)
