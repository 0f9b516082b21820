"""A channel that is slow, broken or full delays its own rows only."""

import datetime as dt
import time

import pytest
from django.db import IntegrityError, transaction

from milanolib import clock
from notifications import channels, kinds, pacing
from notifications.channels import ChannelDownError, PermanentError, PossiblyDoubleError, TransientError
from notifications.delivery import LEASE, deliver, deliver_by
from notifications.models import AddressMark, Channel, ChannelPace, Message, MessageStatus
from notifications.preferences import Wishes, choose

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)


class Spoken:
    """A channel that does as it is told: `then` is what happens to each message, the last one for ever."""

    def __init__(self, *then):
        self.then, self.heard = list(then), []

    def __call__(self):
        return self

    def address_of(self, message):
        return "somewhere"

    def send(self, rendered, address, key, *, is_repeat=False):
        self.heard.append((key, is_repeat))
        what = self.then.pop(0) if len(self.then) > 1 else self.then[0]
        if isinstance(what, Exception):
            raise what
        return what

    def close(self):
        pass


@pytest.fixture
def speak(monkeypatch):
    """Let a channel be one of the test's: `speak("sms", *outcomes)`."""

    def register(channel, *then):
        spoken = Spoken(*then)
        monkeypatch.setitem(channels._makers, channel, spoken)
        return spoken

    return register


@pytest.fixture
def due(anna, monday, monkeypatch):
    """Write messages that are true, due and wanted: `due("sms", 3)`."""
    choose(anna, Wishes(channels=list(Channel)))
    monkeypatch.setitem(kinds._kinds, "confirm_email", kinds.Kind("confirm_email", "x", lambda message: {"link": "x"}))

    def write(channel, count=1):
        now = clock.now()
        return [
            Message.objects.create(
                key=f"{channel}:{number}",
                kind="confirm_email",
                channel=channel,
                user=anna.user,
                created_at=now,
                due_at=now,
            )
            for number in range(count)
        ]

    return write


def statuses(channel):
    return sorted(Message.objects.filter(channel=channel).values_list("status", flat=True))


def test_channel_that_is_down_is_tried_once_and_the_rest_stays_as_it_was(speak, due):
    spoken = speak("sms", ChannelDownError("http_401"))
    due("sms", 5)

    assert deliver() == 0

    assert len(spoken.heard) == 1
    assert sorted(Message.objects.values_list("attempts", flat=True)) == [0, 0, 0, 0, 1]
    assert not Message.objects.exclude(leased_until=None).exists()


def test_channel_that_is_down_rests_longer_each_time_and_goes_on_when_it_is_back(speak, due, monday):
    spoken = speak("sms", *[ChannelDownError("gone")] * 3, "sent")
    due("sms", 5)
    rests = []
    for _time in range(3):
        deliver()
        pace = ChannelPace.objects.get(channel="sms")
        rests.append((pace.paused_until - clock.now()).total_seconds())
        assert deliver() == 0
        monday.shift(dt.timedelta(seconds=rests[-1] + 1))

    assert rests == [15, 30, 60]
    assert len(spoken.heard) == 3
    monday.shift(10 * MINUTE)
    assert deliver() == 5
    assert ChannelPace.objects.get(channel="sms").failures == 0


def test_channel_rests_a_quarter_of_an_hour_at_most(speak, due, monday):
    due("sms")
    ChannelPace.objects.create(channel="sms", failures=500)

    pacing.let_rest("sms", "gone")

    assert ChannelPace.objects.get(channel="sms").paused_until == clock.now() + pacing.LONGEST_REST


def test_channel_waits_as_long_as_it_is_asked_to(speak, due, monday):
    speak("sms", ChannelDownError("http_429", retry_after=dt.timedelta(minutes=5)))
    due("sms")

    deliver()

    assert ChannelPace.objects.get(channel="sms").paused_until == clock.now() + 5 * MINUTE
    assert Message.objects.get().due_at == clock.now() + 5 * MINUTE


def test_no_channel_stops_another(speak, due, anna, post):
    for channel in ("sms", "io", "push"):
        speak(channel, ChannelDownError("gone"))
        due(channel, 3)
    due("email", 3)

    assert deliver() == 3
    assert statuses("email") == [MessageStatus.SENT] * 3


def test_message_that_is_refused_for_good_does_not_stop_the_rest(speak, due):
    speak("sms", PermanentError("http_400"), "sent")
    due("sms", 3)

    assert deliver() == 2
    assert statuses("sms") == [MessageStatus.REFUSED, MessageStatus.SENT, MessageStatus.SENT]


