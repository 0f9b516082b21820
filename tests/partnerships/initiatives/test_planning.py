"""Verbs of those who prepare initiatives, and the constraints behind them."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Act
from outbox.models import Event
from partnerships.initiatives import errors, planning
from partnerships.initiatives.recurring import Every, Recurrence
from partnerships.initiatives.states import DateStatus, InitiativeStatus
from partnerships.models import Initiative, InitiativeDate
from tests.factories import BranchFactory, LibrarianFactory, TitleFactory
from tests.partnerships.initiatives.conftest import TUESDAY, at, make_draft, make_initiative
from tests.story import fresh

pytestmark = pytest.mark.django_db
WEEKLY = Recurrence(TUESDAY, dt.time(17), dt.time(18, 30), Every.WEEK, dt.date(2026, 3, 31))


def events(kind):
    return Event.objects.filter(kind=kind).count()


def test_plan_dates_writes_a_row_each_and_can_be_repeated(monday):
    draft = make_draft(rule=WEEKLY, places=10, waiting_places=3)
    assert draft.dates.count() == 5
    assert set(draft.dates.values_list("places", "waiting_places")) == {(10, 3)}
    assert planning.plan_dates(draft, WEEKLY, actor=None) == 0

    planning.move_date(draft.dates.first(), at(18), at(19), actor=None)
    assert planning.plan_dates(draft, WEEKLY, actor=None) == 0  # the moved date does not come back where it was
    with pytest.raises(errors.NoDates):
        planning.plan_dates(
            draft, Recurrence(TUESDAY, dt.time(9), dt.time(10), Every.DAY, dt.date(2026, 3, 1)), actor=None
        )


def test_publish_initiative_needs_the_whole_and_is_noted(monday):
    librarian = LibrarianFactory()
    draft = Initiative.objects.create(place=BranchFactory(), kind="event", title={"it": "Prova"})
    with pytest.raises(errors.InitiativeIncomplete) as refusal:
        planning.publish_initiative(draft, actor=librarian)
    assert len(refusal.value.params["missing"].split(", ")) >= 2

    ready = make_draft()
    for _time in range(2):
        planning.publish_initiative(ready, actor=librarian)
    assert fresh(ready).status == InitiativeStatus.PUBLISHED
    assert Act.objects.filter(verb="publish_initiative").count() == 1


def test_cancel_initiative_cancels_what_is_to_come_and_says_so_once(monday):
    one = make_initiative(rule=WEEKLY)
    monday.shift(dt.timedelta(days=3))
    for _time in range(2):
        planning.cancel_initiative(one, note="Malattia", actor=None)

    assert fresh(one).status == InitiativeStatus.CANCELLED
    assert one.dates.filter(status=DateStatus.CANCELLED).count() == 4  # the first has taken place
    assert events("partnerships.date_cancelled") == 4
    for act in (planning.publish_initiative, lambda what, actor: planning.plan_dates(what, WEEKLY, actor=actor)):
        with pytest.raises(errors.InitiativeIsCancelled):
            act(one, actor=None)
    with pytest.raises(errors.InitiativeUnseen):
        planning.cancel_initiative(make_draft(), actor=None)


def test_cancel_date_keeps_its_row(initiative, monday):
    date = initiative.dates.get()
    for _time in range(2):
        planning.cancel_date(date, note="Sciopero", actor=None)

    assert (fresh(date).status, fresh(date).note) == (DateStatus.CANCELLED, "Sciopero")
    assert events("partnerships.date_cancelled") == 1
    other = make_initiative().dates.get()
    monday.shift(dt.timedelta(days=2))
    with pytest.raises(errors.DateIsOver):
        planning.cancel_date(other, actor=None)


def test_move_date_remembers_when_it_was_and_refuses_what_makes_no_sense(initiative, monday):
    date = initiative.dates.get()
    for _time in range(2):
        planning.move_date(date, at(18), at(19), note="Un'ora dopo", actor=None)
    planning.move_date(date, at(18, day=4), at(19, day=4), actor=None)

    assert (fresh(date).starts_at, fresh(date).planned_for) == (at(18, day=4), at(17))
    assert events("partnerships.date_moved") == 2
    planning.plan_dates(initiative, Recurrence(dt.date(2026, 3, 5), dt.time(9), dt.time(10)), actor=None)
    for starts, ends, refusal in (
        (at(19, day=4), at(18, day=4), errors.DateEndsBeforeItBegins),
        (at(8, day=2), at(19, day=4), errors.DateIsOver),
        (at(9, day=5), at(11, day=5), errors.DateStandsAlready),
    ):
        with pytest.raises(refusal):
            planning.move_date(date, starts, ends, actor=None)
    planning.cancel_date(date, actor=None)
    with pytest.raises(errors.DateIsCancelled):
        planning.move_date(date, at(20, day=4), at(21, day=4), actor=None)


def test_copy_initiative_is_a_draft_of_next_year_and_can_be_repeated(monday):
    one = make_initiative(rule=WEEKLY, places=12, waiting_places=4)
    one.titles.add(TitleFactory())
    planning.cancel_date(one.dates.last(), actor=None)
    copies = [planning.copy_initiative(one, actor=None) for _time in range(2)]

    assert copies[0] == copies[1]
    copy = copies[0]
    assert (copy.status, copy.places, copy.titles.count(), copy.cover.name) == (InitiativeStatus.DRAFT, 12, 1, "")
    assert copy.dates.count() == 4
    assert copy.dates.first().starts_at == dt.datetime(2027, 3, 2, 16, tzinfo=dt.UTC)  # a Tuesday


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"status": "published"}, "initiative_seen_is_whole"),
        ({"age_from": 9, "age_to": 3}, "initiative_ages_in_order"),
        ({"cover": "initiatives/x.webp"}, "initiative_picture_is_told_in_italian"),
        ({"latitude": 45.0, "longitude": 9.0}, "initiative_coordinates_are_of_a_venue"),
        ({"latitude": 45.0, "venue": "Parco"}, "initiative_coordinates_are_of_a_venue"),
        ({"waiting_places": 3}, "initiative_waiting_list_where_places_are_counted"),
        ({"places": 0}, "initiative_waiting_list_where_places_are_counted"),
        ({"per_family": 0}, "initiative_one_booking_is_of_some"),
    ],
)
def test_what_must_never_be_of_an_initiative(monday, change, name):
    draft = make_draft()
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Initiative.objects.filter(pk=draft.pk).update(**change)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"ends_at": at(16)}, "initiativedate_ends_after_it_starts"),
        ({"taken": 1}, "initiativedate_taken_within_places"),
        ({"places": 3, "taken": 4}, "initiativedate_taken_within_places"),
        ({"places": 3, "waiting": 1}, "initiativedate_waiting_within_its_list"),
    ],
)
def test_what_must_never_be_of_a_date(initiative, change, name):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        InitiativeDate.objects.filter(initiative=initiative).update(**change)


def test_one_initiative_begins_once_at_a_moment(initiative):
    with pytest.raises(IntegrityError, match="initiativedate_once_per_start"), transaction.atomic():
        InitiativeDate.objects.create(initiative=initiative, starts_at=at(17), ends_at=at(20))
