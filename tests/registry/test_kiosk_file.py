"""The workstations from a data file: what is missing is made, what the register has stays unless it is asked for."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from branches.network import load_network
from registry.kiosk_file import KioskFileRefused, Loaded, load_kiosks
from registry.models import Kiosk, WeeklyRule
from tests.registry.conftest import make_kiosk
from tests.registry.test_bookings import book
from tests.story import fresh

pytestmark = pytest.mark.django_db
TUESDAYS = [[[1], "09:00", "13:00"]]


@pytest.fixture
def write(tmp_path):
    """Return a function that writes a file of workstations and returns its path."""

    def written(*rows):
        path = tmp_path / "kiosks.json"
        path.write_text(json.dumps({"kiosks": rows}))
        return path

    return written


def row(code="prova", place="library-prova", **more):
    return {"code": code, "place": place, "name": f"Anagrafe {code}", "municipio": 1, "hours": TUESDAYS} | more


def test_load_kiosks_makes_the_nine_once(settings):
    data = settings.BASE_DIR / "data"
    load_network(data / "network.json")

    assert load_kiosks(data / "kiosks.json") == Loaded(created=9)
    assert load_kiosks(data / "kiosks.json") == Loaded(left=9)
    assert Kiosk.objects.filter(place=None).count() == 3
    assert Kiosk.objects.get(code="calvairate").rules.count() == 6


def test_load_kiosks_leaves_what_was_edited_and_adds_what_is_missing(kiosk, write):
    Kiosk.objects.filter(pk=kiosk.pk).update(name="Scritta a mano", slot_minutes=40)
    path = write(row(), row("nuova"))

    assert load_kiosks(path) == Loaded(created=1, left=1)
    assert (fresh(kiosk).name, fresh(kiosk).slot_minutes, kiosk.rules.count()) == ("Scritta a mano", 40, 12)
    assert Kiosk.objects.get(code="nuova").rules.count() == 1


def test_load_kiosks_replaces_those_that_are_named_or_all(kiosk, write):
    other = make_kiosk("altra")
    path = write(row(name="Dal file"), row("altra", "library-altra", name="Dal file"))

    assert load_kiosks(path, replace=["prova"]) == Loaded(replaced=1, left=1)
    assert [fresh(one).name for one in (kiosk, other)] == ["Dal file", "Anagrafe altra"]
    assert kiosk.rules.count() == 1
    assert load_kiosks(path, replace=[]) == Loaded(replaced=2)
    assert fresh(other).name == "Dal file"


def test_load_kiosks_refuses_what_it_cannot_do_and_writes_nothing(kiosk, write):
    book(kiosk)
    make_kiosk("altra")
    for rows, replace in (
        ((row("nuova"), row("x", "nowhere")), None),
        ((row("nuova", services=["coffee"]),), None),
        ((row("nuova"), row(place="library-altra")), ["prova"]),  # people are booked at its library
        ((row("nuova"),), ["prova"]),
    ):
        with pytest.raises(KioskFileRefused):
            load_kiosks(write(*rows), replace=replace)
    bad = write()
    bad.write_text("[]")
    with pytest.raises(KioskFileRefused):
        load_kiosks(bad)

    assert Kiosk.objects.count() == 2
    assert WeeklyRule.objects.filter(resource=kiosk).count() == 12


def test_the_command_says_what_became_of_them(kiosk, write):
    path, out = write(row(), row("nuova")), io.StringIO()
    call_command("load_kiosks", str(path), stdout=out)
    call_command("load_kiosks", str(path), "--replace", "nuova", stdout=out)
    call_command("load_kiosks", str(path), "--replace", stdout=out)

    assert out.getvalue().splitlines() == [
        "1 new, 0 made as the file says, 1 left as the register has them",
        "0 new, 1 made as the file says, 1 left as the register has them",
        "0 new, 2 made as the file says, 0 left as the register has them",
    ]
    with pytest.raises(CommandError, match="no workstation altrove"):
        call_command("load_kiosks", str(path), "--replace", "altrove")
