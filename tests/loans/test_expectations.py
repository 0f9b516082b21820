"""The first honest day for a reservation: with a copy, on the road, in the queue; and when we cannot say."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from branches.models import OpeningHours, Place, PlaceCapacity
from branches.rounds import cancel_round
from catalog.models import Copy
from catalog.states import CopyStatus
from loans.claims import claim_returned
from loans.expectations import MOST_AHEAD, Expectation, Outlook, expected_at, expected_for
from loans.forecast import OVERDUE_MARGIN_DAYS
from loans.hold_changes import suspend_hold
from loans.holds import cancel_hold, retry_passed
from loans.journeys import look_for_late_journeys
from loans.models import Hold
from loans.picking import pick_copy
from loans.reminders import unlink_ended
from loans.states import HoldLevel, HoldStatus
from milanolib import clock
from tests.factories import ClosureFactory, CopyFactory, ReaderFactory, TitleFactory, VisitFactory, WorkFactory
from tests.loans.test_any_history import Chance
from tests.loans.test_long_queues import wait_in_line
from tests.story import fresh

MONDAY, THURSDAY = dt.date(2026, 3, 2), dt.date(2026, 3, 5)
DAY, WEEK = dt.timedelta(days=1), dt.timedelta(days=7)
LOAN, KEPT = dt.timedelta(days=30), dt.timedelta(days=7)
DUE = MONDAY + LOAN


@pytest.fixture
def van(story):
    """On Thursdays the van calls at the hub, the north, the south, both newsstands, the bus and the hub again."""
    return story.network.van()


def expected(hold):
    return expected_for([fresh(hold)]).get(hold.pk)


def day_of(hold):
    told = expected(hold)
    assert told.outlook in (Outlook.AROUND, Outlook.VISIT), told
    return told.on


def lent_title(story, **copy):
    """A title whose only copy was lent in the north today."""
    copy = story.copies(1, **copy)[0]
    story.lent(copy)
    return copy.title


# --- A copy has been found, or is on its way


def test_a_copy_that_stands_at_its_point_is_expected_today(story, van):
    assert day_of(story.hold(story.copies(1)[0].title)) == MONDAY


def test_a_copy_of_another_library_is_expected_with_the_van(story, van):
    north = story.copies(1)[0].title
    south = story.copies(1, home=story.network.south)[0].title

    assert day_of(story.hold(north, pickup=story.network.south)) == THURSDAY
    assert day_of(story.hold(south, pickup=story.network.north)) == THURSDAY + WEEK, "by way of the hub"


def test_a_copy_that_is_not_taken_from_its_shelf_before_the_van_comes_goes_with_the_next(story, van):
    for weekday in (0, 3):
        OpeningHours.objects.create(place=story.network.north, weekday=weekday, opens=dt.time(10), closes=dt.time(19))
    story.network.north.hours_known = True
    story.network.north.save()
    story.later(days=2)  # Wednesday, and the library is shut: the van comes on Thursday before it opens

    assert day_of(story.hold(story.copies(1)[0].title, pickup=story.network.south)) == THURSDAY + WEEK


def test_a_copy_in_the_crate_keeps_its_day_until_the_van_should_have_come(story, van):
    hold, _copy, parcel = story.packed(story.copies(1)[0].title)
    assert day_of(hold) == THURSDAY
    story.clock.move_to(dt.datetime(2026, 3, 5, 15, tzinfo=clock.ROME))
    assert day_of(hold) == THURSDAY, "it should be there, and nobody has scanned it in"
    story.later(days=1)
    assert day_of(hold) == THURSDAY + WEEK, "late: with the next one"

    story.receive(parcel)

    assert expected(hold) is None, "ready"


def test_a_picked_copy_that_is_not_wrapped_yet_can_still_go_today(story, van):
    story.clock.move_to(dt.datetime(2026, 3, 5, 8, tzinfo=clock.ROME))
    hold, _copy = story.picked(story.copies(1)[0].title, pickup=story.network.newsstand)

    assert day_of(hold) == THURSDAY
    story.later(hours=2)
    assert day_of(hold) == THURSDAY + WEEK


def test_a_cancelled_round_puts_the_day_off(story, van):
    hold = story.hold(story.copies(1)[0].title, pickup=story.network.south)
    cancel_round(van.rounds.get(on=THURSDAY), reason="neve", actor=None)

    assert day_of(hold) == THURSDAY + WEEK


def test_a_point_that_is_closed_when_the_van_has_come_is_waited_for(story, van):
    ClosureFactory(place=story.network.south, starts_on=THURSDAY + DAY, ends_on=THURSDAY + 3 * DAY)
    OpeningHours.objects.create(place=story.network.south, weekday=0, opens=dt.time(9), closes=dt.time(12))
    OpeningHours.objects.create(place=story.network.south, weekday=3, opens=dt.time(8), closes=dt.time(9, 30))
    story.network.south.hours_known = True
    story.network.south.save()

    hold = story.hold(story.copies(1)[0].title, pickup=story.network.south)

    assert day_of(hold) == dt.date(2026, 3, 9), "it closes before the van is there, and opens on Monday"


@pytest.mark.parametrize(("arrives", "day"), [(15, THURSDAY), (10, THURSDAY + WEEK)])
def test_at_a_stop_it_is_expected_at_the_first_visit_after_it_is_aboard(story, van, arrives, day):
    for week in (THURSDAY, THURSDAY + WEEK):
        VisitFactory(stop=story.network.stop, on=week, arrives=dt.time(arrives), leaves=dt.time(arrives + 2))

    told = expected(story.hold(story.copies(1)[0].title, pickup=story.network.stop))

    assert (told.outlook, told.on) == (Outlook.VISIT, day)


@pytest.mark.parametrize("saturday", [dt.date(2026, 3, 28), dt.date(2026, 10, 24)])
def test_the_night_the_clock_changes_moves_no_day(story, saturday):
    story.clock.move_to(dt.datetime.combine(saturday, dt.time(23, 30), tzinfo=clock.ROME))
    story.network.van(weekdays=[6])
    Place.objects.update(hours_known=True, always_open=True)

    assert day_of(story.hold(story.copies(1)[0].title, pickup=story.network.south)) == saturday + DAY


@pytest.mark.parametrize(
    ("at", "day"),
    [
        ("2026-03-06 17:00", "2026-03-06"),
        ("2026-03-06 18:00", "2026-03-07"),
        ("2026-03-07 20:00", "2026-03-09"),
        ("2026-12-06 10:00", "2026-12-09"),
    ],
)
def test_where_nobody_knows_the_hours_nothing_is_done_at_night_on_sundays_and_on_holidays(story, at, day):
    story.clock.move_to(dt.datetime.fromisoformat(at).replace(tzinfo=clock.ROME))

    assert day_of(story.hold(story.copies(1)[0].title)).isoformat() == day


def test_where_no_van_is_planned_we_cannot_say(story):
    hold = story.hold(story.copies(1)[0].title, pickup=story.network.south)

    assert expected(hold) == Expectation(Outlook.UNKNOWN)


def test_a_copy_that_has_reached_its_point_is_expected_when_that_is_open(story, van):
    hold, _copy = story.picked(story.copies(1)[0].title, pickup=story.network.south)
    story.is_broken = True  # no verb says 'arrived, being prepared' yet
    Hold.objects.filter(pk=hold.pk).update(status=HoldStatus.ARRIVED)
    hold.assignments.get().transits.update(status="arrived", ended_at=clock.now())
    Copy.objects.update(place=story.network.south)

    assert day_of(hold) == MONDAY


# --- Waiting


def test_the_first_in_the_queue_waits_until_the_copy_is_due(story, van):
    title = lent_title(story)

    assert day_of(story.hold(title)) == DUE


def test_a_copy_that_is_due_travels_with_the_next_van_after_the_library_has_closed(story, van):
    title = lent_title(story)

    assert DUE.weekday() == 2
    assert day_of(story.hold(title, pickup=story.network.south)) == DUE + DAY


def test_who_is_ahead_collects_on_the_last_day_and_keeps_it_to_the_end(story, van):
    title = lent_title(story)
    holds = [story.hold(title) for _number in range(3)]

    assert [day_of(hold) for hold in holds] == [DUE, DUE + KEPT + LOAN, dt.date(2026, 6, 15)], "the 14th is a Sunday"


def test_of_several_copies_the_next_that_is_due_is_for_the_next_in_line(story, van):
    copies = story.copies(2)
    story.lent(copies[0])
    story.later(days=3)
    story.lent(copies[1])
    holds = [story.hold(copies[0].title) for _number in range(3)]

    assert [day_of(hold) for hold in holds] == [DUE, DUE + 3 * DAY, DUE + KEPT + LOAN]


def test_who_is_suspended_is_not_waited_for_and_is_told_nothing(story, van):
    title = lent_title(story)
    resting, hold = story.hold(title), story.hold(title)
    suspend_hold(resting, MONDAY + WEEK, actor=None)

    assert day_of(hold) == DUE
    assert expected(resting) is None


def test_an_overdue_copy_counts_from_today_with_a_margin(story, van):
    title = lent_title(story)
    hold = story.hold(title)
    story.later(days=30)
    assert day_of(hold) == DUE, "due today"

    story.later(days=1)

    assert day_of(hold) == DUE + DAY + dt.timedelta(days=OVERDUE_MARGIN_DAYS)


def test_a_copy_kept_for_another_reader_is_lent_from_its_last_day(story, van):
    ready, copy = story.ready(story.copies(1)[0].title)
    hold = story.hold(copy.title)

    assert ready.keep_until == MONDAY + KEPT
    assert day_of(hold) == MONDAY + KEPT + LOAN


def test_a_copy_on_its_way_to_another_reader_is_kept_and_lent_there_first(story, van):
    _first, copy, _parcel = story.packed(story.copies(1)[0].title)
    there = story.hold(copy.title, pickup=story.network.newsstand)

    lent_until = THURSDAY + KEPT + LOAN  # Saturday 11 April
    assert lent_until == dt.date(2026, 4, 11)
    assert day_of(there) == dt.date(2026, 4, 30), "to the south by way of the hub (23 April), back a week later"


def test_a_copy_on_its_way_home_is_caught_there(story, van):
    copy = story.copies(1)[0]
    story.lent(copy)
    story.given_back(copy, place=story.network.south)

    assert day_of(story.hold(copy.title)) == THURSDAY + WEEK


def test_a_new_film_is_expected_when_it_may_be_lent(story, van):
    copy = story.copies(1)[0]
    Copy.objects.update(not_lent_before=MONDAY + WEEK)

    assert day_of(story.hold(copy.title)) == MONDAY + WEEK


def test_only_copies_of_what_was_asked_for_count(story, van):
    work = WorkFactory()
    late, soon = TitleFactory.create_batch(2, work=work)
    story.lent(story.copies(1, title=soon)[0])
    story.later(days=10)
    copy = story.copies(1, title=late)[0]
    story.lent(copy)

    this_edition, this_copy = story.hold(late), story.hold(late, level=HoldLevel.COPY, copy=copy)
    any_edition = story.hold(late, level=HoldLevel.WORK)

    assert day_of(this_edition) == DUE + 10 * DAY
    assert day_of(any_edition) == DUE
    assert day_of(this_copy) == DUE + 10 * DAY + KEPT + LOAN


def test_a_full_point_is_named_and_promises_no_day(story, van):
    PlaceCapacity.objects.update(total=0)
    hold = story.hold(story.copies(1)[0].title, pickup=story.network.newsstand)

    assert expected(hold) == Expectation(Outlook.POINT_FULL)


def test_a_copy_of_which_nobody_knows_when_it_comes_promises_no_day(story, van):
    ordered = CopyFactory(status=CopyStatus.ON_ORDER, place=None)
    claimed = story.lent(story.copies(1)[0])
    claim_returned(claimed, returned_on=MONDAY, place=None, actor=None)

    for title in (ordered.title, claimed.copy.title):
        assert expected(story.hold(title)) == Expectation(Outlook.UNKNOWN)


def test_a_copy_that_is_looked_for_on_the_road_promises_no_day_to_anybody(story, van):
    hold, copy, _parcel = story.packed(story.copies(1)[0].title)
    behind = story.hold(copy.title)
    story.later(days=30)
    look_for_late_journeys()

    assert expected(hold) == expected(behind) == Expectation(Outlook.UNKNOWN)


def test_a_copy_for_a_point_to_which_no_van_goes_promises_no_day_to_anybody_behind(story, van):
    title = lent_title(story)
    first, nowhere, last = story.hold(title), story.hold(title, pickup=story.network.locker), story.hold(title)

    assert day_of(first) == DUE
    assert expected(nowhere) == expected(last) == Expectation(Outlook.UNKNOWN)


def test_beyond_half_a_year_no_day_is_told(story, van):
    title = lent_title(story)
    holds = [story.hold(title) for _number in range(6)]
    last_told = MONDAY + dt.timedelta(days=180)

    told = expected_for(fresh(hold) for hold in holds)

    days = [told[hold.pk].on for hold in holds]
    assert days[:5] == sorted(days[:5])
    assert last_told - 2 * DAY <= days[4] <= last_told
    assert told[holds[5].pk] == Expectation(Outlook.LATER)


def test_far_back_in_a_very_long_queue_it_is_later(story, van):
    title = lent_title(story)
    wait_in_line(title, MOST_AHEAD, [story.network.north])

    assert expected(story.hold(title)) == Expectation(Outlook.LATER)


def test_what_is_over_ready_or_nothing_is_told_nothing(story, van, django_assert_num_queries):
    ready, _copy = story.ready(story.copies(1)[0].title)
    over = cancel_hold(story.hold(story.copies(1)[0].title), actor=None)

    with django_assert_num_queries(0):
        assert expected_for([ready, over]) == {}
        assert expected_for([]) == {}


# --- How it is asked and told


def test_expected_for_asks_as_often_for_three_as_for_one(story, van):
    def ask(number):
        holds = []
        for _number in range(number):
            title = lent_title(story)
            holds += [story.hold(title, reader=ReaderFactory()), story.hold(title, pickup=story.network.stop)]
            holds.append(story.hold(story.copies(1)[0].title, pickup=story.network.newsstand))
        holds = [fresh(hold) for hold in holds]
        with CaptureQueriesContext(connection) as seen:
            assert len(expected_for(holds)) == len(holds)
        return len(seen)

    assert ask(1) == ask(3) == 6


def test_an_expectation_is_told_in_the_readers_language():
    told = Expectation(Outlook.AROUND, on=THURSDAY)

    with override("en"):
        assert (str(told), told.params) == ("Expected around Thursday 5 March", {"day": "Thursday 5 March"})
        assert str(Expectation(Outlook.VISIT, on=THURSDAY)).endswith("Bibliobus on Thursday 5 March")
        assert str(Expectation(Outlook.LATER)) == "Expected in more than six months"
    with override("it"):
        assert "giovedì 5 marzo" in told.params["day"]


@pytest.mark.parametrize("seed", [11, 12])
def test_whatever_happens_no_day_is_past_and_none_is_beyond_half_a_year(story, seed):
    story.network.van(weekdays=[1, 3])
    for week in range(30):
        VisitFactory(stop=story.network.stop, on=MONDAY + week * WEEK)
    history = Chance(story, seed)
    told = 0
    for number in range(60):
        done = history.play()
        retry_passed()
        unlink_ended()
        today = clock.today()
        for hold, one in expected_for(Hold.objects.open()).items():
            told += one.on is not None
            assert one.on is None or today <= one.on <= today + dt.timedelta(days=180), (number, done, hold)
            assert (one.on is None) == (one.outlook not in (Outlook.AROUND, Outlook.VISIT))
        story.later(minutes=20)
    assert told > 60


def test_what_was_expected_around_a_day_can_be_collected_on_it(story, van):
    """The way that was foretold, walked: due, checked in, in the crate, at the point."""
    title = lent_title(story)
    hold = story.hold(title, pickup=story.network.newsstand)
    day = day_of(hold)
    copy = CopyFactory._meta.model.objects.get(title=title)

    story.clock.move_to(dt.datetime.combine(DUE, dt.time(18), tzinfo=clock.ROME))
    story.given_back(copy)
    pick_copy(copy, copy.home, actor=None)
    assert day_of(hold) == day == DUE + DAY


# --- At other points, before it is placed


def test_expected_at_other_points_is_what_is_told_when_it_is_there(story, van):
    """What the choice of a point promises is what the reservation says once it was placed there."""
    network = story.network
    points = (network.north, network.south, network.newsstand, network.stop)
    VisitFactory(stop=network.stop, on=THURSDAY + WEEK)
    for free in (True, False):
        title = story.copies(1)[0].title if free else lent_title(story)
        asked = expected_at(Hold(work=title.work, title=title, level=HoldLevel.TITLE), [one.pk for one in points])
        for point in points:
            hold = story.hold(title, pickup=point)
            assert expected(hold) == asked[point.pk], (free, point)
            cancel_hold(hold, actor=None)


def test_expected_at_other_points_of_who_waits_keeps_the_turn(story, van):
    title = lent_title(story)
    first, second = story.hold(title), story.hold(title)
    north, stand = story.network.north.pk, story.network.newsstand.pk

    for hold in (first, second):
        told = expected_at(fresh(hold), [north, stand])
        assert told[north] == expected(hold)
        assert told[stand].on > told[north].on
    behind = expected_at(Hold(work=title.work, title=title, level=HoldLevel.TITLE), [north])
    assert behind[north].on > expected(second).on


def test_expected_at_says_nothing_of_what_is_ready_or_rests(story, van):
    ready, _copy = story.ready(story.copies(1)[0].title)
    rests = story.hold(lent_title(story))
    suspend_hold(rests, MONDAY + WEEK, actor=None)

    assert expected_at(fresh(ready), [story.network.south.pk]) == {}
    assert expected_at(fresh(rests), [story.network.south.pk]) == {}
