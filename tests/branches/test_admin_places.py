"""The register of places: who may write what, what is refused with words, and a preview that changes nothing."""

import datetime as dt
import io

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from branches.models import Closure, OpeningHours, Place, PlacePhoto
from branches.permissions import places_kept_by
from milanolib import clock
from tests.factories import (
    BranchFactory,
    LibrarianFactory,
    LockerFactory,
    ManagerFactory,
    NewsstandFactory,
    OpeningHoursFactory,
    ReturnBoxFactory,
    StopFactory,
    UserFactory,
)
from tests.factories.places import VisitFactory

pytestmark = pytest.mark.django_db
FORMSETS = ("opening_hours", "closures", "special_openings", "capacities", "photo")
HEADERS = {"HTTP_ACCEPT_LANGUAGE": "en"}


@pytest.fixture
def desk(client):
    """Sign somebody in and return the client: `desk(user)`."""

    def sign_in(user):
        client.force_login(user, backend="accounts.backends.CardBackend")
        return client

    return sign_in


@pytest.fixture
def media(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)


def form_of(place, **fields):
    """Return what the form of a place sends when nothing was touched, with `fields` written over it."""
    told = {
        "name": place.name,
        "address": place.address,
        "municipio": place.municipio or "",
        "latitude": place.latitude or "",
        "longitude": place.longitude or "",
        "step_free": "unknown",
        "closed_on_holidays": "on",
        "parent": place.parent_id or "",
        "vehicle": place.vehicle_id or "",
        "desk_idle_minutes": place.desk_idle_minutes,
    }
    told |= {
        name: "on"
        for name in ("accepts_pickup", "accepts_returns", "hours_known", "always_open")
        if getattr(place, name)
    }
    for prefix in FORMSETS:
        told |= {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}
    return told | fields


def rows(prefix, *added):
    """Return new rows of a table inside the form."""
    told = {f"{prefix}-TOTAL_FORMS": len(added), f"{prefix}-INITIAL_FORMS": 0}
    for number, row in enumerate(added):
        told |= {f"{prefix}-{number}-{name}": value for name, value in row.items()}
    return told


def address_of(place):
    return reverse("admin:branches_place_change", args=[place.pk])


def save(client, place, **fields):
    return client.post(address_of(place), form_of(place, **fields), **HEADERS)


def picture(name="door.jpg", size=(1200, 900)):
    file = io.BytesIO()
    Image.new("RGB", size, "teal").save(file, "JPEG")
    return SimpleUploadedFile(name, file.getvalue(), "image/jpeg")


# --- Who may


def test_a_librarian_keeps_her_library_and_the_points_it_serves_and_no_other(desk):
    mine, other = BranchFactory(), BranchFactory()
    served, foreign = NewsstandFactory(parent=mine), NewsstandFactory(parent=other)
    client = desk(LibrarianFactory(desk=mine))

    for place, expected in ((mine, 302), (served, 302), (other, 403), (foreign, 403)):
        assert client.get(address_of(place)).status_code == 200, "every place may be read"
        assert save(client, place, name="Nuovo nome", parent=place.parent_id or "").status_code == expected

    assert set(Place.objects.filter(name="Nuovo nome")) == {mine, served}


def test_a_foreign_place_shows_no_field_to_write_in(desk):
    foreign = BranchFactory()
    OpeningHoursFactory(place=foreign)
    client = desk(LibrarianFactory())

    page = client.get(address_of(foreign), **HEADERS).content.decode()

    assert 'name="name"' not in page
    assert 'name="opening_hours-0-opens"' not in page
    assert "_preview" not in page
    assert client.post(address_of(foreign), form_of(foreign, _preview="1")).status_code == 403


def test_a_manager_keeps_all_and_somebody_without_a_role_none(desk):
    place, manager, nobody = BranchFactory(), ManagerFactory(), UserFactory(is_staff=True)

    assert set(places_kept_by(manager)) == set(Place.objects.all())
    assert not places_kept_by(nobody).exists()
    assert desk(nobody).get(address_of(place)).status_code == 403


def test_a_librarian_adds_a_point_that_her_library_serves_but_not_to_another(desk):
    mine, other = BranchFactory(), BranchFactory()
    client = desk(LibrarianFactory(desk=mine))
    fields = form_of(Place(name="Edicola nuova"), code="edicola-nuova", kind="newsstand", accepts_pickup="on")
    add = reverse("admin:branches_place_add")

    assert client.post(add, fields | {"parent": other.pk}).status_code == 200
    assert client.post(add, fields | {"parent": mine.pk, "kind": "branch"}).status_code == 200
    assert client.post(add, fields | {"parent": ""}).status_code == 200
    assert not Place.objects.filter(code="edicola-nuova").exists()
    assert client.post(add, fields | {"parent": mine.pk}).status_code == 302
    assert Place.objects.get(code="edicola-nuova").parent == mine


def test_a_librarian_cannot_move_a_point_to_another_library(desk):
    mine, other = BranchFactory(), BranchFactory()
    served = NewsstandFactory(parent=mine)

    save(desk(LibrarianFactory(desk=mine)), served, parent=other.pk)

    served.refresh_from_db()
    assert served.parent == mine


