"""The registers of the van: who may write what, what is refused with words, and a preview that changes nothing."""

import datetime as dt

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from branches.models import Round, Route, RouteCall, RouteDayOff
from branches.rounds import plan_rounds
from tests.factories import (
    BranchFactory,
    HubFactory,
    LibrarianFactory,
    ManagerFactory,
    RouteFactory,
    StopFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
HEADERS = {"HTTP_ACCEPT_LANGUAGE": "en"}
MONDAY, THURSDAY, FRIDAY = dt.date(2026, 3, 2), dt.date(2026, 3, 5), dt.date(2026, 3, 6)


@pytest.fixture
def desk(client, monday):
    """Sign somebody in and return the client: `desk(user)`."""

    def sign_in(user):
        client.force_login(user, backend="accounts.backends.CardBackend")
        return client

    return sign_in


@pytest.fixture
def places():
    return HubFactory(), BranchFactory(), BranchFactory()


@pytest.fixture
def route(monday, places):
    hub, first, second = places
    calls = [(hub, "08:00"), (first, "09:00"), (second, "10:00"), (hub, "11:00")]
    made = RouteFactory(name="nord", hub=hub, weekdays=[3], calls=calls)
    plan_rounds(MONDAY)
    return made


def form_of(route, calls, days_off=(), **fields):
    """Return what the form of a route sends; a call is `(row or None, place, arrives, departs)`."""
    told = {"name": route.name, "hub": route.hub_id, "weekdays": route.weekdays, "is_active": "on"}
    told |= {"is_off_on_holidays": "on"} | fields
    told |= {"calls-TOTAL_FORMS": len(calls), "calls-INITIAL_FORMS": sum(row is not None for row, *_rest in calls)}
    for number, (row, place, arrives, departs) in enumerate(calls):
        told |= {
            f"calls-{number}-id": row.pk if row else "",
            f"calls-{number}-route": route.pk or "",
            f"calls-{number}-place": place.pk,
            f"calls-{number}-arrives": arrives,
            f"calls-{number}-departs": departs,
        }
    told |= {"days_off-TOTAL_FORMS": len(days_off), "days_off-INITIAL_FORMS": 0}
    for number, (on, reason) in enumerate(days_off):
        told |= {f"days_off-{number}-on": on, f"days_off-{number}-reason": reason}
    return told


def as_it_is(route, minutes=0):
    """Return the calls of a route as its form has them, put off by some minutes."""

    def later(time):
        return (dt.datetime.combine(MONDAY, time) + dt.timedelta(minutes=minutes)).strftime("%H:%M")

    return [(one, one.place, later(one.arrives), later(one.departs)) for one in route.calls.all()]


def address(what, *args):
    return reverse(f"admin:branches_{what}", args=args)


# --- Who may


def test_a_manager_writes_routes_a_librarian_reads_them_and_nobody_else_comes_in(desk, route):
    page = address("route_change", route.pk)
    fields = form_of(route, as_it_is(route), name="sud")

    assert desk(UserFactory(is_staff=True)).get(page).status_code == 403
    librarian = desk(LibrarianFactory())
    shown = librarian.get(page, **HEADERS).content.decode()
    assert "Rounds of the next two weeks" in shown
    assert 'name="name"' not in shown
    assert "_preview" not in shown
    assert librarian.post(page, fields).status_code == 403
    manager = desk(ManagerFactory())
    assert manager.post(page, fields).status_code == 302
    assert Route.objects.get().name == "sud"
    assert LogEntry.objects.get().object_repr == "sud"


def test_no_route_is_deleted_and_no_round_is_made_by_hand(desk, route):
    manager = desk(ManagerFactory())

    assert manager.post(address("route_delete", route.pk), {"post": "yes"}).status_code == 403
    assert manager.post(address("round_delete", Round.objects.first().pk), {"post": "yes"}).status_code == 403
    assert manager.get(address("round_add")).status_code == 403


# --- Routes


def test_a_route_that_is_added_is_planned_at_once(desk, places, monday):
    hub, first, second = places
    calls = [(None, hub, "08:00", ""), (None, second, "10:00", "10:10"), (None, first, "09:00", "")]
    route = Route(name="sud", hub=hub, weekdays=[0, 3])

    answer = desk(ManagerFactory()).post(address("route_add"), form_of(route, calls, days_off=[(THURSDAY, "neve")]))

    assert answer.status_code == 302
    made = Route.objects.get()
    assert [(one.place, one.departs) for one in made.calls.all()] == [
        (hub, dt.time(8)),
        (first, dt.time(9)),
        (second, dt.time(10, 10)),
    ]
    assert [run.on for run in made.rounds.order_by("on")[:2]] == [MONDAY, dt.date(2026, 3, 9)]


def test_all_calls_of_a_route_can_be_put_off_at_once_and_later_rounds_follow(desk, route):
    answer = desk(ManagerFactory()).post(address("route_change", route.pk), form_of(route, as_it_is(route, 60)))

    assert answer.status_code == 302
    arrivals = route.rounds.earliest("on").round_stops.values_list("arrives__hour", flat=True)
    assert list(arrivals) == [9, 10, 11, 12]


@pytest.mark.parametrize(
    ("calls", "words"),
    [
        ([("hub", "08:00", "")], "calls at two places at least"),
        ([("hub", "08:00", ""), ("first", "08:00", "")], "correct the duplicate data for arrives"),
        ([("hub", "08:00", "09:00"), ("first", "08:30", "")], "The van is still at"),
        ([("hub", "08:00", "07:00"), ("first", "09:00", "")], "cannot leave before it has arrived"),
        ([("first", "08:00", ""), ("second", "09:00", "")], "never calls where copies are sorted"),
        ([("hub", "08:00", ""), ("stop", "09:00", "")], "Select a valid choice"),
        ([("hub", "8 o'clock", ""), ("first", "09:00", "")], "Enter a valid time"),
    ],
)
def test_a_route_that_cannot_be_run_is_refused_with_words(desk, places, calls, words):
    hub, first, second = places
    named = {"hub": hub, "first": first, "second": second, "stop": StopFactory()}
    rows = [(None, named[place], arrives, departs) for place, arrives, departs in calls]

    answer = desk(ManagerFactory()).post(
        address("route_add"), form_of(Route(name="sud", hub=hub, weekdays=[0]), rows), **HEADERS
    )

    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert not Route.objects.exists()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"weekdays": []}, "This field is required"),
        ({"weekdays": [9]}, "Select a valid choice"),
        ({"valid_from": "2026-03-02", "valid_to": "2026-03-01"}, "cannot end before it begins"),
        ({"name": "nord"}, "Another route has this name"),
    ],
)
def test_a_route_that_contradicts_itself_is_refused_with_words(desk, route, fields, words):
    hub = route.hub
    calls = [(None, hub, "08:00", ""), (None, BranchFactory(), "09:00", "")]

    answer = desk(ManagerFactory()).post(
        address("route_add"), form_of(Route(name="sud", hub=hub, weekdays=[0]), calls, **fields), **HEADERS
    )

    assert words in answer.content.decode()
    assert Route.objects.count() == 1


