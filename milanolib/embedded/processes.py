"""Processes that never outlive the command that started them.

Each child has its own session, so a terminal's Ctrl-C reaches only us and we decide the order of stopping. The
kernel signals every child when we die (Linux), even by kill -9, and hands us what a dying child leaves behind.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Self

from milanolib.embedded.console import say

if TYPE_CHECKING:
    import pwd
    import socket
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import FrameType, TracebackType

LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
MARK = "MILANOLIB_SUPERVISED"  # in the environment of every child: whose it is
TAIL_LINES = 12
TELLING = re.compile("FATAL|PANIC|[Ee]rror|ERROR|CRITICAL")  # of the last lines, the one to show first
FULL_BYTES = 1_000_000
LOG_BYTES = 10_000_000  # a longer log is set aside at the next start


class Layer(IntEnum):
    """Who stops first: the highest layer. A server outlives all that may still talk to it."""

    POSTGRES = 1
    VALKEY = 2
    MAILBOX = 3
    APPS = 4


@dataclass(frozen=True, kw_only=True)
class Program:
    """What to run, as whom, and how it wants to be stopped.

    `has_terminal` leaves it our own input and output; else it reads nothing and writes NAME.log. The end of a
    program that `is_watched` ends the command.
    """

    name: str
    argv: Sequence[str | Path]
    layer: Layer
    env: Mapping[str, str]
    cwd: Path | str = "/"
    stop_signal: signal.Signals = signal.SIGTERM
    grace: float = 10
    account: pwd.struct_passwd | None = None
    sockets: Sequence[socket.socket] = ()
    has_terminal: bool = False
    is_watched: bool = True


@dataclass(frozen=True)
class Child:
    """A program that was started, and where this run of it begins in its log."""

    program: Program
    process: subprocess.Popen[bytes]
    log: Path | None
    log_start: int

    @property
    def name(self) -> str:
        """The program's name."""
        return self.program.name

    def tail(self) -> list[str]:
        """Return the last lines that this run of the child wrote to its log."""
        if self.log is None:
            return []
        with self.log.open("rb") as log:
            log.seek(max(self.log_start, self.log.stat().st_size - 20_000))
            lines = log.read().decode(errors="replace").splitlines()
        return [line for line in lines if line.strip()][-TAIL_LINES:]

    def how_it_ended(self) -> str:
        """Return in one line that the child ended, how, and its last words."""
        code = self.process.returncode
        how = f"exit status {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"
        lines = self.tail() or ["it wrote nothing"]
        is_full = self.log is not None and shutil.disk_usage(self.log).free < FULL_BYTES
        if is_full or any("No space left on device" in line for line in lines):
            lines = ["the disk is full"]
        telling = [line for line in lines if TELLING.search(line)] or lines
        return f"{self.name} ended ({how}): {telling[-1].strip()}"


