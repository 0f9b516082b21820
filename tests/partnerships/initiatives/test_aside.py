"""Reading groups: titles set aside together for the card of the group, and the numbers of a series."""

import pytest
from django.db import IntegrityError, transaction

from accounts.merging import merge_readers
from loans.errors import GroupSizeRefused, GroupTitleRefused
from loans.models import Hold
from loans.states import HoldStatus
from partnerships.initiatives import booking, errors, planning
from partnerships.initiatives.aside import set_titles_aside
from tests.factories import CopyFactory, LibrarianFactory, ReaderFactory
from tests.partnerships.initiatives.conftest import make_initiative
from tests.partnerships.initiatives.test_booking import WEEKLY
from tests.story import fresh


@pytest.fixture
def group(story):
    """A reading group with two titles, a copy of each, and the card of a school."""
    school = ReaderFactory(category="institution")
    one = make_initiative(kind="reading_group", place=story.network.north, card=school)
    for _number in range(2):
        one.titles.add(story.copies(1, home=story.network.north)[0].title)
    return one


def test_set_titles_aside_reserves_them_as_a_set_for_the_group_once(group):
    librarian = LibrarianFactory()
    for _time in range(2):
        set_titles_aside(group, actor=librarian)

    holds = Hold.objects.filter(group=fresh(group).hold_group)
    assert holds.count() == Hold.objects.count() == 2
    assert {one.status for one in holds} == {HoldStatus.ASSIGNED}  # both at once
    assert {one.reader for one in holds} == {group.card}
    assert {one.pickup_place for one in holds} == {group.place}


def test_set_titles_aside_reserves_so_many_copies_of_each(group):
    title = group.titles.first()
    CopyFactory.create_batch(2, title=title, place=group.place, home=group.place)
    group.titles.set([title])
    group.copies_aside = 4
    with pytest.raises(GroupTitleRefused):
        set_titles_aside(group, actor=None)
    group.copies_aside = 3
    set_titles_aside(group, actor=None)

    holds = Hold.objects.filter(group=fresh(group).hold_group)
    assert len({one.copy for one in holds}) == holds.count() == 3
    assert {one.status for one in holds} == {HoldStatus.ASSIGNED}


def test_initiative_sets_some_copies_aside(group):
    with pytest.raises(IntegrityError, match="initiative_sets_some_copies_aside"), transaction.atomic():
        type(group).objects.update(copies_aside=0)


def test_set_titles_aside_refuses_a_persons_card_and_one_title(group):
    person = ReaderFactory()
    for card in (None, person):
        group.card = card
        with pytest.raises(errors.CardIsNotOfAGroup):
            set_titles_aside(group, actor=None)
    group.card = ReaderFactory(category="institution")
    group.titles.remove(group.titles.first())
    with pytest.raises(GroupSizeRefused):
        set_titles_aside(group, actor=None)
    assert not Hold.objects.exists()


def test_merged_card_of_a_group_takes_the_initiative_along(group):
    kept = ReaderFactory(category="institution")
    merge_readers(kept, group.card, actor=LibrarianFactory())

    assert fresh(group).card == kept


@pytest.mark.django_db(transaction=True)
def test_set_titles_aside_twice_at_once_makes_one_set(group, rivals):
    from partnerships.models import Initiative

    rivals(*[lambda: set_titles_aside(Initiative.objects.get(pk=group.pk), actor=None)] * 2)

    assert Hold.objects.count() == 2


@pytest.mark.django_db
def test_each_date_of_a_series_says_how_many_places_all_have(monday):
    series = make_initiative(rhythm="series", rule=WEEKLY, places=3, waiting_places=2)
    own = booking.book_places(series.dates.last(), "ada@example.org", adults=2, is_confirmed=True)
    assert {one.left for one in series.dates.all()} == {1}
    planning.set_places(series.dates.last(), 5, 1, actor=None)
    assert {(one.left, one.waiting_places) for one in series.dates.all()} == {(3, 1)}
    booking.cancel_places(own)
    assert {one.left for one in series.dates.all()} == {5}
