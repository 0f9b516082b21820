"""A title with a long queue costs no more than one that nobody waits for."""

import contextlib

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Reader
from branches.models import PlaceCapacity
from loans.holds import cancel_hold, place_hold
from loans.lending import check_in, check_out
from loans.models import Hold, HoldPass
from loans.policy import targets_of
from loans.renewals import renew_loan
from loans.routing import _HEADS
from loans.states import HoldLevel, HoldStatus
from milanolib import clock
from milanolib.errors import DomainError
from tests.factories import BranchFactory, ReaderFactory, TitleFactory

LONG = 2000


def wait_in_line(title, count, points, level=HoldLevel.TITLE):
    """Let many readers wait for a title, at these points in turn: rows as `place_hold` would leave them."""
    first = ReaderFactory()
    born = {"given_name": "Ada", "family_name": "Rossi", "status": first.status, "verified_at": first.verified_at}
    readers = Reader.objects.bulk_create(
        Reader(card_number=f"Q{title.pk}-{number}", verified_by="document", registered_at=clock.now(), **born)
        for number in range(count)
    )
    Hold.objects.bulk_create(
        Hold(
            reader=reader,
            work=title.work,
            title=None if level == HoldLevel.WORK else title,
            level=level,
            pickup_place=points[number % len(points)],
            placed_at=clock.now(),
        )
        for number, reader in enumerate(readers)
    )


def statements(act):
    with CaptureQueriesContext(connection) as seen, contextlib.suppress(DomainError):
        act()
    return len(seen)


def life(story, copy):
    """What is done about a copy that is on loan; returns how many statements each verb took."""
    north, reader = story.network.north, ReaderFactory()
    loan = check_out(copy, ReaderFactory(), north, actor=None)
    counted = {"renew": statements(lambda: renew_loan(loan, actor=None))}
    counted["place"] = statements(lambda: place_hold(reader, copy.title, north, actor=None))
    hold = Hold.objects.get(reader=reader)
    counted["cancel"] = statements(lambda: cancel_hold(hold, actor=None))
    counted["check in"] = statements(lambda: check_in(copy, north, actor=None))
    return counted


def test_a_long_queue_takes_no_more_statements_than_a_short_one(story):
    """Two editions, many points, some of them full; the short queue has one reader for each."""
    story.is_broken = True  # whose queues these are nobody has served
    points = [story.network.north, *BranchFactory.create_batch(9)]
    PlaceCapacity.objects.bulk_create(PlaceCapacity(place=point, total=0) for point in points[1:4])
    counted = []
    for count in (len(points), LONG):
        copy = story.copies(1)[0]
        wait_in_line(copy.title, count, points)
        wait_in_line(TitleFactory(work=copy.title.work), count, points[::-1])
        counted.append(life(story, copy))

    short, long = counted
    assert long == short


def test_nobody_waiting_takes_fewer_statements_only_for_who_is_served(story):
    story.is_broken = True
    alone, wanted = story.copies(1)[0], story.copies(1)[0]
    wait_in_line(wanted.title, LONG, [story.network.north])

    without, beside = life(story, alone), life(story, wanted)

    assert {verb: beside[verb] for verb in ("place", "cancel")} == {verb: without[verb] for verb in ("place", "cancel")}


def test_the_first_in_line_are_found_by_index_whatever_waits_behind(story):
    story.is_broken = True
    points = [story.network.north, *BranchFactory.create_batch(9)]
    title = story.copies(1)[0].title
    wait_in_line(title, LONG, points)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE loans_hold")
        cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + _HEADS, {"work": title.work_id})
        plan = cursor.fetchone()[0][0]["Plan"]
    scans = list(scans_of(plan))

    assert {scan["Index Name"] for scan in scans} == {"hold_in_line_by_target"}
    assert sum(scan["Actual Rows"] * scan["Actual Loops"] for scan in scans) <= len(points) + 1
    assert not any(scan.get("Rows Removed by Filter") for scan in scans)


def scans_of(plan):
    if plan.get("Relation Name") == "loans_hold":
        yield plan
    for part in plan.get("Plans", []):
        yield from scans_of(part)


def test_a_full_point_holds_up_many_and_is_written_down_of_the_first(story):
    story.is_broken = True
    copy = story.copies(1)[0]
    story.lent(copy)
    full = story.network.small_newsstand
    PlaceCapacity.objects.filter(place=full).update(total=0)
    wait_in_line(copy.title, 50, [full])
    served = story.hold(copy.title)

    assert story.given_back(copy).hold == served
    assert HoldPass.objects.get().hold == Hold.objects.filter(status=HoldStatus.QUEUED).in_order().first()


@pytest.mark.parametrize("level", [HoldLevel.WORK, HoldLevel.TITLE])
def test_the_database_names_what_is_asked_for_as_the_policy_does(story, level):
    """`Hold.target` is made by the database, `policy.targets_of` by us: they must agree."""
    copy = story.copies(1, volume="2")[0]
    holds = [
        story.hold(copy.title, level=level),
        story.hold(copy.title, level=HoldLevel.VOLUME, volume="2"),
        story.hold(copy.title, level=HoldLevel.COPY, copy=copy),
    ]

    assert {Hold.objects.get(pk=hold.pk).target for hold in holds} <= set(targets_of(copy))
