"""The servers of the demo and of the tests together; DATABASE_URL and REDIS_URL each replace their own."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from milanolib.embedded import folders
from milanolib.embedded.account import is_reachable, server_account
from milanolib.embedded.ports import loopback_socket
from milanolib.embedded.postgres import Postgres
from milanolib.embedded.processes import Layer, Program
from milanolib.embedded.valkey import Valkey

if TYPE_CHECKING:
    import pwd

    from milanolib.embedded.processes import Family

DEPLOYMENTS = {
    "ALLOWED_HOSTS",
    "BEHIND_PROXY",
    "CSRF_TRUSTED_ORIGINS",
    "DATABASE_POOL",
    "DEMO",
    "DEMO_DIR",
    "SECRET_KEY_FALLBACKS",
    "STATIC_ROOT",
}


@dataclass(frozen=True)
class Places:
    """Where the servers keep their data, their sockets and, if need be, copies of their programs."""

    data: Path
    sockets: Path
    account: pwd.struct_passwd | None

    @property
    def postgres(self) -> Path:
        """PostgreSQL's data folder."""
        return self.data / "pg"

    @property
    def valkey(self) -> Path:
        """Valkey's data folder."""
        return self.data / "valkey"


def demo_places() -> Places:
    """Return the places of the demo: in `.run` where that serves, else in folders that `.run/outside` lists."""
    account = server_account()
    data = folders.RUN
    if account is not None and not is_reachable(data):
        data = folders.outside_folder(Path("/var/lib"), 0o711)
    account = server_account(data / "pg")
    return Places(data, _demo_sockets(data, account), account)


def trial_places(folder: Path) -> Places:
    """Return the places of a throw-away run."""
    account = server_account()
    return Places(folder, _given(folder / "s", account), account)


def _demo_sockets(data: Path, account: pwd.struct_passwd | None) -> Path:
    sockets = data / "s"
    if folders.PLAIN_PATH.fullmatch(str(sockets)):
        return _given(sockets, account)
    parent = folders.outside_folder(Path("/tmp"), 0o711)  # noqa: S108  ours alone: made exclusively, its owner checked
    return _given(parent / "s", account)


def _given(path: Path, account: pwd.struct_passwd | None) -> Path:
    """Return a folder that belongs to the servers' account and that nobody else may enter."""
    if account is None:
        return folders.own_folder(path)
    folders.own_folder(path, owners=(account.pw_uid,))
    os.chown(path, account.pw_uid, account.pw_gid)
    return path


def inherited() -> dict[str, str]:
    """Return our own environment without what only a deployment sets and would lead the demo or the tests astray."""
    foreign = DEPLOYMENTS if os.environ.get("REDIS_URL") else {*DEPLOYMENTS, "CACHE_URL"}
    return {name: value for name, value in os.environ.items() if name not in foreign}


def start_servers(family: Family, places: Places, *, is_durable: bool) -> dict[str, str]:
    """Start what the environment does not name, wait for it, and return the addresses of all."""
    addresses = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL") if os.environ.get(name)}
    started: list[Postgres | Valkey] = []
    for name, server in (("DATABASE_URL", Postgres), ("REDIS_URL", Valkey)):
        if name in addresses:
            continue
        data = places.postgres if server is Postgres else _given(places.valkey, places.account)
        each = server(data, places.sockets, places.data, places.account, is_durable=is_durable)
        each.start(family)
        started.append(each)
        addresses[name] = each.url
    for each in started:
        each.wait(family)
    return addresses


def start_mailbox(family: Family, folder: Path) -> dict[str, str]:
    """Start the mailbox that keeps messages in `folder`, and return its address and the folder."""
    with loopback_socket() as listener:
        family.start(
            Program(
                name="mailbox",
                argv=[
                    *(sys.executable, "-m", "milanolib.embedded.mailbox", folder),
                    *("--socket", str(listener.fileno())),
                ],
                layer=Layer.MAILBOX,
                env=inherited(),
                cwd=folders.PROJECT,
                sockets=[listener],
            )
        )
        port = listener.getsockname()[1]
    return {"EMAIL_URL": f"smtp://127.0.0.1:{port}", "DEMO_MAIL_DIR": str(folder)}


def start_gateways(family: Family, folder: Path) -> dict[str, str]:
    """Start the SMS gateway and App IO that keep messages in `folder`, and return their addresses."""
    with loopback_socket() as listener:
        family.start(
            Program(
                name="gateways",
                argv=[
                    *(sys.executable, "-m", "milanolib.embedded.gateways", folder),
                    *("--socket", str(listener.fileno())),
                ],
                layer=Layer.MAILBOX,
                env=inherited(),
                cwd=folders.PROJECT,
                sockets=[listener],
            )
        )
        port = listener.getsockname()[1]
    return {
        "SMS_URL": f"http://demo:demo@127.0.0.1:{port}/API/v1.0/REST",
        "APP_IO_URL": f"http://:demo@127.0.0.1:{port}/api/v1",
    }
