"""When is a place open: in civil days and wall time, both nights included on which the clock changes."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from branches.calendar import Calendar, WeeklyHours, calendar_of, is_holiday, state_at
from branches.models import Place
from tests.factories import (
    BranchFactory,
    ClosureFactory,
    OpeningHoursFactory,
    SpecialOpeningFactory,
    StopFactory,
    VisitFactory,
)

ROME = ZoneInfo("Europe/Rome")
NINE, SEVEN = dt.time(9), dt.time(19)
EVERY_DAY = tuple(WeeklyHours(weekday, NINE, SEVEN) for weekday in range(7))
WEEKDAYS = EVERY_DAY[:5]


def at(text, fold=0):
    """Return an instant from wall time in Milan: '2026-03-02 10:00'."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=ROME, fold=fold)


def day(text):
    return dt.date.fromisoformat(text)


# --- Holidays


@pytest.mark.parametrize(
    ("text", "rests"),
    [
        ("2026-12-07", True),  # Sant'Ambrogio, Milan's own
        ("2026-12-08", True),
        ("2026-04-06", True),  # Easter Monday moves
        ("2027-03-29", True),
        ("2026-08-15", True),
        ("2026-06-02", True),
        ("2026-12-09", False),
        ("2026-03-08", False),  # a Sunday is not a holiday
    ],
)
def test_is_holiday_knows_italys_and_milans_own(text, rests):
    assert is_holiday(day(text)) is rests


def test_a_place_rests_on_holidays_unless_it_says_otherwise():
    assert Calendar(weekly=EVERY_DAY).is_open_on(day("2026-12-07")) is False
    assert Calendar(weekly=EVERY_DAY, rests_on_holidays=False).is_open_on(day("2026-12-07")) is True


def test_a_special_opening_replaces_the_days_hours_and_a_holidays_rest():
    calendar = Calendar(weekly=EVERY_DAY, special=((day("2026-12-07"), dt.time(10), dt.time(13)),))

    (opening,) = calendar.openings_on(day("2026-12-07"))

    assert (opening.starts, opening.ends) == (at("2026-12-07 10:00"), at("2026-12-07 13:00"))


def test_a_closure_is_stronger_than_a_special_opening():
    today = day("2026-12-07")

    assert Calendar(closures=((today, today),), special=((today, NINE, SEVEN),)).is_open_on(today) is False


# --- Closures, beginnings and ends


def test_a_closure_shuts_its_first_and_its_last_day():
    calendar = Calendar(weekly=EVERY_DAY, closures=((day("2026-08-10"), day("2026-08-12")),))

    assert [calendar.is_open_on(day(f"2026-08-{number}")) for number in ("09", "10", "12", "13")] == [
        True,
        False,
        False,
        True,
    ]


def test_a_closure_without_an_end_shuts_for_good():
    assert Calendar(weekly=EVERY_DAY, closures=((day("2026-08-10"), None),)).is_open_on(day("2030-01-02")) is False


def test_a_place_is_open_from_its_first_day_to_the_one_before_its_last():
    calendar = Calendar(weekly=EVERY_DAY, opened_on=day("2026-03-03"), closed_on=day("2026-03-05"))

    assert [calendar.is_open_on(day(f"2026-03-0{number}")) for number in (2, 3, 4, 5)] == [False, True, True, False]


def test_hours_hold_within_their_validity():
    summer = WeeklyHours(0, dt.time(8), dt.time(14), day("2026-06-15"), day("2026-09-15"))

    assert [summer.hold_on(day(text)) for text in ("2026-06-08", "2026-06-15", "2026-09-14", "2026-09-21")] == [
        False,
        True,
        True,
        False,
    ]


# --- Unknown hours


def test_unknown_hours_are_neither_open_nor_closed():
    calendar = Calendar(known=False)

    assert calendar.is_open_on(day("2026-03-02")) is None
    assert not state_at(calendar, at("2026-03-02 10:00")).known


