"""Letters that came back mark the address; the reader is asked to mend it, and what works is written to again."""

import datetime as dt
import os
import subprocess
import sys

import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse

from milanolib import clock
from notifications.bounces import read_report, take_bounce
from notifications.delivery import deliver
from notifications.marks import FULL_TIMES, broken_among, mark_address, mend_address
from notifications.mending import has_broken_address
from notifications.models import AddressMark, Message, MessageStatus
from outbox.events import dispatch

pytestmark = pytest.mark.django_db
ADDRESS = "/messaggi/tornati/"
REPORT = """\
From: MAILER-DAEMON@mail.example.org
To: biblioteche@milanolib.example
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.org
Arrival-Date: Mon, 2 Mar 2026 09:00:00 +0100

Final-Recipient: rfc822; {address}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 no

--b
Content-Type: {kind}

From: biblioteche@milanolib.example
To: {address}
Message-ID: {message_id}
Subject: Pronta

{body}
--b--
"""


@pytest.fixture
def sent(anna, post, story):
    """A letter that Anna was sent."""
    story.at_the_point(story.copies(1)[0].title, reader=anna)
    dispatch()
    deliver()
    return Message.objects.get(kind="hold_ready", channel="email")


def report(message, *, status="5.1.1", action="failed", kind="message/rfc822", **other):
    values = {"address": message.person.email, "message_id": message.message_id, "body": "Testo.", **other}
    return REPORT.format(status=status, action=action, kind=kind, **values).replace("\n", "\r\n").encode()


@pytest.mark.parametrize("kind", ["message/rfc822", "text/rfc822-headers"])
def test_report_of_an_address_that_is_no_more_marks_it(sent, anna, kind):
    assert take_bounce(report(sent, kind=kind)) == 1

    assert AddressMark.objects.get().why == AddressMark.Why.BOUNCED
    assert has_broken_address(anna.user)


def test_report_is_taken_from_the_mail_server_that_knows_the_secret(sent, anna, client, settings):
    settings.BOUNCE_SECRET = "parola"
    raw = report(sent)

    stranger = client.post(ADDRESS, raw, content_type="message/rfc822", headers={"Authorization": "Bearer altra"})
    known = client.post(ADDRESS, raw, content_type="message/rfc822", headers={"Authorization": "Bearer parola"})
    settings.BOUNCE_SECRET = ""
    closed = client.post(ADDRESS, raw, content_type="message/rfc822", headers={"Authorization": "Bearer "})

    assert (stranger.status_code, known.status_code, closed.status_code) == (401, 200, 404)
    assert known.json() == {"reported": 1}
    assert AddressMark.objects.count() == 1


def hand_in(raw, database):
    """Run the command as an alias of the mail server does, with the report on its standard input."""
    command = [sys.executable, "manage.py", "take_bounce"]
    environment = {**os.environ, "DATABASE_URL": database}
    return subprocess.run(command, input=raw, env=environment, cwd=settings.BASE_DIR, capture_output=True, check=False)


@pytest.mark.django_db(transaction=True)
def test_report_is_taken_by_the_command_too(sent, database):
    done = [hand_in(raw, database) for raw in (report(sent), report(sent), b"Subject: Sono in ferie\r\n\r\nTorno.")]

    assert [(one.returncode, one.stdout[:1]) for one in done] == [(0, b"1"), (0, b"1"), (0, b"0")]
    assert AddressMark.objects.get().why == AddressMark.Why.BOUNCED


def test_report_is_left_with_the_mail_server_while_the_database_is_away(tmp_path):
    done = hand_in(REPORT.encode(), f"postgres://nobody@{str(tmp_path).replace('/', '%2F')}/nothing")

    assert done.returncode == os.EX_TEMPFAIL
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(
    "forged",
    [
        {"message_id": "<message-1.000000000000@milanolib.example>"},
        {"message_id": "<altro@example.org>"},
        {"message_id": ""},
        {"address": "altra@example.org"},
    ],
)
def test_report_about_no_letter_of_ours_marks_nobody(sent, forged):
    assert take_bounce(report(sent, **forged)) == 0
    assert not AddressMark.objects.exists()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe\x00",
        b"Subject: Sono in ferie\r\n\r\nTorno lunedi.",
        b"Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n\n--b--",
        b"Content-Type: multipart/report\r\n\r\nnothing",
    ],
)
def test_what_is_no_report_is_read_as_nothing(raw):
    assert read_report(raw) == []
    assert take_bounce(raw) == 0


