"""Verbs on erasing a person: ask, take it back, erase on its day, forget the address once the last letter has left.

What each app erases stands in its part (`accounts.own_data`). It is done in three steps: by verbs, each in a
transaction of its own, what is still open is ended (reservations go back to their queues); then all that names the
person goes at once, with the card and the sign-in; the address stays sealed for one letter.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts.encryption import open_secret, seal_secret
from accounts.errors import DataOfSomebodyElse, ErasureDone, ErasureHindered, SignInOfColleague
from accounts.exporting import may_take
from accounts.models import Act, Erasure, Reader
from accounts.own_data import Person, parts_of
from accounts.policy import ADDRESS_KEPT, ERASE_AFTER
from accounts.services import note_act
from accounts.traces import forget_sessions, forget_traces
from milanolib import clock
from milanolib.db import StartAgain, lock, restartable
from milanolib.errors import DomainError
from milanolib.tokens import text_of, token_for
from outbox.events import emit

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.models import User
    from accounts.own_data import Hindrance

log = logging.getLogger(__name__)

LINK_SALT = "accounts.erasing"
MAY_ERASE = "accounts.erase_reader"


def what_hinders(person: Person) -> list[Hindrance]:
    """Return what must be settled before somebody is erased, each with what to do."""
    return [one for part in parts_of(person) for one in part.hindrances()]


@restartable
def ask_erasure(person: Person, *, actor: User, language: str, place_code: str = "") -> Erasure:
    """Have a person erased in a week: card, sign-in and all that names them. Until then they may think better of it.

    Asked by themselves, by a guardian for a child under 14, or by a manager for who asks on paper. Safe to repeat.
    Raises DataOfSomebodyElse, SignInOfColleague, ErasureHindered.
    """
    is_own = may_take(actor, person.reader) and (person.reader is not None or person.user == actor)
    is_on_paper = not is_own and actor.has_perm(MAY_ERASE)
    if not is_own and not is_on_paper:
        raise DataOfSomebodyElse
    if person.reader is not None:
        lock(person.reader)
    known = erasure_of(person)
    if known is not None:
        return known
    _refuse_colleague(person)
    if hindrances := what_hinders(person):
        raise ErasureHindered(what=" ".join(str(one) for one in hindrances))
    now = clock.now()
    erasure = Erasure(
        reader=person.reader,
        user=person.user,
        told=person.user if person.user is not None and person.user.email else (None if is_on_paper else actor),
        is_on_paper=is_on_paper,
        language=language,
        asked_at=now,
        due_at=now + ERASE_AFTER,
    )
    try:
        with transaction.atomic():
            erasure.save(force_insert=True)
    except IntegrityError as error:  # a rival asked for the same sign-in, which has no card to lock
        raise StartAgain from error
    emit("accounts.erasure_asked", key=f"erasure-asked:{erasure.pk}", erasure_id=erasure.pk)
    note_act("ask_erasure", f"erasure:{erasure.pk}", actor=actor, place_code=place_code)
    return erasure


def _refuse_colleague(person: Person) -> None:
    """Raise SignInOfColleague for who works here, or did: the library's record of their acts names the sign-in."""
    user = person.user
    if user is not None and (user.is_staff or Act.objects.filter(staff=user).exists()):
        raise SignInOfColleague


def erasure_of(person: Person) -> Erasure | None:
    """Return the erasure that waits for a person's day, None where nobody asked.

    It may have been asked for a sign-in that had no card then.
    """
    of_card = Q(reader=person.reader, reader__isnull=False)
    of_sign_in = Q(user=person.user, user__isnull=False)
    return Erasure.objects.open().filter(of_card | of_sign_in).first()


def erasures_shown_to(user: User) -> QuerySet[Erasure]:
    """Return the erasures that wait and that somebody may take back on their page: their own, or asked by them."""
    theirs = Q(user=user) | Q(reader__user=user) | Q(told=user)
    return Erasure.objects.open().filter(theirs).select_related("reader").order_by("due_at", "pk")


@transaction.atomic
def cancel_erasure(erasure: Erasure, *, actor: User | None, place_code: str = "") -> Erasure:
    """Erase nobody after all. Safe to repeat. Raises ErasureDone."""
    lock(erasure)
    if erasure.done_at is not None:
        raise ErasureDone
    if erasure.cancelled_at is None:
        erasure.cancelled_at = clock.now()
        erasure.save(update_fields=["cancelled_at"])
        note_act("cancel_erasure", f"erasure:{erasure.pk}", actor=actor, place_code=place_code)
    return erasure


