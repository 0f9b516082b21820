"""What has come, what is borrowed most: counts, never people."""

import datetime as dt
import xml.etree.ElementTree as ET

import pytest
from django.core.cache import cache
from django.urls import reverse

from catalog.search import refresh
from loans.most_borrowed import most_borrowed
from milanolib import clock
from tests.factories import BranchFactory, CopyFactory, LoanFactory, TitleFactory

pytestmark = pytest.mark.django_db
ENGLISH = {"HTTP_ACCEPT_LANGUAGE": "en"}


@pytest.fixture(autouse=True)
def nothing_kept():
    cache.clear()
    yield
    cache.clear()


def arrived(days_ago=1, *, home=None, **title):
    day = clock.today() - dt.timedelta(days=days_ago)
    copy = CopyFactory(title=TitleFactory(added_on=day, **title), home=home or BranchFactory(), added_on=day)
    refresh([copy.title_id])
    return copy


def borrowed(times, *, place, days_ago=5, **title):
    copy = CopyFactory(title=TitleFactory(**title))
    at = clock.now() - dt.timedelta(days=days_ago)
    for _time in range(times):
        LoanFactory(copy=copy, place=place, lent_at=at, status="closed", closed_at=at, returned_place=place)
    return copy.title


def shown(client, **asked):
    context = client.get(reverse("portal:arrivals"), asked).context
    return [one.line.title for one in context["arrived"]]


def test_arrivals_come_newest_first_and_old_ones_not_at_all(client):
    older, newer = arrived(9), arrived(2)
    arrived(300)

    assert shown(client) == [newer.title, older.title]


def test_arrivals_of_one_library_and_one_material(client):
    here = BranchFactory()
    book, film = arrived(2, home=here), arrived(3, home=here, material="dvd")
    arrived(1)

    assert shown(client, luogo=here.code) == [book.title, film.title]
    assert shown(client, luogo=here.code, tipo="dvd") == [film.title]
    assert shown(client, tipo="dvd") == [film.title]


def test_a_title_with_two_new_copies_comes_once(client):
    first = arrived(2)
    CopyFactory(title=first.title, home=first.home, added_on=clock.today())

    assert shown(client, luogo=first.home.code) == [first.title]


def test_a_work_with_two_new_editions_comes_once_with_the_newest(client):
    older, home = arrived(5), BranchFactory()
    newer = arrived(2, home=home, work=older.title.work)
    CopyFactory(title=older.title, home=home, added_on=clock.today() - dt.timedelta(days=4))

    assert shown(client) == [newer.title]
    assert shown(client, luogo=home.code) == [newer.title]


def test_a_copy_on_order_has_not_arrived(client):
    copy = arrived()
    type(copy).objects.filter(pk=copy.pk).update(status="on_order", place=None)

    assert shown(client, luogo=copy.home.code) == []


def test_unknown_library_is_not_found_and_unknown_material_is_passed_over(client):
    copy = arrived()

    assert client.get(reverse("portal:arrivals"), {"luogo": "nowhere"}).status_code == 404
    assert shown(client, tipo="zzz") == [copy.title]


def test_most_borrowed_counts_three_loans_or_more_of_the_last_three_months():
    here = BranchFactory()
    often, three = borrowed(4, place=here), borrowed(3, place=here)
    borrowed(2, place=here)
    borrowed(5, place=here, days_ago=120)
    elsewhere = borrowed(6, place=BranchFactory())

    assert most_borrowed(here) == [(often.pk, 4), (three.pk, 3)]
    assert most_borrowed(None) == [(elsewhere.pk, 6), (often.pk, 4), (three.pk, 3)]


def test_most_borrowed_of_one_material():
    here = BranchFactory()
    borrowed(3, place=here)
    film = borrowed(3, place=here, material="dvd")

    assert most_borrowed(here, material="dvd") == [(film.pk, 3)]


def test_most_borrowed_is_counted_once_a_day(django_assert_num_queries):
    here = BranchFactory()
    borrowed(3, place=here)
    first = most_borrowed(here)

    with django_assert_num_queries(0):
        assert most_borrowed(here) == first


def test_page_shows_counts(client):
    here = BranchFactory()
    title = borrowed(3, place=here)

    page = client.get(reverse("portal:arrivals"), {"luogo": here.code}, **ENGLISH).content.decode()

    assert title.title in page
    assert "3 loans" in page


@pytest.mark.parametrize("count", [1, 3])
def test_arrivals_ask_as_often_for_three_rows_as_for_one(client, count, django_assert_num_queries):
    here = BranchFactory()
    for _number in range(count):
        arrived(home=here)
        borrowed(3, place=here)
    most_borrowed(here)

    with django_assert_num_queries(5):
        client.get(reverse("portal:arrivals"), {"luogo": here.code})


def test_feed_of_a_library_names_it_and_what_came_there(client):
    copy = arrived()
    arrived()

    answer = client.get(reverse("portal:arrivals_feed"), {"luogo": copy.home.code}, **ENGLISH)

    channel = ET.fromstring(answer.content).find("channel")
    assert copy.home.name in channel.find("title").text
    assert [item.find("title").text for item in channel.findall("item")] == [copy.title.title]
