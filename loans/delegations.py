"""Verbs and questions about who may collect for whom.

For the desk: `collecting_at` when a card was scanned, `collectors_of` when somebody comes with a document, and
`hand_out`, which lends what is ready to whom it is kept for.
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
from loans import custody
from loans.errors import CopyKeptForAnother
from loans.lending import check_out
from loans.models import Delegation, Hold
from loans.states import HoldStatus
from milanolib import clock
from milanolib.db import lock, restartable
from milanolib.errors import DomainError

if TYPE_CHECKING:
    from accounts.models import User
    from catalog.models import Copy
    from loans.models import Loan
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


class DelegatorRefused(DomainError):
    """What is ready cannot be lent to the reader for whom somebody collects."""

    code = "delegator_refused"
    message = _(
        "This copy is kept for the reader %(card)s, who lets this one collect it. To them it cannot be lent now: "
        "%(why)s On their own card you see more."
    )


@dataclass(frozen=True)
class Collecting:
    """For whom the reader of a card collects, and what is ready for them at a desk: how much, the first until when."""

    reader: Reader
    count: int
    first_until: dt.date | None


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


@restartable
def hand_out(copy: Copy, reader: Reader, place: Place, *, actor: User | None, override: str = "") -> Loan:
    """Lend a copy that lies on the desk to the reader who is there, or to the one for whom they collect it.

    Only what is ready for somebody who lets them collect is lent to that one, by that one's own rules. Everything else
    is lent to the reader or refused, as by `check_out`. Raises what that raises, and DelegatorRefused.
    """
    try:
        return check_out(copy, reader, place, actor=actor, override=override)
    except CopyKeptForAnother:
        loan = _lend_to_whom_it_is_kept_for(copy, reader, place, actor=actor)
        if loan is None:
            raise
        return loan


def _lend_to_whom_it_is_kept_for(copy: Copy, delegate: Reader, place: Place, *, actor: User | None) -> Loan | None:
    """Lend what is ready to its reader, who lets this one collect; return None where nobody does."""
    copy = custody.lock_copy(copy.pk)
    held = custody.open_assignment_of(copy)
    whom = held.hold.reader if held is not None and held.hold.status == HoldStatus.READY else None
    if whom is None or not _lets_collect(whom, delegate):
        return None
    try:
        loan = check_out(copy, whom, place, actor=actor)
    except DomainError as refusal:
        raise DelegatorRefused(card=f"…{whom.card_number[-4:]}", why=str(refusal)) from refusal
    note_act("hand_to_delegate", f"loan:{loan.pk}", actor=actor, place_code=place.code)
    return loan


def _lets_collect(reader: Reader, delegate: Reader) -> bool:
    """Whether a reader lets another one collect today; if so the reader is locked, so that nobody takes it back now."""
    standing = collects_for(delegate).filter(reader=reader)
    if not standing.exists():
        return False
    lock(reader)
    return standing.exists()


def collects_for(reader: Reader) -> DelegationQuerySet:
    """Return the delegations by which the reader of a card may collect today, with whose they are (`.reader`).

    A closed card collects for nobody, and for a closed card nobody collects.
    """
    return _standing().filter(delegate=reader).select_related("reader").order_by("valid_until", "pk")


def delegations_to(**card: str) -> DelegationQuerySet:
    """Return those by which the reader of a card may collect today: `card_number=...` or `tax_code_hash=...`."""
    return _standing().filter(**{f"delegate__{field}": value for field, value in card.items()})


def _standing() -> DelegationQuerySet:
    valid = Delegation.objects.valid_on(clock.today())
    return valid.exclude(reader__status=ReaderStatus.CLOSED).exclude(delegate__status=ReaderStatus.CLOSED)


def collectors_of(reader: Reader) -> DelegationQuerySet:
    """Return the delegations by which somebody may collect for a reader today, with their cards (`.delegate`)."""
    return Delegation.objects.valid_on(clock.today()).filter(reader=reader).select_related("delegate")


def collecting_at(reader: Reader, place: Place) -> list[Collecting]:
    """Return for whom the reader of a card collects, with how much is ready for each at a desk (or on a vehicle).

    One statement, two where somebody lets them collect. No title: the shelf shows by label which it is.
    """
    people = [one.reader for one in collects_for(reader)]
    if not people:
        return []
    here = Q(pickup_place=place) | Q(pickup_place__vehicle=place)
    ready = Hold.objects.filter(here, reader__in=people, status=HoldStatus.READY).order_by().values_list("reader")
    counted = {pk: rest for pk, *rest in ready.annotate(count=Count("pk"), first_until=Min("keep_until"))}
    return [Collecting(one, *counted.get(one.pk, (0, None))) for one in people]


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
