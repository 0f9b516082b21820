"""One call: a deadline for all of it, and what each silence means."""

import socket
import threading
import time

import pytest

from notifications.channels import ChannelDownError, PossiblyDoubleError
from notifications.channels.calling import NoAnswer, account_of, call, call_or_tell


class Speaker:
    """A server (a real socket) that reads one request and then does as it is told."""

    def __init__(self, then):
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listening.getsockname()[1]}/x"
        self.thread = threading.Thread(target=self._serve, args=[then], daemon=True)
        self.thread.start()

    def _serve(self, then):
        line, _address = self.listening.accept()
        with line:
            line.recv(65536)
            then(line)

    def __enter__(self):
        return self.url

    def __exit__(self, *error):
        self.listening.close()
        self.thread.join(10)


def drip(line):
    """Say something now and then, and never come to an end."""
    line.sendall(b"HTTP/1.1 200 OK\r\n")
    for number in range(100):
        try:
            line.sendall(b"X-%d: a\r\n" % number)
        except OSError:
            return
        time.sleep(0.05)


def redirect(line):
    line.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")


def test_call_ends_at_its_deadline_however_slowly_somebody_speaks():
    with Speaker(drip) as url:
        began = time.monotonic()
        with pytest.raises(NoAnswer) as silence:
            call("POST", url, headers={}, patience=0.5)

    assert time.monotonic() - began < 2
    assert silence.value.was_handed_over


def test_call_knows_that_nobody_was_there():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    with pytest.raises(NoAnswer) as silence:
        call("POST", f"http://127.0.0.1:{port}/", headers={})

    assert not silence.value.was_handed_over


def test_call_follows_no_redirect():
    with Speaker(redirect) as url:
        assert call("GET", url, headers={}).status == 302


def test_call_that_changes_something_and_is_not_answered_may_have_been_done():
    with Speaker(lambda line: None) as url, pytest.raises(PossiblyDoubleError):
        call_or_tell("POST", url, headers={}, content=b"{}")
    with Speaker(lambda line: None) as url, pytest.raises(ChannelDownError):
        call_or_tell("POST", url, headers={}, content=b"{}", is_harmless=True)


def test_account_is_taken_out_of_an_address():
    assert account_of("https://us%40er:pa%2Fss@sms.example:8443/v1/") == (
        "https://sms.example:8443/v1",
        "us@er",
        "pa/ss",
    )
