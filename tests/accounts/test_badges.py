"""Badges and PINs for shared desks: set, used, and attacked."""

import datetime as dt

import pytest
from django.db import IntegrityError

from accounts.badges import colleague_with, remove_badge, set_badge
from accounts.encryption import badge_hash, tax_code_hash
from accounts.errors import (
    BadgeOrPinWrong,
    BadgeTaken,
    BadgeTooShort,
    DeskPinLocked,
    DeskPinWeak,
    NoBadgeForThisUser,
)
from accounts.models import Act, DeskBadge, User
from accounts.policy import is_good_desk_pin
from milanolib import clock
from tests.factories import LibrarianFactory, UserFactory
from tests.story import fresh

BADGE, PIN = "8012345678905", "40917"


@pytest.fixture
def anna(db):
    librarian = LibrarianFactory(name="Anna")
    set_badge(librarian, BADGE, PIN)
    return librarian


def fail(times, badge=BADGE):
    for _time in range(times):
        with pytest.raises(BadgeOrPinWrong):
            colleague_with(badge, "13579")


def test_set_badge_opens_with_badge_and_pin_and_keeps_neither(anna):
    row = DeskBadge.objects.get()

    assert colleague_with(f" {BADGE} ", PIN) == anna
    assert BADGE not in row.badge_hash
    assert PIN not in row.pin_hash
    assert row.badge_hash == badge_hash(BADGE) != tax_code_hash(BADGE)
    assert (Act.objects.get().verb, Act.objects.get().subject) == ("set_badge", f"user:{anna.pk}")


def test_set_badge_again_takes_the_place_of_the_first(anna):
    set_badge(anna, "9788804668237", "86420")

    assert colleague_with("9788804668237", "86420") == anna
    for badge, pin in ((BADGE, PIN), ("9788804668237", PIN)):
        with pytest.raises(BadgeOrPinWrong):
            colleague_with(badge, pin)


def test_set_badge_refuses_a_colleagues(anna):
    with pytest.raises(BadgeTaken):
        set_badge(LibrarianFactory(), BADGE, "86420")
    assert colleague_with(BADGE, PIN) == anna


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_staff": False}, {"is_superuser": True}])
def test_set_badge_takes_the_badge_of_who_has_left(anna, change):
    User.objects.filter(pk=anna.pk).update(**change)
    bruno = LibrarianFactory()

    set_badge(bruno, BADGE, "86420")

    assert colleague_with(BADGE, "86420") == bruno


def test_set_badge_is_for_librarians_only(db):
    operator = UserFactory(is_staff=True, is_superuser=True)
    for user in (operator, UserFactory(), LibrarianFactory(is_active=False)):
        with pytest.raises(NoBadgeForThisUser):
            set_badge(user, BADGE, PIN)


def test_set_badge_refuses_what_anybody_guesses(db):
    librarian = LibrarianFactory()
    with pytest.raises(BadgeTooShort):
        set_badge(librarian, " 12 345 ", PIN)
    for pin in ("1234", "00000", "12345", "98765", "123456789", "1234a", "", "٤٠٩١٧"):
        with pytest.raises(DeskPinWeak):
            set_badge(librarian, BADGE, pin)
    assert not DeskBadge.objects.exists()


def test_is_good_desk_pin_takes_steps_that_are_not_all_one(db):
    assert [is_good_desk_pin(pin) for pin in ("12346", "13579", "90123", "55554")] == [True] * 4


def test_remove_badge_opens_nothing_any_more(anna):
    for _time in range(2):
        remove_badge(anna)

    fail(1)
    assert Act.objects.filter(verb="remove_badge").count() == 1


# --- Attacks


def test_colleague_with_rests_after_five_wrong_pins_for_half_an_hour(monday, anna):
    fail(5)

    with pytest.raises(DeskPinLocked):
        colleague_with(BADGE, PIN)
    monday.shift(dt.timedelta(minutes=30))
    assert colleague_with(BADGE, PIN) == anna


def test_colleague_with_forgets_wrong_pins_after_a_right_one(anna):
    fail(4)
    colleague_with(BADGE, PIN)
    fail(4)

    assert colleague_with(BADGE, PIN) == anna


def test_setting_the_badge_anew_wakes_it(anna):
    fail(5)

    set_badge(anna, BADGE, "86420")

    assert colleague_with(BADGE, "86420") == anna


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_staff": False}, {"is_superuser": True}])
def test_colleague_with_answers_like_a_wrong_pin_for_who_may_not(anna, change):
    User.objects.filter(pk=anna.pk).update(**change)

    with pytest.raises(BadgeOrPinWrong):
        colleague_with(BADGE, PIN)
    assert fresh(anna.desk_badge).pin_failures == 0


@pytest.mark.parametrize("badge", ["", "unknown-badge", BADGE + "0", "\x00"])
def test_colleague_with_answers_like_a_wrong_pin_for_a_badge_of_nobody(anna, badge):
    with pytest.raises(BadgeOrPinWrong):
        colleague_with(badge, PIN)


@pytest.mark.django_db(transaction=True)
def test_colleague_with_counts_guesses_sent_all_at_once(rivals):
    set_badge(LibrarianFactory(), BADGE, PIN)

    outcomes = rivals(*[lambda: colleague_with(BADGE, "13579")] * 7)

    assert sorted(type(one).__name__ for one in outcomes) == ["BadgeOrPinWrong"] * 5 + ["DeskPinLocked"] * 2


@pytest.mark.django_db(transaction=True)
def test_set_badge_at_once_gives_a_badge_to_one(rivals):
    users = [LibrarianFactory(), LibrarianFactory()]

    outcomes = rivals(*[lambda user=user: set_badge(user, BADGE, PIN) for user in users])

    assert sorted(type(one).__name__ for one in outcomes) == ["BadgeTaken", "DeskBadge"]


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"badge_hash": "x", "pin_hash": ""}, "deskbadge_has_badge_and_pin"),
        ({"badge_hash": "", "pin_hash": "x"}, "deskbadge_has_badge_and_pin"),
    ],
)
def test_a_badge_without_a_pin_cannot_be_stored(db, fields, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        DeskBadge.objects.create(user=LibrarianFactory(), set_at=clock.now(), **fields)


def test_a_badge_stands_once(anna):
    with pytest.raises(IntegrityError, match="deskbadge_badge_once"):
        DeskBadge.objects.create(
            user=LibrarianFactory(), badge_hash=anna.desk_badge.badge_hash, pin_hash="x", set_at=clock.now()
        )
