"""Find a reader at the desk: by the whole card or codice fiscale, or by name. Each search is written down."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection
from django.utils.formats import date_format

from accounts.cards import normalised
from accounts.encryption import TAX_CODE, tax_code_hash
from accounts.errors import CardJoined, CardNumberUnknown, CardReplaced, NameTooShort
from accounts.models import OldCard, Reader, ReaderSearch
from milanolib import clock

if TYPE_CHECKING:
    from accounts.models import User

MOST_FOUND = 20
FEWEST_LETTERS = 3
LOOKED_AT = 300
LIKE_A_CARD = re.compile(r"[A-Z]{0,2}[0-9]{5,}")
BARE_CARD = re.compile(r"[0-9]{8}")


@dataclass(frozen=True)
class Found:
    """The readers whom a search means, by what it went, and whether there are more than are shown."""

    readers: list[Reader]
    by: str
    has_more: bool = False


def folded_words(*names: str) -> list[str]:
    """Return the words of a name as they are compared: no accents, small letters, nothing but letters and digits."""
    text = " ".join(names).replace("\x00", "")
    with connection.cursor() as cursor:
        cursor.execute("SELECT reader_name_key(%s, '')", [text])
        return str(cursor.fetchone()[0]).split()


def reader_at_desk(card_number: str) -> Reader:
    """Return the reader of a card that lies on the desk.

    For staff only: an old card tells which one is valid. Raises CardNumberUnknown, CardReplaced, CardJoined.
    """
    number = normalised(card_number)
    reader = Reader.objects.filter(card_number=number, merged_into=None).first()
    if reader is not None:
        return reader
    old = OldCard.objects.select_related("reader").filter(number=number).first()
    if old is None:
        raise CardNumberUnknown
    day = date_format(clock.local(old.replaced_at), "j F Y")
    refusal = CardReplaced if old.reason == OldCard.Reason.LOST else CardJoined
    raise refusal(day=day, card=old.reader.card_number)


def find_readers(text: str, *, actor: User, place_code: str = "") -> Found:
    """Return the readers whom staff mean by a card, a codice fiscale or the beginnings of names.

    Twenty at most; accents and capitals do not matter, nor which name comes first. Of a name that hundreds bear any
    twenty are shown: sorting thousands would take a second and help nobody. That somebody searched is written down, and
    for a week by which name. Raises NameTooShort, CardNumberUnknown, CardReplaced, CardJoined.
    """
    code = normalised(text)
    if BARE_CARD.fullmatch(code):
        code = f"ML{code}"
    if LIKE_A_CARD.fullmatch(code):
        _note_search(actor, ReaderSearch.By.CARD, int(Reader.objects.filter(card_number=code).exists()), place_code)
        return Found([reader_at_desk(code)], ReaderSearch.By.CARD)
    if TAX_CODE.fullmatch(code):
        readers = list(Reader.objects.filter(tax_code_hash=tax_code_hash(code)))
        _note_search(actor, ReaderSearch.By.TAX_CODE, len(readers), place_code)
        return Found(readers, ReaderSearch.By.TAX_CODE)
    words = folded_words(text)
    if sum(len(word) for word in words) < FEWEST_LETTERS:
        raise NameTooShort
    some = Reader.objects.named_like(words).filter(merged_into=None).order_by()[:LOOKED_AT]
    readers = sorted(some, key=lambda one: (one.family_name.casefold(), one.given_name.casefold(), one.pk))
    shown = readers[:MOST_FOUND]
    _note_search(actor, ReaderSearch.By.NAME, len(shown), place_code, name=" ".join(words))
    return Found(shown, ReaderSearch.By.NAME, has_more=len(readers) > MOST_FOUND)


def _note_search(staff: User, by: str, found: int, place_code: str, *, name: str = "") -> None:
    ReaderSearch.objects.create(staff=staff, by=by, found=found, name=name[:60], place_code=place_code, at=clock.now())
