"""The desk that goes on without network: whose shift it is, and what its browser sends when the network is back.

A shift is a word of ours, signed: who works, where, since when. The browser keeps it and gives it back with each act,
so that an act stays with its library and its librarian, whoever is signed in when it is sent.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core import signing

from accounts.models import User
from branches.devices import occurred_at, offline_desk_of
from branches.models import Place
from branches.sealing import SealBroken, open_sealed, public_key
from loans.records import DESK_ACTS, Act
from loans.report_batches import (
    instant_of,
    key_of,
    number_of,
    record_or_again,
    short_key,
    storable,
    unreadable,
)
from milanolib import clock

if TYPE_CHECKING:
    from loans.records import Applied
    from loans.report_batches import Batch

SALT = "loans.offline_desk"
SHIFT_LASTS = dt.timedelta(hours=16)  # whoever lends after that is somebody else, and nobody is named


@dataclass(frozen=True)
class Shift:
    """Who works at which desk, since when; `ident` names its key."""

    ident: str
    staff_id: int
    place_id: int
    began_at: dt.datetime


@dataclass(frozen=True)
class Sent:
    """One act as it came: the key as the browser knows it, what it says, and in which shift it was done."""

    key: str | None
    act: Act
    shift: Shift | None


def begin_shift(staff: User, place: Place) -> tuple[str, str]:
    """Return a shift as the browser keeps it, and the key with which it seals what it must keep."""
    ident = secrets.token_urlsafe(9)
    word = {"ident": ident, "staff": staff.pk, "place": place.pk, "began": int(clock.now().timestamp())}
    return signing.dumps(word, salt=SALT), public_key(ident)


def shift_of(word: Any) -> Shift | None:
    """Return the shift that a browser gives back; None for a word that is none of ours."""
    try:
        said = signing.loads(str(word), salt=SALT)
        return Shift(said["ident"], said["staff"], said["place"], dt.datetime.fromtimestamp(said["began"], tz=dt.UTC))
    except (signing.BadSignature, KeyError, TypeError, ValueError):
        return None


def read_act(item: Any) -> Sent:
    """Read one act; what is none, or was sealed for nobody, is kept as it came."""
    key, fields = key_of(item), item if isinstance(item, dict) else {}
    act, shift = fields.get("act"), shift_of(fields.get("shift"))
    content = _opened(fields, shift) if shift is not None else {}
    what, card = content.get("what"), content.get("card", "")
    if key is None or act not in DESK_ACTS or not isinstance(what, str) or not isinstance(card, str):
        return Sent(key, unreadable(item), shift)
    said = Act(
        key=short_key(key),
        act=act,
        what=storable(what),
        at=instant_of(fields.get("at")),
        seq=number_of(fields.get("seq")),
        card=storable(card),
    )
    return Sent(key, said, shift)


def _opened(fields: dict[str, Any], shift: Shift) -> dict[str, Any]:
    """Return what was sealed; it is bound to what stands beside it, so that nobody can change that."""
    context = " ".join(str(fields.get(name)) for name in ("key", "act", "at"))
    try:
        content = json.loads(open_sealed(shift.ident, str(fields.get("sealed", "")), context=context))
    except (SealBroken, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def record_sent(sent: Sent, batch: Batch[Sent], *, sender_desk: Place) -> Applied:
    """Record an act at the desk and under the name of its shift; what nobody can read is left to the sender's desk."""
    place, staff = sender_desk, None
    if sent.shift is not None:
        place = Place.objects.filter(pk=sent.shift.place_id).first() or sender_desk
        done_at = occurred_at(received_at=clock.now(), device_sent_at=batch.sent_at, device_act_at=sent.act.at)
        if done_at <= sent.shift.began_at + SHIFT_LASTS:
            staff = User.objects.filter(pk=sent.shift.staff_id).first()
    return record_or_again(offline_desk_of(place), sent.act, sent_at=batch.sent_at, staff=staff)