def test_visits_are_kept_by_who_is_posted_to_the_vehicle(desk):
    visit = VisitFactory(stop=StopFactory())
    address = reverse("admin:branches_visit_change", args=[visit.pk])

    assert desk(LibrarianFactory()).post(address, {"status": "cancelled"}).status_code == 403
    assert desk(LibrarianFactory(desk=visit.stop.vehicle)).post(address, {"status": "cancelled"}).status_code == 302
    visit.refresh_from_db()
    assert visit.status == "cancelled"


def test_the_list_can_show_my_places_alone(desk):
    mine, other = BranchFactory(), BranchFactory()
    client = desk(LibrarianFactory(desk=mine))

    page = client.get(reverse("admin:branches_place_changelist"), {"mine": "1"}).content.decode()

    assert mine.name in page
    assert other.name not in page


# --- What is written


def test_services_directions_and_study_hours_are_written_and_shown(desk):
    place = BranchFactory(hours_known=True)
    client = desk(LibrarianFactory(desk=place))

    save(
        client,
        place,
        services=["study", "registry"],
        directions_italian="Tram 12, fermata Fontana.",
        directions_english="Tram 12, stop Fontana.",
        **rows("opening_hours", {"weekday": 0, "opens": "19:00", "closes": "23:00", "purpose": "study"}),
    )

    place.refresh_from_db()
    assert place.services == ["study", "registry"]
    assert place.directions == {"it": "Tram 12, fermata Fontana.", "en": "Tram 12, stop Fontana."}
    assert OpeningHours.objects.get(place=place).purpose == "study"
    assert 'value="registry"' in client.get(address_of(place)).content.decode()


def test_a_library_says_when_its_desks_rest_and_other_points_have_none(desk):
    place = BranchFactory()
    client = desk(LibrarianFactory(desk=place))

    refused = save(client, place, desk_idle_minutes=0)
    save(client, place, desk_idle_minutes=30)

    place.refresh_from_db()
    assert (refused.status_code, place.desk_idle_minutes) == (200, 30)
    assert b"desk_idle_minutes" not in client.get(address_of(NewsstandFactory(parent=place))).content


def test_english_without_italian_is_refused(desk):
    place = BranchFactory()

    page = save(desk(LibrarianFactory(desk=place)), place, directions_english="Tram 12").content.decode()

    assert "Write the Italian text too" in page


@pytest.mark.parametrize(
    ("second", "is_refused"),
    [
        ({"weekday": 0, "opens": "12:00", "closes": "18:00", "purpose": "open"}, True),
        ({"weekday": 0, "opens": "13:00", "closes": "18:00", "purpose": "open"}, False),
        ({"weekday": 1, "opens": "12:00", "closes": "18:00", "purpose": "open"}, False),
        ({"weekday": 0, "opens": "12:00", "closes": "18:00", "purpose": "study"}, False),
        ({"weekday": 0, "opens": "12:00", "closes": "01:00", "purpose": "open"}, True),
        ({"weekday": 0, "opens": "12:00", "closes": "18:00", "purpose": "open", "valid_from": "2026-09-01"}, True),
    ],
)
def test_hours_that_overlap_are_refused_with_words(desk, second, is_refused):
    place = BranchFactory(hours_known=True)
    first = {"weekday": 0, "opens": "09:00", "closes": "13:00", "purpose": "open"}

    answer = save(desk(LibrarianFactory(desk=place)), place, **rows("opening_hours", first, second))

    assert ("overlap. Join them" in answer.content.decode()) is is_refused
    assert OpeningHours.objects.filter(place=place).count() == (0 if is_refused else 2)


def test_a_box_open_day_and_night_has_no_hours_and_knows_that_it_is_open(desk):
    box = ReturnBoxFactory()
    client = desk(LibrarianFactory(desk=box.parent))
    hours = rows("opening_hours", {"weekday": 0, "opens": "09:00", "closes": "13:00", "purpose": "open"})

    assert "usually open day and night" in save(client, box).content.decode()
    assert "delete its opening hours" in save(client, box, always_open="on", **hours).content.decode()
    assert save(client, box, always_open="on").status_code == 302
    box.refresh_from_db()
    assert (box.always_open, box.hours_known) == (True, True)


def test_a_long_closure_without_a_substitute_must_be_meant(desk):
    place, other = BranchFactory(), BranchFactory()
    client, today = desk(LibrarianFactory(desk=place)), clock.today()
    closure = {"starts_on": today, "ends_on": today + dt.timedelta(days=60), "italian": "Lavori"}

    refused = save(client, place, **rows("closures", closure)).content.decode()
    assert "nobody stands in" in refused
    assert not Closure.objects.exists()

    save(client, place, **rows("closures", closure | {"substitute": other.pk}))
    assert Closure.objects.get().substitute == other
    Closure.objects.all().delete()
    save(client, place, **rows("closures", closure | {"nobody_stands_in": "on"}))
    assert Closure.objects.get().substitute is None
    Closure.objects.all().delete()
    save(client, place, **rows("closures", closure | {"ends_on": today + dt.timedelta(days=10)}))
    assert Closure.objects.exists(), "a short one needs nobody"


