"""Addresses and texts never reach the logs, whatever goes wrong: every line is read, before any filter."""

import datetime as dt
import logging
from contextlib import contextmanager

import pytest

from milanolib import clock
from notifications import channels, kinds
from notifications.bounces import take_bounce
from notifications.browsers import add_browser
from notifications.channels.push import PushCarrier
from notifications.channels.sms import SmsCarrier
from notifications.delivery import deliver
from notifications.models import Channel, Message
from notifications.preferences import Wishes, choose
from outbox.events import dispatch
from tests.notifications.channels.test_email import MailServer
from tests.notifications.test_bounces import report

pytestmark = pytest.mark.django_db
TITLE = "Il barone rampante"


@contextmanager
def every_line():
    """Keep every line that any logger writes, and all that hangs on it, as it was before the filter."""
    lines = []

    class Keep(logging.Handler):
        def emit(self, record):
            lines.append(f"{self.format(record)} {record.__dict__}")

    root, keep = logging.getLogger(), Keep(level=logging.DEBUG)
    before = root.level
    root.addHandler(keep)
    root.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.removeHandler(keep)
        root.setLevel(before)


def fails(message):
    raise ValueError(f"{TITLE} for {message.person.email}")


@pytest.fixture
def anna_by_every_way(anna, gateways, push_service, monkeypatch):
    """A reader whose messages go by mail, by notices to a browser that fails, by an SMS that the gateway refuses."""
    monkeypatch.setitem(channels._makers, Channel.SMS, SmsCarrier)
    monkeypatch.setitem(channels._makers, Channel.PUSH, PushCarrier)
    monkeypatch.setitem(kinds._kinds, "reset_password", kinds.Kind("reset_password", "x", fails, is_urgent=True))
    anna.phone = "333 1234500"
    anna.save()
    anna.browser = add_browser(anna.user, **push_service.subscription(500, 410))
    choose(anna, Wishes(channels=["email", "push", "sms"], has_quiet_hours=False))
    return anna


def test_no_line_of_a_log_holds_an_address_or_a_text(story, anna_by_every_way, post, settings, monday):
    anna = anna_by_every_way
    address = anna.user.email
    copy = story.copies(1)[0]
    copy.title.title = TITLE
    copy.title.save()
    story.at_the_point(copy.title, reader=anna)
    now = clock.now()
    Message.objects.create(key="poison", kind="reset_password", user=anna.user, created_at=now, due_at=now)
    dispatch()
    monday.shift(dt.timedelta(minutes=10))
    settings.EMAIL_HOST = "127.0.0.1"

    with every_line() as lines:
        with MailServer(RCPT=f"550 5.7.1 <{address}> is not welcome: {TITLE}".encode()) as server:
            settings.EMAIL_PORT = server.port
            deliver()
        Message.objects.filter(status="refused").update(status="waiting", due_at=now)
        with MailServer(TEXT=None) as server:
            settings.EMAIL_PORT = server.port
            deliver()
        take_bounce(report(Message.objects.get(kind="hold_ready", channel="email")))

    text = "\n".join(lines)
    assert "put off: ValueError" in text
    assert "put off: SMTPServerDisconnected" in text
    assert "came back" in text
    for secret in (address, TITLE, "3331234500", "333 1234500", anna.given_name, anna.browser.endpoint):
        assert secret not in text, secret