def test_unknown_hours_count_as_open_when_a_day_is_sought():
    calendar = Calendar(known=False, closures=((day("2026-03-02"), day("2026-03-04")),))

    assert calendar.next_open_day(day("2026-03-02")) == day("2026-03-05")


def test_a_closure_is_known_though_the_hours_are_not():
    calendar = Calendar(known=False, closures=((day("2026-03-02"), day("2026-03-04")),))

    assert calendar.is_open_on(day("2026-03-02")) is False
    state = state_at(calendar, at("2026-03-02 10:00"))
    assert (state.known, state.is_open, state.opens) == (True, False, None)


# --- Looking ahead


def test_next_open_day_skips_a_long_weekend():
    """Saturday 5 December 2026, Sunday, Sant'Ambrogio, the Immacolata."""
    assert Calendar(weekly=WEEKDAYS).next_open_day(day("2026-12-05")) == day("2026-12-09")


@pytest.mark.parametrize(
    "calendar",
    [
        Calendar(weekly=()),
        Calendar(weekly=EVERY_DAY, closures=((day("2020-01-01"), None),)),
        Calendar(weekly=EVERY_DAY, closed_on=day("2020-01-01")),
        Calendar(visits=()),
    ],
)
def test_a_place_that_never_opens_ends_every_search(calendar):
    assert calendar.next_open_day(day("2026-03-02")) is None
    assert calendar.next_opening(at("2026-03-02 10:00")) is None
    assert calendar.open_days(day("2026-03-02"), 3) == []


def test_a_place_closed_for_a_year_opens_within_the_horizon():
    calendar = Calendar(weekly=EVERY_DAY, closures=((day("2026-03-02"), day("2027-03-01")),))

    assert calendar.next_open_day(day("2026-03-02")) == day("2027-03-02")


def test_open_days_counts_only_days_on_which_the_place_opens():
    assert Calendar(weekly=WEEKDAYS).open_days(day("2026-03-06"), 3) == [
        day("2026-03-06"),
        day("2026-03-09"),
        day("2026-03-10"),
    ]


# --- At an instant


def test_state_at_says_until_when_and_when_next():
    calendar = Calendar(weekly=(WeeklyHours(0, NINE, dt.time(13)), WeeklyHours(0, dt.time(15), SEVEN)))

    open_now = state_at(calendar, at("2026-03-02 12:59"))
    at_lunch = state_at(calendar, at("2026-03-02 13:00"))
    in_the_evening = state_at(calendar, at("2026-03-02 19:00"))

    assert (open_now.is_open, open_now.until) == (True, at("2026-03-02 13:00"))
    assert (at_lunch.is_open, at_lunch.opens, at_lunch.opens_today) == (False, at("2026-03-02 15:00"), True)
    assert (in_the_evening.opens, in_the_evening.opens_today) == (at("2026-03-09 09:00"), False)


def test_state_at_takes_an_instant_of_any_zone():
    calendar = Calendar(weekly=EVERY_DAY)

    assert state_at(calendar, dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC)).is_open
    assert not state_at(calendar, dt.datetime(2026, 3, 2, 7, 59, tzinfo=dt.UTC)).is_open


def test_an_opening_past_midnight_belongs_to_the_day_it_began():
    night = Calendar(weekly=(WeeklyHours(5, dt.time(18), dt.time(0, 30)),))

    assert night.is_open_on(day("2026-03-08")) is False, "Sunday"
    state = state_at(night, at("2026-03-08 00:29"))
    assert (state.is_open, state.until) == (True, at("2026-03-08 00:30"))
    assert not state_at(night, at("2026-03-08 00:30")).is_open


def test_openings_that_touch_or_overlap_are_one():
    calendar = Calendar(weekly=(WeeklyHours(0, NINE, dt.time(13)), WeeklyHours(0, dt.time(12), SEVEN)))

    assert len(calendar.openings_on(day("2026-03-02"))) == 1


