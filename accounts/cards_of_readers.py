"""Verbs on a reader's card: renew, report lost, close, open again."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction

from accounts.cards import normalised
from accounts.errors import CardIsClosed, CardNumberUnknown, CardStillNeeded, ReaderMerged
from accounts.hanging import what_hangs_on
from accounts.issuing import save_with_a_free_card
from accounts.models import OldCard, Reader, ReaderStatus
from accounts.policy import CARD_REMINDER_DAYS, card_expires_on
from accounts.services import note_act
from milanolib import clock
from milanolib.db import lock
from outbox.events import emit, emit_each

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def renew_card(reader: Reader, *, actor: User | None, place_code: str = "") -> Reader:
    """Let a card be valid for five years from today. Safe to repeat. Raises CardIsClosed, ReaderMerged."""
    lock(reader)
    refuse_closed(reader)
    expires_on = card_expires_on(clock.today())
    if reader.card_expires_on != expires_on:
        reader.card_expires_on = expires_on
        reader.save(update_fields=["card_expires_on"])
        note_act("renew_card", f"reader:{reader.pk}", actor=actor, place_code=place_code)
    return reader


@transaction.atomic
def report_card_lost(reader: Reader, card_number: str, *, actor: User | None, place_code: str = "") -> Reader:
    """Give a reader a new card number in place of `card_number`, which from now on opens nothing.

    Safe to repeat: a card that was reported already is not replaced twice. Raises CardIsClosed, ReaderMerged,
    CardNumberUnknown.
    """
    lock(reader)
    refuse_closed(reader)
    lost = normalised(card_number)
    if reader.old_cards.filter(number=lost).exists():
        return reader
    if lost != reader.card_number:
        raise CardNumberUnknown
    old = OldCard.objects.create(reader=reader, number=lost, reason=OldCard.Reason.LOST, replaced_at=clock.now())
    save_with_a_free_card(reader, update_fields=["card_number"])
    emit("accounts.card_replaced", key=f"card-replaced:{old.pk}", reader_id=reader.pk)
    note_act("report_card_lost", f"reader:{reader.pk}", actor=actor, place_code=place_code)
    return reader


@transaction.atomic
def close_card(reader: Reader, *, actor: User | None, reason: str = "", place_code: str = "") -> Reader:
    """Close a card: it borrows, reserves and renews nothing until it is opened again. Safe to repeat.

    Raises CardStillNeeded, which names the loans and reservations that are open on it.
    """
    lock(reader)
    if reader.status == ReaderStatus.CLOSED:
        return reader
    if hanging := what_hangs_on(reader):
        raise CardStillNeeded(what="; ".join(str(one) for one in hanging))
    reader.status = ReaderStatus.CLOSED
    reader.save(update_fields=["status"])
    note_act("close_card", f"reader:{reader.pk}", actor=actor, reason=reason, place_code=place_code)
    return reader


@transaction.atomic
def reopen_card(reader: Reader, *, actor: User | None, place_code: str = "") -> Reader:
    """Open a closed card again, as far as its reader is known: verified, or provisional. Its last day stays.

    Safe to repeat. Raises ReaderMerged.
    """
    lock(reader)
    refuse_merged(reader)
    if reader.status == ReaderStatus.CLOSED:
        reader.status = ReaderStatus.VERIFIED if reader.verified_at is not None else ReaderStatus.PROVISIONAL
        reader.save(update_fields=["status"])
        note_act("reopen_card", f"reader:{reader.pk}", actor=actor, place_code=place_code)
    return reader


def refuse_closed(reader: Reader) -> None:
    """Raise why nothing is done on this card, if so: ReaderMerged, CardIsClosed."""
    refuse_merged(reader)
    if reader.status == ReaderStatus.CLOSED:
        raise CardIsClosed


def refuse_merged(reader: Reader) -> None:
    """Raise ReaderMerged when this reader is one with another."""
    if reader.merged_into_id is not None:
        raise ReaderMerged


def remind_of_cards() -> int:
    """Emit for each card that expires within a month, once for its date; return how many. Safe to repeat.

    Cards that have been renewed meanwhile have another date, and closed ones nobody is told of.
    """
    today = clock.today()
    cards = Reader.objects.exclude(status=ReaderStatus.CLOSED).filter(
        card_expires_on__range=(today, today + dt.timedelta(days=CARD_REMINDER_DAYS))
    )
    rows = list(cards.order_by("pk").values_list("pk", "card_expires_on"))
    emit_each(
        "accounts.card_expiring",
        {f"card-expiring:{pk}:{day}": {"reader_id": pk, "day": f"{day:%Y-%m-%d}"} for pk, day in rows},
    )
    return len(rows)
