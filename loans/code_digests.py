"""Digests of pickup codes, with which a point's phone hands out while it has no signal.

A code has 40 random bits. PBKDF2 makes each guess slow, and a salt for each parcel makes it a guess at one parcel only.
A digest is made once, after its parcel became ready, and thrown away when nobody waits for that parcel any more.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING, Any

from django.db.models import Case, CharField, F, Q, Value, When

from loans.models import CodeDigest, Parcel
from loans.states import HoldStatus, ParcelStatus

if TYPE_CHECKING:
    from django.db.models import QuerySet

ITERATIONS = 100_000  # some tenths of a second on an old phone, which tries each parcel that it keeps
SALT_BYTES = 16


def digest_of(code: str, salt: str) -> str:
    """Return the digest of a code as it is printed; `salt` and digest are written in hexadecimal digits."""
    return hashlib.pbkdf2_hmac("sha256", code.encode(), bytes.fromhex(salt), ITERATIONS).hex()


def with_digests(parcels: QuerySet[Parcel]) -> QuerySet[Parcel]:
    """Give each parcel `salt` and `digest` of the code that opens it now; both are empty while there is none."""
    opens_it = Q(
        code_digest__ready_at=F("assignment__hold__ready_at"),
        assignment__hold__status=HoldStatus.READY,
        assignment__hold__pickup_place=F("place"),
    )
    return parcels.annotate(
        **{
            name: Case(When(opens_it, then=F(f"code_digest__{name}")), default=Value(""), output_field=CharField())
            for name in ("salt", "digest")
        }
    )


def digest_code(hold_id: int) -> None:
    """Make the digest for the parcel that waits for a reservation, if one does. Safe to repeat."""
    _digest(_missing().filter(assignment__hold=hold_id))


def digest_codes() -> int:
    """Make the digests that are missing and forget those that open nothing any more; return how many were made."""
    forget_digests()
    return _digest(_missing())


def forget_digests() -> int:
    """Throw away the digests of parcels that nobody waits for here any more; return how many."""
    forgotten, _by_table = CodeDigest.objects.exclude(pk__in=_standing().values("pk")).delete()
    return forgotten


def _waiting() -> QuerySet[Parcel]:
    """Return the parcels that a reader can take at a point."""
    return Parcel.objects.filter(
        status=ParcelStatus.RECEIVED,
        place=F("destination"),
        assignment__released_at=None,
        assignment__hold__status=HoldStatus.READY,
        assignment__hold__pickup_place=F("place"),
    )


def _standing() -> QuerySet[CodeDigest]:
    """Return the digests of codes that open a parcel now."""
    return CodeDigest.objects.filter(parcel__in=_waiting(), ready_at=F("parcel__assignment__hold__ready_at"))


def _missing() -> QuerySet[Parcel]:
    """Return the parcels that a reader can take and whose code has no digest yet."""
    return _waiting().exclude(pk__in=_standing().values("parcel"))


def _digest(parcels: QuerySet[Parcel]) -> int:
    made = 0
    for parcel in parcels.select_related("assignment__hold"):
        hold, salt = parcel.assignment.hold, secrets.token_hex(SALT_BYTES)
        made_of: dict[str, Any] = {"ready_at": hold.ready_at, "salt": salt, "digest": digest_of(hold.pickup_code, salt)}
        CodeDigest.objects.update_or_create(parcel=parcel, defaults=made_of)
        made += 1
    return made
