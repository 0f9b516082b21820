"""A file of places is applied whole, or refused whole with line and field; twice changes nothing."""

import datetime as dt
import json
import re
from collections import Counter
from itertools import pairwise

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from django.db.models import Q

from branches.journeys import journey
from branches.models import (
    NEVER_CALLED_AT,
    OpeningHours,
    Place,
    PlaceCapacity,
    PlaceKind,
    Round,
    Route,
    RouteCall,
    Visit,
)
from branches.network import NetworkFileRefused, load_network
from branches.rounds import plan_rounds, timetable_between
from milanolib.clock import ROME
from tests.factories import BranchFactory, PlaceFactory, StopFactory

REAL = settings.BASE_DIR / "data" / "network.json"
DEMO = settings.BASE_DIR / "data" / "network_demo.json"
MONDAY = dt.date(2026, 3, 2)
BRANCH = {"code": "centro", "kind": "branch", "name": "Centro"}


@pytest.fixture
def file_of(tmp_path):
    """Write places to a file and return its path."""

    def write(*places, text=None):
        path = tmp_path / "network.json"
        path.write_text(text or json.dumps({"places": places}, indent=2))
        return path

    return write


def outcome(report):
    return (report.created, report.changed, report.unchanged)


def test_load_network_brings_milans_places_and_again_nothing(db):
    first, again = load_network(REAL), load_network(REAL)

    assert (outcome(first), outcome(again)) == ((57, 0, 0), (0, 0, 57))
    assert Counter(Place.objects.values_list("kind", flat=True)) == {
        "branch": 25,
        "condominium": 14,
        "return_box": 7,
        "stop": 5,
        "locker": 3,
        "vehicle": 1,
        "metro_library": 1,
        "hub": 1,
    }


def test_load_network_brings_the_demonstrative_points_after_it(db):
    load_network(REAL)
    before = dict(Place.objects.values_list("code", "pk"))

    assert outcome(load_network(DEMO)) == (40, 0, 0)
    assert outcome(load_network(DEMO)) == (0, 0, 40)
    assert Place.objects.filter(kind=PlaceKind.CONDOMINIUM).count() == 32
    assert Place.objects.filter(kind__in=[PlaceKind.NEWSSTAND, PlaceKind.BOOKSHOP]).count() == 22
    assert before.items() <= dict(Place.objects.values_list("code", "pk")).items()


def test_load_network_needs_the_branches_that_a_file_names(db):
    with pytest.raises(NetworkFileRefused, match="field 'parent': names no place"):
        load_network(DEMO)
    assert not Place.objects.exists()


def test_the_command_loads_plans_and_says_what_changed(db, capsys):
    call_command("load_network")
    call_command("load_network")

    first, again = capsys.readouterr().out.splitlines()
    assert first.startswith("57 new, 0 changed, 0 unchanged")
    assert again == "0 new, 0 changed, 57 unchanged; 0 visits and 0 rounds planned, 0 routes new or changed"
    assert Visit.objects.exists()
    assert Round.objects.exists()


def test_the_command_names_what_is_wrong(db, file_of, tmp_path):
    with pytest.raises(CommandError, match="no such file"):
        call_command("load_network", str(tmp_path / "missing.json"))
    with pytest.raises(CommandError, match="Nothing was loaded"):
        call_command("load_network", str(file_of({**BRANCH, "kind": "castle"})))


def test_load_network_changes_what_the_file_changes_and_keeps_the_key(db, file_of):
    load_network(file_of({**BRANCH, "hours": {"mon": ["09:00-19:00"]}, "capacity": {"M": 5}}))
    place = Place.objects.get()

    report = load_network(
        file_of({**BRANCH, "name": "Sormani", "hours": {"mon": ["09:00-13:00"]}, "capacity": {"S": 2}})
    )

    assert outcome(report) == (0, 1, 0)
    assert Place.objects.get().pk == place.pk
    assert Place.objects.get().name == "Sormani"
    assert f"{OpeningHours.objects.get().closes:%H:%M}" == "13:00"
    assert [(one.size, one.total) for one in PlaceCapacity.objects.all()] == [("S", 2)]


def test_load_network_leaves_places_that_the_file_does_not_name(db, file_of):
    other = BranchFactory()

    load_network(file_of(BRANCH))

    assert Place.objects.filter(pk=other.pk, name=other.name).exists()


def test_load_network_keeps_what_is_out_of_service_where_the_room_did_not_change(db, file_of):
    load_network(file_of({**BRANCH, "capacity": {"M": 5, "L": 2}}))
    PlaceCapacity.objects.filter(size="M").update(out_of_service=3)

    load_network(file_of({**BRANCH, "capacity": {"M": 5, "L": 4}}))

    assert PlaceCapacity.objects.get(size="M").out_of_service == 3


