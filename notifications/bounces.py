"""Letters that came back: read what a mail server reports (RFC 3464), and mark the address that no longer works.

A report is believed only about a letter of ours, to the address it went to: its Message-ID carries a word that nobody
else can make. So a forged report marks nobody.
"""

from __future__ import annotations

import email
import email.policy
import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from notifications.mending import mark_and_ask
from notifications.models import AddressMark, Channel, Message

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage

log = logging.getLogger(__name__)

# RFC 3463: the mailbox, its domain, or the person's account is no more. 5.2.2 (full), 5.3 and 5.4 (their system, the
# way to it), 5.6 and 5.7 (the content, the policy) say nothing about the address.
GONE = re.compile(r"5\.(1\.(0|1|2|3|6|10)|2\.1|0\.0)")
FULL = re.compile(r"[45]\.2\.2")
MESSAGE_ID = re.compile(r"<[^<>\s]{1,110}>")
HEADER = re.compile(rf"^Message-ID:\s*({MESSAGE_ID.pattern})", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Report:
    """What a mail server says of one recipient."""

    message_id: str
    address: str
    action: str
    status: str


def read_report(raw: bytes) -> list[Report]:
    """Return what a report says of each recipient; an empty list for a letter that is no report."""
    letter = email.message_from_bytes(raw, policy=email.policy.default)
    if letter.get_content_type() != "multipart/report":
        return []
    message_id = _message_id_in(letter)
    return [
        Report(message_id, address.strip(), str(block.get("Action", "")).strip().lower(), _status_of(block))
        for block in _blocks_of(letter)
        for _kind, sign, address in [str(block.get("Final-Recipient", "")).partition(";")]
        if sign
    ]


def _blocks_of(letter: EmailMessage) -> Iterator[EmailMessage]:
    for part in letter.walk():
        if part.get_content_type() == "message/delivery-status" and part.is_multipart():
            yield from part.get_payload()  # type: ignore[misc]  # the library gives a letter for each block


def _message_id_in(letter: EmailMessage) -> str:
    """Return the Message-ID of the letter that came back, from its copy or from its headers."""
    for part in letter.walk():
        if part.get_content_type() == "message/rfc822" and part.is_multipart():
            returned = part.get_payload(0)
            found = MESSAGE_ID.search(str(returned.get("Message-ID", "")))  # type: ignore[union-attr]
        elif part.get_content_type() == "text/rfc822-headers":
            found = HEADER.search(str(part.get_content()))
        else:
            continue
        if found:
            return found.group(found.lastindex or 0)
    return ""


def _status_of(block: EmailMessage) -> str:
    found = re.match(r"\s*(\d\.\d{1,3}\.\d{1,3})", str(block.get("Status", "")))
    return found.group(1) if found else ""


def take_bounce(raw: bytes) -> int:
    """Mark the addresses that a report says are no more, and return how many letters of ours it spoke of."""
    believed = 0
    for report in read_report(raw):
        message = Message.objects.filter(message_id=report.message_id, channel=Channel.EMAIL).first()
        if not report.message_id or message is None:
            continue
        believed += _believe(report, message)
    return believed


def _believe(report: Report, message: Message) -> bool:
    user = message.person
    if user is None or (user.email or "").lower() != report.address.lower():
        return False  # the address has been changed since, or somebody guessed
    if report.action == "failed" and GONE.fullmatch(report.status):
        mark_and_ask(message, report.address, AddressMark.Why.BOUNCED)
    elif report.action in {"failed", "delayed"} and FULL.fullmatch(report.status):
        mark_and_ask(message, report.address, AddressMark.Why.FULL)
    log.info("message %s came back: %s %s", message.pk, report.action, report.status)
    return True
