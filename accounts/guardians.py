"""Verbs on guardians: link an adult's sign-in to a child's card, end that, let a child of 14 show their titles."""

from __future__ import annotations

from django.db import transaction

from accounts.cards import normalised
from accounts.cards_of_readers import refuse_closed
from accounts.errors import BirthdayMissing, GuardianNotAdult, GuardianUnknown, NotAChild
from accounts.models import Guardianship, Reader, User
from accounts.policy import ADULT_AGE, age_on
from accounts.services import note_act
from milanolib import clock
from milanolib.db import lock


def find_guardian(text: str) -> User:
    """Return who signs in with this card or e-mail address, exactly. Raises GuardianUnknown."""
    reader = Reader.objects.select_related("user").filter(card_number=normalised(text)).first()
    found = reader.user if reader is not None else User.objects.filter(email__iexact=text.strip()).first()
    if found is None or not found.is_active:
        raise GuardianUnknown
    return found


@transaction.atomic
def link_guardian(child: Reader, guardian: User, *, actor: User | None, place_code: str = "") -> Guardianship:
    """Let an adult's sign-in act for a child's card until the child is of age. Safe to repeat.

    Raises CardIsClosed, ReaderMerged, BirthdayMissing, NotAChild, GuardianNotAdult.
    """
    lock(child)
    refuse_closed(child)
    today = clock.today()
    if child.born_on is None:
        raise BirthdayMissing
    if age_on(today, child.born_on) >= ADULT_AGE:
        raise NotAChild
    own = Reader.objects.filter(user=guardian).first()
    if own is not None and (own.pk == child.pk or (own.born_on is not None and age_on(today, own.born_on) < ADULT_AGE)):
        raise GuardianNotAdult
    guardianship, is_new = Guardianship.objects.get_or_create(
        guardian=guardian, child=child, ended_at=None, defaults={"since": clock.now()}
    )
    if is_new:
        note_act("link_guardian", f"guardianship:{guardianship.pk}", actor=actor, place_code=place_code)
    return guardianship


@transaction.atomic
def end_guardianship(guardianship: Guardianship, *, actor: User | None, place_code: str = "") -> Guardianship:
    """From now on the adult's sign-in opens the child's card no more. Safe to repeat."""
    lock(guardianship.child)
    guardianship.refresh_from_db()
    if guardianship.ended_at is None:
        guardianship.ended_at = max(clock.now(), guardianship.since)
        guardianship.save(update_fields=["ended_at"])
        note_act("end_guardianship", f"guardianship:{guardianship.pk}", actor=actor, place_code=place_code)
    return guardianship


@transaction.atomic
def show_titles(guardianship: Guardianship, *, shows: bool, actor: User | None, place_code: str = "") -> Guardianship:
    """Let a guardian see the child's titles from 14 on, or not: the child's own word. Safe to repeat."""
    lock(guardianship.child)
    guardianship.refresh_from_db()
    if guardianship.shows_titles != shows:
        guardianship.shows_titles = shows
        guardianship.save(update_fields=["shows_titles"])
        verb = "show_titles" if shows else "hide_titles"
        note_act(verb, f"guardianship:{guardianship.pk}", actor=actor, place_code=place_code)
    return guardianship
