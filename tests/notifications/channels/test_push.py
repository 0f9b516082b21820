"""Notices on devices, through a push service that is a process of its own and opens them with another library."""

import dataclasses
import json

import pytest
from django.db import IntegrityError, transaction

from notifications.browsers import MOST_BROWSERS, add_browser, is_push_service, remove_browser
from notifications.channels import PermanentError, TransientError
from notifications.channels.push import PushCarrier
from notifications.channels.push_sealing import own_key, public_point
from notifications.errors import BrowserNotUsable
from notifications.models import Message, PushSubscription
from tests.factories import UserFactory
from tests.notifications.channels.test_push_sealing import POINT, SECRET

pytestmark = pytest.mark.django_db
ENDPOINT = "https://updates.push.services.mozilla.com/wpush/v2/{}"


@pytest.fixture(autouse=True)
def impatient(settings):
    """Wait a second for an answer, not ten."""
    settings.CALL_TIMEOUT = 1.0


@pytest.fixture
def user():
    return UserFactory()


def send(user, rendered, key):
    carrier = PushCarrier()
    return carrier.send(rendered, carrier.address_of(Message(user=user)), key)


def test_send_brings_what_the_browser_can_read_and_no_title(push_service, user, rendered, key):
    add_browser(user, **push_service.subscription())

    send(user, rendered, key)

    [opened] = push_service.opened()
    told = json.loads(opened["text"])
    assert (told["title"], told["body"], told["url"]) == ("Pronta da ritirare", rendered.short, rendered.link)
    assert "barone" not in opened["text"]
    assert opened["headers"]["Topic"] == told["tag"] != ""
    assert opened["headers"]["TTL"] == "86400"


def test_send_reaches_every_browser_of_the_person(push_service, user, rendered, key):
    for _number in range(3):
        add_browser(user, **push_service.subscription())

    send(user, rendered, key)

    assert len(push_service.opened()) == 3


@pytest.mark.parametrize("status", [404, 410])
def test_send_forgets_a_browser_that_is_no_more(push_service, user, rendered, key, status):
    gone = add_browser(user, **push_service.subscription(status))
    kept = add_browser(user, **push_service.subscription())

    send(user, rendered, key)

    assert list(PushSubscription.objects.all()) == [kept]
    assert gone.pk != kept.pk


def test_send_to_nobody_any_more_is_refused_for_good(push_service, user, rendered, key):
    add_browser(user, **push_service.subscription(410))

    with pytest.raises(PermanentError):
        send(user, rendered, key)


def test_send_waits_as_long_as_the_push_service_asks(push_service, user, rendered, key):
    add_browser(user, **push_service.subscription(429, 201))

    with pytest.raises(TransientError) as told:
        send(user, rendered, key)
    send(user, rendered, key)

    assert told.value.retry_after.total_seconds() == 300
    assert len(push_service.opened()) == 1


def test_send_leaves_a_silent_push_service_alone_for_the_rest_of_the_batch(push_service, user, rendered, key):
    add_browser(user, **push_service.subscription("hang"))
    add_browser(user, **push_service.subscription())
    carrier = PushCarrier()
    address = carrier.address_of(Message(user=user))

    for _time in range(2):
        with pytest.raises(TransientError):
            carrier.send(rendered, address, key)

    assert push_service.opened() == []


def test_send_twice_has_one_topic_so_that_the_second_takes_the_place_of_the_first(push_service, user, rendered, key):
    add_browser(user, **push_service.subscription())

    for _time in range(2):
        send(user, rendered, key)

    assert len({opened["headers"]["Topic"] for opened in push_service.opened()}) == 1


def test_long_text_fits_what_push_services_take(push_service, user, rendered, key):
    add_browser(user, **push_service.subscription())

    send(user, dataclasses.replace(rendered, short="è" * 300), key)

    assert push_service.opened()[0]["bytes"] <= 4096


def test_address_is_the_persons_browsers_and_not_their_addresses(user):
    browser = add_browser(user, endpoint=ENDPOINT.format(1), p256dh=POINT, auth=SECRET)
    add_browser(UserFactory(), endpoint=ENDPOINT.format(2), p256dh=POINT, auth=SECRET)

    assert PushCarrier().address_of(Message(user=user)) == str(browser.pk)
    assert PushCarrier().address_of(Message(user=UserFactory())) == ""


# --- Browsers


def test_add_browser_twice_is_one(user):
    for _time in range(2):
        add_browser(user, endpoint=ENDPOINT.format(1), p256dh=POINT, auth=SECRET)

    assert PushSubscription.objects.count() == 1


def test_add_browser_takes_it_from_who_had_it(user):
    add_browser(UserFactory(), endpoint=ENDPOINT.format(1), p256dh=POINT, auth=SECRET)

    add_browser(user, endpoint=ENDPOINT.format(1), p256dh=POINT, auth=SECRET)

    assert PushSubscription.objects.get().user == user


def test_add_browser_keeps_the_latest_few(user):
    for number in range(MOST_BROWSERS + 2):
        add_browser(user, endpoint=ENDPOINT.format(number), p256dh=POINT, auth=SECRET)

    kept = set(PushSubscription.objects.values_list("endpoint", flat=True))
    assert kept == {ENDPOINT.format(number) for number in range(2, MOST_BROWSERS + 2)}


@pytest.mark.parametrize(
    ("endpoint", "point", "secret"),
    [("https://push.example/1", POINT, SECRET), (ENDPOINT, "AAAA", SECRET), (ENDPOINT, POINT, "AAAA")],
)
def test_add_browser_refuses_what_no_browser_gives(user, endpoint, point, secret):
    with pytest.raises(BrowserNotUsable):
        add_browser(user, endpoint=endpoint, p256dh=point, auth=secret)


def test_remove_browser_is_for_its_owner(user):
    browser = add_browser(user, endpoint=ENDPOINT.format(1), p256dh=POINT, auth=SECRET)

    assert not remove_browser(UserFactory(), browser.pk)
    assert remove_browser(user, browser.pk)
    assert not remove_browser(user, browser.pk)


def test_browser_stands_once(user):
    add_browser(user, endpoint=ENDPOINT.format(1), p256dh=POINT, auth=SECRET)

    with pytest.raises(IntegrityError, match="pushsubscription_endpoint_once"), transaction.atomic():
        PushSubscription.objects.create(
            user=user, endpoint=ENDPOINT.format(1), p256dh="", auth="", created_at=user.date_joined
        )


@pytest.mark.parametrize(
    ("endpoint", "is_one"),
    [
        ("https://fcm.googleapis.com/fcm/send/abc", True),
        ("https://wns2-par02p.notify.windows.com/w/?token=x", True),
        ("https://web.push.apple.com/abc", True),
        ("http://fcm.googleapis.com/fcm/send/abc", False),
        ("https://fcm.googleapis.com:8443/abc", False),
        ("https://fcm.googleapis.com@127.0.0.1/abc", False),
        ("https://evilnotify.windows.com/abc", False),
        ("https://notify.windows.com.example.org/abc", False),
        ("https://127.0.0.1/abc", False),
        ("https://169.254.169.254/latest", False),
        ("https://[::1]/abc", False),
        ("https://fcm.googleapis.com:x/", False),
        ("file:///etc/passwd", False),
        ("", False),
    ],
)
def test_push_service_is_known_by_its_host(endpoint, is_one):
    assert is_push_service(endpoint) is is_one


def test_key_of_the_demo_is_one(settings):
    assert len(public_point(own_key(settings.VAPID_KEY))) == 87
