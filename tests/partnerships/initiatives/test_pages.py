"""The list, the month and the page for everybody, and what other programs read."""

import datetime as dt
import io
import json
import xml.etree.ElementTree as ET

import icalendar
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from partnerships.initiatives import planning
from partnerships.initiatives.recurring import Every, Recurrence
from tests.factories import BranchFactory, TitleFactory
from tests.partnerships.initiatives.conftest import TUESDAY, at, make_draft, make_initiative

pytestmark = pytest.mark.django_db
ENGLISH = {"headers": {"Accept-Language": "en"}}
WEEKLY = Recurrence(TUESDAY, dt.time(17), dt.time(18, 30), Every.WEEK, dt.date(2026, 3, 31))


def read(client, address="/iniziative/"):
    answer = client.get(address, **ENGLISH)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_list_shows_what_is_published_and_to_come(client, initiative, monday):
    draft, cancelled = make_draft(title={"it": "Bozza"}), make_initiative(title={"it": "Annullata"})
    planning.cancel_initiative(cancelled, actor=None)
    page = read(client)

    assert "Stories aloud" in page
    assert "Tuesday 3 March 2026, 17:00–18:30" in page
    assert "Bozza" not in page
    assert "Annullata" not in page
    for one, status in ((initiative, 200), (cancelled, 200), (draft, 404)):
        for end in ("", "date.ics", "immagine.png"):
            assert client.get(f"/iniziative/{one.pk}/{end}").status_code == status
    assert "This initiative was cancelled" in read(client, f"/iniziative/{cancelled.pk}/")
    monday.shift(dt.timedelta(days=2))
    assert "Stories aloud" not in read(client)
    assert "It has taken place" in read(client, f"/iniziative/{initiative.pk}/")


def test_filters_narrow_without_a_script_and_what_makes_no_sense_is_told(client, initiative):
    make_initiative(title={"it": "Corso"}, kind="course", audience="adults", rule=WEEKLY, language="ar")
    make_initiative(
        title={"it": "Bambini"}, audience="children", sign_language=True, place=BranchFactory(step_free=False)
    )
    make_initiative(title={"it": "Aprile"}, rule=Recurrence(dt.date(2026, 4, 30), dt.time(9), dt.time(10)))

    def shown(asked):
        page = read(client, f"/iniziative/?{asked}")
        return [one for one in ("Stories aloud", "Corso", "Bambini", "Aprile") if f">{one}<" in page]

    assert shown("") == ["Stories aloud", "Corso", "Bambini", "Aprile"]
    assert shown("quando=settimana") == ["Stories aloud", "Corso", "Bambini"]
    assert shown("quando=oggi") == []
    assert shown("per=children") == ["Bambini"]
    assert shown("per=adults") == ["Stories aloud", "Corso", "Aprile"]
    assert shown("tipo=course") == ["Corso"]
    assert shown("lingua=ar") == ["Corso"]
    assert shown("senza_gradini=on") == ["Stories aloud", "Corso", "Aprile"]
    assert shown("lis=on") == ["Bambini"]
    assert "Something needs your attention" in read(client, "/iniziative/?tipo=x")
    assert "and 4 more dates" in read(client)


def test_nearest_come_first_from_a_start(client, initiative):
    make_initiative(title={"it": "Altrove"}, venue="Parco", latitude=45.40, longitude=9.19)
    make_initiative(title={"it": "Chissà"}, venue="Da qualche parte")
    BranchFactory(code="sud", latitude=45.41)
    page = read(client, "/iniziative/?da=p-sud")

    assert page.index("Altrove") < page.index("Stories aloud") < page.index("Chissà")


def test_pages_ask_as_often_however_much_there_is(client, initiative):
    def asked(address):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address, **ENGLISH).status_code == 200
        return len(queries)

    addresses = ("/iniziative/", "/iniziative/calendario/", "/iniziative/iniziative.ics", "/iniziative/rss/")
    for address in addresses:
        asked(address)
    before = [asked(address) for address in addresses]
    for _time in range(2):
        make_initiative(rule=WEEKLY)
    assert [asked(address) for address in addresses] == before


def test_htmx_gets_the_list_alone(client, initiative):
    page = client.get("/iniziative/", headers={"HX-Request": "true"}).content.decode()

    assert page.strip().startswith("<section")


def test_month_shows_each_day_and_its_neighbours(client, monday):
    one = make_initiative(rule=WEEKLY)
    planning.cancel_date(one.dates.last(), actor=None)
    page = read(client, "/iniziative/calendario/?mese=2026-03")

    assert page.count("Stories aloud") == 5
    assert page.count("<strong>cancelled</strong>") == 1
    assert "?mese=2026-02" in page
    assert "?mese=2026-04" in page
    for asked in ("", "x", "2026-13", "0001-01", "9999-12"):
        assert "March 2026" in read(client, f"/iniziative/calendario/?mese={asked}")
    assert "Nothing is planned" in read(client, "/iniziative/calendario/?mese=2026-08")


