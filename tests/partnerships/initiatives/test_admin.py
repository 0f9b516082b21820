"""The register of initiatives: who may, the rule of dates, the picture, the steps."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from partnerships.initiatives.states import InitiativeStatus
from partnerships.models import Initiative
from tests.factories import BranchFactory, LibrarianFactory, TitleFactory, UserFactory
from tests.partnerships.initiatives.conftest import at, make_draft, make_initiative
from tests.story import fresh

pytestmark = pytest.mark.django_db
ADD = "/gestione/partnerships/initiative/add/"
ENGLISH = {"headers": {"Accept-Language": "en"}}


def change(initiative):
    return reverse("admin:partnerships_initiative_change", args=[initiative.pk])


def written(place, **fields):
    """What the form sends for a new one, or one whose dates are not touched."""
    usual = {
        "place": place.pk,
        "kind": "course",
        "rhythm": "recurring",
        "title_italian": "Corso",
        "text_italian": "Si impara.",
        "language": "it",
        "audience": "everybody",
        "waiting_places": "0",
        "per_family": "4",
        "copies_aside": "1",
        "dates-TOTAL_FORMS": "0",
        "dates-INITIAL_FORMS": "0",
    }
    return usual | fields


def with_date(date, **fields):
    usual = {
        "TOTAL_FORMS": "1",
        "INITIAL_FORMS": "1",
        "0-id": date.pk,
        "0-initiative": date.initiative_id,
        "0-starts_at_0": "2026-03-03",
        "0-starts_at_1": "17:00:00",
        "0-ends_at_0": "2026-03-03",
        "0-ends_at_1": "18:30:00",
        "0-waiting_places": "0",
    }
    return {f"dates-{name}": value for name, value in (usual | fields).items()}


@pytest.fixture
def library(db, monday):
    return BranchFactory(step_free=True)


@pytest.fixture
def desk(client, library):
    client.force_login(LibrarianFactory(desk=library))
    return client


def png():
    out = io.BytesIO()
    Image.new("RGB", (2400, 1200), "teal").save(out, "PNG")
    return SimpleUploadedFile("foto.png", out.getvalue(), "image/png")


def test_register_is_for_staff_and_each_writes_those_of_her_libraries(client, library):
    one, other = make_draft(place=library), make_draft()
    for user, status in ((UserFactory(), 302), (UserFactory(is_staff=True), 403), (LibrarianFactory(), 200)):
        client.force_login(user)
        assert client.get(change(one)).status_code == status
    client.force_login(LibrarianFactory(desk=library))
    assert client.get(ADD).status_code == 200
    assert client.get("/gestione/partnerships/initiative/").status_code == 200
    client.post(change(one), written(library, title_italian="Mio"))
    client.post(change(other), written(library, title_italian="Mio"))
    assert (fresh(one).title["it"], fresh(other).title["it"]) == ("Mio", "Storie ad alta voce")
    refused = client.post(ADD, written(other.place))
    assert refused.status_code == 200
    assert Initiative.objects.count() == 2


def test_librarian_plans_by_a_rule_publishes_and_copies(desk, library):
    rule = {"every": "week", "first": "2026-03-03", "last": "2026-03-17", "starts": "17:00", "ends": "18:00"}
    title = TitleFactory()
    assert desk.post(ADD, written(library, places="12", title_numbers=f" {title.pk} ", **rule)).status_code == 302
    one = Initiative.objects.get()
    assert [date.starts_at for date in one.dates.all()] == [at(17), at(17, day=10), at(17, day=17)]
    assert list(one.titles.all()) == [title]
    desk.post(change(one), written(library, _step_publish="1"))
    assert fresh(one).status == InitiativeStatus.PUBLISHED
    answer = desk.post(change(one), written(library, _step_copy="1"))
    assert Initiative.objects.get(copied_from=one).dates.count() == 3
    assert answer.url == change(Initiative.objects.get(copied_from=one))


def test_what_is_missing_is_told_beside_its_field_and_nothing_is_kept(desk, library):
    for fields, said in (
        ({"every": "week", "first": "2026-03-03"}, "The new dates need this."),
        ({"every": "once", "first": "2026-03-03", "last": "2026-03-01", "starts": "9:00", "ends": "10:00"}, "must not"),
        ({"picture": png()}, "Say what the picture shows"),
        ({"picture": SimpleUploadedFile("x.png", b"no picture")}, "no picture that we can read"),
        ({"age_from": "9", "age_to": "3"}, "must not be below"),
        ({"latitude": "45", "longitude": "9"}, "Coordinates are two numbers"),
        ({"waiting_places": "3"}, "Only where places are counted"),
        ({"title_numbers": "99999999999 x"}, "The catalogue has no such title"),
        ({"title_english": "Alone", "title_italian": ""}, "Italian text"),
    ):
        answer = desk.post(ADD, written(library, **fields), **ENGLISH)
        assert said in answer.content.decode(), fields
    assert not Initiative.objects.exists()


@pytest.fixture
def at_commit(settings, tmp_path, django_capture_on_commit_callbacks):
    """Keep files in a folder of the test, and do what waits for the end of the transaction."""
    settings.MEDIA_ROOT = tmp_path
    return lambda: django_capture_on_commit_callbacks(execute=True)


def test_picture_is_kept_small_and_shown_in_two_widths(desk, client, library, at_commit):
    one = make_initiative(place=library)
    with at_commit():
        desk.post(change(one), written(library, picture=png(), alt_italian="Una sala"))
    kept = fresh(one)
    for width in (480, 960):
        answer = client.get(f"/iniziative/{one.pk}/copertina-{width}.webp?v={kept.cover_digest}")
        assert Image.open(io.BytesIO(answer.content)).size == (width, width // 2)
        assert "immutable" in answer["Cache-Control"]
    assert client.get(f"/iniziative/{one.pk}/copertina-100.webp").status_code == 404
    assert 'alt="Una sala"' in client.get(f"/iniziative/{one.pk}/").content.decode()


def test_dates_are_moved_cancelled_and_widened_by_verbs(desk, library):
    one = make_initiative(place=library, places=10)
    date = one.dates.get()
    later = {"0-starts_at_1": "18:00:00", "0-ends_at_1": "19:00:00", "0-places": "12"}
    moved = with_date(date, **later | {"0-note": "Poi"})
    assert desk.post(change(one), written(library, places="10", **moved)).status_code == 302
    assert (fresh(date).starts_at, fresh(date).planned_for, fresh(date).places) == (at(18), at(17), 12)
    wrong = with_date(date, **{"0-starts_at_1": "18:00:00", "0-ends_at_1": "17:00:00", "0-places": "12"})
    answer = desk.post(change(one), written(library, places="10", **wrong), **ENGLISH)
    assert "The end must come after the beginning." in answer.content.decode()
    off = with_date(date, **later | {"0-is_off": "on"})
    desk.post(change(one), written(library, places="10", **off))
    assert fresh(date).is_cancelled


def test_cancelling_all_needs_a_reason_that_everybody_reads(desk, library):
    one = make_initiative(place=library)
    desk.post(change(one), written(library, _step_cancel="1"))
    assert fresh(one).status == InitiativeStatus.PUBLISHED
    desk.post(change(one), written(library, _step_cancel="1", cancel_note="Malattia"))
    assert fresh(one).status == InitiativeStatus.CANCELLED
    assert one.dates.get().note == "Malattia"


def test_list_can_be_narrowed_to_ones_own_libraries(client, library):
    own, other = make_draft(place=library), make_initiative()
    client.force_login(LibrarianFactory(desk=library))
    every, mine = (reverse("admin:partnerships_initiative_changelist") + end for end in ("", "?mine=1"))

    assert all(change(one) in client.get(every).content.decode() for one in (own, other))
    page = client.get(mine).content.decode()
    assert change(own) in page
    assert change(other) not in page
