"""Signing in and up: with the e-mail address or the card, limited in attempts, and without the cache too."""

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.test import override_settings
from django.urls import reverse

from accounts.models import Reader, ReaderStatus, User
from outbox.models import Event
from tests.factories import ReaderFactory, UserFactory
from tests.factories.people import PASSWORD

pytestmark = pytest.mark.django_db
AWAY = {
    "default": {
        "BACKEND": "milanolib.cache.ForgivingRedisCache",
        "LOCATION": "redis://127.0.0.1:1/0",
        "OPTIONS": {"socket_timeout": 0.2, "socket_connect_timeout": 0.2},
    }
}


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def anna():
    user = UserFactory()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return ReaderFactory(user=user)


def sign_in(client, login, password=PASSWORD):
    return client.post(reverse("account_login"), {"login": login, "password": password})


def test_sign_in_with_the_address_in_any_case_or_with_the_card_typed_with_blanks(client, anna):
    spaced = f" {anna.card_number[:4]} {anna.card_number[4:].lower()} "

    for login in (anna.user.email.upper(), anna.card_number, spaced):
        answer = sign_in(client, login)
        assert answer.status_code == 302, login
        client.logout()


def test_sign_in_says_the_same_of_an_unknown_card_and_of_a_wrong_password(client, anna):
    unknown = sign_in(client, "ML10000008")
    wrong = sign_in(client, anna.card_number, "not the password")

    def errors(answer):
        return [str(error) for error in answer.context["form"].non_field_errors()]

    assert errors(unknown) == errors(wrong) != []


def test_sign_in_rests_after_five_wrong_passwords(client, anna):
    for _attempt in range(5):
        sign_in(client, anna.user.email, "not the password")

    assert sign_in(client, anna.user.email).status_code != 302


def test_sign_in_works_while_the_cache_is_away(client, anna):
    with override_settings(CACHES=AWAY):
        answer = sign_in(client, anna.user.email)

    assert answer.status_code == 302


def test_sign_in_before_the_address_is_confirmed_sends_the_message_again(client):
    user = UserFactory()
    ReaderFactory(user=user)

    answer = sign_in(client, user.email)

    assert answer["Location"] == reverse("account_email_verification_sent")
    assert Event.objects.filter(kind="accounts.email_to_confirm").count() == 1


def test_sign_up_makes_a_provisional_reader_with_a_single_name(client):
    answer = client.post(
        reverse("account_signup"),
        {"given_name": "Suharto", "email": "s@example.org", "password1": PASSWORD, "accepts_rules": "on"},
    )

    reader = Reader.objects.get()
    assert answer.status_code == 302
    assert (reader.status, reader.full_name, reader.user.email) == (
        ReaderStatus.PROVISIONAL,
        "Suharto",
        "s@example.org",
    )


def test_sign_up_with_a_known_address_tells_a_stranger_nothing(client, anna):
    answer = client.post(
        reverse("account_signup"),
        {"given_name": "X", "email": anna.user.email, "password1": PASSWORD, "accepts_rules": "on"},
    )

    assert answer["Location"] == reverse("account_email_verification_sent")
    assert User.objects.count() == 1
    assert Reader.objects.count() == 1


def test_sign_up_without_accepting_the_rules_keeps_what_was_typed(client):
    answer = client.post(reverse("account_signup"), {"given_name": "Nadia", "email": "n@example.org"})

    assert "Nadia" in answer.content.decode()
    assert not User.objects.exists()


def test_password_reset_writes_a_message_for_a_known_address_only(client, anna):
    known = client.post(reverse("account_reset_password"), {"email": anna.user.email})
    unknown = client.post(reverse("account_reset_password"), {"email": "nobody@example.org"})

    assert known["Location"] == unknown["Location"]
    assert Event.objects.filter(kind="accounts.password_to_reset").count() == 1


def test_wrong_passwords_for_some_cards_do_not_shut_out_another_card(client, anna):
    for number in range(5):
        sign_in(client, f"ML1000000{number}", "not the password")
        sign_in(client, ReaderFactory().card_number, "not the password")

    assert sign_in(client, anna.card_number).status_code == 302


def test_sign_in_of_a_child_without_an_address_needs_no_confirmation(client):
    child = ReaderFactory(user=UserFactory(email=None))

    answer = sign_in(client, child.card_number)

    assert answer["Location"] == reverse("portal:mine")
    assert client.get(reverse("portal:mine")).status_code == 200


def test_pages_of_a_signed_in_person_are_not_kept_by_the_browser(client, anna):
    sign_in(client, anna.user.email)

    assert "no-store" in client.get(reverse("portal:mine"))["Cache-Control"]
