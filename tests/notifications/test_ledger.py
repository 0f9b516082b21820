"""What staff see and do in the ledger: sending again, a test, volumes, every text."""

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import Act
from loans.holds import cancel_hold
from notifications.delivery import deliver
from notifications.errors import NothingToResend, ReasonMissing
from notifications.kinds import all_kinds
from notifications.ledger import channel_states, resend, volumes, write_test
from notifications.models import Channel, ChannelPace, Message, MessageStatus
from notifications.pacing import let_rest
from outbox.events import dispatch
from tests.factories import LibrarianFactory, ManagerFactory, ReaderFactory, UserFactory

pytestmark = pytest.mark.django_db
KINDS = [kind.code for kind in all_kinds()]  # as the apps registered them, before any test does


@pytest.fixture
def manager(network):
    return ManagerFactory(desk=network.south)


@pytest.fixture
def anna(db):
    return ReaderFactory(user=UserFactory())


def browser(user):
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(user, backend="accounts.backends.CardBackend")
    return client


def told(story, reader):
    """A hold that is ready, told."""
    hold, _copy = story.ready(story.copies(1)[0].title, reader=reader)
    dispatch()
    deliver()
    return hold, Message.objects.get(kind="hold_ready")


def test_overview_says_which_channel_rests_and_how_much_waits_for_it(story, anna, manager):
    assert {(one.waiting, one.why) for one in channel_states()} == {(0, "")}
    story.ready(story.copies(1)[0].title, reader=anna)
    dispatch()
    ChannelPace.objects.update_or_create(channel="email")
    let_rest("email", "ConnectionRefusedError")
    story.later(minutes=0)

    states = {str(one.name): one for one in channel_states()}
    page = browser(manager).get(reverse("admin:messages_overview")).content.decode()

    assert states[Channel.EMAIL.label].why == "ConnectionRefusedError"
    assert states[Channel.EMAIL.label].waiting == 1
    assert "ConnectionRefusedError. It then tries again by itself" in page
    assert "1 message should be out, since" in page


def test_resend_sends_once_more_under_the_same_key_with_a_reason(story, anna, manager):
    _hold, message = told(story, anna)
    before = message.message_id

    resend(message, reason="cancellato per sbaglio", actor=manager)
    with pytest.raises(NothingToResend):
        resend(message, reason="due volte", actor=manager)
    deliver()

    message.refresh_from_db()
    assert (message.status, message.message_id, len(mail.outbox)) == (MessageStatus.SENT, before, 2)
    act = Act.objects.get(verb="resend")
    assert (act.subject, act.reason) == (f"message:{message.pk}", "cancellato per sbaglio")


def test_resend_asks_for_a_reason(story, anna, manager):
    _hold, message = told(story, anna)

    with pytest.raises(ReasonMissing):
        resend(message, reason=" ", actor=manager)


def test_resend_sends_nothing_that_is_no_longer_true(story, anna, manager):
    hold, message = told(story, anna)
    cancel_hold(hold, actor=None)

    resend(message, reason="prova", actor=manager)
    deliver()

    assert len(mail.outbox) == 1
    message.refresh_from_db()
    assert message.status == MessageStatus.MOOT
    with pytest.raises(NothingToResend):
        resend(message, reason="prova", actor=manager)


def test_write_test_reaches_whoever_asks_once_a_minute(monday, manager):
    for _time in range(2):
        write_test(manager)

    assert deliver() == 1
    assert mail.outbox[0].to == [manager.email]


def test_volumes_count_by_kind_channel_and_outcome(story, anna, manager, django_assert_num_queries):
    told(story, anna)
    story.lent(story.copies(1)[0])
    write_test(manager)

    with django_assert_num_queries(1):
        rows = {str(one.name): one for one in volumes()}

    assert {one.total for one in rows.values()} == {1}
    assert sum(one.sent for one in rows.values()) == 1


def test_pages_of_the_ledger_are_for_managers(story, anna, manager, network):
    _hold, message = told(story, anna)
    librarian = browser(LibrarianFactory(desk=network.south))
    for name in ("messages_overview", "messages_previews"):
        assert browser(manager).get(reverse(f"admin:{name}")).status_code == 200
        assert librarian.get(reverse(f"admin:{name}")).status_code == 403
    again = reverse("admin:messages_resend", args=[message.pk])
    assert librarian.post(again, {"reason": "x"}).status_code == 403
    assert librarian.post(reverse("admin:messages_test")).status_code == 403

    page = browser(manager).get(reverse("admin:notifications_message_change", args=[message.pk])).content.decode()
    assert again in page
    assert browser(manager).post(again, {"reason": "x"}).status_code == 302
    assert Message.objects.get(pk=message.pk).status == MessageStatus.WAITING


def test_ledger_is_filtered_by_kind_channel_status_and_day(story, anna, manager):
    told(story, anna)
    client, register = browser(manager), reverse("admin:notifications_message_changelist")

    for asked, found in (
        ({"kind": "hold_ready", "channel__exact": "email", "status__exact": "sent"}, 1),
        ({"kind": "loan_lost"}, 0),
        ({"created_at__gte": "2026-03-03 00:00:00+00:00"}, 0),
    ):
        page = client.get(register, asked)
        assert page.status_code == 200
        assert len(page.context["cl"].result_list) == found


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_previews_show_every_kind_in_each_language(manager, language, monday):
    client = browser(manager)
    for code in KINDS:
        asked = {"kind": code, "language": language}
        page = client.get(reverse("admin:messages_previews"), asked)
        assert page.context["rendered"].subject
        assert page.context["fits"]
    letter = client.get(reverse("admin:messages_previews"), {**asked, "html": 1}).content.decode()
    assert "<!DOCTYPE html>" in letter


def test_stuck_rows_stand_on_the_overview(story, anna, manager):
    _hold, message = told(story, anna)
    Message.objects.update(status=MessageStatus.STUCK)

    page = browser(manager).get(reverse("admin:messages_overview")).content.decode()

    assert reverse("admin:notifications_message_change", args=[message.pk]) in page
