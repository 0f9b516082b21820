"""Run a command beside throw-away servers: how the tests and the benchmarks start."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from typing import TYPE_CHECKING

from milanolib.embedded import folders
from milanolib.embedded.console import say
from milanolib.embedded.processes import ChildEnded, Family, Layer, Program, StopRequested
from milanolib.embedded.servers import inherited, start_mailbox, start_servers, trial_places

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milanolib.embedded.processes import Child

PATIENCE = 60  # seconds that a command may take to stop after the first signal


def run_trial(command: Sequence[str], *, is_durable: bool = False) -> int:
    """Run the command with the servers' addresses in its environment, and return its exit status.

    With `is_durable` the servers write to the disk as production's do, for what is measured rather than tested.
    """
    with folders.trial_folder() as folder:
        folders.own_folder(folder / "log")
        folders.own_folder(folder / "mail")
        with Family(folder / "log", str(folder)) as family:
            try:
                environment = {
                    **inherited(),
                    **start_mailbox(family, folder / "mail"),
                    **start_servers(family, trial_places(folder), is_durable=is_durable),
                    **folders.new_secrets(),
                    "MEDIA_ROOT": str(folder / "media"),
                    "BASE_URL": "http://127.0.0.1:8000",
                    "DJANGO_SETTINGS_MODULE": "milanolib.settings_test",
                }
                run = family.start(
                    Program(
                        name="command",
                        argv=command,
                        layer=Layer.APPS,
                        env=environment,
                        cwd=folders.PROJECT,
                        has_terminal=True,
                        is_watched=False,
                    )
                )
                return _status(_wait(family, run))
            except StopRequested as request:
                return 128 + request.number
            except ChildEnded as ended:
                say(ended.child.how_it_ended())
                for line in ended.child.tail():
                    say(f"  {line}")
                return 1


def _wait(family: Family, run: Child) -> int:
    """Wait for the command and pass signals on to all it started, as a terminal would; return how it ended."""
    deadline = None
    while run.process.poll() is None:
        try:
            family.pause(1)
        except StopRequested as request:
            deadline = deadline or time.monotonic() + PATIENCE
            with contextlib.suppress(ProcessLookupError):
                os.killpg(run.process.pid, request.number)
        if deadline and time.monotonic() > deadline:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(run.process.pid, signal.SIGKILL)
    return int(run.process.returncode)


def _status(code: int) -> int:
    """Return the exit status a shell would give: 128 and the signal for a command that died of one."""
    return code if code >= 0 else 128 - code
