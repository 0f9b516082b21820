"""The driver's page."""

import pytest

from branches.models import RoundStop, Route
from loans.crates import seal_crate
from loans.states import CrateStatus
from loans.turning import turn_back_crates
from milanolib import clock
from tests.factories import ClosureFactory, VehicleFactory
from tests.proximity.conftest import connect
from tests.story import fresh

ADDRESS = "/partner/giro/"


@pytest.fixture
def driver(story, phones):
    """The phone of the van."""
    return connect(phones(), story.token(VehicleFactory(code="van")))


@pytest.fixture
def crate(story, network, title):
    """A sealed crate for the newsstand, which a round of today calls at."""
    network.van(weekdays=[clock.today().weekday()])
    _hold, copy, _parcel = story.packed(title)
    return seal_crate(story.crated(copy), network.north, actor=None)


def press(client, act, place, code):
    answer = client.post(ADDRESS, {"act": act, "place": place.pk, "crate": code}, follow=True)
    return answer.content.decode()


def test_rounds_takes_a_crate_along_and_leaves_it(driver, network, crate):
    assert crate.code in driver.get(ADDRESS).content.decode()

    for _press in range(2):
        assert "is with you" in press(driver, "take", network.north, crate.code)
    for _press in range(2):
        page = press(driver, "leave", network.newsstand, crate.code)
        assert "It stays yours until they confirm it." in page
    assert "not confirmed yet" in page
    assert fresh(crate).status == CrateStatus.ON_ROAD


def test_rounds_says_why_something_was_not_noted(driver, network, crate):
    assert "has not been loaded" in press(driver, "leave", network.newsstand, crate.code)
    assert "is for" in press(driver, "leave", network.south, crate.code)
    assert "No crate has this code" in press(driver, "take", network.north, "C0000")


def test_rounds_is_for_the_phone_of_a_vehicle_only(partner, phones, driver, network, crate):
    assert driver.get(ADDRESS).status_code == 200
    assert partner.get(ADDRESS).status_code == 404
    assert partner.post(ADDRESS, {"act": "leave", "place": network.newsstand.pk}).status_code == 404
    assert phones().get(ADDRESS).status_code == 302


@pytest.mark.parametrize(("act", "place"), [("burn", "1"), ("take", "x"), ("take", "")])
def test_rounds_knows_no_other_acts_and_places(driver, act, place):
    assert driver.post(ADDRESS, {"act": act, "place": place, "crate": "C0000"}).status_code == 404


def test_rounds_says_when_none_runs(driver):
    assert "No round runs today." in driver.get(ADDRESS).content.decode()


def test_home_of_a_vans_phone_is_its_round(driver):
    assert driver.get("/partner/")["Location"] == ADDRESS


# --- The scan field, and counts


def stop_at(page, place):
    return next(halt for run in page.context["runs"] for halt in run.halts if halt.stop.place == place)


def scan(client, place, code, **more):
    page = client.get(ADDRESS)
    sent = {
        "act": "scan",
        "stop": stop_at(page, place).stop.pk,
        "crate": code,
        "key": page.context["form"]["key"].value(),
    }
    return client.post(ADDRESS, sent | more, follow=True)


def count(client, place, left, taken, **more):
    halt = stop_at(client.get(ADDRESS), place)
    prefix = halt.form.prefix
    sent = {"act": "count", "prefix": prefix, f"{prefix}-stop": halt.stop.pk, f"{prefix}-left": left}
    return client.post(ADDRESS, sent | {f"{prefix}-taken": taken} | more, follow=True)


def test_rounds_scan_field_takes_along_and_leaves_by_the_stop(driver, network, crate):
    page = scan(driver, network.north, f" {crate.code.lower()} ")
    assert "is with you" in page.content.decode()
    assert page.context["form"]["stop"].value() == stop_at(page, network.north).stop.pk, "the driver is still there"

    assert "It stays yours" in scan(driver, network.newsstand, crate.code).content.decode()
    assert fresh(crate).left_at is not None


def test_rounds_scan_field_sent_twice_is_one_act(driver, network, crate):
    key = "k" * 22
    for _time in range(2):
        assert "is with you" in scan(driver, network.north, crate.code, key=key).content.decode()
    other = scan(driver, network.north, "C00000", key=key)
    assert "No crate has this code" in other.content.decode(), "the next thing in the same form is another act"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"crate": ""}, "Scan the crate"),
        ({"crate": "; --"}, "No crate has this code"),
        ({"stop": "0"}, "Choose a stop"),
        ({"stop": "x"}, "Choose a stop"),
    ],
)
def test_rounds_scan_field_says_what_is_wrong(driver, network, crate, more, words):
    assert words in scan(driver, network.north, crate.code, **more).content.decode()


def test_rounds_counts_and_says_at_once_what_the_scans_say(driver, network, crate):
    differs = count(driver, network.north, 0, 1).content.decode()
    assert "took along 0" in differs

    scan(driver, network.north, crate.code)
    page = count(driver, network.north, 0, 1)
    assert "The scans say the same." in page.content.decode()
    assert "Counted: 0 left, 1 taken along" in page.content.decode()


@pytest.mark.parametrize(("left", "taken"), [("", "1"), ("x", "1"), ("-1", "1"), ("1", "99999")])
def test_rounds_counts_only_numbers(driver, network, crate, left, taken):
    answer = count(driver, network.north, left, taken)

    assert [str(one.level_tag) for one in answer.context["messages"]] == [
        "error"
    ] or "is-bad" in answer.content.decode()
    assert "Count the crates here" in answer.content.decode()


def test_rounds_shows_another_vans_driver_nothing_of_this_round(story, phones, network, crate):
    van = VehicleFactory(code="van")
    Route.objects.update(vehicle=van)
    assert crate.code in connect(phones(), story.token(van)).get(ADDRESS).content.decode()

    other = connect(phones(), story.token(VehicleFactory(code="van2"))).get(ADDRESS).content.decode()
    assert crate.code not in other
    assert "No round runs today." in other


# --- A point that has closed


def test_rounds_says_what_must_not_be_left_and_what_is_to_be_fetched(driver, network, crate):
    other = ClosureFactory(place=network.newsstand, starts_on=clock.today(), ends_on=None)
    page = driver.get(ADDRESS).content.decode()
    assert f"is closed. Crate {crate.code} stays here." in page
    assert "stays here" not in page.replace(f"Crate {crate.code} stays here", "")
    assert "Leave it where it is" in press(driver, "take", network.north, crate.code)

    other.delete()
    press(driver, "take", network.north, crate.code)
    ClosureFactory(place=network.newsstand, starts_on=clock.today(), ends_on=None)
    turn_back_crates()
    page = driver.get(ADDRESS).content.decode()
    assert f"Do not leave crate {crate.code} there: bring it to {network.south}" in " ".join(page.split())
    assert "Do not leave" in press(driver, "leave", network.newsstand, crate.code)
    assert "is left at" in press(driver, "leave", network.south, crate.code)


def test_rounds_lets_a_crate_before_a_closed_door_be_fetched(driver, network, crate):
    press(driver, "take", network.north, crate.code)
    press(driver, "leave", network.newsstand, crate.code)
    ClosureFactory(place=network.newsstand, starts_on=clock.today(), ends_on=None)
    turn_back_crates()
    RoundStop.objects.filter(place=network.newsstand).delete()  # as in the plan of the days after
    assert f"Take crate {crate.code} along again" in " ".join(driver.get(ADDRESS).content.decode().split())

    for _press in range(2):
        assert f"is with you, for {network.south}" in press(driver, "take", network.newsstand, crate.code)
    assert fresh(crate).fetched_at is not None
