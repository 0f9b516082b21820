"""Verbs and questions about who may collect for whom.

For the desk: `collects_for` when a card was scanned, `collectors_of` when somebody comes with a document.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Count, Min, Q
from django.utils.translation import gettext_lazy as _

from accounts.cards import normalised
from accounts.finding import folded_words
from accounts.models import Reader, ReaderStatus
from accounts.services import note_act
from branches.models import Place
from loans.models import Delegation, Hold
from loans.states import HoldStatus
from milanolib import clock
from milanolib.db import lock
from milanolib.errors import DomainError

if TYPE_CHECKING:
    from accounts.models import User
    from loans.models.delegation import DelegationQuerySet

MOST_DELEGATIONS = 5
LONGEST = dt.timedelta(days=366)
FORGOTTEN_AFTER = dt.timedelta(days=30)  # after its last day, or after it was taken back


class DelegateUnknown(DomainError):
    """Card and name are not of one reader."""

    code = "delegate_unknown"
    message = _(
        "No valid card has this number and this name. Check both with the person; if they have no card, leave the "
        "number empty."
    )


class DelegateIsOneself(DomainError):
    """One's own card."""

    code = "delegate_is_oneself"
    message = _("This is your own card. Type the card of who collects for you, or leave the number empty.")


class DelegationDaysWrong(DomainError):
    """Over before it begins, or too long."""

    code = "delegation_days_wrong"
    message = _("The last day cannot be before the first one, nor before today, nor more than a year ahead.")


class TooManyDelegations(DomainError):
    """As many as are allowed."""

    code = "too_many_delegations"
    message = _("%(limit)s people may collect for you already, the most allowed. Take one back first.")


@dataclass(frozen=True)
class ReadyAt:
    """So many things wait at a point, the first of them until a day."""

    place: Place
    count: int
    first_until: dt.date


def find_delegate(card_number: str, name: str) -> Reader:
    """Return the reader of a card whose name is this, too: a mistyped number must not let a stranger collect.

    Part of the name is enough; accents and capitals are the same. Raises DelegateUnknown, and says no more.
    """
    words = folded_words(name)
    cards = Reader.objects.exclude(status=ReaderStatus.CLOSED).filter(card_number=normalised(card_number))
    found = cards.named(words).first() if words else None
    if found is None:
        raise DelegateUnknown
    return found


@transaction.atomic
def let_collect(
    reader: Reader,
    *,
    name: str,
    valid_from: dt.date,
    valid_until: dt.date,
    actor: User | None,
    delegate: Reader | None = None,
) -> Delegation:
    """Let somebody collect for a reader: another card, or a person by the name on their document.

    The same person again changes the days. Raises DelegateIsOneself, DelegationDaysWrong, TooManyDelegations.
    """
    if delegate is not None and delegate.pk == reader.pk:
        raise DelegateIsOneself
    name = " ".join(name.split())
    lock(reader)
    today, now = clock.today(), clock.now()
    if valid_until < max(valid_from, today) or valid_until > today + LONGEST:
        raise DelegationDaysWrong
    own = Delegation.objects.not_revoked().filter(reader=reader)
    whom = Q(delegate=delegate) if delegate is not None else Q(delegate=None, delegate_name__iexact=name)
    delegation = own.filter(whom).first()
    if delegation is None:
        if own.filter(valid_until__gte=today).count() >= MOST_DELEGATIONS:
            raise TooManyDelegations(limit=MOST_DELEGATIONS)
        delegation = Delegation(reader=reader, delegate=delegate, delegate_name=name, given_at=now)
    delegation.valid_from, delegation.valid_until = valid_from, valid_until
    delegation.save()
    note_act("let_collect", f"delegation:{delegation.pk}", actor=actor)
    return delegation


@transaction.atomic
def revoke_delegation(delegation: Delegation, *, actor: User | None) -> Delegation:
    """Take a delegation back: from this moment on it is worth nothing. Safe to repeat."""
    lock(delegation.reader)
    delegation.refresh_from_db()
    if delegation.revoked_at is None:
        delegation.revoked_at = max(clock.now(), delegation.given_at)
        delegation.save(update_fields=["revoked_at"])
        note_act("revoke_delegation", f"delegation:{delegation.pk}", actor=actor)
    return delegation


def collects_for(reader: Reader) -> DelegationQuerySet:
    """Return the delegations by which the reader of a card may collect today, with whose they are (`.reader`)."""
    valid = Delegation.objects.valid_on(clock.today()).filter(delegate=reader)
    return valid.exclude(reader__status=ReaderStatus.CLOSED).select_related("reader").order_by("valid_until", "pk")


def collectors_of(reader: Reader) -> DelegationQuerySet:
    """Return the delegations by which somebody may collect for a reader today, with their cards (`.delegate`)."""
    return Delegation.objects.valid_on(clock.today()).filter(reader=reader).select_related("delegate")


def ready_through(reader: Reader) -> dict[int, list[ReadyAt]]:
    """Return what the reader of a card can collect for others: by delegation, how much at which point.

    Two statements. No title and no code: who collects is told how much to carry, not what.
    """
    delegations = {one.reader_id: one.pk for one in collects_for(reader)}
    rows = list(
        Hold.objects.filter(reader__in=delegations, status=HoldStatus.READY)
        .order_by()
        .values("reader", "pickup_place")
        .annotate(count=Count("pk"), first_until=Min("keep_until"))
    )
    places = Place.objects.in_bulk({row["pickup_place"] for row in rows})
    found: dict[int, list[ReadyAt]] = {pk: [] for pk in delegations.values()}
    for row in sorted(rows, key=lambda row: row["first_until"]):
        ready = ReadyAt(places[row["pickup_place"]], row["count"], row["first_until"])
        found[delegations[row["reader"]]].append(ready)
    return found


def forget_old_delegations() -> int:
    """Delete delegations a month after they ended; return how many. They say who is close to whom."""
    now = clock.now()
    over = Q(revoked_at__lt=now - FORGOTTEN_AFTER) | Q(valid_until__lt=clock.today() - FORGOTTEN_AFTER)
    return Delegation.objects.filter(over).delete()[0]
