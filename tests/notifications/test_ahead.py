"""While the other side keeps a letter the next one is composed: sooner, and no less true."""

import pytest

from loans.reminders import remind
from loans.renewals import renew_loan
from notifications import channels
from notifications.delivery import READ_TOGETHER, WRITTEN_TOGETHER, deliver
from notifications.models import Message, MessageStatus, message
from notifications.preferences import Wishes, choose
from outbox.events import dispatch
from tests.notifications.channels.test_email import PIPELINING, MailServer
from tests.notifications.conftest import SMTP

pytestmark = pytest.mark.django_db


class Keeps:
    """A channel that takes its time over each letter: after that of the first, `then` happens."""

    def __init__(self, then):
        self.then, self.heard, self.meanwhile = then, [], None

    def __call__(self):
        return self

    def address_of(self, message):
        return "somewhere"

    def send(self, rendered, address, key, *, is_repeat=False):
        self.heard.append(rendered)
        self.meanwhile()
        if len(self.heard) == 1:
            self.then()
        return ""

    def close(self):
        pass


@pytest.fixture
def keep(monkeypatch):
    """Let e-mail be such a channel: `keep(then)`."""

    def register(then=lambda: None):
        kept = Keeps(then)
        monkeypatch.setitem(channels._makers, "email", kept)
        return kept

    return register


@pytest.fixture
def due(story, anna):
    """Loans of which Anna is to be reminded now: `due(3)`."""

    def lend(count):
        choose(anna, Wishes(has_quiet_hours=False))
        loans = [story.lent(story.copies(1)[0], reader=anna) for _number in range(count)]
        story.later(days=28)
        remind()
        dispatch()
        return loans

    return lend


def test_next_letter_is_composed_while_the_one_before_is_kept(due, keep, settings):
    def move():
        settings.BASE_URL = "https://altrove.example"

    kept = keep(move)
    due(3)

    assert deliver() == 3
    assert ["altrove" in rendered.text for rendered in kept.heard] == [False, False, True]


def test_letter_whose_truth_was_read_too_long_ago_is_composed_again(due, keep, monkeypatch):
    _first, second, third = due(3)

    def take_long():
        renew_loan(second, actor=None)
        monkeypatch.setattr(message, "FRESH_SECONDS", -1)

    kept = keep(take_long)

    assert deliver() == 2
    assert [third.copy.title.title in rendered.text for rendered in kept.heard] == [False, True]
    assert Message.objects.get(params__loan=second.pk).status == MessageStatus.MOOT


def test_letter_that_cannot_be_composed_does_no_harm_to_the_one_before(due, keep):
    second = due(3)[1]
    Message.objects.filter(params__loan=second.pk).update(kind="nonsense")
    kept = keep()

    assert deliver() == 2
    assert len(kept.heard) == 2
    assert Message.objects.get(kind="nonsense").last_error == "KeyError"
    assert not Message.objects.filter(may_be_double=True).exists()


def test_mail_server_that_drops_the_second_text_leaves_the_third_as_it_was(due, settings):
    class DropsTheSecond(MailServer):
        def _say(self, line, name):
            return super()._say(line, name) if name != "TEXT" or len(self.texts) < 2 else False

    due(3)
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_TIMEOUT = SMTP, "127.0.0.1", 5
    with DropsTheSecond(EHLO=PIPELINING) as server:
        settings.EMAIL_PORT = server.port
        assert deliver() == 1

    rows = Message.objects.order_by("pk").values_list("status", "may_be_double", "attempts", "leased_until")
    waiting = MessageStatus.WAITING
    assert list(rows) == [(MessageStatus.SENT, False, 0, None), (waiting, True, 1, None), (waiting, False, 0, None)]


def test_many_letters_are_read_and_written_down_in_parts_each_once(due, keep):
    kept = keep()
    count = READ_TOGETHER + WRITTEN_TOGETHER + 1
    Message.objects.bulk_create(
        Message(
            key=f"many:{number}",
            kind="loan_due_soon",
            reader=loan.reader,
            params={"loan": loan.pk, "due_on": loan.due_on.isoformat()},
            created_at=loan.lent_at,
            due_at=loan.lent_at,
        )
        for loan in due(1)
        for number in range(count - 1)
    )

    assert deliver() == count
    assert len(kept.heard) == Message.objects.filter(status=MessageStatus.SENT).count() == count
    assert not Message.objects.filter(leased_until__isnull=False).exists()
