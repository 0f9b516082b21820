"""Loopback ports: taken before anything else starts, and handed to the program that serves on them."""

from __future__ import annotations

import errno
import os
import socket

from milanolib.embedded.console import CannotStart

DEFAULT_PORT = "8000"


def loopback_socket(port: int = 0) -> socket.socket:
    """Return a socket that listens on loopback; with port 0 the system picks one."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


def web_socket() -> socket.socket:
    """Take the port named by PORT, or 8000, for the portal; say in one line why it cannot be had."""
    named = os.environ.get("PORT") or DEFAULT_PORT
    if not named.isascii() or not named.isdigit() or int(named) not in range(1, 65_536):
        raise CannotStart(f"PORT={named} is no port: choose one from 1024 to 65535, as in make demo PORT=8123")
    try:
        return loopback_socket(int(named))
    except PermissionError:
        raise CannotStart(f"Port {named} is for root only: choose another, as in make demo PORT=8123") from None
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise CannotStart(
            f"Port {named} is in use by another program: choose another, as in make demo PORT=8123"
        ) from None
