"""A real SMTP server on loopback that keeps each message as a file: the post of the demo and of the tests.

`python -m milanolib.embedded.mailbox FOLDER [--socket NUMBER]` serves until it is stopped. With `--socket` it takes
over a listening socket it was started with; else it picks a port and prints it. A message becomes one file
`ARRIVAL-NUMBER.eml`, there at once and whole: the message as it came, below three lines of ours,

    X-Envelope-From: sender
    X-Envelope-To: recipient, recipient
    X-Arrived-At: 2026-03-12T08:15:30.123456+00:00

where the recipients are those of the envelope, blind copies included. No address is ever written to a log.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import logging
import os
import signal
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from aiosmtpd.smtp import SMTP

from milanolib.embedded.ports import loopback_socket

if TYPE_CHECKING:
    from aiosmtpd.smtp import Envelope, Session

LARGEST = 25_000_000  # bytes of a message


class Mailbox:
    """Keeps the messages that arrive in a folder that only we can read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = itertools.count(1)

    async def handle_EHLO(  # noqa: N802  as below
        self,
        server: SMTP,  # noqa: ARG002  as below
        session: Session,
        envelope: Envelope,  # noqa: ARG002  as below
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        """Say what we offer: commands are taken in the order in which they come, however many at once (RFC 2920)."""
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", responses[-1]]

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002, N802  the library calls it so
        """Keep a message, and tell its sender so only once it is on the disk."""
        try:
            self.keep(envelope.mail_from or "", envelope.rcpt_tos, envelope.content or b"")
        except OSError:
            return "452 The mailbox is full"
        return "250 Kept"

    def keep(self, sender: str, recipients: list[str], content: bytes | str) -> Path:
        """Write the message and its envelope as one file, and return its path."""
        arrived = datetime.now(UTC)
        header = (
            f"X-Envelope-From: {sender}\r\nX-Envelope-To: {', '.join(recipients)}\r\n"
            f"X-Arrived-At: {arrived.isoformat()}\r\n"
        )
        message = content.encode() if isinstance(content, str) else content
        path = self.folder / f"{arrived:%Y%m%dT%H%M%S.%f}-{os.getpid()}-{next(self._numbers)}.eml"
        part = path.with_suffix(".part")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(header.encode() + message)
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
        return path


async def serve(folder: Path, listener: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT."""
    mailbox = Mailbox(folder)
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    server = await loop.create_server(
        lambda: SMTP(mailbox, hostname="localhost", enable_SMTPUTF8=True, data_size_limit=LARGEST), sock=listener
    )
    async with server:
        await stopped.wait()


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m milanolib.embedded.mailbox")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--socket", type=int, metavar="NUMBER")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)  # the library's log names senders and recipients
    listener = socket.socket(fileno=options.socket) if options.socket is not None else loopback_socket()
    if options.socket is None:
        sys.stdout.write(f"{listener.getsockname()[1]}\n")
        sys.stdout.flush()
    asyncio.run(serve(options.folder, listener))


if __name__ == "__main__":
    main()
