"""A new reader's row, and a card number that nobody has and nobody had."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from django.db import IntegrityError, transaction

from accounts.cards import new_card_number
from accounts.encryption import seal_tax_code
from accounts.errors import BirthdayImpossible, TaxCodeTaken
from accounts.models import OldCard, Reader, ReaderCategory, ReaderStatus
from accounts.policy import card_expires_on, is_birthday_possible
from milanolib import clock
from outbox.events import emit

if TYPE_CHECKING:
    import datetime as dt

    from accounts.models import User

DRAWS = 3


class Document(NamedTuple):
    """Which document was seen; its number is nobody's to keep."""

    kind: str
    country: str


@dataclass(frozen=True)
class Person:
    """What a reader tells: a single name is enough."""

    given_name: str
    family_name: str = ""
    born_on: dt.date | None = None
    municipio: int | None = None
    phone: str = ""
    category: str = ReaderCategory.PERSON
    tax_code: str = ""


def save_new_reader(person: Person, user: User | None) -> Reader:
    """Write a provisional reader with a card of five years. Raises TaxCodeInvalid, TaxCodeTaken, BirthdayImpossible."""
    today = clock.today()
    refuse_birthday(person.born_on, today)
    reader = Reader(
        user=user,
        given_name=person.given_name,
        family_name=person.family_name,
        born_on=person.born_on,
        municipio=person.municipio,
        phone=person.phone,
        category=person.category,
        status=ReaderStatus.PROVISIONAL,
        registered_at=clock.now(),
        card_expires_on=card_expires_on(today),
    )
    if person.tax_code:
        set_tax_code(reader, person.tax_code)
    save_with_a_free_card(reader)
    emit("accounts.reader_enrolled", key=f"reader-enrolled:{reader.pk}", reader_id=reader.pk)
    return reader


def refuse_birthday(born_on: dt.date | None, today: dt.date) -> None:
    """Raise BirthdayImpossible when nobody alive was born on that day."""
    if born_on is not None and not is_birthday_possible(born_on, today):
        raise BirthdayImpossible


def set_tax_code(reader: Reader, tax_code: str) -> None:
    """Set the codice fiscale, sealed; saving is the caller's. Raises TaxCodeInvalid, TaxCodeTaken."""
    reader.tax_code_encrypted, reader.tax_code_hash = seal_tax_code(tax_code)
    if Reader.objects.filter(tax_code_hash=reader.tax_code_hash).exclude(pk=reader.pk).exists():
        raise TaxCodeTaken


def save_with_a_free_card(reader: Reader, update_fields: list[str] | None = None) -> None:
    """Save a reader with a new card number. Raises TaxCodeTaken when a colleague was faster with the same person.

    Nine million numbers are drawn at random: a clash is rare, three in a row do not happen. Old cards are asked after
    the number has been written: whoever gave that number up at this moment has done so by then.
    """
    for draw in range(1, DRAWS + 1):
        reader.card_number = new_card_number()
        try:
            with transaction.atomic():
                reader.save(update_fields=update_fields)
        except IntegrityError as error:
            if "reader_tax_code_once" in str(error):
                raise TaxCodeTaken from error
            if draw == DRAWS or "reader_card_number_once" not in str(error):
                raise
        else:
            if not OldCard.objects.filter(number=reader.card_number).exists():
                return
            update_fields = ["card_number"]  # the row is there by now
    raise AssertionError  # pragma: no cover  three old numbers in a row
