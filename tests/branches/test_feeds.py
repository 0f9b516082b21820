"""What other programs read: parsed by their own libraries, and asked over HTTP."""

import datetime as dt
import json

import icalendar
import pytest
from django.urls import reverse

from branches.models import OpeningHours, PlaceKind
from tests.factories import (
    BranchFactory,
    ClosureFactory,
    LockerFactory,
    NewsstandFactory,
    OpeningHoursFactory,
    StopFactory,
    VehicleFactory,
    VisitFactory,
)

pytestmark = pytest.mark.django_db


def calendar_of(client, place):
    answer = client.get(reverse("branches:hours_ics", args=[place.code]), HTTP_ACCEPT_LANGUAGE="en")
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    return icalendar.Calendar.from_ical(answer.content)


def features(client):
    answer = client.get(reverse("branches:points_geojson"))
    assert answer["Content-Type"] == "application/geo+json"
    return {one["id"]: one for one in json.loads(answer.content)["features"]}


# --- iCalendar


def test_hours_of_eight_weeks_are_events_of_wall_time(client, monday):
    place = BranchFactory(hours_known=True)
    OpeningHoursFactory(place=place, weekday=0, opens=dt.time(9), closes=dt.time(19, 30))

    events = calendar_of(client, place).walk("VEVENT")

    starts = [event["DTSTART"].dt for event in events]
    assert len(starts) == 7  # Easter Monday is a holiday
    assert {(one.hour, one.minute, str(one.tzinfo)) for one in starts} == {(9, 0, "Europe/Rome")}
    assert {one.utcoffset() for one in starts} == {dt.timedelta(hours=1), dt.timedelta(hours=2)}
    assert events[0]["DTEND"].dt - events[0]["DTSTART"].dt == dt.timedelta(hours=10, minutes=30)


def test_the_file_carries_its_time_zone_and_what_the_standard_asks(client, monday):
    place = BranchFactory(hours_known=True)
    OpeningHoursFactory(place=place)

    file = calendar_of(client, place)

    assert [str(one["TZID"]) for one in file.walk("VTIMEZONE")] == ["Europe/Rome"]
    assert (str(file["VERSION"]), bool(file["PRODID"])) == ("2.0", True)
    for event in file.walk("VEVENT"):
        assert {"UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY"} <= set(event)


def test_closures_are_events_of_whole_days_that_name_who_takes_over(client, monday):
    place = BranchFactory(hours_known=True)
    closure = ClosureFactory(
        place=place,
        starts_on=dt.date(2026, 3, 9),
        ends_on=dt.date(2026, 3, 11),
        reason={"it": "Lavori"},
        substitute=BranchFactory(name="Biblioteca Vicina"),
    )

    (event,) = calendar_of(client, place).walk("VEVENT")

    assert (event["DTSTART"].dt, event["DTEND"].dt) == (dt.date(2026, 3, 9), dt.date(2026, 3, 12))
    assert "Lavori" in event["DESCRIPTION"]
    assert "Biblioteca Vicina" in event["DESCRIPTION"]
    assert str(closure.pk) in event["UID"]


def test_a_closure_without_an_end_goes_on_to_the_end_of_the_file(client, monday):
    place = BranchFactory()
    ClosureFactory(place=place, starts_on=dt.date(2025, 1, 1), ends_on=None)

    (event,) = calendar_of(client, place).walk("VEVENT")

    assert (event["DTSTART"].dt, event["DTEND"].dt) == (dt.date(2025, 1, 1), dt.date(2026, 4, 27))


def test_openings_keep_their_uid_and_the_same_day_gives_the_same_file(client, monday):
    place = BranchFactory(hours_known=True)
    OpeningHoursFactory(place=place, weekday=2)
    address = reverse("branches:hours_ics", args=[place.code])
    first = client.get(address)
    monday.shift(dt.timedelta(hours=3))

    again = client.get(address, HTTP_IF_NONE_MATCH=first["ETag"])
    monday.shift(dt.timedelta(days=1))
    tomorrow = client.get(address)

    uids = [
        [str(one["UID"]) for one in icalendar.Calendar.from_ical(file.content).walk("VEVENT")]
        for file in (first, tomorrow)
    ]
    assert again.status_code == 304
    assert uids[0] == uids[1]
    assert len(set(uids[0])) == len(uids[0])


