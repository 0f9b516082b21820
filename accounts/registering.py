"""Verbs on who somebody is: register at the desk, correct. A double is shown before it is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts.cards_of_readers import refuse_merged
from accounts.encryption import seal_tax_code
from accounts.errors import PossibleDouble, TaxCodeTaken
from accounts.finding import folded_words
from accounts.issuing import Document, Person, refuse_birthday, save_new_reader, set_tax_code
from accounts.models import Reader
from accounts.services import note_act, verify_reader
from milanolib import clock
from milanolib.db import lock

if TYPE_CHECKING:
    from accounts.models import User

MOST_DOUBLES = 10
TOLD = ("given_name", "family_name", "born_on", "municipio", "phone", "category")


def possible_doubles(person: Person, *, other_than: Reader | None = None) -> list[Reader]:
    """Return the readers who may be this person: the same codice fiscale, or the same name and no other birthday.

    A birthday that one of them has not told counts as the same: who signed up on the portal has told none.
    """
    words = folded_words(person.given_name, person.family_name)
    alike = Reader.objects.named(words) if words else Reader.objects.none()
    if person.born_on is not None:
        alike = alike.filter(Q(born_on=person.born_on) | Q(born_on=None))
    same = Q(pk__in=alike.order_by().values("pk"))
    if person.tax_code:
        same |= Q(tax_code_hash=seal_tax_code(person.tax_code)[1])
    found = Reader.objects.filter(same, merged_into=None)
    if other_than is not None:
        found = found.exclude(pk=other_than.pk)
    return list(found.order_by("pk")[:MOST_DOUBLES])


@transaction.atomic
def register_reader(
    person: Person,
    *,
    actor: User | None,
    document: Document | None = None,
    although_alike: bool = False,
    place_code: str = "",
) -> Reader:
    """Make somebody at the desk a reader with a new card: verified if a document was seen, else provisional.

    Who may have a card already is shown first: PossibleDouble names the cards, and the librarian decides
    (`although_alike`). Raises PossibleDouble, TaxCodeInvalid, TaxCodeTaken, BirthdayImpossible.
    """
    if not although_alike and (doubles := possible_doubles(person)):
        raise PossibleDouble(doubles)
    reader = save_new_reader(person, user=None)
    note_act("register_reader", f"reader:{reader.pk}", actor=actor, place_code=place_code)
    if document is not None:
        verify_reader(reader, how="document", document=document, actor=actor, place_code=place_code)
    return reader


@transaction.atomic
def correct_reader(
    reader: Reader,
    person: Person,
    *,
    actor: User | None,
    drops_tax_code: bool = False,
    place_code: str = "",
) -> Reader:
    """Write down what a reader says is right, field by field; an empty codice fiscale leaves the one on record.

    The act says which fields changed, never what they hold. Safe to repeat. Raises ReaderMerged, TaxCodeInvalid,
    TaxCodeTaken, BirthdayImpossible.
    """
    lock(reader)
    refuse_merged(reader)
    refuse_birthday(person.born_on, clock.today())
    changed = [name for name in TOLD if getattr(reader, name) != getattr(person, name)]
    for name in changed:
        setattr(reader, name, getattr(person, name))
    had = reader.tax_code_hash
    if person.tax_code:
        set_tax_code(reader, person.tax_code)
    elif drops_tax_code:
        reader.tax_code_encrypted = reader.tax_code_hash = None
    if reader.tax_code_hash != had:
        changed += ["tax_code_encrypted", "tax_code_hash"]
    if not changed:
        return reader
    try:
        with transaction.atomic():
            reader.save(update_fields=changed)
    except IntegrityError as error:  # a colleague gave it to another reader at this moment
        if "reader_tax_code_once" in str(error):
            raise TaxCodeTaken from error
        raise
    told = ", ".join(name for name in changed if name != "tax_code_encrypted")
    note_act("correct_reader", f"reader:{reader.pk}", actor=actor, reason=told, place_code=place_code)
    return reader
