"""Pages by key: the next page begins where this one ended, however far, and a new title moves none of them."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Cursor:
    """Where a page begins or ends: the value in the order asked for, and the work; nothing for the first page."""

    value: Any = None
    work_id: int = 0
    is_backwards: bool = False

    @classmethod
    def of(cls, after: str, before: str, kind: type) -> Cursor:
        """Return the cursor of an address for values of a kind (int or str); one made up gives the first page."""
        text, is_backwards = (before, True) if before else (after, False)
        if not text:
            return cls()
        try:
            value, work_id = json.loads(base64.urlsafe_b64decode(text.encode() + b"=="))
            str(value).encode()  # half a character is none
            if type(value) is not kind or type(work_id) is not int:
                return cls()
        except (ValueError, TypeError, binascii.Error, RecursionError):
            return cls()
        if abs(work_id) >= 2**63 or (isinstance(value, int) and abs(value) >= 2**63) or "\x00" in str(value):
            return cls()
        return cls(value, work_id, is_backwards)

    def beyond(self, direction: str) -> tuple[str, str, list[Any]]:
        """Return the order to read in, and the condition (with its parameters) that leaves out what was shown."""
        turned = {"ASC": "DESC", "DESC": "ASC"}[direction] if self.is_backwards else direction
        if self.value is None:
            return turned, "", []
        sign = ">" if turned == "ASC" else "<"
        kind = "bigint" if isinstance(self.value, int) else "text"
        work_id = self.work_id if direction == "ASC" else -self.work_id
        return turned, f"WHERE (value::{kind}, {self.tie(direction)}) {sign} (%s, %s)", [self.value, work_id]

    @staticmethod
    def tie(direction: str) -> str:
        """Return what decides between equals in an order: works that came first stand first, as volumes do."""
        return "work_id" if direction == "ASC" else "-work_id"


def token(value: Any, work_id: int) -> str:
    """Return a place in the order as one word for an address."""
    return base64.urlsafe_b64encode(json.dumps([value, work_id], separators=(",", ":")).encode()).decode().rstrip("=")


def ordered_page(rows: list[Any], cursor: Cursor, size: int) -> tuple[list[Any], str, str]:
    """Return the rows to show in their order, and the tokens of the next and the previous page.

    `rows` are (work, value, …), one more than fits when there are others beyond.
    """
    has_more = len(rows) > size
    shown = rows[:size]
    if cursor.is_backwards:
        shown = shown[::-1]
    if not shown:
        return [], "", ""
    first, last = token(shown[0][1], shown[0][0]), token(shown[-1][1], shown[-1][0])
    if cursor.is_backwards:
        return shown, last, first if has_more else ""
    return shown, last if has_more else "", first if cursor.value is not None else ""
