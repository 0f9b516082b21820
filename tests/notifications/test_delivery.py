"""Messages: written once, true when they go, sent through a real mail server."""

import datetime as dt
import socket
import threading

import pytest
from django.test import override_settings

from accounts.choices import choose_renewal
from loans.holds import cancel_hold, expire_holds
from loans.keeping import add_copy, withdraw_copy
from loans.reminders import remind
from loans.renewals import renew_all, renew_by_themselves, renew_loan
from loans.undoing import last_act_of, undo_last_act, undoably
from loans.unfillable import look_at_unfillable
from notifications import delivery, kinds
from notifications.channels.email import EmailCarrier
from notifications.delivery import LEASE, deliver
from notifications.models import Message, MessageStatus
from notifications.services import forget, write
from outbox.events import dispatch
from outbox.models import Event
from tests.factories import LibrarianFactory, TitleFactory, WorkFactory

pytestmark = pytest.mark.django_db


def text_of(letter):
    return letter.get_body(("plain",)).get_content()


def work():
    """Do what the worker does: events to messages, messages to the mail server."""
    dispatch()
    return deliver()


def test_ready_is_told_only_when_the_point_has_the_parcel_with_code_and_last_day(story, anna, post):
    hold, _copy, parcel = story.packed(story.copies(1)[0].title, reader=anna)
    work()
    assert post(anna.user.email) == []

    story.receive(parcel)
    work()

    hold.refresh_from_db()
    (letter,) = post(anna.user.email)
    text = text_of(letter)
    assert hold.pickup_code in text
    assert str(hold.keep_until.day) in text
    assert story.network.newsstand.name in text


def test_ready_is_told_once_however_often_the_worker_comes(story, anna, post):
    story.at_the_point(story.copies(1)[0].title, reader=anna)

    sent = [work() for _turn in range(3)]

    assert sent == [1, 0, 0]
    assert len(post(anna.user.email)) == 1


def test_ready_is_not_told_when_it_was_cancelled_meanwhile(story, anna, post):
    hold, _copy, _parcel = story.at_the_point(story.copies(1)[0].title, reader=anna)
    dispatch()
    cancel_hold(hold, actor=None)

    deliver()

    assert post(anna.user.email) == []
    assert Message.objects.get(kind="hold_ready").status == MessageStatus.MOOT


def test_expired_is_told_after_the_last_day(story, anna, post):
    story.at_the_point(story.copies(1)[0].title, reader=anna)
    story.later(days=9)

    assert expire_holds() == 1
    work()

    assert [letter["Subject"] for letter in post(anna.user.email)][-1]
    assert Message.objects.get(kind="hold_expired").status == MessageStatus.SENT


def test_receipt_is_told_with_point_and_minute(story, anna, post):
    copy = story.copies(1)[0]
    loan = story.lent(copy, reader=anna)
    story.later(minutes=17)
    story.take_back(copy)

    work()

    letter = post(anna.user.email)[-1]
    assert loan.receipt_number in letter["Subject"]
    assert "09:17" in text_of(letter)


def test_due_soon_is_told_once_and_not_when_renewed_meanwhile(story, anna, post):
    loan = story.lent(story.copies(1)[0], reader=anna)
    story.later(days=28)
    remind()
    dispatch()
    renew_loan(loan, actor=None)

    deliver()
    remind()
    work()

    assert post(anna.user.email) == []


def test_overdue_is_told_once_for_a_date(story, anna, post):
    story.lent(story.copies(1)[0], reader=anna)
    story.later(days=40)

    for _run in range(2):
        remind()
        work()

    assert len(post(anna.user.email)) == 1


def test_message_speaks_the_readers_language(story, anna, post):
    anna.user.language = "en"
    anna.user.save()
    story.at_the_point(story.copies(1)[0].title, reader=anna)

    work()

    assert post(anna.user.email)[0]["Subject"].startswith("Ready to be collected")


def test_reader_without_an_address_leaves_a_row_that_says_so(story, post):
    story.at_the_point(story.copies(1)[0].title)

    work()

    assert Message.objects.get().status == MessageStatus.NO_ADDRESS


def test_mail_server_away_puts_off_and_loses_nothing(story, anna, post, monday):
    story.at_the_point(story.copies(1)[0].title, reader=anna)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        closed_port = free.getsockname()[1]
    with override_settings(EMAIL_PORT=closed_port, EMAIL_TIMEOUT=2):
        work()
    message = Message.objects.get()
    assert (message.status, message.attempts) == (MessageStatus.WAITING, 1)

    monday.shift(dt.timedelta(minutes=1))

    assert deliver() == 1
    assert len(post(anna.user.email)) == 1


