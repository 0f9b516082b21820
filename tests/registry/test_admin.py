"""The register of the workstations: who may write what, and what is refused with words."""

import datetime as dt

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from accounts.models import Act
from branches.models import Weekday
from milanolib import clock
from registry import bookings
from registry.models import Block, Kiosk, KioskService
from tests.factories import BranchFactory, LibrarianFactory, ManagerFactory, UserFactory
from tests.registry.conftest import at, make_kiosk

pytestmark = pytest.mark.django_db
ENGLISH = {"HTTP_ACCEPT_LANGUAGE": "en"}
ADD = "/gestione/registry/kiosk/add/"
NOBODY_YET = {"rules-TOTAL_FORMS": 0, "rules-INITIAL_FORMS": 0, "blocks-TOTAL_FORMS": 0, "blocks-INITIAL_FORMS": 0}


def address(kiosk):
    return reverse("admin:registry_kiosk_change", args=[kiosk.pk])


def form_of(kiosk, **fields):
    """Return what the form sends when nothing was touched, with `fields` written over it; no rows of hours."""
    told = {
        "name": kiosk.name,
        "code": kiosk.code,
        "place": kiosk.place_id or "",
        "municipio": kiosk.municipio,
        "step_free": "unknown",
        "slot_minutes": kiosk.slot_minutes,
        "buffer_minutes": kiosk.buffer_minutes,
    }
    return told | NOBODY_YET | fields


def hours(*rows):
    """Return new rows of weekly hours as the form sends them: (weekday, from, to, whether a librarian helps)."""
    told = {"rules-TOTAL_FORMS": len(rows)}
    for number, (weekday, starts, ends, is_assisted) in enumerate(rows):
        told |= {
            f"rules-{number}-{name}": value
            for name, value in zip(("weekday", "starts", "ends"), (weekday, starts, ends), strict=True)
        }
        if is_assisted:
            told[f"rules-{number}-is_assisted"] = "on"
    return told


def closed(starts, ends):
    """Return a new row of blocked hours as the form sends it."""
    first, last = (clock.local(one).strftime("%Y-%m-%d %H:%M").split() for one in (starts, ends))
    return {
        "blocks-TOTAL_FORMS": 1,
        "blocks-0-starts_0": first[0],
        "blocks-0-starts_1": first[1],
        "blocks-0-ends_0": last[0],
        "blocks-0-ends_1": last[1],
        "blocks-0-reason": "broken",
    }


def new(place, **fields):
    return form_of(Kiosk(code="nuova", name="Anagrafe nuova", place=place, municipio=1), **fields)


def test_a_new_workstation_is_a_form_and_opens_on_its_day(client, monday):
    place = BranchFactory(name="Biblioteca nuova", municipio=1)
    client.force_login(ManagerFactory())
    sent = new(place, opens_on="2026-03-10", services=["print"]) | hours((1, "09:00", "13:00", False))
    assert client.post(ADD, sent, **ENGLISH).status_code == 302

    kiosk = Kiosk.objects.get()
    assert (kiosk.kind, kiosk.opens_on, kiosk.services) == ("kiosk", dt.date(2026, 3, 10), [KioskService.PRINT])
    assert kiosk.rules.get().weekday == Weekday.TUESDAY
    client.logout()
    page = client.get("/anagrafe/", **ENGLISH).content.decode()
    assert "Opens on 10 March 2026" in page
    assert "printing on paper" in page


def test_who_may_write_which_workstation(client, kiosk):
    other = make_kiosk("altrove")
    unknown = Kiosk.objects.create(code="municipio-9", kind="kiosk", name="Anagrafe", municipio=9)
    anna, manager = LibrarianFactory(desk=kiosk.place), ManagerFactory()
    for user, written, may_add in (
        (UserFactory(), (), False),
        (anna, (kiosk,), False),
        (manager, (kiosk, other, unknown), True),
    ):
        client.force_login(user)
        assert (client.get(ADD).status_code == 200) is may_add
        for one in (kiosk, other, unknown):
            status = client.post(address(one), form_of(one, buffer_minutes=7), **ENGLISH).status_code
            one.refresh_from_db()
            assert (one.buffer_minutes == 7) is (one in written), (user, one, status)
            Kiosk.objects.filter(pk=one.pk).update(buffer_minutes=10)


