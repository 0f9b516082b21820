"""JSON logs: one object a line, with the request's id, and without personal data.

The filter is the second net. The first is that nothing personal is logged at all: log ids, never names,
addresses, cards, codes or titles.
"""

from __future__ import annotations

import json
import logging
import re
from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")

REMOVED = "[removed]"
PERSONAL = (
    re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),  # e-mail address
    # codice fiscale: 16 characters; in case of clashes digits are letters (omocodia), so both are matched
    re.compile(
        r"\b[A-Z]{6}[0-9LMNPQRSTUV]{2}[A-EHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]\b", re.IGNORECASE
    ),
    re.compile(r"\bML\d{8}\b"),  # our card numbers
    re.compile(r"(?<![\w.])(?:\+39[ .]?)?3\d{2}[ .]?\d{3}[ .]?\d{3,4}\b"),  # Italian mobile number
    re.compile(r"(DETAIL: ).*"),  # PostgreSQL quotes the whole row
    re.compile(r"((?:password|pin|code|codice|token|key|q)=)[^&\s\"']+", re.IGNORECASE),  # values in a query string
)
STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "request"}


def without_personal_data(text: str) -> str:
    """Return `text` with e-mail addresses, tax codes, card and phone numbers and secrets of URLs removed."""
    for pattern in PERSONAL:
        text = pattern.sub(lambda found: (found.group(1) if found.lastindex else "") + REMOVED, text)
    return text


def _without_address(record: logging.LogRecord) -> str:
    """Return the message with the page's name in place of its address, which may hold a title or a secret link."""
    message = record.getMessage()
    request = getattr(record, "request", None)
    path = getattr(request, "path", "")
    if len(path) > 1:
        match = getattr(request, "resolver_match", None)
        name = f"[{match.view_name}]" if match else "[no such page]"
        message = message.replace(request.get_full_path(), name).replace(path, name)  # type: ignore[union-attr]
    return message


class JsonFormatter(logging.Formatter):
    """One JSON object a line; every string in it passes `without_personal_data`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as a line of JSON."""
        line: dict[str, object] = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname,
            "logger": record.name,
            "message": without_personal_data(_without_address(record)),
        }
        if current := request_id.get():
            line["request_id"] = current
        for name, value in vars(record).items():
            if name not in STANDARD:
                line[name] = value if isinstance(value, int | float | None) else without_personal_data(str(value))
        if record.exc_info:
            line["exception"] = without_personal_data(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False, default=str)
