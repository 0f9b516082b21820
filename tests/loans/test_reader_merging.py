"""Loans and reservations of a reader with two cards."""

import datetime as dt

import pytest

from accounts.choices import choose_renewal
from accounts.merging import merge_readers, preview_merge
from accounts.models import ReaderStatus
from loans.delegations import let_collect
from loans.errors import ReaderClosed
from loans.holds import place_hold
from loans.models import Assignment, Delegation, Hold, Loan
from loans.states import HoldLevel, HoldStatus
from milanolib import clock
from tests.factories import ReaderFactory, TitleFactory
from tests.story import fresh


@pytest.fixture
def cards(story):
    """The card that is kept, and the one that goes."""
    return ReaderFactory(), ReaderFactory()


def note(keep, other):
    return [words for one in preview_merge(keep, other) for words in one.notes]


def test_merge_readers_moves_loans_and_reservations_of_all_ages(story, cards):
    keep, other = cards
    given_back, lent, held = (story.copies(1)[0] for _number in range(3))
    story.lent(given_back, reader=other)
    story.given_back(given_back)
    story.lent(lent, reader=other)
    hold = story.hold(held.title, reader=other)

    merge_readers(keep, other, actor=None)

    assert set(Loan.objects.values_list("reader", flat=True)) == {keep.pk}
    assert (fresh(hold).reader, fresh(hold).status) == (keep, HoldStatus.ASSIGNED)


@pytest.mark.parametrize("level", [HoldLevel.TITLE, HoldLevel.WORK])
def test_merge_readers_leaves_the_earlier_of_two_reservations_its_turn(story, cards, level):
    keep, other = cards
    copy = story.copies(1)[0]
    story.lent(copy)
    earlier = story.hold(copy.title, reader=other, level=level)
    between = story.hold(copy.title)
    later = story.hold(copy.title, reader=keep, level=level)
    assert len(note(keep, other)) == 1

    merge_readers(keep, other, actor=None)

    assert (fresh(earlier).status, fresh(earlier).reader) == (HoldStatus.QUEUED, keep)
    assert fresh(later).status == HoldStatus.CANCELLED
    assert fresh(earlier).order_key < fresh(between).order_key


def test_merge_readers_leaves_the_reservation_whose_copy_is_on_its_way(story, cards):
    keep, other = cards
    title = TitleFactory()
    copy = story.copies(1, title=title)[0]
    story.lent(copy)
    earlier = story.hold(title, reader=other)
    story.copies(1, title=title)
    later = story.hold(title, reader=keep)
    assert story.copy_of(earlier) is None or story.copy_of(later) is None
    story.given_back(copy)
    ready = next(one for one in (fresh(earlier), fresh(later)) if one.status == HoldStatus.READY)

    merge_readers(keep, other, actor=None)

    assert fresh(ready).status == HoldStatus.READY
    assert Hold.objects.open().filter(reader=keep).count() == 1


def test_merge_readers_gives_the_second_copy_to_the_next_reader(story, cards):
    keep, other = cards
    title = TitleFactory()
    story.copies(2, title=title)
    story.hold(title, reader=other)
    later = story.hold(title, reader=keep)
    second = story.copy_of(later)
    waiting = story.hold(title)
    assert story.copy_of(waiting) is None

    merge_readers(keep, other, actor=None)

    assert story.copy_of(waiting) == second
    assert not Assignment.objects.open().filter(hold=later).exists()


def test_merge_readers_keeps_what_is_more_than_the_limit_and_says_so(story, cards):
    keep, other = cards
    for reader in (keep, other):
        for copy in (story.copies(1)[0] for _number in range(4)):
            story.hold(copy.title, reader=reader)

    told = note(keep, other)
    merge_readers(keep, other, actor=None)

    assert ["8" in words and "5" in words for words in told] == [True]
    assert Hold.objects.open().filter(reader=keep).count() == 8


@pytest.mark.django_db(transaction=True)
def test_merge_readers_while_the_other_reserves_the_same_loses_nothing(rivals, story, cards):
    keep, other = cards
    copy = story.copies(1)[0]
    story.lent(copy)
    story.hold(copy.title, reader=keep)

    outcomes = rivals(
        lambda: merge_readers(fresh(keep), fresh(other), actor=None),
        lambda: place_hold(fresh(other), copy.title, story.network.north, actor=None),
    )

    assert not isinstance(outcomes[0], Exception)
    assert isinstance(outcomes[1], Hold | ReaderClosed)
    assert Hold.objects.open().get().reader == keep
    assert fresh(other).status == ReaderStatus.CLOSED


def test_merge_readers_moves_delegations_and_leaves_of_two_the_longer(monday, network):
    keep, other, bruno = ReaderFactory(), ReaderFactory(), ReaderFactory()
    today = clock.today()

    def given(reader, delegate, days, name="Bruno"):
        until = today + dt.timedelta(days=days)
        return let_collect(reader, delegate=delegate, name=name, valid_from=today, valid_until=until, actor=None)

    given(keep, bruno, 5)
    longer = given(other, bruno, 50)
    given(keep, None, 5, "Marie Curie")
    by_name = given(other, None, 50, "marie curie")
    received = given(bruno, other, 5)
    given(keep, other, 5)

    merge_readers(keep, other, actor=None)

    assert set(Delegation.objects.all()) == {longer, by_name, received}
    assert (fresh(longer).reader, fresh(by_name).reader, fresh(received).delegate) == (keep, keep, keep)


def test_merge_readers_goes_on_renewing_by_itself_if_one_card_did(cards):
    keep, other = cards
    choose_renewal(other, by_itself=True)

    merge_readers(keep, other, actor=None)

    assert fresh(keep).renews_by_itself
