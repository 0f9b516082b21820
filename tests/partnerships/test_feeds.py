"""What other programs read of agreements and initiatives, by programs of others, with texts as people write them."""

import datetime as dt
import json

import pytest

from partnerships.initiatives import planning
from partnerships.initiatives.recurring import Every, Recurrence
from partnerships.models import InitiativeKind, InstitutionKind, OfferKind
from tests.checkers.feed_readers import faults_of_linked_data, read_calendar, read_feed, read_points
from tests.factories import BranchFactory
from tests.partnerships.conftest import make_agreement, make_institution
from tests.partnerships.initiatives.conftest import at, make_initiative

pytestmark = pytest.mark.django_db
ODD = [
    "\"Detto\" 'fatto' & <b>via</b>",
    "</script><script>alert(1)</script> ]]>",
    "Città, così; perché\\no? 📚👩🏽‍🏫",
    "مكتبة ميلانو \u200fللأطفال",
    "x\x0by\x1fz\u2028w",  # as text comes out of word processors
    ("Lunghissimo " * 25).strip(),
]
LONG_NIGHT = Recurrence(dt.date(2026, 10, 24), dt.time(22), dt.time(4))  # on it two o'clock comes twice
SPRING = Recurrence(dt.date(2026, 3, 28), dt.time(23), dt.time(1, 30), Every.DAY, dt.date(2026, 3, 29))


def shown(text):
    """What reaches a reader of a text: no control characters, and space as any other."""
    return " ".join("".join(one if one.isprintable() or one == "\u200f" else " " for one in text).split())


def linked(client, address):
    page = client.get(address, headers={"Accept-Language": "it"}).content.decode()
    found = page.split('<script type="application/ld+json">')
    assert len(found) == 2
    return json.loads(found[1].split("</script>")[0])


@pytest.fixture
def initiatives(monday):
    """One of each odd text, one cancelled, one across a long night, one of two dates across a short one."""
    place = BranchFactory(name='Biblioteca "Odd" & figli', latitude=45.46, longitude=9.19)
    kinds = list(InitiativeKind)
    found = [
        make_initiative(title={"it": text}, text={"it": text}, kind=kinds[number % len(kinds)], place=place, places=3)
        for number, text in enumerate(ODD)
    ]
    cancelled = make_initiative(title={"it": "Annullata"}, place=place, sign_language=True, age_from=3)
    planning.cancel_initiative(cancelled, actor=None)
    moved = make_initiative(title={"it": "Spostata"}, place=place, venue="Parco", latitude=45.47, longitude=9.2)
    planning.move_date(moved.dates.get(), at(18), at(19), actor=None)
    night = make_initiative(title={"it": "Notte lunga"}, place=place, rule=LONG_NIGHT, sign_language=True)
    spring = make_initiative(title={"it": "Notte corta"}, place=place, rule=SPRING, rhythm="series", places=9)
    planning.cancel_date(spring.dates.last(), actor=None)
    return {"odd": found, "cancelled": cancelled, "moved": moved, "night": night, "spring": spring}


@pytest.fixture
def agreements(monday):
    """One of each kind of house and of offer, each with an odd text."""
    house = {"address": 'Via "Larga" 14', "website": "https://example.org/?a=1&b=2"}
    numbers = {OfferKind.PERCENTAGE: {"percent": 20}, OfferKind.FIXED_PRICE: {"percent": None, "price": "5.50"}}
    kinds, offers = list(InstitutionKind), list(OfferKind)
    return [
        make_agreement(
            institution=make_institution(kind=kinds[number % len(kinds)], **house),
            offer=offers[number % len(offers)],
            title={"it": ODD[number % len(ODD)]},
            terms={"it": ODD[number % len(ODD)]},
            quota=number or None,
            **numbers.get(offers[number % len(offers)], {"percent": None}),
        )
        for number in range(max(len(kinds), len(offers), len(ODD)))
    ]


def test_calendar_is_read_by_others_to_the_hour(client, initiatives):
    events = read_calendar(client.get("/iniziative/iniziative.ics").content)
    by_title = {}
    for event in events:
        by_title.setdefault(event["summary"], []).append(event)

    assert {shown(one) for one in by_title} >= {shown(text) for text in ODD}
    (night,) = by_title["Notte lunga"]
    assert night["starts"] == dt.datetime(2026, 10, 24, 20, tzinfo=dt.UTC)
    assert night["ends"] - night["starts"] == dt.timedelta(hours=7)
    first, second = by_title["Notte corta"]
    assert first["starts"] == dt.datetime(2026, 3, 28, 22, tzinfo=dt.UTC)
    assert first["ends"] - first["starts"] == dt.timedelta(hours=2.5)
    assert second["starts"] == dt.datetime(2026, 3, 29, 21, tzinfo=dt.UTC)
    assert (first["status"], second["status"]) == ("CONFIRMED", "CANCELLED")
    assert by_title["Spostata"][0]["starts"] == at(18)
    assert by_title["Spostata"][0]["location"] == "Parco"
    (cancelled,) = read_calendar(client.get(f"/iniziative/{initiatives['cancelled'].pk}/date.ics").content)
    assert cancelled["status"] == "CANCELLED"


def test_linked_data_is_what_schema_org_knows(client, initiatives, agreements, tmp_path):
    odd = {f"Event_{one.pk}": linked(client, one.get_absolute_url()) for one in initiatives["odd"]}
    others = {
        f"Event_{name}": linked(client, initiatives[name].get_absolute_url()) for name in initiatives if name != "odd"
    }
    offers = {f"Offer_{one.pk}": linked(client, one.get_absolute_url()) for one in agreements}

    assert faults_of_linked_data(tmp_path, **odd, **others, **offers) == ""
    assert [data["name"] for data in odd.values()] == ODD
    assert others["Event_cancelled"]["eventStatus"] == "https://schema.org/EventCancelled"
    assert others["Event_spring"]["@type"] == "EventSeries"
    assert others["Event_night"]["endDate"] == "2026-10-25T04:00:00+01:00"
    wrong = others["Event_night"] | {"eventStatus": "https://schema.org/EventForgotten", "nightly": True}
    assert "EventForgotten" in faults_of_linked_data(tmp_path, Event_wrong=wrong)
    assert "nightly" in faults_of_linked_data(tmp_path, Event_wrong=others["Event_night"] | {"nightly": True})


def test_points_are_on_the_map_of_others(client, initiatives, agreements):
    found = read_points(client.get("/iniziative/iniziative.geojson").content)
    houses = read_points(client.get("/convenzioni/convenzioni.geojson").content)

    assert {one.properties["title"] for one in found} == {*ODD, "Spostata", "Notte lunga", "Notte corta"}
    assert {one.id for one in houses} == {one.pk for one in agreements}


@pytest.mark.parametrize("language", ["it", "en"])
def test_feeds_are_read_by_others(client, initiatives, agreements, language):
    asked = {"Accept-Language": language}
    events = read_feed(client.get("/iniziative/rss/", headers=asked).content, language)
    offers = read_feed(client.get("/convenzioni/rss/", headers=asked).content, language)

    assert {shown(one.title) for one in events} == {*map(shown, ODD), "Spostata", "Notte lunga", "Notte corta"}
    assert [one.link.split("/")[-2] for one in offers] == [str(one.pk) for one in reversed(agreements)]
    assert all(any(shown(text) in shown(one.title) for text in ODD) for one in offers)
