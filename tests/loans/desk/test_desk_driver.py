"""What the desk sees of the driver's word."""

from loans.carrying import leave_crate
from loans.desk_reads import partner_points
from tests.factories import VehicleFactory


def test_crate_says_that_it_was_left_and_not_confirmed(desk, story, network):
    crate = story.sent(story.on_its_way())
    leave_crate(crate, network.south, device=story.phone(VehicleFactory(code="van")))

    page = desk.get("desk_crate", crate.code).content.decode()

    assert "not confirmed yet" in page


def test_phone_of_a_vehicle_is_invited_where_its_driver_is_helped(network):
    van, _of_nobody = VehicleFactory(code="van", parent=network.south), VehicleFactory(code="other")

    assert set(partner_points(network.south)) == {network.newsstand, network.small_newsstand, van}
    assert partner_points(network.south).last() == van
    assert not partner_points(network.north).exists()
