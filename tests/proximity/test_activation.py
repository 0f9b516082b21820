"""A phone is bound once by a code, known by its cookie, and cut off at once."""

import re

import pytest
from django.core.cache import cache

from branches.devices import activate_device, invite_device, revoke_device
from branches.models import Device, DeviceKind
from proximity.signin import ATTEMPTS, COOKIE
from tests.factories import LibrarianFactory, ReaderFactory
from tests.proximity.conftest import connect
from tests.story import fresh

PAGES = [
    "/partner/",
    "/partner/arrivi/",
    "/partner/consegna/",
    "/partner/consegna/fatta/",
    "/partner/resi/",
    "/partner/telefono/",
]


@pytest.fixture(autouse=True)
def no_attempts_yet():
    yield
    cache.delete("partner-activation:127.0.0.1")


@pytest.fixture
def invited(story):
    """A device of the newsstand and its code."""
    return invite_device(story.network.newsstand, name="Marta's phone", actor=None)


def form_key(client):
    page = client.get("/partner/attiva/").content.decode()
    return re.search(r'name="key" value="([^"]+)"', page)[1]


def connect_by_code(client, code, **options):
    return client.post("/partner/attiva/", {"code": code, "key": form_key(client)}, **options)


def test_activate_binds_the_phone_and_shows_its_point(phones, invited):
    phone, (device, code) = phones(), invited
    response = connect_by_code(phone, code, follow=True)
    assert response.redirect_chain == [("/partner/", 302)]
    assert device.place.name in response.content.decode()
    assert "Done. This phone is connected." in response.content.decode()
    assert fresh(device).activated_at is not None


def test_activate_takes_the_code_as_people_type_it(phones, invited):
    code = invited[1].lower().replace("0", "o").replace("1", "l")
    assert connect_by_code(phones(), f" {code[:5]}-{code[5:]} ").status_code == 302


def test_the_cookie_is_for_this_page_alone_and_lasts(phones, invited, settings):
    cookie = connect_by_code(phones(), invited[1]).cookies[COOKIE]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/partner/", True, "Lax")
    assert cookie["max-age"] == 400 * 24 * 60 * 60
    assert not cookie["secure"]


def test_the_cookie_is_secure_where_the_session_is(phones, invited, settings):
    settings.SESSION_COOKIE_SECURE = True
    assert connect_by_code(phones(), invited[1]).cookies[COOKIE]["secure"]


def test_activate_refuses_a_wrong_a_used_and_an_old_code(phones, invited, story):
    _device, code = invited
    wrong = connect_by_code(phones(), "AAAAABBBBB")
    connect_by_code(phones(), code)
    used = connect_by_code(phones(), code)
    _other, late = invite_device(story.network.newsstand, name="late", actor=None)
    story.later(days=8)
    old = connect_by_code(phones(), late)
    for response in (wrong, used, old):
        assert response.status_code == 422
        assert "Ask your library for a new one." in response.content.decode()
        assert COOKIE not in response.cookies


def test_activate_says_what_is_missing(phones, db):
    response = connect_by_code(phones(), "  ")
    assert response.status_code == 422
    assert "Type the activation code." in response.content.decode()


def test_activate_leaves_the_code_of_another_kind_of_device_alone(phones, story):
    locker, code = invite_device(story.network.locker, name="locker", kind=DeviceKind.LOCKER, actor=None)
    assert connect_by_code(phones(), code).status_code == 422
    assert fresh(locker).activation_hash


def test_activate_sent_twice_connects_the_phone_both_times(phones, invited):
    phone, (_device, code) = phones(), invited
    form = {"code": code, "key": form_key(phone)}
    lost = phone.post("/partner/attiva/", form)
    phone.cookies.clear()  # the first answer never came
    again = phone.post("/partner/attiva/", form)
    assert (lost.status_code, again.status_code) == (302, 302)
    assert again.cookies[COOKIE].value
    assert phone.get("/partner/").status_code == 200


