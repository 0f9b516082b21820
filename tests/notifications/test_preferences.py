"""Channels by kind, the digest's hour, quiet hours, and the way out without a sign-in."""

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.urls import reverse

from loans.holds import cancel_hold
from notifications.delivery import deliver
from notifications.kinds import kind_of
from notifications.models import KindChoice, Message, MessageStatus, Preference
from notifications.preferences import (
    Wishes,
    channels_for,
    choose,
    choose_by_kind,
    choosers,
    read_unsubscribe_token,
    switch_off,
    unsubscribe_token,
    use_channel,
)
from notifications.services import write
from outbox.events import dispatch
from tests.factories import ReaderFactory, UserFactory


@pytest.fixture
def anna(db):
    return ReaderFactory(user=UserFactory())


def work():
    dispatch()
    return deliver()


def ways(reader, code="hold_ready"):
    return channels_for(code, choosers(pk=reader.pk))


# --- Channels


def test_channels_for_are_email_as_long_as_nothing_is_chosen(anna):
    assert ways(anna) == ["email"]
    assert channels_for("hold_ready", None) == ["email"]


def test_choose_by_kind_goes_before_the_usual_and_follows_it_when_alike(anna):
    choose_by_kind(anna, {"hold_ready": []})
    assert ways(anna) == ["inbox"]
    assert ways(anna, "loan_due_soon") == ["email"]

    choose_by_kind(anna, {"hold_ready": ["email"]})
    assert not KindChoice.objects.exists()
    choose(anna, Wishes(channels=[]))
    assert ways(anna) == ["inbox"]


def test_what_is_legal_or_about_safety_cannot_be_switched_off(anna):
    choose(anna, Wishes(channels=[]))
    choose_by_kind(anna, {"loan_lost": []})

    assert not switch_off(anna, ["reset_password"], "email")
    assert not KindChoice.objects.exists()
    for code in ("loan_lost", "loan_overdue_3", "suspension_begun", "reset_password", "new_sign_in"):
        assert kind_of(code).is_required
        assert ways(anna, code) == ["email"]


def test_switch_off_takes_one_kind_from_one_channel_and_may_be_repeated(anna):
    for _time in range(2):
        assert switch_off(anna, ["hold_ready"], "email")

    assert ways(anna) == ["inbox"]
    assert ways(anna, "hold_expired") == ["email"]


def test_use_channel_adds_and_takes_away(anna):
    assert use_channel(anna, "push", on=True).channels == ["email", "push"]
    assert use_channel(anna, "push", on=True).channels == ["email", "push"]
    assert use_channel(anna, "email", on=False).channels == ["push"]


def test_channel_that_does_not_exist_is_refused_by_the_database(anna):
    with pytest.raises(IntegrityError), transaction.atomic():
        Preference.objects.create(reader=anna, channels=["pigeon"])
    with pytest.raises(IntegrityError), transaction.atomic():
        KindChoice.objects.create(reader=anna, kind="hold_ready", channels=["pigeon"])
    with pytest.raises(IntegrityError), transaction.atomic():
        Preference.objects.create(reader=anna, channels=[], digest_hour=24)


def test_write_makes_a_row_for_each_channel_by_one_key_once(anna):
    choose(anna, Wishes(channels=[]))
    for _time in range(2):
        write("hold_expired", key="k:1", reader=anna, params={"hold": 1})

    row = Message.objects.get()
    assert (row.key, row.channel, row.shared_key) == ("k:1:inbox", "inbox", "k:1")


def test_message_switched_off_while_it_waits_is_not_sent(story, anna):
    story.ready(story.copies(1)[0].title, reader=anna)
    dispatch()
    switch_off(anna, ["hold_ready"], "email")

    assert deliver() == 0
    assert mail.outbox == []
    assert Message.objects.get().status == MessageStatus.UNWANTED


def test_reader_with_their_page_only_finds_the_message_there(story, anna, client):
    choose(anna, Wishes(channels=[]))
    story.ready(story.copies(1)[0].title, reader=anna)
    work()

    row = Message.objects.get()
    assert (row.channel, row.status) == ("inbox", MessageStatus.SENT)
    assert mail.outbox == []


# --- When


def test_what_is_ready_by_night_is_told_in_the_morning(story, anna):
    story.later(hours=13)
    story.ready(story.copies(1)[0].title, reader=anna)

    assert work() == 0
    story.later(hours=9, minutes=59)
    assert work() == 0
    story.later(minutes=1)
    assert work() == 1


def test_receipt_is_sent_by_night_too(story, anna):
    copy = story.copies(1)[0]
    story.lent(copy, reader=anna)
    story.later(hours=13)
    story.take_back(copy)

    assert work() == 1


def test_what_was_put_off_into_the_night_waits_for_the_morning(story, anna):
    story.ready(story.copies(1)[0].title, reader=anna)
    dispatch()
    story.later(hours=13)

    assert deliver() == 0
    assert Message.objects.get().attempts == 0
    story.later(hours=10)
    assert deliver() == 1


