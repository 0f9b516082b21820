"""Choosing where to collect: the nearest points first, each with hours, distance, room and the expected day."""

import datetime as dt

import pytest
from django.urls import reverse

from branches.models import OpeningHours, Place, PlaceCapacity
from portal.forms import pickup_points
from portal.pickups import NEAREST, pickup_groups
from tests.factories import BranchFactory, NewsstandFactory, TitleFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def known(story):
    """The newsstands stand beside the south library and open at seven; the van runs on Thursdays."""
    network = story.network
    for place in (network.newsstand, network.small_newsstand):
        Place.objects.filter(pk=place.pk).update(latitude=45.431, longitude=9.19, hours_known=True)
        for weekday in range(6):
            OpeningHours.objects.create(place=place, weekday=weekday, opens=dt.time(7), closes=dt.time(19))
    network.van()
    return network


def shown(client, title, **query):
    page = client.get(reverse("portal:reserve", args=[title.pk, "x"]), query, HTTP_ACCEPT_LANGUAGE="en")
    groups = page.context["form"].points()
    return page.content.decode(), {one.line.place.code: one for group in groups for one in group.points}, groups


def test_points_show_hours_distance_room_and_the_expected_day(story, known, signed_in):
    _reader, client = signed_in()
    title = story.copies(1)[0].title

    page, points, groups = shown(client, title, da="p-south")

    stand = points["newsstand"]
    assert (stand.line.minutes, stand.free, str(stand.expected)) == (2, 2, "Expected around Thursday 5 March")
    assert str(points["north"].expected) == "Expected around Monday 2 March"
    assert [one.line.place.code for one in groups[0].points][:3] == ["south", "newsstand", "small-newsstand"]
    for words in ("Near ", "2 minutes on foot", "Open now until 19:00", "2 places free", "Expected around Thursday"):
        assert words in page


def test_points_are_near_the_usual_one_unless_another_start_was_asked_for(story, known, signed_in):
    reader, client = signed_in()
    title = story.copies(1)[0].title
    assert shown(client, title)[2][0].is_open is False, "nothing is near where nobody said from where"
    story.hold(story.copies(1)[0].title, reader=reader, pickup=known.newsstand)

    _page, _points, groups = shown(client, title)
    assert (groups[0].heading, groups[0].points[0].line.place) == (f"Near {known.newsstand.name}", known.newsstand)
    _page, _points, groups = shown(client, title, da="p-north")
    assert [one.line.place.code for one in groups[0].points][:2] == ["newsstand", "north"], "the usual one stays first"
    assert groups[0].heading == f"Near {known.north.name}"


def test_others_unfold_by_kind_libraries_first(story, known, signed_in):
    _reader, client = signed_in()
    title = story.copies(1)[0].title

    assert [group.heading for group in shown(client, title)[2]] == ["Libraries", "Newsstands", "Stops of the Bibliobus"]
    reader, client = signed_in()
    story.hold(story.copies(1)[0].title, reader=reader, pickup=known.newsstand)
    for number in range(NEAREST):
        BranchFactory(code=f"near-{number}", latitude=45.431, longitude=9.19)
    headings = [group.heading for group in shown(client, title)[2][1:]]
    assert headings[0] == "Other points: Libraries"


def test_reserving_tells_the_day_of_the_chosen_point(story, known, signed_in):
    _reader, client = signed_in()
    title = story.copies(1)[0].title
    chosen = {"pickup": "newsstand", "request_key": "k" * 32}

    page = client.post(
        reverse("portal:reserve", args=[title.pk, "x"]), chosen, HTTP_HX_REQUEST="true", HTTP_ACCEPT_LANGUAGE="en"
    ).content.decode()

    assert "Expected around Thursday 5 March" in page


def test_each_point_is_offered_once(story, known, signed_in):
    _reader, client = signed_in()

    page, points, _groups = shown(client, story.copies(1)[0].title, da="p-south")

    assert set(points) == set(pickup_points([]).values_list("code", flat=True))
    assert page.count('name="pickup"') == len(points)