def test_the_study_room_has_events_of_its_own(client, monday):
    place = BranchFactory(hours_known=True)
    OpeningHoursFactory(
        place=place, weekday=1, opens=dt.time(20), closes=dt.time(0), purpose=OpeningHours.Purpose.STUDY
    )

    events = calendar_of(client, place).walk("VEVENT")

    assert len(events) == 8
    assert all("study" in event["SUMMARY"] and "study" in event["UID"] for event in events)
    assert events[0]["DTEND"].dt - events[0]["DTSTART"].dt == dt.timedelta(hours=4)


def test_visits_are_a_stops_hours_and_a_point_that_never_closes_has_none(client, monday):
    stop, locker = StopFactory(), LockerFactory()
    VisitFactory(stop=stop, on=dt.date(2026, 3, 5))

    assert [one["DTSTART"].dt.date() for one in calendar_of(client, stop).walk("VEVENT")] == [dt.date(2026, 3, 5)]
    assert calendar_of(client, locker).walk("VEVENT") == []


def test_names_that_the_format_must_escape_come_back_whole(client, monday):
    place = BranchFactory(hours_known=True, name='Città; di, carta\\ "a" 🚲 ' + "lunga " * 20)
    OpeningHoursFactory(place=place)

    event = calendar_of(client, place).walk("VEVENT")[0]

    assert place.name.strip() in str(event["SUMMARY"])


def test_a_vehicle_has_no_hours_to_keep(client, monday):
    assert client.get(reverse("branches:hours_ics", args=[VehicleFactory().code])).status_code == 404


# --- GeoJSON


def test_points_as_geojson_put_longitude_first_and_say_what_can_be_done(client, monday):
    place = BranchFactory(code="a", latitude=45.4622, longitude=9.1981, hours_known=True, services=["wifi"])
    OpeningHoursFactory(place=place, weekday=0, opens=dt.time(9), closes=dt.time(19))

    one = features(client)["a"]

    assert one["geometry"] == {"type": "Point", "coordinates": [9.1981, 45.4622]}
    told = one["properties"]
    assert (told["kind"], told["name"], told["services"]) == ("branch", place.name, ["wifi"])
    assert told["can"] == ["collect", "give_back", "borrow"]
    assert told["url"].endswith("/punti/a/")
    assert told["url"].startswith("http")
    assert (told["is_open"], told["open_until"]) == (True, "2026-03-02T19:00:00+01:00")


def test_points_as_geojson_say_what_nobody_knows_with_null(client, monday):
    NewsstandFactory(code="a", latitude=None, longitude=None)

    one = features(client)["a"]

    assert (one["geometry"], one["properties"]["is_open"]) == (None, None)


def test_points_as_geojson_leave_out_what_is_not_open_to_readers_or_has_closed(client, monday):
    BranchFactory(code="gone", closed_on=dt.date(2026, 1, 1))
    VehicleFactory(code="bus")

    assert features(client) == {}


def test_files_may_be_kept_and_asked_again_from_anywhere(client, monday):
    place = BranchFactory(code="a")
    for address, seconds in (("/punti/punti.geojson", 300), ("/punti/a/orari.ics", 3600)):
        answer = client.get(address)

        assert set(answer["Cache-Control"].split(", ")) == {"public", f"max-age={seconds}"}
        assert answer["Access-Control-Allow-Origin"] == "*"
        assert client.get(address, HTTP_IF_NONE_MATCH=answer["ETag"]).status_code == 304
    assert place.kind == PlaceKind.BRANCH


@pytest.mark.parametrize("count", [1, 3])
def test_geojson_asks_the_database_as_often_for_three_as_for_one(client, monday, count, django_assert_num_queries):
    BranchFactory.create_batch(count)

    with django_assert_num_queries(5):
        client.get(reverse("branches:points_geojson"))
