"""When a message may go, over both nights on which the clocks change; what fits one SMS."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from notifications.kinds import Kind
from notifications.models import Channel, Preference
from notifications.policy import due_at, end_of_quiet, fits_one_sms, fitted_to_sms, next_digest, places_in_sms

ROME = ZoneInfo("Europe/Rome")
PLAIN = Kind("plain", "plain", lambda message: {})
URGENT = Kind("urgent", "urgent", lambda message: {}, is_urgent=True)


def rome(text):
    return dt.datetime.fromisoformat(text).replace(tzinfo=ROME)


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        ("2026-03-02 20:59:59", None),
        ("2026-03-02 21:00", "2026-03-03 08:00"),
        ("2026-03-03 00:30", "2026-03-03 08:00"),
        ("2026-03-03 07:59:59", "2026-03-03 08:00"),
        ("2026-03-03 08:00", None),
        ("2026-03-28 23:00", "2026-03-29 08:00"),  # the night that lasts an hour less
        ("2026-10-24 23:00", "2026-10-25 08:00"),  # the night that lasts an hour more
    ],
)
def test_quiet_hours_end_at_eight_by_the_wall_clock(now, ends):
    assert end_of_quiet(None, rome(now)) == (rome(ends) if ends else None)


def test_quiet_hours_last_ten_and_twelve_hours_in_the_nights_of_the_change():
    spring, autumn = rome("2026-03-28 21:00"), rome("2026-10-24 21:00")

    assert end_of_quiet(None, spring) - spring.astimezone(dt.UTC) == dt.timedelta(hours=10)
    assert end_of_quiet(None, autumn) - autumn.astimezone(dt.UTC) == dt.timedelta(hours=12)


@pytest.mark.parametrize(("now", "is_quiet"), [("13:30", True), ("15:00", False), ("23:00", False)])
def test_quiet_hours_may_lie_within_a_day(now, is_quiet):
    chosen = Preference(quiet_from=dt.time(13), quiet_until=dt.time(15))

    assert (end_of_quiet(chosen, rome(f"2026-03-02 {now}")) is not None) == is_quiet


def test_quiet_hours_that_are_off_hold_nothing():
    assert end_of_quiet(Preference(has_quiet_hours=False), rome("2026-03-02 23:00")) is None


@pytest.mark.parametrize(
    ("now", "hour", "at"),
    [
        ("2026-03-02 09:00", 18, "2026-03-02T17:00Z"),
        ("2026-03-02 18:00", 18, "2026-03-03T17:00Z"),
        ("2026-03-28 19:00", 18, "2026-03-29T16:00Z"),  # summer time has begun meanwhile
        ("2026-03-28 23:00", 2, "2026-03-29T01:00Z"),  # an hour that is left out
        ("2026-10-24 23:00", 2, "2026-10-25T00:00Z"),  # an hour that comes twice: its first
        ("2026-10-24 19:00", 18, "2026-10-25T17:00Z"),
    ],
)
def test_digest_comes_at_the_hour_by_the_wall_clock(now, hour, at):
    assert next_digest(hour, rome(now)) == dt.datetime.fromisoformat(at)


def test_what_is_urgent_waits_for_nothing_and_ones_own_page_neither():
    night = rome("2026-03-02 23:00")
    chosen = Preference(digest_hour=18)

    assert due_at(URGENT, Channel.SMS, chosen, night) == night
    assert due_at(PLAIN, Channel.INBOX, chosen, night) == night
    assert due_at(PLAIN, Channel.SMS, chosen, night) == rome("2026-03-03 18:00")
    assert due_at(PLAIN, Channel.SMS, None, night) == rome("2026-03-03 08:00")
    assert due_at(PLAIN, Channel.SMS, None, rome("2026-03-02 12:00")) == rome("2026-03-02 12:00")


# --- One SMS


@pytest.mark.parametrize(
    ("text", "fits"),
    [("a" * 160, True), ("a" * 161, False), ("€" * 80, True), ("€" * 81, False), ("я" * 70, True), ("я" * 71, False),
     ("😀" * 35, True), ("😀" * 36, False), ("perché è così" * 12, True)],
)  # fmt: skip
def test_one_sms_holds_160_of_its_own_letters_and_70_of_others(text, fits):
    assert fits_one_sms(text) == fits


def test_text_becomes_one_sms_by_losing_accents_before_words():
    assert fitted_to_sms("L’edicola “Márquez” è pronta …") == 'L\'edicola "Marquez" è pronta ...'
    assert fits_one_sms(fitted_to_sms("parola " * 60))
    assert fits_one_sms(fitted_to_sms("слово " * 60))
    assert fits_one_sms(fitted_to_sms("ж" * 500))
    assert places_in_sms(fitted_to_sms("[" * 500)) <= 160
