"""Two rules that tie are refused by the database; which one decides, and why, is told."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from loans.embargo import settle_embargoes
from loans.explaining import explain_loan
from loans.models import LoanRule
from loans.policy import first_lent_on, months_after, suspension_days
from loans.states import HoldStatus
from outbox.events import dispatch
from tests.factories import CopyFactory, ManagerFactory, ReaderFactory, TitleFactory
from tests.story import fresh

DAY = dt.date(2026, 3, 2)
VALUES = {"loan_days": 7, "max_renewals": 0, "max_loans": 1, "limit_group": "x"}


def days(start, end):
    return {
        "valid_from": DAY + dt.timedelta(days=start) if start is not None else None,
        "valid_to": DAY + dt.timedelta(days=end) if end is not None else None,
    }


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (days(None, None), days(None, None)),
        (days(0, 10), days(10, 20)),
        (days(0, None), days(100, None)),
        (days(None, 0), days(None, 5)),
        (days(None, 0), days(0, None)),
    ],
)
def test_two_rules_that_tie_are_refused_in_words_and_by_the_database(db, english, one, other):
    LoanRule.objects.create(material="map", **one, **VALUES)
    tied = LoanRule(material="map", **other, **VALUES)

    with pytest.raises(ValidationError, match="neither is more specific"):
        tied.full_clean()
    with pytest.raises(IntegrityError, match="loanrule_no_two_"), transaction.atomic():
        tied.save()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (days(None, None), days(0, 10)),
        (days(0, 10), days(11, 20)),
        (days(None, 0), days(1, None)),
    ],
)
def test_rules_that_follow_one_another_or_hold_for_some_time_only_stand_beside_each_other(db, one, other):
    LoanRule.objects.create(material="map", **one, **VALUES)

    LoanRule.objects.create(material="map", **other, **VALUES)

    assert LoanRule.objects.filter(material="map").count() == 2


def test_rules_of_two_branches_do_not_tie(network):
    for branch in (None, network.north, network.south):
        LoanRule.objects.create(material="map", branch=branch, **days(0, 10), **VALUES)

    with pytest.raises(IntegrityError, match="loanrule_no_two_dated_alike_at_once"):
        LoanRule.objects.create(material="map", branch=network.north, **days(5, 6), **VALUES)


def test_explain_loan_weighs_every_rule_in_the_fixed_order(story, english):
    LoanRule.objects.create(material="book", branch=story.network.north, **VALUES)
    LoanRule.objects.create(material="book", place_kind="branch", **{**VALUES, "limit_group": "y"})
    copy = story.copies(1)[0]

    explained = explain_loan(copy, story.network.north, DAY, reader=None, category="person")

    told = [(one.rule.material, str(one.verdict)) for one in explained.weighed]
    assert [verdict for _material, verdict in told[:4]] == [
        "decides",
        *["fits, but another one is more specific"] * 3,
    ]
    assert explained.rule.branch == story.network.north
    assert explained.due_on == DAY + dt.timedelta(days=7)
    assert ("dvd", "another material class") in told
    assert len(told) == LoanRule.objects.count()


def test_explain_loan_counts_what_a_reader_has_and_tells_what_would_be_refused(story):
    reader = ReaderFactory(born_on=dt.date(2015, 1, 1))
    story.lent(story.copies(1)[0], reader=reader)
    copy = story.copies(1, title=TitleFactory(age_mark=18))[0]

    explained = explain_loan(copy, story.network.north, DAY, reader=reader, category="")

    assert (explained.loans, explained.max_loans, explained.alike) == (1, 20, 1)
    assert [refusal.code for refusal in explained.refusals] == ["too_young"]


# --- New films


@pytest.mark.parametrize(
    ("year", "added_on", "expected"),
    [
        (2025, None, dt.date(2027, 6, 30)),
        (2025, dt.date(2025, 3, 31), dt.date(2026, 9, 30)),
        (None, dt.date(2025, 3, 1), None),
        (2024, dt.date(2026, 1, 1), dt.date(2026, 6, 30)),
    ],
)
def test_first_lent_on_counts_from_when_it_was_surely_out(year, added_on, expected):
    assert first_lent_on(LoanRule(not_lent_months=18), year=year, added_on=added_on) == expected
    assert first_lent_on(LoanRule(), year=year, added_on=added_on) is None


def test_months_after_takes_the_last_day_of_a_shorter_month():
    assert months_after(dt.date(2025, 8, 31), 6) == dt.date(2026, 2, 28)
    assert months_after(dt.date(2023, 12, 31), 2) == dt.date(2024, 2, 29)


def test_suspension_days_round_up():
    assert suspension_days(5, grace_days=0, per_day=0.5, most=60) == 3


def test_settle_embargoes_keeps_new_films_from_who_waits_and_sets_them_free_on_the_day(story):
    title = TitleFactory(material="dvd", year=2026)
    copy = CopyFactory(title=title, home=story.network.north, added_on=dt.date(2024, 10, 1))
    assert settle_embargoes() == 1
    assert fresh(copy).not_lent_before == dt.date(2026, 4, 1)
    hold = story.hold(title)
    assert (story.copy_of(hold), hold.status) == (None, HoldStatus.QUEUED)
    assert settle_embargoes() == 0

    story.later(days=30)
    settle_embargoes()

    assert (story.copy_of(hold), fresh(copy).not_lent_before) == (copy, None)


def test_a_rule_that_was_changed_sets_copies_free_by_an_event(story, client):
    title = TitleFactory(material="dvd", year=2026)
    copy = CopyFactory(title=title, home=story.network.north, added_on=dt.date(2026, 1, 1))
    settle_embargoes()
    rule = LoanRule.objects.get(material="dvd")
    client.force_login(ManagerFactory(desk=story.network.north), backend="accounts.backends.CardBackend")
    fields = {
        field.name: getattr(rule, field.attname)
        for field in LoanRule._meta.concrete_fields
        if getattr(rule, field.attname) is not None
    }

    answer = client.post(f"/gestione/loans/loanrule/{rule.pk}/change/", {**fields, "not_lent_months": 0})
    dispatch()

    assert answer.status_code == 302
    assert fresh(copy).not_lent_before is None