def test_page_tells_how_to_get_in_and_which_titles_go_with_it(client, monday):
    one = make_initiative(
        text={"it": "<b>Ciao</b>"}, audience="children", age_from=3, age_to=6, places=10, sign_language=True
    )
    title = TitleFactory(title="Il barone rampante")
    one.titles.add(title)
    page = read(client, f"/iniziative/{one.pk}/")

    assert "&lt;b&gt;Ciao" in page
    assert '<div class="ml-prose" lang="it">' in page
    assert "Children, from 3 to 6 years old" in page
    assert "Without a step." in page
    assert "10 places left" in page
    assert "interpreted into sign language" in page
    assert title.get_absolute_url() in page
    planning.move_date(one.dates.get(), at(18), at(19), note="Un'ora dopo", actor=None)
    assert "Un&#x27;ora dopo" in read(client, f"/iniziative/{one.pk}/")


def test_calendar_is_valid_and_says_what_was_cancelled(client, monday):
    one = make_initiative(rule=WEEKLY)
    planning.cancel_date(one.dates.last(), actor=None)
    planning.move_date(one.dates.first(), at(18), at(19), actor=None)
    answer = client.get("/iniziative/iniziative.ics", **ENGLISH)
    file = icalendar.Calendar.from_ical(answer.content)
    events = file.walk("VEVENT")

    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert [str(zone["TZID"]) for zone in file.walk("VTIMEZONE")] == ["Europe/Rome"]
    assert len({str(event["UID"]) for event in events}) == len(events) == 5
    assert {event["DTSTART"].dt.hour for event in events} == {17, 18}
    assert {event["DTSTART"].dt.utcoffset() for event in events} == {dt.timedelta(hours=1), dt.timedelta(hours=2)}
    assert [str(event["STATUS"]) for event in events] == ["CONFIRMED"] * 4 + ["CANCELLED"]
    assert [int(event["SEQUENCE"]) for event in events] == [1, 0, 0, 0, 2]
    assert all(set(event.required) <= set(event) and not event.errors for event in events)
    assert len(icalendar.Calendar.from_ical(client.get(f"/iniziative/{one.pk}/date.ics").content).walk("VEVENT")) == 5


def linked(page):
    return json.loads(page.split('<script type="application/ld+json">')[1].split("</script>")[0])


def test_linked_data_is_an_event_and_of_several_dates_a_series(client, monday):
    one = make_initiative(places=10, text={"it": "</script><script>alert(1)</script>"})
    data = linked(client.get(f"/iniziative/{one.pk}/").content.decode())

    assert data["@type"] == "ChildrensEvent"
    assert data["startDate"] == "2026-03-03T17:00:00+01:00"
    assert data["eventStatus"] == "https://schema.org/EventScheduled"
    assert data["location"]["@type"] == "Library"
    assert (data["remainingAttendeeCapacity"], data["offers"]["price"]) == (10, "0")
    planning.move_date(one.dates.get(), at(18), at(19), actor=None)
    moved = linked(client.get(f"/iniziative/{one.pk}/").content.decode())
    assert (moved["eventStatus"], moved["previousStartDate"]) == (
        "https://schema.org/EventRescheduled",
        "2026-03-03T17:00:00+01:00",
    )
    series = linked(client.get(f"/iniziative/{make_initiative(rule=WEEKLY).pk}/").content.decode())
    assert (series["@type"], len(series["subEvent"])) == ("EventSeries", 5)
    assert all({"@type", "name", "startDate", "location", "eventStatus"} <= set(part) for part in series["subEvent"])


def test_geojson_holds_points_that_a_map_can_draw(client, initiative):
    make_initiative(venue="Da qualche parte")
    answer = client.get("/iniziative/iniziative.geojson")
    (feature,) = json.loads(answer.content)["features"]

    assert answer["Content-Type"] == "application/geo+json"
    assert feature["geometry"] == {"type": "Point", "coordinates": [9.19, 45.46]}
    assert feature["properties"]["starts_at"] == "2026-03-03T17:00:00+01:00"
    assert feature["properties"]["url"].endswith(f"/iniziative/{initiative.pk}/")


def test_feed_is_rss_with_each_initiative_once(client, initiative):
    make_initiative(rule=WEEKLY, title={"it": "Settimanale"})
    answer = client.get("/iniziative/rss/", **ENGLISH)
    root = ET.fromstring(answer.content)
    items = root.findall("channel/item")

    assert answer["Content-Type"].startswith("application/rss+xml")
    assert [item.find("title").text for item in items] == ["Settimanale", "Stories aloud"]
    assert all(item.find("guid") is not None and item.find("pubDate") is not None for item in items)
    assert "Tuesday 3 March 2026, 17:00–18:30" in items[1].find("description").text


def test_share_picture_has_the_size_that_others_ask_for(client, initiative):
    answer = client.get(f"/iniziative/{initiative.pk}/immagine.png")

    assert Image.open(io.BytesIO(answer.content)).size == (1200, 630)
