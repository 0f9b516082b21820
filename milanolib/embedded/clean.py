"""Remove all that the make commands have made, in this folder and outside it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from milanolib.embedded import folders
from milanolib.embedded.console import say

if TYPE_CHECKING:
    from pathlib import Path

CACHES = (".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", ".import_linter_cache", "staticfiles")
UNVISITED = {".git", ".venv", ".run"}


def clean() -> int:
    """Remove the demo's data, the environment, the caches and the compiled translations."""
    if folders.RUN.is_dir():
        with folders.only_one():
            for line in folders.remove_outside():
                say(f"Left alone: {line}")
            shutil.rmtree(folders.RUN)
    for path in (folders.PROJECT / ".venv", *(folders.PROJECT / name for name in CACHES)):
        if path.is_symlink():
            path.unlink()
        shutil.rmtree(path, ignore_errors=True)
    for compiled in (folders.PROJECT / "locale").glob("*/LC_MESSAGES/*.mo"):
        compiled.unlink()
    _remove_bytecode(folders.PROJECT)
    say("Removed .run with the demo's data, .venv, the caches and the compiled translations.")
    return 0


def _remove_bytecode(folder: Path) -> None:
    for each in folder.iterdir():
        if not each.is_dir() or each.is_symlink() or each.name in UNVISITED:
            continue
        if each.name == "__pycache__":
            shutil.rmtree(each, ignore_errors=True)
        else:
            _remove_bytecode(each)
