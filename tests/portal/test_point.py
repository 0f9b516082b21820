"""The page of one point: what it says, to whom, and what it must not say."""

import datetime as dt
import io
import json
import re

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from branches.models import FavouritePoint, OpeningHours, PlacePhoto, VisitStatus
from milanolib import clock
from tests.factories import (
    BranchFactory,
    ClosureFactory,
    CopyFactory,
    NewsstandFactory,
    OpeningHoursFactory,
    ReturnBoxFactory,
    SpecialOpeningFactory,
    StopFactory,
    TitleFactory,
    VehicleFactory,
    VisitFactory,
)

pytestmark = pytest.mark.django_db


def page_of(client, place):
    """Return the page in English, its white space made single."""
    answer = client.get(place.get_absolute_url(), HTTP_ACCEPT_LANGUAGE="en")
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def linked_data_of(client, place):
    (found,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page_of(client, place))
    return json.loads(found)


# --- When


def test_hours_say_what_is_for_study_alone_and_what_is_special(client, monday):
    place = BranchFactory(hours_known=True)
    OpeningHoursFactory(place=place, weekday=0, opens=dt.time(9), closes=dt.time(19, 30))
    OpeningHoursFactory(
        place=place, weekday=0, opens=dt.time(19, 30), closes=dt.time(23), purpose=OpeningHours.Purpose.STUDY
    )
    SpecialOpeningFactory(place=place, on=dt.date(2026, 3, 8))

    page = page_of(client, place)

    assert "09:00–19:30" in page
    assert "study room only: 19:30–23:00" in page
    assert "Open now until 19:30" in page
    assert "special opening" in page


def test_an_evening_for_study_does_not_make_a_point_open(client, monday):
    place = BranchFactory(hours_known=True)
    OpeningHoursFactory(
        place=place, weekday=0, opens=dt.time(8), closes=dt.time(23), purpose=OpeningHours.Purpose.STUDY
    )

    assert "Open now" not in page_of(client, place)


def test_long_works_say_until_when_and_who_takes_over(client, monday):
    substitute = BranchFactory(name="Biblioteca Vicina")
    place = BranchFactory(hours_known=True)
    ClosureFactory(
        place=place,
        starts_on=dt.date(2025, 9, 1),
        ends_on=dt.date(2027, 6, 30),
        reason={"it": "Lavori in corso"},
        substitute=substitute,
    )

    page = page_of(client, place)

    assert "Closed until 30 June 2027" in page
    assert f'<a href="{substitute.get_absolute_url()}">Biblioteca Vicina</a>' in page
    assert '<p lang="it">Lavori in corso</p>' in page
    assert place.name in page_of(client, substitute)


def test_a_stop_says_its_visits_and_which_are_cancelled(client, monday):
    stop = StopFactory()
    VisitFactory(stop=stop, on=dt.date(2026, 3, 3), status=VisitStatus.CANCELLED)
    VisitFactory(stop=stop, on=dt.date(2026, 3, 10))
    VisitFactory(stop=stop, on=dt.date(2026, 3, 2), arrives=dt.time(7), leaves=dt.time(8))  # over

    page = page_of(client, stop)

    assert page.count("Cancelled") == 1
    assert "The next visit here: Tuesday 10 March" in page
    assert "07:00–08:00" not in page


# --- Where


def test_directions_are_those_written_else_the_nearest_stations(client, monday):
    written = BranchFactory(directions={"it": "Tram 12, fermata Corso"})
    composed = BranchFactory(latitude=45.4622, longitude=9.1981)

    page = page_of(client, written)
    assert '<dd lang="it">Tram 12, fermata Corso</dd>' in page
    assert "from the metro station" not in page
    assert "minutes on foot from the metro station Sforza-Policlinico (M4)" in page_of(client, composed)


def test_services_are_told_and_boxes_near(client, monday):
    place = BranchFactory(services=["wifi", "hearing_loop"])
    ReturnBoxFactory(name="Box vicino", latitude=45.465, longitude=9.19, parent=place)
    ReturnBoxFactory(name="Box lontano", latitude=45.52, longitude=9.10, parent=place)

    page = page_of(client, place)

    assert "Wi-Fi" in page
    assert "Hearing loop" in page
    assert "Box vicino" in page
    assert "Box lontano" not in page


