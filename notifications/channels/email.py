"""E-mail, over one connection for a batch."""

from __future__ import annotations

import logging
import re
import smtplib
from typing import TYPE_CHECKING, cast

from django.core.mail import get_connection
from django.core.mail.backends.smtp import EmailBackend

from notifications.channels import ChannelDownError, PermanentError, PossiblyDoubleError, TransientError
from notifications.channels.letters import Letter, letter

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.core.mail import EmailMessage

    from notifications.channels import Rendered
    from notifications.models import Message

log = logging.getLogger(__name__)

GO_ON_WITH_THE_TEXT = 354
# RFC 3463: the mailbox or its domain does not exist, has moved, or takes nothing any more
GONE = re.compile(r"\b5\.(1\.(0|1|2|3|6|10)|2\.1)\b")


def _rest() -> None:
    """Do nothing meanwhile."""


class _Saying(smtplib.SMTP):
    """Says MAIL, RCPT and DATA in one breath to a server that offers it (RFC 2920), and waits once, not three times."""

    recipient = ""
    _said_ahead: tuple[str, ...] = ()

    def putcmd(self, cmd: str, args: str = "") -> None:
        """Say a command, unless it was said with MAIL."""
        if cmd in self._said_ahead[:1]:
            self._said_ahead = self._said_ahead[1:]
            return
        self._hear_out()
        if cmd == "mail" and self.recipient and self.has_extn("pipelining"):
            self.send(f"mail {args}\r\nrcpt TO:{smtplib.quoteaddr(self.recipient)}\r\ndata\r\n")
            self._said_ahead = ("rcpt", "data")
        else:
            super().putcmd(cmd, args)

    def _hear_out(self) -> None:
        """Hear the answers to what was said ahead in vain; a server that asks for the text all the same gets none."""
        while self._said_ahead:
            self._said_ahead = self._said_ahead[1:]
            if smtplib.SMTP.getreply(self)[0] == GO_ON_WITH_THE_TEXT:
                self.send(b".\r\n")
                smtplib.SMTP.getreply(self)


class _KnowsTheText(_Saying):
    """Remembers whether it was handing over a text when the line broke: before that, nothing was sent."""

    is_handing_over = False
    meanwhile: Callable[[], None] = staticmethod(_rest)

    def getreply(self) -> tuple[int, bytes]:
        """Read a reply; after the one that asks for the text, whatever goes wrong leaves us in doubt.

        While the server keeps the text there is time for something else.
        """
        if self.is_handing_over:
            self.meanwhile()
        reply = super().getreply()
        self.is_handing_over = reply[0] == GO_ON_WITH_THE_TEXT
        return reply


class _KnowsTheTextOverTls(_KnowsTheText, smtplib.SMTP_SSL):
    """The same from the first byte over TLS."""


class Backend(EmailBackend):
    """Django's own, with a connection that knows what it has handed over."""

    meanwhile: Callable[[], None] = staticmethod(_rest)

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        """Return what speaks for us."""
        return _KnowsTheTextOverTls if self.use_ssl else _KnowsTheText

    def _send(self, email_message: EmailMessage) -> bool:
        """Hand over one letter; ours are quick to write down."""
        if not isinstance(email_message, Letter):
            return super()._send(email_message)  # type: ignore[misc]  # Django's own name
        smtp = cast("_KnowsTheText", self.connection)
        smtp.meanwhile, smtp.recipient = self.meanwhile, email_message.recipient
        smtp.sendmail(email_message.sender, [email_message.recipient], email_message.written())
        return True


class EmailCarrier:
    """Text and HTML, by the mail backend that is set."""

    def __init__(self) -> None:
        self.meanwhile: Callable[[], None] = _rest
        self._connection = get_connection()
        self._is_open = False

    def address_of(self, message: Message) -> str:
        """Return the address of the person's sign-in."""
        user = message.person
        return (user.email or "") if user is not None else ""

    def send(self, rendered: Rendered, address: str, key: str, *, is_repeat: bool = False) -> str:  # noqa: ARG002  its Message-ID says so
        """Send under a stable Message-ID, over the connection that is open."""
        mail = letter(rendered, address, key)
        try:
            if not self._is_open:
                self._connection.open()
                self._is_open = True
            self._connection.meanwhile = self.meanwhile  # type: ignore[attr-defined]  # ours calls it
            self._connection.send_messages([mail])
        except smtplib.SMTPRecipientsRefused as refused:
            raise _refusal(*next(iter(refused.recipients.values()))) from refused
        except smtplib.SMTPDataError as refused:
            raise _refusal(refused.smtp_code, refused.smtp_error) from refused
        except (smtplib.SMTPException, OSError) as error:
            raise self._broken(error) from error
        return ""

    def _broken(self, error: Exception) -> Exception:
        """Forget the connection, and return what to make of it: in doubt, if the text had been handed over."""
        smtp = getattr(self._connection, "connection", None)
        self._connection.connection = None  # type: ignore[attr-defined]  # a new one for the next message
        self._is_open = False
        if smtp is not None:
            smtp.close()
        if getattr(smtp, "is_handing_over", False):
            return PossiblyDoubleError(type(error).__name__)
        return ChannelDownError(type(error).__name__)

    def close(self) -> None:
        """Say good-bye to the mail server, if it is still there."""
        try:
            self._connection.close()
        except (smtplib.SMTPException, OSError):
            log.info("the mail server had closed the connection")


def _refusal(code: int, said: bytes | str) -> TransientError | PermanentError:
    """Return what a server's no means: later, or never; and whether it is the address that is no more."""
    if code < 500:  # noqa: PLR2004  RFC 5321: 4yz passes, 5yz does not
        return TransientError(f"smtp_{code}")
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    return PermanentError(f"smtp_{code}", is_gone=bool(GONE.search(text)))
