"""Verbs by which people say how they want to be served."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from accounts.models import Consent
from milanolib import clock
from milanolib.db import lock

if TYPE_CHECKING:
    from accounts.models import Reader

HISTORY = "history"  # the consent to remember what was on loan


@transaction.atomic
def choose_renewal(reader: Reader, *, by_itself: bool) -> Reader:
    """From now on a reader's loans renew by themselves the day before they are due, or no longer. Safe to repeat."""
    lock(reader)
    if reader.renews_by_itself != by_itself:
        reader.renews_by_itself = by_itself
        reader.save(update_fields=["renews_by_itself"])
    return reader


@transaction.atomic
def give_consent(reader: Reader, kind: str, *, wording: str) -> Consent:
    """Write down that a reader agreed to something, and to which version of its text. Safe to repeat."""
    lock(reader)
    consent, _is_new = Consent.objects.get_or_create(
        reader=reader, kind=kind, withdrawn_at=None, defaults={"wording": wording, "given_at": clock.now()}
    )
    return consent


@transaction.atomic
def withdraw_consent(reader: Reader, kind: str) -> None:
    """Write down that a reader no longer agrees; that they once did is kept. Safe to repeat."""
    lock(reader)
    for consent in Consent.objects.filter(reader=reader, kind=kind, withdrawn_at=None):
        consent.withdrawn_at = max(clock.now(), consent.given_at)
        consent.save(update_fields=["withdrawn_at"])
