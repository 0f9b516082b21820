"""What a killed run left: found by the mark in its environment, waited for, and ended if it must be."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

from milanolib.embedded.console import CannotStart, say
from milanolib.embedded.folders import RUN, outside_folders
from milanolib.embedded.processes import MARK, process_numbers

PATIENCE = 15  # seconds: the kernel has asked each to stop when the command that started it died
LAST_PATIENCE = 5
SERVERS = {"postgres", "valkey-server"}


def leftovers(mark: str, *folders: Path) -> list[int]:
    """Return the processes that carry `mark`, and the servers that work in one of the `folders`.

    A server is also known by its command line or its folder: PostgreSQL overwrites its environment with its title,
    and root in a container may not read the environment of another account.
    """
    sign = f"{MARK}={mark}".encode()
    ours = {os.fsencode(folder) for folder in folders}
    return [pid for pid in process_numbers() if _has_sign(pid, sign) or _is_server_of(pid, ours)]


def _has_sign(pid: int, sign: bytes) -> bool:
    try:
        return sign in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:  # it ended meanwhile, or is another account's
        return False


def _is_server_of(pid: int, ours: set[bytes]) -> bool:
    process = Path(f"/proc/{pid}")
    try:
        if (process / "comm").read_text().strip() not in SERVERS:
            return False
        if ours.intersection((process / "cmdline").read_bytes().split(b"\0")):
            return True
        return os.fsencode((process / "cwd").readlink()) in ours
    except OSError:
        return False


def leftovers_here() -> list[int]:
    """Return the processes of this folder's demo, wherever its data are."""
    homes = [RUN, *(Path(name) for name in outside_folders())]
    return leftovers(str(RUN), *(home / name for home in homes for name in ("pg", "valkey")))


def end_leftovers(mark: str, *folders: Path) -> None:
    """Wait until what a killed run left has stopped, then kill what has not."""
    pids = leftovers(mark, *folders)
    if not pids:
        return
    say("A run that was killed is still stopping: waiting for it.")
    if not _gone(mark, folders, PATIENCE):
        for pid in leftovers(mark, *folders):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
    if not _gone(mark, folders, LAST_PATIENCE):
        numbers = " ".join(str(pid) for pid in leftovers(mark, *folders))
        raise CannotStart(f"A run that was killed left processes that do not stop: kill -9 {numbers}")


def _gone(mark: str, folders: tuple[Path, ...], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while leftovers(mark, *folders):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True