def test_load_network_takes_a_stop_before_its_vehicle(db, file_of):
    stop = {"code": "fermata", "kind": "stop", "name": "Fermata", "vehicle": "bus"}

    load_network(file_of(stop, {"code": "bus", "kind": "vehicle", "name": "Bibliobus"}))

    assert Place.objects.get(code="fermata").vehicle.code == "bus"


def route_of(**fields):
    calls = [{"place": "hub", "arrives": "08:00"}, {"place": "centro", "arrives": "09:00", "departs": "09:10"}]
    return {"name": "nord", "hub": "hub", "weekdays": ["mon", "fri"], "calls": calls} | fields


def route_file(file_of, *routes):
    places = [BRANCH, {"code": "hub", "kind": "hub", "name": "Hub"}]
    return file_of(text=json.dumps({"places": places, "routes": routes}, indent=2))


def test_load_network_brings_routes_and_again_nothing(db, file_of):
    file = route_file(file_of, route_of(is_demo=True))

    assert [load_network(file).routes, load_network(file).routes] == [1, 0]

    route = Route.objects.get()
    assert (route.hub.code, route.weekdays, route.is_demo, route.is_active) == ("hub", [0, 4], True, True)
    assert [f"{one.place.code} {one.arrives:%H:%M} {one.departs:%H:%M}" for one in route.calls.all()] == [
        "hub 08:00 08:00",
        "centro 09:00 09:10",
    ]


def test_load_network_changes_a_route_and_keeps_its_key_and_whether_it_rests(db, file_of):
    load_network(route_file(file_of, route_of()))
    Route.objects.update(is_active=False)
    kept = Route.objects.get().pk
    calls = [{"place": "centro", "arrives": "07:00"}, {"place": "hub", "arrives": "08:00"}]

    report = load_network(route_file(file_of, route_of(weekdays=["sat"], valid_from="2026-01-01", calls=calls)))

    route = Route.objects.get()
    assert (report.routes, route.pk, route.is_active, route.weekdays) == (1, kept, False, [5])
    assert route.valid_from.isoformat() == "2026-01-01"
    assert [one.place.code for one in route.calls.all()] == ["centro", "hub"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "name"),
        ({"hub": "nowhere"}, "hub"),
        ({"hub": "bus"}, "hub"),
        ({"weekdays": []}, "weekdays"),
        ({"weekdays": ["lun"]}, "weekdays"),
        ({"weekdays": "mon"}, "weekdays"),
        ({"valid_from": "yesterday"}, "valid_from"),
        ({"valid_from": "2026-02-01", "valid_to": "2026-01-01"}, "valid_to"),
        ({"is_demo": "yes"}, "is_demo"),
        ({"calls": None}, "calls"),
        ({"calls": [{"place": "centro", "arrives": "08:00"}]}, "calls"),
        ({"calls": [{"place": "centro", "arrives": "08:00"}, {"place": "nowhere", "arrives": "09:00"}]}, "calls"),
        ({"calls": [{"place": "centro", "arrives": "08:00"}, {"place": "stop", "arrives": "09:00"}]}, "calls"),
        ({"calls": [{"place": "centro", "arrives": "08:00"}, {"place": "hub", "arrives": "08:00"}]}, "calls"),
        ({"calls": [{"place": "centro", "arrives": "08:00"}, {"place": "hub", "arrives": 9}]}, "calls"),
        (
            {
                "calls": [
                    {"place": "centro", "arrives": "08:00", "departs": "07:00"},
                    {"place": "hub", "arrives": "09:00"},
                ]
            },
            "calls",
        ),
    ],
)
def test_load_network_refuses_a_wrong_route_and_names_line_and_field(db, file_of, fields, field):
    StopFactory(code="stop", vehicle__code="bus")

    with pytest.raises(NetworkFileRefused) as refusal:
        load_network(route_file(file_of, route_of(**fields)))

    (problem,) = refusal.value.problems
    assert re.match(r"line \d+, route ", problem)
    assert f"field '{field}'" in problem
    assert not Route.objects.exists()


def test_load_network_refuses_routes_that_are_none(db, file_of):
    for routes in ({}, [7], [route_of(), route_of()]):
        with pytest.raises(NetworkFileRefused):
            load_network(
                file_of(text=json.dumps({"places": [BRANCH | {"kind": "hub", "code": "hub"}], "routes": routes}))
            )


