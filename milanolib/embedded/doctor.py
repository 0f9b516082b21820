"""What the machine lacks, in one line, and the one command that brings it."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from milanolib.embedded.console import CannotStart, say

if TYPE_CHECKING:
    from collections.abc import Callable

OLDEST = (3, 11)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True)
class Need:
    """Something the machine must have: how to see it, and Debian's package that brings it."""

    name: str
    package: str
    is_there: Callable[[], bool]
    is_for_tests: bool = False


def _library(file: str) -> Callable[[], bool]:
    def is_there() -> bool:
        try:
            ctypes.CDLL(file)
        except OSError:
            return False
        return True

    return is_there


def _programs(*names: str) -> Callable[[], bool]:
    return lambda: any(shutil.which(name) for name in names)


def _has_venv() -> bool:
    # Debian ships Python without these unless asked; inside an environment that is there, neither is needed again.
    return sys.prefix != sys.base_prefix or bool(
        importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")
    )


LIBRARIES = (  # what WeasyPrint loads by name
    Need("libpango", "libpango-1.0-0", _library("libpango-1.0.so.0")),
    Need("libpangoft2", "libpangoft2-1.0-0", _library("libpangoft2-1.0.so.0")),
    Need("libharfbuzz-subset", "libharfbuzz-subset0", _library("libharfbuzz-subset.so.0")),
)
NEEDS = (
    Need("Python's venv", "python3-venv", _has_venv),
    *LIBRARIES,
    Need("gettext", "gettext", _programs("msgfmt")),
    Need("chromium", "chromium", _programs(*BROWSERS), is_for_tests=True),
)


def missing(*, for_tests: bool) -> list[Need]:
    """Return what is not there."""
    return [need for need in NEEDS if (for_tests or not need.is_for_tests) and not need.is_there()]


def need_libraries() -> None:
    """Stop with one line if a system library is missing: its absence would show only later, in a worker's log."""
    if sys.platform == "linux" and (lacking := [need for need in LIBRARIES if not need.is_there()]):
        raise CannotStart(_one_line(lacking))


def examine(*, for_tests: bool, may_install: bool, is_quiet: bool = False) -> int:
    """Say in one line what is missing; as root on Debian install it if allowed. Return 0 when nothing is missing."""
    if sys.version_info < OLDEST:
        say(f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed; this is {sys.version.split()[0]}.")
        return 1
    lacking = missing(for_tests=for_tests)
    if lacking and may_install and os.geteuid() == 0 and shutil.which("apt-get"):
        _install(lacking)
        lacking = missing(for_tests=for_tests)
    if lacking:
        say(_one_line(lacking))
        return 1
    if not is_quiet:
        say("Nothing is missing.")
    return 0


def _one_line(lacking: list[Need]) -> str:
    names = ", ".join(need.name + (" (only for the tests)" if need.is_for_tests else "") for need in lacking)
    return f"Missing: {names}. On Debian, as root: {_apt(lacking)}"


def _apt(lacking: list[Need]) -> str:
    packages = " ".join(need.package for need in lacking)
    return f"apt-get update && apt-get install -y --no-install-recommends {packages}"


def _install(lacking: list[Need]) -> None:
    say(f"Installing what this machine lacks: {_apt(lacking)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(  # noqa: S603  the packages are named above
        ["/bin/sh", "-c", _apt(lacking)],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        say("\n".join(done.stdout.splitlines()[-8:]))