def test_a_place_that_is_always_open_is_open_at_any_instant_of_a_closure_less_year():
    calendar = Calendar(always=True, rests_on_holidays=False)

    for text in ("2026-12-25 03:00", "2026-03-29 01:59", "2026-03-29 03:00", "2026-10-25 02:30"):
        state = state_at(calendar, at(text))
        assert state.is_open
        assert state.always


# --- The nights on which the clock changes


def test_the_night_that_loses_an_hour():
    """29 March 2026: from 2:00 to 3:00. A day of 9 to 19 keeps its ten hours, a night of 22 to 6 lasts seven."""
    night = Calendar(weekly=(WeeklyHours(5, dt.time(22), dt.time(6)), WeeklyHours(6, NINE, SEVEN)))
    (opening,) = night.openings_on(day("2026-03-28"))
    (sunday,) = night.openings_on(day("2026-03-29"))

    assert opening.ends.astimezone(dt.UTC) - opening.starts.astimezone(dt.UTC) == dt.timedelta(hours=7)
    assert sunday.ends.astimezone(dt.UTC) - sunday.starts.astimezone(dt.UTC) == dt.timedelta(hours=10)
    assert state_at(night, dt.datetime(2026, 3, 29, 3, 59, tzinfo=dt.UTC)).is_open
    assert not state_at(night, dt.datetime(2026, 3, 29, 4, 0, tzinfo=dt.UTC)).is_open, "6:00 in Milan, an hour early"


def test_the_night_that_gains_an_hour():
    """25 October 2026: from 3:00 back to 2:00. A night of 22 to 6 lasts nine hours; 2:30 comes twice."""
    night = Calendar(weekly=(WeeklyHours(5, dt.time(22), dt.time(2, 15)),))

    first, second = at("2026-10-25 02:10", fold=0), at("2026-10-25 02:10", fold=1)

    assert state_at(night, first).is_open
    assert not state_at(night, second).is_open, "ten past two for the second time: closed since an hour"
    assert not state_at(night, second.astimezone(dt.UTC)).is_open


def test_an_opening_in_the_hour_that_does_not_exist_is_still_one_opening():
    calendar = Calendar(weekly=(WeeklyHours(6, dt.time(2, 30), dt.time(4)),))

    assert state_at(calendar, dt.datetime(2026, 3, 29, 1, 45, tzinfo=dt.UTC)).is_open
    assert not state_at(calendar, dt.datetime(2026, 3, 29, 2, 0, tzinfo=dt.UTC)).is_open


# --- From rows


def test_calendar_of_reads_a_places_rows_in_four_statements(db, django_assert_num_queries):
    place = BranchFactory(hours_known=True)
    OpeningHoursFactory(place=place)
    OpeningHoursFactory(place=place, opens=dt.time(20), closes=dt.time(23), purpose="study")
    ClosureFactory(place=place, starts_on=day("2026-03-09"))
    SpecialOpeningFactory(place=place, on=day("2026-03-15"))

    with django_assert_num_queries(5):
        (found,) = Place.objects.filter(pk=place.pk).with_calendar(day("2026-03-01"), day("2026-03-31"))
        calendar = calendar_of(found)

    assert [calendar.is_open_on(day(f"2026-03-{number}")) for number in ("02", "09", "15", "16")] == [
        True,
        False,
        True,
        True,
    ]
    assert not state_at(calendar, at("2026-03-02 21:00")).is_open, "the study room is not the library"


def test_calendar_of_a_stop_follows_its_visits_not_its_weekly_hours(db):
    stop = StopFactory()
    OpeningHoursFactory(place=stop, weekday=0)
    VisitFactory(stop=stop, on=day("2026-03-04"))
    VisitFactory(stop=stop, on=day("2026-03-11"), status="cancelled")
    (found,) = Place.objects.filter(pk=stop.pk).with_calendar(day("2026-03-01"), day("2026-03-31"))

    calendar = calendar_of(found)

    assert [calendar.is_open_on(day(f"2026-03-{number}")) for number in ("02", "04", "11")] == [False, True, False]
    assert state_at(calendar, at("2026-03-04 15:30")).until == at("2026-03-04 17:00")