def test_every_point_where_copies_are_collected_or_given_back_is_on_a_demonstrative_route(db):
    load_network(REAL)
    load_network(DEMO)
    served = RouteCall.objects.values("place")

    points = Place.objects.filter(Q(accepts_pickup=True) | Q(accepts_returns=True)).exclude(kind__in=NEVER_CALLED_AT)

    assert not points.exclude(pk__in=served).exists()
    assert not Place.objects.filter(kind=PlaceKind.VEHICLE).exclude(pk__in=served).exists()
    for route in Route.objects.all():
        assert route.is_demo
        assert "dimostrativo" in route.name
        calls = list(route.calls.select_related("place"))
        assert calls[0].place == calls[-1].place == route.hub
        assert all(first.departs <= second.arrives for first, second in pairwise(calls))
    plan_rounds(MONDAY, days=14)
    timetable = timetable_between(MONDAY, MONDAY + dt.timedelta(days=14))
    sormani = Place.objects.get(code="sormani")
    ready_at = dt.datetime.combine(MONDAY, dt.time(18), tzinfo=ROME)
    for point in points:
        for origin, destination in ((sormani, point), (point, sormani)):
            found = journey(timetable, origin.pk, destination.pk, ready_at)
            assert found.arrives_at - ready_at < dt.timedelta(days=7), (origin.code, destination.code)


def test_load_network_reads_always_and_after_midnight(db, file_of):
    load_network(file_of({**BRANCH, "hours": "always"}, {**BRANCH, "code": "metro", "hours": {"sat": ["06:00-00:30"]}}))

    assert Place.objects.get(code="centro").always_open
    assert OpeningHours.objects.get().closes.minute == 30


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"kind": "castle"}, "kind"),
        ({"name": ""}, "name"),
        ({"name": 7}, "name"),
        ({"name": "x" * 161}, "name"),
        ({"code": "Centro Città"}, "code"),
        ({"phone": 2}, "phone"),
        ({"accepts_pickup": "yes"}, "accepts_pickup"),
        ({"step_free": "maybe"}, "step_free"),
        ({"municipio": 10}, "municipio"),
        ({"municipio": 1.5}, "municipio"),
        ({"lat": 100.0, "lon": 9.0}, "lat"),
        ({"lat": 45.0}, "lat"),
        ({"parent": "nowhere"}, "parent"),
        ({"parent": ["centro"]}, "parent"),
        ({"vehicle": "centro"}, "vehicle"),
        ({"kind": "stop"}, "vehicle"),
        ({"opened_on": "yesterday"}, "opened_on"),
        ({"opened_on": "2026-01-02", "closed_on": "2026-01-01"}, "closed_on"),
        ({"note": {"en": "only English"}}, "note"),
        ({"hours": "sometimes"}, "hours"),
        ({"hours": {"lun": ["09:00-19:00"]}}, "hours.lun"),
        ({"hours": {"mon": "09:00-19:00"}}, "hours.mon"),
        ({"hours": {"mon": ["9-19"]}}, "hours.mon"),
        ({"hours": {"mon": ["25:00-26:00"]}}, "hours.mon"),
        ({"hours": {"mon": ["09:00-09:00"]}}, "hours.mon"),
        ({"hours": {"mon": ["09:00-13:00", "09:00-19:00"]}}, "hours.mon"),
        ({"capacity": {"XL": 1}}, "capacity"),
        ({"capacity": {"M": -1}}, "capacity"),
        ({"kind": "hub", "accepts_pickup": True}, "accepts_pickup"),
    ],
)
def test_load_network_refuses_a_wrong_file_whole_and_names_line_and_field(db, file_of, fields, field):
    good = {"code": "altro", "kind": "branch", "name": "Altro"}

    with pytest.raises(NetworkFileRefused) as refusal:
        load_network(file_of(good, BRANCH | fields))

    (problem,) = refusal.value.problems
    assert problem.startswith("line 9, ")
    assert f"field '{field}'" in problem
    assert not Place.objects.exists(), "nothing of the file was taken"


def test_load_network_names_every_fault_at_once(db, file_of):
    with pytest.raises(NetworkFileRefused) as refusal:
        load_network(file_of({**BRANCH, "kind": "castle", "municipio": 0}, BRANCH))

    assert [one.partition("field ")[2].partition(":")[0] for one in refusal.value.problems] == [
        "'kind'",
        "'municipio'",
        "'code'",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"places": [\n{"code": "a",,}]}', "line 2: not JSON"),
        ("[]", "field 'places'"),
        ('{"places": {}}', "field 'places'"),
        ('{"places": [7]}', "entry 1: not an object"),
        ('{"places": [{"kind": "branch", "name": "x"}]}', "field 'code'"),
        ('{"places": [{"code": ["a"], "kind": "branch", "name": "x"}]}', "field 'code'"),
        ('\n{"places":[{"code":"a","kind":"castle","name":"x"}]}', "line 2, place 'a', field 'kind'"),
    ],
)
def test_load_network_refuses_what_is_no_network(db, file_of, text, problem):
    with pytest.raises(NetworkFileRefused) as refusal:
        load_network(file_of(text=text))

    assert any(problem in one for one in refusal.value.problems), refusal.value.problems


