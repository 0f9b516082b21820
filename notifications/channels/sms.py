"""SMS, through the HTTP interface that Italian gateways have in common (Skebby, Aruba, Mobyt, Trendoo and others).

    POST {base}/sms   headers user_key, Access_token; message_type, message, recipient, sender, order_id
    201 {"result": "OK", "total_sent": 1}; 400 with a code; 401 and 404 for wrong credentials
    GET {base}/sms/{order_id}   200 what became of it, 404 for an order that nobody knows

The order's id is ours and stays the same, so after a call without answer the gateway is asked before it is told again:
nothing is sent twice.
"""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from django.conf import settings

from notifications.channels import ChannelDownError, PermanentError
from notifications.channels.calling import account_of, call_or_tell
from notifications.policy import GSM_7, GSM_7_PAIRS

if TYPE_CHECKING:
    from notifications.channels import Rendered
    from notifications.models import Message

ITALIAN_MOBILE = re.compile(r"3\d{8,9}")
LONGEST_ORDER = 32
FOREIGN = re.compile(r"\+[1-9]\d{6,14}")


def mobile_number(text: str) -> str:
    """Return a telephone number as a gateway wants it, with its country; empty for a fixed one or none at all."""
    number = re.sub(r"[\s./()-]", "", text)
    number = f"+{number[2:]}" if number.startswith("00") else number
    national = number.removeprefix("+39")
    if ITALIAN_MOBILE.fullmatch(national):
        return f"+39{national}"
    return number if FOREIGN.fullmatch(number) and not number.startswith("+39") else ""


class SmsCarrier:
    """Sends the short text, which names no title."""

    def __init__(self) -> None:
        self._base, user, token = account_of(settings.SMS_URL)
        self._headers = {"user_key": user, "Access_token": token, "Content-Type": "application/json"}

    def address_of(self, message: Message) -> str:
        """Return the reader's mobile number."""
        reader = message.card
        return mobile_number(reader.phone) if reader is not None else ""

    def send(self, rendered: Rendered, address: str, key: str, *, is_repeat: bool = False) -> str:
        """Hand the order over; where the answer to it may have been lost, ask whether it is known first."""
        order = re.sub(r"[^\w.-]", "", key.partition("@")[0], flags=re.ASCII)[:LONGEST_ORDER]
        if is_repeat and self._is_known(order):
            return order
        asked = {
            "message_type": settings.SMS_TYPE,
            "message": rendered.short,
            "recipient": [address],
            "sender": settings.SMS_SENDER,
            "order_id": order,
        }
        if not set(rendered.short) <= GSM_7 | GSM_7_PAIRS:
            asked["encoding"] = "ucs2"
        answer = call_or_tell("POST", f"{self._base}/sms", headers=self._headers, content=json.dumps(asked).encode())
        if answer.status == HTTPStatus.NOT_FOUND:  # so it says that it knows no such account
            raise ChannelDownError("http_404")
        said = answer.json()
        if answer.status != HTTPStatus.CREATED or said.get("result") != "OK" or said.get("total_sent") == 0:
            raise PermanentError(f"http_{answer.status}")
        return order

    def _is_known(self, order: str) -> bool:
        answer = call_or_tell("GET", f"{self._base}/sms/{order}", headers=self._headers, is_harmless=True)
        return answer.status == HTTPStatus.OK

    def close(self) -> None:
        """Nothing is open."""
