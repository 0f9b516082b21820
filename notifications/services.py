"""Write messages, forget what they were about, take feedback."""

from __future__ import annotations

import datetime as dt
import json
import secrets
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat, TruncDay

from milanolib import clock
from notifications.models import Channel, Feedback, Message
from outbox.nudge import nudge

if TYPE_CHECKING:
    from collections.abc import Iterable

    from accounts.models import Reader, User

CASE_LETTERS = "ACDEFGHJKLMNPQRTUVWXY"


def write(
    kind: str, *, key: str, user: User | None = None, reader: Reader | None = None, params: dict[str, int | str]
) -> None:
    """Write a message for a user or a reader; the same key again writes nothing. `params` holds ids only.

    It is sent by the worker after commit. A message nobody can get (no address) is kept with that outcome.
    """
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO notifications_message
                   (key, kind, channel, user_id, reader_id, params, status, created_at, due_at, attempts,
                    message_id, may_be_double, last_error)
               VALUES (%s, %s, %s, %s, %s, %s, 'waiting', %s, %s, 0, '', false, '')
               ON CONFLICT (key) DO NOTHING""",
            [
                key,
                kind,
                Channel.EMAIL,
                user.pk if user else None,
                reader.pk if reader else None,
                json.dumps(params),
                now,
                now,
            ],
        )
    nudge("deliver")


def forget(name: str, ids: Iterable[int]) -> int:
    """Blank what the messages about these things (`hold`, `loan`) say of them, so that no row joins person and title.

    The key speaks of the thing too, so it goes with the parameters; the times are cut to their day, so that they
    cannot be matched with the thing's own. Return how many messages were blanked.
    """
    about = Message.objects.filter(**{f"params__{name}__in": list(ids)})
    return about.update(
        params={},
        bundle="",
        key=Concat(Value("forgotten:"), Cast("pk", CharField())),
        created_at=TruncDay("created_at", tzinfo=dt.UTC),
        due_at=TruncDay("due_at", tzinfo=dt.UTC),
        sent_at=TruncDay("sent_at", tzinfo=dt.UTC),
    )


def take_feedback(*, topic: str, text: str, page: str = "", email: str = "") -> Feedback:
    """Keep what somebody wrote about the site and return it with its case number."""
    number = "".join(secrets.choice(CASE_LETTERS) for _letter in range(3)) + f"-{secrets.randbelow(90000) + 10000}"
    return Feedback.objects.create(
        case_number=number, topic=topic, text=text, page=page[:200], email=email, received_at=clock.now()
    )
