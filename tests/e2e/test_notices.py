"""Notices on a device in a real browser: asked for with a button, shown by the script that stays."""

import json

import pytest

from notifications.browsers import add_browser
from notifications.models import PushSubscription
from tests.e2e.conftest import DESKTOP, PHONE
from tests.e2e.people import Reader
from tests.e2e.test_story import confirmed
from tests.factories import ReaderFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAGE = "/mio/dispositivi/"
GIVEN = {
    "endpoint": "https://updates.push.services.mozilla.com/wpush/v2/1",
    "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
}
# A browser of Debian's reaches no push service here: what it would give is put in the place of its answer, no more.
GIVES = """given => {
  PushManager.prototype.getSubscription = async () => null;
  PushManager.prototype.subscribe = async (options) => {
    window.askedWith = { visible: options.userVisibleOnly, key: options.applicationServerKey.length };
    const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
    return { endpoint: given.endpoint, getKey: (name) => bytes(given[name]).buffer };
  };
}"""
SHOWN = """async () => {
  const worker = await navigator.serviceWorker.ready;
  const shown = await worker.getNotifications();
  return shown.map(({ title, body, tag, lang, data }) => ({ title, body, tag, lang, data }));
}"""


@pytest.fixture
def anna(db):
    user = confirmed(UserFactory())
    return ReaderFactory(user=user)


@pytest.fixture(params=[PHONE, DESKTOP], ids=["phone", "desktop"])
def reader(request, open_browser, sees_no_barrier, anna):
    page = open_browser(request.param, permissions=["notifications"])
    return Reader(page, sees_no_barrier).comes_as(anna.user)


def push(page, told):
    """Hand a message to the script as the browser's own push service would."""
    session = page.context.new_cdp_session(page)
    session.send("ServiceWorker.enable")
    registrations = []
    session.on("ServiceWorker.workerRegistrationUpdated", lambda event: registrations.extend(event["registrations"]))
    session.send("ServiceWorker.disable")
    session.send("ServiceWorker.enable")
    for _look in range(50):
        if registrations:
            break
        page.wait_for_timeout(100)
    for registration in {one["registrationId"] for one in registrations if one["scopeURL"].endswith("/mio/")}:
        session.send(
            "ServiceWorker.deliverPushMessage",
            {
                "origin": page.url.split("/mio/")[0],
                "registrationId": registration,
                "data": told if isinstance(told, str) else json.dumps(told),
            },
        )


def shown(page, count):
    for _look in range(100):
        found = page.evaluate(SHOWN)
        if len(found) == count:
            return found
        page.wait_for_timeout(100)
    raise AssertionError(found)


def test_reader_asks_for_notices_and_switches_them_off(reader, anna):
    page = reader.page
    reader.goes_to(PAGE)
    page.wait_for_selector("[data-push-ask]")
    page.evaluate(GIVES, GIVEN)

    reader.swaps(page.locator("[data-push-ask]").click, "#devices")

    assert page.evaluate("window.askedWith") == {"visible": True, "key": 65}
    kept = PushSubscription.objects.get()
    assert (kept.user, kept.p256dh, kept.auth) == (anna.user, GIVEN["p256dh"], GIVEN["auth"])
    reader.swaps(page.locator("#devices .ml-row-actions [type=submit]").click, "#devices")
    assert not PushSubscription.objects.exists()


def test_notice_is_shown_and_the_second_takes_the_place_of_the_first(reader, anna):
    page = reader.page
    reader.goes_to(PAGE)
    page.wait_for_selector("[data-push-ask]")
    page.evaluate(GIVES, GIVEN)
    reader.swaps(page.locator("[data-push-ask]").click, "#devices")
    base = page.url.split("/mio/")[0]
    told = {"title": "Pronto", "body": "Una prenotazione è pronta.", "url": f"{base}/mio/", "tag": "m1", "lang": "it"}

    push(page, told)
    first = shown(page, 1)
    push(page, {**told, "body": "Ancora"})
    push(page, {**told, "tag": "m2", "url": "https://evil.example/"})
    push(page, "no json at all")

    assert first == [
        {
            "title": "Pronto",
            "body": "Una prenotazione è pronta.",
            "tag": "m1",
            "lang": "it",
            "data": {"url": f"{base}/mio/"},
        }
    ]
    by_tag = {one["tag"]: one for one in shown(page, 3)}
    assert by_tag["m1"]["body"] == "Ancora"
    assert by_tag["m2"]["data"]["url"] == f"{base}/mio/"
    assert by_tag["milanolib"]["title"] == "Milanolib"
    assert page.faults == []


def test_browser_that_says_no_is_told_what_to_do(open_browser, sees_no_barrier, anna):
    page = open_browser(PHONE)
    reader = Reader(page, sees_no_barrier).comes_as(anna.user)
    add_browser(anna.user, **GIVEN)
    reader.goes_to(PAGE)
    page.evaluate("Notification.requestPermission = async () => 'denied'")

    page.click("[data-push-ask]")

    page.wait_for_selector("[data-push-says=denied]:not([hidden])")
    reader.look(page)
