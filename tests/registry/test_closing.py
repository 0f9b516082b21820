"""Who is about to close a library sees who is booked at its workstations, before and after it is saved."""

import datetime as dt

import pytest
from django.urls import reverse

from branches.models import Closure
from tests.branches.test_admin_closures import hours
from tests.branches.test_admin_places import desk, rows, save  # noqa: F401  a fixture by its name
from tests.factories import ClosureFactory, LibrarianFactory
from tests.registry.conftest import make_kiosk
from tests.registry.test_bookings import book

pytestmark = pytest.mark.django_db
ENGLISH = {"headers": {"Accept-Language": "en"}}


@pytest.fixture
def second(kiosk):
    """Another workstation of the same library, with two bookings of Tuesday; the first has one of them and a later."""
    other = make_kiosk("seconda")
    other.place = kiosk.place
    other.save(update_fields=["place"])
    for number, (one, day) in enumerate(((kiosk, 3), (kiosk, 6), (other, 3), (other, 4))):
        book(one, day=day, contact=f"persona{number}@example.org")
    return other


def told(page):
    """Return how many bookings a page tells of, by workstation, and its ways to move them."""
    others = [one for row in page.context["rows"] for one in row["others"]] if "rows" in page.context else None
    return [(one.number, one.address) for one in (page.context["others"] if others is None else others)]


def test_preview_of_a_closure_shows_bookings_by_workstation_and_saves_nothing(desk, kiosk, second):  # noqa: F811
    keeper = desk(LibrarianFactory(desk=kiosk.place))
    closure = rows("closures", {"starts_on": "2026-03-03", "ends_on": "2026-03-04", "nobody_stands_in": "on"})
    answer = save(keeper, kiosk.place, _closings="1", **hours(kiosk.place), **closure)
    page = answer.content.decode()

    assert "<title>PREVIEW" in page
    assert "What else hangs on it" in page
    assert page.index("Anagrafe prova") < page.index("Anagrafe seconda")
    assert "/gestione/banco/anagrafe/prova/?giorno=2026-03-03&amp;fino=2026-03-04" in page
    assert "persona0@example.org" not in page
    assert not Closure.objects.exists()


def test_pages_of_a_closure_lead_to_where_its_bookings_are_moved(client, kiosk, second):
    client.force_login(LibrarianFactory(desk=kiosk.place))
    closure = ClosureFactory(place=kiosk.place, starts_on=dt.date(2026, 3, 1), ends_on=dt.date(2026, 3, 4))
    page = client.get(reverse("admin:desk_closure", args=[closure.pk]), **ENGLISH)

    ways = [f"/gestione/banco/anagrafe/{code}/?giorno=2026-03-02&fino=2026-03-04" for code in ("prova", "seconda")]
    assert told(page) == [(1, ways[0]), (2, ways[1])]
    assert told(client.get(reverse("admin:desk_closures_of", args=[kiosk.place_id]), **ENGLISH)) == told(page)
    moving = client.get(ways[1], **ENGLISH).content.decode()
    assert 'name="first" value="2026-03-02"' in moving
    assert 'name="last" value="2026-03-04"' in moving

    client.post(
        reverse("admin:desk_registry_move", args=["seconda"]),
        {"first": "2026-03-02", "last": "2026-03-04", "sure": "on"},
    )
    Closure.objects.update(ends_on=None)
    assert told(client.get(reverse("admin:desk_closure", args=[closure.pk]), **ENGLISH)) == [
        (2, ways[0].replace("2026-03-04", "2026-03-30")),
        (2, ways[1].replace("2026-03-04", "2026-03-30")),
    ]
