"""Where the demo keeps what it makes: `.run` in the project, and the few folders that cannot be there."""

from __future__ import annotations

import base64
import contextlib
import fcntl
import hashlib
import os
import re
import secrets
import shutil
import stat
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from milanolib.embedded.console import CannotStart

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PROJECT = Path(__file__).resolve().parent.parent.parent
RUN = PROJECT / ".run"
TAG = "milanolib-" + hashlib.sha256(os.fsencode(PROJECT)).hexdigest()[:8]  # tells one checkout's folders from another's
# Longer paths do not fit into the 107 bytes of a socket's address; the address of a database loses capitals.
PLAIN_PATH = re.compile(r"[a-z0-9._/-]{1,80}")
TRIAL_PREFIX = "milanolib-test-"
TRIAL_IS_OLD = 60  # seconds; a younger one may not have locked itself yet


def own_folder(path: Path, mode: int = 0o700, *, owners: tuple[int, ...] = ()) -> Path:
    """Create the folder, or take the one that is there if it is ours (or of `owners`); refuse anyone else's."""
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode)
    facts = path.lstat()
    if not stat.S_ISDIR(facts.st_mode):
        raise CannotStart(f"{path} is not a folder: move it away.")
    if facts.st_uid not in {os.geteuid(), *owners}:
        raise CannotStart(
            f"{path} belongs to another account (uid {facts.st_uid}): start as that one, or move it away."
        )
    if stat.S_IMODE(facts.st_mode) != mode:
        path.chmod(mode)  # the umask may have taken more than we asked
    return path


def open_run() -> Path:
    """Return `.run`, made if need be. As root, the account of the servers may pass through it."""
    own_folder(RUN, 0o711 if os.geteuid() == 0 else 0o700)
    for name in ("log", "mail", "phone", "media", "beat"):
        own_folder(RUN / name)
    return RUN


@contextlib.contextmanager
def only_one(path: Path = RUN / "lock") -> Iterator[None]:
    """Hold the lock of the demo in this folder. The kernel lets go of it when we die."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            number = os.read(descriptor, 32).decode().strip()
            raise CannotStart(
                f"The demo already runs in this folder (process {number}): stop it first with Ctrl-C, or kill {number}."
            ) from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(descriptor)


def write_private(path: Path, text: str) -> None:
    """Write a file that only we can read, whole or not at all."""
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)


def as_lines(values: Mapping[str, str]) -> str:
    """Return the values as KEY=VALUE lines."""
    return "".join(f"{name}={value}\n" for name, value in values.items())


def new_secrets() -> dict[str, str]:
    """Return fresh secrets: Django's key, one for encrypted columns, one for notices, one for what comes back."""
    return {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "FIELD_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "VAPID_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode(),
        "BOUNCE_SECRET": secrets.token_urlsafe(30),
    }


def kept_secrets(path: Path = RUN / "secrets") -> dict[str, str]:
    """Return the demo's secrets, made at the first start: the data cannot be read without them.

    A version that needs one more makes it; the others stay.
    """
    kept = path.read_text() if path.exists() else ""
    known = dict(line.split("=", 1) for line in kept.splitlines() if "=" in line)
    complete = {**new_secrets(), **known}
    if complete != known:
        write_private(path, as_lines(complete))
    return complete


def need_space(path: Path, megabytes: int) -> None:
    """Refuse to begin on a disk that is nearly full."""
    free = shutil.disk_usage(path).free // 1_000_000
    if free < megabytes:
        raise CannotStart(f"Only {free} MB are free on the disk of {path}; {megabytes} MB are needed.")


# --- Folders outside the project, listed so that `make clean` finds them


def outside_folder(parent: Path, mode: int) -> Path:
    """Return this project's folder in `parent`. It is listed before it is made, so none is ever forgotten."""
    path = parent / TAG
    listed = RUN / "outside"
    if str(path) not in outside_folders():
        with listed.open("a") as file:
            file.write(f"{path}\n")
    return own_folder(path, mode)


def outside_folders() -> list[str]:
    """Return the folders outside the project that this project has listed."""
    listed = RUN / "outside"
    return listed.read_text().splitlines() if listed.exists() else []


def remove_outside() -> list[str]:
    """Remove the listed folders that are ours, and return what was left alone, each with the reason."""
    left = []
    for name in outside_folders():
        path = Path(name)
        if path.name != TAG:
            left.append(f"{path}: made by another folder's demo")
        elif path.is_symlink() or (path.exists() and path.stat().st_uid != os.geteuid()):
            left.append(f"{path}: belongs to another account")
        elif path.exists():
            shutil.rmtree(path)
    return left


# --- Throw-away folders of the tests


@contextlib.contextmanager
def trial_folder() -> Iterator[Path]:
    """Give a throw-away folder, locked while it is used; remove it, and what killed runs left before."""
    parent = Path(tempfile.gettempdir())
    if not PLAIN_PATH.fullmatch(f"{parent}/{TRIAL_PREFIX}12345678/s"):
        parent = Path("/tmp")  # noqa: S108  mkdtemp makes the folder for us alone
    _sweep(parent)
    path = Path(tempfile.mkdtemp(prefix=TRIAL_PREFIX, dir=parent))
    path.chmod(0o711)  # the servers' account must pass through
    try:
        with only_one(path / "lock"):
            yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _sweep(parent: Path) -> None:
    for path in parent.glob(TRIAL_PREFIX + "*"):
        with contextlib.suppress(OSError, CannotStart):  # another account's, in use, or just removed by someone else
            facts = path.lstat()
            is_ours = stat.S_ISDIR(facts.st_mode) and facts.st_uid == os.geteuid()
            if is_ours and time.time() - facts.st_mtime > TRIAL_IS_OLD:
                with only_one(path / "lock"):
                    shutil.rmtree(path, ignore_errors=True)
