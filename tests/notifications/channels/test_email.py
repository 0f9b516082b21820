"""E-mail: what stands in a letter, and what each answer of a mail server (a real socket) means."""

import contextlib
import email
import email.policy
import socket
import threading
from dataclasses import replace

import pytest
from django.core.mail import BadHeaderError

from notifications.channels import ChannelDownError, ChannelError, PermanentError, PossiblyDoubleError, TransientError
from notifications.channels.email import EmailCarrier
from notifications.channels.letters import letter
from tests.notifications.conftest import SMTP

pytestmark = pytest.mark.django_db


PIPELINING = b"250-here\r\n250-PIPELINING\r\n250 HELP"


class MailServer:
    """A mail server that answers as it is told: `MailServer(RCPT=b"550 5.1.1 no such user")`; None hangs up."""

    USUAL = {
        "HELLO": b"220 here",
        "EHLO": b"250 here",
        "MAIL": b"250 ok",
        "RCPT": b"250 ok",
        "DATA": b"354 go on",
        "TEXT": b"250 kept",
        "RSET": b"250 ok",
        "QUIT": b"221 bye",
    }

    def __init__(self, **answers):
        self.answers, self.texts, self.connections = {**self.USUAL, **answers}, [], 0

    def __enter__(self):
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *error):
        with contextlib.suppress(OSError):
            self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        self.thread.join(5)

    def _serve(self):
        while True:
            try:
                line, _address = self.listening.accept()
            except OSError:
                return
            self.connections += 1
            with line, line.makefile("rb") as said, contextlib.suppress(OSError):
                self._talk(line, said)

    def _talk(self, line, said):
        if not self._say(line, "HELLO"):
            return
        while command := said.readline():
            name = command[:4].decode().upper()
            if not self._say(line, name):
                return
            if name == "DATA" and self.answers["DATA"].startswith(b"354"):
                text = []
                while (part := said.readline()) not in {b".\r\n", b""}:
                    text.append(part)
                self.texts.append(b"".join(text))
                if not self._say(line, "TEXT"):
                    return
            if name == "QUIT":
                return

    def _say(self, line, name):
        answer = self.answers.get(name, b"250 ok")
        if answer is not None:
            line.sendall(answer + b"\r\n")
        return answer is not None


@pytest.fixture
def talk(settings, rendered, key):
    """Send one letter to a server that answers so: `talk(DATA=None)` returns the server."""

    def send(letter_to="anna@example.org", **told):
        answers = {name: told.pop(name) for name in list(told) if name.isupper()}
        settings.EMAIL_BACKEND, settings.EMAIL_HOST = SMTP, "127.0.0.1"
        settings.EMAIL_TIMEOUT = 2
        with MailServer(**answers) as server:
            settings.EMAIL_PORT = server.port
            carrier = EmailCarrier()
            try:
                carrier.send(replace(rendered, **told), letter_to, key)
                carrier.send(replace(rendered, **told), letter_to, key)
            finally:
                carrier.close()
        return server

    return send


def test_letter_says_that_a_machine_wrote_it_and_how_to_have_no_more(talk, rendered, key):
    server = talk()

    letter = email.message_from_bytes(server.texts[0], policy=email.policy.default)
    assert letter["Message-ID"] == key
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["List-Unsubscribe"] == f"<{rendered.unsubscribe}>"
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert letter["Content-Language"] == "it"
    assert letter.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in letter.iter_parts()] == ["text/plain", "text/html"]
    assert "barone" in letter.get_body(("html",)).get_content()


def test_letter_that_cannot_be_switched_off_offers_no_way_to(rendered, key):
    assert b"List-Unsubscribe" not in letter(replace(rendered, unsubscribe=""), "a@example.org", key).written()


@pytest.mark.parametrize(
    "other",
    [
        {},
        {"letter_to": "anna.rossi+libri@sotto.example.org"},
        {"letter_to": "anna@città.example"},
        {"sender": "Città di Milano <posta@milanolib.example>"},
        {"subject": "Pronta da ritirare: Biblioteca Valvassori Peroni di Lambrate, in Via Valvassori Peroni 56"},
        {"subject": "È pronta: «Così è (se vi pare)» ti aspetta alla Biblioteca Valvassori Peroni di Lambrate, Milano"},
        {"text": "Una riga che non finisce: " + "così è se vi pare, " * 100 + "\nFine.\n"},
        {"text": ".\n..due punti\nFrom qui in poi\n\n", "html": "<p>\r\n.</p>"},
        {"unsubscribe": "https://biblioteche.example/messaggi/basta/" + "a" * 200 + "/"},
        {"html": ""},
        {"language": "ar", "text": "كتابك جاهز\n", "subject": "كتابك جاهز"},
    ],
)
def test_letter_says_what_djangos_own_would(talk, rendered, key, settings, other):
    other = dict(other)
    settings.DEFAULT_FROM_EMAIL = other.pop("sender", settings.DEFAULT_FROM_EMAIL)
    raw = talk(**other).texts[0]
    address = other.pop("letter_to", "anna@example.org")
    mail = letter(replace(rendered, **other), address, key)

    ours = email.message_from_bytes(raw.replace(b"\r\n..", b"\r\n."), policy=email.policy.default)
    theirs = email.message_from_bytes(mail.message().as_bytes(linesep="\r\n"), policy=email.policy.default)

    assert not ours.defects
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    same = set(theirs.keys()) - {"Date", "Content-Type", "Content-Transfer-Encoding"}
    assert {name: ours[name].strip() for name in same} == {name: theirs[name].strip() for name in same}
    assert texts_of(ours) == texts_of(theirs)