def test_a_point_without_coordinates_has_a_page_too(client, monday):
    assert "metro station" not in page_of(client, BranchFactory(latitude=None, longitude=None))


# --- New titles


def test_new_titles_are_those_that_came_last_each_once(client, monday):
    place, other = BranchFactory(), BranchFactory()
    for number in range(8):
        title = TitleFactory(title=f"Nuovo {number}")
        CopyFactory.create_batch(2, title=title, home=place, added_on=dt.date(2026, 2, 1 + number))
    CopyFactory(title=TitleFactory(title="Altrove"), home=other, added_on=dt.date(2026, 3, 1))
    CopyFactory(title=TitleFactory(title="Senza data"), home=place)

    page = page_of(client, place)

    assert re.findall(r">(Nuovo \d)<", page) == [f"Nuovo {number}" for number in (7, 6, 5, 4, 3, 2)]
    assert "Altrove" not in page
    assert "Senza data" not in page


@pytest.mark.parametrize("count", [1, 3])
def test_point_asks_the_database_as_often_for_three_titles_as_for_one(client, monday, count, django_assert_num_queries):
    place = BranchFactory(hours_known=True)
    ReturnBoxFactory.create_batch(count, parent=place)
    for _number in range(count):
        ClosureFactory(place=place, starts_on=clock.today() + dt.timedelta(days=_number), substitute=BranchFactory())
        CopyFactory(home=place, added_on=clock.today())

    with django_assert_num_queries(10):
        client.get(place.get_absolute_url())


# --- Life


def test_a_point_that_has_closed_for_good_says_so_and_what_is_near(client, monday):
    place = BranchFactory(closed_on=dt.date(2025, 12, 31), hours_known=True, services=["wifi"])
    NewsstandFactory(name="Edicola vicina", parent=BranchFactory(latitude=45.5))

    page = page_of(client, place)

    assert "closed for good on 31 December 2025" in page
    assert "Edicola vicina" in page
    assert "Wi-Fi" not in page
    assert "I use this point" not in page
    assert "ld+json" not in page


def test_a_point_that_is_to_open_says_when(client, monday):
    assert "opens on 1 April 2026" in page_of(client, BranchFactory(opened_on=dt.date(2026, 4, 1)))


def test_vehicles_and_unknown_codes_are_no_pages(client, monday):
    assert client.get(reverse("branches:point", args=[VehicleFactory().code])).status_code == 404
    assert client.get(reverse("branches:point", args=["nowhere"])).status_code == 404


# --- The star


def test_a_signed_in_person_marks_a_point_and_takes_the_mark_away(signed_in, monday):
    reader, client = signed_in()
    place = BranchFactory()
    address = reverse("branches:favourite", args=[place.code])

    for _again in range(2):
        answer = client.post(address, {"uses": "1"})
    assert (answer.status_code, answer["Location"]) == (302, place.get_absolute_url())
    assert FavouritePoint.objects.get().user == reader.user
    assert 'aria-pressed="true"' in page_of(client, place)

    part = client.post(address, {"uses": "0"}, HTTP_HX_REQUEST="true").content.decode()
    assert 'aria-pressed="false"' in part
    assert not FavouritePoint.objects.exists()


def test_a_mark_is_ones_own_and_needs_a_sign_in(signed_in, monday):
    _anna, annas = signed_in()
    _bruno, brunos = signed_in()
    place = BranchFactory()
    address = reverse("branches:favourite", args=[place.code])
    annas.post(address, {"uses": "1"})

    assert 'aria-pressed="false"' in page_of(brunos, place)
    brunos.post(address, {"uses": "0"})
    assert FavouritePoint.objects.count() == 1
    assert Client().post(address, {"uses": "1"}).status_code == 302
    assert FavouritePoint.objects.count() == 1
    assert annas.get(address).status_code == 405
    assert annas.post(reverse("branches:favourite", args=[VehicleFactory().code]), {"uses": "1"}).status_code == 404
    assert "Sign in to mark it" in page_of(Client(), place)


def test_a_mark_cannot_be_made_by_another_site(signed_in, monday):
    reader, _client = signed_in()
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(reader.user, backend="accounts.backends.CardBackend")

    answer = strict.post(reverse("branches:favourite", args=[BranchFactory().code]), {"uses": "1"})

    assert (answer.status_code, FavouritePoint.objects.count()) == (403, 0)