def token_of(erasure: Erasure) -> str:
    """Return what stands in the address by which an erasure is taken back without a sign-in."""
    return token_for(str(erasure.pk), salt=LINK_SALT)


def erasure_at(token: str) -> Erasure | None:
    """Return the erasure of such an address; None when it was not made by us."""
    number = text_of(token, salt=LINK_SALT)
    return Erasure.objects.filter(pk=number).first() if number is not None else None


def erase_due() -> int:
    """Erase everybody whose day has come; return how many. Safe to repeat.

    What hinders one (something was lent meanwhile) waits for the next time; what fails does not stop the others.
    """
    done = 0
    for erasure in Erasure.objects.open().filter(due_at__lte=clock.now()).order_by("due_at", "pk"):
        try:
            erase(erasure)
        except (DomainError, ObjectDoesNotExist) as hindered:
            log.info("erasure %s waits: %s", erasure.pk, type(hindered).__name__)
        except Exception:  # one that fails must not stop the others
            log.exception("erasure %s failed", erasure.pk)
        else:
            done += 1
    return done


def erase(erasure: Erasure) -> None:
    """Erase a person whose day has come. Safe to repeat, also after it was killed half-way.

    Raises ErasureHindered, SignInOfColleague (who has begun to work here meanwhile).
    """
    erasure.refresh_from_db()
    if erasure.done_at is not None or erasure.cancelled_at is not None or erasure.due_at > clock.now():
        return
    person = _person_of(erasure)
    _refuse(person)
    for part in parts_of(person):
        part.end_what_is_open()
    if person.user is not None:
        forget_sessions(person.user.pk)  # before the sign-in goes: after a kill nothing would lead to them
    _erase(erasure)


def _person_of(erasure: Erasure) -> Person:
    """Return whom it is about as they are now: a sign-in may have got a card meanwhile, and a card a sign-in."""
    own = Reader.objects.select_related("user")
    reader = own.filter(Q(pk=erasure.reader_id) | Q(user=erasure.user_id, user__isnull=False)).first()
    return Person.of_card(reader) if reader is not None else Person(erasure.user, None)


def _refuse(person: Person) -> None:
    """Raise SignInOfColleague, or ErasureHindered for what the erasure does not end by itself."""
    _refuse_colleague(person)
    if hindrances := [one for one in what_hinders(person) if not one.ends_by_itself]:
        raise ErasureHindered(what=" ".join(str(one) for one in hindrances))


@restartable
def _erase(erasure: Erasure) -> None:
    """Let all that names the person go, at once."""
    person = _person_of(erasure)
    lock(erasure, *([person.reader] if person.reader is not None else []))
    if erasure.done_at is not None or erasure.cancelled_at is not None:
        return
    _refuse(person)
    is_themselves = person.user is not None and erasure.told_id == person.user.pk
    address = (person.user.email or "") if is_themselves and person.user is not None else ""
    for part in parts_of(person):
        part.erase()
    forget_traces(person)
    if person.reader is not None:
        Reader.objects.filter(merged_into=person.reader).delete()
        person.reader.delete()
    if person.user is not None:
        person.user.delete()
    erasure.refresh_from_db()
    erasure.done_at = clock.now()
    erasure.address_sealed = seal_secret(address.encode()) if address else None
    erasure.save(update_fields=["done_at", "address_sealed"])
    emit("accounts.account_erased", key=f"account-erased:{erasure.pk}", erasure_id=erasure.pk)


def last_address(erasure: Erasure) -> str:
    """Return where the last letter goes; empty once it is forgotten."""
    sealed = erasure.address_sealed
    return open_secret(bytes(sealed)).decode() if sealed is not None else ""


def forget_address(erasure: Erasure) -> None:
    """Forget where the last letter went. Safe to repeat."""
    Erasure.objects.filter(pk=erasure.pk).update(address_sealed=None)


def forget_old_addresses() -> int:
    """Forget the addresses that no letter has reached within some days; return how many. Safe to repeat."""
    old = Erasure.objects.filter(done_at__lt=clock.now() - ADDRESS_KEPT, address_sealed__isnull=False)
    return old.update(address_sealed=None)