class StopRequested(Exception):
    """Someone asked the command to stop, by the signal `number`."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


class ChildEnded(Exception):
    """A process that should have gone on, or succeeded, did not."""

    def __init__(self, child: Child) -> None:
        super().__init__(child.how_it_ended())
        self.child = child


class Family:
    """The processes of one foreground command.

    Signals are only noted; they take effect where the command waits (`pause`), so a process can never be started
    and forgotten between two instructions. The handlers stay to the end of the command: a second Ctrl-C while
    stopping changes nothing.
    """

    def __init__(self, logs: Path, mark: str) -> None:
        self.logs = logs
        self.mark = mark
        self.children: list[Child] = []
        self._signals: list[int] = []
        self._news, self._news_writer = os.pipe()

    def __enter__(self) -> Self:
        """Take over the signals, and the processes that a dying child leaves behind."""
        for end in (self._news, self._news_writer):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(self._news_writer, warn_on_full_buffer=False)
        for number in STOP_SIGNALS:
            signal.signal(number, self._note)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)  # only so that a child's end wakes `pause`
        if LIBC is not None:
            LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
            if "MAKELEVEL" in os.environ:  # whoever kills make means us; a shell that started us may well go away
                LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave no process behind, whatever happened."""
        self.stop_all()

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self._signals.append(number)

    def start(self, program: Program) -> Child:
        """Start a program and return the process."""
        log = None if program.has_terminal else self._open_log(program.name)
        start = log.stat().st_size if log else 0
        account = program.account
        with contextlib.ExitStack() as stack:
            output = stack.enter_context(log.open("ab")) if log else None
            process = subprocess.Popen(  # noqa: S603  the programs are ours
                [os.fspath(part) for part in program.argv],
                stdin=None if program.has_terminal else subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT if output else None,
                env={**program.env, MARK: self.mark},
                cwd=program.cwd,
                start_new_session=True,
                # It runs after the change of account, as it must, and no thread of ours is there to be hurt.
                preexec_fn=_tied_to_parent(program.stop_signal),  # noqa: PLW1509  as just said
                pass_fds=[each.fileno() for each in program.sockets],
                user=account.pw_uid if account else None,
                group=account.pw_gid if account else None,
                extra_groups=[] if account else None,
            )
        child = Child(program, process, log, start)
        self.children.append(child)
        return child

    def run(self, program: Program) -> None:
        """Run a program to its end; raise ChildEnded unless it succeeded."""
        self.wait_for(self.start(replace(program, is_watched=False)))

    def wait_for(self, child: Child) -> None:
        """Wait until `child` has succeeded; raise ChildEnded if it failed or a watched process ended before."""
        while child.process.poll() is None:
            self.pause(1)
        if child.process.returncode:
            raise ChildEnded(child)

    def pause(self, seconds: float, or_readable: socket.socket | None = None) -> None:
        """Wait, at most so long, for news. Raise StopRequested or ChildEnded if that is the news."""
        wanted = [self._news, *([or_readable.fileno()] if or_readable else [])]
        select.select(wanted, [], [], seconds)
        with contextlib.suppress(BlockingIOError):
            while os.read(self._news, 512):
                pass
        if self._signals:
            raise StopRequested(self._signals.pop(0))
        for child in self.children:
            if child.program.is_watched and child.process.poll() is not None:
                raise ChildEnded(child)

    def stop_all(self) -> None:
        """Stop everything, layer by layer from the top, and kill what does not stop in time."""
        for layer in sorted({child.program.layer for child in self.children}, reverse=True):
            members = [child for child in self.children if child.program.layer == layer]
            asked_at = time.monotonic()
            for child in members:
                if child.process.poll() is None:
                    child.process.send_signal(child.program.stop_signal)
            for child in members:
                _wait_or_kill(child, asked_at + child.program.grace)
        _kill_orphans()

    def write_roll(self, path: Path) -> None:
        """Write who runs, a line each: name and process number."""
        path.write_text(
            "".join(f"{child.name} {child.process.pid}\n" for child in self.children if child.program.is_watched)
        )

    def _open_log(self, name: str) -> Path:
        log = self.logs / f"{name}.log"
        if log.exists() and log.stat().st_size > LOG_BYTES:
            log.rename(log.with_suffix(".log.1"))
        log.touch(mode=0o600)
        return log


def _tied_to_parent(stop_signal: signal.Signals) -> Callable[[], None]:
    """Return what a new child does before it becomes the program: be stopped when its parent dies."""
    parent = os.getpid()

    def tie() -> None:
        for number in STOP_SIGNALS:  # a shell may have started us with some of them ignored
            signal.signal(number, signal.SIG_DFL)
        if LIBC is not None:
            LIBC.prctl(PR_SET_PDEATHSIG, stop_signal, 0, 0, 0)
            if os.getppid() != parent:  # it died in between
                os._exit(1)

    return tie


def _wait_or_kill(child: Child, deadline: float) -> None:
    try:
        child.process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        say(f"{child.name} did not stop in {child.program.grace:.0f} seconds and is killed.")
    # What the child started shares its session, and it too must go, even if the child itself has stopped.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.process.pid, signal.SIGKILL)
    child.process.wait()


def _kill_orphans() -> None:
    """Kill what our children left behind in sessions of their own; the kernel has made them ours (Linux)."""
    for _ in range(100):
        orphans = [pid for pid, parent in _parents() if parent == os.getpid()]
        if not orphans:
            return
        for pid in orphans:
            with contextlib.suppress(ProcessLookupError, ChildProcessError):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)


def _parents() -> Iterator[tuple[int, int]]:
    for pid in process_numbers():
        with contextlib.suppress(OSError):
            # The program's name, in brackets, may hold anything: what is after the last bracket is fixed.
            yield pid, int(Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[1])


def process_numbers() -> list[int]:
    """Return every process number on the machine; none where there is no /proc."""
    try:
        return [int(each.name) for each in Path("/proc").iterdir() if each.name.isdigit()]
    except FileNotFoundError:
        return []
