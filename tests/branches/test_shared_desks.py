"""Computers that colleagues share: taken over by badge, at rest without use, and attacked."""

import datetime as dt

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from accounts.badges import set_badge
from accounts.errors import BadgeOrPinWrong, DeskPinLocked
from accounts.models import Act, DeskBadge, User
from branches.models import Place, Posting
from branches.postings import desk_of
from tests.factories import BranchFactory, LibrarianFactory, ManagerFactory, ReaderFactory, UserFactory
from tests.factories.people import PASSWORD

BADGE, PIN = "8012345678905", "40917"
ENGLISH = {"Accept-Language": "en"}
SWITCH = "/gestione/banco/cambio/"
BADGE_PAGE = "/gestione/banco/badge/"
DESK = "/gestione/lettori/"


@pytest.fixture(autouse=True)
def fresh_limits(monday, db):
    """The clock stands still; limits on attempts begin anew."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def north():
    return BranchFactory(code="north")


@pytest.fixture
def anna(north):
    return known(LibrarianFactory(name="Anna", desk=north))


@pytest.fixture
def bruno(north):
    user = LibrarianFactory(name="Bruno", desk=BranchFactory(code="home-of-bruno"))
    Posting.objects.create(user=user, place=north)
    set_badge(user, BADGE, PIN)
    return user


@pytest.fixture
def computer(anna):
    """The browser of a desk in which Anna has signed in with her password."""
    return opened_by(anna)


def known(user):
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def opened_by(user):
    client = Client(headers=ENGLISH)
    answer = client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    assert answer.status_code == 302
    return client


def takes_over(client, badge=BADGE, pin=PIN, **fields):
    return client.post(SWITCH, {"badge": badge, "pin": pin, **fields})


def who(client):
    return User.objects.get(pk=client.session["_auth_user_id"])


# --- Taking over


def test_switch_hands_the_desk_over_with_the_place_and_is_written_down(computer, anna, bruno, north):
    answer = takes_over(computer)

    assert answer["Location"] == reverse("admin:index")
    assert who(computer) == bruno
    assert desk_of(bruno) == north
    act = Act.objects.get(verb="switch_user")
    assert (act.staff, act.subject, act.reason) == (bruno, f"user:{bruno.pk}", f"from user:{anna.pk}")
    assert act.place_code == "north"


def test_switch_leaves_a_colleague_at_her_own_desk_who_is_not_posted_here(computer, bruno, north):
    Posting.objects.filter(user=bruno, place=north).delete()

    takes_over(computer)

    assert desk_of(bruno).code == "home-of-bruno"
    assert Act.objects.get(verb="switch_user").place_code == "home-of-bruno"


def test_switch_gives_the_permissions_of_the_new_colleague_and_nobody_elses(anna, bruno):
    manager = known(ManagerFactory(desk=BranchFactory()))
    client = opened_by(manager)
    acts = reverse("admin:accounts_act_changelist")
    assert client.get(acts).status_code == 200

    takes_over(client)

    assert client.get(acts).status_code == 403
    assert client.get(DESK).status_code == 200


def test_switch_begins_a_new_session_and_carries_nothing_over(computer, bruno):
    computer.get(DESK)
    session = computer.session
    session["desk_readers"] = {"key": {"reader": 1}}
    session.save()
    before = computer.session.session_key

    takes_over(computer)

    assert computer.session.session_key != before
    assert "desk_readers" not in computer.session
    stale = Client(headers=ENGLISH)
    stale.cookies["sessionid"] = before
    assert computer.get(DESK).status_code == 200
    assert stale.get(DESK)["Location"].startswith("/accesso/")


def test_switch_to_oneself_wakes_the_desk_with_a_new_session_and_no_act(computer, anna):
    set_badge(anna, "anna-badge", PIN)
    before = computer.session.session_key

    answer = takes_over(computer, "anna-badge", next=DESK)

    assert answer["Location"] == DESK
    assert computer.session.session_key != before
    assert computer.get(DESK).status_code == 200
    assert not Act.objects.filter(verb="switch_user").exists()


def test_a_page_that_the_colleague_before_had_open_does_nothing(anna, bruno):
    client = Client(headers=ENGLISH, enforce_csrf_checks=True)
    client.get(reverse("account_login"))
    token = client.cookies["csrftoken"].value
    client.post(reverse("account_login"), {"login": anna.email, "password": PASSWORD, "csrfmiddlewaretoken": token})
    old = client.get(SWITCH).context["csrf_token"]
    assert str(old)
    takes = client.post(SWITCH, {"badge": BADGE, "pin": PIN, "csrfmiddlewaretoken": str(old)})
    assert takes.status_code == 302

    answer = client.post(reverse("admin:desk_place"), {"place": "1", "csrfmiddlewaretoken": str(old)})

    assert answer.status_code == 403


# --- Attacks


@pytest.mark.parametrize(("badge", "pin"), [(BADGE, "13579"), ("nobody's", PIN), ("", PIN), (BADGE, ""), ("\x00", PIN)])
def test_switch_refuses_what_is_not_right_and_shows_neither_badge_nor_pin(computer, anna, bruno, badge, pin):
    answer = takes_over(computer, badge, pin)

    assert answer.status_code == 422
    assert who(computer) == anna
    assert BADGE.encode() not in answer.content
    assert PIN.encode() not in answer.content


def test_switch_rests_after_five_wrong_pins(computer, bruno):
    said = [takes_over(computer, pin="13579").context["refusal"] for _time in range(5)]

    assert [type(one) for one in said] == [BadgeOrPinWrong] * 5
    assert isinstance(takes_over(computer).context["refusal"], DeskPinLocked)


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_staff": False}, {"is_superuser": True}])
def test_switch_never_leads_to_who_left_nor_to_an_operator(computer, anna, bruno, change):
    User.objects.filter(pk=bruno.pk).update(**change)

    assert takes_over(computer).status_code == 422
    assert who(computer) == anna


def test_badge_and_pin_alone_sign_nobody_in(bruno):
    client = Client(headers=ENGLISH)

    assert takes_over(client)["Location"].startswith("/accesso/")
    assert "_auth_user_id" not in client.session


def test_badge_opens_nothing_in_the_browser_of_a_reader(bruno):
    reader = known(ReaderFactory(signs_in=True).user)
    client = opened_by(reader)

    answer = client.post(SWITCH, {"badge": BADGE, "pin": PIN}, follow=True)

    assert answer.status_code == 403
    assert who(client) == reader


def test_badge_opens_nothing_where_nobody_typed_a_password(anna, bruno):
    client = Client(headers=ENGLISH)
    client.force_login(anna, backend="accounts.backends.CardBackend")

    answer = takes_over(client)

    assert answer.status_code == 422
    assert b"Nobody has signed in with a password on this computer today" in answer.content
    assert who(client) == anna


def test_badge_opens_nothing_on_the_next_day_however_often_the_desk_changed_hands(monday, computer, anna, bruno):
    set_badge(anna, "anna-badge", PIN)
    takes_over(computer)
    takes_over(computer, "anna-badge")
    monday.shift(dt.timedelta(hours=15, minutes=5))  # five past midnight

    answer = takes_over(computer)

    assert answer.status_code == 422
    assert who(computer) == anna


def test_signing_out_leaves_no_way_back_but_the_password(computer, bruno):
    computer.post(reverse("account_logout"))

    assert takes_over(computer)["Location"].startswith("/accesso/")


def test_a_new_password_of_the_colleague_ends_the_session(computer, bruno):
    takes_over(computer)
    assert computer.get(DESK).status_code == 200
    bruno.set_password("another long password")
    bruno.save()

    assert computer.get(DESK)["Location"].startswith("/accesso/")


@pytest.mark.parametrize("path", ["/mio/", "/accesso/email/", "/accesso/password/cambia/"])
def test_a_badge_opens_the_desk_and_on_the_portal_its_colleague_is_nobody(computer, bruno, path):
    assert computer.get(path).status_code == 200
    takes_over(computer)

    assert computer.get(path)["Location"] == f"{reverse('account_login')}?next={path}"
    assert not computer.get("/").context["user"].is_authenticated
    assert computer.get(DESK).status_code == 200


def test_who_types_the_password_after_a_badge_has_all_again_in_a_new_session(computer, bruno):
    known(bruno)
    takes_over(computer)
    before = computer.session.session_key

    computer.post(reverse("account_login"), {"login": bruno.email, "password": PASSWORD})

    assert computer.get("/mio/").status_code == 200
    assert computer.session.session_key != before


def test_who_becomes_an_operator_later_does_not_keep_what_a_badge_opened(computer, bruno):
    takes_over(computer)
    User.objects.filter(pk=bruno.pk).update(is_superuser=True)

    assert computer.get(DESK)["Location"].startswith(SWITCH)


# --- Rest


def test_a_desk_rests_after_ten_minutes_and_only_the_badge_wakes_it(monday, computer, bruno):
    computer.get(DESK)
    monday.shift(dt.timedelta(minutes=9, seconds=59))
    assert computer.get(DESK).status_code == 200
    monday.shift(dt.timedelta(minutes=10))

    for path in (DESK, "/gestione/", "/mio/", "/", "/gestione/accounts/reader/"):
        assert computer.get(path)["Location"].startswith(SWITCH), path
    resting = computer.get(SWITCH)
    assert b"came to rest" in resting.content
    assert b"desk-nav" not in resting.content
    takes_over(computer)

    assert computer.get(DESK).status_code == 200
    assert who(computer) == bruno


def test_a_desk_at_rest_does_nothing_that_is_sent(monday, computer, anna):
    reader = ReaderFactory()
    computer.get(DESK)
    monday.shift(dt.timedelta(minutes=10))

    plain = computer.post(reverse("admin:reader_renew", args=[reader.pk]), {"desk": desk_of(anna).pk})
    htmx = computer.post(DESK, {"scan": "x"}, headers={"HX-Request": "true"})

    assert plain["Location"] == SWITCH
    assert (htmx.status_code, htmx["HX-Redirect"]) == (204, SWITCH)
    assert not Act.objects.exists()


def test_a_desk_at_rest_can_be_signed_out_of(monday, computer):
    computer.get(DESK)
    monday.shift(dt.timedelta(hours=1))

    assert computer.post(reverse("account_logout")).status_code == 302
    assert computer.get(DESK)["Location"].startswith("/accesso/")


def test_a_library_says_after_how_long_its_desks_rest(monday, computer, north):
    Place.objects.filter(pk=north.pk).update(desk_idle_minutes=30)
    computer.get(DESK)

    monday.shift(dt.timedelta(minutes=29))
    assert computer.get(DESK).status_code == 200
    monday.shift(dt.timedelta(minutes=30))

    assert computer.get(DESK).status_code == 302


def test_pages_that_look_for_news_by_themselves_keep_no_desk_awake(monday, computer):
    computer.get(DESK)
    for _minute in range(10):
        monday.shift(dt.timedelta(minutes=1))
        computer.get(DESK, headers={"HX-Request": "true"})

    assert computer.get(DESK).status_code == 302


def test_a_colleagues_own_telephone_that_opened_no_desk_never_rests(monday, computer):
    computer.get("/mio/")
    monday.shift(dt.timedelta(hours=5))

    assert computer.get("/mio/").status_code == 200


def test_way_back_leads_only_to_pages_of_ours_and_only_who_was_there(computer, anna, bruno):
    set_badge(anna, "anna-badge", PIN)

    assert takes_over(computer, "anna-badge", next="https://elsewhere.example/")["Location"] == "/gestione/"
    assert takes_over(computer, next="/gestione/lettori/1/")["Location"] == "/gestione/"


# --- One's own badge


def confirm_password(client):
    answer = client.post(reverse("account_reauthenticate"), {"password": PASSWORD, "next": BADGE_PAGE})
    assert answer["Location"] == BADGE_PAGE


def test_badge_page_asks_for_the_password_first_whoever_sits_there(computer, anna):
    assert computer.get(BADGE_PAGE)["Location"].startswith(reverse("account_reauthenticate"))
    refused = computer.post(BADGE_PAGE, {"badge": BADGE, "pin": PIN, "again": PIN})
    assert refused["Location"] == BADGE_PAGE
    assert PIN not in str(dict(computer.session))
    assert not DeskBadge.objects.exists()

    confirm_password(computer)
    saved = computer.post(BADGE_PAGE, {"badge": BADGE, "pin": PIN, "again": PIN})

    assert saved["Location"] == SWITCH
    assert DeskBadge.objects.get().user == anna


def test_badge_page_in_a_session_by_badge_asks_for_the_password_too(computer, bruno):
    takes_over(computer)

    assert computer.get(BADGE_PAGE)["Location"].startswith(reverse("account_reauthenticate"))
    wrong = computer.post(reverse("account_reauthenticate"), {"password": PIN, "next": BADGE_PAGE})
    assert wrong.status_code == 200
    confirm_password(computer)

    assert computer.get(BADGE_PAGE).status_code == 200
    assert computer.get("/mio/").status_code == 302, "the password was asked for this page only"


@pytest.mark.parametrize(
    "fields",
    [
        {"badge": ""},
        {"badge": "123"},
        {"badge": BADGE},
        {"pin": "12345", "again": "12345"},
        {"again": "86421"},
        {"pin": "", "again": ""},
    ],
)
def test_badge_page_refuses_what_is_not_good_and_keeps_no_pin(computer, bruno, fields):
    confirm_password(computer)

    answer = computer.post(BADGE_PAGE, {"badge": "anna-badge", "pin": "86420", "again": "86420", **fields})

    assert answer.status_code == 422
    assert b"86420" not in answer.content
    assert DeskBadge.objects.get().user == bruno


def test_badge_page_takes_the_badge_away(computer, anna):
    set_badge(anna, "anna-badge", PIN)
    confirm_password(computer)

    computer.post(BADGE_PAGE, {"remove": "1"})

    assert not DeskBadge.objects.exists()


def test_badge_page_tells_an_operator_that_there_is_none(db):
    operator = known(UserFactory(is_staff=True, is_superuser=True))
    client = opened_by(operator)
    confirm_password(client)

    assert b"librarians only" in client.get(BADGE_PAGE).content
    assert client.post(BADGE_PAGE, {"badge": BADGE, "pin": PIN, "again": PIN}).status_code == 422
    assert not DeskBadge.objects.exists()


def test_shared_desk_pages_are_for_staff(db):
    reader = Client()
    reader.force_login(UserFactory(), backend="accounts.backends.CardBackend")

    for path in (SWITCH, BADGE_PAGE):
        assert reader.get(path, follow=True).status_code == 403
        assert Client().get(path)["Location"].startswith("/accesso/")


@pytest.mark.parametrize("minutes", [0, 121])
def test_a_desk_rests_within_two_hours(db, minutes):
    with pytest.raises(IntegrityError, match="place_desk_rests_within_two_hours"):
        BranchFactory(desk_idle_minutes=minutes)
