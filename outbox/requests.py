"""Request keys: the same request twice gets the stored answer and changes nothing."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from milanolib import clock
from milanolib.db import restartable
from milanolib.errors import RequestKeyReused
from outbox.models import Request

if TYPE_CHECKING:
    from collections.abc import Callable

KEPT_DAYS = 30


@restartable
def once(client: str, key: str, verb: str, payload: dict[str, Any], act: Callable[[], Any]) -> Any:
    """Run `act` once for (client, key) and return its answer, stored for repeats.

    `client` names who asks (`user:7`, `device:3`), `key` comes from them, `payload` is what they asked. The row is
    written in the transaction of the act: when the act refuses or fails, nothing is stored and the key stays
    free. Two at the same time: the second waits for the first and gets its answer. `act` returns something that
    JSON holds; like every verb it may be started again from the start. Raises RequestKeyReused when the key came with
    another payload before.
    """
    digest = hashlib.sha256(json.dumps([verb, payload], sort_keys=True, default=str).encode()).hexdigest()
    with transaction.atomic():
        if not _claim(client, key, verb, digest):
            stored = Request.objects.select_for_update().get(client=client, key=key)
            if stored.payload_hash != digest:
                raise RequestKeyReused
            return stored.answer
        answer = act()
        Request.objects.filter(client=client, key=key).update(answer=answer)
        return answer


def _claim(client: str, key: str, verb: str, digest: str) -> bool:
    """Write the row; a rival's uncommitted row makes this wait for its end."""
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO outbox_request (client, key, verb, payload_hash, created_at)
               VALUES (%s, %s, %s, %s, %s) ON CONFLICT (client, key) DO NOTHING""",
            [client, key, verb, digest, clock.now()],
        )
        return cursor.rowcount == 1


def purge_requests(now: dt.datetime) -> int:
    """Delete keys older than 30 days; return how many went."""
    return Request.objects.filter(created_at__lt=now - dt.timedelta(days=KEPT_DAYS)).delete()[0]
