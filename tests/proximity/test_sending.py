"""What phones send in the evening: all at once, twice, late, in any order; nothing is lost, nothing counts twice."""

import random

import pytest

from branches.models import Report, ReportOutcome
from loans.holds import cancel_hold
from loans.invariants import disagreements
from loans.models import Crate, Handover, Loan, Task, TaskKind
from loans.states import CrateStatus, LoanStatus, ParcelStatus
from milanolib import clock
from tests.factories import NewsstandFactory
from tests.proximity.conftest import connect
from tests.proximity.test_reports import outcomes, results
from tests.story import Story, at_once, fresh

STANDS = 22


@pytest.mark.django_db(transaction=True)
def test_all_stands_send_at_once_and_each_act_counts_once(monday, lasting_network, phones):
    """Each phone sends its day and sends it again, beside all the others, on connections of their own."""
    story = Story(lasting_network, monday)
    stands = [NewsstandFactory(code=f"stand-{number}", parent=lasting_network.south) for number in range(STANDS)]
    days = []
    for stand in stands:
        _hold, copy, parcel = story.packed(story.copies(1)[0].title, pickup=stand)
        acts = [("receive", parcel.tag), ("hand_over", parcel.tag), ("return", copy.barcode), ("crate_out", "1")]
        batch = [
            {"key": f"{seq}", "act": act, "what": what, "seq": seq}
            for seq, (act, what) in enumerate([*acts, ("count", "0")], start=1)
        ]
        days.append((connect(phones(), story.token(stand)), batch))

    first, second = (
        at_once(*(lambda phone=phone, batch=batch: phone.report(*batch) for phone, batch in days)) for _time in range(2)
    )

    wanted = ["received", "handed_over", "returned", "crate_sealed", "day_closed"]
    assert [[one["detail"] for one in results(answer)] for answer in first] == [wanted] * STANDS
    assert [results(answer) for answer in second] == [results(answer) for answer in first]
    assert Report.objects.count() == STANDS * len(wanted)
    assert set(Report.objects.values_list("outcome", flat=True)) == {ReportOutcome.APPLIED}
    assert Loan.objects.filter(status=LoanStatus.CLOSED).count() == Loan.objects.count() == STANDS
    assert Handover.objects.filter(status=ParcelStatus.RECEIVED).count() == STANDS
    assert Crate.objects.filter(status=CrateStatus.SEALED, origin__in=stands, parcels_declared=1).count() == STANDS
    assert not Task.objects.exists()
    assert disagreements() == []


# --- One stand's day with a parcel that is wrong, a crate and the count at the end


@pytest.fixture
def evening(story):
    """Parcels of a day and the acts done with them: one lent, one given back as wrong, one that nobody fetches."""
    story.network.newsstand.capacities.update(total=20)
    lent, wrong, back = (story.at_the_point(story.copies(2)[0].title) for _parcel in range(3))
    cancel_hold(back[0], actor=None)
    acts = [
        ("hand_over", lent[2].tag),
        ("hand_over", wrong[2].tag),
        ("wrong", wrong[2].tag),
        ("return", lent[1].barcode),
        ("crate_out", "2"),
        ("count", "0"),
    ]
    batch = [
        {"key": f"{seq}", "act": act, "what": what, "seq": seq, "at": clock.now().isoformat()}
        for seq, (act, what) in enumerate(acts, start=1)
    ]
    return batch, lent, wrong, back


def test_a_day_sent_act_by_act_twice_each_is_the_day_sent_at_once(partner, evening):
    batch, lent, wrong, back = evening
    for one in batch:
        for _time in range(2):
            partner.report(one)
    again = partner.report(*batch)

    assert [one[2] for one in outcomes(again)] == [
        "handed_over",
        "handed_over",
        "loan_voided",
        "returned",
        "crate_sealed",
        "day_closed",
    ]
    assert Report.objects.exclude(act="receive").count() == len(batch)
    assert Loan.objects.filter(copy=lent[1]).get().status == LoanStatus.CLOSED
    assert Loan.objects.filter(copy=wrong[1]).get().status == LoanStatus.CLOSED
    assert fresh(back[2]).status == ParcelStatus.IN_CRATE
    assert set(Task.objects.values_list("kind", flat=True)) >= {TaskKind.PARCEL_WRONG}
    assert Crate.objects.get().parcels_declared == 2
    assert disagreements() == []


@pytest.mark.parametrize("number", range(12))
def test_a_day_that_comes_in_any_order_loses_nothing_and_counts_nothing_twice(partner, evening, number):
    """Batches overtake one another and come twice; each act is kept, and what could not be is a librarian's task."""
    batch, lent, wrong, _back = evening
    order = random.Random(number).sample(batch * 2, len(batch) * 2)
    for pair in zip(order[::2], order[1::2], strict=True):
        partner.report(*pair)

    kept = Report.objects.exclude(act="receive")
    assert sorted(kept.values_list("request_key", flat=True)) == sorted(one["key"] for one in batch)
    assert not kept.filter(outcome=ReportOutcome.RECEIVED).exists()
    for copy in (lent[1], wrong[1]):
        assert Loan.objects.filter(copy=copy).count() == 1
    assert Crate.objects.count() <= 1
    told_otherwise = kept.filter(outcome=ReportOutcome.TASK)
    assert Task.objects.filter(report__in=told_otherwise).count() == told_otherwise.count()
    assert disagreements() == []


@pytest.mark.parametrize("now", ["1999-12-31T23:00:00+00:00", "2099-06-01T12:00:00+02:00"])
def test_a_phone_whose_clock_is_years_wrong_tells_minutes_right(partner, story, evening, now):
    batch, lent, _wrong, _back = evening
    story.later(minutes=40)
    partner.report(*({**one, "at": now} for one in batch), sent_at=now)  # done this minute, by a clock of its own

    assert Loan.objects.get(copy=lent[1]).closed_at == clock.now()
    assert Report.objects.get(act="wrong").detail == "loan_voided"  # within the hour after the hand-over
    assert {one.occurred_at for one in Report.objects.exclude(act="receive")} == {clock.now()}
