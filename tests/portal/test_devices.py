"""Notices on devices, as a reader asks for them."""

import pytest

from notifications import channels
from notifications.browsers import add_browser
from notifications.models import PushSubscription
from tests.factories import ReaderFactory, UserFactory

pytestmark = pytest.mark.django_db
PAGE = "/mio/dispositivi/"
GIVEN = {
    "endpoint": "https://updates.push.services.mozilla.com/wpush/v2/1",
    "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
}


@pytest.fixture
def anna(client):
    reader = ReaderFactory(user=UserFactory())
    client.force_login(reader.user, backend="accounts.backends.CardBackend")
    return reader.user


def test_devices_adds_the_browser_that_sends_itself(client, anna):
    answer = client.post(PAGE, GIVEN, headers={"HX-Request": "true"})

    assert answer.status_code == 200
    assert PushSubscription.objects.get().user == anna
    assert anna.reader.preference.channels == ["email", "push"]
    assert b"updates.push.services.mozilla.com" in answer.content
    assert GIVEN["endpoint"].encode() not in answer.content


def test_devices_works_as_a_plain_form_and_twice(client, anna):
    for _time in range(2):
        assert client.post(PAGE, GIVEN).headers["Location"] == PAGE

    assert PushSubscription.objects.count() == 1


@pytest.mark.parametrize("wrong", [{"endpoint": "https://127.0.0.1/"}, {"p256dh": "x"}, {"auth": ""}])
def test_devices_refuses_what_no_browser_gives(client, anna, wrong):
    assert client.post(PAGE, {**GIVEN, **wrong}, headers={"HX-Request": "true"}).status_code == 422
    assert not PushSubscription.objects.exists()


def test_device_remove_is_for_its_owner(client, anna):
    mine, other = add_browser(anna, **GIVEN), None
    other = add_browser(UserFactory(), **{**GIVEN, "endpoint": GIVEN["endpoint"] + "2"})

    for browser in (mine, other):
        client.post(f"{PAGE}{browser.pk}/togli/")

    assert list(PushSubscription.objects.all()) == [other]
    anna.reader.preference.refresh_from_db()
    assert anna.reader.preference.channels == ["email"]


def test_devices_are_for_who_is_signed_in(client):
    assert client.get(PAGE).status_code == 302
    assert client.post(PAGE, GIVEN).status_code == 302
    assert client.get("/mio/dispositivi.js").status_code == 200


def test_devices_asks_as_often_for_one_row_as_for_three(client, anna, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for number in range(3):
        add_browser(anna, **{**GIVEN, "endpoint": f"{GIVEN['endpoint']}{number}"})
        with CaptureQueriesContext(connection) as seen:
            client.get(PAGE)
        counts.append(len(seen))
    assert counts[0] == counts[2]


def test_devices_says_when_notices_are_not_offered(client, anna, monkeypatch):
    monkeypatch.delitem(channels._makers, "push")

    assert b"data-push-form" not in client.get(PAGE).content


def test_worker_is_a_script_that_names_nobody(client):
    answer = client.get("/mio/dispositivi.js")

    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert "no-cache" in answer.headers["Cache-Control"]
    assert b"showNotification" in answer.content
