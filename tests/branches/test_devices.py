"""Phones are bound to a place, known again, and cut off; and whose clock counts."""

import datetime as dt

import pytest
from django.db import IntegrityError

from branches.devices import (
    CODES_LOCKED_FOR,
    ActivationRefused,
    activate_device,
    codes_are_locked,
    count_code,
    device_of,
    invite_device,
    new_code,
    normalised_code,
    occurred_at,
    revoke_device,
)
from branches.models import Device, Report
from milanolib import clock
from tests.factories import DeviceFactory, LibrarianFactory, NewsstandFactory
from tests.story import fresh

NOW = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)


def an_invitation(**fields):
    return invite_device(NewsstandFactory(), name="phone of the counter", actor=None, **fields)


def test_invite_device_keeps_the_code_only_as_a_hash(db):
    device, code = an_invitation()

    assert len(code) == 10
    assert code not in "".join(str(value) for value in Device.objects.values().get(pk=device.pk).values())


def test_invite_device_is_written_down(db):
    librarian = LibrarianFactory()
    place = NewsstandFactory()

    device, _code = invite_device(place, name="phone", actor=librarian)

    act = librarian.acts.get()
    assert (act.verb, act.subject, act.place_code) == ("invite_device", f"device:{device.pk}", place.code)


def test_activate_device_gives_a_token_by_which_it_is_known(db):
    invited, code = an_invitation()

    device, token = activate_device(code)

    assert device == invited
    assert device_of(token) == device


def test_activate_device_reads_a_code_as_it_was_meant(db):
    _device, code = an_invitation()
    typed = f" {code[:5].lower()}-{code[5:].lower()} ".replace("0", "O").replace("1", "l")

    assert activate_device(typed)


def test_activate_device_refuses_a_code_a_second_time(db):
    _device, code = an_invitation()
    activate_device(code)

    with pytest.raises(ActivationRefused):
        activate_device(code)


@pytest.mark.parametrize("code", ["", "0000000000", "🙂"])
def test_activate_device_refuses_what_is_no_code(db, code):
    DeviceFactory()

    with pytest.raises(ActivationRefused):
        activate_device(code)


def test_activate_device_refuses_after_a_week(monday, db):
    _device, code = an_invitation()
    monday.shift(dt.timedelta(days=7, seconds=1))

    with pytest.raises(ActivationRefused):
        activate_device(code)


def test_revoke_device_cuts_it_off_at_once_and_keeps_what_it_reported(db):
    device, code = an_invitation()
    _device, token = activate_device(code)
    Report.objects.create(device=device, request_key="1", act="receive", occurred_at=NOW, received_at=NOW)

    revoke_device(device, actor=None)
    revoke_device(device, actor=None)

    assert device_of(token) is None
    assert device.reports.count() == 1


def test_revoke_device_makes_its_invitation_void(db):
    device, code = an_invitation()
    revoke_device(device, actor=None)

    with pytest.raises(ActivationRefused):
        activate_device(code)


@pytest.mark.parametrize("token", ["", "unknown", "x" * 5000])
def test_device_of_an_unknown_token_is_nobody(db, token):
    DeviceFactory()

    assert device_of(token) is None


def test_device_of_notes_when_it_was_seen_but_not_each_time(monday, db, django_assert_num_queries):
    _device, code = an_invitation()
    device, token = activate_device(code)

    with django_assert_num_queries(1):
        device_of(token)
    monday.shift(dt.timedelta(minutes=6))
    device_of(token)

    assert fresh(device).last_seen_at == clock.now()


def test_count_code_rests_after_five_wrong_ones_in_a_row(monday, db):
    device = DeviceFactory()
    for _number in range(4):
        count_code(device, right=False)
    count_code(device, right=True)
    for _number in range(4):
        count_code(device, right=False)
    assert not codes_are_locked(device, clock.now())

    count_code(device, right=False)

    assert codes_are_locked(device, clock.now())
    assert not codes_are_locked(device, clock.now() + CODES_LOCKED_FOR)


@pytest.mark.django_db(transaction=True)
def test_count_code_loses_none_of_several_at_once(rivals):
    device = DeviceFactory()

    rivals(*[lambda: count_code(Device.objects.get(pk=device.pk), right=False)] * 4)

    assert fresh(device).wrong_codes == 4


@pytest.mark.django_db(transaction=True)
def test_activate_device_on_two_phones_at_once_binds_one(rivals):
    _device, code = an_invitation()

    outcomes = rivals(*[lambda: activate_device(code)] * 2)

    assert sorted(type(one).__name__ for one in outcomes) == ["ActivationRefused", "tuple"]


def test_new_code_has_no_letter_that_looks_like_a_digit():
    codes = "".join(new_code(50) for _number in range(20))

    assert not set(codes) & set("OIL")
    assert normalised_code("o1-iL aa") == "0111AA"


# --- Whose clock counts


@pytest.mark.parametrize(
    ("sent", "act", "ago"),
    [
        (NOW, NOW - dt.timedelta(hours=3), 3),
        (NOW + dt.timedelta(days=400), NOW + dt.timedelta(days=400, hours=-3), 3),  # a wrong clock
        (NOW, NOW + dt.timedelta(hours=3), 0),  # after it was sent: now
        (NOW, None, 0),
        (None, NOW - dt.timedelta(hours=3), 0),
    ],
)
def test_occurred_at_counts_only_the_difference(sent, act, ago):
    found = occurred_at(received_at=NOW, device_sent_at=sent, device_act_at=act)

    assert found == NOW - dt.timedelta(hours=ago)


def test_occurred_at_lies_between_the_last_known_event_and_now():
    known = NOW - dt.timedelta(hours=1)

    assert (
        occurred_at(received_at=NOW, device_sent_at=NOW, device_act_at=NOW - dt.timedelta(hours=3), not_before=known)
        == known
    )
    assert (
        occurred_at(received_at=NOW, device_sent_at=NOW, device_act_at=NOW, not_before=NOW + dt.timedelta(hours=1))
        == NOW
    )


# --- The constraints themselves


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"activation_hash": "a" * 64}, "device_activation_code_expires"),
        ({"token_hash": "b" * 64}, "device_with_a_token_was_activated"),
    ],
)
def test_a_device_that_contradicts_itself_cannot_be_stored(db, fields, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        DeviceFactory(**fields)


def test_a_report_is_kept_once_for_each_key_and_never_from_the_future(db):
    values = {"device": DeviceFactory(), "act": "receive", "occurred_at": NOW, "received_at": NOW}
    Report.objects.create(request_key="1", **values)

    with pytest.raises(IntegrityError, match="report_occurred_before_it_was_received"):
        Report.objects.create(request_key="2", **{**values, "occurred_at": NOW + dt.timedelta(seconds=1)})


def test_a_report_key_stands_once_for_each_device(db):
    values = {"act": "receive", "occurred_at": NOW, "received_at": NOW, "request_key": "1"}
    first, other = DeviceFactory.create_batch(2)
    for device in (first, other):
        Report.objects.create(device=device, **values)

    with pytest.raises(IntegrityError, match="report_request_key_once_per_device"):
        Report.objects.create(device=first, **values)