def test_a_connected_phone_is_not_asked_again(partner):
    assert partner.get("/partner/attiva/").url == "/partner/"
    assert partner.post("/partner/attiva/", {"code": "X"}).url == "/partner/"


def test_activation_is_asked_at_most_so_often(phones, invited):
    phone = phones()
    for _attempt in range(ATTEMPTS):
        assert connect_by_code(phone, "AAAAABBBBB").status_code == 422
    response = connect_by_code(phone, invited[1])
    assert response.status_code == 429
    assert response["Retry-After"] == "600"
    assert "Wait ten minutes" in response.content.decode()
    assert fresh(invited[0]).activated_at is None


def test_activation_goes_on_without_the_cache(phones, invited, settings):
    location = "unix:///nowhere/v.sock"
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": location}}
    assert connect_by_code(phones(), invited[1]).status_code == 302


@pytest.mark.parametrize("address", PAGES)
def test_pages_are_for_activated_phones_only(phones, story, address):
    stranger, reader, librarian = phones(), phones(), phones()
    reader.force_login(ReaderFactory(signs_in=True).user)
    librarian.force_login(LibrarianFactory())
    for client in (stranger, reader, librarian):
        for answer in (client.get(address), client.post(address, {"what": "K7M29QXZ", "code": "K7M29QXZ"})):
            assert (answer.status_code, answer.url) == (302, "/partner/attiva/")


def test_htmx_is_sent_to_the_activation_page_as_a_whole(phones, db):
    answer = phones().send("/partner/arrivi/", what="K7M29QXZ")
    assert answer["HX-Redirect"] == "/partner/attiva/"


def test_a_revoked_phone_is_told_so_and_loses_its_cookie(partner, story):
    revoke_device(story.phone(story.network.newsstand), actor=None)
    response = partner.get("/partner/")
    assert (response.status_code, response.cookies[COOKIE].value) == (302, "")
    assert "This phone is no longer connected." in partner.get(response.url).content.decode()


def test_a_cookie_that_was_tampered_with_opens_nothing(partner):
    value = partner.cookies[COOKIE].value
    partner.cookies[COOKIE] = f"{'x' * 10}{value[10:]}"
    assert partner.get("/partner/").status_code == 302


def test_a_token_of_a_machine_opens_nothing(phones, story):
    _device, code = invite_device(story.network.locker, name="locker", kind=DeviceKind.LOCKER, actor=None)
    assert connect(phones(), activate_device(code)[1]).get("/partner/").status_code == 302


def test_the_cookie_is_renewed_as_the_phone_is_used(partner, story):
    story.later(hours=1)
    assert COOKIE not in partner.get("/partner/").cookies
    story.later(days=200)
    assert partner.get("/partner/").cookies[COOKIE]["max-age"] == 400 * 24 * 60 * 60
    story.later(days=300)
    assert partner.get("/partner/").status_code == 200


def test_a_phone_left_in_a_drawer_is_forgotten(partner, story):
    story.later(days=401)
    assert partner.get("/partner/").status_code == 302


def test_forget_cuts_the_phone_off(partner, story):
    assert "Forget this phone" in partner.get("/partner/telefono/").content.decode()
    kept = partner.cookies[COOKIE].value
    response = partner.post("/partner/telefono/", follow=True)
    assert "This phone is forgotten." in response.content.decode()
    assert Device.objects.get(place=story.network.newsstand).revoked_at is not None
    partner.cookies[COOKIE] = kept
    assert partner.get("/partner/").status_code == 302


def test_forms_are_protected_from_other_sites(phones, story):
    phone = connect(phones(enforce_csrf_checks=True), story.token(story.network.newsstand))
    for address in (
        "/partner/arrivi/",
        "/partner/consegna/",
        "/partner/resi/",
        "/partner/telefono/",
        "/partner/rapporti/",
    ):
        assert phone.post(address, {"what": "K7M29QXZ"}).status_code == 403


def test_pages_are_kept_nowhere(partner):
    assert "no-store" in partner.get("/partner/")["Cache-Control"]
