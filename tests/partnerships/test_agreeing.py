"""From draft to ended: each step, each refusal, each constraint; and what happens by night."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Act
from milanolib import clock
from outbox.models import Event
from partnerships import agreeing
from partnerships.errors import AgreementIncomplete, AgreementMovedOn, PeriodIsOver
from partnerships.models import Agreement, Institution, UseCount
from partnerships.states import AGREEMENT_MOVES, AgreementStatus
from tests.factories import LibrarianFactory
from tests.partnerships.conftest import make_agreement, make_draft, make_institution
from tests.story import fresh

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def acts(agreement):
    return list(Act.objects.filter(subject=f"agreement:{agreement.pk}").order_by("pk").values_list("verb", "reason"))


def test_agreement_goes_from_draft_to_ended_and_each_step_is_written_down_once(monday):
    draft, anna = make_draft(), LibrarianFactory()
    for _time in range(2):
        agreeing.review_agreement(draft, actor=anna)
    for _time in range(2):
        agreeing.activate_agreement(draft, actor=anna)
    for _time in range(2):
        agreeing.end_agreement(draft, actor=anna, reason="The cinema closes.")

    done = fresh(draft)
    assert (done.status, done.ended_at) == (AgreementStatus.ENDED, clock.now())
    assert acts(draft) == [
        ("review_agreement", ""),
        ("activate_agreement", ""),
        ("end_agreement", "The cinema closes."),
    ]


def test_send_back_agreement_makes_a_draft_of_a_reviewed_one(monday):
    draft = agreeing.review_agreement(make_draft(), actor=None)
    for _time in range(2):
        agreeing.send_back_agreement(draft, actor=None)

    assert fresh(draft).status == AgreementStatus.DRAFT


@pytest.mark.parametrize("status", AgreementStatus.values)
def test_step_that_does_not_follow_is_refused(monday, status):
    steps = {
        "reviewed": agreeing.review_agreement,
        "draft": agreeing.send_back_agreement,
        "active": agreeing.activate_agreement,
        "ended": agreeing.end_agreement,
    }
    for target, step in steps.items():
        agreement = make_draft()
        if status in ("reviewed", "active"):
            agreeing.review_agreement(agreement, actor=None)
        if status == "active":
            agreeing.activate_agreement(agreement, actor=None)
        if status == "ended":
            agreeing.end_agreement(agreement, actor=None)
        if target == status or target in AGREEMENT_MOVES[status]:
            step(agreement, actor=None)
            assert fresh(agreement).status == target
        else:
            with pytest.raises(AgreementMovedOn):
                step(agreement, actor=None)
            assert fresh(agreement).status == status


@pytest.mark.parametrize("missing", [{"title": {"en": "x"}}, {"terms": {}}, {"ends_on": None}, {"owner": None}])
def test_review_agreement_names_what_is_missing(monday, english, missing):
    draft = make_draft(**missing)

    with pytest.raises(AgreementIncomplete, match="Before the next step write: "):
        agreeing.review_agreement(draft, actor=None)
    with pytest.raises(IntegrityError, match="agreement_reviewed_is_whole"), transaction.atomic():
        Agreement.objects.filter(pk=draft.pk).update(status="reviewed", reviewed_at=clock.now())


def test_activate_agreement_refuses_when_the_period_is_over(monday):
    draft = agreeing.review_agreement(make_draft(ends_on=clock.today()), actor=None)
    monday.shift(DAY)

    with pytest.raises(PeriodIsOver):
        agreeing.activate_agreement(draft, actor=None)


def test_renew_agreement_copies_it_as_a_draft_for_the_same_time_again(agreement):
    draft = agreeing.renew_agreement(agreement, actor=None)
    again = agreeing.renew_agreement(agreement, actor=None)

    assert again == draft
    assert (draft.status, draft.uses, draft.terms) == (AgreementStatus.DRAFT, 0, agreement.terms)
    assert draft.starts_on == agreement.ends_on + DAY
    assert draft.ends_on - draft.starts_on == agreement.ends_on - agreement.starts_on
    with pytest.raises(AgreementIncomplete):
        agreeing.renew_agreement(make_draft(ends_on=None), actor=None)


def test_night_ends_what_is_past_and_nothing_else(monday):
    past, last_day = make_agreement(ends_on=clock.today()), make_agreement(ends_on=clock.today() + DAY)
    monday.shift(DAY)

    assert agreeing.end_past_agreements() == 1
    assert agreeing.end_past_agreements() == 0
    assert fresh(past).status == AgreementStatus.ENDED
    assert fresh(last_day).status == AgreementStatus.ACTIVE


def test_owner_is_reminded_once_for_each_of_the_days_and_after_an_outage_only_of_the_nearest(monday):
    make_agreement(ends_on=clock.today() + 61 * DAY)
    make_draft(ends_on=clock.today() + DAY)

    def told():
        agreeing.remind_owners()
        return Event.objects.filter(kind="partnerships.ends_soon").count()

    counts = []
    for days in (0, 1, 1, 24, 4, 31):  # 61, 60, 59, 35, 31, 0 days before its last
        monday.shift(days * DAY)
        counts.append(told())
    assert counts == [0, 1, 1, 1, 1, 2]


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"percent": None}, "agreement_percent_where_it_is_one"),
        ({"percent": 100}, "agreement_percent_where_it_is_one"),
        ({"offer": "free"}, "agreement_percent_where_it_is_one"),
        ({"offer": "fixed_price", "percent": None}, "agreement_price_where_it_is_fixed"),
        ({"price": Decimal(3)}, "agreement_price_where_it_is_fixed"),
        ({"audience": "ages"}, "agreement_ages_where_some_are_meant"),
        ({"age_from": 14}, "agreement_ages_where_some_are_meant"),
        ({"audience": "ages", "age_from": 25, "age_to": 14}, "agreement_ages_in_order"),
        ({"weekdays": [7]}, "agreement_weekdays_are_seven"),
        ({"ends_on": dt.date(2020, 1, 1)}, "agreement_ends_after_it_starts"),
        ({"quota": 1, "uses": 2}, "agreement_uses_within_quota"),
        ({"status": "ended"}, "agreement_ended_says_when"),
    ],
)
def test_constraints_of_an_agreement_stand_by_themselves(monday, fields, name):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        make_draft(**fields)


def test_other_constraints_stand_by_themselves(agreement):
    now = clock.now()
    with pytest.raises(IntegrityError, match="agreement_active_says_since_when"), transaction.atomic():
        Agreement.objects.filter(pk=agreement.pk).update(activated_at=None)
    with pytest.raises(IntegrityError, match="institution_has_both_coordinates_or_none"), transaction.atomic():
        make_institution(latitude=None)
    with pytest.raises(IntegrityError, match="institution_municipio_one_to_nine"), transaction.atomic():
        make_institution(municipio=10)
    with pytest.raises(IntegrityError, match="institution_once_per_code"), transaction.atomic():
        make_institution(code=Institution.objects.first().code)
    with pytest.raises(IntegrityError, match="usecount_is_of_something"), transaction.atomic():
        UseCount.objects.create(agreement=agreement, on=now.date(), number=0)
    with pytest.raises(IntegrityError, match="agreementdocument_has_a_name"), transaction.atomic():
        agreement.documents.create(name="", file="x", added_at=now)
    UseCount.objects.create(agreement=agreement, on=now.date(), number=1)
    with pytest.raises(IntegrityError, match="usecount_once_a_day"), transaction.atomic():
        UseCount.objects.create(agreement=agreement, on=now.date(), number=1)
