"""Say which texts are not translated: `python -m milanolib.translations_check`, exit status 1 if any.

Three things are asked of every language in `locale/`: that its file compiles and its placeholders agree with the
source (msgfmt), that no text is untranslated, doubtful ("fuzzy") or left over (msgattrib), and that the file knows
every text of the code and templates. For the last, texts are collected anew in a copy of the project.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
SOURCES = {".py", ".html", ".txt", ".js"}
UNVISITED = {"tests", "bench", "docs", "data", "node_modules", "staticfiles", "media", "__pycache__"}
FAULTS = (("--untranslated", "not translated"), ("--only-fuzzy", "doubtful (fuzzy)"), ("--only-obsolete", "left over"))
MESSAGE = re.compile(r'^(?:#~ )?msgid ((?:"(?:[^"\\]|\\.)*"\s*)+)', re.MULTILINE)
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')


def main() -> int:
    """Print every fault, one a line, and return the exit status."""
    files = sorted((PROJECT / "locale").glob("*/LC_MESSAGES/*.po"))
    faults = [fault for file in files for fault in _faults_of(file)] if files else ["locale/ holds no language"]
    if not faults:
        faults = _faults_of_age(files)
    sys.stdout.write("".join(f"{fault}\n" for fault in faults))
    return 1 if faults else 0


def _faults_of(file: Path) -> list[str]:
    """Return what is wrong within one file."""
    name = file.relative_to(PROJECT)
    compiled = _run("msgfmt", "--check", "-o", "/dev/null", str(file))
    if compiled.returncode:
        return compiled.stderr.splitlines()
    return [
        f"{name}: {words}: {text}"
        for option, words in FAULTS
        for text in _texts(_run("msgattrib", option, "--no-wrap", str(file)).stdout)
    ]


def _faults_of_age(files: list[Path]) -> list[str]:
    """Return the texts of the code and templates that the files do not know, and those that nobody uses any more."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "project"
        shutil.copytree(PROJECT, copy, ignore=_without_sources)
        for file in files:
            (copy / file.relative_to(PROJECT).parent).mkdir(parents=True, exist_ok=True)
            shutil.copy(file, copy / file.relative_to(PROJECT))
        made = subprocess.run(
            [sys.executable, "manage.py", "makemessages", "--all", "--no-obsolete", "--no-wrap"],
            cwd=copy,
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            return [made.stderr.strip()]
        faults = []
        for file in files:
            name = file.relative_to(PROJECT)
            known, used = set(_texts(file.read_text())), set(_texts((copy / name).read_text()))
            faults += [f"{name}: not collected (make messages): {text}" for text in sorted(used - known)]
            faults += [f"{name}: used nowhere (make messages): {text}" for text in sorted(known - used)]
        return faults


def _without_sources(folder: str, names: list[str]) -> set[str]:
    """Return the names that hold no text of ours, for copytree to leave out."""
    is_top = Path(folder) == PROJECT
    return {
        name
        for name in names
        if name.startswith(".")
        or (is_top and name in UNVISITED | {"locale"})
        or name == "__pycache__"
        or ((Path(folder) / name).is_file() and Path(name).suffix not in SOURCES)
    }


def _texts(catalogue: str) -> list[str]:
    """Return the source texts of a .po file but its header."""
    found = ("".join(QUOTED.findall(quoted)) for quoted in MESSAGE.findall(catalogue))
    return [text for text in found if text]


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  gettext's own programs


if __name__ == "__main__":
    sys.exit(main())