# --- Linked data


def test_linked_data_tells_hours_closures_and_where(client, monday):
    place = BranchFactory(hours_known=True, address="Corso di prova 6", postcode="20122", services=["wifi"])
    OpeningHoursFactory(place=place, weekday=0, opens=dt.time(9), closes=dt.time(19, 30))
    OpeningHoursFactory(
        place=place, weekday=0, opens=dt.time(20), closes=dt.time(23), purpose=OpeningHours.Purpose.STUDY
    )
    ClosureFactory(place=place, starts_on=dt.date(2026, 3, 9), ends_on=dt.date(2026, 3, 11))

    data = linked_data_of(client, place)

    assert (data["@type"], data["name"]) == ("Library", place.name)
    assert data["address"]["streetAddress"] == "Corso di prova 6"
    assert data["geo"]["latitude"] == place.latitude
    hours = data["openingHoursSpecification"]
    assert [(one["dayOfWeek"], one["opens"], one["closes"]) for one in hours if "dayOfWeek" in one] == [
        ("Monday", "09:00", "19:30")
    ]
    shut = {(one["validFrom"], one["validThrough"]) for one in hours if one["opens"] == one["closes"] == "00:00"}
    assert ("2026-03-09", "2026-03-11") in shut
    assert ("2026-04-06", "2026-04-06") in shut  # Easter Monday


def test_linked_data_cannot_end_its_element_early(client, monday):
    place = BranchFactory(name="</script><script>alert(1)</script> & <!--")

    page = page_of(client, place)

    assert "<script>alert" not in page
    assert linked_data_of(client, place)["name"] == place.name


# --- The photograph


@pytest.fixture
def photographed(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    settings.STORAGES = {**settings.STORAGES}
    picture = io.BytesIO()
    Image.new("RGB", (1200, 900), "teal").save(picture, "JPEG")
    place = BranchFactory()
    PlacePhoto.objects.create(
        place=place, image=ContentFile(picture.getvalue(), "a.jpg"), digest="0123456789abcdef", alt={"it": "La sala"}
    )
    return place


def test_a_photograph_is_shown_with_what_it_shows(client, monday, photographed):
    page = page_of(client, photographed)

    assert 'alt="La sala" lang="it"' in page
    assert f"/punti/{photographed.code}/foto-480.webp?v=0123456789abcdef" in page


def test_a_photograph_is_made_small_and_kept_for_ever_under_its_own_address(client, monday, photographed):
    named = client.get(f"/punti/{photographed.code}/foto-480.webp?v=0123456789abcdef")
    plain = client.get(f"/punti/{photographed.code}/foto-480.webp")

    assert Image.open(io.BytesIO(named.content)).size == (480, 360)
    assert "immutable" in named["Cache-Control"]
    assert "immutable" not in plain["Cache-Control"]
    assert client.get(f"/punti/{photographed.code}/foto-481.webp").status_code == 404
    assert client.get(f"/punti/{BranchFactory().code}/foto-480.webp").status_code == 404


@pytest.mark.parametrize(
    ("fields", "is_closed", "has_link"),
    [
        ({"hours_known": True}, False, True),
        ({"hours_known": False}, False, False),
        ({"hours_known": True, "always_open": True}, False, False),
        ({"hours_known": False}, True, True),
    ],
)
def test_the_calendar_is_offered_where_it_holds_something(client, monday, fields, is_closed, has_link):
    place = BranchFactory(**fields)
    if is_closed:
        ClosureFactory(place=place)

    page = client.get(place.get_absolute_url()).content.decode()

    assert (reverse("branches:hours_ics", args=[place.code]) in page) == has_link


@pytest.mark.parametrize(
    ("phone", "dialled"),
    [
        ("02 88465808", "+390288465808"),
        ("+39 02/884.65808", "+390288465808"),
        ("339 1234567", "+393391234567"),
        ("800 123456", "800123456"),
        ("02 88465808 int. 3", ""),
        ("02 88465808 / 02 88465809", ""),
    ],
)
def test_a_telephone_number_can_be_dialled_from_the_page(client, monday, phone, dialled):
    place = BranchFactory(phone=phone)

    page = client.get(place.get_absolute_url()).content.decode()

    assert phone in page
    assert (f'<a href="tel:{dialled}">{phone}</a>' in page) if dialled else ("tel:" not in page)
