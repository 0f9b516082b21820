"""What the person at the terminal reads: one line for each thing that happens or is in the way."""

from __future__ import annotations

import errno
import os
import sys


class CannotStart(Exception):
    """What is in the way, as one line that says what is wrong and what to do about it."""


def say(line: str) -> None:
    """Print one line at once. A terminal that has gone away is no reason to leave servers behind."""
    try:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except OSError:
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, sys.stdout.fileno())
        os.close(silence)


def in_words(error: OSError) -> str:
    """Return an error of the operating system as one line."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        where = f" ({error.filename})" if error.filename else ""
        return f"The disk is full{where}: free some space and start again."
    return f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}"