def test_the_preview_shows_the_rounds_as_they_would_be_and_saves_nothing(desk, route):
    manager = desk(ManagerFactory())
    before = list(Round.objects.values_list("pk", "on", "name"))
    fields = form_of(route, as_it_is(route, 60), days_off=[(THURSDAY, "neve")], name="sud", weekdays=[3, 4])

    page = manager.post(address("route_change", route.pk), fields | {"_preview": "1"}, **HEADERS).content.decode()

    assert "Preview: sud" in page
    assert "Friday 6 March" in page
    assert "Thursday 5 March" not in page
    assert "Thursday 12 March" in page
    assert "09:00" in page
    assert "08:00" not in page
    assert list(Round.objects.values_list("pk", "on", "name")) == before
    assert not RouteDayOff.objects.exists()
    assert not LogEntry.objects.exists()
    assert "successfully" not in manager.get(address("route_changelist"), **HEADERS).content.decode()


def test_the_preview_of_a_new_route_saves_nothing_and_one_with_faults_says_them(desk, places):
    hub, first, _second = places
    manager = desk(ManagerFactory())
    route = Route(name="sud", hub=hub, weekdays=[0])
    calls = [(None, hub, "08:00", ""), (None, first, "09:00", "")]

    page = manager.post(address("route_add"), form_of(route, calls) | {"_preview": "1"}, **HEADERS)
    faulty = manager.post(address("route_add"), form_of(route, calls[:1]) | {"_preview": "1"}, **HEADERS)

    assert "Monday 2 March" in page.content.decode()
    assert "calls at two places at least" in faulty.content.decode()
    assert not Route.objects.exists()
    assert not RouteCall.objects.exists()


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_routes_takes_as_many_queries_for_one_as_for_three(desk, count, django_assert_num_queries):
    RouteFactory.create_batch(count)
    manager = desk(ManagerFactory())
    manager.get(address("route_changelist"))

    with django_assert_num_queries(6):
        manager.get(address("route_changelist"))


