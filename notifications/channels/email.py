"""E-mail, over one connection for a batch."""

from __future__ import annotations

import logging
import smtplib
from typing import TYPE_CHECKING

from django.core.mail import EmailMultiAlternatives, get_connection

from notifications.channels import PossiblyDoubleError, TransientError

if TYPE_CHECKING:
    from notifications.channels import Rendered
    from notifications.models import Message

log = logging.getLogger(__name__)


class EmailCarrier:
    """Django's own mail backend, whichever is set."""

    def __init__(self) -> None:
        self._connection = get_connection()

    def address_of(self, message: Message) -> str:
        """Return the address of the person's sign-in."""
        user = message.person
        return (user.email or "") if user is not None else ""

    def send(self, rendered: Rendered, address: str, key: str) -> str:
        """Send text and HTML under a stable Message-ID."""
        mail = EmailMultiAlternatives(
            rendered.subject, rendered.text, to=[address], headers={"Message-ID": key}, connection=self._connection
        )
        if rendered.html:
            mail.attach_alternative(rendered.html, "text/html")
        mail.message()  # whatever cannot be put into a letter is found here, before the server is asked
        try:
            mail.send()
        except smtplib.SMTPServerDisconnected as error:  # perhaps after the text was accepted
            self._connection.connection = None  # type: ignore[attr-defined]  # a new one for the next message
            raise PossiblyDoubleError from error
        except (smtplib.SMTPException, OSError) as error:
            raise TransientError(type(error).__name__) from error
        return ""

    def close(self) -> None:
        """Say good-bye to the mail server, if it is still there."""
        try:
            self._connection.close()
        except (smtplib.SMTPException, OSError):
            log.info("the mail server had closed the connection")