def test_closing_for_good_tells_what_hangs_there_and_is_kept_when_meant(desk, story):
    south = story.network.south
    copies = story.copies(2, home=south)
    story.hold(copies[0].title, pickup=south)
    client = desk(LibrarianFactory(desk=south))

    page = save(client, south, closed_on="2026-06-30").content.decode()

    assert "Something hangs on this place" in page
    assert "points that it serves: 3" in page
    assert "copies that lie there: 2" in page
    assert "reservations to be collected there: 1" in page
    assert save(client, south, closed_on="2026-06-30", despite_warnings="on").status_code == 302
    south.refresh_from_db()
    assert south.closed_on == dt.date(2026, 6, 30)


# --- The photograph


def test_a_photograph_is_kept_small_and_told_in_words(desk, media, django_capture_on_commit_callbacks):
    place = BranchFactory()
    client = desk(LibrarianFactory(desk=place))
    with django_capture_on_commit_callbacks(execute=True):
        save(client, place, **rows("photo", {"picture": picture(size=(3000, 2000)), "italian": "L'ingresso"}))

    photo = PlacePhoto.objects.get()
    assert photo.alt == {"it": "L'ingresso"}
    with default_storage.open(photo.image.name) as file:
        kept = Image.open(file)
        assert (kept.format, kept.size) == ("WEBP", (1920, 1280))
    assert f"foto-480.webp?v={photo.digest}" in client.get(address_of(place)).content.decode()


def test_a_new_photograph_takes_the_place_of_the_old(desk, media, django_capture_on_commit_callbacks):
    place = BranchFactory()
    client = desk(LibrarianFactory(desk=place))
    with django_capture_on_commit_callbacks(execute=True):
        save(client, place, **rows("photo", {"picture": picture(), "italian": "L'ingresso"}))
    before = PlacePhoto.objects.get().image.name
    change = rows("photo", {"place": place.pk, "picture": picture(size=(800, 600)), "italian": "La porta"})

    with django_capture_on_commit_callbacks(execute=True):
        save(client, place, **change | {"photo-INITIAL_FORMS": 1})

    after = PlacePhoto.objects.get()
    assert after.alt["it"] == "La porta"
    assert (default_storage.exists(before), default_storage.exists(after.image.name)) == (False, True)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"picture": SimpleUploadedFile("a.jpg", b"not a picture"), "italian": "Porta"}, "no picture that we can read"),
        ({"italian": "Porta"}, "Choose a photograph"),
    ],
)
def test_a_photograph_that_cannot_be_read_is_refused_with_words(desk, media, row, words):
    place = BranchFactory()

    page = save(desk(LibrarianFactory(desk=place)), place, **rows("photo", row)).content.decode()

    assert words in page
    assert not PlacePhoto.objects.exists()


def test_a_photograph_without_words_is_refused(desk, media):
    place = BranchFactory()

    answer = save(desk(LibrarianFactory(desk=place)), place, **rows("photo", {"picture": picture(), "italian": ""}))

    assert answer.status_code == 200
    assert not PlacePhoto.objects.exists()


# --- Preview


def test_preview_shows_the_page_as_it_would_be_and_changes_nothing(desk, media, monday):
    place = BranchFactory(hours_known=True, name="Vecchio nome")
    client = desk(LibrarianFactory(desk=place))
    hours = rows("opening_hours", {"weekday": 2, "opens": "08:10", "closes": "11:50", "purpose": "open"})

    answer = save(client, place, name="Nome in prova", _preview="1", **hours)
    page = answer.content.decode()

    assert "Nome in prova" in page
    assert "08:10" in page
    assert "<title>PREVIEW" in page
    assert "Nothing is saved" in page
    assert "no-store" in answer["Cache-Control"]
    place.refresh_from_db()
    assert place.name == "Vecchio nome"
    assert not OpeningHours.objects.exists()
    assert not LogEntry.objects.exists()
    later = client.get(address_of(place), **HEADERS).content.decode()
    assert "was changed successfully" not in later


def test_preview_of_a_form_with_faults_shows_the_form(desk):
    place = BranchFactory()

    page = save(desk(LibrarianFactory(desk=place)), place, name="", _preview="1").content.decode()

    assert 'name="_preview"' in page
    place.refresh_from_db()
    assert place.name


def test_preview_of_a_point_that_is_not_yet_there(desk):
    mine = BranchFactory()
    client = desk(LibrarianFactory(desk=mine))
    fields = form_of(Place(name="Edicola nuova"), code="edicola-nuova", kind="newsstand", parent=mine.pk, _preview="1")

    page = client.post(reverse("admin:branches_place_add"), fields, **HEADERS).content.decode()

    assert "<title>PREVIEW" in page
    assert "Edicola nuova" in page
    assert not Place.objects.filter(code="edicola-nuova").exists()


def test_a_locker_that_is_open_day_and_night_is_saved_as_it_is(desk):
    locker = LockerFactory()

    assert save(desk(LibrarianFactory(desk=locker.parent)), locker).status_code == 302
