"""A partner who receives a crate may count what is in it with the same scan: both sides have a number."""

import pytest
from django.db import IntegrityError, transaction

from branches.models import ReportOutcome
from loans.models import Crate, Task, TaskKind
from loans.records import MISSING, RECEIVE
from loans.states import CrateStatus, HoldStatus
from tests.story import fresh


@pytest.fixture
def sent(story, network):
    """Two parcels for the newsstand in one crate on the van, and the crate."""
    packed = [story.packed(story.copies(1)[0].title) for _number in range(2)]
    return packed, story.sent(*[copy for _hold, copy, _parcel in packed])


def miscounts():
    return Task.objects.filter(kind=TaskKind.CRATE_MISCOUNTED)


@pytest.mark.parametrize("counted", [None, 2])
def test_receive_of_a_crate_that_agrees_or_was_not_counted_leaves_no_task(story, network, sent, counted):
    packed, crate = sent

    answer = story.report(network.newsstand, RECEIVE, crate.code, counted=counted)

    assert (answer.outcome, answer.detail) == (ReportOutcome.APPLIED, "crate_received")
    assert (fresh(crate).parcels_counted, fresh(crate).status) == (counted, CrateStatus.UNPACKED)
    assert {fresh(hold).status for hold, _copy, _parcel in packed} == {HoldStatus.READY}
    assert not Task.objects.exists()


def test_receive_of_a_crate_counted_otherwise_takes_all_in_and_leaves_one_task(story, network, sent):
    """The partner names the one that is missing afterwards, as ever."""
    packed, crate = sent
    for key in ("one", "one", "two"):  # sent again, and counted from the other phone
        story.report(network.newsstand, RECEIVE, crate.code, key=key, counted=1)

    task = miscounts().get()
    assert (task.place, task.crate) == (network.south, crate)
    assert (task.report.payload["counted"], task.report.payload["believed"]) == (1, 2)
    assert {fresh(hold).status for hold, _copy, _parcel in packed} == {HoldStatus.READY}
    assert story.report(network.newsstand, MISSING, packed[0][2].tag).detail == "parcel_missed"


def test_receive_counted_after_the_crate_was_scanned_without_a_count_still_counts(story, network, sent):
    _packed, crate = sent
    story.report(network.newsstand, RECEIVE, crate.code)
    answer = story.report(network.newsstand, RECEIVE, crate.code, counted=3)

    assert (answer.outcome, answer.detail) == (ReportOutcome.TASK, "crate_miscounted")
    assert fresh(crate).parcels_counted == 3
    story.report(network.newsstand, RECEIVE, crate.code, counted=2)
    assert (fresh(crate).parcels_counted, miscounts().count()) == (2, 1), "the last word counts"


def test_the_same_key_with_another_count_is_another_report(story, network, sent):
    _packed, crate = sent
    story.report(network.newsstand, RECEIVE, crate.code, key="one", counted=2)

    assert story.report(network.newsstand, RECEIVE, crate.code, key="one", counted=1).detail == "bad_report"
    assert fresh(crate).parcels_counted == 2


def test_count_of_a_crate_at_the_wrong_stand_counts_nothing(story, network, sent):
    _packed, crate = sent

    assert story.report(network.small_newsstand, RECEIVE, crate.code, counted=1).detail == "crate_for_another"
    assert fresh(crate).parcels_counted is None
    assert not miscounts().exists()


def test_crate_counted_before_it_came_cannot_be_written(sent):
    with pytest.raises(IntegrityError, match="crate_counted_was_received"), transaction.atomic():
        Crate.objects.filter(pk=sent[1].pk).update(parcels_counted=1)


@pytest.mark.django_db(transaction=True)
def test_two_phones_count_one_crate_at_once(rivals, story, network):
    """Each says another wrong number."""
    packed = [story.packed(story.copies(1)[0].title) for _number in range(2)]
    crate = story.sent(*[copy for _hold, copy, _parcel in packed])
    story.phone(network.newsstand)

    outcomes = rivals(
        *[
            lambda count=count: story.report(
                network.newsstand, RECEIVE, crate.code, key=f"phone-{count}", counted=count
            )
            for count in (1, 3)
        ]
    )

    assert not [one for one in outcomes if isinstance(one, Exception)]
    assert miscounts().count() == 1
    assert fresh(crate).status == CrateStatus.UNPACKED
