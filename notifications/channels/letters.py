"""A letter as it goes over the line (RFC 5322, 2046): text and HTML in UTF-8, and a handful of headers.

Django's own letters say the same (a test compares them) and can carry anything; building and flattening that for each
reader takes longer than anything else that delivery does (docs/adr/0017).
"""

from __future__ import annotations

import quopri
import re
import secrets
from email.header import Header
from email.utils import formatdate, parseaddr
from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.mail import BadHeaderError, EmailMultiAlternatives
from django.core.mail.message import sanitize_address

if TYPE_CHECKING:
    from notifications.channels import Rendered

FOLDED_AT = 78  # letters that a line of a header should have at most; RFC 5322, 2.1.1
LONGEST_LINE = 998  # bytes that any line may have
PLAIN_ADDRESS = re.compile(r"[\w.%+-]+@[\w.-]+", re.ASCII)


class Letter(EmailMultiAlternatives):
    """Text and HTML to one address, made by a machine, under a Message-ID of ours."""

    @property
    def sender(self) -> str:
        """Return the address of the envelope."""
        return parseaddr(_address(self.from_email))[1]

    @property
    def recipient(self) -> str:
        """Return the address to which it goes, as a mail server reads it."""
        return _address(self.to[0])

    def written(self) -> bytes:
        """Return the letter with its headers. Raises BadHeaderError if a header had more than one line."""
        boundary = f"=_{secrets.token_hex(12)}"
        headers = {
            "MIME-Version": "1.0",
            "Content-Type": f'multipart/alternative; boundary="{boundary}"',
            "Subject": self.subject,
            "From": _address(self.from_email),
            "To": self.recipient,
            "Date": formatdate(localtime=settings.EMAIL_USE_LOCALTIME),
            **self.extra_headers,
        }
        parts = [("text/plain", self.body), *((kind, content) for content, kind in self.alternatives)]
        return b"".join(
            [
                *(_header(name, value) for name, value in headers.items()),
                *(f"\r\n--{boundary}\r\n".encode() + _part(kind, str(content)) for kind, content in parts),
                f"\r\n--{boundary}--\r\n".encode(),
            ]
        )


def letter(rendered: Rendered, address: str, key: str) -> Letter:
    """Return the letter: made by a machine, in which language, and how to have no more of its kind (RFC 8058)."""
    headers = {
        "Message-ID": key,
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "Content-Language": rendered.language,
    }
    if rendered.unsubscribe:
        headers["List-Unsubscribe"] = f"<{rendered.unsubscribe}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail = Letter(rendered.subject, rendered.text, to=[address], headers=headers)
    if rendered.html:
        mail.attach_alternative(rendered.html, "text/html")
    return mail


def _header(name: str, value: str) -> bytes:
    """Return a header, folded where it is long; what is not ASCII as encoded words (RFC 2047)."""
    if "\n" in value or "\r" in value:
        raise BadHeaderError(f"{name} has more than one line")
    if value.isascii() and len(name) + len(value) + 2 <= FOLDED_AT:
        said = f" {value}"
    elif value.isascii() and " " not in value:
        said = f"\r\n {value}"
    else:
        said = " " + Header(value, header_name=name).encode(linesep="\r\n")
    return f"{name}:{said}\r\n".encode("ascii")


def _part(kind: str, content: str) -> bytes:
    """Return one of the texts with its own headers: as it is, or in short lines if one is too long for a server."""
    body = content.replace("\r\n", "\n").encode()
    encoding = "8bit"
    if any(len(line) > LONGEST_LINE for line in body.split(b"\n")):
        body, encoding = quopri.encodestring(body), "quoted-printable"
    head = f'Content-Type: {kind}; charset="utf-8"\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n'
    return head.encode() + body.replace(b"\r", b"\n").replace(b"\n", b"\r\n")


def _address(address: str) -> str:
    """Return an address as a mail server reads it; most do so already."""
    return address if PLAIN_ADDRESS.fullmatch(address) else _parsed(address)


@lru_cache(maxsize=8)  # the house's own; hardly any other
def _parsed(address: str) -> str:
    return sanitize_address(address, "utf-8")
