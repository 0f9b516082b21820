"""Verbs on people: enrol, verify, check a PIN, write down what staff did or saw."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models.functions import TruncDay

from accounts.errors import CardIsClosed, CardNumberUnknown, PinLocked, PinWrong
from accounts.issuing import Document, Person, save_new_reader
from accounts.models import Act, Reader, ReaderCategory, ReaderSearch, ReaderStatus, StaffView
from milanolib import clock
from milanolib.db import lock

if TYPE_CHECKING:
    from collections.abc import Iterable

    from accounts.models import User


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

    Safe to repeat for the same user: the reader that is there is returned. Raises TaxCodeInvalid, TaxCodeTaken,
    BirthdayImpossible.
    """
    if user is not None:
        existing = Reader.objects.filter(user=user).first()
        if existing is not None:
            return existing
    person = Person(given_name, family_name, born_on, municipio, category=category, tax_code=tax_code)
    return save_new_reader(person, user)


@transaction.atomic
def verify_reader(
    reader: Reader, *, how: str, actor: User | None, document: Document | None = None, place_code: str = ""
) -> Reader:
    """Write down that somebody has seen who the reader is; the limits of a provisional card end.

    `how` is document, spid or cie; of a document its kind and country are kept. Safe to repeat. Raises CardIsClosed.
    """
    lock(reader)
    if reader.status == ReaderStatus.CLOSED:
        raise CardIsClosed
    if not reader.is_verified:
        reader.status = ReaderStatus.VERIFIED
        reader.verified_at, reader.verified_by = clock.now(), how
        if document is not None:
            reader.document_kind, reader.document_country = document
        reader.save(update_fields=["status", "verified_at", "verified_by", "document_kind", "document_country"])
        note_act("verify_reader", f"reader:{reader.pk}", actor=actor, reason=how, place_code=place_code)
    return reader


def reader_by_card(card_number: str) -> Reader:
    """Return the reader of exactly this card, which is valid. Raises CardNumberUnknown.

    At the desk `accounts.finding.reader_at_desk` says more of an old card.
    """
    try:
        return Reader.objects.get(card_number=card_number, merged_into=None)
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
        if reader.is_pin_locked(now):
            raise PinLocked
        right = reader.count_pin(pin, now)
    if not right:
        raise PinWrong
    return reader


def note_act(
    verb: str,
    subject: str,
    *,
    actor: User | None,
    place_code: str = "",
    reason: str = "",
    at: dt.datetime | None = None,
) -> None:
    """Write down what staff changed; acts of readers and of jobs are not written here (nobody's list of reading).

    `at` is when it happened (aware), where that was before now: at a desk without network.
    """
    note_acts(verb, [subject], actor=actor, place_code=place_code, reason=reason, at=at)


def note_acts(
    verb: str,
    subjects: Iterable[str],
    *,
    actor: User | None,
    place_code: str = "",
    reason: str = "",
    at: dt.datetime | None = None,
) -> None:
    """Write down an act of staff on several things, each by itself, in one statement."""
    if actor is None or not actor.is_staff:
        return
    when = at or clock.now()
    Act.objects.bulk_create(
        Act(staff=actor, verb=verb, subject=subject, place_code=place_code, reason=reason[:300], at=when)
        for subject in subjects
    )


def blur(before: dt.datetime) -> None:
    """Cut the times of older rows of the logs of staff to their day: by the minute they could be matched.

    By which name somebody searched for a reader is forgotten too; that somebody searched stays.
    """
    ReaderSearch.objects.filter(at__lt=before).exclude(name="").update(name="")
    for log in (Act, StaffView, ReaderSearch):
        log.objects.filter(at__lt=before).exclude(at=TruncDay("at", tzinfo=dt.UTC)).update(
            at=TruncDay("at", tzinfo=dt.UTC)
        )


def note_view(staff: User, reader: Reader, page: str) -> None:
    """Write down that a member of staff looked at a reader's card."""
    StaffView.objects.create(staff=staff, reader=reader, page=page, at=clock.now())


def note_views(staff: User, readers: Iterable[Reader], page: str) -> None:
    """Write down that a list showed these readers to a member of staff: once a day for each, in two statements."""
    now = clock.now()
    today = clock.start_of(clock.local(now).date())
    seen = set(StaffView.objects.filter(staff=staff, page=page, at__gte=today).values_list("reader", flat=True))
    new = [reader for reader in readers if reader.pk not in seen]
    StaffView.objects.bulk_create(StaffView(staff=staff, reader=reader, page=page, at=now) for reader in new)
