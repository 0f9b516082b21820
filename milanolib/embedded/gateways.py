"""An SMS gateway and App IO on loopback, speaking the real ones' contracts: for the demo and the tests.

`python -m milanolib.embedded.gateways FOLDER [--socket NUMBER]` serves until it is stopped. With `--socket` it takes
over a listening socket it was started with; else it picks a port and prints it. What is accepted becomes one file
`ARRIVAL-NUMBER.json` in the folder, there at once and whole: `{"channel": "sms" | "io", "to": ..., ...}`.

    POST /API/v1.0/REST/sms          the interface that Italian gateways have in common (Skebby, Aruba, Mobyt, ...)
    GET  /API/v1.0/REST/sms/ORDER    what became of an order
    POST /api/v1/profiles            App IO: may this service write to this person?
    POST /api/v1/messages            App IO: take a message; only for somebody whose profile was asked for

Faults are asked for by the address, so that no second door is needed: a number that ends in 400, 401, 404, 429, 500 or
503, or a codice fiscale with these digits before its last letter, is answered with that status. 408 keeps what came
and never answers; 409 never answers and keeps nothing; 200 to App IO means a person who does not want to hear from us.
No address is ever written to a log.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import re
import signal
import socket
import sys
import threading
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from milanolib.embedded.ports import loopback_socket

SMS = "/API/v1.0/REST/sms"
PROFILES, MESSAGES = "/api/v1/profiles", "/api/v1/messages"
ANSWERED = {400, 401, 404, 429, 500, 503}
LOST_ANSWER, NO_ANSWER, NOT_WANTED = 408, 409, 200
LARGEST = 100_000  # bytes of a request
NUMBER = re.compile(r"\+[1-9]\d{6,14}")
FISCAL_CODE = re.compile(r"[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]")
SENDER_LETTERS, SENDER_DIGITS = 11, 16
SMS_LONGEST = 1000
SUBJECT, MARKDOWN, TIME_TO_LIVE = (10, 120), (80, 10_000), (3600, 604_800)

Reply = tuple[int, dict[str, Any]]


class Gateways(ThreadingHTTPServer):
    """What arrived, kept in a folder that only we can read."""

    daemon_threads = True

    def __init__(self, folder: Path, listener: socket.socket) -> None:
        super().__init__(listener.getsockname(), Conversation, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.folder = folder
        self.asked: set[str] = set()  # the people whose profile was asked for
        self.orders: dict[str, str] = {}
        self._numbers = itertools.count(1)

    def keep(self, **what: Any) -> None:
        """Write one arrival as a file."""
        arrived = datetime.now(UTC)
        path = self.folder / f"{arrived:%Y%m%dT%H%M%S.%f}-{os.getpid()}-{next(self._numbers)}.json"
        part = path.with_suffix(".part")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump({**what, "arrived_at": arrived.isoformat()}, file, ensure_ascii=False)
        part.rename(path)


class Conversation(BaseHTTPRequestHandler):
    """One caller."""

    protocol_version = "HTTP/1.1"
    server: Gateways

    def do_GET(self) -> None:
        """Say what became of an order."""
        order = self.path.removeprefix(f"{SMS}/")
        if not self._knows_sms():
            self._say(HTTPStatus.UNAUTHORIZED, {})
        elif order in self.server.orders:
            line = {"status": "WAITING", "destination": self.server.orders[order]}
            self._say(HTTPStatus.OK, {"result": "OK", "recipient_number": 1, "recipients": [line]})
        else:
            self._say(HTTPStatus.NOT_FOUND, {})

    def do_POST(self) -> None:
        """Take a message, or say what is wrong with it."""
        length = int(self.headers.get("Content-Length") or 0)
        if length > LARGEST:
            self._say(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, {})
            return
        try:
            asked = json.loads(self.rfile.read(length))
        except ValueError:
            asked = None
        answer = {SMS: self._sms, PROFILES: self._profile, MESSAGES: self._message}.get(self.path)
        if answer is None:
            self._say(HTTPStatus.NOT_FOUND, {})
        elif not isinstance(asked, dict):
            self._say(HTTPStatus.BAD_REQUEST, {"result": "NOT_JSON"})
        else:
            reply = answer(asked)
            if reply is None:
                threading.Event().wait(60)  # nobody answers
                self.close_connection = True
            else:
                self._say(*reply)

    # --- SMS

    def _knows_sms(self) -> bool:
        return bool(self.headers.get("user_key")) and self.headers.get("Access_token") == "demo"

    def _sms(self, asked: dict[str, Any]) -> Reply | None:  # noqa: PLR0911  one return for each answer
        if not self._knows_sms():
            return HTTPStatus.UNAUTHORIZED, {}
        wrong = _wrong_sms(asked)
        if wrong:
            return HTTPStatus.BAD_REQUEST, {"result": wrong}
        [number] = asked["recipient"]
        order = asked.get("order_id") or f"order-{len(self.server.orders) + 1}"
        fault = int(number[-3:])
        if fault in ANSWERED:
            return fault, {"result": "ERROR"}
        if fault == NO_ANSWER:
            return None
        if order in self.server.orders:
            return HTTPStatus.BAD_REQUEST, {"result": "ORDER_ID_ALREADY_USED"}
        self.server.orders[order] = number
        self.server.keep(channel="sms", to=number, text=asked["message"], sender=asked.get("sender", ""), order=order)
        if fault == LOST_ANSWER:
            return None
        return HTTPStatus.CREATED, {"result": "OK", "order_id": order, "total_sent": 1}

    # --- App IO

    def _fault_of(self, person: str) -> Reply | None:
        """Return what is answered to everything that concerns this person; None for a person like others."""
        if self.headers.get("Ocp-Apim-Subscription-Key") != "demo":
            return HTTPStatus.UNAUTHORIZED, _problem(401, "Unauthorized")
        if not FISCAL_CODE.fullmatch(person):
            return HTTPStatus.BAD_REQUEST, _problem(400, "not a fiscal code")
        digits = person[12:15]
        if digits.isdigit() and int(digits) in ANSWERED:
            return int(digits), _problem(int(digits), "asked for")
        return None

    def _profile(self, asked: dict[str, Any]) -> Reply | None:
        person = str(asked.get("fiscal_code", ""))
        fault = self._fault_of(person)
        if fault:
            return fault
        self.server.asked.add(person)
        return HTTPStatus.OK, {"sender_allowed": person[12:15] != str(NOT_WANTED), "preferred_languages": ["it_IT"]}

    def _message(self, asked: dict[str, Any]) -> Reply | None:
        person = str(asked.get("fiscal_code", ""))
        fault = self._fault_of(person)
        if fault:
            return fault
        wrong = _wrong_message(asked)
        if wrong:
            return HTTPStatus.BAD_REQUEST, _problem(400, wrong)
        if person not in self.server.asked or person[12:15] == str(NOT_WANTED):
            return HTTPStatus.FORBIDDEN, _problem(403, "sender not allowed")
        if person[12:15] == str(NO_ANSWER):
            return None
        self.server.keep(channel="io", to=person, **asked["content"])
        if person[12:15] == str(LOST_ANSWER):
            return None
        return HTTPStatus.CREATED, {"id": f"01{os.urandom(12).hex().upper()}"}

    def _say(self, status: int, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            self.send_header("Retry-After", "90")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: Any) -> None:
        """Write nothing: an address of ours holds no person, but the habit is good."""


def _wrong_sms(asked: dict[str, Any]) -> str:
    """Return what the gateway objects to, in its words; empty for an order it takes."""
    recipients, text, sender = asked.get("recipient"), asked.get("message"), str(asked.get("sender", ""))
    if not asked.get("message_type"):
        return "MISSING_MESSAGE_TYPE"
    if not isinstance(text, str) or not 0 < len(text) <= SMS_LONGEST:
        return "INVALID_MESSAGE"
    if not isinstance(recipients, list) or len(recipients) != 1 or not NUMBER.fullmatch(str(recipients[0])):
        return "INVALID_RECIPIENT"
    if len(sender) > (SENDER_DIGITS if sender.lstrip("+").isdigit() else SENDER_LETTERS):
        return "INVALID_SENDER"
    if not re.fullmatch(r"[\w.-]{0,32}", str(asked.get("order_id", "")), re.ASCII):
        return "INVALID_ORDER_ID"
    return ""


def _wrong_message(asked: dict[str, Any]) -> str:
    content = asked.get("content")
    if not isinstance(content, dict):
        return "content is missing"
    for name, (least, most) in (("subject", SUBJECT), ("markdown", MARKDOWN)):
        if not isinstance(content.get(name), str) or not least <= len(content[name]) <= most:
            return f"{name} must have {least} to {most} characters"
    least, most = TIME_TO_LIVE
    if not least <= int(asked.get("time_to_live", least)) <= most:
        return f"time_to_live must be {least} to {most}"
    return ""


def _problem(status: int, detail: str) -> dict[str, Any]:
    return {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m milanolib.embedded.gateways")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--socket", type=int, metavar="NUMBER")
    options = parser.parse_args()
    listener = socket.socket(fileno=options.socket) if options.socket is not None else loopback_socket()
    if options.socket is None:
        sys.stdout.write(f"{listener.getsockname()[1]}\n")
        sys.stdout.flush()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_frame: os._exit(0))  # nothing is kept but files that are whole
    Gateways(options.folder, listener).serve_forever()


if __name__ == "__main__":
    main()
