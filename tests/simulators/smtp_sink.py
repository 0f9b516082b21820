"""A mail server on loopback that keeps nothing of a letter but its Message-ID: for what is counted and measured.

`python smtp_sink.py FILE [SECONDS]` prints its port; each letter taken is a line of FILE, there before its sender is
told. With SECONDS it takes so long for each.
"""

import asyncio
import logging
import re
import sys
from pathlib import Path

from aiosmtpd.smtp import SMTP

MESSAGE_ID = re.compile(rb"^Message-ID:\s*(<[^>\r\n]+>)", re.IGNORECASE | re.MULTILINE)
PATIENCE = float(sys.argv[2]) if len(sys.argv) > 2 else 0


class Sink:
    def __init__(self, file):
        self.file = file

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", responses[-1]]

    async def handle_DATA(self, server, session, envelope):
        if PATIENCE:
            await asyncio.sleep(PATIENCE)
        self.file.write(MESSAGE_ID.search(envelope.content).group(1).decode() + "\n")
        self.file.flush()
        return "250 Taken"


async def main(file):
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(Sink(file), hostname="localhost"), "127.0.0.1", 0
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)  # the library's log names senders and recipients
    with Path(sys.argv[1]).open("a", encoding="ascii") as taken:
        asyncio.run(main(taken))
