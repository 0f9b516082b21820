"""The driver's page."""

import pytest

from loans.crates import seal_crate
from loans.states import CrateStatus
from milanolib import clock
from tests.factories import VehicleFactory
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