def test_a_librarian_with_the_permission_adds_one_at_her_libraries_only(client, monday):
    own, other = BranchFactory(municipio=1), BranchFactory(municipio=1)
    anna = LibrarianFactory(desk=own)
    anna.user_permissions.add(Permission.objects.get(codename="add_kiosk"))
    client.force_login(anna)

    for place, status in ((other, 200), (None, 200), (own, 302)):
        assert client.post(ADD, new(place), **ENGLISH).status_code == status
    assert Kiosk.objects.get().place == own


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"municipio": 4}, "is in Municipio 1"),
        ({"municipio": 10}, "Select a valid choice"),
        ({"slot_minutes": 4}, "greater than or equal to 5"),
        ({"code": "prenotazione"}, "choose another one"),
        ({"services": ["coffee"]}, "Select a valid choice"),
        ({"opens_on": "31/02/2026"}, "Enter a valid date"),
        (hours((1, "13:00", "09:00", False)), "The end must come after the beginning"),
        (
            hours((1, "09:00", "11:00", False), (1, "10:00", "12:00", False)),
            "Tuesday: 09:00–11:00 and 10:00–12:00 overlap",
        ),
        (closed(at(11), at(10)), "The end must come after the beginning"),
    ],
)
def test_what_cannot_be_is_refused_with_words(client, monday, fields, told):
    client.force_login(ManagerFactory())
    answer = client.post(ADD, new(BranchFactory(municipio=1), **fields), **ENGLISH)

    assert answer.status_code == 200
    assert told in answer.content.decode()
    assert not Kiosk.objects.exists()


def test_assisted_hours_may_lie_within_the_others(client, kiosk):
    client.force_login(ManagerFactory())
    kiosk.rules.all().delete()
    sent = form_of(kiosk) | hours((1, "09:00", "13:00", False), (1, "10:00", "11:00", True))

    assert client.post(address(kiosk), sent, **ENGLISH).status_code == 302
    assert kiosk.rules.count() == 2


def test_bookings_outside_new_hours_are_told_and_hold_the_workstation_at_its_library(client, kiosk):
    bookings.book_slot(kiosk, at(9), "ada@example.org", is_confirmed=True)
    client.force_login(ManagerFactory())
    answer = client.post(address(kiosk), form_of(kiosk, slot_minutes=30), follow=True, **ENGLISH)
    assert "1 booking stands outside these hours and stays" in answer.content.decode()

    answer = client.post(address(kiosk), form_of(kiosk, place=BranchFactory(municipio=1).pk), **ENGLISH)
    assert "People are booked here" in answer.content.decode()


def test_closed_hours_are_refused_over_a_booking_kept_by_the_verb_and_given_back(client, kiosk):
    booking = bookings.book_slot(kiosk, at(9), "ada@example.org", is_confirmed=True)
    client.force_login(ManagerFactory())
    sent = form_of(kiosk) | closed(at(9), at(18, day=4))
    assert "There are bookings in these hours: 1" in client.post(address(kiosk), sent, **ENGLISH).content.decode()

    bookings.cancel_booking(booking)
    assert client.post(address(kiosk), sent, **ENGLISH).status_code == 302
    block = Block.objects.get()
    assert (block.during.lower, block.during.upper) == (at(9), at(18, day=4))
    assert client.get(address(kiosk)).status_code == 200
    gone = sent | {"blocks-INITIAL_FORMS": 1, "blocks-0-id": block.pk, "blocks-0-DELETE": "on"}
    assert client.post(address(kiosk), gone, **ENGLISH).status_code == 302
    assert not Block.objects.exists()
    assert [one.verb for one in Act.objects.order_by("pk")] == ["block_hours", "unblock_hours"]
