"""Verbs on people: enrol, verify, check a PIN, write down what staff did or saw."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models.functions import TruncDay

from accounts.cards import new_card_number
from accounts.encryption import seal_tax_code
from accounts.errors import CardNumberUnknown, PinLocked, PinWrong
from accounts.models import Act, Reader, ReaderCategory, ReaderStatus, StaffView
from milanolib import clock
from milanolib.db import lock
from outbox.events import emit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from accounts.models import User

CARD_YEARS = 5
PIN_ATTEMPTS = 5
PIN_LOCKED_FOR = dt.timedelta(minutes=30)


@transaction.atomic
def enrol(
    *,
    given_name: str,
    family_name: str = "",
    user: User | None = None,
    born_on: dt.date | None = None,
    municipio: int | None = None,
    tax_code: str = "",
    category: str = ReaderCategory.PERSON,
) -> Reader:
    """Make a person a reader with a new card, provisional until somebody has seen a document.

    Safe to repeat for the same user: the reader that is there is returned. Raises TaxCodeInvalid.
    """
    if user is not None:
        existing = Reader.objects.filter(user=user).first()
        if existing is not None:
            return existing
    sealed, digest = seal_tax_code(tax_code) if tax_code else (None, None)
    reader = Reader(
        user=user,
        given_name=given_name,
        family_name=family_name,
        born_on=born_on,
        municipio=municipio,
        category=category,
        status=ReaderStatus.PROVISIONAL,
        tax_code_encrypted=sealed,
        tax_code_hash=digest,
        registered_at=clock.now(),
        card_expires_on=clock.years_from(clock.today(), CARD_YEARS),
    )
    _save_with_a_free_card(reader)
    emit("accounts.reader_enrolled", key=f"reader-enrolled:{reader.pk}", reader_id=reader.pk)
    return reader


def _save_with_a_free_card(reader: Reader) -> None:
    """Nine million numbers are drawn at random: a clash is rare, three in a row do not happen."""
    for attempt in range(3):
        reader.card_number = new_card_number()
        try:
            with transaction.atomic():
                reader.save()
        except IntegrityError as error:
            if attempt == 2 or "reader_card_number_once" not in str(error):  # noqa: PLR2004
                raise
        else:
            return


@transaction.atomic
def verify_reader(reader: Reader, *, how: str, actor: User | None) -> Reader:
    """Write down that somebody has seen who the reader is; the limits of a provisional card end.

    `how` is document, spid or cie. Safe to repeat.
    """
    lock(reader)
    if not reader.is_verified:
        reader.status = ReaderStatus.VERIFIED
        reader.verified_at, reader.verified_by = clock.now(), how
        reader.save(update_fields=["status", "verified_at", "verified_by"])
        note_act("verify_reader", f"reader:{reader.pk}", actor=actor, reason=how)
    return reader


def reader_by_card(card_number: str) -> Reader:
    """Return the reader of exactly this card. Raises CardNumberUnknown."""
    try:
        return Reader.objects.get(card_number=card_number)
    except Reader.DoesNotExist:
        raise CardNumberUnknown from None


def check_pin(card_number: str, pin: str) -> Reader:
    """Return the reader whose card and PIN these are; five wrong PINs lock it for half an hour.

    An unknown card answers like a wrong PIN. Raises PinWrong, PinLocked; the count of failures is kept although
    the verb refuses.
    """
    with transaction.atomic():
        reader = Reader.objects.select_for_update(no_key=True).filter(card_number=card_number).first()
        if reader is None:
            raise PinWrong
        now = clock.now()
        if reader.pin_locked_until and reader.pin_locked_until > now:
            raise PinLocked
        right = reader.pin_matches(pin)
        reader.pin_failures = 0 if right else reader.pin_failures + 1
        reader.pin_locked_until = None
        if reader.pin_failures >= PIN_ATTEMPTS:
            reader.pin_failures, reader.pin_locked_until = 0, now + PIN_LOCKED_FOR
        reader.save(update_fields=["pin_failures", "pin_locked_until"])
    if not right:
        raise PinWrong
    return reader


def note_act(verb: str, subject: str, *, actor: User | None, place_code: str = "", reason: str = "") -> None:
    """Write down what staff changed; acts of readers and of jobs are not written here (nobody's list of reading)."""
    note_acts(verb, [subject], actor=actor, place_code=place_code, reason=reason)


def note_acts(
    verb: str, subjects: Iterable[str], *, actor: User | None, place_code: str = "", reason: str = ""
) -> None:
    """Write down an act of staff on several things, each by itself, in one statement."""
    if actor is None or not actor.is_staff:
        return
    now = clock.now()
    Act.objects.bulk_create(
        Act(staff=actor, verb=verb, subject=subject, place_code=place_code, reason=reason[:300], at=now)
        for subject in subjects
    )


def blur(before: dt.datetime) -> None:
    """Cut the times of older rows of the two logs of staff to their day: by the minute they could be matched."""
    for log in (Act, StaffView):
        log.objects.filter(at__lt=before).exclude(at=TruncDay("at", tzinfo=dt.UTC)).update(
            at=TruncDay("at", tzinfo=dt.UTC)
        )


def note_view(staff: User, reader: Reader, page: str) -> None:
    """Write down that a member of staff looked at a reader's card."""
    StaffView.objects.create(staff=staff, reader=reader, page=page, at=clock.now())
