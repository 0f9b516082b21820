"""The list and the page for everybody, and what other programs read."""

import datetime as dt
import io
import json
import re
import xml.etree.ElementTree as ET

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from milanolib import clock
from partnerships.agreeing import end_agreement
from partnerships.demo_file import load_agreements, load_institutions
from partnerships.feeds import linked_offer
from partnerships.models import Agreement, Institution
from tests.factories import BranchFactory, LibrarianFactory
from tests.partnerships.conftest import make_agreement, make_draft, make_institution

pytestmark = pytest.mark.django_db
ENGLISH = {"headers": {"Accept-Language": "en"}}


def read(client, address="/convenzioni/", **options):
    answer = client.get(address, **ENGLISH | options)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_list_shows_what_is_active_and_nothing_else(client, agreement):
    make_draft(title={"it": "Una bozza"})
    ended = make_agreement(title={"it": "Conclusa"})
    end_agreement(ended, actor=None)
    page = read(client)

    assert "Less dear" in page
    assert "20% less" in page
    assert "every reader; every day" in page
    assert "Una bozza" not in page
    assert "Conclusa" not in page
    for number, status in ((agreement.pk, 200), (ended.pk, 404), (999, 404)):
        assert client.get(f"/convenzioni/{number}/").status_code == status
        assert client.get(f"/convenzioni/{number}/immagine.png").status_code == status


def test_filters_narrow_without_a_script_and_what_makes_no_sense_is_told(client, agreement):
    make_agreement(institution=make_institution(kind="museum"), title={"it": "Museo"}, offer="free", percent=None)
    make_agreement(title={"it": "Martedì"}, weekdays=[1])
    make_agreement(title={"it": "Finiti"}, quota=0)

    def shown(asked):
        page = read(client, f"/convenzioni/?{asked}")
        return [one for one in ("Less dear", "Museo", "Martedì", "Finiti") if one in page]

    assert shown("") == ["Less dear", "Museo", "Martedì", "Finiti"]
    assert shown("tipo=museum") == ["Museo"]
    assert shown("offerta=free") == ["Museo"]
    assert shown("oggi=on") == ["Less dear", "Museo"]
    assert shown("tipo=music") == []
    assert "Something needs your attention" in read(client, "/convenzioni/?tipo=x")


def test_nearest_come_first_from_a_start(client, agreement):
    far = make_institution(latitude=45.40)
    make_agreement(institution=far, title={"it": "Lontano"})
    make_agreement(institution=make_institution(latitude=None, longitude=None), title={"it": "Chissà"})
    BranchFactory(code="nord", latitude=45.47)
    BranchFactory(code="sud", latitude=45.41)
    north, south = read(client, "/convenzioni/?da=p-nord"), read(client, "/convenzioni/?da=p-sud")

    assert north.index("Less dear") < north.index("Lontano") < north.index("Chissà")
    assert south.index("Lontano") < south.index("Less dear") < south.index("Chissà")
    assert "minutes on foot" in north


def test_htmx_gets_the_list_alone(client, agreement):
    page = client.get("/convenzioni/", headers={"HX-Request": "true"}).content.decode()

    assert page.strip().startswith("<section")
    assert "<html" not in page


def test_list_asks_as_often_for_three_as_for_one(client, agreement):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            read(client)
        return len(queries)

    read(client)
    before = asked()
    make_agreement()
    make_agreement()
    assert asked() == before


def test_page_tells_offer_audience_days_and_quota(client, monday):
    one = make_agreement(
        offer="fixed_price",
        percent=None,
        price="5.50",
        audience="ages",
        age_from=14,
        age_to=25,
        with_companion=True,
        weekdays=[2, 1],
        not_on_holidays=True,
        quota=3,
        terms={"it": "<b>Solo</b> in cassa"},
    )
    page = read(client, f"/convenzioni/{one.pk}/")

    assert "5.50 euros" in page
    assert "readers from 14 to 25 years old, and one companion" in page.lower()
    assert "Tuesday, Wednesday, not on public holidays" in page
    assert "3 uses left" in page
    assert "next on Tuesday 3 March" in page
    assert "&lt;b&gt;Solo" in page  # what partners write is text
    assert '<div class="ml-prose" lang="it">' in page


