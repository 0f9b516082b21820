"""Valkey from a wheel, on a socket: the queue of the workers and the cache."""

from __future__ import annotations

import os
import socket
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from milanolib.embedded.account import valkey_program
from milanolib.embedded.console import CannotStart
from milanolib.embedded.processes import Layer, Program

if TYPE_CHECKING:
    import pwd
    from pathlib import Path

    from milanolib.embedded.processes import Child, Family

PATIENCE = 60  # seconds


@dataclass(frozen=True)
class Valkey:
    """A server with its socket in `sockets`. With `is_durable` it keeps its data in `data`, written each second."""

    data: Path
    sockets: Path
    copies: Path
    account: pwd.struct_passwd | None
    is_durable: bool = True

    @property
    def socket(self) -> Path:
        """The socket it answers on."""
        return self.sockets / "v.sock"

    @property
    def url(self) -> str:
        """The address for REDIS_URL."""
        return f"unix://{self.socket}"

    def start(self, family: Family) -> Child:
        """Start the server; `wait` tells when it answers."""
        settings = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "daemonize": "no",
            "dir": str(self.data),
            "save": "",
            "appendonly": "yes" if self.is_durable else "no",
            "maxmemory-policy": "noeviction",  # a queue must refuse rather than forget
            "set-proc-title": "no",  # it would overwrite the environment, where our mark is
        }
        argv: list[str | Path] = [valkey_program(self.copies, self.account)]
        for name, value in settings.items():
            argv += [f"--{name}", value]
        environment = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "HOME": "/"}
        return family.start(
            Program(name="valkey", argv=argv, layer=Layer.VALKEY, env=environment, account=self.account)
        )

    def wait(self, family: Family) -> None:
        """Wait until the server answers."""
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            if time.monotonic() > deadline:
                raise CannotStart("Valkey does not answer.")
            family.pause(0.02)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(5)
            try:
                client.connect(str(self.socket))
                client.sendall(b"PING\r\n")
                return client.recv(64).startswith(b"+PONG")
            except OSError:
                return False