@pytest.mark.parametrize(
    ("status", "action"),
    [("4.1.1", "delayed"), ("5.7.1", "failed"), ("5.4.4", "failed"), ("2.0.0", "delivered"), ("", "failed")],
)
def test_report_that_says_nothing_of_the_address_marks_nobody(sent, status, action):
    assert take_bounce(report(sent, status=status, action=action)) == 1
    assert not AddressMark.objects.exists()


def test_mailbox_that_is_full_is_broken_after_some_times(sent, anna, monday):
    for time in range(FULL_TIMES):
        assert not has_broken_address(anna.user), time
        take_bounce(report(sent, status="5.2.2"))
        monday.shift(dt.timedelta(days=1))

    assert has_broken_address(anna.user)


def test_mailbox_that_was_full_long_ago_counts_anew(sent, anna, monday):
    for _time in range(FULL_TIMES + 1):
        take_bounce(report(sent, status="5.2.2"))
        monday.shift(dt.timedelta(days=31))

    assert not has_broken_address(anna.user)


def test_full_takes_nothing_from_what_is_worse(sent, anna):
    take_bounce(report(sent))
    take_bounce(report(sent, status="5.2.2"))

    assert AddressMark.objects.get().why == AddressMark.Why.BOUNCED
    assert has_broken_address(anna.user)


def test_reader_is_asked_once_and_not_by_mail(sent, anna, post):
    for _time in range(3):
        take_bounce(report(sent))
    deliver()

    asked = Message.objects.filter(kind="address_broken")
    assert asked.exists()
    assert not asked.filter(channel="email", status=MessageStatus.SENT).exists()
    assert len(post(anna.user.email)) == 1


def test_reader_is_asked_on_their_page_and_says_that_it_works(sent, anna, client):
    client.force_login(anna.user, backend="accounts.backends.CardBackend")
    assert b"/mio/indirizzo/" not in client.get("/mio/").content
    take_bounce(report(sent))
    assert b"/mio/indirizzo/" in client.get("/mio/").content

    answer = client.post("/mio/indirizzo/", follow=True)

    assert not has_broken_address(anna.user)
    assert b"/mio/indirizzo/" not in answer.content
    assert client.get("/mio/indirizzo/").status_code == 405


def test_address_works_is_for_who_is_signed_in(client):
    assert client.post("/mio/indirizzo/").status_code == 302


def test_confirmed_address_is_written_to_again(sent, anna, client):
    take_bounce(report(sent))
    address = EmailAddress.objects.create(user=anna.user, email=anna.user.email, verified=False, primary=True)

    client.post(reverse("account_confirm_email", args=[EmailConfirmationHMAC(address).key]))
    dispatch()

    assert not has_broken_address(anna.user)


def test_another_address_has_no_mark(sent, anna):
    take_bounce(report(sent))

    anna.user.email = f"nuova-{anna.user.email}"

    assert not has_broken_address(anna.user)


def test_mark_knows_no_address_and_no_case(db):
    mark_address("email", "Anna@Example.org", AddressMark.Why.BOUNCED)

    assert broken_among("email", ["anna@example.org", "bea@example.org"]) == {"anna@example.org"}
    assert "example" not in str(AddressMark.objects.values().get())
    assert mend_address("email", "ANNA@example.org")
    assert not mend_address("email", "ANNA@example.org")
    assert broken_among("email", ["anna@example.org"]) == set()


def test_mark_stands_once_for_an_address(db):
    mark = mark_address("email", "a@example.org", AddressMark.Why.BOUNCED)

    with pytest.raises(IntegrityError, match="addressmark_once_per_address"), transaction.atomic():
        AddressMark.objects.create(
            channel="email", address_hash=mark.address_hash, why=AddressMark.Why.FULL, marked_at=clock.now()
        )
