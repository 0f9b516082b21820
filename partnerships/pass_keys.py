"""The keys that sign passes: one signs, those before it are believed for a while; a new one each month, or at once."""

from __future__ import annotations

import datetime as dt
import secrets

from django.db import connection, transaction

from accounts.encryption import open_secret, seal_secret
from branches.devices import CROCKFORD
from milanolib import clock
from partnerships.models import PassKey, SpentCode
from partnerships.pass_codes import PAPER_DAYS

KEY_BYTES = 32
SIGNS_FOR = dt.timedelta(days=30)
STILL_BELIEVED = dt.timedelta(days=PAPER_DAYS + 1)  # the longest life of a code that it signed
LOCK_NUMBER = 0x9A55  # of the advisory lock: there is no row to lock before the first key


def signing_key() -> tuple[str, bytes]:
    """Return the letter and the secret of the key that signs now, making the first one when there is none."""
    key = PassKey.objects.filter(believed_until=None).first() or rotate_pass_keys()
    return key.letter, open_secret(bytes(key.secret_sealed))


def believed_keys() -> dict[str, bytes]:
    """Return the secrets of all keys whose codes are believed now, by their letters."""
    now = clock.now()
    keys = PassKey.objects.exclude(believed_until__lte=now)
    return {key.letter: open_secret(bytes(key.secret_sealed)) for key in keys}


@transaction.atomic
def rotate_pass_keys(*, at_once: bool = False) -> PassKey:
    """Make a new key that signs from now on, and return it; the one before is believed until its last code is over.

    `at_once` where a secret may have got out: no code that is out there is believed any more, on paper neither.
    """
    _wait_for_turn()
    now = clock.now()
    if at_once:
        PassKey.objects.all().delete()
        SpentCode.objects.all().delete()  # of codes that nobody believes now
    PassKey.objects.filter(believed_until=None).update(believed_until=now + STILL_BELIEVED)
    PassKey.objects.filter(believed_until__lte=now).delete()
    taken = set(PassKey.objects.values_list("letter", flat=True))
    free = [letter for letter in CROCKFORD if letter not in taken]
    return PassKey.objects.create(
        letter=secrets.choice(free), secret_sealed=seal_secret(secrets.token_bytes(KEY_BYTES)), made_at=now
    )


def rotate_when_due() -> bool:
    """Rotate when the key that signs is a month old, and forget those that are believed no more; whether it rotated."""
    now = clock.now()
    PassKey.objects.filter(believed_until__lte=now).delete()
    signing = PassKey.objects.filter(believed_until=None).first()
    if signing is not None and signing.made_at + SIGNS_FOR > now:
        return False
    rotate_pass_keys()
    return True


def forget_spent_codes() -> int:
    """Delete the hashes of used codes that nobody would believe any more; return how many."""
    return SpentCode.objects.filter(expires_at__lte=clock.now()).delete()[0]


def _wait_for_turn() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK_NUMBER])