def test_mail_server_that_drops_after_the_text_is_sent_again_with_the_same_id_and_marked(story, anna, post, monday):
    story.at_the_point(story.copies(1)[0].title, reader=anna)
    with _ServerThatDropsAfterData() as port, override_settings(EMAIL_PORT=port, EMAIL_TIMEOUT=5):
        work()
    first = Message.objects.get()
    assert (first.status, first.may_be_double) == (MessageStatus.WAITING, True)

    monday.shift(dt.timedelta(minutes=1))
    deliver()

    again = Message.objects.get()
    assert (again.status, again.message_id) == (MessageStatus.SENT, first.message_id)
    assert post(anna.user.email)[0]["Message-ID"] == first.message_id


class _ServerThatDropsAfterData:
    """A mail server (a real socket) that takes the text and hangs up before it says so."""

    def __enter__(self):
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()
        return self.listening.getsockname()[1]

    def _serve(self):
        connection, _address = self.listening.accept()
        with connection, connection.makefile("rb") as lines:
            connection.sendall(b"220 here\r\n")
            for line in lines:
                if line.upper().startswith(b"DATA"):
                    connection.sendall(b"354 go on\r\n")
                elif line == b".\r\n":
                    return
                elif not line.upper().startswith((b"EHLO", b"HELO", b"MAIL FROM:", b"RCPT TO:")):
                    continue  # a line of the text
                else:
                    connection.sendall(b"250 ok\r\n")

    def __exit__(self, *error):
        self.listening.close()
        self.thread.join(5)


def test_message_in_the_hands_of_a_worker_that_died_goes_out_after_its_lease(story, anna, post, monday):
    story.at_the_point(story.copies(1)[0].title, reader=anna)
    dispatch()
    Message.objects.update(leased_until=dt.datetime.now(dt.UTC) + LEASE)

    assert deliver() == 0
    monday.shift(LEASE + dt.timedelta(seconds=1))
    assert deliver() == 1


def test_poisoned_message_does_not_stop_the_others(story, anna, post):
    write("nonsense", key="poison", reader=anna, params={})
    story.at_the_point(story.copies(1)[0].title, reader=anna)

    work()

    assert Message.objects.get(key="poison").last_error == "KeyError"
    assert len(post(anna.user.email)) == 1


def test_another_app_registers_a_kind_without_touching_this_one(anna, post, monday, monkeypatch):
    monkeypatch.setattr(kinds, "_kinds", {})
    kinds.register(kinds.Kind("receipt_sample", "sample", lambda message: None))
    write("receipt_sample", key="sample:1", reader=anna, params={"thing": 1})
    write("receipt_sample", key="sample:1", reader=anna, params={"thing": 1})

    deliver()

    assert Message.objects.get().status == MessageStatus.MOOT


def test_forget_blanks_what_a_message_was_about(anna):
    write("hold_ready", key="hold-ready:7:1", reader=anna, params={"hold": 7})

    assert forget("hold", [7]) == 1
    message = Message.objects.get()
    assert (message.params, message.key) == ({}, f"forgotten:{message.pk}")


def test_events_name_no_person_and_no_title(story, anna):
    hold, _copy, _parcel = story.at_the_point(story.copies(1)[0].title, reader=anna)

    texts = " ".join(str(event.payload) for event in Event.objects.all())

    for secret in (anna.given_name, anna.card_number, anna.user.email, hold.title.title):
        assert secret not in texts


def test_address_that_somebody_adds_gets_the_link_itself(anna, post, client):
    from allauth.account.models import EmailAddress

    EmailAddress.objects.create(user=anna.user, email=anna.user.email, verified=True, primary=True)
    client.force_login(anna.user, backend="accounts.backends.CardBackend")
    new = f"nuova-{anna.user.email}"

    client.post("/accesso/email/", {"action_add": "", "email": new})
    work()

    assert len(post(new)) == 1
    assert [letter for letter in post(anna.user.email) if letter["X-Envelope-To"] == anna.user.email] == []


def test_worker_whose_lease_ran_out_sends_nothing_more(story, anna, post, monday):
    for _number in range(3):
        copy = story.copies(1)[0]
        story.lent(copy, reader=anna)
        story.take_back(copy)
    dispatch()
    slow = delivery._claim("email", 10)
    monday.shift(LEASE + dt.timedelta(seconds=1))

    assert deliver() == 3
    assert delivery._send_all("email", EmailCarrier(), slow) == 0
    assert len(post(anna.user.email)) == 3
    assert Message.objects.filter(may_be_double=True).count() == 3


