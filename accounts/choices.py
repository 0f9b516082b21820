"""Verbs by which people say how they want to be served."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from milanolib.db import lock

if TYPE_CHECKING:
    from accounts.models import Reader


@transaction.atomic
def choose_renewal(reader: Reader, *, by_itself: bool) -> Reader:
    """From now on a reader's loans renew by themselves the day before they are due, or no longer. Safe to repeat."""
    lock(reader)
    if reader.renews_by_itself != by_itself:
        reader.renews_by_itself = by_itself
        reader.save(update_fields=["renews_by_itself"])
    return reader