def test_a_full_point_says_so_and_can_be_chosen(story, known, signed_in):
    _reader, client = signed_in()
    PlaceCapacity.objects.filter(place=known.newsstand).update(total=0)

    page, points, _groups = shown(client, story.copies(1)[0].title)

    assert points["newsstand"].is_full
    assert str(points["newsstand"].expected) == "Its point is full: we cannot say yet when there is room"
    assert "Full now: your turn waits until there is room" in page
    assert 'value="newsstand"' in page


def test_points_of_another_edition_show_its_day(story, known, signed_in):
    _reader, client = signed_in()
    here, other = TitleFactory.create_batch(2, work=TitleFactory().work)
    story.lent(story.copies(1, title=here)[0])
    story.copies(1, title=other)

    this, any_edition = (shown(client, here, what=what)[1]["newsstand"].expected for what in ("title", "work"))

    assert any_edition.on == dt.date(2026, 3, 5)
    assert this.on > any_edition.on


def test_points_show_no_day_while_no_volume_is_chosen(story, known, signed_in):
    _reader, client = signed_in()
    title = TitleFactory()
    for volume in ("1", "2"):
        story.copies(1, title=title, volume=volume)

    assert shown(client, title)[1]["newsstand"].expected is None
    assert shown(client, title, what="volume:1")[1]["newsstand"].expected.on == dt.date(2026, 3, 5)


def test_a_refused_form_keeps_the_point(story, known, signed_in):
    reader, client = signed_in()
    title = story.copies(1)[0].title
    story.hold(title, reader=reader)
    address = reverse("portal:move", args=[reader.holds.get().pk])

    page = client.post(address, {"pickup": "newsstand"}).content.decode()

    assert 'value="newsstand"\n           checked' in page or 'value="newsstand" checked' in " ".join(page.split())


def test_moving_shows_the_day_of_this_reservation_at_each_point(story, known, signed_in):
    reader, client = signed_in()
    hold = story.hold(story.copies(1)[0].title, reader=reader)

    page = client.get(reverse("portal:move", args=[hold.pk]), HTTP_ACCEPT_LANGUAGE="en")

    points = {one.line.place.code: one for group in page.context["form"].points() for one in group.points}
    assert str(points["north"].expected) == "Expected around Monday 2 March"
    assert str(points["newsstand"].expected) == "Expected around Thursday 5 March"


def test_moving_names_the_new_point_and_its_day(story, known, signed_in):
    reader, client = signed_in()
    hold = story.hold(story.copies(1)[0].title, reader=reader)
    htmx = {"HTTP_HX_REQUEST": "true", "HTTP_ACCEPT_LANGUAGE": "en"}

    page = client.post(
        reverse("portal:move", args=[hold.pk]), {"pickup": "newsstand", "request_key": "k"}, **htmx
    ).content.decode()

    assert f"From now on you collect it at {known.newsstand.name}." in page
    assert "Expected around Thursday 5 March" in page


def test_moving_without_a_point_is_answered_by_the_panel_alone(story, known, signed_in):
    reader, client = signed_in()
    hold = story.hold(story.copies(1)[0].title, reader=reader)
    address, english = reverse("portal:move", args=[hold.pk]), {"HTTP_ACCEPT_LANGUAGE": "en"}

    swapped = client.post(address, {"request_key": "k"}, HTTP_HX_REQUEST="true", **english)
    plain = client.post(address, {"request_key": "k"}, **english)

    assert (swapped.status_code, plain.status_code) == (422, 422)
    assert "Choose a point." in swapped.content.decode()
    assert "<h1>" not in swapped.content.decode()
    assert "<h1>" in plain.content.decode()


@pytest.mark.parametrize("more", [0, 3])
def test_points_cost_no_query_each(story, known, signed_in, django_assert_num_queries, more):
    reader, _client = signed_in()
    NewsstandFactory.create_batch(more, room=1, parent=known.south)
    hold = story.hold(story.copies(1)[0].title, reader=reader)

    with django_assert_num_queries(11):
        pickup_groups(pickup_points([]), chosen="north", start=None, hold=hold)
