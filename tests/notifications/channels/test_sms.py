"""SMS, through a gateway that is a process of its own and speaks the real ones' contract."""

import dataclasses

import pytest

from notifications.channels import ChannelDownError, PermanentError, PossiblyDoubleError, TransientError
from notifications.channels.sms import SmsCarrier, mobile_number
from notifications.models import Message
from tests.factories import ReaderFactory

NUMBER = "+393331234567"


@pytest.fixture(autouse=True)
def impatient(settings):
    """Wait a second for an answer, not ten."""
    settings.CALL_TIMEOUT = 1.0


def test_send_brings_the_short_text_under_a_key_of_ours(gateways, rendered, key):
    order = SmsCarrier().send(rendered, NUMBER, key)

    [arrived] = gateways.arrived("sms")
    assert (arrived["to"], arrived["text"], arrived["order"]) == (NUMBER, rendered.short, order)
    assert order in key
    assert "barone" not in arrived["text"]


@pytest.mark.parametrize(
    ("digits", "error"),
    [
        (400, PermanentError),
        (401, ChannelDownError),
        (404, ChannelDownError),
        (500, TransientError),
        (503, TransientError),
    ],
)
def test_send_tells_what_the_gateway_objects_to(gateways, rendered, key, digits, error):
    with pytest.raises(error) as told:
        SmsCarrier().send(rendered, f"+393331234{digits}", key)

    assert type(told.value) is error
    assert gateways.arrived("sms") == []


def test_send_waits_as_long_as_the_gateway_asks(gateways, rendered, key):
    with pytest.raises(ChannelDownError) as told:
        SmsCarrier().send(rendered, "+393331234429", key)

    assert told.value.retry_after.total_seconds() == 90


def test_send_whose_answer_was_lost_is_asked_for_and_not_sent_again(gateways, rendered, key):
    lost = "+393331234408"
    with pytest.raises(PossiblyDoubleError):
        SmsCarrier().send(rendered, lost, key)

    assert SmsCarrier().send(rendered, lost, key, is_repeat=True) in key
    assert len(gateways.arrived("sms")) == 1


def test_send_that_never_arrived_is_sent_again(gateways, rendered, key):
    with pytest.raises(PossiblyDoubleError):
        SmsCarrier().send(rendered, "+393331234409", key)

    SmsCarrier().send(rendered, NUMBER, key, is_repeat=True)
    assert len(gateways.arrived("sms")) == 1


def test_send_says_when_a_text_needs_other_letters(gateways, rendered, key):
    SmsCarrier().send(dataclasses.replace(rendered, short="الكتاب جاهز"), NUMBER, key)

    assert gateways.arrived("sms")[0]["text"] == "الكتاب جاهز"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("333 1234567", "+393331234567"),
        ("+39 333.123.4567", "+393331234567"),
        ("0039 3331234567", "+393331234567"),
        ("(+44) 7911 123456", "+447911123456"),
        ("02 88463397", ""),
        ("+39 02 88463397", ""),
        ("", ""),
        ("12", ""),
        ("casa 333", ""),
    ],
)
def test_mobile_number_is_told_from_a_fixed_one(said, meant):
    assert mobile_number(said) == meant


@pytest.mark.django_db
def test_address_is_the_telephone_of_the_card(gateways):
    reader = ReaderFactory(phone="333 1234567")

    assert SmsCarrier().address_of(Message(reader=reader)) == NUMBER
    assert SmsCarrier().address_of(Message(reader=ReaderFactory())) == ""
