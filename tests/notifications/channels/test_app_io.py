"""App IO, through a process that speaks its contract and refuses what the real one refuses."""

import dataclasses

import pytest

from accounts.encryption import seal_tax_code
from notifications.channels import ChannelDownError, PermanentError, PossiblyDoubleError, TransientError
from notifications.channels.app_io import AppIoCarrier, markdown_of, subject_of
from notifications.models import Message
from tests.factories import ReaderFactory

PERSON = "AAAAAA00A00A000A"


def person(digits):
    return f"AAAAAA00A00A{digits}A"


@pytest.fixture(autouse=True)
def impatient(settings):
    """Wait a second for an answer, not ten."""
    settings.CALL_TIMEOUT = 1.0


def test_send_asks_for_the_profile_and_submits_no_title(gateways, rendered, key):
    known_as = AppIoCarrier().send(rendered, PERSON, key)

    [arrived] = gateways.arrived("io")
    assert known_as
    assert arrived["to"] == PERSON
    assert arrived["subject"].startswith("Pronta da ritirare")
    assert rendered.link in arrived["markdown"]
    assert "barone" not in str(arrived)


@pytest.mark.parametrize(
    ("digits", "error", "why"),
    [
        (404, PermanentError, "has_no_app"),
        (200, PermanentError, "does_not_want_us"),
        (400, PermanentError, "http_400"),
        (401, ChannelDownError, "http_401"),
        (500, TransientError, "http_500"),
    ],
)
def test_send_stops_where_it_may_not_write(gateways, rendered, key, digits, error, why):
    with pytest.raises(error, match=why) as told:
        AppIoCarrier().send(rendered, person(digits), key)

    assert type(told.value) is error
    assert gateways.arrived("io") == []


def test_send_waits_when_it_is_told_to(gateways, rendered, key):
    with pytest.raises(ChannelDownError) as told:
        AppIoCarrier().send(rendered, person(429), key)

    assert told.value.retry_after.total_seconds() == 90


@pytest.mark.parametrize("digits", [408, 409])
def test_send_without_an_answer_may_have_been_done(gateways, rendered, key, digits):
    with pytest.raises(PossiblyDoubleError):
        AppIoCarrier().send(rendered, person(digits), key)


@pytest.mark.parametrize("length", [1, 9, 10, 120, 121, 400])
def test_subject_has_the_length_that_is_asked_for(length):
    assert 10 <= len(subject_of("x" * length)) <= 120


@pytest.mark.parametrize("length", [0, 1, 160, 20_000])
def test_body_has_the_length_that_is_asked_for(rendered, length):
    assert 80 <= len(markdown_of(dataclasses.replace(rendered, short="x" * length))) <= 10_000


def test_body_says_what_was_meant_and_formats_nothing(rendered):
    assert r"\*Sormani\* \[1\]" in markdown_of(dataclasses.replace(rendered, short="*Sormani* [1]"))


@pytest.mark.django_db
def test_address_is_the_codice_fiscale_where_one_was_given(gateways):
    sealed, hashed = seal_tax_code("RSSMRA80A01F205X")
    reader = ReaderFactory(tax_code_encrypted=sealed, tax_code_hash=hashed)

    assert AppIoCarrier().address_of(Message(reader=reader)) == "RSSMRA80A01F205X"
    assert AppIoCarrier().address_of(Message(reader=ReaderFactory())) == ""