def test_message_that_fails_alone_does_not_stop_the_rest(speak, due):
    speak("sms", TransientError("http_500"), ZeroDivisionError("secret text"), "sent")
    due("sms", 4)

    assert deliver() == 2
    assert set(Message.objects.filter(status="waiting").values_list("last_error", flat=True)) == {
        "http_500",
        "ZeroDivisionError",
    }


def test_message_in_doubt_is_sent_once_more_under_its_key_marked_and_then_set_aside(speak, due, monday):
    spoken = speak("sms", PossiblyDoubleError("RemoteDisconnected"))
    due("sms")

    for _time in range(5):
        deliver()
        monday.shift(10 * MINUTE)

    message = Message.objects.get()
    assert spoken.heard == [(message.outside_key, False), (message.outside_key, True)]
    assert (message.status, message.may_be_double) == (MessageStatus.STUCK, True)


def test_message_in_doubt_stops_its_batch_so_that_one_fault_makes_one_double(speak, due, monday):
    spoken = speak("email", PossiblyDoubleError("SMTPServerDisconnected"), "sent")
    due("email", 5)

    assert deliver() == 0
    assert Message.objects.filter(may_be_double=True).count() == 1
    monday.shift(MINUTE)
    assert deliver() == 5
    assert len(spoken.heard) == 6


def test_address_that_is_gone_is_marked_and_written_to_no_more(speak, due):
    speak("email", PermanentError("smtp_550", is_gone=True))
    due("email", 1)
    deliver()
    Message.objects.all().delete()
    due("email", 1)

    spoken = speak("email", "sent")
    deliver()

    assert AddressMark.objects.get().why == AddressMark.Why.BOUNCED
    assert spoken.heard == []
    assert (Message.objects.get().status, Message.objects.get().last_error) == ("no_address", "address_marked")


def test_slow_channel_gives_back_what_its_lease_leaves_no_time_for(monkeypatch, due, monday):
    class Slow(Spoken):
        def send(self, *arguments, **options):
            monday.shift(LEASE / 3)
            return super().send(*arguments, **options)

    monkeypatch.setitem(channels._makers, "email", slow := Slow("sent"))
    due("email", 5)

    assert deliver_by("email") == 5
    assert len(slow.heard) == 5
    assert not Message.objects.filter(may_be_double=True).exists()


def test_pace_lets_no_more_go_than_is_allowed_in_a_minute(speak, due, monday, settings):
    settings.MESSAGES_PER_MINUTE = {"sms": 60}
    spoken = speak("sms", "sent")
    due("sms", 40)

    assert deliver() == 10
    assert deliver() == 0
    monday.shift(dt.timedelta(seconds=5))
    assert deliver() == 5
    monday.shift(10 * MINUTE)
    assert deliver() == 10
    assert len(spoken.heard) == 25


def test_one_worker_at_a_time_speaks_for_a_channel_over_http(speak, due):
    speak("sms", "sent")
    first, _second = due("sms", 2)
    Message.objects.filter(pk=first.pk).update(leased_until=clock.now() + LEASE)

    assert deliver() == 0


def test_pace_of_an_unknown_channel_cannot_be_written():
    with pytest.raises(IntegrityError, match="channelpace_channel_is_known"), transaction.atomic():
        ChannelPace.objects.create(channel="fax")
    with pytest.raises(IntegrityError, match="channelpace_allowance_is_not_owed"), transaction.atomic():
        ChannelPace.objects.create(channel="sms", allowance=-1)


def test_sms_gateway_that_hangs_holds_up_no_mail(due, anna, post, settings, gateways_that_hang, monday):
    due("email", 2)
    due("sms", 3)

    began = time.perf_counter()
    assert deliver() == 2

    assert time.perf_counter() - began < 5
    assert statuses("sms") == [MessageStatus.WAITING] * 3


@pytest.fixture
def gateways_that_hang(settings, monkeypatch, anna):
    """Let the gateway take calls and answer none."""
    import socket

    from notifications.channels.sms import SmsCarrier

    anna.phone = "333 1234567"
    anna.save()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.SMS_URL, settings.CALL_TIMEOUT = f"http://a:b@127.0.0.1:{silent.getsockname()[1]}", 0.5
        monkeypatch.setitem(channels._makers, "sms", SmsCarrier)
        yield
