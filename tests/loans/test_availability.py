"""What is free where follows every change of copies and promises, and nothing has to remember to say so."""

import pytest

from catalog.models import Availability, SearchRow, StaleTitle
from catalog.search import Query, refresh, search
from loans.availability import count_demand, follow_copies, rebuild
from loans.holds import cancel_hold, place_hold
from loans.invariants import disagreements
from loans.lending import check_in, check_out
from tests.factories import CopyFactory, ReaderFactory, TitleFactory


def free(title):
    return dict(Availability.objects.filter(title=title).values_list("place__code", "free"))


@pytest.fixture
def copy(story):
    made = CopyFactory(home=story.network.south, place=story.network.south)
    follow_copies()
    return made


def test_a_new_copy_is_free_where_it_stands(copy):
    assert free(copy.title) == {"south": 1}
    assert not StaleTitle.objects.exists()


def test_a_loan_takes_it_away_and_a_return_brings_it_back(story, copy):
    check_out(copy, ReaderFactory(), story.network.south, actor=None)
    follow_copies()
    assert free(copy.title) == {}
    check_in(copy, story.network.south, actor=None)
    follow_copies()
    assert free(copy.title) == {"south": 1}


def test_a_copy_meant_for_a_reader_is_not_free(story, copy):
    hold = place_hold(ReaderFactory(), copy.title, story.network.north, actor=None)
    follow_copies()
    assert free(copy.title) == {}
    cancel_hold(hold, actor=None)
    follow_copies()
    assert free(copy.title) == {"south": 1}


def test_a_search_narrowed_to_what_is_free_follows(story, copy):
    refresh([copy.title_id])
    query = Query(text=copy.title.title, free_only=True)
    assert [line.title_id for line in search(query).lines] == [copy.title_id]
    at_north = Query(text=copy.title.title, at=(story.network.north.pk,))
    assert search(at_north).lines == ()
    check_out(copy, ReaderFactory(), story.network.south, actor=None)
    follow_copies()
    assert search(query).lines == ()


def test_a_copy_that_moves_house_is_found_at_its_new_library(story, copy):
    copy.home = story.network.north
    copy.save(update_fields=["home"])
    follow_copies()
    found = search(Query(text=copy.title.title, filters={"place": (str(story.network.north.pk),)}))
    assert [line.title_id for line in found.lines] == [copy.title_id]


def test_nothing_is_noted_when_nothing_that_matters_changes(copy):
    copy.shelf_mark = "N CAL"
    copy.save(update_fields=["shelf_mark"])
    assert not StaleTitle.objects.exists()


def test_a_rebuild_says_the_same_as_following(story, copy):
    CopyFactory(title=copy.title, home=story.network.north, place=story.network.north)
    follow_copies()
    followed = free(copy.title)
    assert rebuild() == 1
    assert free(copy.title) == followed == {"south": 1, "north": 1}


def test_a_wrong_number_shows_when_everything_is_recomputed(story, copy):
    assert disagreements() == []
    Availability.objects.update(free=7)
    assert len(disagreements()) == 2
    story.is_broken = True


def test_loans_of_the_last_year_say_what_is_asked_for(story, copy):
    other = CopyFactory(title=TitleFactory(), home=story.network.south, place=story.network.south)
    follow_copies()
    for _time in range(3):
        check_out(copy, ReaderFactory(), story.network.south, actor=None)
        check_in(copy, story.network.south, actor=None)
    count_demand()
    follow_copies()
    rows = {row.title_id: row for row in SearchRow.objects.all()}
    assert rows[copy.title_id].borrowed == 3
    assert rows[copy.title_id].popularity > rows[other.title_id].popularity


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_leave_nothing_behind(rivals):
    copies = CopyFactory.create_batch(3)
    rivals(follow_copies, follow_copies)
    follow_copies()
    assert not StaleTitle.objects.exists()
    assert Availability.objects.count() == len(copies)