# --- The constraints themselves


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"kind": "stop"}, "place_stop_has_a_vehicle_and_nothing_else_has"),
        ({"kind": "hub", "accepts_returns": True}, "place_vehicle_and_hub_serve_no_reader"),
        ({"latitude": None}, "place_has_both_coordinates_or_none"),
        ({"municipio": 10}, "place_municipio_one_to_nine"),
        ({"always_open": True}, "place_always_open_is_known_hours"),
        ({"note": {"en": "x"}}, "place_note_has_italian_when_it_has_any"),
    ],
)
def test_a_place_that_contradicts_itself_cannot_be_stored(db, fields, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        PlaceFactory(**fields)


def test_copies_for_a_stop_lie_on_its_vehicle(db):
    stop, branch = StopFactory(), BranchFactory()

    assert (stop.holding_place, branch.holding_place) == (stop.vehicle, branch)


# --- Services, directions, study hours, closures


def test_load_network_brings_services_study_hours_and_closures_once(db, file_of):
    more = {
        "services": ["study", "registry"],
        "directions": {"it": "Tram 12"},
        "study_hours": {"mon": ["19:00-23:00"]},
        "closures": [{"from": "2026-08-01", "to": None, "reason": {"it": "Lavori"}, "substitute": "altro"}],
    }
    file = file_of({**BRANCH, "hours": {"mon": ["09:00-19:00"]}, **more}, {**BRANCH, "code": "altro"})

    assert outcome(load_network(file)) == (2, 0, 0)
    assert outcome(load_network(file)) == (0, 0, 2)
    place = Place.objects.get(code="centro")
    assert (place.services, place.directions) == (["study", "registry"], {"it": "Tram 12"})
    assert set(place.opening_hours.values_list("purpose", "closes__hour")) == {("open", 19), ("study", 23)}
    closure = place.closures.get()
    assert (closure.substitute.code, closure.reason, closure.ends_on) == ("altro", {"it": "Lavori"}, None)


def test_load_network_leaves_what_the_branch_wrote_where_the_file_is_silent(db, file_of):
    load_network(file_of(BRANCH))
    place = Place.objects.get()
    place.services, place.directions = ["wifi"], {"it": "Tram 12"}
    place.save()
    place.closures.create(starts_on="2026-08-01")
    place.opening_hours.create(weekday=0, opens="19:00", closes="23:00", purpose="study")

    report = load_network(file_of(BRANCH))

    place.refresh_from_db()
    assert outcome(report) == (0, 0, 1)
    assert (place.services, place.directions) == (["wifi"], {"it": "Tram 12"})
    assert place.closures.count() == place.opening_hours.count() == 1


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"services": "study"}, "services"),
        ({"services": ["sauna"]}, "services"),
        ({"directions": {"en": "only English"}}, "directions"),
        ({"study_hours": "always"}, "study_hours"),
        ({"study_hours": {"mon": ["9-19"]}}, "study_hours.mon"),
        ({"closures": {"from": "2026-08-01"}}, "closures"),
        ({"closures": [{"from": "soon"}]}, "closures"),
        ({"closures": [{"from": "2026-08-02", "to": "2026-08-01"}]}, "closures"),
        ({"closures": [{"from": "2026-08-02", "substitute": "centro"}]}, "closures"),
        ({"closures": [{"from": "2026-08-02", "substitute": ["x"]}]}, "closures"),
        ({"closures": [{"from": "2026-08-02", "reason": {"en": "x"}}]}, "closures"),
    ],
)
def test_load_network_refuses_what_is_wrong_about_services_and_closures(db, file_of, fields, field):
    with pytest.raises(NetworkFileRefused, match=f"field '{field}'"):
        load_network(file_of(BRANCH | fields))


def test_the_demonstrative_points_show_a_closure_and_evening_study(db):
    load_network(REAL)
    load_network(DEMO)

    assert Place.objects.filter(is_demo=True, closures__isnull=False).exists()
    assert Place.objects.filter(is_demo=True, opening_hours__purpose="study").exists()
    assert not Place.objects.filter(is_demo=False, opening_hours__purpose="study").exists(), "nobody knows those"