def test_quiet_hours_that_are_off_let_it_go_by_night(story, anna):
    choose(anna, Wishes(has_quiet_hours=False))
    story.later(hours=13)
    story.ready(story.copies(1)[0].title, reader=anna)

    assert work() == 1


def test_digest_tells_all_at_the_hour_in_one_letter_and_only_what_is_still_true(story, anna):
    choose(anna, Wishes(digest_hour=18))
    loan = story.lent(story.copies(1)[0], reader=anna)
    story.ready(story.copies(1)[0].title, reader=anna)
    gone, _copy = story.ready(story.copies(1)[0].title, reader=anna)
    write("loan_due_soon", key="due:1", reader=anna, params={"loan": loan.pk, "due_on": loan.due_on.isoformat()})
    assert work() == 0
    cancel_hold(gone, actor=None)
    story.later(hours=9)

    assert work() == 1
    (letter,) = mail.outbox
    assert letter.subject.startswith("2 ")
    assert loan.copy.title.title in letter.body
    assert gone.title.title not in letter.body
    token = letter.extra_headers["List-Unsubscribe"].rstrip("/>").rpartition("/")[2]
    assert read_unsubscribe_token(token) == (anna, ["loan_due_soon", "hold_ready"], "email")
    assert sorted(Message.objects.values_list("status", flat=True)) == ["moot", "sent", "sent"]
    assert work() == 0


# --- Several at one point


def test_what_becomes_ready_at_one_point_within_minutes_is_one_message(story, anna):
    titles = [story.copies(1)[0].title for _number in range(3)]
    parcels = [story.packed(title, reader=anna)[2] for title in titles[:2]]
    story.receive(parcels[0])
    assert work() == 0, "another is on its way to the same point"

    story.later(minutes=2)
    story.receive(parcels[1])
    assert work() == 0
    story.later(minutes=3)

    assert work() == 1
    (letter,) = mail.outbox
    assert all(title.title in letter.body for title in titles[:2])
    assert len({row.message_id for row in Message.objects.filter(status=MessageStatus.SENT)}) == 1
    assert Message.objects.filter(status=MessageStatus.SENT).count() == 2


def test_what_never_comes_keeps_no_message_waiting(story, anna):
    first, second = (story.packed(story.copies(1)[0].title, reader=anna)[2] for _number in range(2))
    story.receive(first)
    work()
    story.later(minutes=5)

    assert work() == 1
    story.receive(second)
    assert work() == 1


def test_at_two_points_there_are_two_messages(story, anna):
    for pickup in (story.network.north, story.network.south):
        story.ready(story.copies(1, home=pickup)[0].title, reader=anna, pickup=pickup)

    assert work() == 2


# --- The way out


def link(reader, code="hold_ready", channel="email"):
    return reverse("notifications:unsubscribe", args=[unsubscribe_token(reader.pk, [code], channel)])


def test_unsubscribe_shows_a_button_first_and_switches_off_when_it_is_sent(anna, client):
    page = client.get(link(anna))
    assert page.status_code == 200
    assert 'method="post"' in page.content.decode()
    assert ways(anna) == ["email"]

    done = client.post(link(anna))

    assert done.status_code == 200
    assert ways(anna) == ["inbox"]


def test_unsubscribe_takes_the_post_of_a_mail_program_without_cookie_or_token(anna, client):
    client.handler.enforce_csrf_checks = True

    answer = client.post(link(anna), {"List-Unsubscribe": "One-Click"})

    assert answer.status_code == 200
    assert ways(anna) == ["inbox"]


def test_unsubscribe_from_a_letter_of_several_kinds_switches_off_those_that_may_be(anna, client):
    token = unsubscribe_token(anna.pk, ["hold_ready", "reset_password", "loan_due_soon"], "email")
    address = reverse("notifications:unsubscribe", args=[token])
    names = [str(kind_of(code).name).capitalize() for code in ("hold_ready", "loan_due_soon", "reset_password")]
    page = client.get(address).content.decode()
    assert [name in page for name in names] == [True, True, False]

    done = client.post(address).content.decode()

    assert [name in done for name in names] == [True, True, False]
    assert {choice.kind: choice.channels for choice in anna.kind_choices.all()} == {
        "hold_ready": [],
        "loan_due_soon": [],
    }


@pytest.mark.parametrize("method", ["get", "post"])
def test_unsubscribe_with_another_address_finds_nothing(anna, client, method):
    other = ReaderFactory()
    token = unsubscribe_token(anna.pk, ["hold_ready"], "email")
    forged = token.replace(f"{anna.pk}.", f"{other.pk}.", 1)

    for address in (forged, token[:-1], "x", unsubscribe_token(10**9, ["hold_ready"], "email")):
        assert getattr(client, method)(reverse("notifications:unsubscribe", args=[address])).status_code == 404
    assert getattr(client, method)(link(anna, "reset_password")).status_code == 404
    assert getattr(client, method)(link(anna, "nonsense")).status_code == 404
    assert not KindChoice.objects.exists()


def test_token_says_whose_which_and_by_what(anna):
    assert read_unsubscribe_token(unsubscribe_token(anna.pk, ["hold_ready"], "sms")) == (anna, ["hold_ready"], "sms")