def test_linked_data_is_an_offer_of_the_house(client, monday):
    one = make_agreement(offer="free", percent=None, terms={"it": "</script><script>alert(1)</script>"})
    page = read(client, f"/convenzioni/{one.pk}/")
    data = json.loads(page.split('<script type="application/ld+json">')[1].split("</script>")[0])

    assert data["@type"] == "Offer"
    assert (data["price"], data["priceCurrency"]) == ("0", "EUR")
    assert data["offeredBy"] == {"@type": "Organization", "name": one.institution.name}
    assert data["availableAtOrFrom"]["@type"] == "MovieTheater"
    assert data["availableAtOrFrom"]["geo"] == {"@type": "GeoCoordinates", "latitude": 45.4642, "longitude": 9.19}
    assert dt.date.fromisoformat(data["validFrom"]) == clock.today()
    assert data["url"].endswith(f"/convenzioni/{one.pk}/")
    assert "alert(1)" not in page.split("</head>")[0].replace("\\u003C", "").split("ld+json")[0]


def test_linked_data_says_only_what_its_types_have(client, monday):
    """Each key against the properties that schema.org gives its type, inherited ones among them."""
    known = {
        "Offer": "availableAtOrFrom description inventoryLevel name offeredBy price priceCurrency url validFrom"
        " validThrough",
        "Organization": "name url",
        "GeoCoordinates": "latitude longitude",
        "PostalAddress": "addressCountry addressLocality streetAddress",
        "QuantitativeValue": "value",
    } | dict.fromkeys(("MovieTheater", "PerformingArtsTheater", "Museum", "Place"), "address geo name")
    full = {"address": "Via Larga 14", "website": "https://example.org/"}
    seen = set()

    def look(data):
        seen.add(data["@type"])
        assert {key for key in data if key[0] != "@"} <= set(known[data["@type"]].split())
        for part in data.values():
            if isinstance(part, dict):
                look(part)

    for kind in ("cinema", "theatre", "museum", "other"):
        one = make_agreement(institution=make_institution(kind=kind, **full), quota=3)
        look(linked_offer(one))
    assert seen == set(known)


def test_map_has_one_pin_for_each_house_on_it_and_leads_to_its_line(client, agreement):
    make_agreement(institution=agreement.institution, weekdays=[1])
    tuesdays = make_agreement(weekdays=[1])
    make_agreement(institution=make_institution(latitude=None, longitude=None))
    make_agreement(institution=make_institution(latitude=45.07, longitude=7.69))  # outside the drawing
    page = read(client)

    pins = re.findall(r'<a class="ml-pin is-(\w+)" href="#([\w-]+)" aria-label="([^"]+)">', page)
    assert pins == [
        ("open", f"convenzione-{agreement.pk}", agreement.institution.name),
        ("closed", f"convenzione-{tuesdays.pk}", tuesdays.institution.name),
    ]
    assert all(f'id="{anchor}"' in page for _tone, anchor, _name in pins)
    assert "ml-pin" in client.get("/convenzioni/", headers={"HX-Request": "true"}).content.decode()


def test_geojson_holds_points_that_a_map_can_draw(client, agreement):
    make_agreement(institution=make_institution(latitude=None, longitude=None))
    answer = client.get("/convenzioni/convenzioni.geojson")
    data = json.loads(answer.content)

    assert answer["Content-Type"] == "application/geo+json"
    (feature,) = data["features"]
    assert feature["geometry"] == {"type": "Point", "coordinates": [9.19, 45.4642]}
    assert feature["properties"]["offer"] == "percentage"
    assert "owner" not in answer.content.decode()


def test_feed_is_rss_with_absolute_links(client, agreement):
    root = ET.fromstring(client.get("/convenzioni/rss/").content)

    (item,) = root.iterfind("channel/item")
    assert item.find("link").text.endswith(f"/convenzioni/{agreement.pk}/")
    assert item.find("link").text.startswith("http")
    assert item.find("pubDate").text.startswith("Mon, 02 Mar 2026")


def test_share_picture_is_as_large_as_is_asked_for(client, monday):
    one = make_agreement(title={"it": "parola" * 40})
    picture = Image.open(io.BytesIO(client.get(f"/convenzioni/{one.pk}/immagine.png").content))

    assert picture.size == (1200, 630)
    assert len(picture.convert("RGB").getcolors(1 << 20)) > 10  # something is written on it


def test_demonstrative_data_load_twice_and_keep_what_was_written_since(monday, settings):
    data, owner = settings.BASE_DIR / "data", LibrarianFactory()
    for _time in range(2):
        load_institutions(data / "network_demo.json")
        load_agreements(data / "agreements_demo.json", owner)
        Institution.objects.filter(code="cinema-demo-1").update(name="Altro nome")

    assert Institution.objects.count() == 12
    assert Institution.objects.get(code="cinema-demo-1").name == "Altro nome"
    assert Agreement.objects.filter(status="active").count() == 5
    assert not Institution.objects.filter(is_demo=False).exists()
