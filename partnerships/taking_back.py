"""A use that was counted by mistake, twice or for the wrong offer, is taken back by a receipt of the clerk's page.

The receipt holds the agreement, the code's hash and the time, signed; it is kept nowhere but on that page.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from typing import TYPE_CHECKING

from django.core import signing
from django.db import transaction
from django.db.models import F

from milanolib import clock
from milanolib.db import lock
from partnerships.errors import CountStands
from partnerships.models import Agreement, SpentCode, UseCount

if TYPE_CHECKING:
    from partnerships.models import Institution
    from partnerships.passes import Counted

SALT = "partnerships.taking_back"
WITHIN = dt.timedelta(minutes=1)


def receipt_of(counted: Counted) -> str:
    """Return by what a use can be taken back; no two are the same, though a code may be counted again."""
    chance = secrets.token_hex(4)
    return signing.dumps([counted.agreement.pk, counted.digest, counted.at.timestamp(), chance], salt=SALT)


@transaction.atomic
def take_back_use(institution: Institution, receipt: str) -> Agreement:
    """Let a use of the last minute not have been: the quota has it back, and the same code counts again.

    Safe to repeat: a receipt takes back once. Raises CountStands for what is too old, and for what we did not make.
    """
    agreement_id, digest, at = _read(receipt)
    agreement = Agreement.objects.filter(pk=agreement_id, institution=institution).first()
    now = clock.now()
    if agreement is None or now - at > WITHIN:
        raise CountStands
    lock(agreement)
    _mark, is_first = SpentCode.objects.get_or_create(
        digest=hashlib.sha256(receipt.encode()).hexdigest(), defaults={"expires_at": now + 2 * WITHIN}
    )
    if not is_first:
        return agreement
    SpentCode.objects.filter(digest=digest).delete()
    agreement.uses -= 1
    agreement.save(update_fields=["uses"])
    of_the_day = UseCount.objects.filter(agreement=agreement, on=clock.local(at).date())
    if not of_the_day.filter(number__gt=1).update(number=F("number") - 1):
        of_the_day.delete()
    return agreement


def _read(receipt: str) -> tuple[int, str, dt.datetime]:
    """Return agreement, hash and time of a receipt. Raises CountStands for one that we did not make."""
    try:
        agreement_id, digest, at, _chance = signing.loads(receipt, salt=SALT)
    except signing.BadSignature as error:
        raise CountStands from error
    return agreement_id, digest, dt.datetime.fromtimestamp(at, tz=dt.UTC)