def test_title_with_a_line_break_stops_no_mail(story, anna, post):
    story.network.newsstand.name = "Edicola\r\nBcc: x@y.it"
    story.network.newsstand.save()
    story.at_the_point(story.copies(1)[0].title, reader=anna)

    assert work() == 1
    assert post(anna.user.email)[0]["Bcc"] is None


def test_renewal_by_itself_is_told_with_its_new_day(story, anna, post):
    choose_renewal(anna, by_itself=True)
    story.lent(story.copies(1)[0], reader=anna)
    story.later(days=29)

    for _run in range(2):
        renew_by_themselves()
        work()

    (letter,) = post(anna.user.email)
    assert "30 aprile" in letter["Subject"]


def test_renewal_that_could_not_be_is_told_with_the_reason(story, anna, post):
    choose_renewal(anna, by_itself=True)
    anna.user.language = "en"
    anna.user.save()
    loan = story.lent(story.copies(1)[0], reader=anna)
    story.hold(loan.copy.title)
    story.later(days=29)

    for _run in range(2):
        renew_by_themselves()
        work()

    (letter,) = post(anna.user.email)
    assert "Another reader waits" in text_of(letter)


def test_loans_that_the_library_renews_are_told_once_in_one_letter(story, anna, post):
    librarian = LibrarianFactory(desk=story.network.north)
    one, other = (story.lent(story.copies(1)[0], reader=anna) for _number in range(2))
    story.later(days=10)

    for _press in range(2):
        renew_all([one, other], actor=librarian)
        work()
        story.later(minutes=6)
    work()

    (letter,) = post(anna.user.email)
    assert "2" in letter["Subject"]
    for loan in (one, other):
        assert loan.copy.title.title in text_of(letter)


def test_loan_that_its_reader_renews_is_not_told(story, anna, post):
    anna.user.is_staff = True  # whoever works at a library reads too
    anna.user.save()
    one, other = (story.lent(story.copies(1)[0], reader=anna) for _number in range(2))
    story.later(days=10)

    renew_loan(one, actor=None)
    renew_loan(other, actor=anna.user)
    work()

    assert not Message.objects.filter(kind="loan_renewed").exists()


def test_renewal_that_the_desk_undoes_is_not_told(story, anna):
    librarian = LibrarianFactory(desk=story.network.north)
    loan = story.lent(story.copies(1)[0], reader=anna)
    story.later(days=10)
    undoably(
        "renew_loan",
        f"loan:{loan.pk}",
        lambda: renew_loan(loan, actor=librarian),
        about="",
        place=story.network.north,
        actor=librarian,
    )
    work()
    undo_last_act(last_act_of(librarian).number, actor=librarian, place=story.network.north)
    story.later(minutes=12)
    work()

    assert not Message.objects.filter(kind="loan_renewed").exists()


def test_renewal_that_no_longer_stands_is_not_told(story, anna, post):
    loan = story.lent(story.copies(1)[0], reader=anna)
    story.later(days=10)
    renew_loan(loan, actor=LibrarianFactory(desk=story.network.north))
    dispatch()
    story.given_back(loan.copy)
    story.later(minutes=6)

    work()

    assert Message.objects.get(kind="loan_renewed").status == MessageStatus.MOOT


def test_unfillable_is_told_with_what_to_do(story, anna, post):
    work = WorkFactory()
    title, other = TitleFactory.create_batch(2, work=work)
    copy = story.copies(1, title=title)[0]
    story.copies(1, title=other)
    story.hold(title, reader=anna)
    withdraw_copy(copy, reason="torn", although_waited_for=True, actor=None)
    look_at_unfillable()

    dispatch()
    assert deliver() == 1

    (letter,) = post(anna.user.email)
    text = text_of(letter)
    assert title.title in text
    assert f"/catalogo/{title.pk}/x/prenota/?what=work" in text
    assert "/mio/desiderata/nuovo/" in text


def test_unfillable_is_not_told_when_a_copy_has_come_meanwhile(story, anna, post):
    copy = story.copies(1)[0]
    story.hold(copy.title, reader=anna)
    withdraw_copy(copy, reason="torn", although_waited_for=True, actor=None)
    look_at_unfillable()
    dispatch()
    add_copy(copy.title, story.network.north, actor=None)

    deliver()

    assert post(anna.user.email) == []
