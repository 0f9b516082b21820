"""How long, how many, which copy: pure functions."""

import datetime as dt

import pytest

from accounts.models import Reader
from branches.calendar import Calendar, WeeklyHours
from branches.models import Place, PlaceKind
from catalog.models import Copy, Title
from loans.models import Hold, KeepingRule, LoanRule, ReaderRule
from loans.policy import age_band, age_on, can_collect_at, can_serve, due_on, keep_until, loan_rule_for
from loans.states import HoldLevel

DAY = dt.date(2026, 3, 2)
BRANCH = Place(pk=1, kind=PlaceKind.BRANCH)
GENERAL = LoanRule(loan_days=30)


def rule_for(*rules, material="book", category="person", place=BRANCH, on=DAY):
    return loan_rule_for(rules, material=material, reader_category=category, place=place, on=on)


@pytest.mark.parametrize(
    ("narrower", "wider"),
    [
        ({"material": "book"}, {}),
        ({"material": "book"}, {"reader_category": "person", "branch_id": 1, "place_kind": "branch"}),
        ({"reader_category": "person"}, {"branch_id": 1, "place_kind": "branch"}),
        ({"branch_id": 1}, {"place_kind": "branch"}),
        ({"place_kind": "branch"}, {}),
        ({"valid_from": DAY}, {}),
    ],
)
def test_loan_rule_for_takes_the_most_specific_whatever_their_order(narrower, wider):
    narrower, wider = LoanRule(**narrower), LoanRule(**wider)

    assert rule_for(GENERAL, wider, narrower) is narrower
    assert rule_for(narrower, wider, GENERAL) is narrower


@pytest.mark.parametrize(
    "other",
    [
        {"material": "dvd"},
        {"reader_category": "institution"},
        {"branch_id": 2},
        {"place_kind": "newsstand"},
        {"valid_from": DAY + dt.timedelta(days=1)},
        {"valid_to": DAY - dt.timedelta(days=1)},
    ],
)
def test_loan_rule_for_leaves_what_does_not_fit(other):
    assert rule_for(LoanRule(**other), GENERAL) is GENERAL


def test_loan_rule_for_needs_a_general_rule():
    with pytest.raises(LookupError):
        rule_for(LoanRule(material="dvd"))


def test_due_on_moves_to_an_open_day_and_gives_up_on_a_place_that_never_opens():
    mondays = Calendar(weekly=(WeeklyHours(0, dt.time(9), dt.time(19)),))

    assert due_on(DAY, 7, mondays) == dt.date(2026, 3, 9)
    assert due_on(DAY, 8, mondays) == dt.date(2026, 3, 16)
    assert due_on(DAY, 8, Calendar(closures=((dt.date(2020, 1, 1), None),))) == dt.date(2026, 3, 10)


def test_due_on_counts_a_place_with_unknown_hours_as_open():
    assert due_on(DAY, 30, Calendar(known=False)) == dt.date(2026, 4, 1)


def test_keep_until_counts_days_or_visits():
    days, visits = KeepingRule(days=3), KeepingRule(visits=2)
    hours = (dt.time(15), dt.time(17))
    stop = Calendar(visits=tuple((dt.date(2026, 3, day), *hours) for day in (4, 18)))

    assert keep_until(DAY, days, Calendar(known=False)) == dt.date(2026, 3, 5)
    assert keep_until(DAY, visits, stop) == dt.date(2026, 3, 18)
    assert keep_until(dt.date(2026, 3, 18), visits, stop) == dt.date(2026, 3, 18), "no second one is planned"
    assert keep_until(dt.date(2026, 3, 19), visits, stop) == dt.date(2026, 4, 2), "none is planned: two weeks"


def test_can_collect_at_takes_an_empty_list_for_all():
    newsstand = Place(kind=PlaceKind.NEWSSTAND)

    assert can_collect_at(ReaderRule(pickup_kinds=[]), newsstand)
    assert not can_collect_at(ReaderRule(pickup_kinds=["branch", "stop"]), newsstand)


@pytest.mark.parametrize(
    ("hold", "served"),
    [
        ({"level": HoldLevel.WORK, "work_id": 1}, True),
        ({"level": HoldLevel.WORK, "work_id": 2}, False),
        ({"level": HoldLevel.TITLE, "work_id": 1, "title_id": 10}, True),
        ({"level": HoldLevel.TITLE, "work_id": 1, "title_id": 11}, False),
        ({"level": HoldLevel.VOLUME, "work_id": 1, "title_id": 10, "volume": "2"}, True),
        ({"level": HoldLevel.VOLUME, "work_id": 1, "title_id": 10, "volume": "3"}, False),
        ({"level": HoldLevel.VOLUME, "work_id": 1, "title_id": 11, "volume": "2"}, False),
        ({"level": HoldLevel.COPY, "work_id": 1, "title_id": 10, "copy_id": 100}, True),
        ({"level": HoldLevel.COPY, "work_id": 1, "title_id": 10, "copy_id": 101}, False),
    ],
)
def test_can_serve_asks_what_the_hold_asks_for(hold, served):
    copy = Copy(pk=100, title=Title(pk=10, work_id=1), volume="2")

    assert can_serve(copy, Hold(**hold)) is served
    copy.is_lendable = False
    assert not can_serve(copy, Hold(**hold))


def test_age_on_counts_whole_years_also_from_29_february():
    born = dt.date(2008, 2, 29)

    assert [age_on(day, born) for day in (dt.date(2022, 2, 28), dt.date(2022, 3, 1), dt.date(2024, 2, 29))] == [
        13,
        14,
        16,
    ]


@pytest.mark.parametrize(
    ("born_on", "band"),
    [
        (None, ""),
        (dt.date(2012, 3, 3), "child"),
        (dt.date(2012, 3, 2), "teen"),
        (dt.date(2008, 3, 3), "teen"),
        (dt.date(2008, 3, 2), "adult"),
    ],
)
def test_age_band_changes_on_the_birthday(born_on, band):
    assert age_band(Reader(born_on=born_on), DAY) == band
