"""What is left of a person in logs and sessions when they are erased: nothing points there, so it is looked for."""

from __future__ import annotations

import re
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from allauth.account.models import EmailAddress
from django.contrib.admin.models import LogEntry
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db.models import CharField, Q, Value
from django.db.models.functions import Cast, Concat

from accounts.models import Act, Reader, ReaderSearch
from outbox.models import Event, Request

if TYPE_CHECKING:
    from accounts.own_data import Person

ROWS_AT_ONCE = 1000


def forget_traces(person: Person) -> None:
    """Blank what the logs say of somebody: names typed in searches, reasons written beside their card, their events."""
    cards = [person.reader] if person.reader is not None else []
    readers = [*cards, *Reader.objects.filter(merged_into__in=cards)]
    users = [person.user] if person.user is not None else []
    for reader in readers:
        card = f"reader:{reader.pk}"
        Act.objects.filter(Q(subject=card) | Q(reason=card)).update(reason="")
        _forget_searches(f"{reader.given_name} {reader.family_name}")
    said = {word for reader in readers for word in (reader.card_number, reader.full_name)} | set(person.addresses)
    said |= {word for user in users for word in (user.email, user.name) if word}
    if said:
        whole = [rf"(?<!\w){re.escape(word)}(?!\w)" for word in said]  # "Li" stands in many a word of others
        named = reduce(or_, (Q(object_repr__iregex=word) | Q(change_message__iregex=word) for word in whole))
        LogEntry.objects.filter(named).update(object_repr="", object_id=None, change_message="")
    for user in users:
        Request.objects.filter(client=f"user:{user.pk}").delete()
    addresses = list(EmailAddress.objects.filter(user__in=users).values_list("pk", flat=True))
    about = (
        Q(payload__reader_id__in=[reader.pk for reader in readers])
        | Q(payload__user_id__in=[user.pk for user in users])
        | Q(payload__address_id__in=addresses)
    )
    Event.objects.filter(about, handled_at__isnull=False).update(
        payload={}, key=Concat(Value("forgotten:"), Cast("pk", CharField()))
    )


def _forget_searches(name: str) -> None:
    """Forget by which name somebody was searched for: every word of the search begins a word of the name."""
    words = name.lower().split()
    found = [
        search.pk
        for search in ReaderSearch.objects.exclude(name="").only("name")
        if all(any(word.startswith(typed) for word in words) for typed in search.name.lower().split())
    ]
    ReaderSearch.objects.filter(pk__in=found).update(name="")


def forget_sessions(user_id: int) -> int:
    """Delete the browser sessions of a sign-in; return how many. Safe to repeat.

    They are sealed texts that nothing points at, so each is opened; outside any transaction.
    """
    own = [
        session.pk
        for session in Session.objects.iterator(chunk_size=ROWS_AT_ONCE)
        if str(session.get_decoded().get(SESSION_KEY)) == str(user_id)
    ]
    return Session.objects.filter(pk__in=own).delete()[0]