def texts_of(letter):
    parts = [part for part in letter.walk() if not part.is_multipart()]
    return {part.get_content_type(): part.get_content().replace("\r\n", "\n").rstrip("\n") for part in parts}


def test_header_of_more_than_one_line_is_refused(rendered, key):
    with pytest.raises(BadHeaderError):
        letter(replace(rendered, subject="Pronta\r\nBcc: altra@example.org"), "anna@example.org", key).written()


@pytest.mark.parametrize(
    "address", ["anna@example.org\r\nRCPT TO:<altra@example.org>", "anna@example.org, b@example.org"]
)
def test_address_that_is_more_than_one_is_refused(rendered, key, address):
    with pytest.raises(ValueError):
        letter(rendered, address, key).written()


def test_one_connection_is_kept_for_a_batch(talk):
    server = talk()

    assert (server.connections, len(server.texts)) == (1, 2)


@pytest.mark.parametrize("offers", [b"250 here", PIPELINING])
@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ({"HELLO": None}, ChannelDownError),
        ({"HELLO": b"421 closing"}, ChannelDownError),
        ({"MAIL": None}, ChannelDownError),
        ({"MAIL": b"550 we do not know you"}, ChannelDownError),
        ({"RCPT": None}, ChannelDownError),
        ({"DATA": None}, ChannelDownError),
        ({"TEXT": None}, PossiblyDoubleError),
        ({"TEXT": b"451 try again"}, TransientError),
        ({"TEXT": b"554 5.7.1 spam"}, PermanentError),
        ({"RCPT": b"450 4.2.0 greylisted"}, TransientError),
        ({"RCPT": b"550 5.7.1 relaying denied"}, PermanentError),
        ({"RCPT": b"550 5.1.1 no such user"}, PermanentError),
    ],
)
def test_each_answer_means_what_it_says(talk, answers, error, offers):
    with pytest.raises(error) as told:
        talk(EHLO=offers, **answers)

    assert type(told.value) is error
    assert "example" not in str(told.value)


def test_commands_are_said_in_one_breath_to_a_server_that_offers_it(settings, rendered, key):
    class Patient(MailServer):
        """Answers nothing before it has heard all three."""

        def _say(self, line, name):
            if name in {"MAIL", "RCPT"}:
                return True
            if name == "DATA":
                line.sendall(b"250 ok\r\n250 ok\r\n")
            return super()._say(line, name)

    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_TIMEOUT = SMTP, "127.0.0.1", 2
    with Patient(EHLO=PIPELINING) as server:
        settings.EMAIL_PORT = server.port
        carrier = EmailCarrier()
        for _number in range(2):
            carrier.send(rendered, "anna@example.org", key)
        carrier.close()

    assert (server.connections, len(server.texts)) == (1, 2)


@pytest.mark.parametrize("data", [b"354 go on", b"554 no valid recipients"])
@pytest.mark.parametrize("refused", ["MAIL", "RCPT"])
def test_letter_after_one_that_was_refused_goes_over_the_same_connection(settings, rendered, key, refused, data):
    answers = {refused: b"550 5.1.1 no", "DATA": data}
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_TIMEOUT = SMTP, "127.0.0.1", 2
    with MailServer(EHLO=PIPELINING, **answers) as server:
        settings.EMAIL_PORT = server.port
        carrier = EmailCarrier()
        with pytest.raises(ChannelError):
            carrier.send(rendered, "b@example.org", key)
        server.answers = {**MailServer.USUAL, "EHLO": PIPELINING}
        carrier.send(rendered, "anna@example.org", key)
        carrier.close()

    assert [text for text in server.texts if text] == [server.texts[-1]]
    assert b"anna@example.org" in server.texts[-1]
    assert server.connections == (1 if refused == "RCPT" else 2)


@pytest.mark.parametrize(("said", "is_gone"), [(b"550 5.1.1 no such user", True), (b"550 5.7.1 policy", False)])
def test_address_that_is_gone_is_told_from_a_server_that_does_not_like_us(talk, said, is_gone):
    with pytest.raises(PermanentError) as told:
        talk(RCPT=said)

    assert told.value.is_gone is is_gone


def test_server_that_is_slow_after_the_text_leaves_us_in_doubt(talk, settings):
    class Slow(MailServer):
        pass

    with pytest.raises(PossiblyDoubleError):
        talk(TEXT=b"250-still")  # a reply that never ends


def test_nobody_there_is_known(settings, rendered, key):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings.EMAIL_PORT = taken.getsockname()[1]
    settings.EMAIL_BACKEND = SMTP

    with pytest.raises(ChannelDownError):
        EmailCarrier().send(rendered, "anna@example.org", key)