# --- Days off


def test_a_day_off_of_all_routes_is_planned_at_once_and_taken_back_too(desk, route):
    manager = desk(ManagerFactory())

    manager.post(address("routedayoff_add"), {"on": THURSDAY, "reason": "sciopero", "route": ""})
    assert not Round.objects.filter(on=THURSDAY).exists()
    twice = manager.post(address("routedayoff_add"), {"on": THURSDAY, "reason": "sciopero", "route": ""}, **HEADERS)
    assert "This day off is there already" in twice.content.decode()

    manager.post(address("routedayoff_delete", RouteDayOff.objects.get().pk), {"post": "yes"})
    assert Round.objects.filter(on=THURSDAY).exists()


# --- Dated rounds


def change(client, run, **fields):
    told = {"on": run.on, "reason": "", "round_stops-TOTAL_FORMS": 0, "round_stops-INITIAL_FORMS": 0} | fields
    return client.post(address("round_change", run.pk), told, **HEADERS)


def test_a_manager_cancels_a_round_with_a_reason_and_restores_it(desk, route):
    run, manager = route.rounds.earliest("on"), ManagerFactory()
    client = desk(manager)

    assert "Say why" in change(client, run, is_cancelled="on").content.decode()
    assert change(client, run, is_cancelled="on", reason="neve").status_code == 302
    run.refresh_from_db()
    assert run.cancelled_at is not None
    assert change(client, run).status_code == 302
    run.refresh_from_db()
    assert run.cancelled_at is None
    assert list(manager.acts.order_by("pk").values_list("verb", "reason")) == [
        ("cancel_round", "neve"),
        ("restore_round", ""),
    ]


def test_a_manager_moves_a_round_to_a_day_on_which_the_route_does_not_run(desk, route):
    run, client = route.rounds.earliest("on"), desk(ManagerFactory())

    assert "Say why" in change(client, run, on=FRIDAY).content.decode()
    taken = change(client, run, on=THURSDAY + dt.timedelta(days=7), reason="neve")
    assert "another round on that day" in taken.content.decode()
    assert "This round is over" in change(client, run, on=dt.date(2026, 3, 1), reason="neve").content.decode()
    assert change(client, run, on=FRIDAY, is_cancelled="on", reason="neve").status_code == 302
    run.refresh_from_db()
    assert (run.on, run.planned_on, run.cancelled_at is not None) == (FRIDAY, THURSDAY, True)
    page = client.get(address("route_change", route.pk), **HEADERS).content.decode()
    assert "cancelled" in page


def test_a_round_saved_as_it_is_stays_untouched_and_one_that_is_over_is_only_read(desk, route, monday):
    run, client = route.rounds.earliest("on"), desk(ManagerFactory())

    assert change(client, run).status_code == 302
    run.refresh_from_db()
    assert run.is_untouched
    assert f">{run.on:%B} {run.on.day}" in client.get(address("round_changelist"), **HEADERS).content.decode()
    monday.shift(dt.timedelta(days=10))
    lists = [client.get(address("round_changelist"), when) for when in ({}, {"when": "over"})]
    assert [run in page.context["cl"].result_list for page in lists] == [False, True]
    assert change(client, run, is_cancelled="on", reason="neve").status_code == 403
    assert client.get(address("round_change", run.pk)).status_code == 200


def test_a_librarian_reads_rounds_with_their_calls(desk, route):
    run, client = route.rounds.earliest("on"), desk(LibrarianFactory())

    page = client.get(address("round_change", run.pk), **HEADERS).content.decode()

    assert route.calls.last().place.name in page
    assert change(client, run, is_cancelled="on", reason="neve").status_code == 403
