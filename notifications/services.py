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
from notifications.kinds import known_kind
from notifications.models import Channel, Feedback, Message
from notifications.policy import due_at, goes_quietly
from notifications.preferences import channels_for, choosers, preference_of
from outbox.nudge import nudge

if TYPE_CHECKING:
    from collections.abc import Iterable

    from accounts.models import Reader, User

NO_WAIT = dt.timedelta(0)
CASE_LETTERS = "ACDEFGHJKLMNPQRTUVWXY"


def write(  # noqa: PLR0913  whoever writes names them
    kind: str,
    *,
    key: str,
    user: User | None = None,
    reader: Reader | None = None,
    params: dict[str, int | str],
    bundle: str = "",
    wait: dt.timedelta = NO_WAIT,
    not_by: str = "",
    language: str = "",
) -> None:
    """Write a message for a user or a reader, a row for each channel they chose for its kind; by one key once.

    `params` holds ids only. What waits in one `bundle` (of a kind, a reader and a channel) goes out together, after
    `wait` at most. It is sent by the worker after commit, not before the quiet hours end or the reader's hour for all
    together has come. Somebody who has neither sign-in nor card is written to in a `language`, at the address that the
    kind's facts name under `to`. A message nobody can get (no address) is kept with that outcome. Not by `not_by`.
    """
    now = clock.now()
    chooser = choosers(pk=reader.pk) if reader is not None else choosers(user=user, user__isnull=False)
    preference = preference_of(chooser)
    rows = [
        (
            key_for(key, channel),
            kind,
            channel,
            user.pk if user else None,
            reader.pk if reader else None,
            language,
            json.dumps(params),
            _bundle(kind, channel, chooser, bundle),
            now,
            max(due_at(known_kind(kind), channel, preference, now), now + wait),
        )
        for channel in [one for one in channels_for(kind, chooser) if one != not_by] or [Channel.INBOX]
    ]
    places = ", ".join(["(%s, %s, %s, %s, %s, %s, %s, %s, 'waiting', %s, %s, 0, '', false, '')"] * len(rows))
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO notifications_message
                   (key, kind, channel, user_id, reader_id, language, params, bundle, status, created_at, due_at,
                    attempts, message_id, may_be_double, last_error)
               VALUES {places}
               ON CONFLICT (key) DO NOTHING""",  # noqa: S608  places for values, no values
            [value for row in rows for value in row],
        )
    nudge("deliver")


def key_for(key: str, channel: str) -> str:
    """Return the key of an occurrence's row for a channel; that of e-mail is the occurrence's own."""
    return key if channel == Channel.EMAIL else f"{key}:{channel}"


def _bundle(kind: str, channel: str, reader: Reader | None, bundle: str) -> str:
    """Return what a row goes out with: all else of the reader's hour, or its own kind's bundle; empty: by itself."""
    if reader is None or goes_quietly(channel, known_kind(kind)):
        return ""
    preference = preference_of(reader)
    if preference is not None and preference.digest_hour is not None:
        return f"digest:{reader.pk}:{channel}"
    return f"{kind}:{reader.pk}:{channel}:{bundle}" if bundle else ""


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
