"""The page of all points: the list and the map are the same, whole or in part."""

import datetime as dt
import re

import pytest
from django.urls import reverse

from tests.factories import BranchFactory, NewsstandFactory, OpeningHoursFactory

pytestmark = pytest.mark.django_db
ADDRESS = "/punti/"


def ask(client, query=None, **headers):
    answer = client.get(ADDRESS, query or {}, HTTP_ACCEPT_LANGUAGE="en", **headers)
    assert answer.status_code == 200
    return answer, re.sub(r"\s+", " ", answer.content.decode())


def test_every_pin_is_a_link_to_its_line_and_every_line_leads_to_its_pin(client, monday):
    for number in range(3):
        BranchFactory(code=f"b{number}", latitude=45.46 + number / 100)
    NewsstandFactory(code="lost", latitude=None, longitude=None, parent=None)

    _answer, page = ask(client)

    pins, lines = set(re.findall(r'id="pin-([\w-]+)"', page)), set(re.findall(r'id="punto-([\w-]+)"', page))
    assert (pins, lines) == ({"b0", "b1", "b2"}, {"b0", "b1", "b2", "lost"})
    assert all(f'href="#punto-{code}"' in page and f'href="#pin-{code}"' in page for code in pins)


def test_the_map_is_drawn_without_a_script_and_names_the_city(client, monday):
    _answer, page = ask(client)

    assert page.count('class="ml-map-line"') == 5
    assert "Municipio" in page
    assert "Loreto" in page


def test_htmx_gets_form_map_and_list_alone(client, monday):
    BranchFactory(code="a")
    NewsstandFactory(code="b", parent=None)

    answer, part = ask(client, {"kind": ["newsstand"]}, HTTP_HX_REQUEST="true")

    assert "<html" not in part
    assert 'id="points"' in part
    assert "data-announce" in part
    assert set(re.findall(r'id="punto-([\w-]+)"', part)) == {"b"}
    assert "HX-Request" in answer["Vary"]


def test_what_makes_no_sense_is_said_and_what_was_asked_stays(client, monday):
    BranchFactory(code="a")

    _answer, page = ask(client, {"day": "2026-01-01", "hour": "10:00"})

    assert "This day is past" in page
    assert 'value="2026-01-01"' in page
    assert 'value="10:00"' in page
    assert 'role="alert"' in page


def test_openness_at_a_moment_is_said_in_heading_and_line(client, monday):
    OpeningHoursFactory(place=BranchFactory(code="a", hours_known=True), weekday=5, closes=dt.time(13))
    BranchFactory(code="unknown")

    _answer, page = ask(client, {"day": "2026-03-07", "hour": "10:00"})

    assert "1 point open on Saturday 7 March at 10:00" in page
    assert "09:00–13:00" in page
    assert "1 more point fits, but its hours are to be verified" in page


def test_leaflet_is_loaded_here_alone_and_nothing_from_elsewhere(client, monday):
    place = BranchFactory()
    _answer, page = ask(client)

    assert "leaflet.js" in page
    assert not re.findall(r'(?:src|href)="(?:https?:)?//[^"]*\.(?:js|css|png|svg)', page)
    for address in ("/bibliobus/", place.get_absolute_url()):
        assert "leaflet" not in client.get(address).content.decode()


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("query", [{}, {"now": "on"}], ids=["all", "open now"])
def test_points_asks_the_database_as_often_for_three_as_for_one(
    client, monday, count, query, django_assert_num_queries
):
    BranchFactory.create_batch(count, hours_known=True)

    with django_assert_num_queries(5):
        client.get(reverse("branches:points"), query)


@pytest.mark.parametrize("value", ["", "x", "\x00", "9" * 400, "<script>", "-1"])
def test_points_bear_whatever_is_asked(client, monday, value):
    query = dict.fromkeys(("municipio", "now", "day", "hour", "kind", "services", "pickup"), value)

    answer = client.get(ADDRESS, query)

    assert answer.status_code == 200
    assert "<script>" not in answer.content.decode()


def test_tiles_and_their_credit_reach_the_map_only_when_named(client, monday, settings):
    _answer, plain = ask(client)
    settings.MAP_TILES_URL, settings.MAP_TILES_CREDIT = "https://tiles.example/{z}/{x}/{y}.png", "© <Tiles>"

    _answer, tiled = ask(client)

    assert 'data-tiles=""' in plain
    assert 'data-tiles="https://tiles.example/{z}/{x}/{y}.png"' in tiled
    assert 'data-credit="© &lt;Tiles&gt;"' in tiled


def test_who_has_chosen_a_start_sees_the_nearest_first(client, monday):
    BranchFactory(code="a", name="A", latitude=45.53, longitude=9.16)
    BranchFactory(code="z", name="Z", latitude=45.4643, longitude=9.1891)
    client.get("/", {"da": "m1"})

    _answer, page = ask(client)

    assert re.findall(r'id="punto-([\w-]+)"', page) == ["z", "a"]
    assert "minutes on foot" in page
