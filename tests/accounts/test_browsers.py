"""A sign-in from another device is told; one from a known browser, and the very first, are not. Cards that expire."""

import datetime as dt

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.browsers import COOKIE, MOST_PEOPLE
from accounts.cards_of_readers import remind_of_cards, renew_card
from accounts.models import ReaderStatus
from milanolib import clock
from notifications.delivery import deliver
from notifications.models import Message, MessageStatus
from outbox.events import dispatch
from tests.factories import ReaderFactory, UserFactory
from tests.factories.people import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna(monday):
    user = UserFactory()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return ReaderFactory(user=user)


def sign_in(client, reader):
    answer = client.post(reverse("account_login"), {"login": reader.user.email, "password": PASSWORD})
    assert answer.status_code == 302
    client.post(reverse("account_logout"))
    dispatch()
    deliver()


def test_sign_in_from_another_device_is_told_and_from_a_known_one_not(anna, monday):
    phone, computer = Client(), Client()
    sign_in(phone, anna)
    assert mail.outbox == [], "the first of all"

    sign_in(phone, anna)
    assert mail.outbox == []
    monday.shift(dt.timedelta(minutes=1))
    sign_in(computer, anna)
    sign_in(computer, anna)

    (letter,) = mail.outbox
    assert "/accesso/password/" in letter.body
    assert anna.card_number not in computer.cookies[COOKIE].value


def test_browser_of_a_family_knows_its_last_five(anna):
    client = Client()
    for _number in range(MOST_PEOPLE + 1):
        user = UserFactory()
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        sign_in(client, ReaderFactory(user=user))

    assert len(client.cookies[COOKIE].value.split(".")) == MOST_PEOPLE


def test_cookie_of_somebody_else_makes_no_browser_known(anna, monday):
    sign_in(Client(), anna)
    stranger = Client()
    stranger.cookies[COOKIE] = "0" * 24 + ".x"
    monday.shift(dt.timedelta(minutes=1))

    sign_in(stranger, anna)

    assert len(mail.outbox) == 1


def test_remind_of_cards_tells_once_a_month_before_and_not_when_renewed(anna):
    soon, later, closed = (ReaderFactory(user=UserFactory()) for _number in range(3))
    today = clock.today()
    for reader, days in ((anna, 30), (soon, 3), (later, 31), (closed, 3)):
        reader.card_expires_on = today + dt.timedelta(days=days)
        reader.save()
    closed.status = ReaderStatus.CLOSED
    closed.save()

    assert (remind_of_cards(), remind_of_cards()) == (2, 2)
    dispatch()
    renew_card(soon, actor=None)
    deliver()

    outcomes = dict(Message.objects.values_list("reader", "status"))
    assert outcomes == {anna.pk: MessageStatus.SENT, soon.pk: MessageStatus.MOOT}
