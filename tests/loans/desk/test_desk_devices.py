"""Phones of the points that a branch serves."""

import re

import pypdfium2

from branches.devices import activate_device, device_of
from branches.models import Device
from tests.factories import DeviceFactory, NewsstandFactory


def invite(desk, place, name="Marco's phone", kind="partner_phone"):
    return desk.post("desk_devices", place=place.pk, name=name, kind=kind)


def shown_code(answer):
    return re.search(r'desk-invited-code">([0-9A-Z-]+)<', answer.content.decode())[1]


def test_invitation_shows_a_code_once_that_binds_the_phone_to_its_point(desk, monday, network):
    code = shown_code(invite(desk, network.newsstand))

    device, token = activate_device(code)

    assert re.fullmatch(r"[0-9A-Z]{5}-[0-9A-Z]{5}", code)
    assert device_of(token).place == network.newsstand
    assert code not in desk.get("desk_devices").content.decode()
    assert code.replace("-", "") not in str(dict(desk.client.session.items()))
    assert device.name == "Marco's phone"


def test_only_partners_points_of_the_own_branch_are_invited(desk, monday, network):
    foreign = NewsstandFactory(parent=network.north)

    assert invite(desk, foreign).status_code == 422
    assert invite(desk, network.locker).status_code == 422
    assert not Device.objects.exists()


def test_page_sent_twice_makes_one_phone(desk, monday, network):
    invite(desk, network.newsstand)

    again = invite(desk, network.newsstand, name="MARCO'S PHONE")

    assert again.status_code == 422
    assert Device.objects.count() == 1


def test_revoked_phone_is_cut_off_and_its_name_is_free_again(desk, monday, network):
    device, token = activate_device(shown_code(invite(desk, network.newsstand)))

    answer = desk.post("desk_revoke", device.pk, htmx=True)

    assert "revoked" in answer.content.decode()
    assert device_of(token) is None
    assert invite(desk, network.newsstand).status_code == 200


def test_revoking_without_javascript_says_so(desk, monday, network):
    device = DeviceFactory(place=network.newsstand, name="old phone")

    said = desk.said(desk.post("desk_revoke", device.pk))

    assert said == ["old phone no longer works; what it reported stays."]


def test_phone_of_another_branch_is_neither_shown_nor_revoked(desk, monday, network):
    foreign = DeviceFactory(place__parent=network.north, name="foreign phone")

    assert b"foreign phone" not in desk.get("desk_devices").content
    assert desk.post("desk_revoke", foreign.pk).status_code == 404


def test_devices_take_as_many_queries_for_many(desk, monday, network, django_assert_num_queries):
    DeviceFactory.create_batch(3, place=network.newsstand)

    with django_assert_num_queries(8):
        desk.get("desk_devices")


def test_token_for_a_program_is_shown_once_and_cut_off_like_a_phone(desk, monday, network):
    answer = invite(desk, network.newsstand, name="till", kind="partner_software")
    token = re.search(r"<code>(milanolib_[\w-]+)</code>", answer.content.decode())[1]
    device = device_of(token)

    assert (device.place, device.kind, device.name) == (network.newsstand, "partner_software", "till")
    assert token not in desk.get("desk_devices").content.decode()
    assert not Device.objects.filter(token_hash=token).exists()

    desk.post("desk_revoke", device.pk)

    assert device_of(token) is None


def test_kind_of_device_that_no_partner_has_is_refused(desk, monday, network):
    assert invite(desk, network.newsstand, kind="locker").status_code == 422
    assert not Device.objects.exists()


def test_code_can_be_printed_on_a_card_at_once(desk, network):
    answer = desk.post("desk_devices", place=network.newsstand.pk, name="Phone", kind="partner_phone", card="1")

    assert answer["Content-Type"] == "application/pdf"
    [page] = pypdfium2.PdfDocument(answer.content)
    code = re.search(r"[0-9A-Z]{5}-[0-9A-Z]{5}", page.get_textpage().get_text_range())[0]
    assert activate_device(code)[0].place == network.newsstand
