"""The whole portal in the foreground, from nothing: servers, database, demo data, web, worker and beat."""

from __future__ import annotations

import contextlib
import socket
import sys
import time
from typing import TYPE_CHECKING

from milanolib.embedded import folders
from milanolib.embedded.console import CannotStart, say
from milanolib.embedded.doctor import need_libraries
from milanolib.embedded.leftovers import end_leftovers
from milanolib.embedded.ports import web_socket
from milanolib.embedded.processes import ChildEnded, Family, Layer, Program, StopRequested
from milanolib.embedded.servers import demo_places, inherited, start_gateways, start_mailbox, start_servers

if TYPE_CHECKING:
    from milanolib.embedded.processes import Child
    from milanolib.embedded.servers import Places

PATIENCE = 180  # seconds for the portal to answer that it is ready


def run_demo() -> int:
    """Run until it is stopped, and return the exit status: 0 if someone asked, 1 if something broke."""
    began = time.monotonic()
    run = folders.open_run()
    with folders.only_one():
        places = demo_places()
        end_leftovers(str(run), places.postgres, places.valkey)
        need_libraries()
        with web_socket() as listener, Family(run / "log", str(run)) as family:
            try:
                _start(family, places, listener, began)
                while True:
                    family.pause(3600)
            except StopRequested:
                say("Stopping; the data are kept.")
                return 0
            except ChildEnded as ended:
                _tell(ended.child)
                return 1
            finally:
                listener.close()
                family.stop_all()
                for name in ("env", "pids"):
                    (run / name).unlink(missing_ok=True)


def _start(family: Family, places: Places, listener: socket.socket, began: float) -> None:
    run = folders.RUN
    port = listener.getsockname()[1]
    is_first = not (run / "prepared").exists()
    say("Starting PostgreSQL and Valkey.")
    environment = {
        **start_mailbox(family, run / "mail"),
        **start_gateways(family, run / "phone"),
        **start_servers(family, places, is_durable=True),
        **folders.kept_secrets(),
        "DJANGO_SETTINGS_MODULE": "milanolib.settings",
        "DEMO": "1",
        "DEMO_DIR": str(run),
        "MEDIA_ROOT": str(run / "media"),
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "BASE_URL": f"http://127.0.0.1:{port}",
    }
    folders.write_private(run / "env", folders.as_lines(environment))
    apps = _apps({**inherited(), **environment, "PYTHONUNBUFFERED": "1"}, listener)
    if is_first:
        say("Preparing the database: the first time it takes a while.")
        family.run(apps["prepare"])
        family.start(apps["web"])
    else:  # loading the code takes longest: let the web do so while the database is looked at
        prepare = family.start(apps["prepare"])
        family.start(apps["web"])
        family.wait_for(prepare)
    (run / "prepared").touch()
    listener.close()
    family.start(apps["worker"])
    family.start(apps["beat"])
    family.write_roll(run / "pids")
    _wait_until_ready(family, port)
    say(f"Milanolib is ready at {environment['BASE_URL']} ({time.monotonic() - began:.1f} s).")
    logins = run / "demo-logins.txt"
    if logins.exists():
        say("\n" + logins.read_text().strip() + "\n")
    say("Ctrl-C stops everything and keeps the data. Logs: .run/log, messages: .run/mail, .run/phone")


def _apps(environment: dict[str, str], listener: socket.socket) -> dict[str, Program]:
    """Return the processes of the portal by name."""
    celery = ["-m", "celery", "-A", "milanolib"]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    gunicorn = ["-m", "gunicorn", "--bind", f"fd://{listener.fileno()}", "--workers", "1", "--threads", "4"]
    arguments = {
        "prepare": ["-m", "milanolib.embedded.prepare"],
        "web": [*gunicorn, "--no-control-socket", "--graceful-timeout", "5", "milanolib.wsgi:application"],
        "worker": [*celery, "worker", "--concurrency", "2", "--loglevel", "INFO", *quiet],
        "beat": [*celery, "beat", "--schedule", str(folders.RUN / "beat" / "schedule"), "--pidfile", ""],
    }
    return {
        name: Program(
            name=name,
            argv=[sys.executable, *argv],
            layer=Layer.APPS,
            env=environment,
            cwd=folders.PROJECT,
            sockets=[listener] if name == "web" else [],
            is_watched=name != "prepare",
        )
        for name, argv in arguments.items()
    }


def _wait_until_ready(family: Family, port: int) -> None:
    """Wait until the portal itself answers that it is ready: an open port says nothing."""
    deadline = time.monotonic() + PATIENCE
    answer = "no answer"
    while time.monotonic() < deadline:
        with contextlib.suppress(ConnectionError, TimeoutError):
            answer = _ask(family, port) or answer
        if answer.startswith("HTTP/1.1 200 "):
            return
        family.pause(0.2)
    raise CannotStart(f"The portal does not become ready: {answer.splitlines()[0]} (.run/log/web.log)")


def _ask(family: Family, port: int) -> str:
    """Return the portal's answer; it waits for us in the port's queue while the portal still loads its code."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        client.sendall(f"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
        family.pause(30, or_readable=client)
        client.settimeout(0.5)  # it may have been other news
        return client.recv(4096).decode(errors="replace")


def _tell(child: Child) -> None:
    """Say which process ended and how, and show its last lines."""
    log = f" (.run/log/{child.log.name})" if child.log else ""
    say(child.how_it_ended() + log)
    for line in child.tail():
        say(f"  {line}")
    say("Stopping the rest.")
